/*
 * bitmap.h - maps of many bits: finding, counting, combining, and handing out ranges
 *
 *	DECLARE_BITMAP(slots, 100);           an array of words, bits 0 … 99
 *
 *	bitmap_zero(slots, 100);
 *	n = find_first_zero_bit(slots, 100);  100 when there is none
 *	for_each_set_bit(n, slots, 100)
 *		...
 *
 * Invariants of every function here
 *   M1  Bits from `size` (nbits) on, in the last word, are never looked at.  Functions that write
 *       may leave anything there, but bitmap_set() and bitmap_clear(), which touch their range only.
 *   M2  A search that finds nothing returns `size`, so does one that starts at or after it.
 *   M3  No word from BITS_TO_LONGS(size) on is read or written.
 *
 * Sizes, starts and results are in bits.  A destination may be one of the sources.
 *
 * Locking  The caller's: nothing here is atomic.  Bits of a map that others change by set_bit()
 *          may be searched; the answer is then about a moment that has passed.
 * Context  Any.
 *
 * Names and semantics are Linux 6.1's (include/linux/find.h and bitmap.h).
 * Read next: bitmap.c; bits.h, which this file includes, for single bits.
 */
#ifndef LIB_BITMAP_H
#define LIB_BITMAP_H

#include "lib/bits.h"

/* Defines a map (or a field of a struct) of `bits` bits; not cleared by itself. */
#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]

/* The bits of the word of bit `start` from there on; those of the last word of nbits bits. */
#define BITMAP_FIRST_WORD_MASK(start) (~0ul << ((start) % BITS_PER_LONG))
#define BITMAP_LAST_WORD_MASK(nbits)  (~0ul >> (-(unsigned long)(nbits) % BITS_PER_LONG))

/* --- finding ---------------------------------------------------------------------------------- */

/* The first bit from `start` on that is set; clear; set in both; set in a but not in b. */
unsigned long find_next_bit(const unsigned long *map, unsigned long size, unsigned long start);
unsigned long find_next_zero_bit(const unsigned long *map, unsigned long size, unsigned long start);
unsigned long find_next_and_bit(const unsigned long *a, const unsigned long *b, unsigned long size,
				unsigned long start);
unsigned long find_next_andnot_bit(const unsigned long *a, const unsigned long *b,
				   unsigned long size, unsigned long start);

static inline unsigned long find_first_bit(const unsigned long *map, unsigned long size)
{
	return find_next_bit(map, size, 0);
}

static inline unsigned long find_first_zero_bit(const unsigned long *map, unsigned long size)
{
	return find_next_zero_bit(map, size, 0);
}

static inline unsigned long find_first_and_bit(const unsigned long *a, const unsigned long *b,
					       unsigned long size)
{
	return find_next_and_bit(a, b, size, 0);
}

/* The last set bit. */
unsigned long find_last_bit(const unsigned long *map, unsigned long size);

/* The set bit that n others come before. */
unsigned long find_nth_bit(const unsigned long *map, unsigned long size, unsigned long n);

/* --- walking ---------------------------------------------------------------------------------- */

#define BITMAP_WALK(bit, size, first, next) \
	for ((bit) = (first); (bit) < (size); (bit)++, (bit) = (next))

/* Every set bit, or clear bit; the _from walks begin at what `bit` is already. */
#define for_each_set_bit(bit, map, size) \
	BITMAP_WALK(bit, size, find_first_bit(map, size), find_next_bit(map, size, bit))
#define for_each_set_bit_from(bit, map, size) \
	BITMAP_WALK(bit, size, find_next_bit(map, size, bit), find_next_bit(map, size, bit))
#define for_each_clear_bit(bit, map, size) \
	BITMAP_WALK(bit, size, find_first_zero_bit(map, size), find_next_zero_bit(map, size, bit))
#define for_each_clear_bit_from(bit, map, size)                    \
	BITMAP_WALK(bit, size, find_next_zero_bit(map, size, bit), \
		    find_next_zero_bit(map, size, bit))

/* Every bit that is set in both. */
#define for_each_and_bit(bit, a, b, size) \
	BITMAP_WALK(bit, size, find_first_and_bit(a, b, size), find_next_and_bit(a, b, size, bit))

/* Every run b, …, e - 1 of set bits, or of clear bits. */
#define for_each_set_bitrange(b, e, map, size)                          \
	for ((b) = 0; (b) = find_next_bit(map, size, b),                \
	    (e) = find_next_zero_bit(map, size, (b) + 1), (b) < (size); \
	     (b) = (e) + 1)
#define for_each_clear_bitrange(b, e, map, size)                   \
	for ((b) = 0; (b) = find_next_zero_bit(map, size, b),      \
	    (e) = find_next_bit(map, size, (b) + 1), (b) < (size); \
	     (b) = (e) + 1)
/* The same, from what b is already. */
#define for_each_set_bitrange_from(b, e, map, size)                                             \
	for (; (b) = find_next_bit(map, size, b), (e) = find_next_zero_bit(map, size, (b) + 1), \
	       (b) < (size);                                                                    \
	     (b) = (e) + 1)
#define for_each_clear_bitrange_from(b, e, map, size)                                           \
	for (; (b) = find_next_zero_bit(map, size, b), (e) = find_next_bit(map, size, (b) + 1), \
	       (b) < (size);                                                                    \
	     (b) = (e) + 1)

/* --- whole maps ------------------------------------------------------------------------------- */

void bitmap_zero(unsigned long *map, unsigned int nbits);
void bitmap_fill(unsigned long *map, unsigned int nbits);
void bitmap_copy(unsigned long *to, const unsigned long *from, unsigned int nbits);

/* to = a & b; a & ~b.  True when any bit of the result is set. */
bool bitmap_and(unsigned long *to, const unsigned long *a, const unsigned long *b,
		unsigned int nbits);
bool bitmap_andnot(unsigned long *to, const unsigned long *a, const unsigned long *b,
		   unsigned int nbits);
/* to = a | b; a ^ b; ~from. */
void bitmap_or(unsigned long *to, const unsigned long *a, const unsigned long *b,
	       unsigned int nbits);
void bitmap_xor(unsigned long *to, const unsigned long *a, const unsigned long *b,
		unsigned int nbits);
void bitmap_complement(unsigned long *to, const unsigned long *from, unsigned int nbits);

/* Are all bits the same?  Is any bit set in both?  Is each bit of a set in b too? */
bool bitmap_equal(const unsigned long *a, const unsigned long *b, unsigned int nbits);
bool bitmap_intersects(const unsigned long *a, const unsigned long *b, unsigned int nbits);
bool bitmap_subset(const unsigned long *a, const unsigned long *b, unsigned int nbits);

/* The number of set bits. */
unsigned int bitmap_weight(const unsigned long *map, unsigned int nbits);

static inline bool bitmap_empty(const unsigned long *map, unsigned int nbits)
{
	return find_first_bit(map, nbits) == nbits;
}

static inline bool bitmap_full(const unsigned long *map, unsigned int nbits)
{
	return find_first_zero_bit(map, nbits) == nbits;
}

/* --- ranges ----------------------------------------------------------------------------------- */

/*
 * Sets, clears the bits start … start + len - 1 and touches no other.  None are meant when that runs
 * over the largest number.
 */
void bitmap_set(unsigned long *map, unsigned int start, unsigned int len);
void bitmap_clear(unsigned long *map, unsigned int start, unsigned int len);

/*
 * The first run of len > 0 clear bits from start on, whose number plus offset is a multiple of
 * align_mask + 1, a power of two.  Returns a number above size when there is none, be it that len
 * or the alignment is more than a map can have.
 */
unsigned long bitmap_find_next_zero_area_off(const unsigned long *map, unsigned long size,
					     unsigned long start, unsigned int len,
					     unsigned long align_mask, unsigned long offset);

static inline unsigned long bitmap_find_next_zero_area(const unsigned long *map, unsigned long size,
						       unsigned long start, unsigned int len,
						       unsigned long align_mask)
{
	return bitmap_find_next_zero_area_off(map, size, start, len, align_mask, 0);
}

/*
 * A map as an allocator of blocks of 2^order bits, at multiples of their size.
 *
 * bitmap_find_free_region() takes the first free block and returns its first bit, or -ENOMEM.
 * bitmap_allocate_region() takes the block at pos: 0; -EBUSY when part of it is taken; -EINVAL when
 * the block's end is no number.
 * bitmap_release_region() gives it back; what is no block, nobody has.
 */
int bitmap_find_free_region(unsigned long *map, unsigned int nbits, unsigned int order);
int bitmap_allocate_region(unsigned long *map, unsigned int pos, unsigned int order);
void bitmap_release_region(unsigned long *map, unsigned int pos, unsigned int order);

#endif /* LIB_BITMAP_H */
