/*
 * checker.c - PERCPU=array: does percpu_check() see what is wrong in the tables?
 */
#include "kernel/selftest/selftest.h"
#include "mm/percpu/percpu.h"

/* Where that CPU's table keeps its copy's address. */
static void **entry_of(const void *object, unsigned int cpu)
{
	unsigned long slot = ((unsigned long)object - PERCPU_START) >> PERCPU_BYTE_SHIFT;

	return &per_cpu(percpu_root, cpu)
			.leaf[slot >> PERCPU_LEAF_SHIFT][slot & (PERCPU_LEAF_SLOTS - 1)];
}

SELFTEST(percpu, checker_sees_objects,
	 "the checker sees a copy that is missing and one that is shared")
{
	unsigned long *object = alloc_percpu(unsigned long);
	bool missing, shared;
	void **entry, *copy;

	EXPECT(object);
	entry = entry_of(object, nr_cpu_ids - 1);
	copy = *entry;
	*entry = NULL;
	missing = percpu_check();
	*entry = nr_cpu_ids > 1 ? (char *)per_cpu_ptr(object, nr_cpu_ids - 2) : (char *)copy + 4;
	shared = percpu_check();
	*entry = copy;
	EXPECT(!missing);
	EXPECT(!shared);
	EXPECT(percpu_check());
	free_percpu(object);
}
