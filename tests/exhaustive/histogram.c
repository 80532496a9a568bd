/*
 * histogram.c - the bucket of each cost: buckets lie side by side, and are as wide as is said
 *
 *	… | 16-19 20-23 24-27 28-31 | 32-39 …
 *
 * Locking: none.
 * Read next: kernel/bench/histogram.c.
 */
#include "kernel/bench/histogram.h"
#include "kernel/selftest/selftest.h"

static struct {
	u32 first, last;
} got;

static void note(u32 first, u32 last, unsigned int count __unused, unsigned int of __unused)
{
	got.first = first;
	got.last = last;
}

/* It is in a bucket that is a quarter of its first cost wide, at most, and one at least. */
static bool bucket_holds(u32 cost)
{
	histogram_of(&cost, 1, note);
	CHECK(got.first <= cost && cost <= got.last);
	return got.last - got.first <= got.first / 4 && (got.first == got.last || got.first >= 8);
}

SELFTEST(exhaustive, histogram, "each cost is in one bucket, at most a quarter of it wide")
{
	u32 behind = 0;

	while (behind < 1u << 31) {
		const u32 first = behind;

		EXPECT(bucket_holds(first) && got.first == first);
		behind = got.last + 1;
		for (u32 cost = first; cost < min(behind, first + 0x10000); cost++)
			EXPECT(bucket_holds(cost) && got.first == first && got.last + 1 == behind);
	}
}
