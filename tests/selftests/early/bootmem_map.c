/*
 * bootmem_map.c - claims about the boot allocator's bits, on nodes that do not exist
 *
 * No memory is touched, so these run any time.  The last one takes thousands of random steps and
 * compares each with a model that has a byte for each page and looks at them one by one.
 */
#include <string.h>

#include "arch/arch.h"
#include "kernel/selftest/selftest.h"
#include "lib/bitmap.h"
#include "lib/random.h"
#include "mm/early/bootmem_impl.h"

enum { PAGES = 700, START = 0x12345 }; /* neither a multiple of a word nor aligned to anything */
#define ALL (PAGES * PAGE_SIZE)

static DECLARE_BITMAP(map, PAGES);
static struct bootmem_data node;

/* All reserved; then all free. */
static void begin(void)
{
	bootmem_begin(&node, START, START + PAGES, map);
}

static void begin_free(void)
{
	begin();
	bootmem_clear(&node, 0, PAGES);
}

SELFTEST(early, map_begins_reserved, "a new node has no free page, and can give none")
{
	begin();
	EXPECT_EQ(node.free, 0);
	EXPECT(bootmem_check(NULL, &node));
	EXPECT_EQ(bootmem_take(&node, 1, 1, 0, ALL), -1);
}

SELFTEST(early, map_counts_changes, "setting and clearing say how many bits changed")
{
	begin();
	EXPECT_EQ(bootmem_clear(&node, 10, 100), 90);
	EXPECT_EQ(bootmem_clear(&node, 90, 110), 10);
	EXPECT_EQ(bootmem_set(&node, 0, 20), 10);
	EXPECT_EQ(bootmem_set(&node, 15, 15), 0);
	EXPECT_EQ(node.free, 90);
	EXPECT(bootmem_check(NULL, &node));
}

SELFTEST(early, map_packs, "a small request goes behind the last one, aligned, into the same page")
{
	begin_free();
	EXPECT_EQ(bootmem_take(&node, 100, 32, 0, ALL), 0);
	EXPECT_EQ(bootmem_take(&node, 100, 32, 0, ALL), 128);
	EXPECT_EQ(bootmem_take(&node, 1, 1, 0, ALL), 228);
	EXPECT_EQ(bootmem_take(&node, 8, 1024, 0, ALL), 1024);
	EXPECT_EQ(node.free, PAGES - 1);
	EXPECT(bootmem_check(NULL, &node));
}

SELFTEST(early, map_packs_over_pages, "a packed request takes the free pages that it reaches into")
{
	begin_free();
	EXPECT_EQ(bootmem_take(&node, 100, 32, 0, ALL), 0);
	EXPECT_EQ(bootmem_take(&node, 2 * PAGE_SIZE, 32, 0, ALL), 128);
	EXPECT_EQ(node.free, PAGES - 3);
	/* The page behind is taken: nothing of two pages fits there, and it moves on. */
	bootmem_set(&node, 3, 4);
	EXPECT_EQ(bootmem_take(&node, PAGE_SIZE, 32, 0, ALL), 4 * PAGE_SIZE);
	EXPECT(bootmem_check(NULL, &node));
}

SELFTEST(early, map_packs_behind_only,
	 "a small request is not drawn up to the newest one: free memory below it comes first")
{
	begin_free();
	EXPECT_EQ(bootmem_take(&node, 100, 32, 10 * PAGE_SIZE, ALL), 10 * PAGE_SIZE);
	EXPECT_EQ(bootmem_take(&node, 100, 32, 0, ALL), 0);
	/* Now that one is the newest: nothing is packed behind the other any more. */
	EXPECT_EQ(bootmem_take(&node, 100, 32, 10 * PAGE_SIZE, ALL), 11 * PAGE_SIZE);
	EXPECT_EQ(bootmem_take(&node, 100, 32, 11 * PAGE_SIZE, ALL), 11 * PAGE_SIZE + 128);
	EXPECT_EQ(node.free, PAGES - 3);
	EXPECT(bootmem_check(NULL, &node));
}

SELFTEST(early, map_packs_next_page_only,
	 "a request is packed when the page behind the newest one is the first that would do")
{
	begin_free();
	EXPECT_EQ(bootmem_take(&node, 100, 32, 5 * PAGE_SIZE, ALL), 5 * PAGE_SIZE);
	bootmem_set(&node, 6, 7);
	EXPECT_EQ(bootmem_take(&node, 100, 32, 5 * PAGE_SIZE, ALL), 7 * PAGE_SIZE);
	/* One page is free behind the newest, and two are asked for. */
	bootmem_set(&node, 9, 10);
	EXPECT_EQ(bootmem_take(&node, PAGE_SIZE + 1, 32, 7 * PAGE_SIZE, ALL), 10 * PAGE_SIZE);
	/* The page below the newest one is freed, and comes first. */
	bootmem_clear(&node, 9, 10);
	EXPECT_EQ(bootmem_take(&node, 100, 32, 9 * PAGE_SIZE, ALL), 9 * PAGE_SIZE);
	EXPECT(bootmem_check(NULL, &node));
}

SELFTEST(early, map_packs_into_the_last_page,
	 "when no page is free, the rest of the newest one's page serves what fits there")
{
	begin();
	bootmem_clear(&node, 3, 4);
	EXPECT_EQ(bootmem_take(&node, 100, 32, 0, ALL), 3 * PAGE_SIZE);
	EXPECT_EQ(bootmem_take(&node, PAGE_SIZE - 127, 32, 0, ALL), -1);
	EXPECT_EQ(bootmem_take(&node, 8, 32, 4 * PAGE_SIZE, ALL), -1);
	EXPECT_EQ(bootmem_take(&node, 8, 32, 0, 3 * PAGE_SIZE + 135), -1);
	EXPECT_EQ(bootmem_take(&node, PAGE_SIZE - 128, 32, 0, ALL), 3 * PAGE_SIZE + 128);
	EXPECT_EQ(bootmem_take(&node, 1, 1, 0, ALL), -1);
	EXPECT(bootmem_check(NULL, &node));
}

SELFTEST(early, map_full_page, "nothing is packed behind a request that ended with its page")
{
	begin_free();
	EXPECT_EQ(bootmem_take(&node, PAGE_SIZE, 32, 0, ALL), 0);
	EXPECT_EQ(bootmem_take(&node, 32, 32, 0, ALL), PAGE_SIZE);
}

SELFTEST(early, map_pages_alone, "a request of page alignment begins a page of its own")
{
	begin_free();
	EXPECT_EQ(bootmem_take(&node, 100, 32, 0, ALL), 0);
	EXPECT_EQ(bootmem_take(&node, 100, PAGE_SIZE, 0, ALL), PAGE_SIZE);
	/* … whose rest serves small ones. */
	EXPECT_EQ(bootmem_take(&node, 100, 32, 0, ALL), PAGE_SIZE + 128);
}

SELFTEST(early, map_aligns, "alignment is that of the address, whatever the node's first frame")
{
	for (unsigned long align = 1; align <= 128 * PAGE_SIZE; align *= 2) {
		long at;

		begin_free();
		bootmem_take(&node, 1, 1, 0, ALL);
		at = bootmem_take(&node, 5, align, 0, ALL);
		EXPECT(at > 0);
		EXPECT_EQ(((START * PAGE_SIZE) + (unsigned long)at) & (align - 1), 0);
	}
}

SELFTEST(early, map_goal, "nothing is found below the goal, nor packed there")
{
	begin_free();
	EXPECT_EQ(bootmem_take(&node, 32, 32, 0, ALL), 0);
	EXPECT_EQ(bootmem_take(&node, 32, 32, 10 * PAGE_SIZE, ALL), 10 * PAGE_SIZE);
	EXPECT_EQ(bootmem_take(&node, 32, 32, 10 * PAGE_SIZE + 1, ALL), 10 * PAGE_SIZE + 32);
	EXPECT_EQ(bootmem_take(&node, 32, 32, 20 * PAGE_SIZE + 1, ALL), 21 * PAGE_SIZE);
	EXPECT_EQ(bootmem_take(&node, 32, 32, ALL, ALL), -1);
	EXPECT_EQ(bootmem_take(&node, 32, 32, ~0ul, ~0ul), -1);
	EXPECT_EQ(bootmem_take(&node, 32, 32, ~0ul - PAGE_SIZE + 2, ~0ul), -1);
}

SELFTEST(early, map_limit, "nothing ends above the limit, packed or not")
{
	begin_free();
	EXPECT_EQ(bootmem_take(&node, 2 * PAGE_SIZE, 1, 0, 2 * PAGE_SIZE - 1), -1);
	EXPECT_EQ(bootmem_take(&node, 100, 1, 0, 2 * PAGE_SIZE), 0);
	EXPECT_EQ(bootmem_take(&node, 100, 1, 0, 199), -1);
	EXPECT_EQ(bootmem_take(&node, 100, 1, 0, 200), 100);
	EXPECT_EQ(bootmem_take(&node, 2, 1, 0, ~0ul), 200);
	EXPECT(bootmem_check(NULL, &node));
}

SELFTEST(early, map_sizes_refused, "what no node can hold is not found, up to the greatest number")
{
	begin_free();
	EXPECT_EQ(bootmem_take(&node, 0, 1, 0, ALL), -1);
	EXPECT_EQ(bootmem_take(&node, ALL + 1, 1, 0, ALL), -1);
	EXPECT_EQ(bootmem_take(&node, ~0ul, 1, 0, ALL), -1);
	EXPECT_EQ(bootmem_take(&node, ~0ul, PAGE_SIZE, 0, ~0ul), -1);
	EXPECT_EQ(bootmem_take(&node, 1, 1ul << (BITS_PER_LONG - 1), 0, ALL), -1);
	EXPECT_EQ(node.free, PAGES);
	EXPECT_EQ(bootmem_take(&node, ALL, 1, 0, ALL), 0);
	EXPECT_EQ(node.free, 0);
}

SELFTEST(early, map_free_ends_packing, "what is freed or reserved is not packed behind any more")
{
	begin_free();
	EXPECT_EQ(bootmem_take(&node, 100, 32, 0, ALL), 0);
	bootmem_clear(&node, 0, 1);
	EXPECT(bootmem_check(NULL, &node));
	bootmem_set(&node, 0, 1); /* somebody else's now */
	EXPECT_EQ(bootmem_take(&node, 100, 32, 0, ALL), PAGE_SIZE);
	bootmem_set(&node, 1, 2); /* all of that page belongs to somebody, too */
	EXPECT_EQ(bootmem_take(&node, 100, 32, 0, ALL), 2 * PAGE_SIZE);
}

SELFTEST(early, map_check_sees, "the checker notices a wrong count, hint and end of packing")
{
	begin_free();
	node.free--;
	EXPECT(!bootmem_check(NULL, &node));
	node.free++;
	node.hint = 1;
	EXPECT(!bootmem_check(NULL, &node));
	node.hint = 0;
	node.last_end = 5 * PAGE_SIZE + 1;
	EXPECT(!bootmem_check(NULL, &node));
	node.last_end = PAGES * PAGE_SIZE + 1;
	EXPECT(!bootmem_check(NULL, &node));
	node.last_end = 0;
	EXPECT(bootmem_check(NULL, &node));
}

/* --- against a model -------------------------------------------------------------------------- */

enum { STEPS = 3000, CHECK_EVERY = 100 };

static u8 used[PAGES];	     /* the model: 1 is a reserved page */
static unsigned long newest; /* where the newest bytes end; 0: not to be packed behind */

static bool all_free(unsigned long from, unsigned long to)
{
	for (unsigned long i = from; i < to; i++)
		if (i >= PAGES || used[i])
			return false;
	return true;
}

static void mark(unsigned long from, unsigned long to, u8 value)
{
	for (unsigned long i = from; i < to; i++)
		used[i] = value;
}

/* The first free pages that would do, found by trying every place. */
static long model_run(unsigned long pages, unsigned long align, unsigned long lo, unsigned long hi)
{
	for (unsigned long i = DIV_ROUND_UP(lo, PAGE_SIZE); i + pages <= hi / PAGE_SIZE; i++)
		if (!((START + i) * PAGE_SIZE & (align - 1)) && all_free(i, i + pages))
			return (long)i;
	return -1;
}

/* What bootmem_take() must return. */
static long model_take(unsigned long size, unsigned long align, unsigned long lo, unsigned long hi)
{
	unsigned long base = START * PAGE_SIZE, behind = DIV_ROUND_UP(newest, PAGE_SIZE);
	unsigned long at = ALIGN(base + newest, align) - base;
	long run = model_run(DIV_ROUND_UP(size, PAGE_SIZE), align, lo, hi);
	bool follows = run < 0 ? at + size <= behind * PAGE_SIZE : run == (long)behind;

	if (align >= PAGE_SIZE || at >= behind * PAGE_SIZE || at < lo || at + size > hi ||
	    !follows) {
		if (run < 0)
			return -1;
		at = (unsigned long)run * PAGE_SIZE;
	}
	mark(DIV_ROUND_UP(at, PAGE_SIZE), DIV_ROUND_UP(at + size, PAGE_SIZE), 1);
	newest = at + size;
	return (long)at;
}

static bool step_take(struct rng *rng)
{
	unsigned long size =
		1 + (rng_below(rng, 3) ? rng_below(rng, 3000) : rng_below(rng, 40 * PAGE_SIZE));
	unsigned long align = 1ul << rng_below(rng, PAGE_SHIFT + 6);
	unsigned long lo = rng_below(rng, 2) ? rng_below(rng, ALL) : 0;
	unsigned long hi = rng_below(rng, 2) ? rng_below(rng, ALL) : ALL;
	long want = model_take(size, align, lo, hi);

	CHECK(bootmem_take(&node, size, align, lo, hi) == want);
	return true;
}

static bool step_change(struct rng *rng, u8 value)
{
	unsigned long from = rng_below(rng, PAGES);
	unsigned long to = from + rng_below(rng, min(PAGES - from, 60ul)), changed = 0;

	for (unsigned long i = from; i < to; i++)
		changed += used[i] != value;
	mark(from, to, value);
	if (newest / PAGE_SIZE >= from && newest / PAGE_SIZE < to)
		newest = 0;
	CHECK((value ? bootmem_set : bootmem_clear)(&node, from, to) == changed);
	return true;
}

static bool agrees(void)
{
	unsigned long clear = 0;

	for (unsigned long i = 0; i < PAGES; i++) {
		CHECK(test_bit(i, map) == used[i]);
		clear += !used[i];
	}
	CHECK(node.free == clear);
	CHECK(bootmem_check(NULL, &node));
	return true;
}

static bool random_steps(struct rng *rng)
{
	for (unsigned int step = 0; step < STEPS; step++) {
		u32 dice = rng_below(rng, 8);

		CHECK(dice < 5 ? step_take(rng) : step_change(rng, dice == 5));
		if (step % CHECK_EVERY == 0)
			CHECK(agrees());
	}
	return agrees();
}

SELFTEST(early, map_random, "random requests and ranges agree with a model of a byte a page")
{
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	begin();
	memset(used, 1, sizeof(used));
	newest = 0;
	EXPECT(random_steps(&rng));
}
