/*
 * cpu.c - the sets of possible and of running CPUs
 *
 *	port: "2 CPUs" ──cpus_init()──> nr_cpu_ids = 2      online bits  [1 . . .]
 *	CPU 1 comes up ──set_cpu_online(1, true)──────────>              [1 1 . .]
 *
 * Invariant  I1  An online CPU is possible.
 *
 * Locking: nr_cpu_ids is fixed after boot; each online bit is changed by one atomic operation.
 */
#include "kernel/cpu.h"
#include "kernel/bug.h"

unsigned int nr_cpu_ids = 1;

static unsigned long online[DIV_ROUND_UP(NR_CPUS, BITS_PER_LONG)] = { 1 };

void __init cpus_init(void)
{
	nr_cpu_ids = min(arch_nr_cpus(), (unsigned int)NR_CPUS);
}

bool cpu_online(unsigned int cpu)
{
	if (!cpu_possible(cpu))
		return false;
	return READ_ONCE(online[cpu / BITS_PER_LONG]) >> cpu % BITS_PER_LONG & 1;
}

unsigned int num_online_cpus(void)
{
	unsigned int cpu, n = 0;

	for_each_online_cpu(cpu)
		n++;
	return n;
}

void set_cpu_online(unsigned int cpu, bool up)
{
	unsigned long bit = 1ul << cpu % BITS_PER_LONG;

	ASSERT(cpu_possible(cpu)); /* keeps I1 */
	if (up)
		__atomic_fetch_or(&online[cpu / BITS_PER_LONG], bit, __ATOMIC_RELEASE);
	else
		__atomic_fetch_and(&online[cpu / BITS_PER_LONG], ~bit, __ATOMIC_RELEASE);
}
