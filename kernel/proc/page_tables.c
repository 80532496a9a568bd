/*
 * page_tables.c - /proc/kernel_page_tables: the whole address space, equal neighbours as one line
 *
 *	arch_walk(va), from 0 to the top ──> run of equal mappings ──> one line
 *	                                └──> region boundary ──────> a heading, and a new run
 *
 * Invariants
 *   I1  A run's pieces agree in level, rights and type, touch in virtual addresses, and never
 *       cross a region's start.
 *   I2  A run of RAM or devices is one line even when its physical addresses jump: the first one
 *       is shown, with "..." behind it when they do.
 *
 * Locking  none: each entry is read at once.
 * Linux: /sys/kernel/debug/kernel_page_tables (arch/arm/mm/dump.c).
 */
#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/proc/proc.h"
#include "kernel/explain/region.h"

#include <string.h>

struct run {
	struct arch_mapping first;
	unsigned long size;
	bool contiguous; /* physically */
};

static bool same_kind(const struct arch_mapping *a, const struct arch_mapping *b)
{
	return a->present == b->present && a->read == b->read && a->write == b->write &&
	       a->exec == b->exec && a->user == b->user && a->device == b->device &&
	       a->cached == b->cached && a->shared == b->shared && strcmp(a->level, b->level) == 0;
}

/* 4 KiB to 1 GiB in the largest unit that loses nothing. */
static void print_size(unsigned long size)
{
	if (size % MiB == 0)
		con_printf("%6lu MiB", size / MiB);
	else
		con_printf("%6lu KiB", size / KiB);
}

static void print_run(const struct run *run)
{
	const struct arch_mapping *m = &run->first;

	if (!run->size || !m->present)
		return;
	con_printf("  0x%08lx-0x%08lx ", m->start, m->start + (run->size - 1));
	print_size(run->size);
	con_printf("  %-12s %c%c%c%s %-8s %-6s pa 0x%08lx%s\n", m->level, m->read ? 'r' : '-',
		   m->write ? 'w' : '-', m->exec ? 'x' : '-', m->user ? " user" : "",
		   m->device   ? "device"
		   : m->cached ? "cached"
			       : "uncached",
		   m->shared ? "shared" : "", m->phys, run->contiguous ? "" : "...");
}

/* Adds a mapping to the run, or prints the run and begins another. */
static void extend(struct run *run, const struct arch_mapping *m)
{
	if (run->size && same_kind(&run->first, m)) {
		if (m->present && m->phys != run->first.phys + run->size)
			run->contiguous = false; /* I2 */
		run->size += m->size;
		return;
	}
	print_run(run);
	*run = (struct run){ .first = *m, .size = m->size, .contiguous = true };
}

static void print_region(const struct region *region)
{
	struct run run = { .size = 0 };
	vaddr_t va = region->start;

	con_printf("---[ %s: 0x%08lx-0x%08lx ]---\n", region->name, region->start, region->last);
	for (;;) {
		struct arch_mapping m;

		arch_walk(va, &m);
		extend(&run, &m);
		if (m.start + (m.size - 1) >= region->last || con_interrupted())
			break;
		va = m.start + m.size;
	}
	print_run(&run);
}

PROC_FILE(kernel_page_tables, "what is mapped where: ranges, size, level, rights, type")
{
	struct region region;

	for (unsigned int n = 0; region_nth(n, &region); n++)
		print_region(&region);
}
