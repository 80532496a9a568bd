/*
 * histogram.c - how often which cost was met: the single operations of a row, in buckets
 *
 *	1 2 3 | 4 5 6 7 | 8-9 10-11 12-13 14-15 | 16-19 20-23 24-27 28-31 | 32-39 …
 *
 * Four buckets to each doubling, so that a bar is within a quarter of what it says at any size.
 *
 * Locking: none.
 * Read next: bench_shell.c, which shows them.
 */
#include "kernel/bench/histogram.h"

/* By how many bits the bounds of the bucket that holds the value differ. */
static unsigned int width_bits(u32 value)
{
	return value < 8 ? 0 : 29 - (unsigned int)__builtin_clz(value);
}

void histogram_of(const u32 *sorted, unsigned int n,
		  void (*bucket)(u32 first, u32 last, unsigned int count, unsigned int of))
{
	for (unsigned int i = 0, begin = 0; i < n; begin = i) {
		const u32 within = (1u << width_bits(sorted[begin])) - 1;
		const u32 last = sorted[begin] | within;

		while (i < n && sorted[i] <= last)
			i++;
		bucket(last - within, last, i - begin, n);
	}
}
