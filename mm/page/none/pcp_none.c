/*
 * pcp_none.c - PCP=none: no lists; each single page goes to the buddy and comes from it
 *
 * What remains to be compared with: the cost of a lock and of splitting and merging for each page.
 * Locking: zone->lock.
 */
#include "kernel/check/check.h"
#include "mm/page/page_impl.h"
#include "mm/page/pcp.h"

const char pcp_name[] = "none";
const int pcp_highest_order = -1;

void __init pcp_boot_init(void)
{
	/* nothing is kept */
}

void __init pcp_choose(gfp_t zone_bits __unused, const struct zone *zone __unused)
{
	/* nothing is kept of any */
}

void __init pcp_init(void)
{
	/* nothing is kept, so there is nothing to size */
}

struct page *pcp_take(struct zone *zone, gfp_t gfp __unused)
{
	return buddy_alloc(zone, 0);
}

void pcp_give(struct page *page, bool cold __unused)
{
	page->_refcount = 0;
	buddy_free(page, 0);
}

void drain_local_pages(struct zone *zone __unused)
{
	/* nothing is kept */
}

void drain_all_pages(struct zone *zone __unused)
{
	/* nothing is kept */
}

void pcp_count(const struct zone *zone __unused, unsigned long *given, unsigned long *refilled)
{
	*given = *refilled = 0; /* counted in the zone */
}

unsigned long pcp_pages(const struct zone *zone __unused)
{
	return 0;
}

bool pcp_stock(const struct zone *zone __unused, unsigned int cpu __unused,
	       struct pcp_stock *stock __unused)
{
	return false;
}

void pcp_show(const struct zone *zone, int (*print)(const char *fmt, ...))
{
	print("%8s: PCP=none keeps no pages\n", zone->name);
}

CHECKER(pcp_check, "pcp", "PCP=none keeps no pages")
{
	check_counted(check, 0, "lists");
}
