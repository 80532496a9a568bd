/*
 * holder.c - operations that hold interrupts off for a known while, for the test of what is seen from outside
 */
#include "kernel/bench/bench.h"

#define NOPS(n) __asm__ volatile(".rept " #n "\n\tnop\n\t.endr")

static __noinline void hold_twice(void)
{
	unsigned long outer = arch_irq_save(), inner;

	NOPS(100);
	inner = arch_irq_save();
	NOPS(100);
	arch_irq_restore(inner);
	NOPS(100);
	arch_irq_restore(outer);
	outer = arch_irq_save();
	NOPS(50);
	arch_irq_restore(outer);
}

BENCH(holder, "holder.nested", "masks, masks again within, and later for a shorter while", NULL)
{
	BENCH_HOT(b, hold_twice());
}

BENCH(forgetful, "holder.forgetful", "masks and leaves it so", NULL)
{
	BENCH_HOT(b, arch_irq_disable());
}
