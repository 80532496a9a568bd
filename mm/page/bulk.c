/*
 * bulk.c - many single pages for the price of a few blocks
 *
 *	one lock  [        a block of order 6         ]  split, in place, into 64 single pages
 *	          [ p p p p p p p p p p p p p p p ... ]
 *
 * Blocks as large as what is still wanted are taken, so the lists are visited once for each
 * power of two; per page only its own two words are written.
 *
 * Locking: zone->lock, for one block at a time.
 * Read next: bulk_free.c, the way back.
 * Linux: mm/page_alloc.c (__alloc_pages_bulk)
 */
#include "kernel/bug.h"
#include "kernel/inject.h"
#include "mm/page/alloc_impl.h"
#include "mm/page/page_debug.h"

enum { BULK_ORDER = 6 }; /* the most that one hold of the lock takes: 64 pages */

/* A block of at most `want` pages as single ones; their number, 0 when the zone has none. */
static unsigned long bulk_from(struct zone *zone, gfp_t gfp, unsigned long want,
			       struct page **array, enum page_owner owner, unsigned long caller)
{
	unsigned int largest = BITS_PER_LONG - 1u - (unsigned int)__builtin_clzl(want);
	unsigned int order = min(largest, 0u + BULK_ORDER);
	u32 single = zone->page_flags | head_bits(PAGE_USED, 0) | (u32)owner << PAGE_OWNER_SHIFT;
	struct page *block;
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	while (!(block = buddy_take_locked(zone, order)) && order > 0)
		order--;
	spin_unlock_irqrestore(&zone->lock, flags);
	if (!block)
		return 0;
	watch_taken(block, order);
	if (debug_build)
		page_debug_allocated(block, order, caller);
	if ((gfp & __GFP_ZERO) && unlikely(!clear_pages(block, order))) {
		give_back(block, order, false);
		return 0;
	}
	for (unsigned long i = 0; i < 1ul << order; i++) {
		block[i].flags = single;
		block[i]._refcount = 1;
		array[i] = &block[i];
	}
	return 1ul << order;
}

/* Up to `want` pages from the zones that are above their low watermark. */
static unsigned long bulk(gfp_t gfp, unsigned long want, struct page **array, enum page_owner owner,
			  unsigned long caller)
{
	enum zone_type highest = gfp_zone(gfp);
	unsigned long got = 0;

	for (struct zone *const *list = zonelists[0][highest]; *list && got < want; list++) {
		struct zone *zone = *list;
		unsigned long more = 1;

		if ((gfp & __GFP_THISNODE) && zone->zone_pgdat->node_id != 0)
			break; /* those of node 0 stand first */
		while (got < want && more) {
			unsigned long mark = zone_low_mark(zone, (int)highest);
			unsigned long room = READ_ONCE(zone->free_pages);

			more = room > mark ? bulk_from(zone, gfp, min(want - got, room - mark),
						       array + got, owner, caller)
					   : 0;
			got += more;
		}
	}
	return got;
}

/* How many of the array's next places are free to be filled. */
static unsigned long empty_places(struct page **array, unsigned long places)
{
	unsigned long n = 0;

	while (n < places && !array[n])
		n++;
	return n;
}

bool may_bulk(unsigned long nr_pages, struct page **array, unsigned long caller)
{
	const struct bug_report report = {
		.family = "page",
		.what = "bulk of too many",
		.object = array,
		.expected = "no more pages than the machine has frames",
		.caller = caller,
	};

	if (likely(nr_pages <= mem_map_pages))
		return true;
	bug(&report, "%lu pages, of %lu frames", nr_pages, mem_map_pages);
	return false;
}

/* Fills the leading ones of so many empty places; returns how many. */
static unsigned long fill(gfp_t gfp, unsigned long want, struct page **array, enum page_owner owner,
			  unsigned long caller)
{
	unsigned long got = 0;

	if (inject_fails(INJECT_PAGES, 0, caller))
		want /= 2;
	if ((gfp & GFP_ZONEMASK) != GFP_ZONEMASK && want)
		got = bulk(gfp, want, array, owner, caller);
	/* One by one, through every watermark and reclaim that the request may use. */
	for (; got < want && (array[got] = alloc_page(gfp)); got++)
		page_claim(array[got], owner);
	return got;
}

unsigned long alloc_pages_bulk_array(gfp_t gfp, unsigned long nr_pages, struct page **array)
{
	unsigned long i = 0;

	if (!may_bulk(nr_pages, array, _RET_IP_))
		return 0;
	gfp |= always_gfp;
	while (i < nr_pages) {
		unsigned long want = empty_places(array + i, nr_pages - i), got;

		if (!want) {
			i++; /* filled already: kept, as in Linux */
			continue;
		}
		got = fill(gfp, want, array + i, OWNER_HELD, _RET_IP_);
		i += got;
		if (got < want)
			break;
	}
	return i;
}

unsigned long alloc_pages_bulk_owned(gfp_t gfp, unsigned long nr_pages, struct page **array,
				     enum page_owner owner)
{
	if (!may_bulk(nr_pages, array, _RET_IP_))
		return 0;
	return fill(gfp | always_gfp, nr_pages, array, owner, _RET_IP_);
}
