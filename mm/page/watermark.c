/*
 * watermark.c - computes what each zone keeps free, and asks whether a request would cut into it
 *
 * Invariant  I1  watermark[MIN] <= watermark[LOW] <= watermark[HIGH].
 *
 * Locking: fixed after the hand-over; read without a lock.
 */
#include "mm/page/alloc_impl.h"
#include "mm/page/watermark.h"

enum {
	MIN_FREE_LEAST_KB = 128,
	MIN_FREE_MOST_KB = 65536,
	HIGHMEM_LEAST = 32, /* pages */
	HIGHMEM_MOST = 128,
};

/* One page of a lower zone is kept for each so many pages of the zones above it. */
static const unsigned int lowmem_reserve_ratio[MAX_NR_ZONES] = { 256, 32, 1 };

bool zone_watermark_ok(const struct zone *zone, unsigned int order, unsigned long mark,
		       int highest_zoneidx, unsigned int alloc_flags)
{
	unsigned long keep = mark;

	if (order >= MAX_ORDER)
		return false;
	if (alloc_flags & ALLOC_NO_WATERMARKS)
		return true; /* also with no free block: a CPU may still keep single pages of it */
	if (zone->free_orders >> order == 0)
		return false;
	if (alloc_flags & ALLOC_HIGH)
		keep -= keep / 2;
	if (alloc_flags & ALLOC_HARDER)
		keep -= keep / 4;
	return READ_ONCE(zone->free_pages) >=
	       (1ul << order) + keep + zone->lowmem_reserve[highest_zoneidx];
}

static unsigned long __init square_root(unsigned long n)
{
	unsigned long root = 0;

	for (unsigned long bit = 1ul << (BITS_PER_LONG / 2 - 1); bit; bit >>= 1)
		if ((u64)(root + bit) * (root + bit) <= n)
			root += bit;
	return root;
}

static unsigned long __init lowmem_managed(void)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone(zone)
		pages += is_highmem(zone) ? 0 : zone->managed_pages;
	return pages;
}

static unsigned long __init min_pages(const struct zone *zone, unsigned long lowmem)
{
	unsigned long kib = lowmem << (PAGE_SHIFT - 10);
	unsigned long min_free =
		min(max(square_root(kib * 16), 0ul + MIN_FREE_LEAST_KB), 0ul + MIN_FREE_MOST_KB) >>
		(PAGE_SHIFT - 10);

	if (is_highmem(zone))
		return min(max(zone->managed_pages / 1024, 0ul + HIGHMEM_LEAST),
			   0ul + HIGHMEM_MOST);
	return (unsigned long)((u64)min_free * zone->managed_pages / max(lowmem, 1ul));
}

void __init setup_per_zone_pages_min(void)
{
	unsigned long lowmem = lowmem_managed();
	struct zone *zone;

	for_each_zone(zone) {
		unsigned long least = min_pages(zone, lowmem);

		zone->watermark[WMARK_MIN] = least;
		zone->watermark[WMARK_LOW] = least * 5 / 4; /* keeps I1 */
		zone->watermark[WMARK_HIGH] = least * 6 / 4;
	}
}

/* The managed pages of the node's zones above `type`, up to `highest`. */
static unsigned long __init managed_above(const pg_data_t *pgdat, int type, int highest)
{
	unsigned long pages = 0;

	while (++type <= highest)
		pages += pgdat->node_zones[type].managed_pages;
	return pages;
}

void __init setup_per_zone_lowmem_reserve(void)
{
	struct zone *zone;

	for_each_zone(zone) {
		for (int highest = 0; highest < MAX_NR_ZONES; highest++)
			zone->lowmem_reserve[highest] =
				managed_above(zone->zone_pgdat, zone->type, highest) /
				lowmem_reserve_ratio[zone->type];
	}
	page_fast_init();
}
