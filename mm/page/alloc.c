/*
 * alloc.c - from a request to a block: which zones to try, what the page becomes, what to say when there is none
 *
 *	alloc_pages(gfp, order)
 *	  zonelist of (this node, gfp & GFP_ZONEMASK):  HighMem -> Normal -> DMA -> other nodes
 *	    first zone with a block that is large enough  ──>  buddy_take_locked()
 *	  prepare: one reference, cleared if asked
 *	  none: report, rate limited
 *
 * Locking: zone->lock of one zone at a time, inside take_from().
 * Read next: buddy.c.
 * Linux: mm/page_alloc.c (__alloc_pages, get_page_from_freelist)
 */
#include <stdio.h>

#include "kernel/kallsyms.h"
#include "kernel/printk.h"
#include "mm/page/page_impl.h"

static struct page *take_from(struct zone *zone, unsigned int order)
{
	unsigned long flags;
	struct page *page;

	spin_lock_irqsave(&zone->lock, flags);
	page = buddy_take_locked(zone, order);
	spin_unlock_irqrestore(&zone->lock, flags);
	return page;
}

static void clear_pages(struct page *page, unsigned int order)
{
	u8 *p = lowmem_page_address(page);

	for (unsigned long i = 0; i < 1ul << order; i++)
		arch_clear_page(p + (i << PAGE_SHIFT));
}

/* --- refusals and reports ------------------------------------------------------------------------ */

/* At most REPORTS_MAX in each REPORT_WINDOW, so that a loop of failures does not drown the log. */
static bool may_report(void)
{
	enum { REPORTS_MAX = 10 };
	static const u64 window_ns = 5000000000ull;
	static u64 window_start;
	static unsigned int reports;
	u64 now = arch_clock_ns();

	if (now - window_start > window_ns) {
		window_start = now;
		reports = 0;
	}
	return reports++ < REPORTS_MAX;
}

static void __noinline __cold report_exhaustion(gfp_t gfp, unsigned int order, unsigned long caller)
{
	char name[80];

	if ((gfp & __GFP_NOWARN) || !may_report())
		return;
	pr_warn("page: no block of order %u (gfp 0x%x) for %s", order, gfp,
		kallsyms_format(caller, name, sizeof(name)));
	show_free_areas();
}

static struct page *__noinline __cold refuse(gfp_t gfp, unsigned int order, const char *what,
					     unsigned long caller)
{
	const struct bug_report report = {
		.family = "page",
		.what = what,
		.expected = "order 0 to 10, one zone, a lowmem address only of lowmem",
		.caller = caller,
	};

	bug(&report, "order %u gfp 0x%x", order, gfp);
	return NULL;
}

/* --- allocating -------------------------------------------------------------------------------------- */

static struct page *prepare(struct page *page, gfp_t gfp, unsigned int order)
{
	page->_refcount = 1;
	if (unlikely(gfp & (__GFP_ZERO | __GFP_COMP))) {
		if (gfp & __GFP_COMP)
			page->flags |= PG_COMPOUND;
		if (gfp & __GFP_ZERO)
			clear_pages(page, order);
	}
	return page;
}

static inline struct page *allocate(gfp_t gfp, unsigned int order, unsigned long caller)
{
	struct zone *const *list;

	if (unlikely(order >= MAX_ORDER))
		return refuse(gfp, order, "bad order", caller);
	if (unlikely((gfp & GFP_ZONEMASK) == GFP_ZONEMASK))
		return refuse(gfp, order, "bad zone", caller);
	if (unlikely((gfp & (__GFP_ZERO | __GFP_HIGHMEM)) == (__GFP_ZERO | __GFP_HIGHMEM)))
		return refuse(gfp, order, "cannot clear highmem", caller);
	for (list = zonelist(gfp); *list; list++) {
		struct page *page = take_from(*list, order);

		if (likely(page))
			return prepare(page, gfp, order);
	}
	report_exhaustion(gfp, order, caller);
	return NULL;
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	return allocate(gfp, order, _RET_IP_);
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page;

	if (unlikely(gfp & __GFP_HIGHMEM)) {
		refuse(gfp, order, "bad zone", _RET_IP_);
		return 0;
	}
	page = allocate(gfp, order, _RET_IP_);
	return page ? (unsigned long)lowmem_page_address(page) : 0;
}

/* --- what is free --------------------------------------------------------------------------------------- */

unsigned long nr_free_pages(void)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone(zone)
		pages += READ_ONCE(zone->free_pages);
	return pages;
}

void show_free_areas(void)
{
	struct zone *zone;

	for_each_zone(zone) {
		char line[PRINTK_LINE];
		int used = snprintf(line, sizeof(line), "page: node %d %s: free %lu of %lu pages:",
				    zone->zone_pgdat->node_id, zone->name, zone->free_pages,
				    zone->managed_pages);

		for (unsigned int order = 0; order < MAX_ORDER; order++)
			used += snprintf(line + used, sizeof(line) - used, " %lu*%lukB",
					 zone->free_area[order].nr_free, 4ul << order);
		pr_warn("%s", line);
	}
}
