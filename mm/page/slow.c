/*
 * slow.c - when the best zone does not do: other zones, lower watermarks, reclaim, the report
 *
 *	pass 1   every zone of the list, down to its low watermark
 *	pass 2   again, down to min; GFP_ATOMIC and __GFP_HIGH further
 *	reclaim  shrinkers give back what they keep; then pass 2 once more
 *	         (not for requests that cannot wait, nor inside an interrupt)
 *	pass 3   to the last page: __GFP_MEMALLOC and __GFP_NOFAIL only
 *	         none left: report, rate limited; NULL
 *
 * There is no scheduler to wait in, so __GFP_NOFAIL, too, is told and gets NULL in the end.
 *
 * Locking: none here; take_from() takes zone->lock.
 * Linux: mm/page_alloc.c (__alloc_pages of 2.6.15, __alloc_pages_slowpath of 6.1)
 */
#include "kernel/kallsyms.h"
#include "kernel/printk.h"
#include "kernel/ratelimit.h"
#include "kernel/trace.h"
#include "mm/page/alloc_impl.h"
#include "mm/page/reclaim.h"
#include "mm/page/watermark.h"

struct request {
	struct zone *const *list;
	int nid;
	gfp_t gfp;
	unsigned int order;
};

static unsigned long stalls[MAX_NR_ZONES]; /* [A] by the highest zone asked for */

unsigned long allocstalls(enum zone_type highest)
{
	return READ_ONCE(stalls[highest]);
}

/* reclaim_all(), counted. */
static bool stall(gfp_t gfp)
{
	__atomic_fetch_add(&stalls[gfp_zone(gfp)], 1, __ATOMIC_RELAXED);
	return reclaim_all() != 0;
}

static struct page *try_zones(const struct request *r, enum zone_watermarks mark,
			      unsigned int alloc_flags)
{
	enum zone_type highest = gfp_zone(r->gfp);

	for (struct zone *const *list = r->list; *list; list++) {
		struct zone *zone = *list;
		struct page *page;

		if ((r->gfp & __GFP_THISNODE) && zone->zone_pgdat->node_id != r->nid)
			continue;
		if (!zone_watermark_ok(zone, r->order, zone->watermark[mark], highest, alloc_flags))
			continue;
		page = take_from(zone, r->gfp, r->order);
		if (page)
			return page;
	}
	return NULL;
}

static unsigned int flags_of(gfp_t gfp)
{
	return (gfp & __GFP_HIGH ? ALLOC_HIGH : 0) | (gfp & __GFP_ATOMIC ? ALLOC_HARDER : 0);
}

static bool may_reclaim(gfp_t gfp)
{
	return (gfp & __GFP_DIRECT_RECLAIM) && !arch_in_exception();
}

static void report(const struct request *r, unsigned long caller)
{
	static struct ratelimit limit;
	char name[KALLSYMS_LINE];

	if ((r->gfp & __GFP_NOWARN) || !ratelimit(&limit))
		return;
	pr_warn("page: no block of order %u (gfp 0x%x%s) for %s", r->order, r->gfp,
		may_reclaim(r->gfp) ? ", after reclaim" : "",
		kallsyms_format(caller, name, sizeof(name)));
	show_free_areas();
}

struct page *__noinline alloc_slow(struct zone *const *list, int nid, gfp_t gfp, unsigned int order,
				   unsigned long caller)
{
	const struct request r = { .list = list, .nid = nid, .gfp = gfp, .order = order };
	struct page *page = try_zones(&r, WMARK_LOW, 0);

	if (!page)
		page = try_zones(&r, WMARK_MIN, flags_of(gfp));
	if (!page && may_reclaim(gfp) && stall(gfp))
		page = try_zones(&r, WMARK_MIN, flags_of(gfp));
	if (!page && (gfp & (__GFP_MEMALLOC | __GFP_NOFAIL)))
		page = try_zones(&r, WMARK_MIN, ALLOC_NO_WATERMARKS);
	if (!page)
		report(&r, caller);
	return page;
}
