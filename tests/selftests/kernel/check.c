/*
 * check.c - claims about what asks the checkers: their order, one verdict each, and that all of them end
 *
 * The checkers here are made up, and not registered.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/bug.h"
#include "kernel/check/check.h"
#include "kernel/selftest/selftest.h"
#include "lib/raw.h"

static DEFINE_SPINLOCK(lock);

/* What a made-up checker finds. */
static struct check ask(void (*run)(struct check *check))
{
	const struct checker made_up = { .family = "made_up", .verifies = "nothing", .run = run };
	struct check check;

	memset(&check, 0x5a, sizeof(check)); /* whatever was there before */
	checker_run(&made_up, &check);
	return check;
}

/* --- the registered ones ---------------------------------------------------------------------- */

SELFTEST(check, order, "every family has one checker, found by its name and in the order of names")
{
	static const char *const expected[] = { "balance", "early", "fixmap",	  "kmap",
						"mempool", "page",  "kmap_local", "pcp",
						"percpu",  "slab",  "vmap" };
	const struct checker *checker = NULL, *next;
	unsigned int n = 0;

	for (; (next = checker_after(checker)); checker = next, n++) {
		EXPECT(!checker || strcmp(checker->family, next->family) < 0);
		EXPECT_EQ(checker_named(next->family), next);
		EXPECT(next->verifies[0]);
	}
	EXPECT(n >= ARRAY_SIZE(expected));
	for (unsigned int i = 0; i < ARRAY_SIZE(expected); i++)
		EXPECT(checker_named(expected[i]));
}

SELFTEST(check, unknown, "a family that is not there has no checker")
{
	EXPECT(!checker_named("pag") && !checker_named("pages") && !checker_named(""));
}

/* --- a verdict -------------------------------------------------------------------------------- */

static void counts(struct check *check)
{
	check_counted(check, 3, "areas");
	check_counted(check, 20, "pages");
	check_counted(check, 4, "areas");
}

SELFTEST(check, sound, "what a sound family has counted is one line, each noun once")
{
	struct check check = ask(counts);
	char text[CHECK_TEXT], little[8];

	EXPECT_EQ(check.verdict, CHECK_SOUND);
	check_summary(&check, text, sizeof(text));
	EXPECT(!strcmp(text, "7 areas, 20 pages"));
	check_summary(&check, little, sizeof(little));
	EXPECT(!strcmp(little, "7 areas"));
}

static void breaks_twice(struct check *check)
{
	counts(check);
	if (!check_broken(check, "I1: object %d", 7))
		check_broken(check, "I2: object %d", 8);
	check_unverified(check, "cannot look");
}

SELFTEST(check, first_is_told, "of several broken invariants the first is told, with its object")
{
	struct check check = ask(breaks_twice);
	char text[CHECK_TEXT];

	EXPECT_EQ(check.verdict, CHECK_BROKEN);
	check_summary(&check, text, sizeof(text));
	EXPECT(!strcmp(text, "I1: object 7"));
}

/* --- that it ends ----------------------------------------------------------------------------- */

/* With its lock held. */
static void follows_null(struct check *check)
{
	const u32 *words;

	if (!check_lock(check, &lock))
		return;
	check_at(check, &lock);
	words = (const u32 *)check->held[1]; /* it holds one lock: NULL */
	check_counted(check, raw_read(words), "words");
	check_unlock(check, &lock);
}

SELFTEST(check, faults, "a checker that faults has found something, and holds no lock afterwards")
{
	struct check check = ask(follows_null);
	char at[24];

	EXPECT_EQ(check.verdict, CHECK_BROKEN);
	EXPECT(strstr(check.text, "leads nowhere"));
	snprintf(at, sizeof(at), "looking at %p", (void *)&lock);
	EXPECT(strstr(check.text, at));
	EXPECT(!spin_is_locked(&lock));
	EXPECT(check_all_hold()); /* the others go on */
}

static void needs_lock(struct check *check)
{
	if (check_lock(check, &lock))
		check_unlock(check, &lock);
}

static void asks_lock(struct check *check)
{
	if (check_may_lock(check, &lock))
		check_counted(check, 1, "locks");
}

SELFTEST(check, lock_is_held,
	 "a family whose lock is held is not verified, and nobody waits for it")
{
	struct check taken, asked, after;

	spin_lock(&lock);
	taken = ask(needs_lock);
	asked = ask(asks_lock);
	spin_unlock(&lock);
	after = ask(needs_lock);
	EXPECT_EQ(taken.verdict, CHECK_UNVERIFIED);
	EXPECT_EQ(asked.verdict, CHECK_UNVERIFIED);
	EXPECT(strstr(taken.text, "lock") && strstr(asked.text, "lock"));
	EXPECT_EQ(after.verdict, CHECK_SOUND);
	EXPECT(!spin_is_locked(&lock));
}

/* --- who only has a word for it --------------------------------------------------------------- */

SELFTEST(check, holds,
	 "what is not verified breaks nothing; what is broken does, and is no bug report")
{
	const struct checker sound = { "made_up", "nothing", counts };
	const struct checker busy = { "made_up", "nothing", needs_lock };
	const struct checker broken = { "made_up", "nothing", breaks_twice };
	const unsigned long bugs = bug_count();
	bool while_busy;

	EXPECT(check_holds(&sound));
	spin_lock(&lock);
	while_busy = check_holds(&busy);
	spin_unlock(&lock);
	EXPECT(while_busy);
	EXPECT(!check_holds(&broken));
	EXPECT_EQ(bug_count(), bugs);
}
