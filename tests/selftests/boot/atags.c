/*
 * atags.c - claims about reading ATAG lists, good and malformed, and about random damage
 *
 * A list is written as its 32-bit words.  It is laid at the end of a buffer, so that the bytes
 * behind it are ours: what is read there shows, since two different fillings must not matter.
 */
#include <string.h>

#include "arch/arch.h"
#include "boot/atags.h"
#include "boot/boot_impl.h"
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "tests/selftests/boot/warnings.h"
#include "mm/slab/slab.h"
#include "tests/selftests/boot/scratch.h"

enum { CORE = 0x54410001, MEM = 0x54410002, CMDLINE = 0x54410009, INITRD2 = 0x54420005 };
enum { WORDS_MAX = 40, BEHIND = 64 };

struct tags_case {
	const char *why; /* NULL: the list is good */
	unsigned int nr;
	u32 words[WORDS_MAX];
};

#define TAGS(why_, ...)                                   \
	{                                                 \
		why_, sizeof((u32[]){ __VA_ARGS__ }) / 4, \
		{                                         \
			__VA_ARGS__                       \
		}                                         \
	}

/* "abc" and "mem=64M", as little-endian words */
#define TEXT_ABC     0x00636261
#define TEXT_MEM_64M 0x3d6d656d, 0x004d3436

static const struct tags_case good =
	TAGS(NULL, 5, CORE, 1, 4096, 0, 4, MEM, 0x10000000, 0x60000000, 4, MEM, 0x8000000,
	     0x78000000, 3, 0x5441000f, 7, 4, INITRD2, 0x68000000, 0x1234, 4, CMDLINE, TEXT_MEM_64M,
	     0, 0);

static const struct tags_case bad[] = {
	TAGS("the first tag is not CORE", 4, MEM, 0x1000, 0x60000000, 0, 0),
	TAGS("the first tag is not CORE", 2),
	TAGS("the list does not end", 2, CORE),
	TAGS("the list does not end", 2, CORE, 4, MEM, 0x1000, 0x60000000, 0),
	TAGS("a tag smaller than its own header", 2, CORE, 0, MEM, 0x1000, 0x60000000, 0, 0),
	TAGS("a tag smaller than its own header", 2, CORE, 1, MEM, 0x1000, 0x60000000, 0, 0),
	TAGS("a tag smaller than its own header", 0, CORE, 0, 0),
	TAGS("a tag runs past the end of the list", 2, CORE, 5, MEM, 0x1000, 0x60000000),
	TAGS("a tag runs past the end of the list", 2, CORE, 0x40000001, MEM, 0, 0, 0, 0),
};

/* One tag of these is malformed, which is said; the bank of 64 MiB and all else stays. */
#define MEM_64M 4, MEM, 0x4000000, 0x60000000
static const struct tags_case mended[] = {
	TAGS("tag 1: MEM without size and start; skipped", 2, CORE, 3, MEM, 0x1000, MEM_64M, 0, 0),
	TAGS("tag 1: MEM without size and start; skipped", 2, CORE, 2, MEM, MEM_64M, 0, 0),
	TAGS("tag 2: INITRD2 without start and size; skipped", 2, CORE, MEM_64M, 3, INITRD2, 0x1000,
	     0, 0),
	TAGS("tag 1: the text of CMDLINE does not end in a NUL; taken as it is", 2, CORE, 2,
	     CMDLINE, MEM_64M, 0, 0),
	TAGS("tag 1: the text of CMDLINE does not end in a NUL; taken as it is", 2, CORE, 3,
	     CMDLINE, 0x61616161, MEM_64M, 0, 0),
	TAGS("bank 0 [0x60000000, 0 bytes]: empty; dropped", 2, CORE, 4, MEM, 0, 0x60000000,
	     MEM_64M, 0, 0),
	TAGS("bank 1 [0x48000000, 4096 bytes]: outside the RAM window; dropped", 2, CORE, MEM_64M,
	     4, MEM, 0x1000, 0x48000000, 0, 0),
};

static unsigned int lines; /* of warnings, when parsed last */
static u8 buffer[4 * WORDS_MAX + BEHIND];

/* Lays the list's bytes (little endian) so that they end BEHIND bytes before the buffer's end. */
static u8 *lay(const struct tags_case *c)
{
	u8 *list = buffer + sizeof(buffer) - BEHIND - 4 * c->nr;
	unsigned int i;

	for (i = 0; i < 4 * c->nr; i++)
		list[i] = c->words[i / 4] >> (8 * (i % 4));
	return list;
}

static bool parse(const u8 *list, size_t limit, int behind, struct boot_info *out, const char **why)
{
	bool ok;

	memset((u8 *)list + limit, behind, buffer + sizeof(buffer) - (list + limit));
	scratch_clear(out);
	*why = NULL;
	warnings_catch();
	ok = atags_parse(list, limit, out, why);
	lines = warnings_release();
	return ok;
}

SELFTEST(boot, atags_read,
	 "a good ATAG list gives its banks, initrd and command line; unknown tags are skipped")
{
	const char *why;
	const u8 *list = lay(&good);

	AT_60000000_OR_SKIP();
	EXPECT(atags_found(list));
	EXPECT(parse(list, 4 * good.nr, 0xff, &bi, &why));
	EXPECT_EQ(bi.nr_banks, 2);
	EXPECT_EQ(bi.bank[0].base, 0x60000000);
	EXPECT_EQ(bi.bank[0].size, 0x10000000);
	EXPECT_EQ(bi.bank[1].base, 0x78000000);
	EXPECT_EQ(bi.bank[1].size, 0x8000000);
	EXPECT_EQ(bi.initrd, 0x68000000);
	EXPECT_EQ(bi.initrd_size, 0x1234);
	EXPECT(strcmp(bi.cmdline, "mem=64M") == 0);
}

SELFTEST(boot, atags_last_wins,
	 "of two command lines the last counts, and a NONE tag of size 2 ends the list too")
{
	static const struct tags_case twice =
		TAGS(NULL, 2, CORE, 3, CMDLINE, 0, 3, CMDLINE, TEXT_ABC, 2, 0);
	const char *why;

	AT_60000000_OR_SKIP();
	EXPECT(parse(lay(&twice), 4 * twice.nr, 0xff, &bi, &why));
	EXPECT(strcmp(bi.cmdline, "abc") == 0);
}

SELFTEST(boot, atags_refused,
	 "each way in which an ATAG list can be malformed is refused with its reason")
{
	const char *why;
	size_t i;

	AT_60000000_OR_SKIP();
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (!parse(lay(&bad[i]), 4 * bad[i].nr, 0, &bi, &why) &&
		    strcmp(why, bad[i].why) == 0)
			continue;
		selftest_fail(__FILE__, __LINE__, "list %u: %s, expected: %s", (unsigned int)i,
			      why ? why : "taken", bad[i].why);
		return;
	}
}

SELFTEST(
	boot, atags_mended,
	"what is wrong with one tag is told and costs that tag only, and a bank's number counts it")
{
	const char *why;
	size_t i;

	AT_60000000_OR_SKIP();
	for (i = 0; i < ARRAY_SIZE(mended); i++) {
		const struct tags_case *c = &mended[i];

		EXPECT(parse(lay(c), 4 * c->nr, 0, &bi, &why));
		EXPECT_EQ(lines, 1);
		EXPECT(warnings_last_has(c->why));
		EXPECT_EQ(bi.nr_banks, 1);
		EXPECT_EQ(bi.bank[0].size, 0x4000000);
		EXPECT_EQ(bi.nr_told, 1 + (i < 2 || i > 4));
		EXPECT_EQ(bi.initrd_size, 0);
		EXPECT_EQ(strlen(bi.cmdline), i == 4 ? 4 : 0);
		EXPECT_EQ(bi.source_size, 4 * c->nr);
	}
}

/* Headers only, size 2, CORE, for as long as there is room. */
static void lay_endless(u8 *list, unsigned int size)
{
	memset(list, 0, size);
	for (unsigned int at = 0; at < size; at += 8) {
		list[at] = 2;
		list[at + 4] = 1;
		list[at + 6] = 0x41;
		list[at + 7] = 0x54;
	}
}

static bool endless_is_refused(u8 *list, unsigned int size)
{
	const char *why;

	scratch_clear(&bi);
	lay_endless(list, size);
	memset(list + ATAGS_MAX_BYTES, 0, 8); /* NONE, but behind the limit */
	CHECK(!atags_parse(list, size, &bi, &why));
	CHECK(strcmp(why, "the list does not end") == 0);
	memset(list + ATAGS_MAX_BYTES - 8, 0, 8); /* the last place for it */
	CHECK(atags_parse(list, size, &bi, &why));
	return true;
}

SELFTEST(boot, atags_endless,
	 "a list longer than 16 KiB is taken for endless, however much could be read")
{
	AT_60000000_OR_SKIP();
	enum { SIZE = ATAGS_MAX_BYTES + 64 };
	u8 *list = kmalloc(SIZE, GFP_KERNEL);
	bool refused;

	EXPECT(list);
	refused = endless_is_refused(list, SIZE);
	kfree(list);
	EXPECT(refused);
}

/* Parses twice with other bytes behind the list: the same must come out. */
static bool same_whatever_is_behind(const u8 *list, size_t limit)
{
	const char *why, *other_why;
	bool ok = parse(list, limit, 0x00, &bi, &why);

	CHECK(ok == parse(list, limit, 0xff, &other, &other_why));
	CHECK(ok || (why && why == other_why));
	CHECK(scratch_same());
	return true;
}

SELFTEST(boot, atags_damaged,
	 "a randomly damaged list is read or refused, and nothing behind it is looked at")
{
	struct rng rng;
	unsigned int round, damage;

	AT_60000000_OR_SKIP();
	rng_seed(&rng, selftest_seed());
	for (round = 0; round < 2000; round++) {
		u8 *list = lay(&good);
		size_t limit = round % 2 ? 4 * good.nr : rng_below(&rng, 4 * good.nr + 1);

		for (damage = rng_below(&rng, 6); damage > 0; damage--)
			list[rng_below(&rng, 4 * good.nr)] = rng_next(&rng) >> rng_below(&rng, 32);
		EXPECT(same_whatever_is_behind(list, limit));
	}
}
