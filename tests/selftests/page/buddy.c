/*
 * buddy.c - claims about blocks: splitting, merging, exhausting, and thousands of random steps
 */
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "mm/page/page.h"

SELFTEST(buddy, merges, "freeing both buddies yields one block of order+1")
{
	struct page *block = alloc_pages(GFP_KERNEL, 1);
	struct zone *zone;
	unsigned long singles;

	EXPECT(block);
	zone = page_zone(block);
	singles = zone->free_area[0].nr_free;
	__free_pages(block, 1);
	EXPECT_EQ(zone->free_area[0].nr_free, singles);
	EXPECT(buddy_check());
}

SELFTEST(buddy, reuses, "the block freed last is the one handed out next")
{
	struct page *block = alloc_pages(GFP_KERNEL, 3), *guard = alloc_pages(GFP_KERNEL, 3),
		    *again;

	EXPECT(block && guard);
	__free_pages(block, 3);
	again = alloc_pages(GFP_KERNEL, 3);
	EXPECT_EQ(again, block);
	__free_pages(again, 3);
	__free_pages(guard, 3);
}

/* Where a zone stands in the order in which a request tries them; worse ones are higher. */
static int rank_of(const struct zone *zone)
{
	return zone->zone_pgdat->node_id * MAX_NR_ZONES + (ZONE_HIGHMEM - zone->type);
}

SELFTEST(buddy, fallback,
	 "zones are tried best first, once for each watermark and once after reclaim")
{
	LIST_HEAD(taken);
	struct page *page, *next;
	unsigned int descents = 1;
	bool high_seen = false;
	int rank = 0;

	/* Blocks that no CPU keeps: what reclaim finds in lists would begin the order anew. */
	for (; (page = alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 2));
	     rank = rank_of(page_zone(page))) {
		list_add(&page->lru, &taken);
		high_seen = high_seen || PageHighMem(page);
		descents += rank_of(page_zone(page)) < rank;
	}
	list_for_each_entry_safe(page, next, &taken, lru)
		__free_pages(page, 2);
	EXPECT(descents <= 4); /* low, min, min after reclaim, none */
	EXPECT(!high_seen);
	EXPECT(buddy_check());
}

static unsigned long free_of_type(enum zone_type type)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone(zone) {
		if (zone->type <= type)
			pages += zone->free_pages;
	}
	return pages;
}

/* Every page that a gfp may have, to the last, and back; large blocks first, as machines may be large. */
static unsigned long take_all(gfp_t gfp, struct list_head *taken)
{
	unsigned long pages = 0;
	struct page *page;

	for (unsigned int order = MAX_ORDER; order-- > 0;)
		for (; (page = alloc_pages(gfp | __GFP_MEMALLOC | __GFP_NOWARN, order));
		     pages += 1ul << order) {
			page->private = order;
			list_add(&page->lru, taken);
		}
	return pages;
}

static void give_all(struct list_head *taken)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, taken, lru)
		__free_pages(page, (unsigned int)page->private);
}

static bool drain(gfp_t gfp, enum zone_type highest)
{
	LIST_HEAD(taken);
	unsigned long expected = free_of_type(highest), got = take_all(gfp, &taken);

	give_all(&taken);
	drain_all_pages(NULL);
	CHECK(got == expected);
	CHECK(free_of_type(highest) == expected);
	CHECK(buddy_check());
	return true;
}

SELFTEST(buddy, exhaustion, "every zone is emptied to its last page, and is whole again afterwards")
{
	unsigned long blocks[16] = {}, n = 0;
	struct zone *zone;

	for_each_zone(zone)
		blocks[n++] = zone->free_area[MAX_ORDER - 1].nr_free;
	EXPECT(drain(GFP_KERNEL | __GFP_DMA, ZONE_DMA));
	EXPECT(drain(GFP_KERNEL, ZONE_NORMAL));
	EXPECT(drain(GFP_HIGHUSER, ZONE_HIGHMEM));
	n = 0;
	for_each_zone(zone) {
		EXPECT_EQ(zone->free_area[MAX_ORDER - 1].nr_free, blocks[n]);
		n++;
	}
}

SELFTEST(buddy, checkerboard, "every second page freed merges nothing; the others then merge all")
{
	enum { ORDER = 8, PAGES = 1 << ORDER };
	struct page *pages[PAGES];
	struct page *block = alloc_pages(GFP_KERNEL, ORDER);
	unsigned long large;
	struct zone *zone;

	EXPECT(block);
	zone = page_zone(block);
	__free_pages(block, ORDER);
	large = zone->free_area[MAX_ORDER - 1].nr_free;
	for (unsigned int i = 0; i < PAGES; i++)
		EXPECT((pages[i] = alloc_page(GFP_KERNEL)));
	for (unsigned int i = 0; i < PAGES; i++)
		if (page_to_pfn(pages[i]) & 1)
			__free_page(pages[i]);
	EXPECT(buddy_check());
	for (unsigned int i = 0; i < PAGES; i++)
		if (page_state(pages[i]) == PAGE_USED)
			__free_page(pages[i]);
	drain_all_pages(NULL);
	EXPECT(buddy_check());
	EXPECT_EQ(zone->free_area[MAX_ORDER - 1].nr_free, large);
}

/* --- against a model -------------------------------------------------------------------------- */

/*
 * The model: which blocks are held.  It says what must be: blocks do not overlap, are aligned, lie
 * in a zone that was asked for, keep what is written into them, and the free count adds up.
 */
enum { HELD_MAX = 200, STEPS = 4000, CHECK_EVERY = 500 };

struct held {
	struct page *page;
	unsigned int order;
	u32 mark;
};

SELFTEST_TABLE(struct held, held, HELD_MAX);
static unsigned int nr_held;
static unsigned long held_pages;

static bool overlaps(const struct page *page, unsigned int order)
{
	for (unsigned int i = 0; i < nr_held; i++)
		if (page < held[i].page + (1ul << held[i].order) &&
		    held[i].page < page + (1ul << order))
			return true;
	return false;
}

/* The first and the last word of a lowmem block say whose it is. */
static void mark(const struct held *h)
{
	u32 *words = lowmem_page_address(h->page);

	words[0] = h->mark;
	words[(PAGE_SIZE << h->order) / 4 - 1] = ~h->mark;
}

static bool marked(const struct held *h)
{
	const u32 *words = lowmem_page_address(h->page);

	return words[0] == h->mark && words[(PAGE_SIZE << h->order) / 4 - 1] == ~h->mark;
}

static bool model_alloc(struct rng *rng)
{
	static const gfp_t zones[] = { GFP_KERNEL, GFP_KERNEL | __GFP_DMA, GFP_HIGHUSER };
	gfp_t gfp = zones[rng_below(rng, ARRAY_SIZE(zones))];
	unsigned int order = rng_below(rng, 4) ? rng_below(rng, 4) : rng_below(rng, MAX_ORDER);
	struct page *page = alloc_pages(gfp | __GFP_NOWARN, order);
	struct held *h = &held[nr_held];

	if (!page)
		return true; /* exhaustion is ordinary; the counts are compared below */
	CHECK(!overlaps(page, order));
	CHECK((page_to_pfn(page) & ((1ul << order) - 1)) == 0);
	CHECK(!PageHighMem(page) || (gfp & __GFP_HIGHMEM));
	CHECK(page_zonenum(page) == ZONE_DMA || !(gfp & __GFP_DMA));
	*h = (struct held){ .page = page, .order = order, .mark = rng_next(rng) };
	nr_held++;
	held_pages += 1ul << order;
	if (!PageHighMem(page))
		mark(h);
	return true;
}

static bool model_free(unsigned int i)
{
	struct held h = held[i];

	CHECK(PageHighMem(h.page) || marked(&h));
	held[i] = held[--nr_held];
	held_pages -= 1ul << h.order;
	__free_pages(h.page, h.order);
	return true;
}

static bool random_steps(struct rng *rng)
{
	unsigned long before = nr_available_pages();

	for (unsigned int step = 0; step < STEPS; step++) {
		bool grow = nr_held == 0 || (nr_held < HELD_MAX && rng_below(rng, 2));

		CHECK(grow ? model_alloc(rng) : model_free(rng_below(rng, nr_held)));
		CHECK(nr_available_pages() + held_pages == before);
		if (step % CHECK_EVERY == 0)
			CHECK(buddy_check());
	}
	return true;
}

SELFTEST(buddy, random, "random orders and zones agree with a model of what is held")
{
	struct rng rng;
	bool sound;

	rng_seed(&rng, selftest_seed());
	nr_held = 0;
	held_pages = 0;
	sound = random_steps(&rng);
	while (nr_held)
		model_free(nr_held - 1);
	EXPECT(sound);
	EXPECT(buddy_check());
}
