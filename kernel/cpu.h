/*
 * cpu.h - which CPUs there are, and which of them run
 *
 *	0 .. nr_cpu_ids - 1      possible: the machine has them
 *	a subset of those        online: they have come up; the boot CPU is 0
 *
 * NR_CPUS (arch/arch.h) bounds what the image is built for; memory is spent only on what is possible.
 * Names as in Linux 6.1 (include/linux/cpumask.h).
 */
#ifndef KERNEL_CPU_H
#define KERNEL_CPU_H

#include "arch/arch.h"

/* How many CPUs are possible: 1 before cpus_init(), fixed afterwards. */
extern unsigned int nr_cpu_ids;

/* Asks the port how many CPUs the machine has.  Context: boot, once. */
void cpus_init(void);

/* However many are said to be there: what was written over is not followed out of a table. */
static inline unsigned int num_possible_cpus(void)
{
	return min(nr_cpu_ids, (unsigned int)NR_CPUS);
}

static inline bool cpu_possible(unsigned int cpu)
{
	return cpu < num_possible_cpus();
}

bool cpu_online(unsigned int cpu);
unsigned int num_online_cpus(void);
/* Called by the bring-up of that CPU.  Context: any. */
void set_cpu_online(unsigned int cpu, bool online);

/* The CPU that runs this.  Without a scheduler it stays the same for the whole call chain. */
#define smp_processor_id() arch_cpu_id()

#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < num_possible_cpus(); (cpu)++)
#define for_each_online_cpu(cpu)                           \
	for_each_possible_cpu(cpu)                         \
		if (!cpu_online(cpu)) { /* not this one */ \
		} else

#endif /* KERNEL_CPU_H */
