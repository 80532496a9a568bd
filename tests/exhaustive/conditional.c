/*
 * conditional.c - the port's two conditional steps on words of every low half that matters
 *
 *	word   [ high | low ]     high as wanted, and low >= least?     [ high | low +- 1 ], true
 *	                          otherwise                             as it was, false
 *
 * Locking: none; one CPU.
 * Read next: arch/arch.h.
 */
#include "kernel/selftest/selftest.h"
#include "arch/arch.h"

static bool steps_hold(u32 high, u32 low, u32 wanted, u32 least)
{
	const u64 before = (u64)high << 32 | low;
	const bool may = high == wanted && low >= least;
	u64 up = before, down = before;

	CHECK(arch_inc_if(&up, wanted, least) == may && arch_dec_if(&down, wanted, least) == may);
	CHECK(up == (may ? (u64)high << 32 | (u32)(low + 1) : before));
	return down == (may ? before - 1 : before);
}

/* From 0 on, and up to the largest: what it becomes beyond that is nobody's business. */
SELFTEST(exhaustive, conditional, "a word becomes one more, or less, if both its halves allow it")
{
	static const u32 highs[] = { 0, 1, 0x7fffffff, 0x80000000, ~0u };

	for (unsigned int high = 0; high < ARRAY_SIZE(highs); high++)
		for (unsigned int wanted = 0; wanted < ARRAY_SIZE(highs); wanted++)
			for (u32 least = 1; least < 256; least++)
				for (u32 low = 0; low < 512; low++) {
					EXPECT(steps_hold(highs[high], low, highs[wanted], least));
					EXPECT(steps_hold(highs[high], ~0u - 1 - low, highs[wanted],
							  least));
					EXPECT(steps_hold(highs[high], 0x7fffff00 + low,
							  highs[wanted], least));
				}
}
