/*
 * areas.c - sizes, counts, bounds, alignments and nodes of areas: vmalloc, vmap, ioremap and what they are made of
 */
#include <errno.h>

#include "mm/page/page.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"
#include "mm/window/ioremap.h"
#include "limit.h"
#include "walk.h"

enum { SRAM_PHYS = 0x48200000, QUIET = GFP_KERNEL | __GFP_NOWARN };

static char text[] = "text";

/* The largest size that may succeed: the window, but for the guard page. */
static unsigned long window_bytes(void)
{
	return VMALLOC_TOTAL - PAGE_SIZE;
}

static void give_area(void *area)
{
	vfree(area);
}

static void give_either(void *what)
{
	kvfree(what);
}

TAKE(take_vmalloc, vmalloc(n))
TAKE(take_vzalloc, vzalloc(n))
TAKE(take_vmalloc_node, vmalloc_node(n, 0))
TAKE(take_vzalloc_node, vzalloc_node(n, 0))
TAKE(take_vmalloc_32, vmalloc_32(n))
TAKE(take_vmalloc_user, vmalloc_user(n))
TAKE(take_vmalloc_exec, vmalloc_exec(n))
TAKE(take___vmalloc, __vmalloc(n, QUIET))
TAKE(take___vmalloc_node, __vmalloc_node(n, 1, QUIET, NUMA_NO_NODE, text))
TAKE(take_kvmalloc, kvmalloc(n, QUIET))
TAKE(take_kvzalloc, kvzalloc(n, QUIET))
TAKE(take_kvmalloc_node, kvmalloc_node(n, QUIET, 0))
TAKE(take_kvzalloc_node, kvzalloc_node(n, QUIET, 0))
TAKE(take_kvmalloc_array, kvmalloc_array(n, PAGE_SIZE, QUIET))
TAKE(take_kvmalloc_array_size, kvmalloc_array(PAGE_SIZE, n, QUIET))
TAKE(take_kvcalloc, kvcalloc(PAGE_SIZE, n, QUIET))

SELFTEST(numbers, areas, "sizes of areas are looked at before they are rounded up")
{
	const unsigned long max = window_bytes(), count = max / PAGE_SIZE;
	const struct walked table[] = {
		{ "vmalloc", 1, max, false, take_vmalloc, give_area },
		{ "vzalloc", 1, max, false, take_vzalloc, give_area },
		{ "vmalloc_node", 1, max, false, take_vmalloc_node, give_area },
		{ "vzalloc_node", 1, max, false, take_vzalloc_node, give_area },
		{ "vmalloc_32", 1, max, false, take_vmalloc_32, give_area },
		{ "vmalloc_user", 1, max, false, take_vmalloc_user, give_area },
		{ "vmalloc_exec", 1, max, false, take_vmalloc_exec, give_area },
		{ "__vmalloc", 1, max, false, take___vmalloc, give_area },
		{ "__vmalloc_node", 1, max, false, take___vmalloc_node, give_area },
		{ "kvmalloc", 1, max, true, take_kvmalloc, give_either },
		{ "kvzalloc", 1, max, true, take_kvzalloc, give_either },
		{ "kvmalloc_node", 1, max, true, take_kvmalloc_node, give_either },
		{ "kvzalloc_node", 1, max, true, take_kvzalloc_node, give_either },
		{ "kvmalloc_array", PAGE_SIZE, count, true, take_kvmalloc_array, give_either },
		{ "kvmalloc_array size", PAGE_SIZE, count, true, take_kvmalloc_array_size,
		  give_either },
		{ "kvcalloc", PAGE_SIZE, count, true, take_kvcalloc, give_either },
	};

	EXPECT_WALK(table);
	EXPECT(vmap_check());
}

/* --- bounds, alignments, nodes ---------------------------------------------------------------- */

static void *range(unsigned long start, unsigned long end, unsigned long align)
{
	return __vmalloc_node_range(PAGE_SIZE, align, start, end, QUIET, PAGE_KERNEL, 0,
				    NUMA_NO_NODE, text);
}

TAKE(take_start, range(n, VMALLOC_END, 1))
TAKE(take_end, range(VMALLOC_START, n, 1))

/* Alignments: powers of two, as large as the window has room for. */
static void *take_align(unsigned long n)
{
	void *area = range(VMALLOC_START, VMALLOC_END, n);

	if (!area || !is_power_up_to(n, 1ul << 31) || (unsigned long)area & (n - 1))
		return area;
	vfree(area);
	return NULL;
}

#define TAKE_NODE(name_, expression) TAKE(name_, as_int(n) == NUMA_NO_NODE ? NULL : (expression))

TAKE_NODE(take_vmalloc_on, vmalloc_node(PAGE_SIZE, as_int(n)))
TAKE_NODE(take_vzalloc_on, vzalloc_node(PAGE_SIZE, as_int(n)))
TAKE_NODE(take_kvmalloc_on, kvmalloc_node(8 * PAGE_SIZE, QUIET, as_int(n)))
TAKE_NODE(take_kvzalloc_on, kvzalloc_node(8 * PAGE_SIZE, QUIET, as_int(n)))

SELFTEST(numbers, places, "bounds, alignments and nodes of areas may be any number")
{
	const unsigned long end = VMALLOC_END - 2 * PAGE_SIZE, nodes = nr_nodes - 1;
	const struct walked table[] = {
		{ "__vmalloc_node_range start", 1, end, true, take_start, give_area },
		{ "__vmalloc_node_range end", 1, ~0ul, false, take_end, give_area },
		{ "__vmalloc_node_range align", 1, 0, false, take_align, give_area },
		{ "vmalloc_node node", 1, nodes, true, take_vmalloc_on, give_area },
		{ "vzalloc_node node", 1, nodes, true, take_vzalloc_on, give_area },
		{ "kvmalloc_node node", 1, nodes, true, take_kvmalloc_on, give_either },
		{ "kvzalloc_node node", 1, nodes, true, take_kvzalloc_on, give_either },
	};

	EXPECT_WALK(table);
	EXPECT(vmap_check());
}

/* --- areas that their owner maps -------------------------------------------------------------- */

TAKE(take_get_area, get_vm_area(n, VM_ALLOC))
TAKE(take_get_area_caller, get_vm_area_caller(n, VM_ALLOC, text))
TAKE(take_get_area_node, get_vm_area_node(n, VM_ALLOC, 0))
TAKE(take_get_registers, get_vm_area(n, VM_IOREMAP))
TAKE(take_get_area_in, __get_vm_area(n, VM_ALLOC, VMALLOC_START, VMALLOC_END))
TAKE(take_get_area_in_caller, __get_vm_area_caller(n, VM_ALLOC, VMALLOC_START, VMALLOC_END, text))
TAKE(take_get_area_in_node, __get_vm_area_node(n, VM_ALLOC, VMALLOC_START, VMALLOC_END, 0))
TAKE(take_get_from, __get_vm_area(PAGE_SIZE, VM_ALLOC, n, VMALLOC_END))
TAKE(take_get_to, __get_vm_area(PAGE_SIZE, VM_ALLOC, VMALLOC_START, n))
TAKE_NODE(take_get_on, get_vm_area_node(PAGE_SIZE, VM_ALLOC, as_int(n)))

static void give_vm_area(void *area)
{
	remove_vm_area(((struct vm_struct *)area)->addr);
	kfree(area);
}

SELFTEST(numbers, addresses, "sizes of areas, and the bounds they lie in, are looked at first")
{
	const unsigned long max = window_bytes(), end = VMALLOC_END - 2 * PAGE_SIZE;
	const struct walked table[] = {
		{ "get_vm_area", 1, max, false, take_get_area, give_vm_area },
		{ "get_vm_area_caller", 1, max, false, take_get_area_caller, give_vm_area },
		{ "get_vm_area_node", 1, max, false, take_get_area_node, give_vm_area },
		{ "get_vm_area of registers", 1, max, false, take_get_registers, give_vm_area },
		{ "__get_vm_area", 1, max, false, take_get_area_in, give_vm_area },
		{ "__get_vm_area_caller", 1, max, false, take_get_area_in_caller, give_vm_area },
		{ "__get_vm_area_node", 1, max, false, take_get_area_in_node, give_vm_area },
		{ "__get_vm_area start", 1, end, true, take_get_from, give_vm_area },
		{ "__get_vm_area end", 1, ~0ul, false, take_get_to, give_vm_area },
		{ "get_vm_area_node node", 1, nr_nodes - 1, true, take_get_on, give_vm_area },
	};

	EXPECT_WALK(table);
	EXPECT(vmap_check());
}

/* --- mappings --------------------------------------------------------------------------------- */

/* As many entries as a count of pages can say before its bytes wrap to one page: all the same page. */
enum { MAPPED_MAX = (1 << (32 - PAGE_SHIFT)) + 3 };
static struct page **mapped;

static void *take_vmap(unsigned long n)
{
	return n < MAPPED_MAX ? vmap(mapped, as_unsigned(n), VM_MAP, PAGE_KERNEL) : NULL;
}

static void give_vmap(void *area)
{
	vunmap(area);
}

static bool begin_mapped(struct page *page)
{
	mapped = vmalloc(MAPPED_MAX * sizeof(*mapped));
	for (unsigned long i = 0; mapped && i < MAPPED_MAX; i++)
		mapped[i] = page;
	return mapped;
}

SELFTEST(numbers, vmap, "a count of pages is looked at before it is shifted to bytes")
{
	const struct walked table[] = {
		{ "vmap", PAGE_SIZE, window_bytes() >> PAGE_SHIFT, false, take_vmap, give_vmap },
	};
	const char *wrong = "no memory";
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page || !begin_mapped(page)) {
		if (page)
			__free_page(page);
		SKIP("no memory for %d pointers", MAPPED_MAX);
	}
	wrong = walk_all(table, ARRAY_SIZE(table));
	__free_page(page);
	vfree(mapped);
	if (wrong)
		selftest_fail(__FILE__, __LINE__, "%s", wrong);
	EXPECT(vmap_check());
}

static struct vm_struct *area;

static unsigned long begins(void)
{
	return (unsigned long)area->addr;
}

/* Two pages of registers, mapped in part: 1 when that was done. */
static void *map_range(unsigned long from, unsigned long to, unsigned long phys)
{
	if (ioremap_page_range(from, to, phys, PAGE_KERNEL_IO))
		return NULL;
	unmap_vm_area(area);
	return text;
}

TAKE(take_range_start, map_range(n, begins() + 2 * PAGE_SIZE, SRAM_PHYS))
TAKE(take_range_end, map_range(begins(), n, SRAM_PHYS))
TAKE(take_range_phys, map_range(begins(), begins() + 2 * PAGE_SIZE, n))

/* What Linux would show a user, it has not shown. */
static void *show_user(unsigned long from, unsigned long to, void *addr, unsigned long pgoff)
{
	struct vm_area_struct vma = { from, to };

	return remap_vmalloc_range(&vma, addr, pgoff) == -ENOSYS ? text : NULL;
}

static void *shown;

TAKE(take_pgoff, show_user(0, PAGE_SIZE, shown, n))
TAKE(take_vma_end, show_user(0, n, shown, 0))
TAKE(take_vma_start, show_user(n, n + PAGE_SIZE, shown, 0))

SELFTEST(numbers, ranges, "what is mapped or shown lies in its area, whatever its numbers are")
{
	static const struct walked table[] = {
		{ "ioremap_page_range start", PAGE_SIZE, 0, false, take_range_start, NULL },
		{ "ioremap_page_range end", PAGE_SIZE, 0, false, take_range_end, NULL },
		{ "ioremap_page_range phys", PAGE_SIZE, 0 - 2 * PAGE_SIZE, true, take_range_phys,
		  NULL },
		{ "remap_vmalloc_range pgoff", PAGE_SIZE, 1, true, take_pgoff, NULL },
		{ "remap_vmalloc_range end", 1, 2 * PAGE_SIZE, false, take_vma_end, NULL },
		{ "remap_vmalloc_range start", 1, 0 - 2 * PAGE_SIZE, true, take_vma_start, NULL },
	};
	const char *wrong = NULL;

	area = get_vm_area(2 * PAGE_SIZE, VM_IOREMAP);
	shown = vmalloc_user(2 * PAGE_SIZE);
	if (area && shown)
		wrong = walk_all(table, ARRAY_SIZE(table));
	vfree(shown);
	if (area)
		give_vm_area(area);
	if (wrong)
		selftest_fail(__FILE__, __LINE__, "%s", wrong);
	EXPECT(vmap_check());
}

/* --- ioremap ---------------------------------------------------------------------------------- */

TAKE(take_ioremap, ioremap(SRAM_PHYS, n))
TAKE(take_ioremap_wc, ioremap_wc(SRAM_PHYS, n))
TAKE(take_ioremap_cache, ioremap_cache(SRAM_PHYS, n))
TAKE(take_ioremap_phys, ioremap(n, 2))

static void give_ioremap(void *registers)
{
	iounmap(registers);
}

SELFTEST(numbers, ioremap,
	 "sizes and ends of physical ranges are looked at before they are rounded")
{
	const unsigned long max = window_bytes();
	const struct walked table[] = {
		{ "ioremap", 1, max, false, take_ioremap, give_ioremap },
		{ "ioremap_wc", 1, max, false, take_ioremap_wc, give_ioremap },
		{ "ioremap_cache", 1, max, false, take_ioremap_cache, give_ioremap },
		{ "ioremap phys", 1, ~0ul - 1, true, take_ioremap_phys, give_ioremap },
	};

	EXPECT_WALK(table);
	EXPECT(vmap_check());
}

/* --- at the limit ----------------------------------------------------------------------------- */

/* The window's last pages: a range in which the largest area has one page less. */
enum { RANGE = 8 };

static void *in_range(unsigned long size, unsigned long align, unsigned long start,
		      unsigned long end)
{
	return __vmalloc_node_range(size, align, start, end, QUIET, PAGE_KERNEL, 0, NUMA_NO_NODE,
				    text);
}

TAKE(take_in, in_range(n, 1, VMALLOC_END - RANGE * PAGE_SIZE, VMALLOC_END))
TAKE(take_in_end, in_range(PAGE_SIZE, 1, VMALLOC_END - RANGE * PAGE_SIZE, n))
TAKE(take_in_start, in_range(PAGE_SIZE, 1, n, VMALLOC_END))
TAKE(take_area, __get_vm_area(n, VM_ALLOC, VMALLOC_END - RANGE * PAGE_SIZE, VMALLOC_END))
TAKE(take_area_end, __get_vm_area(PAGE_SIZE, VM_ALLOC, VMALLOC_END - RANGE * PAGE_SIZE, n))
TAKE(take_area_start, __get_vm_area(PAGE_SIZE, VM_ALLOC, n, VMALLOC_END))
TAKE(take_node_in, __get_vm_area_node(PAGE_SIZE, VM_ALLOC, VMALLOC_START, VMALLOC_END, as_int(n)))

SELFTEST(numbers, limits_areas,
	 "areas end a guard page before their range, which ends in the window")
{
	const unsigned long most = (RANGE - 1) * PAGE_SIZE, last = VMALLOC_END - 2 * PAGE_SIZE;
	const struct limit table[] = {
		{ "__vmalloc_node_range", most, take_in, give_area, 0 },
		{ "__vmalloc_node_range start", last, take_in_start, give_area, 0 },
		{ "__vmalloc_node_range end", VMALLOC_END, take_in_end, give_area, 0 },
		{ "__get_vm_area", most, take_area, give_vm_area, 0 },
		{ "__get_vm_area start", last, take_area_start, give_vm_area, 0 },
		{ "__get_vm_area end", VMALLOC_END, take_area_end, give_vm_area, 0 },
		{ "get_vm_area_node node", nr_nodes - 1, take_get_on, give_vm_area, 0 },
		{ "__get_vm_area_node node", nr_nodes - 1, take_node_in, give_vm_area, 0 },
		{ "vmalloc_node node", nr_nodes - 1, take_vmalloc_on, give_area, 0 },
		{ "vzalloc_node node", nr_nodes - 1, take_vzalloc_on, give_area, 0 },
	};

	EXPECT_LIMITS(table);
	EXPECT(vmap_check());
}

TAKE(take_ioremap_end, ioremap(~0ul - 9, n))
TAKE(take_ioremap_wc_end, ioremap_wc(~0ul - 9, n))
TAKE(take_ioremap_cache_end, ioremap_cache(~0ul - 9, n))

TAKE(take_shown_pages, show_user(0, n *PAGE_SIZE, shown, 0))

SELFTEST(numbers, limits_views, "what is shown ends with its area, registers with physical memory")
{
	static const struct limit table[] = {
		{ "ioremap", 10, take_ioremap_end, give_ioremap, 0 },
		{ "ioremap_wc", 10, take_ioremap_wc_end, give_ioremap, 0 },
		{ "ioremap_cache", 10, take_ioremap_cache_end, give_ioremap, 0 },
		{ "remap_vmalloc_range pgoff", 3, take_pgoff, NULL, 0 },
		{ "remap_vmalloc_range size", 4, take_shown_pages, NULL, 0 },
	};
	const char *wrong;

	shown = vmalloc_user(4 * PAGE_SIZE);
	EXPECT(shown);
	wrong = limits_hold(table, ARRAY_SIZE(table));
	vfree(shown);
	EXPECT(!wrong);
	EXPECT(vmap_check());
}
