/*
 * percpu_break.c - mistakes with per-CPU objects, committed on purpose
 *
 * Each takes an object, commits its mistake, sees it named and the object unharmed, and frees it
 * rightly.
 *
 * Locking: none; the shell's CPU only.
 */
#include "kernel/shell/break.h"
#include "mm/percpu/percpu.h"

static DEFINE_PER_CPU(unsigned long, percpu_break_variable);

/* An object on which `mistake` is committed; it must keep its value. */
static int with_object(void (*mistake)(u64 *object))
{
	u64 *object = alloc_percpu(u64);
	bool intact;

	if (!object)
		return shell_error("no memory for an object");
	this_cpu_write(*object, 0x1122334455667788ull);
	mistake(object);
	intact = this_cpu_read(*object) == 0x1122334455667788ull && percpu_check();
	free_percpu(object);
	return intact ? SHELL_OK : shell_error("the object was changed all the same");
}

static void free_inside(u64 *object)
{
	free_percpu((char *)object + 4);
}

static void free_copy(u64 *object)
{
	free_percpu(this_cpu_ptr(object));
}

static void free_variable(u64 *object __unused)
{
	free_percpu(&percpu_break_variable);
}

static void free_another_twice(u64 *object __unused)
{
	u64 *another = alloc_percpu(u64);

	free_percpu(another);
	free_percpu(another);
}

BREAK(percpu_double_free, "percpu", "free the same object twice",
      "free_percpu(object); free_percpu(object);")
{
	return with_object(free_another_twice);
}

BREAK(percpu_interior_free, "percpu", "free a pointer into an object",
      "free_percpu((char *)object + 4);")
{
	return with_object(free_inside);
}

BREAK(percpu_copy_free, "percpu", "free one CPU's copy instead of the object",
      "free_percpu(this_cpu_ptr(object));")
{
	return with_object(free_copy);
}

BREAK(percpu_static_free, "percpu", "free a variable of DEFINE_PER_CPU",
      "static DEFINE_PER_CPU(unsigned long, v); free_percpu(&v);")
{
	return with_object(free_variable);
}

BREAK(percpu_bad_align, "percpu", "ask for an alignment of 12", "__alloc_percpu(16, 12);")
{
	if (__alloc_percpu(16, 12))
		return shell_error("an object was given all the same");
	return percpu_check() ? SHELL_OK : shell_error("the invariants do not hold");
}

BREAK(percpu_bad_size, "percpu", "ask for an object of 0 bytes", "__alloc_percpu(0, 4);")
{
	if (__alloc_percpu(0, 4))
		return shell_error("an object was given all the same");
	return percpu_check() ? SHELL_OK : shell_error("the invariants do not hold");
}

/* The object is given back first: the fault does not come back here. */
BREAK(percpu_follow, "percpu", "follow a per-CPU pointer without this_cpu_ptr(): a fault",
      "object = alloc_percpu(u64); value = *object;", .caught = BREAK_FAULTS)
{
	u64 *object = alloc_percpu(u64);

	if (!object)
		return shell_error("no memory for an object");
	free_percpu(object);
	return shell_error("read %llu there", (unsigned long long)READ_ONCE(*object));
}

BREAK(percpu_use_after_free, "percpu", "use a freed object's copy: a fault, named in DEBUG builds",
      "free_percpu(object); value = this_cpu_read(*object);", .caught = BREAK_FAULTS)
{
	u64 *object = alloc_percpu(u64);

	if (!object)
		return shell_error("no memory for an object");
	free_percpu(object);
	return shell_error("read %llu there", (unsigned long long)this_cpu_read(*object));
}
