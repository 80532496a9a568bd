/*
 * handle_table.c - numbers and slots behind #N
 *
 * Read next: kernel/shell/handle_table.c, whose invariants T1 and T2 are checked here.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "kernel/shell/handle_table.h"
#include "lib/random.h"

enum { SLOTS = 8 };

static struct handle slots[SLOTS];
static struct handle_table table;

static void start(void)
{
	memset(slots, 0, sizeof(slots));
	table = (struct handle_table){ .slots = slots, .nr_slots = SLOTS };
}

static struct handle *add(unsigned long size)
{
	return handle_table_add(&table, &(struct handle){ .size = size });
}

static bool parses(const char *arg, unsigned int expected)
{
	unsigned int number = 0;
	bool valid = handle_parse(arg, &number);

	CHECK(valid == (expected != 0));
	CHECK(!valid || number == expected);
	return true;
}

SELFTEST(shell, handle_forms, "#N is a handle, and nothing else is")
{
	EXPECT(parses("#1", 1) && parses("#007", 7) && parses("#4294967295", 4294967295u));
	EXPECT(parses("#0", 0) && parses("#", 0) && parses("", 0) && parses("7", 0));
	EXPECT(parses("#7x", 0) && parses("#-1", 0) && parses("# 1", 0) && parses("##1", 0));
	EXPECT(parses("#4294967296", 0) && parses("#18446744073709551617", 0));
}

SELFTEST(shell, handle_numbers, "a slot is used again, its number never")
{
	struct handle *second;

	start();
	EXPECT(!handle_table_above(&table, 0) && !handle_table_below(&table, UINT32_MAX));
	EXPECT_EQ(add(10)->number, 1);
	second = add(20);
	EXPECT_EQ(second->number, 2);
	handle_table_remove(second);
	EXPECT(!handle_table_find(&table, 2) && !handle_table_find(&table, 0));
	EXPECT_EQ((uintptr_t)add(30), (uintptr_t)second);
	EXPECT_EQ(second->number, 3);
	EXPECT_EQ(handle_table_find(&table, 3)->size, 30);
	EXPECT_EQ(handle_table_above(&table, 1)->number, 3);
	EXPECT_EQ(handle_table_below(&table, 3)->number, 1);
}

/* Both walks meet every live handle, in the order of the numbers. */
static bool walks(unsigned int live)
{
	struct handle *handle;
	unsigned int up = 0, down = 0, number = 0;

	for (; (handle = handle_table_above(&table, number)); number = handle->number)
		up++;
	for (number++; (handle = handle_table_below(&table, number)); number = handle->number)
		down++;
	CHECK(up == live && down == live);
	CHECK(handle_table_full(&table) == (live == SLOTS));
	return true;
}

SELFTEST(shell, handle_churn, "after any additions and removals the walks meet each live handle")
{
	struct rng rng;
	unsigned int live = 0;

	rng_seed(&rng, selftest_seed());
	start();
	for (unsigned int i = 0; i < 500; i++) {
		struct handle *slot = &slots[rng_below(&rng, SLOTS)];

		if (slot->number) {
			handle_table_remove(slot);
			live--;
		} else {
			EXPECT_EQ(add(i)->number, table.last);
			live++;
		}
		EXPECT(walks(live));
	}
}
