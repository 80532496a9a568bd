/*
 * lists.c - claims about the allowances of a CPU's lists, and about what is fetched and given back when
 * one of them is used up
 *
 * Locking: where a list is looked into, interrupts are off; nobody else runs.
 * Read next: mm/page/hotcold/pcp_inline.h.
 */
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "mm/page/alloc_impl.h"
#include "mm/page/pcp.h"
#include "pcp_inline.h"

/* The zone that plain requests are served from first. */
static struct zone *first_choice(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct zone *zone = page ? page_zone(page) : NULL;

	if (page)
		__free_page(page);
	return zone;
}

static struct per_cpu_pages *hot_list(const struct zone *zone)
{
	return &pageset_here(&pagesets[zone->page_flags >> PAGE_ZONE_SHIFT])->pcp[HOT];
}

/*
 * Do plain requests use the allowances?  In DEBUG builds, with init_on_alloc=1 or init_on_free=1, and
 * where mem_map has holes, they take the slow way, which counts a list with each page.
 */
static bool fast_paths_are_used(void)
{
	return page_fast.mem_map_pages && page_fast.choice[0].mark < ~0ul / 2;
}

/* --- the checker ------------------------------------------------------------------------------ */

/*
 * Both allowances one larger: the length that follows from them stays.  Before that the list is as if
 * so many pages had been taken and given since it was counted, and sound.
 */
static bool seen_when_both_grow(struct per_cpu_pages *hot, unsigned int taken, unsigned int given)
{
	const struct per_cpu_pages before = *hot;
	unsigned int length = hot->may_take + hot->high - hot->count - hot->may_give;
	bool sound, grown;

	hot->count = (u16)(length + taken - given);
	hot->may_take = length - given;
	hot->may_give = hot->high - length - taken;
	sound = pcp_check();
	hot->may_take++;
	hot->may_give++;
	grown = pcp_check();
	hot->count = before.count;
	hot->may_take = before.may_take;
	hot->may_give = before.may_give;
	return sound && !grown;
}

static bool seen_when_wrong(unsigned int *allowance)
{
	bool longer, shorter;

	++*allowance;
	longer = pcp_check();
	*allowance -= 2;
	shorter = pcp_check();
	++*allowance;
	return !longer && !shorter && pcp_check();
}

static bool seen_when_of_another_kind(struct page *page)
{
	u32 flags = page->flags;
	bool used, order;

	page->flags = flags ^ head_bits(PAGE_USED ^ PAGE_PCP, 0);
	used = pcp_check();
	page->flags = flags | 1;
	order = pcp_check();
	page->flags = flags;
	return !used && !order && pcp_check();
}

static bool every_fault_is_seen(struct per_cpu_pages *hot)
{
	CHECK(seen_when_wrong(&hot->may_take) && seen_when_wrong(&hot->may_give)); /* I1 */
	/* I2, at both ends */
	CHECK(seen_when_of_another_kind(list_first_entry(&hot->list, struct page, lru)));
	CHECK(seen_when_of_another_kind(list_last_entry(&hot->list, struct page, lru)));
	/* I3: more may be taken than there are; more may be given than there is room for */
	CHECK(seen_when_both_grow(hot, 1, 0) && seen_when_both_grow(hot, 0, 1));
	return pcp_check();
}

SELFTEST(pcp, faults_are_seen, "pcp_check() sees each invariant of a list broken, and only then")
{
	struct zone *zone = first_choice();
	struct page *one = alloc_page(GFP_KERNEL), *two = alloc_page(GFP_KERNEL);
	unsigned long irqs;
	bool seen;

	EXPECT(zone && one && two);
	drain_local_pages(NULL);
	__free_page(one);
	__free_page(two);
	irqs = arch_irq_save();
	seen = every_fault_is_seen(hot_list(zone));
	arch_irq_restore(irqs);
	EXPECT(seen);
}

/* --- fetching --------------------------------------------------------------------------------- */

/* Holds blocks of the zone until at most `above` pages, or one more, are free above its low mark. */
static void hold_down_to(struct zone *zone, unsigned long above, struct list_head *held)
{
	unsigned long mark = zone_low_mark(zone, ZONE_NORMAL);

	drain_local_pages(NULL);
	for (unsigned int order = MAX_ORDER; order-- > 0;) {
		while (zone->free_pages >= mark + above + (1ul << order)) {
			struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);

			if (!page || page_zone(page) != zone) {
				if (page)
					__free_pages(page, order);
				break;
			}
			page->private = order;
			list_add(&page->lru, held);
		}
		drain_local_pages(NULL);
	}
}

static void let_go(struct list_head *held)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, held, lru)
		__free_pages(page, (unsigned int)page->private);
}

/* Single pages one by one: what is fetched beyond the one that is wanted leaves the low mark alone. */
static bool fetches_above_mark(struct zone *zone, struct list_head *held)
{
	unsigned long mark = zone_low_mark(zone, ZONE_NORMAL), kept = pcp_pages(zone);

	for (unsigned int i = 0; i < 40; i++) {
		struct page *page = alloc_page(GFP_KERNEL | __GFP_NOWARN);

		if (!page)
			break; /* a small zone has less between low and min, and no other behind it */
		page->private = 0;
		list_add(&page->lru, held);
		CHECK(pcp_pages(zone) < kept || zone->free_pages >= mark || !pcp_pages(zone));
		kept = pcp_pages(zone);
	}
	CHECK(pcp_pages(zone) == 0);
	return pcp_check();
}

SELFTEST(pcp, refill_above_mark, "a batch leaves its zone the low watermark, to the page")
{
	struct zone *zone = first_choice();
	LIST_HEAD(held);
	bool held_down = false, above = false;

	EXPECT(zone);
	if (!fast_paths_are_used())
		SKIP("on this machine a lower zone serves before this CPU's list is used up");
	for (unsigned long pages = 0; pages < 6; pages++) {
		hold_down_to(zone, pages, &held);
		held_down = zone->free_pages <= zone_low_mark(zone, ZONE_NORMAL) + pages + 1;
		above = held_down && fetches_above_mark(zone, &held);
		let_go(&held);
		INIT_LIST_HEAD(&held);
		if (!above)
			break;
	}
	EXPECT(held_down);
	EXPECT(above);
	drain_local_pages(NULL);
	EXPECT(buddy_check());
}

SELFTEST(pcp, urgent_fetches_one,
	 "a request that may go below the marks fetches what it needs, and nothing for others")
{
	LIST_HEAD(taken);
	struct page *page;
	unsigned long kept[8] = {};
	bool refused = true;

	for (unsigned int order = MAX_ORDER; order-- > 0;)
		while ((page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order))) {
			page->private = order;
			list_add(&page->lru, &taken);
		}
	drain_local_pages(NULL);
	for (unsigned int i = 0; i < ARRAY_SIZE(kept); i++) {
		page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);
		kept[i] = page ? nr_pcp_pages() : 1;
		if (page) {
			page->private = 0;
			list_add(&page->lru, &taken);
		}
		page = alloc_page(GFP_NOWAIT | __GFP_NOWARN);
		refused = refused && !page;
		if (page)
			__free_page(page);
	}
	let_go(&taken);
	for (unsigned int i = 0; i < ARRAY_SIZE(kept); i++)
		EXPECT_EQ(kept[i], 0);
	EXPECT(refused);
	EXPECT(pcp_check() && buddy_check());
}

/* --- visits to the buddy ---------------------------------------------------------------------- */

enum { ORDER = 6, PAGES = 1 << ORDER, BATCH = 16 };
static struct page *single[PAGES];

/* The pages of a block, each for itself; false when there is no such block. */
static bool take_singles(void)
{
	struct page *block = alloc_pages(GFP_KERNEL, ORDER);

	if (!block)
		return false;
	split_page(block, ORDER);
	for (unsigned int i = 0; i < PAGES; i++)
		single[i] = block + i;
	return true;
}

static void note_blocks(unsigned long *blocks)
{
	struct zone *zone;
	unsigned int n = 0;

	for_each_zone(zone)
		for (unsigned int order = 0; order < MAX_ORDER; order++)
			blocks[n++] = zone->free_area[order].nr_free;
}

static void shuffle(struct rng *rng)
{
	for (unsigned int i = PAGES; i-- > 1;) {
		unsigned int other = rng_below(rng, i + 1);
		struct page *page = single[i];

		single[i] = single[other];
		single[other] = page;
	}
}

/* Ascending, descending, every other one, by fours descending, and in three random orders. */
static unsigned int place(unsigned int pattern, unsigned int i)
{
	switch (pattern) {
	case 1:
		return PAGES - 1 - i;
	case 2:
		return i * 2 % PAGES + i / (PAGES / 2);
	case 3:
		return (PAGES - 4 - i / 4 * 4) + i % 4;
	default:
		return i;
	}
}

SELFTEST(pcp, runs, "pages that are given back in any order become the block that they were")
{
	static unsigned long before[MAX_NUMNODES * MAX_NR_ZONES * MAX_ORDER];
	static unsigned long after[ARRAY_SIZE(before)];
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	drain_local_pages(NULL);
	note_blocks(before);
	for (unsigned int pattern = 0; pattern < 7; pattern++) {
		if (!take_singles())
			SKIP("no block of order %u", ORDER);
		if (pattern > 3)
			shuffle(&rng);
		for (unsigned int i = 0; i < PAGES; i++)
			__free_page(single[place(pattern, i)]);
		EXPECT(pcp_check());
		drain_local_pages(NULL);
		EXPECT(buddy_check());
		note_blocks(after);
		for (unsigned int n = 0; n < ARRAY_SIZE(before); n++)
			EXPECT_EQ(after[n], before[n]);
	}
}

/* Visits that a list of `pages` needs to go back; 0 when one of them gives nothing back. */
static unsigned int visits_to_give(struct zone *zone, struct list_head *list, unsigned int pages)
{
	unsigned int visits = 0;

	while (pages) {
		unsigned int gave = buddy_give_singles_locked(zone, min(pages, 0u + BATCH), list);

		if (!gave || gave > pages)
			return 0;
		pages -= gave;
		visits++;
	}
	return list_empty(list) ? visits : 0;
}

/* How many pages the zone gives in a visit where it has only single ones, and what it needs for them back. */
static void visit(struct zone *zone, unsigned int *took, unsigned int *visits)
{
	LIST_HEAD(list);
	unsigned long irqs;

	spin_lock_irqsave(&zone->lock, irqs);
	*took = buddy_take_singles_locked(zone, BATCH, zone->page_flags | head_bits(PAGE_PCP, 0),
					  &list);
	*visits = visits_to_give(zone, &list, *took);
	spin_unlock_irqrestore(&zone->lock, irqs);
}

SELFTEST(pcp, visits_are_bounded,
	 "a visit moves a batch, or as much as is work enough, but one page")
{
	unsigned int took, visits;
	struct zone *zone;

	if (!take_singles())
		SKIP("no block of order %u", ORDER);
	zone = page_zone(single[0]);
	for (unsigned int i = 0; i < PAGES; i += 2)
		__free_page(single[i]);
	drain_local_pages(NULL);
	visit(zone, &took, &visits);
	for (unsigned int i = 1; i < PAGES; i += 2)
		__free_page(single[i]);
	drain_local_pages(NULL);
	EXPECT_EQ(took, TAKE_BLOCKS);
	EXPECT(visits >= 1 && visits <= took);
	EXPECT(buddy_check());
}

/* Single pages, from `first` on, so many apart, as a list of pages that no CPU counts. */
static void list_up(unsigned int first, unsigned int apart, struct list_head *list)
{
	for (unsigned int i = first; i < PAGES; i += apart) {
		page_set_word(single[i],
			      page_word(page_zone(single[i])->page_flags | head_bits(PAGE_PCP, 0),
					0));
		list_add_tail(&single[i]->lru, list);
	}
}

/* How many of the list's pages the first visit takes back; the others follow. */
static unsigned int given_at_once(struct zone *zone, unsigned int first, unsigned int apart)
{
	unsigned int gave, left = PAGES / apart;
	LIST_HEAD(list);
	unsigned long irqs;

	list_up(first, apart, &list);
	spin_lock_irqsave(&zone->lock, irqs);
	gave = buddy_give_singles_locked(zone, left, &list);
	for (left -= gave; left; left -= buddy_give_singles_locked(zone, left, &list))
		;
	spin_unlock_irqrestore(&zone->lock, irqs);
	return gave;
}

SELFTEST(pcp, giving_is_bounded,
	 "a visit takes back as many pages as is work enough, fewer where each merges")
{
	unsigned int alone, merging;
	struct zone *zone;

	if (!take_singles())
		SKIP("no block of order %u", ORDER);
	zone = page_zone(single[0]);
	alone = given_at_once(zone, 0, 2);
	merging = given_at_once(zone, 1, 2);
	EXPECT_EQ(alone, GIVE_WORK);
	EXPECT(merging >= 1 && merging <= GIVE_WORK / 2);
	EXPECT(buddy_check());
}

SELFTEST(pcp, a_run_is_a_block, "pages side by side are one block's work, up or down")
{
	for (unsigned int down = 0; down < 2; down++) {
		if (!take_singles())
			SKIP("no block of order %u", ORDER);
		for (unsigned int i = 0; down && i < PAGES / 2; i++) {
			struct page *page = single[i];

			single[i] = single[PAGES - 1 - i];
			single[PAGES - 1 - i] = page;
		}
		EXPECT_EQ(given_at_once(page_zone(single[0]), 0, 1), PAGES);
		EXPECT(buddy_check());
	}
}
