/*
 * early.h - what every early allocator offers to the bring-up, whatever it is inside
 *
 *	early_init() ── early_alloc() … ── early_lowmem_mapped() ── early_alloc() … ── early_hand_over()
 *	                 from what the first table maps                anywhere          node by node
 *
 * Below: nodes.  Above: everything, until the page allocator takes over.  The implementation's own
 * API (bootmem.h) is for those who want that one; the bring-up uses only these.
 */
#ifndef MM_EARLY_H
#define MM_EARLY_H

#include "mm/node.h"

/* Takes over the lowmem of all nodes, with boot_info's reserved ranges taken out.  Context: boot. */
void early_init(void);
/* All of lowmem is mapped now; until then only the first ARCH_BOOT_MAPPED bytes are handed out. */
void early_lowmem_mapped(void);

/* The implementation's name, and how much it holds free and in use, in pages. */
extern const char early_name[];
unsigned long early_free_pages(void);
unsigned long early_used_pages(void);

/*
 * Zeroed memory of size bytes, aligned to align (a power of two); panics when there is none, since
 * nothing at boot can go on without.  NULL, after a report, for a request that cannot be meant.
 * early_alloc() prefers memory above ZONE_DMA; early_alloc_low() takes the lowest of the node that
 * serves it.
 */
void *early_alloc(size_t size, size_t align);
void *early_alloc_low(size_t size, size_t align);
/* Like early_alloc(), but the memory holds whatever it held: for who writes all of it anyway. */
void *early_alloc_raw(size_t size, size_t align);
/* Like early_alloc(), but NULL when there is none; caller: who shall be named as its owner. */
void *early_alloc_nopanic(size_t size, size_t align, unsigned long caller);
/* Gives back whole pages inside [pa, pa + size). */
void early_free(paddr_t pa, size_t size);

/*
 * Ends it for one node: calls visit(start, end, free, arg) for each run of equal pages of the node's
 * lowmem, ascending and gapless; pages of holes count as not free, the allocator's own memory (the
 * bitmap) as free.  From then on the node serves nobody, and a second call is reported as a bug of
 * caller's and returns false.
 */
bool early_hand_over(pg_data_t *pgdat, void (*visit)(pfn_t start, pfn_t end, bool free, void *arg),
		     void *arg, unsigned long caller);
/* Has the node been handed over? */
bool early_is_over(const pg_data_t *pgdat);

/* The lowmem of one node, in pages: present == reserved + free; free is what was handed over. */
struct early_account {
	pfn_t start, end;
	unsigned long present, reserved, free;
};
/* False when the node has no lowmem. */
bool early_account(const pg_data_t *pgdat, struct early_account *account);

/*
 * The `early` checker (kernel/check/check.h): the implementation's invariants, and that what it holds
 * free and taken is what was found at the start and recorded since.
 */
bool early_check(void);

#endif /* MM_EARLY_H */
