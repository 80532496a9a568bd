/*
 * bootmem.h - the boot allocator of Linux 2.6: a bit per page
 *
 * Signatures as in Linux 2.6.15 (include/linux/bootmem.h).  Addresses and sizes are physical and
 * in bytes; results are lowmem addresses of zeroed memory.
 *
 *	goal	allocate at or above this physical address; when that fails, anywhere
 *	limit	end below this physical address; 0: no limit
 *
 * Context: boot, one CPU, before free_all_bootmem().
 *
 * Exhaustion panics, as Linux's does, except in the nopanic forms: at boot nobody can go on without.
 * A caller's bug is reported and refused, with nothing changed: the result is then NULL or 0.
 *
 *	used after the hand-over	any function, on nodes whose pages the page allocator has
 *	used before it stands		the same, before init
 *	used though broken		a node that was found broken (below)
 *	bad request			size 0, or an align that is no power of two
 *	bad range			not within RAM of one node's lowmem, or size 0
 *	double free			a page of it is free
 *	free of the bitmap		a page of it holds a node's bits
 *	free of found memory		a page of it holds what lay in RAM at the start: image, initrd, …
 *	reserve of allocated memory	a byte of it was handed out and not given back
 *	bad node			init: no pages, or a bitmap outside of mapped lowmem
 *	initialised twice		init of a node that stands
 *
 * One report is of bootmem itself: `broken bitmap`, when bits offer for an allocation (or have as
 * free already, when it is to be freed) what a reservation or a record says is taken.  That is not
 * handed out, and the node serves nobody from then on; other nodes do.
 *
 * Reserving what is reserved already is no bug: a reservation only says that something lies there,
 * and two things may share a page, since ranges are rounded outwards.  (2.6.15 warned in debug
 * builds; Linux later made it legal.)  To refuse it would leave the rest of the range free, and
 * have what lies there overwritten.  Memory that was allocated has an owner, and is another matter.
 */
#ifndef MM_EARLY_BOOTMEM_H
#define MM_EARLY_BOOTMEM_H

#include "mm/node.h"

enum { SMP_CACHE_BYTES = 32 };
#define MAX_DMA_ADDRESS (PHYS_OFFSET + 16 * MiB) /* physical */

/* How many pages the bitmap for so many pages takes. */
unsigned long bootmem_bootmap_pages(unsigned long pages);

/*
 * The node's frames [startpfn, endpfn) become known, all reserved, with the bitmap at frame freepfn,
 * which the caller then reserves.  Returns the bitmap's bytes.  init_bootmem() is node 0 from its
 * first frame on.
 */
unsigned long init_bootmem_node(pg_data_t *pgdat, unsigned long freepfn, unsigned long startpfn,
				unsigned long endpfn);
unsigned long init_bootmem(unsigned long freepfn, unsigned long endpfn);

/* Reserves rounds outwards to pages, freeing inwards: a page is free only when all of it is. */
void reserve_bootmem_node(pg_data_t *pgdat, unsigned long physaddr, unsigned long size);
void reserve_bootmem(unsigned long physaddr, unsigned long size);
void free_bootmem_node(pg_data_t *pgdat, unsigned long physaddr, unsigned long size);
void free_bootmem(unsigned long physaddr, unsigned long size);

/*
 * align: a power of two.  The last node is tried first, and each from the goal and then from its
 * bottom before the next one, as in 2.6.12 to 2.6.15; the node forms first try both on their node.
 *
 * Below page alignment a request is packed behind the newest one of its node, if the page behind
 * that is the first that would do: so not below the goal, nor above other free memory.
 */
void *__alloc_bootmem_limit(unsigned long size, unsigned long align, unsigned long goal,
			    unsigned long limit);
void *__alloc_bootmem(unsigned long size, unsigned long align, unsigned long goal);
void *__alloc_bootmem_node_limit(pg_data_t *pgdat, unsigned long size, unsigned long align,
				 unsigned long goal, unsigned long limit);
void *__alloc_bootmem_node(pg_data_t *pgdat, unsigned long size, unsigned long align,
			   unsigned long goal);
/* NULL when there is none.  Linux 2.6.17. */
void *__alloc_bootmem_nopanic(unsigned long size, unsigned long align, unsigned long goal);

#define alloc_bootmem(x)	   __alloc_bootmem(x, SMP_CACHE_BYTES, MAX_DMA_ADDRESS)
#define alloc_bootmem_low(x)	   __alloc_bootmem(x, SMP_CACHE_BYTES, 0)
#define alloc_bootmem_pages(x)	   __alloc_bootmem(x, PAGE_SIZE, MAX_DMA_ADDRESS)
#define alloc_bootmem_low_pages(x) __alloc_bootmem(x, PAGE_SIZE, 0)
#define alloc_bootmem_nopanic(x)   __alloc_bootmem_nopanic(x, SMP_CACHE_BYTES, MAX_DMA_ADDRESS)
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

/*
 * Every free page of the node, or of all nodes, becomes the page allocator's, and so do the pages of
 * the bitmap.  Returns how many that were.  They need that allocator's zones, so they live in
 * mm/page/handover.c.  Context: boot, after zones_init(); the bring-up does it.
 */
unsigned long free_all_bootmem_node(pg_data_t *pgdat);
unsigned long free_all_bootmem(void);

/* alloc_large_system_hash() serves both sides of the hand-over: mm/page/large_hash.h. */

#endif /* MM_EARLY_BOOTMEM_H */
