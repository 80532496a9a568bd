/*
 * watermark.h - how much of a zone must stay free, for whom
 *
 *	free pages of the zone
 *	  |.................... anybody
 *	  high  = min * 6/4
 *	  low   = min * 5/4     the first pass of every request stops here and tries the next zone
 *	  min                   GFP_KERNEL stops here
 *	  min/2, min*3/8        GFP_ATOMIC and other urgent ones stop here
 *	  0                     __GFP_MEMALLOC
 *
 * A request that could use a higher zone stops earlier in a lower one: by lowmem_reserve[] pages, so
 * that lowmem is not used up by what fits in highmem.
 *
 * Linux: mm/page_alloc.c (setup_per_zone_pages_min and setup_per_zone_lowmem_reserve of 2.6.15)
 */
#ifndef MM_PAGE_WATERMARK_H
#define MM_PAGE_WATERMARK_H

#include "mm/page/page.h"

/* How a request may go below the mark. */
enum {
	ALLOC_HARDER = 0x10,	    /* a quarter below what is left of it */
	ALLOC_HIGH = 0x20,	    /* half below it */
	ALLOC_NO_WATERMARKS = 0x04, /* to the last page */
};

/*
 * Would the zone, after giving 2^order pages, still hold more than `mark` and the reserve against
 * requests whose highest zone is `highest_zoneidx`; and has it a block that large?  A guess: the
 * zone's lock is not held.  Context: any.
 */
bool zone_watermark_ok(const struct zone *zone, unsigned int order, unsigned long mark,
		       int highest_zoneidx, unsigned int alloc_flags);

/*
 * Computes the marks and reserves of all zones from their managed pages: 4 * sqrt(lowmem in KiB)
 * KiB are kept free in all, 128 KiB to 64 MiB; a highmem zone keeps 32 to 128 pages.
 * Context: boot, after the hand-over.
 */
void setup_per_zone_pages_min(void);
void setup_per_zone_lowmem_reserve(void);

#endif /* MM_PAGE_WATERMARK_H */
