/*
 * pcp.c - claims about the single pages that a CPU keeps
 *
 * With PCP=none nothing is kept, and most claims have no subject.
 */
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "mm/page/page.h"
#include "mm/page/pcp.h"

static bool keeps_pages(void)
{
	return pcp_highest_order >= 0;
}

SELFTEST(pcp, hot_first, "the page that was freed hot last is handed out next")
{
	struct page *one, *two, *again, *third;

	if (!keeps_pages())
		SKIP("PCP=none");
	one = alloc_page(GFP_KERNEL);
	two = alloc_page(GFP_KERNEL);
	EXPECT(one && two);
	free_hot_page(one);
	free_hot_page(two);
	again = alloc_page(GFP_KERNEL);
	third = alloc_page(GFP_KERNEL);
	EXPECT_EQ(again, two);
	EXPECT_EQ(third, one);
	__free_page(one);
	__free_page(two);
	EXPECT(pcp_check());
}

SELFTEST(pcp, cold_apart, "a cold free leaves the hot list alone; __GFP_COLD gets the cold page")
{
	struct page *hot, *cold, *page;

	if (!keeps_pages())
		SKIP("PCP=none");
	hot = alloc_page(GFP_KERNEL);
	cold = alloc_page(GFP_KERNEL);
	EXPECT(hot && cold);
	free_hot_page(hot);
	free_cold_page(cold);
	page = alloc_page(GFP_KERNEL);
	EXPECT_EQ(page, hot);
	page = alloc_page(GFP_KERNEL | __GFP_COLD);
	EXPECT_EQ(page, cold);
	__free_page(hot);
	__free_page(cold);
	EXPECT(pcp_check());
}

SELFTEST(pcp, refill, "an empty list takes one batch from the buddy, not a page")
{
	unsigned long free, kept;
	struct page *page;

	if (!keeps_pages())
		SKIP("PCP=none");
	drain_all_pages(NULL);
	EXPECT_EQ(nr_pcp_pages(), 0);
	free = nr_free_pages();
	page = alloc_page(GFP_KERNEL);
	kept = nr_pcp_pages();
	EXPECT(kept < 16); /* zone_batchsize(): 16 at most */
	EXPECT_EQ(nr_free_pages(), free - kept - 1);
	__free_page(page);
	EXPECT_EQ(nr_pcp_pages(), kept + 1);
	EXPECT(pcp_check());
}

enum { MANY = 400 };
SELFTEST_TABLE(struct page *, pages, MANY);

SELFTEST(pcp, flush, "a list never reaches its high mark, however much is freed")
{
	unsigned long before = nr_available_pages();

	for (unsigned int i = 0; i < MANY; i++)
		EXPECT((pages[i] = alloc_page(GFP_KERNEL)));
	for (unsigned int i = 0; i < MANY; i++) {
		__free_page(pages[i]);
		EXPECT(pcp_check());
	}
	EXPECT(nr_pcp_pages() < MANY);
	EXPECT_EQ(nr_available_pages(), before);
	EXPECT(buddy_check());
}

SELFTEST(pcp, drain, "drained pages merge: the free blocks are what they were")
{
	unsigned long large[16] = {}, n = 0;
	struct zone *zone;

	drain_all_pages(NULL);
	for_each_zone(zone)
		large[n++] = zone->free_area[MAX_ORDER - 1].nr_free;
	for (unsigned int i = 0; i < MANY; i++)
		EXPECT((pages[i] = alloc_page(GFP_HIGHUSER)));
	for (unsigned int i = 0; i < MANY; i++)
		__free_page(pages[i * 7 % MANY]);
	drain_all_pages(NULL);
	EXPECT_EQ(nr_pcp_pages(), 0);
	n = 0;
	for_each_zone(zone) {
		EXPECT_EQ(zone->free_area[MAX_ORDER - 1].nr_free, large[n]);
		n++;
	}
	EXPECT(buddy_check());
}

SELFTEST(pcp, double_free, "freeing a page that a CPU keeps is refused, hot or cold")
{
	struct page *page = alloc_page(GFP_KERNEL);

	EXPECT(page);
	free_cold_page(page);
	EXPECT_BUG("double free", free_hot_page(page));
	EXPECT_BUG("double free", free_cold_page(page));
	EXPECT_BUG("double free", __free_page(page));
	EXPECT_BUG("wild pointer", free_hot_page(NULL));
	EXPECT_BUG("wild pointer", free_cold_page((struct page *)((char *)page + 4)));
	EXPECT(pcp_check());
}

SELFTEST(pcp, clean, "a page is kept without what its holder has left in its flags")
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_COMP), *again;

	EXPECT(page);
	page->flags |= PG_COMPOUND;
	__free_page(page);
	EXPECT(pcp_check());
	again = alloc_page(GFP_KERNEL);
	EXPECT(again && !PageCompound(again));
	__free_page(again);
}

SELFTEST(pcp, counted, "each page given and taken back is counted once, through lists or not")
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct zone *zone;
	unsigned long given, taken;

	EXPECT(page);
	zone = page_zone(page);
	__free_page(page);
	given = zone_pgalloc(zone);
	taken = zone_pgfree(zone);
	for (unsigned int i = 0; i < 100; i++) {
		EXPECT((page = alloc_page(GFP_KERNEL)));
		__free_page(page);
	}
	EXPECT((page = alloc_pages(GFP_KERNEL, 3)));
	__free_pages(page, 3);
	EXPECT_EQ(zone_pgalloc(zone) - given, 108);
	EXPECT_EQ(zone_pgfree(zone) - taken, 108);
}

SELFTEST(pcp, random, "random hot and cold pages of all zones keep every invariant")
{
	static const gfp_t zones[] = { GFP_KERNEL, GFP_KERNEL | __GFP_DMA, GFP_HIGHUSER };
	unsigned long before = nr_available_pages();
	unsigned int held = 0;
	struct rng rng;
	bool sound = true;

	rng_seed(&rng, selftest_seed());
	for (unsigned int step = 0; step < 5000 && sound; step++) {
		gfp_t gfp = zones[rng_below(&rng, 3)] | (rng_below(&rng, 2) ? __GFP_COLD : 0);

		if (held < MANY && (held == 0 || rng_below(&rng, 2))) {
			pages[held] = alloc_page(gfp | __GFP_NOWARN);
			held += pages[held] ? 1 : 0;
		} else {
			unsigned int i = rng_below(&rng, held);
			struct page *page = pages[i];

			pages[i] = pages[--held];
			if (gfp & __GFP_COLD)
				free_cold_page(page);
			else
				free_hot_page(page);
		}
		sound = nr_available_pages() + held == before;
		if (step % 512 == 0)
			sound = sound && pcp_check() && buddy_check();
	}
	while (held)
		__free_page(pages[--held]);
	EXPECT(sound);
	EXPECT(pcp_check() && buddy_check());
}
