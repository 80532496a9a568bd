/*
 * region.c - which part of the address space an address belongs to
 *
 *	0 ... modules | pkmap | lowmem | gap | vmalloc | gap | fixmap | above ... top
 *	                      PAGE_OFFSET    high_memory + VMALLOC_GAP
 *
 * Invariants
 *   I1  Starts ascend, the first is 0; a region ends where the next one begins.
 *
 * Locking: none; all is fixed after nodes_init().
 * Read next: kernel/explain/explain.c, kernel/proc/page_tables.c; arch/arch.h for the constants.
 */
#include "kernel/explain/region.h"
#include "arch/arch.h"
#include "mm/node.h"

/* Where lowmem ends, and vmalloc space begins, is known at run time only: *from counts as well. */
struct border {
	vaddr_t start;
	void *const *from;
	const char *name, *what;
};

static const struct border borders[] = {
	{ 0, NULL, "below the kernel", "nothing is mapped; page 0 never will be" },
	{ PERCPU_START, NULL, "per-CPU handles",
	  "never mapped: per_cpu_ptr() makes addresses of them" },
	{ PERCPU_END, NULL, "below the kernel", "nothing is mapped" },
	{ MODULES_VADDR, NULL, "modules", "kept for code that is near enough to call the image's" },
	{ PKMAP_BASE, NULL, "pkmap", "highmem pages mapped by kmap()" },
	{ PAGE_OFFSET, NULL, "lowmem", "RAM, mapped 1:1" },
	{ 0, &high_memory, "gap", "unmapped, so that what runs over lowmem's end faults" },
	{ VMALLOC_GAP, &high_memory, "vmalloc", "vmalloc(), vmap() and ioremap() areas" },
	{ VMALLOC_END, NULL, "gap", "unmapped" },
	{ FIXADDR_START, NULL, "fixmap", "devices, early tables and kmap_local slots" },
	{ FIXADDR_END, NULL, "above the fixmap", "nothing is mapped" },
};

static vaddr_t start_of(unsigned int n)
{
	vaddr_t from = borders[n].from ? (vaddr_t)*borders[n].from : 0;

	/* a page of tables serves one window, so one begins where a TABLE_SPAN does (mm/vmap/area.c) */
	return from && borders[n].start ? ALIGN(from + borders[n].start, TABLE_SPAN)
					: from + borders[n].start;
}

bool region_nth(unsigned int n, struct region *region)
{
	if (n >= ARRAY_SIZE(borders))
		return false;
	*region = (struct region){
		.name = borders[n].name,
		.what = borders[n].what,
		.start = start_of(n),
		.last = (n + 1 < ARRAY_SIZE(borders) ? start_of(n + 1) : 0) - 1,
	};
	return true;
}

void region_of(vaddr_t va, struct region *region)
{
	unsigned int n = 0;

	while (region_nth(n, region) && va > region->last)
		n++;
}
