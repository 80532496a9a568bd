/*
 * pcp.h - single pages kept per CPU, so that most of them come and go without a lock
 *
 *	alloc_page ──> this CPU's list ──refill, a batch──> buddy
 *	free_page  ──> this CPU's list ──flush,  a batch──> buddy
 *
 * PCP=hotcold keeps a hot and a cold list for each CPU and zone; PCP=none goes to the buddy each
 * time.  Both stand behind these functions, and behind the inline ones of their pcp_inline.h, which
 * are the fast paths:
 *
 *	bool pcp_pop_hot(gfp, &page)	the newest hot page of the best zone for gfp, handed out
 *	bool pcp_push_hot(page, flags)	a page with these flags, PAGE_USED and of order 0, taken back
 *
 * Each says false when it cannot do it at once; the functions below then can.
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
 * For requests with these zone bits, pcp_inline.h may hand out what this CPU keeps of the zone; NULL:
 * of none, as until it is called.  Context: boot.
 */
void pcp_choose(gfp_t zone_bits, const struct zone *zone);

/*
 * A page of the zone, PAGE_USED, with one reference; a cold one with __GFP_COLD.  What this CPU does
 * not keep is fetched from the buddy, several at once as long as the zone stays above its low
 * watermark.  NULL when neither has one.  Context: any.
 */
struct page *pcp_take(struct zone *zone, gfp_t gfp);
/* Takes back a page of order 0 that nobody uses, whatever _refcount says.  Context: any. */
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

/* The `pcp` checker (kernel/check/check.h). */
bool pcp_check(void);

#endif /* MM_PAGE_PCP_H */
