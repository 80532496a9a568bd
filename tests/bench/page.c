/*
 * page.c - what pages cost: hot pairs of each order, batches, and pairs among many live pages
 *
 * What a pair costs depends on the free lists.  Three states are made here:
 *
 *	alone    a block of that order heads its list and its buddy is in use: neither split nor
 *	         merge.  A single page may be in this CPU's lists instead, which are first asked
 *	coarse   below the highest order nothing is free in the zone, and this CPU keeps no page:
 *	         what is taken is split off a block of the highest order, and merges back to it
 *	live     N other pages are held
 *
 * Read next: mm/page/buddy.c.
 */

#include <string.h>

#include "kernel/bench/bench.h"
#include "mm/page/page.h"
#include "mm/page/pcp.h"

#define COARSE "nothing free below order 10"

/* Blocks that a benchmark keeps while it runs, through lru; each one's order is in private. */
static LIST_HEAD(held);

static struct page *hold(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);

	if (page) {
		page->private = order;
		list_add(&page->lru, &held);
	}
	return page;
}

static void let_go(struct page *page)
{
	list_del(&page->lru);
	__free_pages(page, (unsigned int)page->private);
}

static void let_go_of_all(void)
{
	while (!list_empty(&held))
		let_go(list_first_entry(&held, struct page, lru));
}

/* The zone that plain requests are served from first. */
static struct zone *first_choice(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct zone *zone;

	if (!page)
		return NULL;
	zone = page_zone(page);
	__free_page(page);
	return zone;
}

/*
 * Two buddies of that order, both in use and among the held ones; the first of them returned.  A
 * split hands out its lower half and then its upper one: so buddies come one after the other as
 * soon as blocks of just that order are used up.
 */
static struct page *hold_buddies(unsigned int order)
{
	struct page *page, *last = NULL;

	while ((page = hold(order))) {
		if (last && (page_to_pfn(page) ^ page_to_pfn(last)) == 1ul << order)
			return page;
		last = page;
	}
	return NULL;
}

/* State `alone`; the highest order has no buddies, so any block of it will do. */
static bool make_alone(unsigned int order)
{
	struct page *page = order < MAX_ORDER - 1 ? hold_buddies(order) : hold(order);

	if (!page)
		return false;
	let_go(page);
	return true;
}

/* Takes all free blocks of that order, those that this CPU keeps included. */
static bool hold_all(struct zone *zone, unsigned int order)
{
	for (;;) {
		drain_local_pages(NULL);
		if (!zone->free_area[order].nr_free)
			return true;
		if (!hold(order))
			return false;
	}
}

/* State `coarse`, with at least `blocks` blocks of the highest order. */
static bool make_coarse(unsigned long blocks)
{
	struct zone *zone = first_choice();

	if (!zone)
		return false;
	for (unsigned int order = 0; order < MAX_ORDER - 1; order++) {
		if (!hold_all(zone, order))
			return false;
	}
	return zone->free_area[MAX_ORDER - 1].nr_free >= blocks;
}

/* --- hot pairs of each order ------------------------------------------------------------------------ */

static void hot_pairs(struct bench *b, gfp_t plain_gfp, unsigned int plain_order)
{
	const gfp_t gfp = opaque(plain_gfp);
	const unsigned int order = opaque(plain_order);
	struct page *page;

	BENCH_HOT_PAIRS(b, page, page = alloc_pages(gfp, order), __free_pages(page, order));
}

static void run_alone(struct bench *b)
{
	unsigned int order = (unsigned int)b->arg;

	if (make_alone(order))
		hot_pairs(b, GFP_KERNEL, order);
	else
		bench_leave_out(b, "no free block of that order");
	let_go_of_all();
}

#define ORDER_ROW(order, name)                                                                \
	BENCH_REGISTER(order##order, name, "alloc_pages + __free_pages, order " #order,       \
		       "a free block of that order, just freed, its buddy in use", run_alone, \
		       order)
ORDER_ROW(0, "page.order0");
ORDER_ROW(1, "page.order1");
ORDER_ROW(2, "page.order2");
ORDER_ROW(3, "page.order3.buddy");
ORDER_ROW(4, "page.order4");
ORDER_ROW(5, "page.order5");
ORDER_ROW(6, "page.order6");
ORDER_ROW(7, "page.order7");
ORDER_ROW(8, "page.order8");
ORDER_ROW(9, "page.order9");
ORDER_ROW(10, "page.order10");

BENCH(order3pcp, "page.order3.pcp", "alloc_pages + __free_pages, order 3",
      "this CPU keeps blocks of that order, just freed")
{
	if (pcp_highest_order < 3)
		bench_leave_out(b, "CPUs keep no blocks of order 3 here");
	else
		hot_pairs(b, GFP_KERNEL, 3);
}

static void run_split(struct bench *b)
{
	if ((int)b->arg <= pcp_highest_order)
		bench_leave_out(b, "single pages come from this CPU's lists");
	else if (make_coarse(1))
		hot_pairs(b, GFP_KERNEL, (unsigned int)b->arg);
	else
		bench_leave_out(b, "no free block of order 10");
	let_go_of_all();
}

BENCH_REGISTER(order0split, "page.order0.split", "alloc_pages + __free_pages, order 0",
	       COARSE ": split from there, merged back", run_split, 0);
BENCH_REGISTER(order3split, "page.order3.split", "alloc_pages + __free_pages, order 3",
	       COARSE ": split from there, merged back", run_split, 3);

BENCH(zeroed, "page.zeroed", "get_zeroed_page + free_page",
      "a free page, just freed, its buddy in use")
{
	const gfp_t gfp = opaque(GFP_KERNEL);
	unsigned long addr;

	if (make_alone(0))
		BENCH_HOT_PAIRS(b, addr, addr = get_zeroed_page(gfp), free_page(addr));
	else
		bench_leave_out(b, "no free page");
	let_go_of_all();
}

/* --- batches ------------------------------------------------------------------------------------------- */

static void batch(struct bench *b, unsigned int n, enum bench_order order)
{
	const gfp_t gfp = opaque(GFP_KERNEL | __GFP_NOWARN);
	struct page *page;

	if (make_coarse(DIV_ROUND_UP(n, MAX_ORDER_NR_PAGES)))
		BENCH_BATCH(b, n, order, page, page = alloc_pages(gfp, 0), __free_pages(page, 0));
	else
		bench_leave_out(b, "not enough blocks of order 10");
	let_go_of_all();
}

static void run_batch4000(struct bench *b)
{
	batch(b, 4000, (enum bench_order)b->arg);
}

BENCH_REGISTER(batch4000, "page.batch4000", "4000 pages, then freed first in first out", COARSE,
	       run_batch4000, BENCH_FIFO);
BENCH_REGISTER(batch4000lifo, "page.batch4000.lifo", "4000 pages, then freed last in first out",
	       COARSE, run_batch4000, BENCH_LIFO);
BENCH_REGISTER(batch4000random, "page.batch4000.random", "4000 pages, then freed in random order",
	       COARSE, run_batch4000, BENCH_RANDOM);

enum { BULK = 512 };

/* Fills b->object anew for each sample; false when there are not as many pages. */
static bool sample_bulk(struct bench *b, unsigned int slot)
{
	const gfp_t gfp = opaque(GFP_KERNEL | __GFP_NOWARN);
	const unsigned long wanted = opaque((unsigned long)BULK);
	struct page **pages = (struct page **)b->object;
	unsigned long got;

	memset(pages, 0, BULK * sizeof(*pages));
	bench_time(b->alloc[slot], got = alloc_pages_bulk_array(gfp, wanted, pages));
	for (unsigned long i = 0; i < got; i++)
		__free_page(pages[i]);
	return got == BULK;
}

BENCH(bulk512, "page.bulk512", "alloc_pages_bulk_array() of 512 pages, for each page", COARSE)
{
	enum { TIMES = 20 };
	bool enough = make_coarse(1);

	for (unsigned int i = 0; i < TIMES && enough; i++)
		enough = sample_bulk(b, i);
	b->samples = TIMES;
	b->per = BULK;
	b->single = true;
	if (!enough)
		bench_leave_out(b, "not enough pages");
	let_go_of_all();
}

/* --- among many live ones -------------------------------------------------------------------------------- */

static void run_live(struct bench *b)
{
	unsigned long i;

	for (i = 0; i < b->arg; i++)
		if (!hold(0))
			break;
	if (i == b->arg && make_alone(0))
		hot_pairs(b, GFP_KERNEL, 0);
	else
		bench_leave_out(b, "not enough pages");
	let_go_of_all();
}

#define LIVE_ROW(n)                                                                           \
	BENCH_REGISTER(live##n, "page.order0.live" #n, "alloc_pages + __free_pages, order 0", \
		       #n " other pages are held", run_live, n)
LIVE_ROW(1);
LIVE_ROW(10);
LIVE_ROW(100);
LIVE_ROW(1000);
LIVE_ROW(5000);
