/*
 * page.c - what pages cost: hot pairs of each order, batches, and pairs among many live pages
 *
 * What a pair costs depends on the free lists: page_state.h has the states that they are put into.
 *
 * Read next: mm/page/buddy.c.
 */

#include <string.h>

#include "kernel/bench/bench.h"
#include "mm/page/page.h"
#include "mm/page/pcp.h"
#include "tests/bench/page_state.h"

/* --- hot pairs of each order ------------------------------------------------------------------ */

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

	if (pages_make_alone(order))
		hot_pairs(b, GFP_KERNEL, order);
	else
		bench_leave_out(b, "no free block of that order");
	pages_let_go();
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
	else if (pages_make_coarse(1))
		hot_pairs(b, GFP_KERNEL, (unsigned int)b->arg);
	else
		bench_leave_out(b, "no free block of order 10");
	pages_let_go();
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

	if (pages_make_alone(0))
		BENCH_HOT_PAIRS(b, addr, addr = get_zeroed_page(gfp), free_page(addr));
	else
		bench_leave_out(b, "no free page");
	pages_let_go();
}

/* --- batches ---------------------------------------------------------------------------------- */

enum { BATCH = 4000, BATCH_BLOCKS = DIV_ROUND_UP(BATCH, MAX_ORDER_NR_PAGES) };

static void batch(struct bench *b, bool (*make_state)(unsigned long blocks), enum bench_order order)
{
	const gfp_t gfp = opaque(GFP_KERNEL | __GFP_NOWARN);
	struct page *page;

	if (make_state(BATCH_BLOCKS))
		BENCH_BATCH(b, BATCH, order, page, page = alloc_pages(gfp, 0),
			    __free_pages(page, 0));
	else
		bench_leave_out(b, "not enough blocks of order 10");
	pages_let_go();
}

static void run_batch4000(struct bench *b)
{
	batch(b, pages_make_coarse, (enum bench_order)b->arg);
}

static void run_scattered(struct bench *b)
{
	batch(b, pages_make_scattered, (enum bench_order)b->arg);
}

BENCH_REGISTER(batch4000, "page.batch4000", "4000 pages, then freed first in first out", COARSE,
	       run_batch4000, BENCH_FIFO);
BENCH_REGISTER(batch4000lifo, "page.batch4000.lifo", "4000 pages, then freed last in first out",
	       COARSE, run_batch4000, BENCH_LIFO);
BENCH_REGISTER(batch4000random, "page.batch4000.random", "4000 pages, then freed in random order",
	       COARSE, run_batch4000, BENCH_RANDOM);
BENCH_REGISTER(batch4000scattered, "page.batch4000.scattered",
	       "4000 pages, then freed in random order", SCATTERED, run_scattered, BENCH_RANDOM);

BENCH(batch4000worst, "page.batch4000 (worst)",
      "the worst single alloc_pages() and __free_pages() of 4000, whatever the order of frees",
      COARSE "; or " SCATTERED)
{
	for (unsigned int order = BENCH_FIFO; order <= BENCH_RANDOM && !b->left_out; order++) {
		batch(b, pages_make_coarse, (enum bench_order)order);
		bench_keep_worst(b);
		batch(b, pages_make_scattered, (enum bench_order)order);
		bench_keep_worst(b);
	}
}

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
	bool enough = pages_make_coarse(1);

	for (unsigned int i = 0; i < TIMES && enough; i++)
		enough = sample_bulk(b, i);
	b->samples = TIMES;
	b->per = BULK;
	b->single = true;
	if (!enough)
		bench_leave_out(b, "not enough pages");
	pages_let_go();
}

/* --- among many live ones --------------------------------------------------------------------- */

static void run_live(struct bench *b)
{
	unsigned long i;

	for (i = 0; i < b->arg; i++)
		if (!pages_hold(0))
			break;
	if (i == b->arg && pages_make_alone(0))
		hot_pairs(b, GFP_KERNEL, 0);
	else
		bench_leave_out(b, "not enough pages");
	pages_let_go();
}

#define LIVE_ROW(n)                                                                           \
	BENCH_REGISTER(live##n, "page.order0.live" #n, "alloc_pages + __free_pages, order 0", \
		       #n " other pages are held", run_live, n)
LIVE_ROW(1);
LIVE_ROW(10);
LIVE_ROW(100);
LIVE_ROW(1000);
LIVE_ROW(5000);
