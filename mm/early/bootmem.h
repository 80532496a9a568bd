/*
 * bootmem.h - the boot allocator of Linux 2.6: a bit per page
 *
 * Signatures as in Linux 2.6.15 (include/linux/bootmem.h).  Addresses and sizes are physical and
 * in bytes; results are lowmem addresses of zeroed memory.
 *
 *	goal	allocate at or above this physical address; when that fails, anywhere
 *	limit	end below this physical address; 0: no limit
 *
 * Context: boot, one CPU, before free_all_bootmem().  Exhaustion panics, as Linux's does: these
 * requests cannot be refused.  A range that is not the node's, or is freed or reserved twice, is
 * named and refused.
 */
#ifndef MM_EARLY_BOOTMEM_H
#define MM_EARLY_BOOTMEM_H

#include "mm/node.h"

enum { SMP_CACHE_BYTES = 32 };
#define MAX_DMA_ADDRESS (PHYS_OFFSET + 16 * MiB) /* physical */

/* Bytes of bitmap pages for so many pages, in pages. */
unsigned long bootmem_bootmap_pages(unsigned long pages);

/* The node's pages [start, end) become known, all reserved, with the bitmap at pfn freepfn.
 * Returns the bitmap's bytes.  init_bootmem() is node 0 from the start of RAM. */
unsigned long init_bootmem_node(pg_data_t *pgdat, unsigned long freepfn, unsigned long startpfn,
				unsigned long endpfn);
unsigned long init_bootmem(unsigned long freepfn, unsigned long endpfn);

/* Reserves rounds outwards to pages, freeing inwards: a page is free only when all of it is. */
void reserve_bootmem_node(pg_data_t *pgdat, unsigned long physaddr, unsigned long size);
void reserve_bootmem(unsigned long physaddr, unsigned long size);
void free_bootmem_node(pg_data_t *pgdat, unsigned long physaddr, unsigned long size);
void free_bootmem(unsigned long physaddr, unsigned long size);

/* align: a power of two.  The node forms try their node first, then the others. */
void *__alloc_bootmem_limit(unsigned long size, unsigned long align, unsigned long goal,
			    unsigned long limit);
void *__alloc_bootmem(unsigned long size, unsigned long align, unsigned long goal);
void *__alloc_bootmem_node_limit(pg_data_t *pgdat, unsigned long size, unsigned long align,
				 unsigned long goal, unsigned long limit);
void *__alloc_bootmem_node(pg_data_t *pgdat, unsigned long size, unsigned long align,
			   unsigned long goal);
/* The same, but NULL when there is none. */
void *__alloc_bootmem_nopanic(unsigned long size, unsigned long align, unsigned long goal,
			      unsigned long limit);

#define alloc_bootmem(x)	   __alloc_bootmem(x, SMP_CACHE_BYTES, MAX_DMA_ADDRESS)
#define alloc_bootmem_low(x)	   __alloc_bootmem(x, SMP_CACHE_BYTES, 0)
#define alloc_bootmem_pages(x)	   __alloc_bootmem(x, PAGE_SIZE, MAX_DMA_ADDRESS)
#define alloc_bootmem_low_pages(x) __alloc_bootmem(x, PAGE_SIZE, 0)
#define alloc_bootmem_node(pgdat, x) \
	__alloc_bootmem_node(pgdat, x, SMP_CACHE_BYTES, MAX_DMA_ADDRESS)
#define alloc_bootmem_pages_node(pgdat, x) \
	__alloc_bootmem_node(pgdat, x, PAGE_SIZE, MAX_DMA_ADDRESS)
#define alloc_bootmem_low_pages_node(pgdat, x) __alloc_bootmem_node(pgdat, x, PAGE_SIZE, 0)
#define alloc_bootmem_limit(x, limit) \
	__alloc_bootmem_limit(x, SMP_CACHE_BYTES, MAX_DMA_ADDRESS, limit)
#define alloc_bootmem_low_limit(x, limit) __alloc_bootmem_limit(x, SMP_CACHE_BYTES, 0, limit)
#define alloc_bootmem_pages_limit(x, limit) \
	__alloc_bootmem_limit(x, PAGE_SIZE, MAX_DMA_ADDRESS, limit)
#define alloc_bootmem_low_pages_limit(x, limit) __alloc_bootmem_limit(x, PAGE_SIZE, 0, limit)
#define alloc_bootmem_node_limit(pgdat, x, limit) \
	__alloc_bootmem_node_limit(pgdat, x, SMP_CACHE_BYTES, MAX_DMA_ADDRESS, limit)
#define alloc_bootmem_pages_node_limit(pgdat, x, limit) \
	__alloc_bootmem_node_limit(pgdat, x, PAGE_SIZE, MAX_DMA_ADDRESS, limit)
#define alloc_bootmem_low_pages_node_limit(pgdat, x, limit) \
	__alloc_bootmem_node_limit(pgdat, x, PAGE_SIZE, 0, limit)

#endif /* MM_EARLY_BOOTMEM_H */
