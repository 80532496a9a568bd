/*
 * percpu.c - a counter for each CPU, as a variable and as an object
 *
 *	make EXTRA=tests/examples/percpu.c qemu
 *
 *	crumb> greet; greet                 counts on the CPU that runs it
 *	crumb> percpu show greetings        each CPU's copy of the variable
 *	crumb> cat /proc/greetings          the sums
 *
 *	greetings   CPU 0 [ 2 ]   CPU 1 [ 0 ]   ...        no lock, no cache line that CPUs share:
 *	                 \_____________\_______ sum        a CPU writes only its own; a reader adds up
 *
 * Invariant  I1  Only CPU n writes CPU n's copies.
 *
 * Locking: none needed; this_cpu_inc() is whole against interrupts of its CPU.
 * Read next: mm/percpu/percpu.h
 */
#include <string.h>

#include "kernel/console.h"
#include "kernel/initcall.h"
#include "kernel/proc/proc.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/shell.h"
#include "mm/percpu/percpu.h"

struct greeting_stats {
	unsigned long letters;
	unsigned long longest;
};

static DEFINE_PER_CPU(unsigned long, greetings);
static struct greeting_stats *stats; /* [I] a per-CPU pointer, fixed after init */

static void __init make_stats(void)
{
	stats = alloc_percpu(struct greeting_stats);
}
login_initcall(make_stats);

/* Everything about this CPU's copy: a few instructions, whoever else counts at the same time. */
static void count(unsigned long letters)
{
	this_cpu_inc(greetings);
	this_cpu_add(stats->letters, letters);
	if (letters > this_cpu_read(stats->longest))
		this_cpu_write(stats->longest, letters);
}

SHELL_CMD(greet, "[NAME]", "greet, and count it on this CPU", .group = "example",
	  .example = "greet Ada")
{
	const char *name = argc > 1 ? argv[1] : "reader";

	if (argc > 2)
		return SHELL_USAGE;
	if (!stats)
		return shell_error("there was no memory at boot");
	count(strlen(name));
	con_printf("hello, %s: greeting %lu of CPU %u\n", name, this_cpu_read(greetings),
		   smp_processor_id());
	return SHELL_OK;
}

PROC_FILE(greetings, "what the example counted, over all CPUs")
{
	unsigned long sum = 0, letters = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		sum += per_cpu(greetings, cpu);
		letters += stats ? per_cpu_ptr(stats, cpu)->letters : 0;
	}
	con_printf("greetings %lu\nletters %lu\n", sum, letters);
}

SELFTEST(greetings, counted, "a greeting is counted on this CPU alone")
{
	unsigned int cpu, me = smp_processor_id();
	unsigned long before[NR_CPUS] = {};

	for_each_possible_cpu(cpu)
		before[cpu] = per_cpu(greetings, cpu);
	count(3);
	for_each_possible_cpu(cpu)
		EXPECT_EQ(per_cpu(greetings, cpu), before[cpu] + (cpu == me));
}
