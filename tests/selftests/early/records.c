/*
 * records.c - claims about the table of what was taken at boot, on a table to practise on
 */
#include "kernel/selftest/selftest.h"
#include "mm/early/early.h"
#include "mm/early/records.h"

enum { FULL = EARLY_RECORDS_MAX, UNIT = 0x100 };

static struct early_records *own;

/* The nth of the ranges that lie side by side. */
static paddr_t at(unsigned int nth)
{
	return 0x70000000 + nth * UNIT;
}

static void add(unsigned int nth)
{
	early_record_add(nth % 2 ? EARLY_RESERVED : EARLY_ALLOCATED, at(nth), UNIT, nth);
}

static void gone(unsigned int nth)
{
	early_record_gone(at(nth), at(nth) + UNIT, EARLY_FREED);
}

/* The test's body on an empty table, whichever way it returns. */
static void with_table(void (*body)(void))
{
	SELFTEST_TABLE(struct early_records, table, 1);
	struct early_records *former;

	*table = (struct early_records){};
	own = table;
	former = early_records_use(table);
	body();
	early_records_use(former);
}

static bool is(unsigned int nth, paddr_t start, unsigned long size, enum early_record_fate fate)
{
	const struct early_record *r = early_record(nth);

	return r && r->start == start && r->size == size && r->fate == fate;
}

static void check_full(void)
{
	for (unsigned int n = 0; n < FULL; n++)
		add(n);
	EXPECT_EQ(own->nr, FULL);
	EXPECT(early_records_missed() == 0 && early_records_replaced() == 0);
	add(FULL); /* nothing is gone: there is no room */
	EXPECT(early_records_missed() == 1 && early_records_replaced() == 0);
	EXPECT(is(FULL - 1, at(FULL - 1), UNIT, EARLY_KEPT) && !early_record(FULL));
	gone(7);
	EXPECT(own->nr == FULL && is(7, at(7), UNIT, EARLY_FREED));
	gone(5); /* it might need room for two parts: what is gone makes it beforehand */
	EXPECT(own->nr == FULL - 1 && early_records_replaced() == 1);
	EXPECT(is(5, at(5), UNIT, EARLY_FREED) && is(7, at(8), UNIT, EARLY_KEPT));
	add(FULL + 1);
	EXPECT(own->nr == FULL && early_records_replaced() == 1);
	add(FULL);
	EXPECT(own->nr == FULL && early_records_replaced() == 2 && early_records_missed() == 1);
	EXPECT(is(5, at(6), UNIT, EARLY_KEPT) && is(FULL - 1, at(FULL), UNIT, EARLY_KEPT));
	EXPECT_EQ(early_record(FULL - 1)->caller, FULL);
	EXPECT_EQ(early_record(FULL - 1)->kind, EARLY_ALLOCATED);
}

SELFTEST(early, records_full, "a full table counts what it misses, and what was gone and made room")
{
	with_table(check_full);
}

static void check_split(void)
{
	add(0);
	early_record_gone(at(0) + 1, at(1) - 1, EARLY_HANDED);
	EXPECT_EQ(own->nr, 3);
	EXPECT(is(0, at(0), 1, EARLY_KEPT) && is(1, at(0) + 1, UNIT - 2, EARLY_HANDED));
	EXPECT(is(2, at(1) - 1, 1, EARLY_KEPT));
	early_record_gone(at(0) - 1, at(0), EARLY_FREED); /* its neighbours on both sides: not it */
	early_record_gone(at(1), at(1) + 1, EARLY_FREED);
	EXPECT(own->nr == 3 && is(0, at(0), 1, EARLY_KEPT) && is(2, at(1) - 1, 1, EARLY_KEPT));
	early_record_gone(at(0), at(1), EARLY_FREED);
	EXPECT(is(0, at(0), 1, EARLY_FREED) && is(1, at(0) + 1, UNIT - 2, EARLY_HANDED));
	EXPECT(own->nr == 3 && is(2, at(1) - 1, 1, EARLY_FREED));
}

SELFTEST(early, records_split,
	 "what goes is split off to the byte, and what is gone stays as it went")
{
	with_table(check_split);
}

static void check_parts(void)
{
	for (unsigned int n = 0; n < FULL - 1; n++)
		add(n);
	gone(3);
	early_record_gone(at(9) + 1, at(9) + 2, EARLY_FREED); /* two more, one place, one is gone */
	EXPECT(own->nr == FULL && early_records_replaced() == 1 && early_records_missed() == 0);
	EXPECT(is(8, at(9), 1, EARLY_KEPT) && is(9, at(9) + 1, 1, EARLY_FREED));
	EXPECT(is(10, at(9) + 2, UNIT - 2, EARLY_KEPT));
	early_record_gone(at(20) + 1, at(21),
			  EARLY_FREED); /* one more: for it the last one gone goes */
	EXPECT(own->nr == FULL && early_records_replaced() == 2 && early_records_missed() == 0);
	/* Two more, and only the part that went before may make room. */
	early_record_gone(at(30) + 1, at(30) + 2, EARLY_FREED);
	EXPECT(own->nr == FULL && early_records_replaced() == 3 && early_records_missed() == 1);
	EXPECT(!early_record_in(EARLY_ALLOCATED, at(30) + 1, at(30) + 2));
	EXPECT(early_record_in(EARLY_ALLOCATED, at(30), at(30) + 1));
}

SELFTEST(early, records_parts,
	 "parts find room in the place of what is gone, or are counted as missed")
{
	with_table(check_parts);
}

static void check_found(void)
{
	const struct early_record *first, *second;

	add(0);
	add(2);
	early_record_add(EARLY_ALLOCATED, at(2), UNIT, 77);
	first = early_record(0);
	second = early_record(2);
	EXPECT(!early_record_in(EARLY_ALLOCATED, at(0) - 1, at(0)));
	EXPECT(early_record_in(EARLY_ALLOCATED, at(0) - 1, at(0) + 1) == first);
	EXPECT(early_record_in(EARLY_ALLOCATED, at(1) - 1, at(1)) == first);
	EXPECT(!early_record_in(EARLY_ALLOCATED, at(1), at(2)));
	EXPECT(early_record_in(EARLY_ALLOCATED, at(0), at(3)) == second); /* the newest */
	EXPECT(!early_record_in(EARLY_RESERVED, at(0), at(3)));
	gone(2);
	EXPECT(early_record_in(EARLY_ALLOCATED, at(0), at(3)) == first);
	early_records_forget(at(0) + 1, at(2)); /* of none of them the start */
	EXPECT_EQ(own->nr, 3);
	early_records_forget(at(0), at(2));
	EXPECT_EQ(own->nr, 2);
	early_records_forget(at(1), at(2) + 1);
	EXPECT_EQ(own->nr, 0);
}

SELFTEST(early, records_found, "a record is found by any of its bytes, and forgotten by its first")
{
	with_table(check_found);
}

SELFTEST(early, records_checked, "the checker looks at each record, the last one too")
{
	struct early_record *r;
	unsigned int unseen = 0, n = 0;

	for (; (r = (struct early_record *)early_record(n)); n++) {
		unsigned long size = r->size;

		r->size = 0;
		unseen += early_check();
		r->size = size;
	}
	EXPECT(n > 1);
	EXPECT_EQ(unseen, 0);
	EXPECT(early_check());
}
