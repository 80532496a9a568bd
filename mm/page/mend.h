/*
 * mend.h - DEBUG builds: a free list is looked at before it is used, and mended when it is broken
 */
#ifndef MM_PAGE_MEND_H
#define MM_PAGE_MEND_H

#include "mm/page/page_impl.h"

/* A list of free blocks through page->lru, and what mend.c has to know of it. */
struct free_list {
	struct zone *zone;
	struct list_head *head;
	u32 flags;	      /* of each of its blocks, exactly; the order too */
	unsigned long length; /* as counted */
	struct list_head *
		others; /* such blocks are in this list as well, and stay there; NULL: in no other */
	const char *what, *expected, *name; /* for the report */
	unsigned int number;
};

/*
 * The list's length; of one that is not sound, after it was named and put right.
 * Context: it is the caller's; `if (debug_build)`.  A look reads all of the list.
 */
unsigned long mend_list(const struct free_list *list);

/*
 * The list that a block of this order will be taken from begins with a sound block from here on; the
 * lists that a block of this order will be put into, and the free buddies that it will merge with, are
 * sound.  What was not is named once, and put away: it is OWNER_QUARANTINE for ever, nobody's to take
 * or to free.
 * Context: zone->lock held; `if (debug_build)`.  A look is a few instructions a list; a list that is
 * broken is made anew, of what mem_map says is free, which takes a walk over the zone.
 */
void mend_before_take(struct zone *zone, unsigned int order);
void mend_before_give(struct zone *zone, const struct page *page, unsigned int order);

#endif /* MM_PAGE_MEND_H */
