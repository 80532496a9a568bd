/*
 * reserve.c - claims about the list of reserved ranges
 *
 * Ranges are written in pages from PHYS_OFFSET.  The model of the last test is one name per page;
 * the list must say the same of each page, and obey the invariants of boot/boot_info.c (R1, R2).
 */
#include <string.h>

#include "arch/arch.h"
#include "boot/boot_impl.h"
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "tests/selftests/boot/warnings.h"
#include "tests/selftests/boot/scratch.h"

static paddr_t page_at(unsigned int page)
{
	return PHYS_OFFSET + (paddr_t)page * PAGE_SIZE;
}

static void reserve_pages(unsigned int first, unsigned int nr, const char *name)
{
	boot_reserve_in(&bi, page_at(first), (paddr_t)nr * PAGE_SIZE, name);
}

static bool entry_is(unsigned int at, unsigned int first, unsigned int nr, const char *name)
{
	CHECK(at < bi.nr_reserved);
	CHECK(bi.reserved[at].base == page_at(first));
	CHECK(bi.reserved[at].size == (paddr_t)nr * PAGE_SIZE);
	CHECK(strcmp(bi.reserved[at].name, name) == 0);
	return true;
}

SELFTEST(boot, reserve_rounds, "a reserved range grows to whole pages")
{
	memset(&bi, 0, sizeof(bi));
	boot_reserve_in(&bi, page_at(4) + 100, PAGE_SIZE, "a");
	EXPECT_EQ(bi.nr_reserved, 1);
	EXPECT(entry_is(0, 4, 2, "a"));
}

SELFTEST(boot, reserve_merges, "touching ranges become one only when their names are equal")
{
	memset(&bi, 0, sizeof(bi));
	reserve_pages(0, 2, "a");
	reserve_pages(4, 2, "a");
	reserve_pages(6, 2, "b");
	EXPECT_EQ(bi.nr_reserved, 3);
	reserve_pages(2, 2, "a"); /* closes the gap */
	EXPECT_EQ(bi.nr_reserved, 2);
	EXPECT(entry_is(0, 0, 6, "a"));
	EXPECT(entry_is(1, 6, 2, "b"));
	reserve_pages(8, 1, "b");
	reserve_pages(10, 1, "b");
	reserve_pages(9, 1, "b");
	EXPECT_EQ(bi.nr_reserved, 2);
	EXPECT(entry_is(1, 6, 5, "b"));
}

SELFTEST(boot, reserve_overlap, "where ranges overlap, the earlier one's name stays")
{
	memset(&bi, 0, sizeof(bi));
	reserve_pages(4, 2, "image");
	reserve_pages(8, 2, "tree");
	reserve_pages(2, 10, "firmware"); /* below, between and above both */
	EXPECT_EQ(bi.nr_reserved, 5);
	EXPECT(entry_is(0, 2, 2, "firmware"));
	EXPECT(entry_is(1, 4, 2, "image"));
	EXPECT(entry_is(2, 6, 2, "firmware"));
	EXPECT(entry_is(3, 8, 2, "tree"));
	EXPECT(entry_is(4, 10, 2, "firmware"));
	reserve_pages(2, 10, "late");
	EXPECT_EQ(bi.nr_reserved, 5);
}

SELFTEST(boot, reserve_refused,
	 "an empty range, one outside RAM and one too many are dropped and told")
{
	unsigned int i, lines;

	memset(&bi, 0, sizeof(bi));
	for (i = 0; i < BOOT_RESERVED_MAX; i++)
		reserve_pages(1 + 2 * i, 1, "a");
	warnings_catch();
	reserve_pages(100, 1, "a");
	boot_reserve_in(&bi, page_at(200), 0, "empty");
	boot_reserve_in(&bi, RAM_WINDOW_END, PAGE_SIZE, "above");
	boot_reserve_in(&bi, 0, PHYS_OFFSET, "below");
	lines = warnings_release();
	EXPECT_EQ(lines, 4);
	EXPECT_EQ(bi.nr_reserved, BOOT_RESERVED_MAX);
	reserve_pages(0, 1, "a"); /* a full table can still grow an entry */
	EXPECT(entry_is(0, 0, 2, "a"));
}

SELFTEST(boot, reserve_clipped, "a range that sticks out of the RAM window is cut to it")
{
	memset(&bi, 0, sizeof(bi));
	boot_reserve_in(&bi, RAM_WINDOW_END - PAGE_SIZE, (paddr_t)-1, "top");
	EXPECT_EQ(bi.nr_reserved, 1);
	EXPECT_EQ(bi.reserved[0].base, RAM_WINDOW_END - PAGE_SIZE);
	EXPECT_EQ(bi.reserved[0].size, PAGE_SIZE);
	boot_reserve_in(&bi, 0, PHYS_OFFSET + 1, "bottom");
	EXPECT(entry_is(0, 0, 1, "bottom"));
}

/* --- against a model ------------------------------------------------------------------------- */

enum { MODEL_PAGES = 48 };

static bool list_matches(const char *const *model)
{
	unsigned int page, i;

	for (page = 0; page < MODEL_PAGES; page++) {
		const char *name = NULL;

		for (i = 0; i < bi.nr_reserved; i++)
			if (page_at(page) - bi.reserved[i].base < bi.reserved[i].size)
				name = bi.reserved[i].name;
		CHECK(name == model[page]);
	}
	for (i = 1; i < bi.nr_reserved; i++) {
		paddr_t end = bi.reserved[i - 1].base + bi.reserved[i - 1].size;

		CHECK(end <= bi.reserved[i].base);
		CHECK(end < bi.reserved[i].base || bi.reserved[i - 1].name != bi.reserved[i].name);
	}
	return true;
}

SELFTEST(boot, reserve_model,
	 "random reservations give each page the name of the first that took it")
{
	static const char *const names[] = { "a", "b", "c" };
	const char *model[MODEL_PAGES];
	struct rng rng;
	unsigned int round, page;

	rng_seed(&rng, selftest_seed());
	for (round = 0; round < 400; round++) {
		unsigned int first = rng_below(&rng, MODEL_PAGES);
		unsigned int nr = 1 + rng_below(&rng, min(MODEL_PAGES - first, 9u));
		const char *name = names[rng_below(&rng, ARRAY_SIZE(names))];

		if (round % 12 == 0) { /* few enough that the table never fills */
			memset(&bi, 0, sizeof(bi));
			memset(model, 0, sizeof(model));
		}
		reserve_pages(first, nr, name);
		for (page = first; page < first + nr; page++)
			if (!model[page])
				model[page] = name;
		EXPECT(list_matches(model));
	}
}
