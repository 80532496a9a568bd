/*
 * calls.c - claims that each allocation in each function may fail, of areas, windows, pages and per-CPU objects
 *
 * Read next: starve.h.
 */
#include "mm/page/page.h"
#include "mm/percpu/percpu_impl.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"
#include "mm/window/ioremap.h"
#include "tests/selftests/starve/starve.h"

/* --- areas ------------------------------------------------------------------------------------ */

enum { FEW = 3, MANY = 1030, SRAM_PHYS = 0x48200000 };

static unsigned long areas_before;
static vaddr_t border;
static bool left_mapped;

static bool areas_sound(void)
{
	return nr_vm_areas() == areas_before && !left_mapped && vmap_check();
}

static void *few_pages(void)
{
	return vmalloc(FEW * PAGE_SIZE);
}

/* So many that their pointers are an area themselves. */
static void *many_pages(void)
{
	return vzalloc(MANY * PAGE_SIZE);
}

static void *pages_on_a_border(void)
{
	return __vmalloc_node_range(2 * PAGE_SIZE, PAGE_SIZE, border - PAGE_SIZE,
				    border + 2 * PAGE_SIZE, GFP_KERNEL, PAGE_KERNEL, 0,
				    NUMA_NO_NODE, NULL);
}

static void *pages_for_an_area(void)
{
	struct vm_struct *area = get_vm_area(FEW * PAGE_SIZE, VM_ALLOC);

	return area ? __vmalloc_area(area, GFP_KERNEL | __GFP_HIGHMEM, PAGE_KERNEL) : NULL;
}

static void *kmalloc_or_area(void)
{
	return kvmalloc(5 * PAGE_SIZE, GFP_KERNEL);
}

static void give_pages(void *area)
{
	vfree(area);
}

static void give_either(void *area)
{
	kvfree(area);
}

/* Frames in a row over a border: an area that is mapped by two tables, or not at all. */
static void *frames_on_a_border(void)
{
	const vaddr_t at = border - 2 * PAGE_SIZE, end = border + 2 * PAGE_SIZE;
	struct vm_struct *area = __get_vm_area(end - at, VM_MAP, at, end + PAGE_SIZE);

	if (!area)
		return NULL;
	if (!ioremap_page_range(at, end, PHYS_OFFSET, PAGE_KERNEL_RO)) {
		area->flags |= VM_MAPPED;
		return area->addr;
	}
	for (vaddr_t va = at; va < end; va += PAGE_SIZE)
		left_mapped = left_mapped || vmalloc_to_pfn((void *)va);
	kfree(remove_vm_area(area->addr));
	return NULL;
}

static void give_area(void *addr)
{
	kfree(remove_vm_area(addr));
}

static void *registers(void)
{
	return ioremap(SRAM_PHYS + 5, PAGE_SIZE);
}

/* Of which the last tables are not there yet. */
static size_t large;

static void *large_registers(void)
{
	return ioremap(0x20000000, large);
}

/* So much that at its first fit a table is missing; 0: all are there. */
static size_t size_without_table(void)
{
	for (size_t size = TABLE_SPAN; size <= VMALLOC_TOTAL / 4; size *= 2) {
		struct vm_struct *area = get_vm_area(size, VM_IOREMAP);
		const bool missing = area && !arch_pte_find((vaddr_t)area->addr + size - PAGE_SIZE);

		if (area)
			kfree(remove_vm_area(area->addr));
		if (missing)
			return size;
	}
	return 0;
}

static void give_registers(void *va)
{
	iounmap(va);
}

/* The same page twice: it is no part of what may fail. */
static struct page *seen;

static void *view(void)
{
	struct page *pages[] = { seen, seen };

	return vmap(pages, 2, VM_MAP, PAGE_KERNEL);
}

static void give_view(void *addr)
{
	vunmap(addr);
}

static const struct starved_call area_calls[] = {
	{ "vmalloc", few_pages, give_pages, areas_sound, FEW },
	{ "__vmalloc_area", pages_for_an_area, give_pages, areas_sound, FEW },
	{ "kvmalloc", kmalloc_or_area, give_either, areas_sound, 5 },
	{ "ioremap", registers, give_registers, areas_sound, 1 },
	{ "vmap", view, give_view, areas_sound, 1 },
};

SELFTEST(vmap, every_failure, "whichever allocation of an area's fails, nothing is lost by it")
{
	EXPECT((seen = alloc_page(GFP_KERNEL)));
	areas_before = nr_vm_areas();
	for (unsigned int i = 0; i < ARRAY_SIZE(area_calls); i++)
		if (!starve(&area_calls[i], false))
			break;
	__free_page(seen);
}

SELFTEST(vmap, every_failure_of_tables,
	 "whichever table an area lacks, nothing is lost, and what was mapped is mapped no more")
{
	static const struct starved_call pages = { "__vmalloc_node_range", pages_on_a_border,
						   give_pages, areas_sound, 4 },
					 frames = { "ioremap_page_range", frames_on_a_border,
						    give_area, areas_sound, 2 },
					 whole = { "ioremap", large_registers, give_registers,
						   areas_sound, 2 };

	areas_before = nr_vm_areas();
	if (!(border = tableless_border()))
		SKIP("the window has no two spans without a table");
	if (!starve(&pages, false))
		return;
	if ((border = tableless_border()) && !starve(&frames, false))
		return;
	if ((large = size_without_table()))
		starve(&whole, false);
}

SELFTEST(vmap, every_failure_of_many,
	 "the area that another one's pointers are in goes when that one cannot be had")
{
	static const struct starved_call many = { "vzalloc", many_pages, give_pages, areas_sound,
						  20 };

	areas_before = nr_vm_areas();
	if (nr_available_pages() < 3 * MANY)
		SKIP("%u pages are too many for this machine", MANY);
	if (starve(&many, false))
		starve(&many, true);
}

/* --- per-CPU objects -------------------------------------------------------------------------- */

static unsigned long objects_before;

static bool objects_sound(void)
{
	struct percpu_totals totals;

	percpu_object_totals(&totals);
	return totals.objects == objects_before && percpu_check();
}

static void *small_object(void)
{
	return __alloc_percpu(64, 64);
}

/* The first of its width, which a leaf is added for. */
static void *wide_object(void)
{
	return __alloc_percpu(9000, 8);
}

static void give_object(void *object)
{
	free_percpu(object);
}

SELFTEST(percpu, every_failure, "whichever allocation of an object's fails, nothing is lost by it")
{
	static const struct starved_call small = { "alloc_percpu", small_object, give_object,
						   objects_sound, 1 },
					 wide = { "alloc_percpu", wide_object, give_object,
						  objects_sound, 3 };

	struct percpu_totals totals;

	percpu_object_totals(&totals);
	objects_before = totals.objects;
	if (starve(&small, false))
		starve(&wide, false);
}

/* Leads from one object to the next, in the first CPU's copy. */
static void **next_of(void *object)
{
	return per_cpu_ptr((void **)object, 0);
}

static void *narrow_object(void)
{
	return __alloc_percpu(sizeof(void *), sizeof(void *));
}

/* Objects until the leaves of narrow ones are full: the next one needs a leaf of its own. */
static void *fill_narrow_leaves(void)
{
	struct percpu_totals before, now;
	void *object, *all = NULL;

	percpu_object_totals(&before);
	while ((object = narrow_object())) {
		percpu_object_totals(&now);
		if (now.pages > before.pages) {
			free_percpu(object);
			break;
		}
		*next_of(object) = all;
		all = object;
	}
	return all;
}

SELFTEST(percpu, every_failure_of_a_leaf,
	 "a narrow object that a leaf is added for, and cannot be had, leaves no leaf behind")
{
	static const struct starved_call narrow = { "alloc_percpu", narrow_object, give_object,
						    objects_sound, 2 };
	void *all = fill_narrow_leaves(), *object;
	struct percpu_totals totals;

	percpu_object_totals(&totals);
	objects_before = totals.objects;
	starve(&narrow, false);
	while ((object = all)) {
		all = *next_of(object);
		free_percpu(object);
	}
}

/* --- pages ------------------------------------------------------------------------------------ */

enum { BULK = 12 };
static struct page *bulk[BULK];

/* What came is the first ones, in their places; it goes back here when that is not all. */
static void *bulk_of_pages(void)
{
	const unsigned long got = alloc_pages_bulk_array(GFP_KERNEL | __GFP_NOWARN, BULK, bulk);

	for (unsigned long i = got; i < BULK; i++)
		if (bulk[i])
			return NULL; /* and is seen to be lost */
	if (got == BULK)
		return bulk;
	for (unsigned long i = 0; i < got; i++) {
		__free_page(bulk[i]);
		bulk[i] = NULL;
	}
	return NULL;
}

static void give_bulk(void *pages)
{
	free_pages_bulk_array(BULK, pages);
	for (unsigned int i = 0; i < BULK; i++)
		bulk[i] = NULL;
}

static void *exact_pages(void)
{
	return alloc_pages_exact(3 * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
}

static void give_exact(void *pages)
{
	free_pages_exact(pages, 3 * PAGE_SIZE);
}

SELFTEST(page, every_failure, "pages that cannot all be had in bulk, or as a block, lose none")
{
	static const struct starved_call some = { "alloc_pages_bulk_array", bulk_of_pages,
						  give_bulk, buddy_check, BULK },
					 exact = { "alloc_pages_exact", exact_pages, give_exact,
						   buddy_check, 3 };

	for (unsigned int i = 0; i < BULK; i++)
		bulk[i] = NULL;
	if (starve(&some, false))
		starve(&exact, false);
}
