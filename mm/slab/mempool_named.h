/*
 * mempool_named.h - the pools that `pool create` made, for who puts away what a command left
 *
 *	before = mempools_named();   pool create spare 4 kmalloc 256   mempools_destroy_others(before);
 */
#ifndef MM_SLAB_MEMPOOL_NAMED_H
#define MM_SLAB_MEMPOOL_NAMED_H

#include "lib/types.h"

/* A bit for each place of a named pool that is taken.  Context: the shell. */
u32 mempools_named(void);
/* Destroys those whose bit is not in `kept`, and frees their names; none has an element out. */
void mempools_destroy_others(u32 kept);

#endif /* MM_SLAB_MEMPOOL_NAMED_H */
