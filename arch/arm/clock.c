/*
 * clock.c - is the clock a count of instructions?
 *
 * Under QEMU's `-icount shift=7,sleep=off` each instruction advances the machine's time by 128 ns,
 * so the A9's global timer (10 ns a tick) counts instructions: n = (ticks * 10 + 64) / 128.  On
 * plain emulation it is a clock, and noisy.  Which of the two, only an experiment tells: runs of
 * two known lengths must differ by exactly their difference, three times in a row.
 */
#include "arch/arch.h"

enum { NS_PER_INSTRUCTION = 128, SAMPLE = 200, TRIES = 3 };

u64 arch_ticks_to_instructions(u64 ticks)
{
	return (ticks * ARCH_TICK_NS + NS_PER_INSTRUCTION / 2) / NS_PER_INSTRUCTION;
}

static __noinline u32 time_nothing(volatile u32 *low)
{
	u32 start = *low;

	return *low - start;
}

static __noinline u32 time_sample(volatile u32 *low)
{
	u32 start = *low;

	__asm__ volatile(".rept %c0\n\tnop\n\t.endr" : : "i"(SAMPLE) : "memory");
	return *low - start;
}

static bool measure(void)
{
	volatile u32 *low = &ARM_GLOBAL_TIMER[0];
	unsigned long flags = arch_irq_save();
	bool exact = true;

	for (unsigned int i = 0; i < TRIES && exact; i++) {
		u64 nothing = arch_ticks_to_instructions(time_nothing(low));
		u64 sample = arch_ticks_to_instructions(time_sample(low));

		exact = sample - nothing == SAMPLE;
	}
	arch_irq_restore(flags);
	return exact;
}

bool arch_count_exact(void)
{
	return arch_clock_exact();
}

bool arch_clock_exact(void)
{
	static enum { UNKNOWN, NO, YES } known;

	if (known == UNKNOWN)
		known = measure() ? YES : NO;
	return known == YES;
}
