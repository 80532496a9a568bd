/*
 * exact.h - input in memory of exactly its size
 *
 * A parser's text lies in an object of the host's heap that ends with it: a read of one byte more is
 * a report of the address sanitizer, not a byte of something else.
 */
#ifndef TESTS_FUZZ_EXACT_H
#define TESTS_FUZZ_EXACT_H

#include <stdlib.h>
#include <string.h>

#include "lib/types.h"

/* A copy of size bytes; free() it. */
static inline void *exact_copy(const void *bytes, size_t size)
{
	void *copy = malloc(size);

	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

/* The same with a NUL behind them: a string, if there is none among them. */
static inline char *exact_string(const void *bytes, size_t size)
{
	char *copy = malloc(size + 1);

	if (size)
		memcpy(copy, bytes, size);
	copy[size] = '\0';
	return copy;
}

/* A word as a line may hold it: control characters, which none has, become others. */
static inline char *exact_word(const void *bytes, size_t size)
{
	char *word = exact_string(bytes, size);

	for (size_t i = 0; i < size; i++)
		if ((u8)word[i] < ' ' || word[i] == 0x7f)
			word[i] = (char)('0' + word[i] % 32);
	return word;
}

#endif /* TESTS_FUZZ_EXACT_H */
