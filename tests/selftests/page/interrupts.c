/*
 * interrupts.c - interrupt handlers that allocate and free pages, at any moment of code that does so
 *
 *	test      alloc, stamp, …, bulk, drain, check stamp, free, …     or alloc, free, alloc, …
 *	                      ▲                     ▲
 *	handler        alloc, stamp, free    bulk, free cold, …        each holds blocks of its own
 *
 * Each holder writes its stamp into the first and the last page of a block, and looks for it before
 * it frees the block: a page that is given to both shows.  Nobody may find a free page counted
 * twice, or a list torn, at any boundary of two instructions.
 *
 * Locking  the two share nothing but the allocator, and `wrong`; one CPU, so volatile is enough.
 * Read next: tests/selftests/arch/surprise.h, the timer.
 */
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/page/page.h"
#include "mm/page/pcp.h"
#include "tests/selftests/arch/surprise.h"

enum { BLOCKS = 24, BULK = 12, ORDERS = 5, ROUNDS = 1500, LONGEST_US = 20, STEPS_MAX = 1000000 };

struct holder {
	u32 name;
	gfp_t how; /* what it may do */
	struct rng rng;
	unsigned int nr;
	struct {
		struct page *page;
		unsigned int order;
	} block[BLOCKS];
	struct page *bulk[BULK];
};

static struct holder test, handler;
static volatile unsigned int wrong;

static u32 stamp_of(const struct holder *holder, const struct page *page)
{
	return (u32)page_to_pfn(page) << 4 | holder->name;
}

static void stamp(const struct holder *holder, struct page *page)
{
	u32 *p = kmap_local_page(page);

	if (!p) {
		wrong++;
		return;
	}
	*p = stamp_of(holder, page);
	kunmap_local(p);
}

static bool is_stamped(const struct holder *holder, struct page *page)
{
	const u32 *p = kmap_local_page(page);
	bool right = p && *p == stamp_of(holder, page);

	if (p)
		kunmap_local(p);
	return right;
}

static gfp_t any_gfp(struct holder *holder)
{
	static const gfp_t zone[] = { 0, __GFP_DMA, __GFP_HIGHMEM, __GFP_HIGHMEM };
	static const gfp_t more[] = { 0, __GFP_COLD, __GFP_ZERO, __GFP_COMP };

	return holder->how | __GFP_NOWARN | zone[rng_below(&holder->rng, ARRAY_SIZE(zone))] |
	       more[rng_below(&holder->rng, ARRAY_SIZE(more))];
}

static void take(struct holder *holder)
{
	unsigned int order = rng_below(&holder->rng, 2) ? 0 : rng_below(&holder->rng, ORDERS);
	struct page *page = alloc_pages(any_gfp(holder), order);

	if (!page)
		return;
	stamp(holder, page);
	stamp(holder, page + (1ul << order) - 1);
	holder->block[holder->nr].page = page;
	holder->block[holder->nr++].order = order;
}

static void give(struct holder *holder, unsigned int nth)
{
	struct page *page = holder->block[nth].page;
	unsigned int order = holder->block[nth].order;

	holder->block[nth] = holder->block[--holder->nr];
	if (!is_stamped(holder, page) || !is_stamped(holder, page + (1ul << order) - 1))
		wrong++;
	get_page(page); /* a second user, who goes first or last */
	if (rng_below(&holder->rng, 2)) {
		put_page(page);
		__free_pages(page, order);
	} else {
		__free_pages(page, order);
		if (!PageCompound(page) && rng_below(&holder->rng, 2))
			free_cold_page(page); /* what is left of a plain block is one page */
		else
			put_page(page);
	}
}

static void take_and_give_bulk(struct holder *holder)
{
	unsigned long got = alloc_pages_bulk_array(any_gfp(holder), BULK, holder->bulk);

	for (unsigned long i = 0; i < got; i++)
		stamp(holder, holder->bulk[i]);
	for (unsigned long i = 0; i < got; i++)
		if (!is_stamped(holder, holder->bulk[i]))
			wrong++;
	free_pages_bulk_array(got, holder->bulk);
	for (unsigned long i = 0; i < got; i++)
		holder->bulk[i] = NULL;
}

static void step(struct holder *holder)
{
	u32 what = rng_below(&holder->rng, 16);

	if (what == 0)
		take_and_give_bulk(holder);
	else if (what == 1)
		drain_local_pages(NULL);
	else if (holder->nr < BLOCKS && (what & 1))
		take(holder);
	else if (holder->nr)
		give(holder, rng_below(&holder->rng, holder->nr));
}

/* Seldom leaves the lists as it found them: that could not be seen. */
static void handle(void)
{
	for (unsigned int steps = 1 + rng_below(&handler.rng, 4); steps; steps--)
		step(&handler);
}

/* Nothing but the allocator's own instructions, so that most surprises come inside of it. */
static void pairs(void)
{
	struct page *one = alloc_pages(GFP_KERNEL, 0), *two = alloc_pages(GFP_KERNEL, 1);

	if (one)
		__free_pages(one, 0);
	if (two)
		__free_pages(two, 1);
}

/* Allocates and frees until the handler has run once more; false when it does not, or something is wrong. */
static bool round_until_surprise(bool tight)
{
	unsigned int before = surprises(), steps = 0;

	surprise_in(1 + rng_below(&test.rng, LONGEST_US));
	while (surprises() == before) {
		if (tight)
			pairs();
		else
			step(&test);
		CHECK(steps++ < STEPS_MAX);
	}
	CHECK(wrong == 0);
	return true;
}

static bool all_rounds(void)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		CHECK(round_until_surprise(i % 2));
		if (i % 16 == 0)
			CHECK(buddy_check() && pcp_check());
	}
	return true;
}

static void begin(struct holder *holder, u32 name, gfp_t how, u32 seed)
{
	holder->name = name;
	holder->how = how;
	holder->nr = 0;
	rng_seed(&holder->rng, seed);
}

SELFTEST(page, interrupts,
	 "handlers allocate and free at any moment, and no page is lost or shared")
{
	unsigned long before = nr_available_pages();
	u32 seed = selftest_seed();
	bool held;

	begin(&test, 1, GFP_KERNEL, seed);
	begin(&handler, 2, GFP_ATOMIC, ~seed);
	wrong = 0;
	if (!surprise_begin(handle))
		SKIP("interrupts are disabled, or all user slots are set");
	held = all_rounds();
	surprise_end();
	while (test.nr)
		give(&test, test.nr - 1);
	while (handler.nr)
		give(&handler, handler.nr - 1);
	selftest_note("%u interrupts", surprises());
	EXPECT(held && wrong == 0);
	EXPECT_EQ(nr_available_pages(), before);
	EXPECT(buddy_check() && pcp_check());
}
