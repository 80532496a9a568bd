/*
 * limit.h - a public function, at its limit: what lies below it and what lies at it works, one more does not
 *
 *	... │ limit - 1 │ limit │ limit + 1
 *	         works    works    is refused
 *
 * walk.h goes along the edges of a number, too, but cannot say that the largest that may succeed does.
 * limits.csv beside this file lists every number of every public function, its limit, and the test that
 * tries it; tests/host/test_limits.py compares the list with the headers.
 *
 * Read next: walk.h, for numbers that wrap.
 */
#ifndef TESTS_NUMBERS_LIMIT_H
#define TESTS_NUMBERS_LIMIT_H

#include "kernel/selftest/selftest.h"

struct limit {
	const char *name;
	unsigned long most; /* the largest number that works */
	void *(*take)(unsigned long n);
	void (*give)(void *what);
	unsigned int order; /* a block of this order, at least, must be free for it */
};

/*
 * Of each row limit - 1, limit and limit + 1; reports of refusals are wanted.  NULL, or the first row
 * of which one did not do.
 */
const char *limits_hold(const struct limit *table, unsigned int rows);

#define EXPECT_LIMITS(table)                                                                  \
	do {                                                                                  \
		const char *wrong_ = limits_hold(table, ARRAY_SIZE(table));                   \
                                                                                              \
		if (wrong_) {                                                                 \
			selftest_fail(__FILE__, __LINE__, "%s: not so at its limit", wrong_); \
			return;                                                               \
		}                                                                             \
	} while (0)

#endif /* TESTS_NUMBERS_LIMIT_H */
