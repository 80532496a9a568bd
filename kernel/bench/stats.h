/*
 * stats.h - what many measurements come to: median, mean, 99th percentile, worst
 */
#ifndef KERNEL_BENCH_STATS_H
#define KERNEL_BENCH_STATS_H

#include "lib/types.h"

struct stats {
	u32 median; /* the lower one of two */
	u32 p99;    /* the least that 99 of 100 do not exceed */
	u32 worst;
	u64 mean; /* rounded to nearest */
	u64 sum;
};

/* Of n > 0 values; room is as large as they are, and is overwritten. */
void stats_of(const u32 *values, unsigned int n, u32 *room, struct stats *stats);

/* sum / n, rounded to nearest; n > 0. */
static inline u64 stats_mean(u64 sum, unsigned int n)
{
	return (sum + n / 2) / n;
}

#endif /* KERNEL_BENCH_STATS_H */
