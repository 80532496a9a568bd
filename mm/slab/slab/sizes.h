/*
 * sizes.h - which of kmalloc's caches serves a size
 *
 *	1 … 4096 bytes    kmalloc_table[(size - 1) / 8]: one load
 *	above, to 4 MiB   large_caches[][], by the size's highest bit and the three behind it
 *
 * There are so many sizes that at most an eighth of the memory of objects is wasted, whatever is asked
 * for (boot.c).  DMA memory and the allocators' own objects (own.h), of which there
 * are few, make do with the fewer sizes that Linux has.
 */
#ifndef MM_SLAB_SLAB_SIZES_H
#define MM_SLAB_SLAB_SIZES_H

#include "mm/slab/slab.h"

enum {
	KMALLOC_SIZES = 61,			   /* up to a page */
	OCTAVES = KMALLOC_SHIFT_HIGH - PAGE_SHIFT, /* above: up to 8K, 16K, … 4M */
	STEPS = 8,				   /* each in so many */
	COARSE_SIZES = 12,			   /* up to a page */
};

/* Of 4608, 5120, … 8192, 9216, … 16K, … 4M. */
extern struct kmem_cache *large_caches[OCTAVES][STEPS];
/* DMA: of coarse sizes, then of 8K, 16K, … 4M. */
extern struct kmem_cache *dma_caches[COARSE_SIZES + OCTAVES];
/* What stands for a cache before kmem_cache_init(): it has no stock and is no cache. */
extern struct kmem_cache unborn_cache;

/* Up to here the allocators' own objects come from caches (size_cache()->own), above from pages. */
enum { OWN_MAX = PAGE_SIZE };

/* The cache of the smallest size that is large enough; 1 <= size <= KMALLOC_MAX_SIZE. */
struct kmem_cache *size_cache(unsigned int size, bool dma);

#endif /* MM_SLAB_SLAB_SIZES_H */
