/*
 * percpu.c - what per-CPU objects and operations cost
 */
#include "kernel/bench/bench.h"
#include "mm/percpu/percpu.h"

static DEFINE_PER_CPU(unsigned long, bench_counter);

BENCH(percpu_alloc64, "percpu.alloc64", "__alloc_percpu + free_percpu, 64 bytes",
      "kmalloc's CPU stock filled, a slot free")
{
	const size_t size = opaque((size_t)64);
	void *object;

	BENCH_HOT_PAIRS(b, object, object = __alloc_percpu(size, 8), free_percpu(object));
}

BENCH(percpu_inc, "percpu.this_cpu_inc", "this_cpu_inc of a variable", "none")
{
	BENCH_HOT(b, this_cpu_inc(bench_counter));
}

BENCH(percpu_inc_plain, "percpu.__this_cpu_inc", "__this_cpu_inc of a variable", "none")
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
