/*
 * areas.c - each CPU's copies of the static per-CPU variables
 *
 *	image     [ __per_cpu_start … __per_cpu_end )       as linked; nobody's after the switch
 *	               │ copy      │ copy      │ copy
 *	boot memory  [ CPU 0 ]   [ CPU 1 ]   [ CPU 2 ]      each aligned as the variables need
 *
 *	__per_cpu_offset[cpu] = area of cpu - __per_cpu_start, also in that CPU's own register
 *
 * Invariants (percpu_areas_check() verifies all)
 *   I1  The boot CPU's register holds __per_cpu_offset[0], and CPU n's holds that of n once it runs.
 *   I2  Areas do not overlap, and each has the alignment of the linked variables.
 *   I3  The variables as linked are not written after the switch: their sum stays what it was.
 *   I4  There are 1 to NR_CPUS CPUs; the offset of any other leads into the unmapped first pages.
 *
 * Life of a variable
 *   linked --(boot CPU uses it in place)--> setup_per_cpu_areas() --> one copy a CPU, for ever
 *
 * Locking: written at boot by one CPU; read-only after.
 * Read next: the folder of the implementation, for objects made at run time.
 * Linux: mm/percpu.c (setup_per_cpu_areas), init/main.c of 2.6.15
 */
#include <string.h>

#include "kernel/check/check.h"
#include "mm/early/early.h"
#include "mm/percpu/percpu_impl.h"

unsigned long __per_cpu_offset[NR_CPUS];

static bool areas_stand; /* [I] */
static u32 linked_sum;	 /* [I] of the variables as linked, at the switch */

size_t percpu_static_size(void)
{
	return (size_t)(__per_cpu_end - __per_cpu_start);
}

/* J. Fletcher's checksum, over bytes: sees what moved as well as what changed. */
static u32 sum_linked(void)
{
	u32 a = 1, b = 0;

	for (size_t i = 0; i < percpu_static_size(); i++) {
		a += ((volatile u8 *)__per_cpu_start)[i];
		b += a;
	}
	return b << 16 ^ a ^ b >> 16;
}

static unsigned long __init copy_area(size_t align)
{
	size_t size = percpu_static_size();
	void *area = early_alloc_raw(ALIGN(size, align), align);

	memcpy(area, __per_cpu_start, size);
	return (unsigned long)area - (unsigned long)__per_cpu_start;
}

/* The offset of a CPU that does not exist. */
static unsigned long nowhere(void)
{
	return -(unsigned long)__per_cpu_start;
}

size_t __init setup_per_cpu_areas(void)
{
	size_t align = max((size_t)__per_cpu_align, (size_t)L1_CACHE_BYTES); /* keeps I2 */
	unsigned int cpu;

	for (cpu = 0; cpu < NR_CPUS; cpu++) /* keeps I4; as linked until it has one */
		__per_cpu_offset[cpu] = cpu_possible(cpu) ? copy_area(align) : nowhere();
	arch_percpu_set(__per_cpu_offset[arch_cpu_id()]); /* keeps I1 */
	linked_sum = sum_linked();
	areas_stand = true;
	percpu_objects_init();
	return ALIGN(percpu_static_size(), align);
}

bool percpu_is_linked(const void *p)
{
	return (const char *)p >= __per_cpu_start && (const char *)p < __per_cpu_end;
}

/* I2, of CPU a and those before it. */
static bool area_is_apart(struct check *check, unsigned int a)
{
	for (unsigned int b = 0; b < a; b++) {
		unsigned long low = min(__per_cpu_offset[a], __per_cpu_offset[b]);
		unsigned long high = max(__per_cpu_offset[a], __per_cpu_offset[b]);

		if (high - low < percpu_static_size())
			return check_broken(check, "I2: the areas of CPU %u and %u overlap", b, a);
	}
	return true;
}

/* I4 */
static bool cpus_have_areas(struct check *check)
{
	bool sound = nr_cpu_ids && nr_cpu_ids == num_possible_cpus();

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		sound = sound && cpu_possible(cpu) == (__per_cpu_offset[cpu] != nowhere());
	return sound || check_broken(check, "I4: %u CPUs, and others have areas", nr_cpu_ids);
}

bool percpu_areas_check(struct check *check)
{
	unsigned long here = __per_cpu_offset[arch_cpu_id()];
	unsigned int cpu;

	if (!areas_stand)
		return true; /* the variables as linked are the boot CPU's */
	if (!cpus_have_areas(check))
		return false;
	if (arch_percpu_offset() != here)
		return check_broken(check, "I1: CPU %u works with offset 0x%lx, not 0x%lx",
				    arch_cpu_id(), arch_percpu_offset(), here);
	for_each_possible_cpu(cpu) {
		if (!area_is_apart(check, cpu))
			return false;
		check_counted(check, 1, "areas");
	}
	if (sum_linked() != linked_sum)
		return check_broken(check,
				    "I3: a variable was written without this_cpu_ or per_cpu");
	return true;
}
