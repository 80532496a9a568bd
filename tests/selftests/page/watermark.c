/*
 * watermark.c - claims about what each zone keeps free, and for whom
 */
#include "kernel/selftest/selftest.h"
#include "mm/page/page.h"
#include "mm/page/watermark.h"

/* Highmem keeps 32 pages however small it is, and a share of a few pages is rounded to none. */
enum { SMALL_ZONE = 8 * 32 + 8 };

SELFTEST(watermark, marks, "min, low and high ascend by quarters, and fit the zone")
{
	struct zone *zone;

	for_each_zone(zone) {
		unsigned long least = zone->watermark[WMARK_MIN];

		EXPECT_EQ(zone->watermark[WMARK_LOW], least * 5 / 4);
		EXPECT_EQ(zone->watermark[WMARK_HIGH], least * 6 / 4);
		EXPECT(least < zone->managed_pages / 8 || zone->managed_pages < SMALL_ZONE);
	}
}

SELFTEST(watermark, square_root_rule,
	 "lowmem keeps 4 * sqrt(KiB) KiB free, within 128 KiB and 64 MiB")
{
	unsigned long kept = 0, lowmem = 0, kib;
	struct zone *zone;
	unsigned int zones = 0;

	for_each_zone(zone) {
		if (is_highmem(zone))
			continue;
		kept += zone->watermark[WMARK_MIN];
		lowmem += zone->managed_pages;
		zones++;
	}
	kib = kept << (PAGE_SHIFT - 10);
	lowmem <<= PAGE_SHIFT - 10;
	/* every zone's share, and the root, are rounded down */
	EXPECT(kib * kib <= lowmem * 16 || kib <= 128);
	kib += (zones + 1) << (PAGE_SHIFT - 10);
	EXPECT(kib * kib >= lowmem * 16 || kib >= 65536);
}

SELFTEST(watermark, reserve, "a zone's own requests meet no reserve; those for higher zones do")
{
	struct zone *zone;

	for_each_zone(zone) {
		for (int type = 0; type <= (int)zone->type; type++)
			EXPECT_EQ(zone->lowmem_reserve[type], 0);
		for (int type = zone->type; type + 1 < MAX_NR_ZONES; type++)
			EXPECT(zone->lowmem_reserve[type + 1] >= zone->lowmem_reserve[type]);
	}
}

SELFTEST(watermark, reserve_ratio,
	 "of the zones above, DMA keeps a 256th free for itself, Normal a 32nd")
{
	struct zone *zone;

	for_each_zone(zone) {
		unsigned long above = 0, ratio = zone->type == ZONE_DMA ? 256 : 32;

		for (int type = zone->type; type + 1 < MAX_NR_ZONES; type++) {
			above += zone->zone_pgdat->node_zones[type + 1].managed_pages;
			EXPECT_EQ(zone->lowmem_reserve[type + 1], above / ratio);
		}
	}
}

SELFTEST(watermark, ok, "zone_watermark_ok() holds exactly down to mark and reserve")
{
	struct zone zone = { .free_pages = 1000, .free_orders = 0x7ff };

	zone.lowmem_reserve[ZONE_HIGHMEM] = 100;
	EXPECT(zone_watermark_ok(&zone, 0, 999, ZONE_NORMAL, 0));
	EXPECT(!zone_watermark_ok(&zone, 0, 1000, ZONE_NORMAL, 0));
	EXPECT(zone_watermark_ok(&zone, 3, 992, ZONE_NORMAL, 0));
	EXPECT(!zone_watermark_ok(&zone, 3, 993, ZONE_NORMAL, 0));
	EXPECT(zone_watermark_ok(&zone, 0, 899, ZONE_HIGHMEM, 0));
	EXPECT(!zone_watermark_ok(&zone, 0, 900, ZONE_HIGHMEM, 0));
	EXPECT(zone_watermark_ok(&zone, 0, 1998, ZONE_NORMAL, ALLOC_HIGH));
	EXPECT(!zone_watermark_ok(&zone, 0, 2000, ZONE_NORMAL, ALLOC_HIGH));
	EXPECT(zone_watermark_ok(&zone, 0, 1332, ZONE_NORMAL, ALLOC_HARDER));
	EXPECT(!zone_watermark_ok(&zone, 0, 1336, ZONE_NORMAL, ALLOC_HARDER));
	EXPECT(zone_watermark_ok(&zone, 0, ~0ul, ZONE_NORMAL, ALLOC_NO_WATERMARKS));
	zone.free_orders = 0x3;
	EXPECT(!zone_watermark_ok(&zone, 2, 0, ZONE_NORMAL, 0));
	EXPECT(zone_watermark_ok(&zone, 1, 0, ZONE_NORMAL, 0));
}

static unsigned long take(gfp_t gfp, struct list_head *taken)
{
	unsigned long pages = 0;
	struct page *page;

	for (; (page = alloc_page(gfp | __GFP_NOWARN)); pages++)
		list_add(&page->lru, taken);
	return pages;
}

static unsigned long lowmem_left(enum zone_watermarks mark)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone(zone) {
		if (!is_highmem(zone))
			pages += zone->watermark[mark] + zone->lowmem_reserve[ZONE_NORMAL];
	}
	return pages;
}

/* GFP_KERNEL, GFP_ATOMIC, and then what may have the last page. */
static void who_gets_how_far(gfp_t last)
{
	LIST_HEAD(taken);
	struct page *page, *next;
	unsigned long kept = lowmem_left(WMARK_MIN), left, atomic, rest;

	take(GFP_KERNEL, &taken);
	drain_all_pages(NULL);
	left = nr_free_pages() - nr_free_highpages();
	atomic = take(GFP_ATOMIC, &taken);
	rest = take(GFP_KERNEL | last, &taken);
	list_for_each_entry_safe(page, next, &taken, lru)
		__free_page(page);
	EXPECT_EQ(left, kept);
	EXPECT(atomic > 0 && rest > 0);
	EXPECT_EQ(atomic + rest, kept);
	EXPECT(buddy_check());
}

SELFTEST(watermark, who_gets_how_far, "GFP_KERNEL stops at min, GFP_ATOMIC below it, MEMALLOC at 0")
{
	who_gets_how_far(__GFP_MEMALLOC);
}

SELFTEST(watermark, never_failing, "__GFP_NOFAIL goes to the last page as well")
{
	who_gets_how_far(__GFP_NOFAIL);
}

SELFTEST(watermark, dma_is_kept, "requests that could use Normal leave the reserve of DMA alone")
{
	LIST_HEAD(taken);
	struct page *page, *next, *extra;
	struct zone *zone = first_zone();
	unsigned long left, least;

	take(GFP_KERNEL, &taken);
	drain_all_pages(NULL);
	left = zone->free_pages;
	least = zone->watermark[WMARK_MIN] + zone->lowmem_reserve[ZONE_NORMAL];
	extra = alloc_page(GFP_KERNEL | __GFP_DMA | __GFP_NOWARN);
	if (extra)
		list_add(&extra->lru, &taken);
	list_for_each_entry_safe(page, next, &taken, lru)
		__free_page(page);
	EXPECT_EQ(zone->type, ZONE_DMA);
	EXPECT_EQ(left, least);
}
