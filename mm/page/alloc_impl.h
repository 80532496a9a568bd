/*
 * alloc_impl.h - what alloc.c, slow.c and bulk.c share
 */
#ifndef MM_PAGE_ALLOC_IMPL_H
#define MM_PAGE_ALLOC_IMPL_H

#include "mm/page/page_impl.h"

/* The highest zone that a request may use; not for both zone bits. */
static inline enum zone_type gfp_zone(gfp_t gfp)
{
	/* two bits each: none NORMAL, DMA (1) DMA, HIGHMEM (2) HIGHMEM */
	return (ZONE_NORMAL | ZONE_DMA << 2 | ZONE_HIGHMEM << 4) >> (2 * (gfp & GFP_ZONEMASK)) & 3;
}

/*
 * All that the fast paths read besides the zone, in one place, so that one address serves: for each
 * pair of zone bits in a gfp the zone to try first on node 0, and what must stay free in it; where
 * struct pages are.  What never or seldom happens is made to fail these tests instead of having
 * tests of its own: the pair of bits that is refused has a mark that no zone reaches, and so have
 * all with init_on_alloc=1; with init_on_free=1, and where mem_map has holes, it seems to have no
 * pages.
 */
struct page_fast {
	struct zone_choice {
		struct zone *zone;
		unsigned long mark;
	} choice[GFP_ZONEMASK + 1];
	unsigned long mem_map, mem_map_pages;
};
extern struct page_fast page_fast;

extern gfp_t always_gfp; /* init_on_alloc=1: __GFP_ZERO */
extern bool init_on_free;

/* Fills it from zonelists and marks.  Context: boot. */
void page_fast_init(void);

/* A block from this zone, whatever its watermarks say; PAGE_USED, no reference yet.  Or NULL. */
struct page *take_from(struct zone *zone, gfp_t gfp, unsigned int order);

/* Clears 2^order pages; of highmem it may fail, when this CPU holds all its kmap_local slots. */
bool clear_pages(struct page *page, unsigned int order);

/*
 * When the best zone does not do: the other zones, lower watermarks, reclaim, and last the report.
 * The block as take_from() gives it, or NULL.  nid only matters with __GFP_THISNODE.
 */
struct page *alloc_slow(struct zone *const *list, int nid, gfp_t gfp, unsigned int order,
			unsigned long caller);

#endif /* MM_PAGE_ALLOC_IMPL_H */
