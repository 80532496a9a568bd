/*
 * bits.h - single bits of words and of arrays of words
 *
 *	bit number    31 … 1 0   63 … 33 32   95 …          Bit n of a map is bit n % BITS_PER_LONG
 *	map           [ word 0 ] [ word 1   ] [ word 2 …    of word n / BITS_PER_LONG (here: 32).
 *
 * Three kinds of operation on one bit of a map:
 *
 *	__set_bit()          plain load and store: other CPUs and interrupts are kept out
 *	set_bit()            atomic, says nothing about the order of other memory accesses
 *	test_and_set_bit()   atomic, returns what the bit was, and is a full barrier
 *
 * with test_and_set_bit_lock() (acquire) and clear_bit_unlock() (release) for a bit used as a lock.
 *
 * Positions of bits, and what each says about 0:
 *
 *	__ffs(x)  lowest set, from 0; x != 0      ffs(x)    lowest set, from 1; ffs(0) == 0
 *	__fls(x)  highest set, from 0; x != 0     fls(x)    highest set, from 1; fls(0) == 0
 *	ffz(x)    lowest clear, from 0; x != ~0   ilog2(x)  as __fls(), of any width
 *
 * Context  Any.  Names and semantics are Linux 6.1's (include/linux/bitops.h and what it includes).
 * Read next: bitmap.h, which works on many bits at once.
 */
#ifndef LIB_BITS_H
#define LIB_BITS_H

#include <strings.h> /* declares ffs(), and in newlib fls(): before the macros of these names */

#include "lib/compiler.h"

#define BITS_PER_BYTE	   8
#define BITS_PER_LONG_LONG 64

#define BIT(n)	   (1ul << (n))
#define BIT_ULL(n) (1ull << (n))

/* Where bit n of a map is: the word's index, and the bit in it. */
#define BIT_WORD(n) ((n) / BITS_PER_LONG)
#define BIT_MASK(n) (1ul << ((n) % BITS_PER_LONG))

/* Words that hold n bits, any number of them: nothing is added that could wrap.  n is used twice. */
#define BITS_TO_LONGS(n) ((n) / BITS_PER_LONG + ((n) % BITS_PER_LONG != 0))

/* Bits high … low, both included, of a word. */
#define GENMASK(high, low)     ((~0ul << (low)) & (~0ul >> (BITS_PER_LONG - 1 - (high))))
#define GENMASK_ULL(high, low) ((~0ull << (low)) & (~0ull >> (BITS_PER_LONG_LONG - 1 - (high))))

/* --- positions -------------------------------------------------------------------------------- */

static __always_inline unsigned long __ffs(unsigned long word)
{
	return (unsigned long)__builtin_ctzl(word);
}

static __always_inline unsigned long __fls(unsigned long word)
{
	return BITS_PER_LONG - 1 - (unsigned long)__builtin_clzl(word);
}

static __always_inline unsigned long ffz(unsigned long word)
{
	return __ffs(~word);
}

static __always_inline int bits_ffs(unsigned int word)
{
	return word ? __builtin_ctz(word) + 1 : 0;
}

static __always_inline int bits_fls(unsigned int word)
{
	return word ? 32 - __builtin_clz(word) : 0;
}

#define ffs(word) bits_ffs(word)
#define fls(word) bits_fls(word)

static __always_inline int fls64(u64 word)
{
	return word ? 64 - __builtin_clzll(word) : 0;
}

static __always_inline int fls_long(unsigned long word)
{
	return word ? (int)__fls(word) + 1 : 0;
}

static __always_inline unsigned long __ffs64(u64 word)
{
	return (unsigned long)__builtin_ctzll(word);
}

/* The logarithm, rounded down, of an unsigned number above 0; a constant for a constant. */
#define ilog2(n)                                                                 \
	((int)(sizeof(n) <= sizeof(long) ? BITS_PER_LONG - 1 - __builtin_clzl(n) \
					 : 63 - __builtin_clzll(n)))

static __always_inline bool is_power_of_2(unsigned long n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

/* n > 0, and the result must be representable. */
static __always_inline unsigned long roundup_pow_of_two(unsigned long n)
{
	return n == 1 ? 1 : 2ul << __fls(n - 1);
}

static __always_inline unsigned long rounddown_pow_of_two(unsigned long n)
{
	return 1ul << __fls(n);
}

/* The logarithm rounded up; 0 for 0 and 1. */
static __always_inline int order_base_2(unsigned long n)
{
	return n > 1 ? (int)__fls(n - 1) + 1 : 0;
}

/* --- counting --------------------------------------------------------------------------------- */

/*
 * Set bits.  Neighbouring fields are added, of 1, 2 and 4 bits; the multiplication adds the bytes
 * up in the highest one (H. Warren, Hacker's Delight, 5-1).  The ARM core has no such instruction,
 * and libgcc's function looks up a table.
 */
static __always_inline unsigned int hweight32(u32 word)
{
	word -= (word >> 1) & 0x55555555;
	word = (word & 0x33333333) + ((word >> 2) & 0x33333333);
	word = (word + (word >> 4)) & 0x0f0f0f0f;
	return (word * 0x01010101) >> 24;
}

static __always_inline unsigned int hweight16(u32 word)
{
	return hweight32(word & 0xffff);
}

static __always_inline unsigned int hweight8(u32 word)
{
	return hweight32(word & 0xff);
}

static __always_inline unsigned long hweight64(u64 word)
{
	return hweight32((u32)word) + hweight32((u32)(word >> 32));
}

static __always_inline unsigned long hweight_long(unsigned long word)
{
	return sizeof(word) == 4 ? hweight32((u32)word) : hweight64(word);
}

/* --- one bit of a map, not atomic ------------------------------------------------------------- */

static __always_inline unsigned long *bit_word(unsigned long nr, const volatile unsigned long *map)
{
	return (unsigned long *)map + BIT_WORD(nr);
}

static __always_inline void __set_bit(unsigned long nr, volatile unsigned long *map)
{
	*bit_word(nr, map) |= BIT_MASK(nr);
}

static __always_inline void __clear_bit(unsigned long nr, volatile unsigned long *map)
{
	*bit_word(nr, map) &= ~BIT_MASK(nr);
}

static __always_inline void __change_bit(unsigned long nr, volatile unsigned long *map)
{
	*bit_word(nr, map) ^= BIT_MASK(nr);
}

static __always_inline void __assign_bit(unsigned long nr, volatile unsigned long *map, bool value)
{
	if (value)
		__set_bit(nr, map);
	else
		__clear_bit(nr, map);
}

/* May be asked beside atomic changes: the word is read once. */
static __always_inline bool test_bit(unsigned long nr, const volatile unsigned long *map)
{
	return (READ_ONCE(map[BIT_WORD(nr)]) & BIT_MASK(nr)) != 0;
}

/* These return what the bit was. */
static __always_inline bool __test_and_set_bit(unsigned long nr, volatile unsigned long *map)
{
	unsigned long *word = bit_word(nr, map), old = *word;

	*word = old | BIT_MASK(nr);
	return (old & BIT_MASK(nr)) != 0;
}

static __always_inline bool __test_and_clear_bit(unsigned long nr, volatile unsigned long *map)
{
	unsigned long *word = bit_word(nr, map), old = *word;

	*word = old & ~BIT_MASK(nr);
	return (old & BIT_MASK(nr)) != 0;
}

static __always_inline bool __test_and_change_bit(unsigned long nr, volatile unsigned long *map)
{
	unsigned long *word = bit_word(nr, map), old = *word;

	*word = old ^ BIT_MASK(nr);
	return (old & BIT_MASK(nr)) != 0;
}

/* --- one bit of a map, atomic ----------------------------------------------------------------- */

static __always_inline void set_bit(unsigned long nr, volatile unsigned long *map)
{
	__atomic_fetch_or(&map[BIT_WORD(nr)], BIT_MASK(nr), __ATOMIC_RELAXED);
}

static __always_inline void clear_bit(unsigned long nr, volatile unsigned long *map)
{
	__atomic_fetch_and(&map[BIT_WORD(nr)], ~BIT_MASK(nr), __ATOMIC_RELAXED);
}

static __always_inline void change_bit(unsigned long nr, volatile unsigned long *map)
{
	__atomic_fetch_xor(&map[BIT_WORD(nr)], BIT_MASK(nr), __ATOMIC_RELAXED);
}

static __always_inline void assign_bit(unsigned long nr, volatile unsigned long *map, bool value)
{
	if (value)
		set_bit(nr, map);
	else
		clear_bit(nr, map);
}

/* What follows in the program is not read before the bit: pairs with clear_bit_unlock(). */
static __always_inline bool test_bit_acquire(unsigned long nr, const volatile unsigned long *map)
{
	return (__atomic_load_n(&map[BIT_WORD(nr)], __ATOMIC_ACQUIRE) & BIT_MASK(nr)) != 0;
}

/* These return what the bit was, and are full barriers. */
static __always_inline bool test_and_set_bit(unsigned long nr, volatile unsigned long *map)
{
	unsigned long old = __atomic_fetch_or(&map[BIT_WORD(nr)], BIT_MASK(nr), __ATOMIC_SEQ_CST);

	return (old & BIT_MASK(nr)) != 0;
}

static __always_inline bool test_and_clear_bit(unsigned long nr, volatile unsigned long *map)
{
	unsigned long old = __atomic_fetch_and(&map[BIT_WORD(nr)], ~BIT_MASK(nr), __ATOMIC_SEQ_CST);

	return (old & BIT_MASK(nr)) != 0;
}

static __always_inline bool test_and_change_bit(unsigned long nr, volatile unsigned long *map)
{
	unsigned long old = __atomic_fetch_xor(&map[BIT_WORD(nr)], BIT_MASK(nr), __ATOMIC_SEQ_CST);

	return (old & BIT_MASK(nr)) != 0;
}

/* Takes the bit as a lock: false when it was free and is taken now. */
static __always_inline bool test_and_set_bit_lock(unsigned long nr, volatile unsigned long *map)
{
	unsigned long old = __atomic_fetch_or(&map[BIT_WORD(nr)], BIT_MASK(nr), __ATOMIC_ACQUIRE);

	return (old & BIT_MASK(nr)) != 0;
}

/* Gives the bit back: pairs with the acquire in test_and_set_bit_lock(). */
static __always_inline void clear_bit_unlock(unsigned long nr, volatile unsigned long *map)
{
	__atomic_fetch_and(&map[BIT_WORD(nr)], ~BIT_MASK(nr), __ATOMIC_RELEASE);
}

/* The same for who holds the lock when nobody else changes another bit of the word meanwhile. */
static __always_inline void __clear_bit_unlock(unsigned long nr, volatile unsigned long *map)
{
	__atomic_store_n(&map[BIT_WORD(nr)], READ_ONCE(map[BIT_WORD(nr)]) & ~BIT_MASK(nr),
			 __ATOMIC_RELEASE);
}

#endif /* LIB_BITS_H */
