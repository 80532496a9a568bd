/*
 * vmap_break.c - mistakes of those who use areas, committed on purpose
 *
 * Refusals are seen to be named, with the areas unchanged.  Faults end the command in an oops; the
 * area that was misused stays until the next such mistake takes its place.
 */
#include "kernel/bug.h"
#include "kernel/console.h"
#include "kernel/shell/break.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"

/* One report, and the areas are sound: the refusal refused. */
static int refused(unsigned long bugs_before)
{
	if (bug_count() != bugs_before + 1)
		return shell_error("%lu reports instead of one", bug_count() - bugs_before);
	return vmap_check() ? SHELL_OK : shell_error("the areas' invariants do not hold");
}

/* An area of two pages, wrongly used by `mistake`, then rightly freed. */
static int with_area(void (*mistake)(char *area))
{
	unsigned long bugs = bug_count();
	char *area = vmalloc(2 * PAGE_SIZE);
	int result;

	if (!area)
		return shell_error("no area");
	mistake(area);
	result = refused(bugs);
	vfree(area);
	return result;
}

/* --- refusals --------------------------------------------------------------------------------- */

static void free_other(char *area __unused)
{
	vfree((void *)(VMALLOC_END - PAGE_SIZE));
}

BREAK(vmap_non_area, "vmap", "vfree an address where no area is",
      "vfree((void *)(VMALLOC_END - PAGE_SIZE));")
{
	return with_area(free_other);
}

static void free_inside(char *area)
{
	vfree(area + PAGE_SIZE);
}

BREAK(vmap_interior, "vmap", "vfree the second page of an area", "vfree(area + PAGE_SIZE);")
{
	return with_area(free_inside);
}

static void free_unaligned(char *area)
{
	vfree(area + 8);
}

BREAK(vmap_unaligned, "vmap", "vfree an address that is no page's", "vfree(area + 8);")
{
	return with_area(free_unaligned);
}

BREAK(vmap_double_free, "vmap", "vfree the same area twice", "vfree(area); vfree(area);")
{
	unsigned long bugs = bug_count();
	void *area = vmalloc(PAGE_SIZE);

	vfree(area);
	vfree(area);
	return area ? refused(bugs) : shell_error("no area");
}

BREAK(vmap_kmalloc_free, "vmap", "vfree an object of kmalloc",
      "object = kmalloc(PAGE_SIZE, gfp); vfree(object);")
{
	unsigned long bugs = bug_count();
	void *object = kmalloc(PAGE_SIZE, GFP_KERNEL);
	int result;

	vfree(object);
	result = refused(bugs);
	kfree(object);
	return object ? result : shell_error("no memory");
}

static void unmap_it(char *area)
{
	vunmap(area);
}

BREAK(vmap_vunmap_of_vmalloc, "vmap", "vunmap an area of vmalloc, whose pages would be lost",
      "area = vmalloc(size); vunmap(area);")
{
	return with_area(unmap_it);
}

BREAK(vmap_vfree_of_vmap, "vmap", "vfree an area of vmap, whose pages are the caller's",
      "area = vmap(&page, 1, VM_MAP, PAGE_KERNEL); vfree(area);")
{
	unsigned long bugs = bug_count();
	struct page *page = alloc_page(GFP_KERNEL);
	void *area = page ? vmap(&page, 1, VM_MAP, PAGE_KERNEL) : NULL;
	int result;

	vfree(area);
	result = refused(bugs);
	vunmap(area);
	if (page)
		__free_page(page);
	return area ? result : shell_error("no area");
}

BREAK(vmap_zero_size, "vmap", "vmalloc nothing at all", "vmalloc(0);")
{
	unsigned long bugs = bug_count();

	return vmalloc(0) ? shell_error("an area was given all the same") : refused(bugs);
}

BREAK(vmap_text, "vmap", "make the kernel's code writable by another view of it",
      "page = virt_to_page(text); vmap(&page, 1, VM_MAP, PAGE_KERNEL);")
{
	struct page *page = virt_to_page((void *)((vaddr_t)refused & PAGE_MASK));
	unsigned long bugs = bug_count();
	void *area = vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	vunmap(area);
	return area ? shell_error("it was given") : refused(bugs);
}

BREAK(vmap_executable, "vmap", "make data executable by another view of it",
      "vmap(&page, 1, VM_MAP, PAGE_KERNEL_ROX);")
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long bugs = bug_count();
	void *area = page ? vmap(&page, 1, VM_MAP, PAGE_KERNEL_ROX) : NULL;
	int result;

	vunmap(area);
	result = refused(bugs);
	if (page)
		__free_page(page);
	return area ? shell_error("it was given") : result;
}

/* --- faults ----------------------------------------------------------------------------------- */

/* An area of one page that may outlive the command; the former one is freed. */
static volatile u32 *victim(pgprot_t prot)
{
	static void *area;

	vfree(area);
	area = __vmalloc_node_range(PAGE_SIZE, 1, VMALLOC_START, VMALLOC_END, GFP_KERNEL, prot, 0,
				    NUMA_NO_NODE, __builtin_return_address(0));
	return area;
}

BREAK(vmap_overrun, "vmap", "write behind an area's end: the guard page (oops)",
      "area = vmalloc(PAGE_SIZE); area[PAGE_SIZE / sizeof(*area)] = 1;", .caught = BREAK_FAULTS)
{
	volatile u32 *area = victim(PAGE_KERNEL);

	if (!area)
		return shell_error("no area");
	area[PAGE_SIZE / sizeof(*area)] = 1;
	return shell_error("the guard page took it");
}

BREAK(vmap_use_after_free, "vmap", "read an area after vfree (oops)",
      "vfree(area); word = area[0];", .caught = BREAK_FAULTS)
{
	volatile u32 *area = vmalloc(PAGE_SIZE);

	if (!area)
		return shell_error("no area");
	area[0] = 1;
	vfree((void *)area);
	return shell_error("it still says %lu", (unsigned long)area[0]);
}

BREAK(vmap_write_read_only, "vmap", "write to an area that is mapped read-only (oops)",
      "area = __vmalloc_node_range(..., PAGE_KERNEL_RO, ...); area[0] = 1;", .caught = BREAK_FAULTS)
{
	volatile u32 *area = victim(PAGE_KERNEL_RO);

	if (!area)
		return shell_error("no area");
	area[0] = 1;
	return shell_error("it was written");
}

BREAK(vmap_execute, "vmap", "call into an area that is not of vmalloc_exec (oops)",
      "area = vmalloc(PAGE_SIZE); ((void (*)(void))area)();", .caught = BREAK_FAULTS)
{
	volatile u32 *area = victim(PAGE_KERNEL);
	void (*volatile function)(void) = (void (*)(void))(unsigned long)area;

	if (!area)
		return shell_error("no area");
	function();
	return shell_error("it was executed");
}
