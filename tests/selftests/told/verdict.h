/*
 * verdict.h - what a family's checker says: the words in which it names a fault, and what it counted
 *
 *	pool->in_use = -1;
 *	EXPECT(checker_says("mempool", "M3: pool %p: -1 in use", (void *)pool));
 */
#ifndef TESTS_TOLD_VERDICT_H
#define TESTS_TOLD_VERDICT_H

#include "kernel/check/check.h"

/* What it finds now. */
struct check checker_verdict(const char *family);
/* Is the family broken, and is it told in just these words?  Another answer fails the test. */
bool checker_says(const char *family, const char *fmt, ...) __printf(2, 3);
/* How many of that noun it verified; 0 when it counts no such thing. */
unsigned long checker_count(const char *family, const char *noun);

#endif /* TESTS_TOLD_VERDICT_H */
