/*
 * sizes.h - which of kmalloc's caches serves a size
 *
 *	1 … 1024 bytes    size_table[(size - 1) / 8]: one load
 *	above, to 4 MiB   the size's highest bit
 *
 *	index   0  1  2  3  4   5   6   7   8  9  10     21
 *	size    8 16 32 64 96 128 192 256 512 1K  2K  …  4M
 */
#ifndef MM_SLAB_SLAB_SIZES_H
#define MM_SLAB_SLAB_SIZES_H

#include "mm/slab/slab.h"

enum {
	KMALLOC_SIZES = 22,
	SIZE_TABLE_STEP = KMALLOC_MIN_SIZE,
	SIZE_TABLE_MAX = 1024,
	SIZE_TABLE_ENTRIES = SIZE_TABLE_MAX / SIZE_TABLE_STEP,
	SIZE_2K_INDEX = 10, /* the first that is found by its highest bit */
	SIZE_2K_SHIFT = 11,
};

extern struct kmem_cache *size_table[SIZE_TABLE_ENTRIES];
/* [0]: any memory, [1]: DMA */
extern struct kmem_cache *kmalloc_caches[2][KMALLOC_SIZES];
/* What stands in size_table before kmem_cache_init(): it has no stock and is no cache. */
extern struct kmem_cache unborn_cache;

/* Up to here the allocators' own objects come from caches (size_cache()->own), above from pages. */
enum { OWN_MAX = PAGE_SIZE };

/* The index of the smallest size that is large enough; 1 <= size <= KMALLOC_MAX_SIZE. */
unsigned int size_index(unsigned int size);
unsigned int size_of_index(unsigned int index);

static inline struct kmem_cache *size_cache(unsigned int size, bool dma)
{
	struct kmem_cache *cache = kmalloc_caches[dma][size_index(size)];

	return cache ? cache : &unborn_cache;
}

#endif /* MM_SLAB_SLAB_SIZES_H */
