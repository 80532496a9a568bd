/*
 * mempool_impl.h - what a pool is made of: for mempool.c, and for who hurts one to see it noticed
 *
 * Invariants: M1 to M4 of mempool.c.
 */
#ifndef MM_SLAB_MEMPOOL_IMPL_H
#define MM_SLAB_MEMPOOL_IMPL_H

#include "kernel/spinlock.h"
#include "mm/slab/mempool.h"

enum { MEMPOOL_MAGIC = 0x706f6f6c };

/* Locks: [P] lock   [A] atomic   [L] the list's   [I] fixed when made */
struct mempool_s {
	spinlock_t lock;
	unsigned int magic;	/* [I] */
	int min_nr, curr_nr;	/* [P] */
	int in_use;		/* [A] */
	void **elements;	/* [P] min_nr of them */
	void *pool_data;	/* [I] */
	mempool_alloc_t *alloc; /* [I] */
	mempool_free_t *free;	/* [I] */
	unsigned long
		element_size;  /* [I] usable bytes of an element; 0: not of kmalloc or a cache */
	struct list_head list; /* [L] */
};

#endif /* MM_SLAB_MEMPOOL_IMPL_H */
