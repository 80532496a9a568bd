/*
 * history.c - what the history keeps and what it lets go
 *
 * Read next: kernel/shell/history.h.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "kernel/shell/history.h"
#include "kernel/shell/shell.h"
#include "lib/random.h"

/* What is recalled, and the ring that it is kept in. */
struct store {
	char line[SHELL_LINE_MAX];
	char ring[HISTORY_BYTES];
};
SELFTEST_TABLE(struct store, store, 1);
static struct history history;
static char expected[SHELL_LINE_MAX];

static bool recalls(unsigned int age, const char *want)
{
	CHECK(history_get(&history, age, store->line, sizeof(store->line)));
	CHECK(strcmp(store->line, want) == 0);
	return true;
}

SELFTEST(shell, history_order, "lines come back newest first; empty and repeated ones are not kept")
{
	history_init(&history, store->ring, sizeof(store->ring));
	EXPECT(!history_get(&history, 1, store->line, sizeof(store->line)));
	history_add(&history, "one");
	history_add(&history, "");
	history_add(&history, "two");
	history_add(&history, "two");
	history_add(&history, "tw");
	history_add(&history, "one");
	EXPECT(recalls(1, "one") && recalls(2, "tw") && recalls(3, "two") && recalls(4, "one"));
	EXPECT(!history_get(&history, 5, store->line, sizeof(store->line)));
	EXPECT(!history_get(&history, 0, store->line, sizeof(store->line)));
	EXPECT(!history_get(&history, 3, store->line, 3)); /* "two" needs 4 */
}

static const char *numbered(unsigned int i, int len)
{
	snprintf(expected, sizeof(expected), "%0*u", len, i);
	return expected;
}

SELFTEST(shell, history_depth, "64 lines of 127 characters are kept, and the oldest go first")
{
	history_init(&history, store->ring, sizeof(store->ring));
	for (unsigned int i = 0; i < 1000; i++)
		history_add(&history, numbered(i, 127));
	for (unsigned int age = 1; age <= 64; age++)
		EXPECT(recalls(age, numbered(1000 - age, 127)));
	EXPECT(!history_get(&history, 65, store->line, sizeof(store->line)));
}

SELFTEST(shell, history_whole, "a line is kept whole or not at all, whatever the lengths")
{
	static char small[64];
	static u8 lengths[500];
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	history_init(&history, small, sizeof(small));
	for (unsigned int i = 0; i < ARRAY_SIZE(lengths); i++) {
		unsigned int kept = 0, used = 0;

		lengths[i] = (u8)(4 + rng_below(&rng, 60));
		history_add(&history, numbered(i, lengths[i]));
		for (unsigned int age = 1; age <= i + 1; age++) {
			used += lengths[i + 1 - age] + 1u;
			if (used > sizeof(small))
				break;
			EXPECT(recalls(age, numbered(i + 1 - age, lengths[i + 1 - age])));
			kept++;
		}
		EXPECT(kept > 0);
		EXPECT(!history_get(&history, kept + 1, store->line, sizeof(store->line)));
	}
}
