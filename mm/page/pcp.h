/*
 * pcp.h - single pages kept per CPU, so that most of them come and go without a lock
 *
 *	alloc_page ──> this CPU's list ──refill, a batch──> buddy
 *	free_page  ──> this CPU's list ──flush,  a batch──> buddy
 *
 * PCP=hotcold keeps a hot and a cold list for each CPU and zone; PCP=none goes to the buddy each
 * time.  Both stand behind these functions; alloc.c and free.c call them for order 0.
 *
 * Linux: mm/page_alloc.c (struct per_cpu_pages, buffered_rmqueue and free_hot_cold_page of 2.6.12)
 */
#ifndef MM_PAGE_PCP_H
#define MM_PAGE_PCP_H

#include "mm/page/page.h"

/* The implementation's name, and the highest order of which CPUs keep blocks; -1: of none. */
extern const char pcp_name[];
extern const int pcp_highest_order;

/*
 * Two steps: pcp_boot_init() makes lists that keep nothing, so that single pages can be had while
 * the buddy is the newest allocator; pcp_init() sizes them by their zones.
 * Context: boot; before the hand-over, and after it.
 */
void pcp_boot_init(void);
void pcp_init(void);

/*
 * A page of the zone, PAGE_USED, without a reference; a cold one with __GFP_COLD.  NULL when
 * neither this CPU nor the buddy has one.  Context: any.
 */
struct page *pcp_take(struct zone *zone, gfp_t gfp);
/* Takes back a page of order 0 that nobody uses.  Context: any. */
void pcp_give(struct page *page, bool cold);

/* Of one zone, on all CPUs, since boot: pages given to callers, and pages fetched from the buddy. */
void pcp_count(const struct zone *zone, unsigned long *given, unsigned long *refilled);
/* Pages of the zone that lie in CPUs' lists. */
unsigned long pcp_pages(const struct zone *zone);
/* What one CPU keeps of a zone, all its lists together, for /proc/zoneinfo. */
struct pcp_stock {
	unsigned int count, high, batch; /* pages now; at most; moved at once */
};
/* False when this implementation keeps none. */
bool pcp_stock(const struct zone *zone, unsigned int cpu, struct pcp_stock *stock);
/* Prints each CPU's lists of a zone: pages, marks, batch. */
void pcp_show(const struct zone *zone, int (*print)(const char *fmt, ...));

/* Verifies the implementation's invariants on this CPU; logs the first that does not hold. */
bool pcp_check(void);

#endif /* MM_PAGE_PCP_H */
