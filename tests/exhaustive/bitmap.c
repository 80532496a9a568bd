/*
 * bitmap.c - each function of lib/bitmap.h on every map of a few bits that lie across two words
 *
 *	bit     0 … 58  59 60 61 62 63 | 64 65 66 67 68  69 …
 *	map     0 0 0 0 [ x  x  x  x  x |  x  x  x  x  x ] 1 1 1     and with 0 and 1 the other way round
 *	                ^ FROM                          ^ TO
 *
 * The bits outside of the window are all 0 on one side and all 1 on the other, or the same on both: what
 * looks beyond a map's end, or before a start, finds something there that is wrong.
 *
 * Locking: none.
 * Read next: lib/bitmap.h.
 */
#include <errno.h>
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "lib/bitmap.h"
#include "range.h"

enum {
	WINDOW = 10, /* bits, around the border of the first two words */
	FROM = BITS_PER_LONG - WINDOW / 2,
	TO = FROM + WINDOW,
	BITS = 3 * BITS_PER_LONG,
	WORDS = BITS / BITS_PER_LONG,
	PATTERNS = 1 << WINDOW,
	OUTSIDES = 4, /* what lies below the window, and what above */
};

static bool bit_of(const unsigned long *map, unsigned long n)
{
	return map[n / BITS_PER_LONG] >> n % BITS_PER_LONG & 1;
}

static void make_map(unsigned long map[WORDS], unsigned int pattern, unsigned int outside)
{
	memset(map, 0, WORDS * sizeof(*map));
	for (unsigned long n = 0; n < BITS; n++) {
		bool bit = n < FROM  ? outside & 1
			   : n >= TO ? outside & 2
				     : pattern >> (n - FROM) & 1;

		map[n / BITS_PER_LONG] |= (unsigned long)bit << n % BITS_PER_LONG;
	}
}

/* --- searches --------------------------------------------------------------------------------- */

/* The first n from start on, below size, of which a and b have these bits; b may be NULL. */
static unsigned long first_with(const unsigned long *a, const unsigned long *b, bool in_a,
				bool in_b, unsigned long size, unsigned long start)
{
	while (start < size && (bit_of(a, start) != in_a || (b && bit_of(b, start) != in_b)))
		start++;
	return min(start, size);
}

static bool searches_hold(const unsigned long *map, unsigned long size)
{
	for (unsigned long start = FROM - 1; start <= TO + 1; start++) {
		CHECK(find_next_bit(map, size, start) ==
		      (start < size ? first_with(map, NULL, true, false, size, start) : size));
		CHECK(find_next_zero_bit(map, size, start) ==
		      (start < size ? first_with(map, NULL, false, false, size, start) : size));
	}
	CHECK(find_first_bit(map, size) == first_with(map, NULL, true, false, size, 0));
	CHECK(find_first_zero_bit(map, size) == first_with(map, NULL, false, false, size, 0));
	return true;
}

static bool counts_hold(const unsigned long *map, unsigned long size)
{
	unsigned long seen = 0, last = size;

	for (unsigned long n = 0; n < size; n++)
		if (bit_of(map, n)) {
			CHECK(n < FROM || find_nth_bit(map, size, seen) == n);
			last = n;
			seen++;
		}
	CHECK(find_nth_bit(map, size, seen) == size);
	CHECK(find_last_bit(map, size) == last);
	CHECK(bitmap_weight(map, (unsigned int)size) == seen);
	CHECK(bitmap_empty(map, (unsigned int)size) == (seen == 0));
	CHECK(bitmap_full(map, (unsigned int)size) == (seen == size));
	return true;
}

SELFTEST(exhaustive, bitmap_searches,
	 "searches and counts see each bit of a map, and none beyond its end")
{
	unsigned long map[WORDS];

	for (unsigned int outside = 0; outside < OUTSIDES; outside++)
		for (unsigned int pattern = 0; pattern < PATTERNS; pattern++) {
			make_map(map, pattern, outside);
			for (unsigned long size = FROM; size <= TO + 1; size++)
				EXPECT(searches_hold(map, size) && counts_hold(map, size));
		}
}

/* --- two maps --------------------------------------------------------------------------------- */

static bool pair_searches_hold(const unsigned long *a, const unsigned long *b, unsigned long size)
{
	unsigned long both = 0, first_only = 0, different = 0;

	for (unsigned long n = 0; n < size; n++) {
		both += bit_of(a, n) && bit_of(b, n);
		first_only += bit_of(a, n) && !bit_of(b, n);
		different += bit_of(a, n) != bit_of(b, n);
	}
	for (unsigned long start = FROM; start < size; start++) {
		CHECK(find_next_and_bit(a, b, size, start) ==
		      first_with(a, b, true, true, size, start));
		CHECK(find_next_andnot_bit(a, b, size, start) ==
		      first_with(a, b, true, false, size, start));
	}
	CHECK(bitmap_intersects(a, b, (unsigned int)size) == (both > 0));
	CHECK(bitmap_subset(a, b, (unsigned int)size) == (first_only == 0));
	CHECK(bitmap_equal(a, b, (unsigned int)size) == (different == 0));
	return true;
}

static bool combinations_hold(const unsigned long *a, const unsigned long *b, unsigned int size)
{
	unsigned long both[WORDS], first_only[WORDS], either[WORDS], one[WORDS], not_a[WORDS];
	bool any_both = bitmap_and(both, a, b, size),
	     any_first = bitmap_andnot(first_only, a, b, size);

	bitmap_or(either, a, b, size);
	bitmap_xor(one, a, b, size);
	bitmap_complement(not_a, a, size);
	for (unsigned int n = 0; n < size; n++) {
		const bool in_a = bit_of(a, n), in_b = bit_of(b, n);

		CHECK(bit_of(both, n) == (in_a && in_b) &&
		      bit_of(first_only, n) == (in_a && !in_b));
		CHECK(bit_of(either, n) == (in_a || in_b) && bit_of(one, n) == (in_a != in_b));
		CHECK(bit_of(not_a, n) == !in_a);
	}
	CHECK(any_both == (first_with(both, NULL, true, false, size, 0) < size));
	CHECK(any_first == (first_with(first_only, NULL, true, false, size, 0) < size));
	return true;
}

/* Five bits of each: 1024 pairs. */
SELFTEST(exhaustive, bitmap_pairs, "two maps are combined and compared bit by bit, up to their end")
{
	unsigned long a[WORDS], b[WORDS];

	for (unsigned int outside = 0; outside < OUTSIDES * OUTSIDES; outside++)
		for (unsigned int pair = 0; pair < PATTERNS; pair++) {
			make_map(a, pair % 32 << 3, outside % OUTSIDES);
			make_map(b, pair / 32 << 3, outside / OUTSIDES);
			for (unsigned int size = FROM + 3; size <= FROM + 9; size++) {
				EXPECT(pair_searches_hold(a, b, size));
				EXPECT(combinations_hold(a, b, size));
			}
		}
}

/* --- ranges ----------------------------------------------------------------------------------- */

/* In start … start + len - 1 all bits are `value`, and the others what they were. */
static bool range_is(const unsigned long *map, const unsigned long *before, unsigned int start,
		     unsigned int len, bool value)
{
	for (unsigned int n = 0; n < BITS; n++)
		CHECK(bit_of(map, n) ==
		      (n >= start && n - start < len ? value : bit_of(before, n)));
	return true;
}

static bool ranges_hold(const unsigned long *before)
{
	unsigned long map[WORDS];

	for (unsigned int start = 0; start < BITS; start++)
		for (unsigned int len = 0; len <= BITS - start; len++) {
			memcpy(map, before, sizeof(map));
			bitmap_set(map, start, len);
			CHECK(range_is(map, before, start, len, true));
			memcpy(map, before, sizeof(map));
			bitmap_clear(map, start, len);
			CHECK(range_is(map, before, start, len, false));
		}
	return true;
}

SELFTEST(exhaustive, bitmap_ranges,
	 "a range of bits is set or cleared, of any length, and no other bit")
{
	unsigned long map[WORDS];

	for (unsigned int outside = 0; outside < OUTSIDES; outside++) {
		make_map(map, 0x155, outside);
		EXPECT(ranges_hold(map));
	}
}

/* The first place from start on that is aligned, free, and ends in the map. */
static unsigned long first_room(const unsigned long *map, unsigned long size, unsigned long start,
				unsigned int len, unsigned long align, unsigned long offset)
{
	for (unsigned long at = start; at + len <= size; at++)
		if ((at + offset) % align == 0 &&
		    first_with(map, NULL, true, false, at + len, at) == at + len)
			return at;
	return size + 1;
}

static bool rooms_hold(const unsigned long *map, unsigned long size)
{
	for (unsigned long start = FROM; start < size; start++)
		for (unsigned int len = 1; len <= 5; len++)
			for (unsigned long align = 1; align <= 8; align *= 2)
				for (unsigned long offset = 0; offset < align; offset++) {
					unsigned long at = bitmap_find_next_zero_area_off(
						map, size, start, len, align - 1, offset);
					unsigned long wanted =
						first_room(map, size, start, len, align, offset);

					CHECK(wanted > size ? at > size : at == wanted);
				}
	return true;
}

SELFTEST(exhaustive, bitmap_rooms,
	 "the first run of clear bits that is long enough, and aligned, is found")
{
	unsigned long map[WORDS];

	for (unsigned int above = 0; above < 2; above++)
		for (unsigned int pattern = 0; pattern < PATTERNS; pattern += ON_HOST ? 1 : 5) {
			make_map(map, pattern, 1 + 2 * above);
			for (unsigned long size = TO - 3; size <= TO + 1; size++)
				EXPECT(rooms_hold(map, size));
		}
}

/* As an allocator of blocks: the first free one is taken; one that is taken is refused. */
static bool regions_hold(const unsigned long *before, unsigned int size, unsigned int order)
{
	const unsigned int len = 1u << order;
	unsigned long map[WORDS], wanted = first_room(before, size, 0, len, len, 0);
	int at;

	memcpy(map, before, sizeof(map));
	at = bitmap_find_free_region(map, size, order);
	CHECK(at == (wanted > size ? -ENOMEM : (int)wanted));
	CHECK(range_is(map, before, at < 0 ? 0 : (unsigned int)at, at < 0 ? 0 : len, true));
	for (unsigned int pos = FROM / len * len; pos + len <= BITS && pos < TO; pos += len) {
		bool taken = first_with(before, NULL, true, false, pos + len, pos) < pos + len;

		memcpy(map, before, sizeof(map));
		CHECK(bitmap_allocate_region(map, pos, order) == (taken ? -EBUSY : 0));
		CHECK(range_is(map, before, pos, taken ? 0 : len, true));
		memcpy(map, before, sizeof(map));
		bitmap_release_region(map, pos, order);
		CHECK(range_is(map, before, pos, len, false));
	}
	return true;
}

SELFTEST(exhaustive, bitmap_regions, "a map hands out blocks of each order, and takes them back")
{
	unsigned long map[WORDS];

	for (unsigned int outside = 0; outside < OUTSIDES; outside++)
		for (unsigned int pattern = 0; pattern < PATTERNS; pattern++) {
			make_map(map, pattern, outside);
			for (unsigned int order = 0; order <= 3; order++)
				EXPECT(regions_hold(map, TO - pattern % 3, order));
		}
}
