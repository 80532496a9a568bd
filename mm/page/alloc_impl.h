/*
 * alloc_impl.h - what the ways to allocate and free share: alloc.c, slow.c, bulk.c; free.c, refs.c
 *
 * Locking: all of it is fixed after the hand-over, and read without a lock.
 */
#ifndef MM_PAGE_ALLOC_IMPL_H
#define MM_PAGE_ALLOC_IMPL_H

#include "mm/page/page_impl.h"
#include "mm/page/pcp.h"

/* The highest zone that a request may use; not for both zone bits. */
static inline enum zone_type gfp_zone(gfp_t gfp)
{
	/* two bits each: none NORMAL, DMA (1) DMA, HIGHMEM (2) HIGHMEM */
	return (ZONE_NORMAL | ZONE_DMA << 2 | ZONE_HIGHMEM << 4) >> (2 * (gfp & GFP_ZONEMASK)) & 3;
}

/*
 * What the fast paths ask of a zone or a struct page, in one place, so that one address serves: for
 * each pair of zone bits in a gfp the zone to try first on node 0, and what must stay free in it; where
 * struct pages are, and how many of them have an address.  What never or seldom happens is made to
 * fail these tests instead of having tests of its own: the pair of bits that is refused has a mark
 * that no zone reaches, and so have all with init_on_alloc=1, and before there are zones; with
 * init_on_free=1, and where mem_map has holes, it seems to have no pages.  DEBUG builds do both.
 */
struct page_fast {
	struct zone_choice {
		struct zone *zone;
		unsigned long mark;
	} choice[GFP_ZONEMASK + 1];
	unsigned long mem_map, mem_map_pages, lowmem_map, lowmem_pages;
};
extern struct page_fast page_fast;

extern gfp_t always_gfp; /* init_on_alloc=1: __GFP_ZERO */
extern bool init_on_free;

/* Fills it from zonelists and marks.  Context: boot. */
void page_fast_init(void);

/*
 * offset / 2^shift where that leaves no rest, and otherwise more than there can be of anything: rotated
 * right, the rest becomes the highest bits.  So one comparison answers both questions.
 */
static inline unsigned long index_of(unsigned long offset, unsigned int shift)
{
	return offset >> shift | offset << (BITS_PER_LONG - shift);
}

/* Does one of mem_map's first `pages` struct pages begin at this address? */
static inline bool is_struct_page(const struct page *page, unsigned long pages)
{
	unsigned long offset = (unsigned long)page - page_fast.mem_map;

	return index_of(offset, __builtin_ctz(sizeof(*page))) < pages;
}

/*
 * Is it the struct page of RAM?  Reports to caller what it is instead: "wild pointer", "not RAM".
 * What page_fast lets pass need not be asked.
 */
bool is_page(const struct page *page, unsigned int order, unsigned long caller);

/* A block from this zone, whatever its watermarks say; PAGE_USED, with one reference.  Or NULL. */
struct page *take_from(struct zone *zone, gfp_t gfp, unsigned int order);
/* The way back for a block that nobody refers to: there is nothing left to check, nor to clear. */
static inline void give_back(struct page *page, unsigned int order, bool cold)
{
	if (order == 0)
		pcp_give(page, cold);
	else
		buddy_free(page, order);
}

/* Can an array hold so many pages?  Reported to caller when not: "bulk of too many". */
bool may_bulk(unsigned long nr_pages, struct page **array, unsigned long caller);

/* Clears 2^order pages; of highmem it may fail, when this CPU holds all its kmap_local slots. */
bool clear_pages(struct page *page, unsigned int order);

/*
 * When the best zone does not do: the other zones, lower watermarks, reclaim, and last the report.
 * The block as take_from() gives it, or NULL.  nid only matters with __GFP_THISNODE.
 */
struct page *alloc_slow(struct zone *const *list, int nid, gfp_t gfp, unsigned int order,
			unsigned long caller);

#endif /* MM_PAGE_ALLOC_IMPL_H */
