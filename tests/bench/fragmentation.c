/*
 * fragmentation.c - what is left of free memory for large requests after a fixed, seeded workload
 *
 *	held     all blocks of the highest order but 16: the workload has these to itself
 *	churn    60000 steps: blocks of order 0 to 3 are taken, or one of those taken, drawn at
 *	         random, is freed, so that four fifths of the pages stay in use
 *	ebb      then a half of the blocks, drawn at random, is freed
 *	index    of order n: which part of the free pages lies in blocks too small for n, in thousandths
 *
 * 0: all that is free could be had in blocks of that order; 1000: none of it.
 * M. Gorman, A. Whitcroft, "The What, The Why and the Where To of Anti-Fragmentation" (2006), 4:
 * the unusable free space index.
 *
 * Read next: page_state.h, mm/page/buddy.c.
 */
#include <stdio.h>

#include "kernel/bench/bench.h"
#include "kernel/bench/stats.h"
#include "lib/random.h"
#include "mm/page/page.h"
#include "tests/bench/page_state.h"

enum { BLOCKS = 16, PAGES = BLOCKS << (MAX_ORDER - 1), IN_USE = PAGES * 4 / 5, STEPS = 60000 };

/* Leaves BLOCKS blocks of the highest order in the zone, and nothing else. */
static struct zone *make_small_zone(void)
{
	struct zone *zone;

	if (!pages_make_coarse(BLOCKS))
		return NULL;
	zone = pages_first_choice();
	while (zone->free_area[MAX_ORDER - 1].nr_free > BLOCKS)
		if (!pages_hold(MAX_ORDER - 1))
			return NULL;
	return zone;
}

/* Most requests are of a page: of 20, 14 are of order 0, 3 of order 1, 2 of order 2, 1 of order 3. */
static unsigned int draw_order(struct rng *rng)
{
	static const u8 orders[20] = { [14] = 1, [15] = 1, [16] = 1, [17] = 2, [18] = 2, [19] = 3 };

	return orders[rng_below(rng, ARRAY_SIZE(orders))];
}

static bool take(struct bench *b, unsigned int *live, unsigned int *used, unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);

	if (!page)
		return false;
	page->private = order;
	b->object[(*live)++] = page;
	*used += 1u << order;
	return true;
}

static void give(struct bench *b, unsigned int *live, unsigned int *used, unsigned int i)
{
	struct page *page = b->object[i];
	unsigned int order = (unsigned int)page->private;

	b->object[i] = b->object[--*live];
	*used -= 1u << order;
	__free_pages(page, order);
}

/* Churn and ebb; returns how many blocks are live at the end. */
static unsigned int churn(struct bench *b, unsigned int *used)
{
	unsigned int live = 0;
	struct rng rng;

	rng_seed(&rng, 2026);
	for (unsigned int step = 0; step < STEPS && bench_goes_on(); step++) {
		unsigned int order = draw_order(&rng);
		bool room = *used < IN_USE && live < BENCH_CAPACITY;

		if (live && (!room || rng_below(&rng, 4) == 0))
			give(b, &live, used, rng_below(&rng, live));
		else if (!take(b, &live, used, order))
			break;
	}
	for (unsigned int half = live / 2; live > half;)
		give(b, &live, used, rng_below(&rng, live));
	return live;
}

/* In thousandths of the zone's free pages. */
static u64 unusable(const struct zone *zone, unsigned int order)
{
	unsigned long all = 0, usable = 0;

	for (unsigned int o = 0; o < MAX_ORDER; o++) {
		unsigned long pages = zone->free_area[o].nr_free << o;

		all += pages;
		usable += o < order ? 0 : pages;
	}
	return all ? stats_mean((u64)(all - usable) * 1000, (unsigned int)all) : 0;
}

BENCH_ROWS(unusable, "page.unusable",
	   "the part of free memory that is of no use for order N, in thousandths",
	   "60000 blocks of order 0 to 3 taken and freed at random in 64 MiB, then a half freed")
{
	struct zone *zone = make_small_zone();
	unsigned int used = 0, live = 0;
	char name[32];

	if (zone)
		live = churn(b, &used);
	drain_local_pages(NULL);
	for (unsigned int order = 1; zone && order < MAX_ORDER && bench_goes_on(); order++) {
		snprintf(name, sizeof(name), "page.unusable.order%u", order);
		bench_value(b, name, unusable(zone, order));
	}
	if (!zone)
		bench_leave_out(b, "not enough blocks of order 10");
	while (live)
		give(b, &live, &used, live - 1);
	pages_let_go();
}
