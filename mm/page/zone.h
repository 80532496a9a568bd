/*
 * zone.h - memory of one kind on one node: which frames, how many are free, in blocks of which order
 *
 *	DMA       the first 16 MiB, for devices that reach no further
 *	Normal    the rest of lowmem
 *	HighMem   no lowmem address: mapped when it is used
 *
 * A request names the highest zone that it can use, and falls back to lower ones: first on its
 * node, then on the others, in the order of its zonelist.
 * Linux: include/linux/mmzone.h
 */
#ifndef MM_PAGE_ZONE_H
#define MM_PAGE_ZONE_H

#include "kernel/spinlock.h"
#include "lib/list.h"
#include "mm/node.h"

enum zone_type { ZONE_DMA, ZONE_NORMAL, ZONE_HIGHMEM, MAX_NR_ZONES };

/* Orders 0 to MAX_ORDER - 1; a block of the highest order has MAX_ORDER_NR_PAGES. */
enum { MAX_ORDER = 11, MAX_ORDER_NR_PAGES = 1 << (MAX_ORDER - 1) };

enum zone_watermarks { WMARK_MIN, WMARK_LOW, WMARK_HIGH, NR_WMARK };

struct free_area {
	struct list_head free_list; /* heads of free blocks, through page->lru */
	unsigned long nr_free;	    /* blocks */
	unsigned long unused;	    /* so that an index is a shift */
};

/*
 * Locks: [Z] lock, interrupts off   [I] fixed after the hand-over
 */
struct zone {
	spinlock_t lock;
	unsigned int free_orders;	       /* [Z] bit o: free_area[o] is not empty */
	unsigned long free_pages;	       /* [Z] sum of nr_free << order */
	unsigned long pgalloc;		       /* [Z] pages that left the free lists, since boot */
	unsigned int page_flags;	       /* [I] the zone and node bits of its pages' flags */
	struct free_area free_area[MAX_ORDER]; /* [Z] */

	unsigned long watermark[NR_WMARK];	    /* [I] in pages (watermark.h) */
	unsigned long lowmem_reserve[MAX_NR_ZONES]; /* [I] kept from requests for higher zones */

	const char *name;	     /* [I] */
	pg_data_t *zone_pgdat;	     /* [I] */
	enum zone_type type;	     /* [I] */
	pfn_t zone_start_pfn;	     /* [I] */
	unsigned long spanned_pages; /* [I] holes included */
	unsigned long present_pages; /* [I] RAM */
	unsigned long managed_pages; /* [Z] given to the allocator */
};

/* What must stay free for the first pass of a request whose highest zone is `highest` (watermark.h). */
static inline unsigned long zone_low_mark(const struct zone *zone, int highest)
{
	return zone->watermark[WMARK_LOW] + zone->lowmem_reserve[highest];
}

/* zone: a struct zone *, over the populated zones of all nodes, by node and type */
struct zone *first_zone(void);
struct zone *next_zone(struct zone *zone);
#define for_each_zone(zone) for ((zone) = first_zone(); (zone); (zone) = next_zone(zone))

static inline bool is_highmem(const struct zone *zone)
{
	return zone->type == ZONE_HIGHMEM;
}

static inline pfn_t zone_end_pfn(const struct zone *zone)
{
	return zone->zone_start_pfn + zone->spanned_pages;
}

#endif /* MM_PAGE_ZONE_H */
