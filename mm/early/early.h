/*
 * early.h - what every early allocator offers to the bring-up, whatever it is inside
 *
 * Below: nodes.  Above: everything, until the page allocator takes over.  The implementation's own
 * API (bootmem.h) is for those who want that one; the bring-up uses only these.
 */
#ifndef MM_EARLY_H
#define MM_EARLY_H

#include "mm/node.h"

/* Takes over the lowmem of all nodes, with boot_info's reserved ranges taken out.  Context: boot. */
void early_init(void);

/* The implementation's name, and how much it holds free and in use, in pages. */
extern const char early_name[];
unsigned long early_free_pages(void);
unsigned long early_used_pages(void);

/*
 * Zeroed memory of size bytes, aligned to align (a power of two); panics when there is none, since
 * nothing at boot can go on without.
 * early_alloc() prefers memory above ZONE_DMA; early_alloc_low() takes the lowest, which is mapped
 * even by the first table.
 */
void *early_alloc(size_t size, size_t align);
void *early_alloc_low(size_t size, size_t align);
/* Like early_alloc(), but the memory holds whatever it held: for who writes all of it anyway. */
void *early_alloc_raw(size_t size, size_t align);
/* Gives back whole pages inside [pa, pa + size). */
void early_free(paddr_t pa, size_t size);

/*
 * Calls visit(start, end, free, arg) for each run of equal pages of the node's lowmem, ascending
 * and gapless: the hand-over walks this.  Pages of holes count as not free.
 */
void early_for_each_run(const pg_data_t *pgdat,
			void (*visit)(pfn_t start, pfn_t end, bool free, void *arg), void *arg);

/* Ends it: later calls panic.  Its own memory (the bitmaps) becomes free pages of the last walk. */
void early_retire(void);

/* Verifies the implementation's invariants; prints the first that does not hold. */
bool early_check(void);

#endif /* MM_EARLY_H */
