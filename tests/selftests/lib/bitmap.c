/*
 * bitmap.c - claims about lib/bits.h and lib/bitmap.h
 *
 * The model of a map is an array of bool, one a bit, and every function has a model that looks at
 * one bit after the other.  Each round draws a size, two random maps of it, and garbage behind
 * their ends, which must not matter (M1) and, behind the last word, must not change (M3).
 */
#include <errno.h>
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "lib/bitmap.h"
#include "lib/random.h"

enum {
	MOST = 4 * BITS_PER_LONG,	  /* the largest size drawn */
	WORDS = MOST / BITS_PER_LONG + 1, /* one more, to see who writes behind the end */
	ROUNDS = 300,
};

struct map {
	unsigned long words[WORDS];
	bool bits[MOST]; /* the model */
};

static struct map a, b, result;
static unsigned int size; /* of the maps, in this round */

static unsigned long random_word(struct rng *rng)
{
	u64 word = ((u64)rng_next(rng) << 32) | rng_next(rng);

	/* Now and then sparse, full of ones, or empty. */
	switch (rng_below(rng, 4)) {
	case 0:
		return (unsigned long)word & (unsigned long)rng_next(rng) & rng_next(rng);
	case 1:
		return ~0ul;
	case 2:
		return 0;
	default:
		return (unsigned long)word;
	}
}

static void randomise(struct map *map, struct rng *rng)
{
	for (unsigned int i = 0; i < WORDS; i++)
		map->words[i] = random_word(rng);
	for (unsigned int bit = 0; bit < size; bit++)
		map->bits[bit] = (map->words[bit / BITS_PER_LONG] >> (bit % BITS_PER_LONG)) & 1;
}

/* A new size, from 1 on, and new maps of it. */
static void draw(struct rng *rng)
{
	size = 1 + rng_below(rng, MOST);
	randomise(&a, rng);
	randomise(&b, rng);
	randomise(&result, rng);
}

/* Has the map the bits of its model? */
static bool agrees(const struct map *map)
{
	for (unsigned int bit = 0; bit < size; bit++)
		CHECK(test_bit(bit, map->words) == map->bits[bit]);
	return true;
}

/* --- positions in a word ---------------------------------------------------------------------- */

static_assert(BIT(5) == 32 && BIT_ULL(40) == 1ull << 40, "single bits");
static_assert(BITS_TO_LONGS(0) == 0 && BITS_TO_LONGS(1) == 1, "words for few bits");
static_assert(BITS_TO_LONGS(BITS_PER_LONG) == 1 && BITS_TO_LONGS(BITS_PER_LONG + 1) == 2, "words");
static_assert(GENMASK(7, 4) == 0xf0 && GENMASK(BITS_PER_LONG - 1, 0) == ~0ul, "masks of a word");
static_assert(GENMASK_ULL(63, 0) == ~0ull && GENMASK_ULL(35, 32) == 0xfull << 32, "wide masks");
static_assert(ilog2(1u) == 0 && ilog2(4096u) == 12 && ilog2(8191u) == 12, "constant logarithm");
static_assert(ilog2(1ull << 45) == 45, "constant logarithm of a wide number");

SELFTEST(bitmap, positions, "each bit of a word is found from both ends, with bits around it")
{
	for (unsigned int bit = 0; bit < BITS_PER_LONG; bit++) {
		unsigned long word = BIT(bit), below = word - 1, above = ~(word | below);

		EXPECT_EQ(__ffs(word | above), bit);
		EXPECT_EQ(__fls(word | below), bit);
		EXPECT_EQ(ffz(~word & ~above), bit);
		EXPECT_EQ(fls_long(word | below), bit + 1);
		EXPECT_EQ(ilog2(word | below), bit);
		EXPECT_EQ(BIT_MASK(bit + BITS_PER_LONG), word);
		EXPECT_EQ(BIT_WORD(bit + BITS_PER_LONG), 1);
	}
	EXPECT_EQ(fls_long(0), 0);
}

SELFTEST(bitmap, positions_fixed_width,
	 "ffs, fls and their 64-bit forms count from one, 0 for none")
{
	for (int bit = 0; bit < 32; bit++) {
		u32 word = 1u << bit;

		EXPECT_EQ(fls(word | (word - 1)), bit + 1);
		EXPECT_EQ(ffs((int)(word | ~(word - 1))), bit + 1);
	}
	for (int bit = 0; bit < 64; bit++) {
		u64 word = 1ull << bit;

		EXPECT_EQ(fls64(word | (word - 1)), bit + 1);
		EXPECT_EQ(__ffs64(word | ~(word - 1)), bit);
		EXPECT_EQ(ilog2(word | (word - 1)), bit);
	}
	EXPECT(ffs(0) == 0 && fls(0) == 0 && fls64(0) == 0);
}

SELFTEST(bitmap, powers_of_two, "powers of two are known, and rounding goes to the nearest one")
{
	EXPECT(!is_power_of_2(0));
	EXPECT(order_base_2(0) == 0 && order_base_2(1) == 0 && order_base_2(3) == 2);
	EXPECT(roundup_pow_of_two(1) == 1 && rounddown_pow_of_two(1) == 1);
	for (int bit = 1; bit < BITS_PER_LONG - 1; bit++) {
		unsigned long power = BIT(bit);

		EXPECT(is_power_of_2(power) && !is_power_of_2(power + 1));
		EXPECT_EQ(roundup_pow_of_two(power), power);
		EXPECT_EQ(roundup_pow_of_two(power + 1), 2 * power);
		EXPECT_EQ(rounddown_pow_of_two(power + power - 1), power);
		EXPECT(order_base_2(power) == bit && order_base_2(power + 1) == bit + 1);
	}
}

SELFTEST(bitmap, hweight, "the weight of a word is the number of its set bits")
{
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < ROUNDS; round++) {
		u64 word = ((u64)rng_next(&rng) << 32) | rng_next(&rng);
		unsigned int weight[65] = { 0 };

		if (round == 0)
			word = ~0ull;
		for (unsigned int bit = 0; bit < 64; bit++)
			weight[bit + 1] = weight[bit] + ((word >> bit) & 1);
		EXPECT_EQ(hweight8((u32)word), weight[8]);
		EXPECT_EQ(hweight16((u32)word), weight[16]);
		EXPECT_EQ(hweight32((u32)word), weight[32]);
		EXPECT_EQ(hweight64(word), weight[64]);
		EXPECT_EQ(hweight_long((unsigned long)word), weight[BITS_PER_LONG]);
	}
}

/* --- one bit of a map ------------------------------------------------------------------------- */

enum change { TO_SET, TO_CLEAR, TO_CHANGED };

/* Changes one bit by the plain, or the atomic, function that returns nothing. */
static void change_by(enum change change, bool atomic, unsigned int bit, unsigned long *words)
{
	if (change == TO_SET && atomic)
		set_bit(bit, words);
	else if (change == TO_SET)
		__set_bit(bit, words);
	else if (change == TO_CLEAR && atomic)
		clear_bit(bit, words);
	else if (change == TO_CLEAR)
		__clear_bit(bit, words);
	else if (atomic)
		change_bit(bit, words);
	else
		__change_bit(bit, words);
}

/* The same by the function that returns what the bit was. */
static bool test_and_change_by(enum change change, bool atomic, unsigned int bit,
			       unsigned long *words)
{
	if (change == TO_SET)
		return atomic ? test_and_set_bit(bit, words) : __test_and_set_bit(bit, words);
	if (change == TO_CLEAR)
		return atomic ? test_and_clear_bit(bit, words) : __test_and_clear_bit(bit, words);
	return atomic ? test_and_change_bit(bit, words) : __test_and_change_bit(bit, words);
}

SELFTEST(bitmap, changes_one_bit,
	 "each single-bit function changes its bit, no other, and tells what it was")
{
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < 10 * ROUNDS; round++) {
		enum change change = round % 3;
		bool atomic = rng_below(&rng, 2);
		unsigned int bit;
		bool was;

		if (round % 10 == 0)
			draw(&rng);
		bit = rng_below(&rng, size);
		was = a.bits[bit];
		if (rng_below(&rng, 2))
			change_by(change, atomic, bit, a.words);
		else
			EXPECT(test_and_change_by(change, atomic, bit, a.words) == was);
		a.bits[bit] = change == TO_CHANGED ? !was : change == TO_SET;
		EXPECT(agrees(&a));
	}
}

SELFTEST(bitmap, assigns, "assign_bit makes the bit what it is told")
{
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < ROUNDS; round++) {
		unsigned int bit;

		draw(&rng);
		bit = rng_below(&rng, size);
		a.bits[bit] = rng_below(&rng, 2);
		if (rng_below(&rng, 2))
			assign_bit(bit, a.words, a.bits[bit]);
		else
			__assign_bit(bit, a.words, a.bits[bit]);
		EXPECT(agrees(&a));
	}
}

SELFTEST(bitmap, locks, "a bit used as a lock is taken once, and free after unlocking")
{
	DECLARE_BITMAP(locks, 2 * BITS_PER_LONG);
	unsigned long bit = BITS_PER_LONG + 3;

	bitmap_zero(locks, 2 * BITS_PER_LONG);
	EXPECT(!test_and_set_bit_lock(bit, locks) && test_bit_acquire(bit, locks));
	EXPECT(test_and_set_bit_lock(bit, locks));
	clear_bit_unlock(bit, locks);
	EXPECT(!test_bit_acquire(bit, locks));
	EXPECT(!test_and_set_bit_lock(bit, locks));
	EXPECT(!test_and_set_bit_lock(bit + 1, locks));
	__clear_bit_unlock(bit, locks);
	EXPECT(!test_bit(bit, locks) && test_bit(bit + 1, locks));
	EXPECT_EQ(bitmap_weight(locks, 2 * BITS_PER_LONG), 1);
}

/* --- finding ---------------------------------------------------------------------------------- */

enum want { WANT_SET, WANT_CLEAR, WANT_BOTH, WANT_FIRST_ONLY };

static bool wanted(unsigned int bit, enum want want)
{
	if (want == WANT_CLEAR)
		return !a.bits[bit];
	if (want == WANT_BOTH)
		return a.bits[bit] && b.bits[bit];
	if (want == WANT_FIRST_ONLY)
		return a.bits[bit] && !b.bits[bit];
	return a.bits[bit];
}

static unsigned long model_find(unsigned int start, enum want want)
{
	for (unsigned int bit = start; bit < size; bit++)
		if (wanted(bit, want))
			return bit;
	return size;
}

SELFTEST(bitmap, finds_next,
	 "each search finds the first such bit at or after its start, else size")
{
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < ROUNDS; round++) {
		draw(&rng);
		for (unsigned int at = 0; at < size + 2; at++) {
			EXPECT_EQ(find_next_bit(a.words, size, at), model_find(at, WANT_SET));
			EXPECT_EQ(find_next_zero_bit(a.words, size, at),
				  model_find(at, WANT_CLEAR));
			EXPECT_EQ(find_next_and_bit(a.words, b.words, size, at),
				  model_find(at, WANT_BOTH));
			EXPECT_EQ(find_next_andnot_bit(a.words, b.words, size, at),
				  model_find(at, WANT_FIRST_ONLY));
		}
	}
}

SELFTEST(bitmap, finds_first_and_last, "the first, the last and the n-th bit are found, else size")
{
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < ROUNDS; round++) {
		unsigned long last, n = 0;

		draw(&rng);
		last = size;
		for (unsigned int bit = 0; bit < size; bit++)
			if (a.bits[bit]) {
				EXPECT_EQ(find_nth_bit(a.words, size, n), bit);
				last = bit;
				n++;
			}
		EXPECT_EQ(find_nth_bit(a.words, size, n), size);
		EXPECT_EQ(find_last_bit(a.words, size), last);
		EXPECT_EQ(find_first_bit(a.words, size), model_find(0, WANT_SET));
		EXPECT_EQ(find_first_zero_bit(a.words, size), model_find(0, WANT_CLEAR));
		EXPECT_EQ(find_first_and_bit(a.words, b.words, size), model_find(0, WANT_BOTH));
	}
}

SELFTEST(bitmap, empty_map, "a map of no bits holds nothing, and no word of it is read or written")
{
	unsigned long word = ~0ul;

	EXPECT_EQ(find_first_bit(NULL, 0), 0);
	EXPECT_EQ(find_first_zero_bit(NULL, 0), 0);
	EXPECT_EQ(find_last_bit(NULL, 0), 0);
	EXPECT_EQ(find_nth_bit(NULL, 0, 0), 0);
	EXPECT_EQ(bitmap_weight(NULL, 0), 0);
	EXPECT(bitmap_empty(NULL, 0) && bitmap_full(NULL, 0) && bitmap_equal(NULL, NULL, 0));
	EXPECT(!bitmap_intersects(NULL, NULL, 0) && bitmap_subset(NULL, NULL, 0));
	bitmap_zero(&word, 0);
	bitmap_clear(&word, 0, 0);
	bitmap_clear(&word, 5, 0);
	EXPECT_EQ(word, ~0ul);
	bitmap_set(&word, 7, 0);
	EXPECT_EQ(word, ~0ul);
}

/* --- walks ------------------------------------------------------------------------------------ */

/* Marks a bit in result's model; false when it was marked already. */
static bool mark(unsigned long bit)
{
	CHECK(bit < size && !result.bits[bit]);
	result.bits[bit] = true;
	return true;
}

/* Was exactly every wanted bit from start on marked?  Removes the marks. */
static bool marked(unsigned int start, enum want want)
{
	for (unsigned int bit = 0; bit < size; bit++) {
		CHECK(result.bits[bit] == (bit >= start && wanted(bit, want)));
		result.bits[bit] = false;
	}
	return true;
}

static bool walks(unsigned int start)
{
	unsigned long bit;

	for_each_set_bit(bit, a.words, size)
		CHECK(mark(bit));
	CHECK(marked(0, WANT_SET) && bit >= size);
	for_each_clear_bit(bit, a.words, size)
		CHECK(mark(bit));
	CHECK(marked(0, WANT_CLEAR));
	bit = start;
	for_each_set_bit_from(bit, a.words, size)
		CHECK(mark(bit));
	CHECK(marked(start, WANT_SET));
	bit = start;
	for_each_clear_bit_from(bit, a.words, size)
		CHECK(mark(bit));
	CHECK(marked(start, WANT_CLEAR));
	for_each_and_bit(bit, a.words, b.words, size)
		CHECK(mark(bit));
	return marked(0, WANT_BOTH);
}

SELFTEST(bitmap, walks, "each walk meets every such bit once and no other")
{
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < ROUNDS; round++) {
		draw(&rng);
		memset(result.bits, 0, sizeof(result.bits));
		EXPECT(walks(rng_below(&rng, size)));
	}
}

/* Marks the run b … e - 1, and verifies that it could not be longer. */
static bool mark_run(unsigned long from, unsigned long to, enum want want)
{
	CHECK(from < to && to <= size);
	CHECK(from == 0 || !wanted(from - 1, want));
	CHECK(to == size || !wanted(to, want));
	for (unsigned long bit = from; bit < to; bit++)
		CHECK(mark(bit));
	return true;
}

SELFTEST(bitmap, walks_runs, "the walks over runs meet each longest run once")
{
	unsigned long from, to;
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < ROUNDS; round++) {
		draw(&rng);
		memset(result.bits, 0, sizeof(result.bits));
		for_each_set_bitrange(from, to, a.words, size)
			EXPECT(mark_run(from, to, WANT_SET));
		EXPECT(marked(0, WANT_SET));
		for_each_clear_bitrange(from, to, a.words, size)
			EXPECT(mark_run(from, to, WANT_CLEAR));
		EXPECT(marked(0, WANT_CLEAR));
		memset(result.bits, 0, sizeof(result.bits));
		from = size / 2;
		for_each_set_bitrange_from(from, to, a.words, size)
			for (; from < to; from++)
				EXPECT(mark(from));
		EXPECT(marked(size / 2, WANT_SET));
		from = size / 2;
		for_each_clear_bitrange_from(from, to, a.words, size)
			for (; from < to; from++)
				EXPECT(mark(from));
		EXPECT(marked(size / 2, WANT_CLEAR));
	}
}

/* --- whole maps ------------------------------------------------------------------------------- */

enum operation { ZERO, FILL, COPY, AND, ANDNOT, OR, XOR, COMPLEMENT, OPERATIONS };

static bool model_bit(enum operation operation, bool x, bool y)
{
	switch (operation) {
	case ZERO:
		return false;
	case FILL:
		return true;
	case COPY:
		return x;
	case AND:
		return x && y;
	case ANDNOT:
		return x && !y;
	case OR:
		return x || y;
	case XOR:
		return x != y;
	default:
		return !x;
	}
}

/* to = a operation b; returns what bitmap_and() and bitmap_andnot() do, false for all others. */
static bool operate(enum operation operation, unsigned long *to)
{
	if (operation == AND)
		return bitmap_and(to, a.words, b.words, size);
	if (operation == ANDNOT)
		return bitmap_andnot(to, a.words, b.words, size);
	if (operation == ZERO)
		bitmap_zero(to, size);
	else if (operation == FILL)
		bitmap_fill(to, size);
	else if (operation == COPY)
		bitmap_copy(to, a.words, size);
	else if (operation == OR)
		bitmap_or(to, a.words, b.words, size);
	else if (operation == XOR)
		bitmap_xor(to, a.words, b.words, size);
	else
		bitmap_complement(to, a.words, size);
	return false;
}

/* Computes into `to`, and compares with the model bit by bit, and with the words behind the end. */
static bool operates(enum operation operation, struct map *to)
{
	unsigned long behind = to->words[BITS_TO_LONGS(size)];
	bool any = false, returned;

	for (unsigned int bit = 0; bit < size; bit++) {
		to->bits[bit] = model_bit(operation, a.bits[bit], b.bits[bit]);
		any |= to->bits[bit];
	}
	returned = operate(operation, to->words);
	CHECK(agrees(to));
	CHECK(to->words[BITS_TO_LONGS(size)] == behind);
	CHECK(returned == (any && (operation == AND || operation == ANDNOT)));
	return true;
}

SELFTEST(bitmap, operations, "whole-map operations do to each bit what they say, in place too")
{
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < OPERATIONS * ROUNDS; round++) {
		struct map *const targets[] = { &result, &a, &b };

		draw(&rng);
		EXPECT(operates(round % OPERATIONS, targets[rng_below(&rng, 3)]));
	}
}

/* Compares every question about a and b with the answer of the models. */
static bool answers(void)
{
	bool equal = true, intersects = false, subset = true;
	unsigned int weight = 0;

	for (unsigned int bit = 0; bit < size; bit++) {
		equal &= a.bits[bit] == b.bits[bit];
		intersects |= a.bits[bit] && b.bits[bit];
		subset &= !a.bits[bit] || b.bits[bit];
		weight += a.bits[bit];
	}
	CHECK(bitmap_equal(a.words, b.words, size) == equal);
	CHECK(bitmap_intersects(a.words, b.words, size) == intersects);
	CHECK(bitmap_subset(a.words, b.words, size) == subset);
	CHECK(bitmap_weight(a.words, size) == weight);
	CHECK(bitmap_empty(a.words, size) == (weight == 0));
	CHECK(bitmap_full(a.words, size) == (weight == size));
	return true;
}

SELFTEST(bitmap, questions,
	 "equal, intersects, subset, weight, empty and full see the map's bits only")
{
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < ROUNDS; round++) {
		unsigned int bit;

		draw(&rng);
		EXPECT(answers());
		/* Equal but for the garbage behind the end, then but for one bit. */
		memcpy(b.bits, a.bits, sizeof(b.bits));
		for (bit = 0; bit < size; bit++)
			__assign_bit(bit, b.words, a.bits[bit]);
		EXPECT(answers());
		bit = rng_below(&rng, size);
		__change_bit(bit, b.words);
		b.bits[bit] = !b.bits[bit];
		EXPECT(answers());
	}
}

SELFTEST(bitmap, questions_at_extremes, "maps all set, all clear, and all but one are told apart")
{
	for (size = 1; size <= MOST; size++) {
		for (unsigned int odd_one = 0; odd_one <= size; odd_one += 7) {
			memset(a.bits, 1, sizeof(a.bits));
			memset(b.bits, 0, sizeof(b.bits));
			bitmap_fill(a.words, size);
			bitmap_zero(b.words, size);
			if (odd_one < size) {
				a.bits[odd_one] = !a.bits[odd_one];
				b.bits[odd_one] = !b.bits[odd_one];
				__change_bit(odd_one, a.words);
				__change_bit(odd_one, b.words);
			}
			EXPECT(agrees(&a) && agrees(&b) && answers());
			EXPECT_EQ(bitmap_weight(b.words, size), odd_one < size);
		}
	}
}

/* --- ranges ----------------------------------------------------------------------------------- */

SELFTEST(bitmap, sets_ranges,
	 "bitmap_set and bitmap_clear touch every bit of their range and no other")
{
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < 4 * ROUNDS; round++) {
		unsigned int start, len;
		bool set = rng_below(&rng, 2);

		draw(&rng);
		size = MOST; /* all bits are compared, not those of the range only */
		randomise(&a, &rng);
		start = rng_below(&rng, MOST);
		len = rng_below(&rng, MOST - start + 1);
		if (set)
			bitmap_set(a.words, start, len);
		else
			bitmap_clear(a.words, start, len);
		memset(a.bits + start, set, len);
		EXPECT(agrees(&a));
	}
}

/* Is the run of len bits at `at` inside the map and clear? */
static bool area_clear(unsigned long at, unsigned int len)
{
	if (at + len > size)
		return false;
	for (unsigned int i = 0; i < len; i++)
		if (a.bits[at + i])
			return false;
	return true;
}

/* The first aligned clear area by trying every place, or a number above size. */
static unsigned long model_area(unsigned long start, unsigned int len, unsigned long align_mask,
				unsigned long offset)
{
	for (unsigned long at = start; at < size; at++)
		if (((at + offset) & align_mask) == 0 && area_clear(at, len))
			return at;
	return size + 1;
}

SELFTEST(bitmap, finds_areas,
	 "the first clear area of a length and alignment is found, else above size")
{
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < 10 * ROUNDS; round++) {
		unsigned int len = 1 + rng_below(&rng, round % 2 ? 8 : 70);
		unsigned long align_mask = BIT(rng_below(&rng, 6)) - 1;
		unsigned long offset = rng_below(&rng, 64), start, found;

		draw(&rng);
		start = rng_below(&rng, size + 2);
		found = bitmap_find_next_zero_area_off(a.words, size, start, len, align_mask,
						       offset);
		EXPECT_EQ(min(found, size + 1ul), model_area(start, len, align_mask, offset));
		found = bitmap_find_next_zero_area(a.words, size, start, len, align_mask);
		EXPECT_EQ(min(found, size + 1ul), model_area(start, len, align_mask, 0));
	}
}

SELFTEST(bitmap, area_length_overflow,
	 "an area longer than any map is not found, and nothing wraps")
{
	DECLARE_BITMAP(map, 64);

	bitmap_zero(map, 64);
	EXPECT(bitmap_find_next_zero_area(map, 64, 0, ~0u, 0) > 64);
	EXPECT(bitmap_find_next_zero_area(map, 64, 10, ~0u, 7) > 64);
	EXPECT_EQ(bitmap_find_next_zero_area(map, 64, 0, 64, 0), 0);
	EXPECT(bitmap_find_next_zero_area(map, 64, 1, 64, 0) > 64);
	/* The alignment and the offset are added to positions, too. */
	EXPECT_EQ(bitmap_find_next_zero_area(map, 64, 0, 1, ~0ul), 0);
	EXPECT(bitmap_find_next_zero_area(map, 64, 1, 1, ~0ul) > 64);
	EXPECT(bitmap_find_next_zero_area(map, 64, 1, 1, ~0ul >> 1) > 64);
	EXPECT_EQ(bitmap_find_next_zero_area_off(map, 64, 3, 1, 7, ~0ul), 9);
	EXPECT_EQ(bitmap_find_next_zero_area_off(map, 64, 3, 1, ~0ul, -5ul), 5);
	EXPECT(bitmap_find_next_zero_area_off(map, 64, 6, 1, ~0ul, -5ul) > 64);
}

SELFTEST(bitmap, numbers_at_the_end,
	 "sizes, orders and ranges up to the largest number are counted or refused, never wrapped")
{
	DECLARE_BITMAP(map, 64);

	EXPECT_EQ(BITS_TO_LONGS(0u), 0);
	EXPECT_EQ(BITS_TO_LONGS(1u), 1);
	EXPECT_EQ(BITS_TO_LONGS(BITS_PER_LONG + 1u), 2);
	EXPECT_EQ(BITS_TO_LONGS(~0ul), ~0ul / BITS_PER_LONG + 1);
	EXPECT_EQ(BITS_TO_LONGS(~0ul - BITS_PER_LONG + 2), ~0ul / BITS_PER_LONG + 1);
	bitmap_zero(map, 64);
	/* Ranges that end at 0 and at 1 again. */
	bitmap_set(map, 1, ~0u);
	bitmap_set(map, 40, ~0u - 38);
	bitmap_set(map, 63, ~0u - 61);
	EXPECT(bitmap_empty(map, 64));
	bitmap_fill(map, 64);
	bitmap_clear(map, 1, ~0u);
	bitmap_clear(map, 63, ~0u - 61);
	bitmap_release_region(map, 0, 32);
	bitmap_release_region(map, 0, ~0u);
	EXPECT(bitmap_full(map, 64));
	bitmap_zero(map, 64);
	EXPECT(bitmap_find_free_region(map, 64, 7) == -ENOMEM);
	EXPECT(bitmap_find_free_region(map, 64, 31) == -ENOMEM);
	EXPECT(bitmap_find_free_region(map, 64, 32) == -ENOMEM);
	EXPECT(bitmap_find_free_region(map, 64, ~0u) == -ENOMEM);
	EXPECT(bitmap_allocate_region(map, 0, 32) == -EINVAL);
	EXPECT(bitmap_allocate_region(map, 0, ~0u) == -EINVAL);
	EXPECT(bitmap_allocate_region(map, ~0u, 0) == -EINVAL);
	EXPECT(bitmap_allocate_region(map, 1u << 31, 31) == -EINVAL);
	EXPECT(bitmap_empty(map, 64));
	EXPECT(bitmap_find_free_region(map, 64, 6) == 0);
	EXPECT(bitmap_find_free_region(map, 0, 0) == -ENOMEM);
}

/* Takes or gives back one block as the model says; updates the model. */
static bool region_step(struct rng *rng)
{
	unsigned int order = rng_below(rng, 5), len = 1u << order, pos;
	unsigned long expected = model_area(0, len, len - 1, 0);

	if (rng_below(rng, 2)) {
		int got = bitmap_find_free_region(a.words, size, order);

		CHECK(got == (expected > size ? -ENOMEM : (int)expected));
		if (got >= 0)
			memset(a.bits + got, true, len);
		return true;
	}
	pos = rng_below(rng, MOST / len) * len;
	if (pos + len > size)
		return true;
	if (area_clear(pos, len)) {
		CHECK(bitmap_allocate_region(a.words, pos, order) == 0);
		memset(a.bits + pos, true, len);
		return true;
	}
	CHECK(bitmap_allocate_region(a.words, pos, order) == -EBUSY);
	CHECK(agrees(&a));
	bitmap_release_region(a.words, pos, order);
	memset(a.bits + pos, false, len);
	return true;
}

SELFTEST(bitmap, regions,
	 "aligned blocks are handed out lowest first, refused when taken, and come back")
{
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < ROUNDS / 10; round++) {
		draw(&rng);
		for (unsigned int step = 0; step < 100; step++) {
			EXPECT(region_step(&rng));
			EXPECT(agrees(&a));
		}
	}
}

SELFTEST(bitmap, regions_fill_up,
	 "single bits are handed out until the map is full, and then refused")
{
	DECLARE_BITMAP(map, MOST);

	bitmap_zero(map, MOST);
	for (int bit = 0; bit < MOST - 3; bit++)
		EXPECT_EQ(bitmap_find_free_region(map, MOST - 3, 0), bit);
	EXPECT(bitmap_find_free_region(map, MOST - 3, 0) == -ENOMEM);
	EXPECT(bitmap_full(map, MOST - 3) && !test_bit(MOST - 3, map));
	bitmap_release_region(map, 8, 2);
	EXPECT_EQ(bitmap_find_free_region(map, MOST - 3, 2), 8);
}
