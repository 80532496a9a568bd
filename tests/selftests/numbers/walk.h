/*
 * walk.h - a public function, walked along the edges of a number that it takes
 *
 *	 0   1   max-1   max │ max+1   2^31   wraps to 0   wraps to 1   ULONG_MAX
 *	 └── may succeed ────┘ └── must fail, at once, with nothing changed ─────┘
 *
 * A number that is multiplied or rounded up before it is looked at comes out small: the function
 * then hands out less than was asked for, or writes a million entries.  So each function is asked
 * for what lies at its limit and for what would wrap, in its own unit, by a multiplication or by
 * rounding up to whole pages; with a guard page that is two pages from the end.
 *
 *	static const struct walked table[] = {
 *		{ "kmalloc", 1, KMALLOC_MAX_SIZE, true, take_kmalloc, give_object },
 *	};
 *	EXPECT_WALK(table);
 *
 * A function that cannot be asked about a number without harm, or that returns nothing, stands in a
 * table by a take() that does what can be done and returns something when that went wrong: such a
 * row has max 0, and zero false.
 */
#ifndef TESTS_NUMBERS_WALK_H
#define TESTS_NUMBERS_WALK_H

#include "kernel/selftest/selftest.h"

struct walked {
	const char *name;
	unsigned long unit; /* bytes that one of the number stands for */
	unsigned long
		max; /* the largest that may succeed; it need not, when memory does not suffice */
	bool zero;   /* may 0?  ZERO_SIZE_PTR counts as a success */
	void *(*take)(unsigned long n);
	void (*give)(void *what); /* NULL: there is nothing to be given back */
};

/* Each row in turn; reports of refusals are wanted.  NULL, or which one gave what to which number. */
const char *walk_all(const struct walked *table, unsigned int rows);

/* Boot memory's functions without a node, while that is all there is; as walk_all(). */
const char *walk_boot_stage(void);

#define EXPECT_WALK(table)                                                \
	do {                                                              \
		const char *walked_ = walk_all(table, ARRAY_SIZE(table)); \
                                                                          \
		if (walked_) {                                            \
			selftest_fail(__FILE__, __LINE__, "%s", walked_); \
			return;                                           \
		}                                                         \
	} while (0)

/* A row's take(): an expression of the number n.  1 for what returns no pointer and went well. */
#define TAKE(name_, expression)                             \
	static void *name_(unsigned long n)                 \
	{                                                   \
		return (void *)(unsigned long)(expression); \
	}

static inline bool is_power_up_to(unsigned long n, unsigned long most)
{
	return n && !(n & (n - 1)) && n <= most;
}

/* For a parameter that is an int: a number that it cannot hold is the largest that it can. */
static inline int as_int(unsigned long n)
{
	return n <= 0xffffffff ? (int)n : 0x7fffffff;
}

static inline unsigned int as_unsigned(unsigned long n)
{
	return n <= 0xffffffff ? (unsigned int)n : 0xffffffff;
}

#endif /* TESTS_NUMBERS_WALK_H */
