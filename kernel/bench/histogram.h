/*
 * histogram.h - how often which cost was met
 */
#ifndef KERNEL_BENCH_HISTOGRAM_H
#define KERNEL_BENCH_HISTOGRAM_H

#include "lib/types.h"

/*
 * Calls `bucket` for each bucket that holds some of the n ascending values, in order: its bounds, both
 * included, how many lie in it, and n.
 */
void histogram_of(const u32 *sorted, unsigned int n,
		  void (*bucket)(u32 first, u32 last, unsigned int count, unsigned int of));

#endif /* KERNEL_BENCH_HISTOGRAM_H */
