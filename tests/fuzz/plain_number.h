/*
 * plain_number.h - what the rules of numbers say, written down once more and as plainly as can be
 *
 *	decimal, or 0x and hex digits of either case; then K, M or G of either case, or nothing; no more
 */
#ifndef TESTS_FUZZ_PLAIN_NUMBER_H
#define TESTS_FUZZ_PLAIN_NUMBER_H

#include "lib/types.h"

/* False: it is none, or does not fit 64 bits. */
bool plain_number(const char *text, u64 *value);

/* Decimal, perhaps with a minus before it, that fits an int; *value is sign extended. */
bool plain_int(const char *text, u64 *value);

#endif /* TESTS_FUZZ_PLAIN_NUMBER_H */
