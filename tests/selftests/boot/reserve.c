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
	boot_reserve_in(&bi, page_at(first), (paddr_t)nr * PAGE_SIZE, name, 0);
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
	scratch_clear(&bi);
	boot_reserve_in(&bi, page_at(4) + 100, PAGE_SIZE, "a", 0);
	EXPECT_EQ(bi.nr_reserved, 1);
	EXPECT(entry_is(0, 4, 2, "a"));
}

SELFTEST(boot, reserve_merges, "touching ranges become one only when their names are equal")
{
	scratch_clear(&bi);
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
	scratch_clear(&bi);
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

SELFTEST(boot, reserve_refused, "an empty range and one outside RAM are dropped and told")
{
	unsigned int lines;
	bool any;

	scratch_clear(&bi);
	warnings_catch();
	any = boot_reserve_in(&bi, page_at(200), 0, "empty", 0) ||
	      boot_reserve_in(&bi, RAM_WINDOW_END, PAGE_SIZE, "above", 0) ||
	      boot_reserve_in(&bi, 0, PHYS_OFFSET, "below", 0);
	lines = warnings_release();
	EXPECT(!any);
	EXPECT_EQ(lines, 3);
	EXPECT_EQ(bi.nr_reserved, 0);
}

SELFTEST(boot, reserve_full,
	 "one range too many joins the nearest two with what is between, and is itself kept")
{
	scratch_clear(&bi);
	for (unsigned int i = 0; i < SCRATCH_RANGES; i++)
		reserve_pages(10 * i + (i == 7), 1, i % 2 ? "a" : "b"); /* 7 is nearest to 8 */
	EXPECT_EQ(bi.nr_reserved, SCRATCH_RANGES);
	EXPECT_EQ(bi.nr_joined, 0);
	reserve_pages(1000, 1, "last");
	EXPECT_EQ(bi.nr_reserved, SCRATCH_RANGES);
	EXPECT_EQ(bi.nr_joined, 1);
	EXPECT_EQ(bi.joined_bytes, 8 * PAGE_SIZE);
	EXPECT(entry_is(7, 71, 10, "several ranges"));
	EXPECT(entry_is(SCRATCH_RANGES - 1, 1000, 1, "last"));
	reserve_pages(1, 1, "b"); /* a full table can still grow an entry */
	EXPECT_EQ(bi.nr_joined, 1);
	EXPECT(entry_is(0, 0, 2, "b"));
}

SELFTEST(boot, reserve_exact, "ranges of the kernel and those that it reads are never joined")
{
	scratch_clear(&bi);
	boot_reserve_in(&bi, page_at(0), PAGE_SIZE, "image", BOOT_KERNEL);
	boot_reserve_in(&bi, page_at(2), PAGE_SIZE, "initrd", BOOT_OURS);
	for (unsigned int i = 0; i < SCRATCH_RANGES; i++)
		reserve_pages(10 + 10 * i, 1, "a");
	EXPECT_EQ(bi.nr_joined, 2);
	EXPECT(entry_is(0, 0, 1, "image"));
	EXPECT(entry_is(1, 2, 1, "initrd"));
	EXPECT(scratch_sound());
}

SELFTEST(boot, reserve_ranks, "no-map takes what is not the kernel's, and keeps it")
{
	scratch_clear(&bi);
	boot_reserve_in(&bi, page_at(8), 2 * PAGE_SIZE, "image", BOOT_KERNEL);
	reserve_pages(0, 7, "tree");
	boot_reserve_in(&bi, page_at(2), 8 * PAGE_SIZE, "secret", BOOT_NOMAP);
	reserve_pages(0, 20, "late");
	EXPECT_EQ(bi.nr_reserved, 4);
	EXPECT(entry_is(0, 0, 2, "tree"));
	EXPECT(entry_is(1, 2, 6, "secret"));
	EXPECT(entry_is(2, 8, 2, "image"));
	EXPECT(entry_is(3, 10, 10, "late"));
	boot_reserve_in(&bi, page_at(12), PAGE_SIZE, "inside", BOOT_NOMAP); /* splits */
	EXPECT_EQ(bi.nr_reserved, 6);
	EXPECT(entry_is(3, 10, 2, "late"));
	EXPECT(entry_is(4, 12, 1, "inside"));
	EXPECT(entry_is(5, 13, 7, "late"));
}

SELFTEST(boot, reserve_names, "a name is cut at 63 characters, shown printable, and lost when told")
{
	char long_name[100];
	unsigned int lines, n = 0;
	const char *name;

	scratch_clear(&bi);
	EXPECT(strcmp(boot_name(&bi, "a b\x1b[31m\x80"), "a?b?[31m?") == 0);
	memset(long_name, 'x', sizeof(long_name));
	long_name[99] = '\0';
	EXPECT_EQ(strlen(boot_name(&bi, long_name)), BOOT_NAME_MAX);
	warnings_catch();
	do
		name = boot_name(&bi, long_name);
	while (++n < 100 && strcmp(name, "reserved memory") != 0);
	lines = warnings_release();
	EXPECT_EQ(lines, 1);
	EXPECT(n < 100);
	EXPECT(bi.names_used <= bi.max_names);
}

SELFTEST(boot, reserve_clipped, "a range that sticks out of the RAM window is cut to it")
{
	scratch_clear(&bi);
	boot_reserve_in(&bi, RAM_WINDOW_END - PAGE_SIZE, (paddr_t)-1, "top", 0);
	EXPECT_EQ(bi.nr_reserved, 1);
	EXPECT_EQ(bi.reserved[0].base, RAM_WINDOW_END - PAGE_SIZE);
	EXPECT_EQ(bi.reserved[0].size, PAGE_SIZE);
	boot_reserve_in(&bi, 0, PHYS_OFFSET + 1, "bottom", 0);
	EXPECT(entry_is(0, 0, 1, "bottom"));
}

/* --- against a model -------------------------------------------------------------------------- */

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
			scratch_clear(&bi);
			memset(model, 0, sizeof(model));
		}
		reserve_pages(first, nr, name);
		for (page = first; page < first + nr; page++)
			if (!model[page])
				model[page] = name;
		EXPECT(list_matches(model));
	}
}

/* --- far more than there is room for ---------------------------------------------------------- */

enum { FLOOD_PAGES = 4096, FLOOD_RANGES = 300 };

static bool flood_held(const u8 *said)
{
	for (unsigned int page = 0; page < FLOOD_PAGES; page++)
		if (said[page] &&
		    !scratch_reserved(page_at(page), PAGE_SIZE, said[page] == 1 ? 0 : BOOT_NOMAP)) {
			selftest_fail(__FILE__, __LINE__, "page %u is free, or mapped", page);
			return false;
		}
	return scratch_sound();
}

/* 1: reserved, 2: no-map as well */
static void flood(struct rng *rng, u8 *said)
{
	for (unsigned int n = 0; n < FLOOD_RANGES; n++) {
		unsigned int first = 4 + rng_below(rng, FLOOD_PAGES - 12);
		unsigned int nr = 1 + rng_below(rng, 8);
		bool nomap = rng_below(rng, 4) == 0;

		boot_reserve_in(&bi, page_at(first), nr * PAGE_SIZE, nomap ? "x" : "y",
				nomap ? BOOT_NOMAP : 0);
		for (unsigned int page = first; page < first + nr; page++)
			said[page] = max(said[page], (u8)(1 + nomap));
	}
}

SELFTEST(boot, reserve_flood,
	 "of ten times too many ranges each page stays reserved, and unmapped if it was said to be")
{
	SELFTEST_TABLE(u8, said, FLOOD_PAGES);
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < 5; round++) {
		memset(said, 0, FLOOD_PAGES);
		scratch_clear(&bi);
		boot_reserve_in(&bi, page_at(0), 4 * PAGE_SIZE, "image", BOOT_KERNEL);
		flood(&rng, said);
		EXPECT(flood_held(said));
		EXPECT(entry_is(0, 0, 4, "image"));
	}
}

SELFTEST(
	boot, find_free,
	"the highest free place of a bank is found, at the alignment and within the bounds asked for")
{
	scratch_clear(&bi);
	banks_add(&bi, page_at(0), 64 * PAGE_SIZE);
	banks_add(&bi, page_at(100), 4 * PAGE_SIZE);
	reserve_pages(60, 2, "a");
	EXPECT_EQ(boot_find_free(&bi, PAGE_SIZE, PAGE_SIZE, 0, (paddr_t)-1), page_at(103));
	EXPECT_EQ(boot_find_free(&bi, 4 * PAGE_SIZE, PAGE_SIZE, 0, (paddr_t)-1), page_at(100));
	EXPECT_EQ(boot_find_free(&bi, 5 * PAGE_SIZE, PAGE_SIZE, 0, (paddr_t)-1), page_at(55));
	EXPECT_EQ(boot_find_free(&bi, PAGE_SIZE, PAGE_SIZE, 0, page_at(100)), page_at(63));
	EXPECT_EQ(boot_find_free(&bi, 4 * PAGE_SIZE, 16 * PAGE_SIZE, 0, page_at(100)), page_at(48));
	EXPECT_EQ(boot_find_free(&bi, 4 * PAGE_SIZE, PAGE_SIZE, page_at(57), page_at(100)), 0);
	EXPECT_EQ(boot_find_free(&bi, 3 * PAGE_SIZE, PAGE_SIZE, page_at(57), page_at(100)),
		  page_at(57));
	EXPECT_EQ(boot_find_free(&bi, 61 * PAGE_SIZE, PAGE_SIZE, 0, (paddr_t)-1), 0);
	EXPECT_EQ(boot_find_free(&bi, 60 * PAGE_SIZE, PAGE_SIZE, 0, (paddr_t)-1), page_at(0));
}
