/*
 * bitmap.c - works on maps of bits a word at a time
 *
 *	          start                                     size
 *	            v                                         v
 *	[ . . . . . # # # ] [ # # # # # # # # ] [ # # # # # # . . ]
 *	  FIRST_WORD_MASK      whole words         LAST_WORD_MASK
 *
 * Two shapes of loop do everything.  A search masks the first word, goes on by whole words, and
 * cuts its answer to `size`, which saves masking the last one.  A combination or comparison goes
 * over whole words and masks the last one where its bits matter.
 *
 * Invariants M1 to M3 are bitmap.h's.  Locking  The caller's.  Context  Any.
 * Linux: lib/find_bit.c, lib/bitmap.c
 */
#include <errno.h>
#include <string.h>

#include "lib/bitmap.h"

/* --- finding ---------------------------------------------------------------------------------- */

enum pick { SET, CLEAR, SET_IN_BOTH, SET_IN_FIRST_ONLY };

/* Word i, made so that the bits looked for are the ones that are set. */
static __always_inline unsigned long picked(const unsigned long *a, const unsigned long *b,
					    unsigned long i, enum pick pick)
{
	switch (pick) {
	case CLEAR:
		return ~a[i];
	case SET_IN_BOTH:
		return a[i] & b[i];
	case SET_IN_FIRST_ONLY:
		return a[i] & ~b[i];
	default:
		return a[i];
	}
}

static __always_inline unsigned long search(const unsigned long *a, const unsigned long *b,
					    unsigned long size, unsigned long start, enum pick pick)
{
	unsigned long i = BIT_WORD(start), word;

	if (start >= size)
		return size;
	word = picked(a, b, i, pick) & BITMAP_FIRST_WORD_MASK(start);
	while (!word) {
		i++;
		if (i * BITS_PER_LONG >= size)
			return size;
		word = picked(a, b, i, pick);
	}
	return min(i * BITS_PER_LONG + __ffs(word), size);
}

unsigned long find_next_bit(const unsigned long *map, unsigned long size, unsigned long start)
{
	return search(map, NULL, size, start, SET);
}

unsigned long find_next_zero_bit(const unsigned long *map, unsigned long size, unsigned long start)
{
	return search(map, NULL, size, start, CLEAR);
}

unsigned long find_next_and_bit(const unsigned long *a, const unsigned long *b, unsigned long size,
				unsigned long start)
{
	return search(a, b, size, start, SET_IN_BOTH);
}

unsigned long find_next_andnot_bit(const unsigned long *a, const unsigned long *b,
				   unsigned long size, unsigned long start)
{
	return search(a, b, size, start, SET_IN_FIRST_ONLY);
}

unsigned long find_last_bit(const unsigned long *map, unsigned long size)
{
	unsigned long i = BITS_TO_LONGS(size), mask = BITMAP_LAST_WORD_MASK(size);

	while (i-- > 0) {
		if (map[i] & mask)
			return i * BITS_PER_LONG + __fls(map[i] & mask);
		mask = ~0ul;
	}
	return size;
}

/* The position of the set bit that n lower ones come before; the word has more than n. */
static unsigned long nth_in_word(unsigned long word, unsigned long n)
{
	while (n-- > 0)
		word &= word - 1;
	return __ffs(word);
}

unsigned long find_nth_bit(const unsigned long *map, unsigned long size, unsigned long n)
{
	unsigned long i, count;

	for (i = 0; i * BITS_PER_LONG < size; i++) {
		count = hweight_long(map[i]);
		if (n < count)
			return min(i * BITS_PER_LONG + nth_in_word(map[i], n), size);
		n -= count;
	}
	return size;
}

/* --- whole maps ------------------------------------------------------------------------------- */

void bitmap_zero(unsigned long *map, unsigned int nbits)
{
	memset(map, 0, BITS_TO_LONGS(nbits) * sizeof(*map));
}

void bitmap_fill(unsigned long *map, unsigned int nbits)
{
	memset(map, 0xff, BITS_TO_LONGS(nbits) * sizeof(*map));
}

void bitmap_copy(unsigned long *to, const unsigned long *from, unsigned int nbits)
{
	memmove(to, from, BITS_TO_LONGS(nbits) * sizeof(*to));
}

/* The bits of word i that belong to the map (M1). */
static __always_inline unsigned long word_mask(unsigned int i, unsigned int nbits)
{
	return i == BIT_WORD(nbits - 1) ? BITMAP_LAST_WORD_MASK(nbits) : ~0ul;
}

bool bitmap_and(unsigned long *to, const unsigned long *a, const unsigned long *b,
		unsigned int nbits)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++) {
		to[i] = a[i] & b[i] & word_mask(i, nbits);
		any |= to[i];
	}
	return any != 0;
}

bool bitmap_andnot(unsigned long *to, const unsigned long *a, const unsigned long *b,
		   unsigned int nbits)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++) {
		to[i] = a[i] & ~b[i] & word_mask(i, nbits);
		any |= to[i];
	}
	return any != 0;
}

void bitmap_or(unsigned long *to, const unsigned long *a, const unsigned long *b,
	       unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		to[i] = a[i] | b[i];
}

void bitmap_xor(unsigned long *to, const unsigned long *a, const unsigned long *b,
		unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		to[i] = a[i] ^ b[i];
}

void bitmap_complement(unsigned long *to, const unsigned long *from, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		to[i] = ~from[i];
}

bool bitmap_equal(const unsigned long *a, const unsigned long *b, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		if ((a[i] ^ b[i]) & word_mask(i, nbits))
			return false;
	return true;
}

bool bitmap_intersects(const unsigned long *a, const unsigned long *b, unsigned int nbits)
{
	return find_first_and_bit(a, b, nbits) < nbits;
}

bool bitmap_subset(const unsigned long *a, const unsigned long *b, unsigned int nbits)
{
	return find_next_andnot_bit(a, b, nbits, 0) == nbits;
}

unsigned int bitmap_weight(const unsigned long *map, unsigned int nbits)
{
	unsigned int weight = 0;

	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		weight += hweight_long(map[i] & word_mask(i, nbits));
	return weight;
}

/* --- ranges ----------------------------------------------------------------------------------- */

/* The bits of word i that lie in start … end - 1. */
static __always_inline unsigned long range_mask(unsigned int i, unsigned int start,
						unsigned int end)
{
	unsigned long mask = ~0ul;

	if (i == BIT_WORD(start))
		mask &= BITMAP_FIRST_WORD_MASK(start);
	if (i == BIT_WORD(end - 1))
		mask &= BITMAP_LAST_WORD_MASK(end);
	return mask;
}

void bitmap_set(unsigned long *map, unsigned int start, unsigned int len)
{
	for (unsigned int i = BIT_WORD(start); i < BITS_TO_LONGS(start + len); i++)
		map[i] |= range_mask(i, start, start + len);
}

void bitmap_clear(unsigned long *map, unsigned int start, unsigned int len)
{
	for (unsigned int i = BIT_WORD(start); i < BITS_TO_LONGS(start + len); i++)
		map[i] &= ~range_mask(i, start, start + len);
}

unsigned long bitmap_find_next_zero_area_off(const unsigned long *map, unsigned long size,
					     unsigned long start, unsigned int len,
					     unsigned long align_mask, unsigned long offset)
{
	unsigned long free, at, taken;

	while (start < size) {
		free = find_next_zero_bit(map, size, start);
		at = ((free + offset + align_mask) & ~align_mask) - offset;
		/* Below free: rounding up ran over the largest number. */
		if (at < free || at >= size || len > size - at)
			break;
		taken = find_next_bit(map, at + len, at);
		if (taken == at + len)
			return at;
		start = taken + 1;
	}
	return size + 1;
}

/* Bits of a block of this order; 0 when no map is as long. */
static unsigned int block_len(unsigned int order)
{
	return order < 8 * sizeof(unsigned int) ? 1u << order : 0;
}

int bitmap_find_free_region(unsigned long *map, unsigned int nbits, unsigned int order)
{
	unsigned int len = block_len(order);
	unsigned long at;

	if (len == 0 || len > nbits)
		return -ENOMEM;
	at = bitmap_find_next_zero_area(map, nbits, 0, len, len - 1);
	if (at > nbits)
		return -ENOMEM;
	bitmap_set(map, at, len);
	return (int)at;
}

int bitmap_allocate_region(unsigned long *map, unsigned int pos, unsigned int order)
{
	unsigned int len = block_len(order), end = pos + len;

	if (len == 0 || end < pos)
		return -EINVAL;
	if (find_next_bit(map, end, pos) < end)
		return -EBUSY;
	bitmap_set(map, pos, len);
	return 0;
}

void bitmap_release_region(unsigned long *map, unsigned int pos, unsigned int order)
{
	bitmap_clear(map, pos, block_len(order));
}
