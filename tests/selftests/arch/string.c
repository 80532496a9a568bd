/*
 * string.c - claims about the port's memcpy, memmove, memset and memcmp: every alignment and length class
 *
 * Each call works in the middle of a buffer whose other bytes must stay as they were; a byte loop
 * beside it says what must come out.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "mm/slab/slab.h"

enum { AREA = 1024, MARGIN = 64, ALIGNMENTS = 8 };

/* Every length up to two blocks and a bit, and some around larger powers of two. */
static const unsigned short long_lengths[] = { 191, 192, 193, 255, 256, 257, 300, 319, 320,
					       321, 447, 511, 512, 575, 576, 577, 600, 700 };
enum { SHORT_LENGTHS = 160, LENGTHS = SHORT_LENGTHS + ARRAY_SIZE(long_lengths) };

static unsigned int length_of(unsigned int i)
{
	return i < SHORT_LENGTHS ? i : long_lengths[i - SHORT_LENGTHS];
}

struct areas {
	u8 got[AREA], want[AREA], source[AREA];
};

static void fill(struct areas *a)
{
	for (unsigned int i = 0; i < AREA; i++) {
		a->got[i] = a->want[i] = (u8)(i * 7 + 1);
		a->source[i] = (u8)(i * 13 + 5);
	}
}

static bool same(const struct areas *a)
{
	for (unsigned int i = 0; i < AREA; i++)
		if (a->got[i] != a->want[i])
			return false;
	return true;
}

/* Out of the compiler's sight, so that it neither inlines the call nor knows the length. */
static void *(*volatile copy)(void *, const void *, size_t) = memcpy;
static void *(*volatile move)(void *, const void *, size_t) = memmove;
static void *(*volatile set)(void *, int, size_t) = memset;
static int (*volatile compare)(const void *, const void *, size_t) = memcmp;

static bool copies(struct areas *a, unsigned int to, unsigned int from, unsigned int n)
{
	fill(a);
	for (unsigned int i = 0; i < n; i++)
		a->want[MARGIN + to + i] = a->source[MARGIN + from + i];
	return copy(a->got + MARGIN + to, a->source + MARGIN + from, n) == a->got + MARGIN + to &&
	       same(a);
}

static bool sets(struct areas *a, unsigned int to, unsigned int n)
{
	fill(a);
	for (unsigned int i = 0; i < n; i++)
		a->want[MARGIN + to + i] = 0xc3;
	return set(a->got + MARGIN + to, 0x5c3, n) == a->got + MARGIN + to && same(a);
}

static bool moves(struct areas *a, unsigned int to, unsigned int from, unsigned int n)
{
	fill(a);
	for (unsigned int i = 0; i < n; i++)
		a->want[MARGIN + to + i] = (u8)((MARGIN + from + i) * 7 + 1);
	return move(a->got + MARGIN + to, a->got + MARGIN + from, n) == a->got + MARGIN + to &&
	       same(a);
}

static bool all_copies(struct areas *a)
{
	for (unsigned int i = 0; i < LENGTHS; i++)
		for (unsigned int to = 0; to < ALIGNMENTS; to++)
			for (unsigned int from = 0; from < 4; from++)
				CHECK(copies(a, to, from, length_of(i)));
	return true;
}

static bool all_sets(struct areas *a)
{
	for (unsigned int i = 0; i < LENGTHS; i++)
		for (unsigned int to = 0; to < ALIGNMENTS; to++)
			CHECK(sets(a, to, length_of(i)));
	return true;
}

/* Overlapping by every small distance, upwards and downwards, and by large ones. */
static bool all_moves(struct areas *a)
{
	for (unsigned int i = 0; i < LENGTHS; i++) {
		for (unsigned int at = 0; at < 40; at += 1 + at / 8) {
			CHECK(moves(a, at, 3, length_of(i)));
			CHECK(moves(a, 3, at, length_of(i)));
			CHECK(moves(a, at, 8, length_of(i)));
		}
	}
	return true;
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

/* Equal, and with one byte different at each end and in the middle, either way. */
static bool compares(struct areas *a, unsigned int left, unsigned int right, unsigned int n)
{
	u8 *x = a->got + MARGIN + left, *y = a->want + MARGIN + right;
	const unsigned int places[] = { 0, n / 2, n - 1 };

	for (unsigned int i = 0; i < n; i++)
		x[i] = y[i] = (u8)(i * 31);
	CHECK(compare(x, y, n) == 0);
	for (unsigned int p = 0; n && p < ARRAY_SIZE(places); p++) {
		u8 *byte = &x[places[p]], was = *byte;

		*byte = (u8)(was ^ 0x80);
		CHECK(sign(compare(x, y, n)) == (*byte > was ? 1 : -1));
		CHECK(sign(compare(y, x, n)) == (*byte > was ? -1 : 1));
		*byte = was;
	}
	return true;
}

static bool all_compares(struct areas *a)
{
	for (unsigned int i = 0; i < LENGTHS; i += 1 + i / 16)
		for (unsigned int left = 0; left < 4; left++)
			for (unsigned int right = 0; right < 4; right++)
				CHECK(compares(a, left, right, length_of(i)));
	return true;
}

static void with_areas(bool (*claims)(struct areas *))
{
	struct areas *a = kmalloc(sizeof(*a), GFP_KERNEL);

	if (!a)
		selftest_fail(__FILE__, __LINE__, "no memory for the buffers");
	else
		claims(a);
	kfree(a);
}

SELFTEST(arch, string_memcpy, "memcpy copies just its bytes, at every alignment and length")
{
	with_areas(all_copies);
}

SELFTEST(arch, string_memset, "memset fills just its bytes, at every alignment and length")
{
	with_areas(all_sets);
}

SELFTEST(arch, string_memmove, "memmove copies what overlaps as if through a buffer")
{
	with_areas(all_moves);
}

SELFTEST(arch, string_memcmp, "memcmp finds the first difference and its sign, wherever it is")
{
	with_areas(all_compares);
}

SELFTEST(arch, clear_lines,
	 "arch_clear_lines() clears as many cache lines as it is told, and no more")
{
	static u8 lines[9 * L1_CACHE_BYTES] __aligned(L1_CACHE_BYTES);

	for (size_t n = 1; n <= 7; n++) {
		const size_t end = (n + 1) * L1_CACHE_BYTES;
		size_t wrong = 0;

		memset(lines, 0xa5, sizeof(lines));
		arch_clear_lines(lines + L1_CACHE_BYTES, n * L1_CACHE_BYTES);
		for (size_t i = 0; i < sizeof(lines); i++)
			wrong += lines[i] != (i < L1_CACHE_BYTES || i >= end ? 0xa5 : 0);
		EXPECT_EQ(wrong, 0);
	}
}

SELFTEST(arch, move_four,
	 "arch_move_four() moves four words to a lower address, also onto each other")
{
	for (unsigned int distance = 0; distance <= 5; distance++) {
		unsigned long words[12];

		for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
			words[i] = i;
		arch_move_four(words + 1, words + 1 + distance);
		EXPECT_EQ(words[0], 0);
		for (unsigned int i = 1; i < ARRAY_SIZE(words); i++)
			EXPECT_EQ(words[i], i < 5 ? i + distance : i);
	}
}
