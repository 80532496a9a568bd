/*
 * percpu.c - what per-CPU objects and operations cost, alone and among many live ones
 *
 * Read next: mm/percpu/percpu.h.
 */
#include "kernel/bench/bench.h"
#include "kernel/cpu.h"
#include "mm/percpu/percpu.h"

static DEFINE_PER_CPU(unsigned long, bench_counter);

static void alloc_pairs(struct bench *b)
{
	const size_t size = opaque((size_t)64), align = opaque((size_t)8);
	void *object;

	BENCH_HOT_PAIRS(b, object, object = __alloc_percpu(size, align), free_percpu(object));
}

/* An object has a copy for each CPU that the machine may have: with more of them it costs more. */
static void run_cpus(struct bench *b)
{
	if (num_possible_cpus() == b->arg)
		alloc_pairs(b);
	else
		bench_leave_out(b, b->arg == 1 ? "wants a machine of 1 CPU"
					       : "wants a machine of 4 CPUs");
}
BENCH_REGISTER(percpu_alloc64, "percpu.alloc64", "__alloc_percpu + free_percpu, 64 bytes, 1 CPU",
	       "kmalloc's CPU stock filled, a slot free", run_cpus, 1);
BENCH_REGISTER(percpu_alloc64_cpus4, "percpu.alloc64.cpus4",
	       "__alloc_percpu + free_percpu, 64 bytes, 4 CPUs, of which 1 runs",
	       "kmalloc's CPU stock filled, a slot free", run_cpus, 4);

/* Among many live ones; for as many CPUs as there are. */
static void run_live(struct bench *b)
{
	unsigned long held;

	for (held = 0; held < b->arg; held++) {
		b->object[held] = __alloc_percpu_gfp(64, 8, GFP_KERNEL | __GFP_NOWARN);
		if (!b->object[held])
			break;
	}
	if (held == b->arg)
		alloc_pairs(b);
	else
		bench_leave_out(b, "not enough memory");
	while (held--)
		free_percpu(b->object[held]);
}

#define LIVE_ROW(n)                                              \
	BENCH_REGISTER(percpu_live##n, "percpu.alloc64.live" #n, \
		       "__alloc_percpu + free_percpu, 64 bytes", \
		       #n " other objects of that size are held", run_live, n)
LIVE_ROW(1);
LIVE_ROW(10);
LIVE_ROW(100);
LIVE_ROW(1000);
LIVE_ROW(5000);

BENCH(percpu_inc, "percpu.this_cpu_inc", "this_cpu_inc of a variable", NULL)
{
	BENCH_HOT(b, this_cpu_inc(bench_counter));
}

BENCH(percpu_inc_plain, "percpu.__this_cpu_inc", "__this_cpu_inc of a variable", NULL)
{
	BENCH_HOT(b, __this_cpu_inc(bench_counter));
}

BENCH(percpu_object_inc, "percpu.this_cpu_inc.object", "this_cpu_inc of an object", "one object")
{
	unsigned long *object = alloc_percpu(unsigned long);

	if (!object) {
		bench_leave_out(b, "out of memory");
		return;
	}
	BENCH_HOT(b, this_cpu_inc(*opaque(object)));
	free_percpu(object);
}
