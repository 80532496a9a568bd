/*
 * banks.c - claims about trimming memory banks: each row is a list as told and the banks it must become
 *
 * Addresses count from PHYS_OFFSET in pages where nothing odd is wanted, so that a row reads as
 * a picture; END is the window's size in pages.
 */
#include <string.h>

#include "arch/arch.h"
#include "boot/boot_impl.h"
#include "kernel/selftest/selftest.h"
#include "tests/selftests/boot/warnings.h"
#include "tests/selftests/boot/scratch.h"

#define AT(pages)    (PAGE_SIZE * (u64)(pages)) /* from PHYS_OFFSET, for tables */
#define RAM(pages)   ((u64)PHYS_OFFSET + AT(pages))
#define PAGES(n)     (PAGE_SIZE * (u64)(n))
#define WINDOW_PAGES (GiB / PAGE_SIZE)

struct range64 {
	u64 base, size;
};

#define LIST(...) ((const struct range64[]){ __VA_ARGS__, { 0, 0 } })
#define NONE	  ((const struct range64[]){ { 0, 0 } })

struct banks_case {
	const char *what;
	const struct range64 *told, *want; /* up to a {0, 0} */
	unsigned int lines;		   /* of warnings */
	const char *says;		   /* in the last one */
};

static const struct banks_case cases[] = {
	{ "a good bank stays", LIST({ AT(0), PAGES(16) }), LIST({ AT(0), PAGES(16) }), 0, "" },
	{ "the whole window stays", LIST({ AT(0), PAGES(WINDOW_PAGES) }),
	  LIST({ AT(0), PAGES(WINDOW_PAGES) }), 0, "" },
	{ "adjacent banks become one", LIST({ AT(4), PAGES(4) }, { AT(0), PAGES(4) }),
	  LIST({ AT(0), PAGES(8) }), 0, "" },
	{ "a hole stays a hole", LIST({ AT(0), PAGES(4) }, { AT(8), PAGES(4) }),
	  LIST({ AT(0), PAGES(4) }, { AT(8), PAGES(4) }), 0, "" },
	{ "sorted without a word",
	  LIST({ AT(8), PAGES(4) }, { AT(16), PAGES(1) }, { AT(0), PAGES(4) }),
	  LIST({ AT(0), PAGES(4) }, { AT(8), PAGES(4) }, { AT(16), PAGES(1) }), 0, "" },
	{ "empty", LIST({ AT(4), 0 }, { AT(0), PAGES(1) }), LIST({ AT(0), PAGES(1) }), 1, "empty" },
	{ "aligned inwards at both ends", LIST({ AT(0) + 1, PAGES(3) }), LIST({ AT(1), PAGES(2) }),
	  1, "not whole pages; trimmed" },
	{ "less than a page", LIST({ AT(1), PAGES(1) - 1 }), NONE, 1, "not whole pages; dropped" },
	{ "a page's worth that covers no page", LIST({ AT(1) + 1, PAGES(1) }), NONE, 1,
	  "not whole pages; dropped" },
	{ "below the window", LIST({ AT(-16), PAGES(1) }, { AT(0), PAGES(1) }),
	  LIST({ AT(0), PAGES(1) }), 1, "outside the RAM window; dropped" },
	{ "into the window from below", LIST({ AT(-2), PAGES(4) }), LIST({ AT(0), PAGES(2) }), 1,
	  "outside the RAM window; trimmed" },
	{ "above the window", LIST({ AT(WINDOW_PAGES), PAGES(1) }), NONE, 1,
	  "outside the RAM window; dropped" },
	{ "out of the window at the top", LIST({ AT(WINDOW_PAGES - 1), PAGES(5) }),
	  LIST({ AT(WINDOW_PAGES - 1), PAGES(1) }), 1, "outside the RAM window; trimmed" },
	{ "a size that would wrap round", LIST({ AT(4), UINT64_MAX }),
	  LIST({ AT(4), PAGES(WINDOW_PAGES - 4) }), 1, "outside the RAM window; trimmed" },
	{ "all addresses there are", LIST({ AT(-8) + 1, UINT64_MAX }),
	  LIST({ AT(0), PAGES(WINDOW_PAGES) }), 1, "outside the RAM window; trimmed" },
	{ "told twice", LIST({ AT(0), PAGES(4) }, { AT(0), PAGES(4) }), LIST({ AT(0), PAGES(4) }),
	  1, "bank 1: " },
	{ "overlapping at an end", LIST({ AT(0), PAGES(4) }, { AT(2), PAGES(4) }),
	  LIST({ AT(0), PAGES(6) }), 1,
	  "bank 1: overlaps another bank; what they share counts once" },
	{ "one inside another, told first", LIST({ AT(2), PAGES(2) }, { AT(0), PAGES(8) }),
	  LIST({ AT(0), PAGES(8) }), 1, "bank 1: overlaps another bank" },
	{ "three in a heap", LIST({ AT(0), PAGES(8) }, { AT(1), PAGES(2) }, { AT(7), PAGES(3) }),
	  LIST({ AT(0), PAGES(10) }), 2, "bank 2: " },
	{ "a page of two halves", LIST({ AT(1) + 100, PAGES(2) - 100 }, { AT(0), PAGES(1) + 100 }),
	  LIST({ AT(0), PAGES(3) }), 0, "" },
	{ "a bridge over all of them",
	  LIST({ AT(0), PAGES(1) }, { AT(2), PAGES(1) }, { AT(4), PAGES(1) }, { AT(1), PAGES(3) }),
	  LIST({ AT(0), PAGES(5) }), 1, "bank 3: overlaps" },
	{ "empty ones do not count",
	  LIST({ AT(4), 0 }, { AT(4), 0 }, { AT(4), 0 }, { AT(4), 0 }, { AT(4), 0 }, { AT(4), 0 },
	       { AT(4), 0 }, { AT(4), 0 }, { AT(0), PAGES(1) }),
	  LIST({ AT(0), PAGES(1) }), 8, "bank 7 [" },
	{ "nor do adjacent ones",
	  LIST({ AT(0), PAGES(4) }, { AT(4), PAGES(4) }, { AT(8), PAGES(4) }, { AT(12), PAGES(4) },
	       { AT(16), PAGES(4) }, { AT(20), PAGES(4) }, { AT(24), PAGES(4) },
	       { AT(28), PAGES(4) }, { AT(32), PAGES(4) }, { AT(36), PAGES(4) },
	       { AT(40), PAGES(4) }, { AT(44), PAGES(4) }, { AT(48), PAGES(4) },
	       { AT(52), PAGES(4) }, { AT(56), PAGES(4) }, { AT(60), PAGES(4) }),
	  LIST({ AT(0), PAGES(64) }), 0, "" },
	{ "of too many, the smallest goes",
	  LIST({ AT(0), PAGES(2) }, { AT(4), PAGES(2) }, { AT(8), PAGES(2) }, { AT(12), PAGES(1) },
	       { AT(16), PAGES(2) }, { AT(20), PAGES(2) }, { AT(24), PAGES(2) },
	       { AT(28), PAGES(2) }, { AT(32), PAGES(3) }),
	  LIST({ AT(0), PAGES(2) }, { AT(4), PAGES(2) }, { AT(8), PAGES(2) }, { AT(16), PAGES(2) },
	       { AT(20), PAGES(2) }, { AT(24), PAGES(2) }, { AT(28), PAGES(2) },
	       { AT(32), PAGES(3) }),
	  1, "bank 3 [" },
	{ "more than there is room for",
	  LIST({ AT(0), PAGES(1) }, { AT(2), PAGES(1) }, { AT(4), PAGES(1) }, { AT(6), PAGES(1) },
	       { AT(8), PAGES(1) }, { AT(10), PAGES(1) }, { AT(12), PAGES(1) },
	       { AT(14), PAGES(1) }, { AT(16), PAGES(1) }),
	  LIST({ AT(0), PAGES(1) }, { AT(2), PAGES(1) }, { AT(4), PAGES(1) }, { AT(6), PAGES(1) },
	       { AT(8), PAGES(1) }, { AT(10), PAGES(1) }, { AT(12), PAGES(1) },
	       { AT(14), PAGES(1) }),
	  1, "10fff]: the smallest of more than 8 that lie apart; dropped" },
};

static bool is_last(const struct range64 *range)
{
	return !range->base && !range->size;
}

static bool banks_are(const struct range64 *want, const char *what)
{
	unsigned int i;

	for (i = 0; !is_last(&want[i]); i++) {
		if (i < bi.nr_banks && bi.bank[i].base == PHYS_OFFSET + want[i].base &&
		    bi.bank[i].size == want[i].size)
			continue;
		selftest_fail(__FILE__, __LINE__, "%s: bank %u is [0x%lx, 0x%lx bytes]", what, i,
			      bi.bank[i].base, bi.bank[i].size);
		return false;
	}
	if (i != bi.nr_banks)
		selftest_fail(__FILE__, __LINE__, "%s: %u banks are left", what, bi.nr_banks);
	return i == bi.nr_banks;
}

static bool case_holds(const struct banks_case *c)
{
	unsigned int i, left, lines;

	scratch_clear(&bi);
	warnings_catch();
	for (i = 0; !is_last(&c->told[i]); i++)
		banks_add(&bi, PHYS_OFFSET + c->told[i].base, c->told[i].size);
	left = banks_sanitise(&bi);
	lines = warnings_release();
	if (lines != c->lines || !warnings_last_has(c->says)) {
		selftest_fail(__FILE__, __LINE__, "%s: %u warnings, or the last without \"%s\"",
			      c->what, lines, c->says);
		return false;
	}
	CHECK(left == bi.nr_banks && bi.nr_told == i && scratch_sound());
	return banks_are(c->want, c->what);
}

SELFTEST(boot, banks_trimmed,
	 "banks end up aligned, sorted, apart and inside the window, and each change is told")
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		EXPECT(case_holds(&cases[i]));
}

SELFTEST(boot, banks_beyond_addresses, "a bank beyond 4 GiB is dropped and told")
{
	unsigned int lines;

	scratch_clear(&bi);
	warnings_catch();
	banks_add(&bi, 0x100000000ull, 0x10000000);
	lines = warnings_release();
	EXPECT_EQ(lines, 1);
	EXPECT(warnings_last_has(
		"bank 0 [0x100000000, 268435456 bytes]: outside the RAM window; dropped"));
	EXPECT_EQ(bi.nr_banks, 0);
}

/* --- mem= ------------------------------------------------------------------------------------- */

struct limit_case {
	unsigned long limit;
	struct range64 want[3];
	unsigned int lines;
};

/* Of two banks of 8 pages with a hole of 8 between them; the kernel needs the first 2. */
static const struct limit_case limits[] = {
	{ 17 * PAGE_SIZE, { { AT(0), PAGES(8) }, { AT(16), PAGES(8) } }, 1 },
	{ 17 * PAGE_SIZE - 1, { { AT(0), PAGES(8) }, { AT(16), PAGES(8) } }, 0 },
	{ 16 * PAGE_SIZE, { { AT(0), PAGES(8) }, { AT(16), PAGES(8) } }, 0 },
	{ 16 * PAGE_SIZE - 1, { { AT(0), PAGES(8) }, { AT(16), PAGES(7) } }, 1 },
	{ 8 * PAGE_SIZE, { { AT(0), PAGES(8) } }, 1 },
	{ 3 * PAGE_SIZE, { { AT(0), PAGES(3) } }, 2 },
	{ 2 * PAGE_SIZE, { { AT(0), PAGES(2) } }, 2 },
	{ 2 * PAGE_SIZE - 1, { { AT(0), PAGES(8) }, { AT(16), PAGES(8) } }, 1 }, /* ignored */
	{ 0, { { AT(0), PAGES(8) }, { AT(16), PAGES(8) } }, 1 },
};

SELFTEST(boot, banks_limit, "mem= keeps the lowest bytes, and never takes the kernel's own away")
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		unsigned int lines;

		scratch_clear(&bi);
		banks_add(&bi, RAM(0), PAGES(8));
		banks_add(&bi, RAM(16), PAGES(8));
		warnings_catch();
		banks_limit(&bi, limits[i].limit, RAM(2));
		lines = warnings_release();
		EXPECT_EQ(lines, limits[i].lines);
		EXPECT(banks_are(limits[i].want, "mem="));
	}
}

SELFTEST(boot, banks_hold,
	 "a range is held when every byte of it lies in a bank, across adjacent ones too")
{
	scratch_clear(&bi);
	banks_add(&bi, RAM(2), PAGES(2));
	banks_add(&bi, RAM(4), PAGES(2));
	banks_add(&bi, RAM(8), PAGES(2));
	EXPECT(banks_hold(&bi, RAM(2), PAGES(1)));
	EXPECT(banks_hold(&bi, RAM(2), PAGES(4)));
	EXPECT(banks_hold(&bi, RAM(5), 1));
	EXPECT(banks_hold(&bi, RAM(10) - 1, 1));
	EXPECT(!banks_hold(&bi, RAM(2), PAGES(4) + 1)); /* into the hole */
	EXPECT(!banks_hold(&bi, RAM(2) - 1, PAGES(1)));
	EXPECT(!banks_hold(&bi, RAM(7), PAGES(2)));
	EXPECT(!banks_hold(&bi, RAM(10), 1));
	EXPECT(!banks_hold(&bi, RAM(4), (paddr_t)-1));
	EXPECT(!banks_hold(&bi, RAM(2), 0));
	EXPECT_EQ(banks_total(&bi), PAGES(6));
}

SELFTEST(boot, banks_kernel_stays,
	 "of too many banks the one that the kernel lies in stays, however small it is")
{
	unsigned int i, lines;

	scratch_clear(&bi);
	boot_reserve_in(&bi, RAM(0), PAGES(1), "image", BOOT_KERNEL);
	warnings_catch();
	for (i = 0; i <= SCRATCH_BANKS; i++)
		banks_add(&bi, RAM(4 * i), PAGES(1 + (i > 0)));
	banks_sanitise(&bi);
	lines = warnings_release();
	EXPECT_EQ(lines, 1);
	EXPECT_EQ(bi.nr_banks, SCRATCH_BANKS);
	EXPECT(banks_hold(&bi, RAM(0), PAGES(1)));
}

struct nomap_case {
	struct range64 nomap, want[3];
};

static const struct nomap_case nomap_cases[] = {
	/* of 16 pages */
	{ { AT(4), PAGES(2) }, { { AT(0), PAGES(4) }, { AT(6), PAGES(10) } } },
	{ { AT(0), PAGES(1) }, { { AT(1), PAGES(15) } } },
	{ { AT(15), PAGES(9) }, { { AT(0), PAGES(15) } } },
	{ { AT(4) + 1, 1 }, { { AT(0), PAGES(4) }, { AT(5), PAGES(11) } } },
	{ { AT(16), PAGES(1) }, { { AT(0), PAGES(16) } } },
	{ { AT(0), PAGES(16) }, {} },
};

SELFTEST(boot, banks_nomap, "memory that must not be mapped is in no bank, page by page")
{
	for (size_t i = 0; i < ARRAY_SIZE(nomap_cases); i++) {
		const struct nomap_case *c = &nomap_cases[i];

		scratch_clear(&bi);
		banks_add(&bi, RAM(0), PAGES(16));
		boot_reserve_in(&bi, PHYS_OFFSET + c->nomap.base, c->nomap.size, "secret",
				BOOT_NOMAP);
		banks_sanitise(&bi);
		EXPECT(scratch_sound());
		EXPECT(banks_are(c->want, "no-map"));
	}
}

SELFTEST(boot, banks_nomap_many,
	 "when no-map memory makes too many pieces of a bank the smallest is left out and told")
{
	unsigned int lines;

	scratch_clear(&bi);
	banks_add(&bi, RAM(0), PAGES(100));
	for (unsigned int i = 0; i < SCRATCH_BANKS; i++)
		boot_reserve_in(&bi, RAM(2 + 3 * i), PAGES(1), "secret", BOOT_NOMAP);
	warnings_catch();
	banks_sanitise(&bi);
	lines = warnings_release();
	EXPECT_EQ(lines, 1);
	EXPECT_EQ(bi.nr_banks, SCRATCH_BANKS);
	EXPECT(scratch_sound());
	EXPECT(banks_hold(&bi, RAM(24), PAGES(76)));
}
