/*
 * ioremap_break.c - mistakes of those who map devices, committed on purpose
 *
 * Each is named and refused, but the last: the access faults, as the address is dead.
 */
#include "kernel/bug.h"
#include "kernel/irq.h"
#include "kernel/shell/break.h"
#include "mm/window/ioremap.h"

/* A bus hole: nothing answers there, and nothing is harmed.  The mapping is all that matters. */
enum { HOLE_PHYS = 0x20000000 };

/* Was it reported, once, with no area made or lost? */
static int refused(unsigned long bugs_before, unsigned long areas_before)
{
	if (bug_count() != bugs_before + 1)
		return shell_error("%lu reports instead of one", bug_count() - bugs_before);
	if (nr_vm_areas() != areas_before)
		return shell_error("%lu areas became %lu", areas_before, nr_vm_areas());
	return vmap_check() ? SHELL_OK : shell_error("the invariants do not hold");
}

static int refused_range(paddr_t phys, size_t size)
{
	unsigned long bugs = bug_count(), areas = nr_vm_areas();
	void *va = ioremap(phys, size);

	if (!va)
		return refused(bugs, areas);
	iounmap(va);
	return shell_error("it was mapped all the same");
}

BREAK(ioremap_ram, "ioremap", "map RAM as a device", "ioremap(PHYS_OFFSET, PAGE_SIZE);")
{
	return refused_range(PHYS_OFFSET, PAGE_SIZE);
}

BREAK(ioremap_zero, "ioremap", "map no bytes at all", "ioremap(phys, 0);")
{
	return refused_range(HOLE_PHYS, 0);
}

BREAK(ioremap_wrap, "ioremap", "map a range beyond the last physical address",
      "ioremap((paddr_t)-PAGE_SIZE, 2 * PAGE_SIZE);")
{
	return refused_range((paddr_t)-PAGE_SIZE, 2 * PAGE_SIZE);
}

BREAK(ioremap_unmap_ram, "ioremap", "unmap what is no area: a lowmem address",
      "iounmap((void *)PAGE_OFFSET);")
{
	unsigned long bugs = bug_count(), areas = nr_vm_areas();

	iounmap((void *)PAGE_OFFSET);
	return refused(bugs, areas);
}

BREAK(ioremap_unmap_vmalloc, "ioremap", "unmap an area of vmalloc()",
      "area = vmalloc(PAGE_SIZE); iounmap(area);")
{
	unsigned long bugs = bug_count(), areas;
	void *area = vmalloc(PAGE_SIZE);
	int result;

	if (!area)
		return shell_error("no area is left");
	areas = nr_vm_areas();
	iounmap(area);
	result = refused(bugs, areas);
	vfree(area);
	return result;
}

BREAK(ioremap_unmap_inside, "ioremap", "unmap the second page of an area",
      "iounmap(va + PAGE_SIZE);")
{
	unsigned long bugs = bug_count(), areas;
	char *va = ioremap(HOLE_PHYS, 2 * PAGE_SIZE);
	int result;

	if (!va)
		return shell_error("no area is left");
	areas = nr_vm_areas();
	iounmap(va + PAGE_SIZE);
	result = refused(bugs, areas);
	iounmap(va);
	return result;
}

BREAK(ioremap_unmap_twice, "ioremap", "unmap an area twice", "iounmap(va); iounmap(va);")
{
	unsigned long bugs = bug_count(), areas = nr_vm_areas();
	void *va = ioremap(HOLE_PHYS, PAGE_SIZE);

	if (!va)
		return shell_error("no area is left");
	iounmap(va);
	iounmap(va);
	return refused(bugs, areas);
}

static void map_hole(void *va)
{
	*(void **)va = ioremap(HOLE_PHYS, PAGE_SIZE);
}

BREAK(ioremap_in_interrupt, "ioremap", "map a device in an interrupt handler",
      "ioremap(phys, PAGE_SIZE); /* in a handler */")
{
	unsigned long bugs = bug_count(), areas = nr_vm_areas();
	void *va = NULL;

	if (!irq_call(map_hole, &va))
		return shell_error("interrupts are masked");
	return va ? shell_error("it was mapped all the same") : refused(bugs, areas);
}

BREAK(ioremap_use_after_unmap, "ioremap", "read a device's register after unmapping it: faults",
      "iounmap(va); word = *va;", .caught = BREAK_FAULTS)
{
	volatile u32 *va = ioremap(HOLE_PHYS, PAGE_SIZE);
	u32 word;

	if (!va)
		return shell_error("no area is left");
	word = *va;
	iounmap(va);
	word += *va;
	return shell_error("read 0x%lx from %p all the same", (unsigned long)word, (void *)va);
}
