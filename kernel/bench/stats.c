/*
 * stats.c - sorts a copy of the values and reads median and worst off it
 *
 * The values of a benchmark are nearly all equal, which Shell's sort turns to account: a pass
 * over what is in order moves nothing.  D. L. Shell, "A High-Speed Sorting Procedure" (1959);
 * gaps of R. Sedgewick (1986), 4^k + 3 * 2^(k-1) + 1.
 *
 * Locking: none; the samples are the caller's.
 */
#include <string.h>

#include "kernel/bench/stats.h"
#include "lib/compiler.h"

static void sort(u32 *values, unsigned int n)
{
	static const u16 gaps[] = { 4193, 1073, 281, 77, 23, 8, 1 };

	for (unsigned int g = 0; g < ARRAY_SIZE(gaps); g++) {
		unsigned int gap = gaps[g];

		for (unsigned int i = gap; i < n; i++) {
			u32 value = values[i];
			unsigned int j = i;

			for (; j >= gap && values[j - gap] > value; j -= gap)
				values[j] = values[j - gap];
			values[j] = value;
		}
	}
}

void stats_of(const u32 *values, unsigned int n, u32 *room, struct stats *stats)
{
	memcpy(room, values, n * sizeof(*room));
	sort(room, n);
	stats->median = room[(n - 1) / 2];
	stats->p99 = room[(n * 99 + 99) / 100 - 1];
	stats->worst = room[n - 1];
	stats->sum = 0;
	for (unsigned int i = 0; i < n; i++)
		stats->sum += room[i];
	stats->mean = stats_mean(stats->sum, n);
}
