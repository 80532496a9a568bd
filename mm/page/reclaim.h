/*
 * reclaim.h - before an allocation fails, those who keep free pages in stock are asked for them
 *
 *	static const struct shrinker pcp_shrinker = { "pcp", 10, pcp_drain_all };
 *	REGISTER_SHRINKER(pcp_shrinker);
 *
 * Linux: include/linux/shrinker.h (there with scan counts; here each gives back all it can)
 */
#ifndef MM_PAGE_RECLAIM_H
#define MM_PAGE_RECLAIM_H

#include "mm/page/zone.h"

struct shrinker {
	const char *name;
	unsigned int rank; /* ascending: cheapest first */
	/*
	 * Gives back to the page allocator what it can; returns how many pages.
	 * Context: as alloc_pages() with __GFP_DIRECT_RECLAIM: no family's lock is held.  Must not
	 * allocate.
	 */
	unsigned long (*shrink)(void);
};

#define REGISTER_SHRINKER(object_) REGISTER(shrinkers, const struct shrinker, object_)

/* Asks every shrinker, by rank; returns the pages given back.  Context: no lock held. */
unsigned long reclaim_all(void);

/* Requests since boot whose highest zone was this one and that had to reclaim (slow.c). */
unsigned long allocstalls(enum zone_type highest);

#endif /* MM_PAGE_RECLAIM_H */
