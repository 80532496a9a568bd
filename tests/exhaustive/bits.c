/*
 * bits.c - single bits, powers of two, masks and rounding, against what they mean
 *
 * What a processor's instruction does is tried with each pattern of sixteen bits in each place of a word;
 * what is made of several steps, with all numbers of 32 bits.
 *
 * Locking: none.
 * Read next: lib/bits.h; bitmap.c.
 */
#include "kernel/selftest/selftest.h"
#include "lib/bitmap.h"
#include "mm/page/alloc_impl.h"
#include "range.h"

/* --- counting --------------------------------------------------------------------------------- */

/* Of sixteen bits, by looking at each. */
static u8 ones[0x10000];

static void count_ones(void)
{
	for (u32 half = 0; half < ARRAY_SIZE(ones); half++) {
		ones[half] = 0;
		for (unsigned int bit = 0; bit < 16; bit++)
			ones[half] += half >> bit & 1;
	}
}

/* Of all numbers with this upper half.  Without a branch it takes half as long. */
static bool weights_hold(u32 upper)
{
	u32 wrong = 0;

	for (u32 low = 0; low < 0x10000; low++)
		wrong |= hweight32(upper << 16 | low) ^ (u32)(ones[upper] + ones[low]);
	return !wrong;
}

SELFTEST(exhaustive, hweight, "a number has as many bits as its halves have together")
{
	count_ones();
	for (u32 upper = 0; upper < 0x10000; upper += ON_HOST ? 1 : SPARSE / 2)
		EXPECT(weights_hold(upper));
	for (u32 x = 0; x < 0x10000; x++) {
		EXPECT(hweight16(x | ~0xffffu) == ones[x] && hweight8(x) == ones[x & 0xff]);
		EXPECT(hweight64((u64)x << 32 | x << 16) == 2ul * ones[x]);
		EXPECT(hweight_long((unsigned long)x << 16) == ones[x]);
	}
}

/* --- positions -------------------------------------------------------------------------------- */

/* The place of the lowest bit, the highest, and the lowest that is clear; by looking at each. */
static unsigned int lowest_of(u64 x)
{
	unsigned int bit = 0;

	while (!(x >> bit & 1))
		bit++;
	return bit;
}

static unsigned int highest_of(u64 x)
{
	unsigned int bit = 63;

	while (!(x >> bit & 1))
		bit--;
	return bit;
}

static bool positions_hold(unsigned long word)
{
	const unsigned int low = lowest_of(word), high = highest_of(word);

	CHECK(__ffs(word) == low && __fls(word) == high && ilog2(word) == (int)high);
	CHECK(fls_long(word) == (int)high + 1);
	CHECK(word == ~0ul || ffz(word) == lowest_of(~word));
	CHECK(ffz(~word) == low);
	CHECK(is_power_of_2(word) == (low == high));
	CHECK(rounddown_pow_of_two(word) == 1ul << high);
	CHECK(order_base_2(word) == (int)(high + (low != high)));
	CHECK(word > 1ul << (BITS_PER_LONG - 1) ||
	      roundup_pow_of_two(word) == 1ul << order_base_2(word));
	return true;
}

static bool positions_of_32_hold(u32 word)
{
	return ffs(word) == (int)lowest_of(word) + 1 && fls(word) == (int)highest_of(word) + 1;
}

static bool positions_of_64_hold(u64 word)
{
	return fls64(word) == (int)highest_of(word) + 1 && __ffs64(word) == lowest_of(word) &&
	       ilog2(word) == (int)highest_of(word);
}

SELFTEST(exhaustive, positions, "the first and the last bit of each pattern, wherever it stands")
{
	EXPECT(ffs(0) == 0 && fls(0) == 0 && fls64(0) == 0 && fls_long(0) == 0);
	EXPECT(!is_power_of_2(0) && order_base_2(0) == 0);
	for (u64 pattern = 1; pattern < 0x10000; pattern += ON_HOST ? 1 : 17) {
		for (unsigned int at = 0; at <= BITS_PER_LONG - 16; at++)
			EXPECT(positions_hold((unsigned long)pattern << at));
		for (unsigned int at = 0; at <= 32 - 16; at++)
			EXPECT(positions_of_32_hold((u32)pattern << at));
		for (unsigned int at = 0; at <= 64 - 16; at++)
			EXPECT(positions_of_64_hold(pattern << at));
	}
}

/* --- masks ------------------------------------------------------------------------------------ */

static bool mask_is(u64 mask, unsigned int low, unsigned int high)
{
	for (unsigned int bit = 0; bit < 64; bit++)
		CHECK((mask >> bit & 1) == (bit >= low && bit <= high));
	return true;
}

SELFTEST(exhaustive, masks,
	 "a mask has the bits between its two, and both; a map's, those of its word")
{
	const unsigned int bits = BITS_PER_LONG;

	for (unsigned int high = 0; high < 64; high++)
		for (unsigned int low = 0; low <= high; low++) {
			EXPECT(mask_is(GENMASK_ULL(high, low), low, high));
			EXPECT(high >= bits || mask_is(GENMASK(high, low), low, high));
		}
	for (unsigned int n = 1; n < 4 * bits; n++) {
		EXPECT(mask_is(BITMAP_FIRST_WORD_MASK(n), n % bits, bits - 1));
		EXPECT(mask_is(BITMAP_LAST_WORD_MASK(n), 0, (n - 1) % bits));
		EXPECT(mask_is(BIT_MASK(n), n % bits, n % bits) && BIT_WORD(n) == n / bits);
		EXPECT(BITS_TO_LONGS(n) * bits >= n && (BITS_TO_LONGS(n) - 1) * bits < n);
	}
}

/* --- rounding --------------------------------------------------------------------------------- */

SELFTEST(exhaustive, rounding, "a number is rounded to the next multiple, up or down, or is one")
{
	for (unsigned int to = 1; to <= 0x10000; to *= 2)
		for (unsigned int x = 0; x < 0x10000; x++) {
			const unsigned int down = x / to * to, up = down == x ? x : down + to;

			EXPECT(ALIGN(x, to) == up && ALIGN_DOWN(x, to) == down);
			EXPECT(IS_ALIGNED(x, to) == (x == down));
			EXPECT(ALIGN((u64)x << 20, (u64)to << 20) == (u64)up << 20);
			EXPECT(ALIGN_DOWN((u64)x << 20, (u64)to << 20) == (u64)down << 20);
		}
	for (unsigned int n = 0; n < 2048; n++)
		for (unsigned int d = 1; d < 2048; d++)
			EXPECT(DIV_ROUND_UP(n, d) == n / d + (n % d != 0));
}

/* What index_of() says of an offset: its multiple, or more than any. */
static inline bool index_holds(unsigned long offset, unsigned int shift)
{
	const unsigned long index = index_of(offset, shift), most = ~0ul >> shift;

	return offset % (1ul << shift) ? index > most : index == offset >> shift;
}

SELFTEST(exhaustive, index_of,
	 "which multiple of a power of two an offset is; else more than any is")
{
	u64 x;

	for_each_u32(x)
		EXPECT(index_holds((unsigned long)x, PAGE_SHIFT));
	for (unsigned int shift = 1; shift < BITS_PER_LONG - 1; shift++)
		for (unsigned long n = 0; n < 0x10000; n++) {
			EXPECT(index_holds(n, shift) && index_holds(0 - n, shift));
			EXPECT(index_holds(n << (BITS_PER_LONG - 16), shift));
			EXPECT(index_holds((n << shift) + 1, shift));
		}
}
