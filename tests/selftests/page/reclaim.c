/*
 * reclaim.c (tests) - who is asked for pages when they run out
 *
 *	reclaim_all() ──by rank──> 3: early() ──> 7: this() and that() ──> 10: pcp ──> …
 *
 * The three here only note that they were asked, and when.
 *
 * Locking: none; tests run one at a time.
 * Read next: mm/page/reclaim.c.
 */
#include "kernel/selftest/selftest.h"
#include "mm/page/reclaim.h"

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
