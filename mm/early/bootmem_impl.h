/*
 * bootmem_impl.h - the bitmap of one node, for bootmem.c and its checker and tests
 */
#ifndef MM_EARLY_BOOTMEM_IMPL_H
#define MM_EARLY_BOOTMEM_IMPL_H

#include "lib/types.h"

/*
 *	start                     hint                       end
 *	  1 1 1 1 1 1 0 1 1 1 1 1  0 0 1 1 0 0 0 0 0 0 0 0 0 0        1: reserved
 *	              ^ last_end: byte behind the newest allocation, inside a page that may have room
 */
struct bootmem_data {
	pfn_t start, end;	/* the frames that the bitmap knows */
	unsigned long *map;	/* a set bit: reserved */
	unsigned long hint;	/* no bit below this one is clear */
	unsigned long last_end; /* bytes from start; 0: nothing to pack behind */
	unsigned long free;	/* clear bits */
};

/*
 * The byte offset of size bytes at align in [lo, hi) (bytes from start), now reserved; or -1.
 * Nothing is zeroed: this is the arithmetic alone.
 */
long bootmem_take(struct bootmem_data *b, unsigned long size, unsigned long align, unsigned long lo,
		  unsigned long hi);
/* Sets, or clears, the bits [from, to); returns how many changed. */
unsigned long bootmem_set(struct bootmem_data *b, unsigned long from, unsigned long to);
unsigned long bootmem_clear(struct bootmem_data *b, unsigned long from, unsigned long to);
bool bootmem_check(const struct bootmem_data *b);

#endif /* MM_EARLY_BOOTMEM_IMPL_H */
