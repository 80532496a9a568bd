/*
 * stats.c - claims about the arithmetic behind benchmark rows
 */
#include <string.h>

#include "kernel/bench/bench.h"
#include "kernel/bench/histogram.h"
#include "kernel/bench/stats.h"
#include "kernel/selftest/selftest.h"
#include "lib/random.h"

enum { N = 200 };

SELFTEST(bench, median_and_worst,
	 "of 0 to n - 1, shuffled, the median, p99, mean and worst are known")
{
	u32 values[N], room[N];
	struct stats stats;
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int n = 1; n <= N; n += 7) {
		for (unsigned int i = 0; i < n; i++) {
			unsigned int j = rng_below(&rng, i + 1);

			values[i] = i;
			values[i] = values[j];
			values[j] = i;
		}
		stats_of(values, n, room, &stats);
		EXPECT_EQ(stats.median, (n - 1) / 2);
		EXPECT_EQ(stats.p99, n - 1 - n / 100);
		EXPECT_EQ(stats.worst, n - 1);
		EXPECT_EQ(stats.sum, (u64)n * (n - 1) / 2);
		EXPECT_EQ(stats.mean, n / 2);
	}
}

SELFTEST(bench, mean_rounds, "a mean is rounded to the nearest whole number")
{
	EXPECT_EQ(stats_mean(7, 2), 4);
	EXPECT_EQ(stats_mean(5, 4), 1);
	EXPECT_EQ(stats_mean(7, 4), 2);
	EXPECT_EQ(stats_mean(0x300000000ull, 2), 0x180000000ull);
}

/* Is b->object a permutation of &marks[0 .. N - 1]? */
static bool all_there(const struct bench *b, char *marks)
{
	memset(marks, 0, N);
	for (unsigned int i = 0; i < N; i++)
		*(char *)b->object[i] += 1;
	for (unsigned int i = 0; i < N; i++)
		if (marks[i] != 1)
			return false;
	return true;
}

SELFTEST(bench, arranges,
	 "a batch is freed first in first out, the reverse, or in the same random order")
{
	static char marks[N];
	void *objects[N], *shuffled[N];
	struct bench b = { .object = objects };

	for (unsigned int i = 0; i < N; i++)
		objects[i] = &marks[i];
	bench_arrange(&b, N, BENCH_FIFO);
	EXPECT(objects[0] == &marks[0] && objects[N - 1] == &marks[N - 1]);
	bench_arrange(&b, N, BENCH_LIFO);
	for (unsigned int i = 0; i < N; i++)
		EXPECT(objects[i] == &marks[N - 1 - i]);
	bench_arrange(&b, N, BENCH_LIFO);
	bench_arrange(&b, N, BENCH_RANDOM);
	EXPECT(all_there(&b, marks));
	EXPECT(objects[0] != &marks[0] || objects[1] != &marks[1]);
	memcpy(shuffled, objects, sizeof(objects));
	for (unsigned int i = 0; i < N; i++)
		objects[i] = &marks[i];
	bench_arrange(&b, N, BENCH_RANDOM);
	EXPECT(!memcmp(shuffled, objects, sizeof(objects)));
}

SELFTEST(bench, counts, "where the clock counts instructions, ten nops are ten")
{
	enum bench_clock clock = bench_check_clock();

	EXPECT(clock != BENCH_CONTRADICTS);
	EXPECT_EQ(clock == BENCH_EXACT, arch_count_exact());
}

SELFTEST(bench, names, "each benchmark has a name of its own, and says what it measures")
{
	const struct benchmark *benchmark, *next;

	EXPECT(!bench_want(NULL, 0));
	benchmark = bench_next(NULL);
	EXPECT(benchmark);
	for (; benchmark; benchmark = next) {
		EXPECT(*benchmark->name && *benchmark->what && benchmark->run);
		next = bench_next(benchmark);
		EXPECT(!next || strcmp(benchmark->name, next->name));
	}
}

SELFTEST(bench, anchors, "each row that has a target is found by its name")
{
	EXPECT(bench_nr_anchors > 20);
	for (unsigned int i = 0; i < bench_nr_anchors; i++)
		EXPECT(bench_anchor_of(bench_anchors[i].name) == &bench_anchors[i]);
	EXPECT(!bench_anchor_of("page.order"));
	EXPECT(bench_anchor_of("page.order0")->target.pair == 75);
}

static u32 bucket_first[8], bucket_last[8];
static unsigned int bucket_count[8], nr_buckets;

static void note_bucket(u32 first, u32 last, unsigned int count, unsigned int of __unused)
{
	if (nr_buckets < ARRAY_SIZE(bucket_first)) {
		bucket_first[nr_buckets] = first;
		bucket_last[nr_buckets] = last;
		bucket_count[nr_buckets] = count;
	}
	nr_buckets++;
}

SELFTEST(bench, histogram, "every value lies in one bucket, four of which make a doubling")
{
	static const u32 values[] = { 0, 7, 7, 8, 9, 10, 79, 80, 0xffffffff };
	static const u32 firsts[] = { 0, 7, 8, 10, 64, 80, 0xe0000000 };
	static const u32 lasts[] = { 0, 7, 9, 11, 79, 95, 0xffffffff };
	static const u32 counts[] = { 1, 2, 2, 1, 1, 1, 1 };

	nr_buckets = 0;
	histogram_of(values, ARRAY_SIZE(values), note_bucket);
	EXPECT_EQ(nr_buckets, ARRAY_SIZE(firsts));
	for (unsigned int i = 0; i < nr_buckets; i++) {
		EXPECT_EQ(bucket_first[i], firsts[i]);
		EXPECT_EQ(bucket_last[i], lasts[i]);
		EXPECT_EQ(bucket_count[i], counts[i]);
	}
	nr_buckets = 0;
	histogram_of(values, 0, note_bucket);
	EXPECT_EQ(nr_buckets, 0);
}
