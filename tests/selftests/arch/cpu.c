/*
 * cpu.c - claims about CPUs: how many there are, which one this is, what its per-CPU register holds
 */
#include "kernel/cpu.h"
#include "kernel/selftest/selftest.h"

SELFTEST(arch, cpus, "the machine has 1 to NR_CPUS CPUs, and this is one of them")
{
	EXPECT(arch_nr_cpus() >= 1 && arch_nr_cpus() <= NR_CPUS);
	EXPECT_EQ(nr_cpu_ids, arch_nr_cpus());
	EXPECT(arch_cpu_id() < nr_cpu_ids);
	EXPECT(cpu_online(arch_cpu_id()));
}

SELFTEST(arch, load_pair, "two words side by side are loaded in their order")
{
	static const unsigned long words[] __aligned(2 * sizeof(long)) = { 1, 2, 3, 4 };
	unsigned long first, second;

	arch_load_pair(&words[2], &first, &second);
	EXPECT_EQ(first, 3);
	EXPECT_EQ(second, 4);
}

SELFTEST(arch, cpus_online,
	 "an online bit can be set and cleared; what is not possible is not online")
{
	unsigned int cpu, online = num_online_cpus(), seen = 0;

	for_each_online_cpu(cpu)
		seen++;
	EXPECT_EQ(seen, online);
	EXPECT(!cpu_online(nr_cpu_ids));
	EXPECT(!cpu_possible(nr_cpu_ids));
	for_each_possible_cpu(cpu) {
		if (cpu_online(cpu))
			continue;
		set_cpu_online(cpu, true);
		EXPECT(cpu_online(cpu));
		EXPECT_EQ(num_online_cpus(), online + 1);
		set_cpu_online(cpu, false);
		EXPECT_EQ(num_online_cpus(), online);
	}
}

SELFTEST(arch, lock_try, "a lock word is taken when it is 0, once, and stays 1 until it is 0 again")
{
	u32 words[] = { 0x5a5a5a5a, 0, 0xa5a5a5a5 };

	for (unsigned int i = 0; i < 3; i++) {
		EXPECT(arch_lock_try(&words[1]));
		EXPECT_EQ(words[1], 1);
		EXPECT(!arch_lock_try(&words[1]));
		EXPECT_EQ(words[1], 1);
		words[1] = 0;
	}
	EXPECT(words[0] == 0x5a5a5a5a && words[2] == 0xa5a5a5a5);
}

SELFTEST(arch, inc_if, "arch_inc_if() and arch_dec_if() ask both halves of a word, and change one")
{
	static const struct {
		u32 high, low;
		bool up, down;
	} cases[] = {
		{ 7, 0, false, false }, { 7, 4, false, false },	       { 7, 5, true, true },
		{ 7, 6, true, true },	{ 6, 5, false, false },	       { 0, 9, false, false },
		{ 8, 5, false, false }, { 7, 0x7fffffff, true, true },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		const u64 was = (u64)cases[i].high << 32 | cases[i].low;
		u64 words[] = { 1, was, 2, was, 3 };

		EXPECT_EQ(arch_inc_if(&words[1], 7, 5), cases[i].up);
		EXPECT(words[1] == was + cases[i].up);
		EXPECT_EQ(arch_dec_if(&words[3], 7, 5), cases[i].down);
		EXPECT(words[3] == was - cases[i].down);
		EXPECT(words[0] == 1 && words[2] == 2 && words[4] == 3);
	}
}

/* What is read is what was set, also when the compiler has just seen it read. */
SELFTEST(arch, percpu_register, "arch_percpu_offset() is what arch_percpu_set() was given last")
{
	unsigned long flags = arch_irq_save();
	unsigned long before = arch_percpu_offset(), during, after;

	arch_percpu_set(0x12345678);
	during = arch_percpu_offset();
	arch_percpu_set(before);
	after = arch_percpu_offset();
	arch_irq_restore(flags);
	EXPECT_EQ(during, 0x12345678);
	EXPECT_EQ(after, before);
}
