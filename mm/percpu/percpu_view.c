/*
 * percpu_view.c - looking at per-CPU data: /proc/percpu, `percpu show`, and what `explain` says
 *
 *	an address     as linked?  in a CPU's area?  a handle?  in a copy of an object?
 *	  explain  ──>    variable    variable, CPU      object      object, CPU
 *
 * Variables are known by the image's symbol table, so a variable's size is the way to the next
 * symbol: padding is shown with it.
 *
 * Locking: none of its own; objects that come and go meanwhile may be shown or not.
 * Read next: percpu_shell.c.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/explain/explain.h"
#include "kernel/kallsyms.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/stat_items.h"
#include "mm/percpu/percpu_impl.h"
#include "mm/percpu/percpu_view.h"

bool percpu_variable_at(const void *linked, struct percpu_variable *v)
{
	unsigned long offset, size;

	if (!percpu_is_linked(linked) ||
	    !kallsyms_lookup((unsigned long)linked, v->name, &offset, &size))
		return false;
	v->linked = (char *)linked - offset;
	v->size = min(size, (unsigned long)(__per_cpu_end - v->linked));
	return true;
}

bool percpu_variable_next(struct percpu_variable *v)
{
	const char *next = v->linked ? v->linked + v->size : __per_cpu_start;

	return percpu_variable_at(next, v);
}

/* --- values ----------------------------------------------------------------------------------- */

static void print_bytes(const u8 *copy, size_t size)
{
	enum { BYTES_SHOWN = 32 };

	for (size_t i = 0; i < min(size, (size_t)BYTES_SHOWN); i++)
		con_printf(" %02x", copy[i]);
	con_puts(size > BYTES_SHOWN ? " ...\n" : "\n");
}

static void print_value(const void *copy, size_t size)
{
	u64 value = 0;

	if (size != 1 && size != 2 && size != 4 && size != 8) {
		print_bytes(copy, size);
		return;
	}
	memcpy(&value, copy, size); /* the lowest bytes: the machine is little-endian */
	con_printf(" 0x%0*llx  %llu\n", (int)(2 * size), (unsigned long long)value,
		   (unsigned long long)value);
}

void percpu_print_copies(const void *pointer, size_t size)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		const void *copy = per_cpu_ptr((const char *)pointer, cpu);

		con_printf("  CPU %u%s  %p ", cpu, cpu_online(cpu) ? "" : " (offline)", copy);
		print_value(copy, size);
	}
}

/* --- the overview ----------------------------------------------------------------------------- */

static void print_areas(void)
{
	unsigned int cpu;

	con_printf("static: %lu bytes for each of %u CPUs (%u online), linked at %p\n",
		   (unsigned long)percpu_static_size(), nr_cpu_ids, num_online_cpus(),
		   (void *)__per_cpu_start);
	for_each_possible_cpu(cpu)
		con_printf("  CPU %u: area %p offset 0x%lx\n", cpu,
			   __per_cpu_start + per_cpu_offset(cpu), per_cpu_offset(cpu));
}

static void print_variables(void)
{
	struct percpu_variable v = {};

	while (percpu_variable_next(&v))
		con_printf("  %-30s %5lu bytes at +0x%lx\n", v.name, (unsigned long)v.size,
			   (unsigned long)(v.linked - __per_cpu_start));
}

static void print_objects(void)
{
	struct percpu_object object = {};

	while (!con_interrupted() && percpu_object_next(&object))
		con_printf("  %p %5lu bytes, align %lu\n", object.handle,
			   (unsigned long)object.size, (unsigned long)object.align);
}

PROC_FILE(percpu, "per-CPU areas, variables and objects")
{
	struct percpu_totals totals;

	percpu_object_totals(&totals);
	print_areas();
	print_variables();
	con_printf("objects (%s): %lu live, at most %lu; %lu pages\n", percpu_name, totals.objects,
		   totals.objects_max, totals.pages);
	print_objects();
}

/*
 * Every live object's copies, and the tables' pages.  The copies are objects of caches, so they are
 * under Slab, too; variables were never free and are not counted.
 */
MEMINFO_ITEM(Percpu, 410)
{
	struct percpu_object object = {};
	struct percpu_totals totals;
	unsigned long bytes = 0;

	while (percpu_object_next(&object))
		bytes += object.size * nr_cpu_ids;
	percpu_object_totals(&totals);
	return DIV_ROUND_UP(bytes, KiB) + (totals.pages << (PAGE_SHIFT - 10));
}

/* --- explain ---------------------------------------------------------------------------------- */

static bool explain_variable(const char *linked, const char *whose)
{
	struct percpu_variable v;

	if (!percpu_variable_at(linked, &v))
		return false;
	con_printf("percpu: byte %lu of variable %s, %s\n", (unsigned long)(linked - v.linked),
		   v.name, whose);
	return true;
}

/* In the area of a CPU? */
static bool explain_area(vaddr_t va)
{
	unsigned int cpu;
	char whose[24];

	for_each_possible_cpu(cpu) {
		snprintf(whose, sizeof(whose), "CPU %u's copy", cpu);
		if (explain_variable((const char *)(va - per_cpu_offset(cpu)), whose))
			return true;
	}
	return false;
}

/* Returns whether it is one of the object's bytes: else it is one of those that rounding put behind it. */
static bool print_object(const struct percpu_object *object, unsigned long byte)
{
	bool inside = byte < object->size;

	con_printf(inside ? "percpu: byte %lu of" : "percpu: +0x%lx behind the end of",
		   inside ? byte : byte - (unsigned long)object->size);
	con_printf(" object %p (%lu bytes)", object->handle, (unsigned long)object->size);
	return inside;
}

static bool explain_handle(vaddr_t va)
{
	struct percpu_object object;

	if (!percpu_object_at((const void *)va, &object))
		return false;
	if (print_object(&object, va - (vaddr_t)object.handle))
		con_puts(": a per-CPU pointer, not an address\n");
	else
		con_puts(": a per-CPU pointer to nothing, not an address\n");
	return true;
}

/* In a CPU's copy of some object?  Looks at all of them. */
static bool explain_copy(vaddr_t va)
{
	struct percpu_object object = {};
	unsigned int cpu;

	while (percpu_object_next(&object)) {
		for_each_possible_cpu(cpu) {
			vaddr_t copy = (vaddr_t)per_cpu_ptr((const char *)object.handle, cpu);

			if (va - copy >= object.stride)
				continue;
			print_object(&object, va - copy);
			con_printf(", CPU %u's copy\n", cpu);
			return true;
		}
	}
	return false;
}

EXPLAINER(percpu, 45)
{
	return explain_variable((const char *)va, "as linked: nobody's since the areas stand") ||
	       explain_area(va) || explain_handle(va) || explain_copy(va);
}
