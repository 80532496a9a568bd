/*
 * reclaim.c (tests) - who is asked for pages when they run out
 *
 *	reclaim_all() ──by rank──> 3: early() ──> 7: this() and that() ──> 10: pcp ──> …
 *
 * Three of them only note that they were asked, and when.  The keeper has a block that it gives
 * when it is asked.
 *
 * Locking: none; tests run one at a time.
 * Read next: mm/page/reclaim.c.
 */
#include "kernel/irq.h"
#include "kernel/selftest/selftest.h"
#include "mm/page/page.h"
#include "mm/page/reclaim.h"

enum { LARGEST = MAX_ORDER - 1 };

static unsigned int turn, early_turn, this_turn, that_turn;

static unsigned long early(void)
{
	early_turn = ++turn;
	return 0;
}

static unsigned long this(void)
{
	this_turn = ++turn;
	return 0;
}

static unsigned long that(void)
{
	that_turn = ++turn;
	return 0;
}

static const struct shrinker that_shrinker = { .name = "test-that", .rank = 7, .shrink = that };
static const struct shrinker this_shrinker = { .name = "test-this", .rank = 7, .shrink = this };
static const struct shrinker early_shrinker = { .name = "test-early", .rank = 3, .shrink = early };
REGISTER_SHRINKER(that_shrinker);
REGISTER_SHRINKER(this_shrinker);
REGISTER_SHRINKER(early_shrinker);

SELFTEST(page, reclaim_asks_all, "every shrinker is asked once, by rank, those of equal rank too")
{
	turn = early_turn = this_turn = that_turn = 0;
	reclaim_all();
	EXPECT_EQ(early_turn, 1);
	EXPECT(this_turn && that_turn);
	EXPECT_EQ(this_turn + that_turn, 2 + 3);
}

/* --- who may reclaim -------------------------------------------------------------------------- */

static struct page *kept; /* a block of order LARGEST, or NULL */

static unsigned long give_kept(void)
{
	struct page *block = kept;

	kept = NULL;
	if (block)
		__free_pages(block, LARGEST);
	return block ? 1ul << LARGEST : 0;
}

static const struct shrinker keeper = { .name = "test-keeper", .rank = 4, .shrink = give_kept };
REGISTER_SHRINKER(keeper);

/* Every block of the largest order, the keeper's the last of them; false when there is none. */
static bool take_largest(struct list_head *taken)
{
	struct page *block;

	while ((block = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, LARGEST)))
		list_add(&block->lru, taken);
	if (list_empty(taken))
		return false;
	kept = list_first_entry(taken, struct page, lru);
	list_del(&kept->lru);
	return true;
}

static void give_all(struct list_head *taken)
{
	struct page *block, *next;

	list_for_each_entry_safe(block, next, taken, lru)
		__free_pages(block, LARGEST);
	give_kept();
}

/* Gets nothing, and nobody is asked, though the keeper has just what is wanted. */
static bool refused_unasked(gfp_t gfp)
{
	unsigned int before = turn;

	CHECK(!alloc_pages(gfp | __GFP_NOWARN, LARGEST));
	CHECK(turn == before && kept);
	return true;
}

static void ask_there(void *held)
{
	*(bool *)held = refused_unasked(GFP_KERNEL);
}

/* Whatever the request says: an interrupt may not wait. */
static bool refused_in_interrupt(void)
{
	bool held = false;

	CHECK(irq_call(ask_there, &held));
	return held;
}

/*
 * Who may reclaim asks each once, tries once more, and then has the keeper's block; if it is as urgent
 * as those who emptied the zones, since they went below the watermark of GFP_KERNEL.
 */
static bool served_by_keeper(struct list_head *taken)
{
	unsigned int before = turn;
	struct page *block = alloc_pages(GFP_ATOMIC | GFP_KERNEL | __GFP_NOWARN, LARGEST);

	CHECK(block);
	list_add(&block->lru, taken);
	CHECK(turn == before + 3 && !kept);
	return true;
}

/* With nothing to give: each asked once, and no more than once. */
static bool asked_once(void)
{
	unsigned int before = turn;

	CHECK(!alloc_pages(GFP_KERNEL | __GFP_NOWARN, LARGEST));
	CHECK(turn == before + 3);
	return true;
}

SELFTEST(page, reclaim_only_who_may_wait,
	 "GFP_ATOMIC, GFP_NOWAIT and interrupts ask no shrinker; GFP_KERNEL asks, and tries again")
{
	LIST_HEAD(taken);
	bool held;

	if (!take_largest(&taken))
		SKIP("no block of order %d on this machine", LARGEST);
	held = refused_unasked(GFP_ATOMIC) && refused_unasked(GFP_NOWAIT) &&
	       refused_unasked(GFP_KERNEL & ~__GFP_DIRECT_RECLAIM) && refused_in_interrupt() &&
	       served_by_keeper(&taken) && asked_once();
	give_all(&taken);
	EXPECT(held);
}
