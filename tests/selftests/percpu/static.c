/*
 * static.c - claims about DEFINE_PER_CPU variables: their values, their places, who sees which
 */
#include "kernel/initcall.h"
#include "kernel/selftest/selftest.h"
#include "mm/percpu/percpu.h"

enum { EARLY_VALUE = 0x1234 };

struct wide {
	u8 bytes[40];
	u64 last;
};

static DEFINE_PER_CPU(u32, counted) = 77;
static DEFINE_PER_CPU(struct wide, structured) = { .bytes = { 1, 2, 3 }, .last = 1ull << 40 };
static DEFINE_PER_CPU_ALIGNED(u8, aligned) = 5;
static DEFINE_PER_CPU(u16, untouched[3]) = { 10, 20, 30 };
static DEFINE_PER_CPU(u32, written_early);

static u32 *early_place;

/* The boot CPU works before it has an area: in the variable itself. */
static void __init write_before_the_areas(void)
{
	early_place = this_cpu_ptr(&written_early);
	this_cpu_write(written_early, EARLY_VALUE);
	this_cpu_inc(written_early);
}
bootmem_initcall(write_before_the_areas);

SELFTEST(percpu, written_early, "what the boot CPU wrote before it had an area is in its copy")
{
	EXPECT_EQ(early_place, &written_early);
	EXPECT(per_cpu_ptr(&written_early, 0) != &written_early);
	EXPECT_EQ(per_cpu(written_early, 0), EARLY_VALUE + 1);
}

SELFTEST(percpu, initial, "every CPU's copy begins with the value of the definition")
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		const struct wide *w = per_cpu_ptr(&structured, cpu);

		EXPECT_EQ(w->bytes[0], 1);
		EXPECT_EQ(w->bytes[2], 3);
		EXPECT_EQ(w->bytes[39], 0);
		EXPECT_EQ(w->last, 1ull << 40);
		EXPECT_EQ(per_cpu(untouched[1], cpu), 20);
		EXPECT_EQ(*per_cpu_ptr(&untouched[2], cpu), 30);
		EXPECT_EQ(per_cpu(aligned, cpu), 5);
	}
}

SELFTEST(percpu, distinct, "a write to one CPU's copy shows in no other")
{
	unsigned int cpu, other;

	for_each_possible_cpu(cpu)
		per_cpu(counted, cpu) = 100 + cpu;
	for_each_possible_cpu(cpu) {
		EXPECT_EQ(per_cpu(counted, cpu), 100 + cpu);
		for (other = 0; other < cpu; other++)
			EXPECT(per_cpu_ptr(&counted, cpu) != per_cpu_ptr(&counted, other));
	}
	EXPECT_EQ(counted, 77); /* as linked: nobody's */
	for_each_possible_cpu(cpu)
		per_cpu(counted, cpu) = 77;
}

SELFTEST(percpu, this_is_mine, "this_cpu_ptr is per_cpu_ptr of the CPU that runs")
{
	unsigned int cpu = smp_processor_id();

	EXPECT_EQ(this_cpu_ptr(&counted), per_cpu_ptr(&counted, cpu));
	EXPECT_EQ(raw_cpu_ptr(&structured.last), &per_cpu(structured, cpu).last);
	EXPECT_EQ(get_cpu_ptr(&counted), &__get_cpu_var(counted));
	get_cpu_var(counted) = 78;
	put_cpu_var(counted);
	put_cpu_ptr(&counted);
	EXPECT_EQ(this_cpu_read(counted), 78);
	this_cpu_write(counted, 77);
}

SELFTEST(percpu, aligned_copies, "copies keep the alignment of their variable")
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		EXPECT_EQ((unsigned long)per_cpu_ptr(&aligned, cpu) % L1_CACHE_BYTES, 0);
		EXPECT_EQ((unsigned long)per_cpu_ptr(&structured, cpu) % __alignof__(u64), 0);
	}
	EXPECT(percpu_check());
}

/* Without this_cpu_ or per_cpu the linked variable is meant, which is nobody's. */
SELFTEST(percpu, checker_sees_writes, "the checker sees a write to a variable as linked")
{
	volatile u32 *linked = &counted;
	bool sound;

	*linked = 78;
	sound = percpu_check();
	*linked = 77;
	EXPECT(!sound);
	EXPECT(percpu_check());
}

SELFTEST(percpu, checker_sees_register, "the checker sees a CPU that works with another's offset")
{
	unsigned long flags = arch_irq_save(), mine = arch_percpu_offset();
	bool sound;

	arch_percpu_set(mine + L1_CACHE_BYTES);
	sound = percpu_check();
	arch_percpu_set(mine);
	arch_irq_restore(flags);
	EXPECT(!sound);
	EXPECT(percpu_check());
}
