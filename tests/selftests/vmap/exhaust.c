/*
 * exhaust.c - claims about the end: of addresses, of pages, of pages for tables; and about thousands of areas
 *
 * What is taken is chained through kmalloc's objects, since an area without pages has no room.
 */
#include <errno.h>

#include "kernel/selftest/selftest.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"

/* --- addresses -------------------------------------------------------------------------------- */

struct taken {
	struct taken *next;
	void *addr;
};

/* Takes unmapped areas of that size in [start, end) until there is no hole; returns how many. */
static unsigned long take_areas(unsigned long size, vaddr_t start, vaddr_t end, unsigned long most,
				struct taken **taken)
{
	unsigned long areas = 0;

	for (; areas < most; areas++) {
		struct taken *one = kmalloc(sizeof(*one), GFP_KERNEL);
		struct vm_struct *area = one ? __get_vm_area(size, VM_MAP, start, end) : NULL;

		if (!area) {
			kfree(one);
			break;
		}
		*one = (struct taken){ *taken, area->addr };
		*taken = one;
	}
	return areas;
}

static void give_areas(struct taken *taken)
{
	while (taken) {
		struct taken *next = taken->next;

		kfree(remove_vm_area(taken->addr));
		kfree(taken);
		taken = next;
	}
}

/* All but the last 4 MiB of the window with large areas, those with the smallest there are. */
static unsigned long fill_window(struct taken **taken)
{
	const vaddr_t last = VMALLOC_END - 4 * MiB;

	take_areas(16 * MiB - PAGE_SIZE, VMALLOC_START, last, ~0ul, taken);
	take_areas(1 * MiB - PAGE_SIZE, VMALLOC_START, last, ~0ul, taken);
	take_areas(PAGE_SIZE, VMALLOC_START, last, ~0ul, taken);
	return take_areas(PAGE_SIZE, last, VMALLOC_END, ~0ul, taken);
}

SELFTEST(vmap, no_addresses,
	 "a full window gives NULL until an area is freed, whose place is given next")
{
	struct taken *taken = NULL;
	unsigned long areas = nr_vm_areas(), small = fill_window(&taken);
	struct page *page = alloc_page(GFP_KERNEL);
	struct vm_struct *removed;
	void *again;

	EXPECT(page && taken);
	EXPECT_EQ(small, 4 * MiB / (2 * PAGE_SIZE)); /* each page with its guard: none is wasted */
	EXPECT(vmap_check());
	EXPECT(!vmalloc(PAGE_SIZE));
	EXPECT(!vmap(&page, 1, VM_MAP, PAGE_KERNEL));
	EXPECT(!get_vm_area(1, VM_IOREMAP));
	EXPECT((removed = remove_vm_area(taken->addr)));
	kfree(removed);
	again = vmalloc(PAGE_SIZE);
	EXPECT(again == taken->addr);
	vfree(again);
	EXPECT((again = __get_vm_area(PAGE_SIZE, VM_MAP, VMALLOC_END - 4 * MiB, VMALLOC_END)));
	give_areas(taken);
	__free_page(page);
	EXPECT_EQ(nr_vm_areas(), areas);
	EXPECT(vmap_check());
}

/* --- pages ------------------------------------------------------------------------------------ */

/* Takes pages until this kind of request has `left` or none, the largest blocks first. */
static void take_pages(gfp_t gfp, unsigned long left, struct list_head *taken)
{
	for (unsigned int order = MAX_ORDER; order-- > 0;) {
		struct page *page;

		while (nr_available_pages() >= left + (1ul << order) &&
		       (page = alloc_pages(gfp | __GFP_NOWARN, order)))
			list_add(&page->lru, taken);
	}
}

static void give_pages(struct list_head *taken)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, taken, lru)
		__free_pages(page, page_order(page));
	INIT_LIST_HEAD(taken);
}

enum { SPARE = 300 };

/* Takes everything but SPARE pages; false when there are not even these. */
static bool leave_spare(struct list_head *taken)
{
	LIST_HEAD(spare);

	for (unsigned int i = 0; i < SPARE; i++) {
		struct page *page = alloc_page(GFP_HIGHUSER);

		if (!page)
			break;
		list_add(&page->lru, &spare);
	}
	take_pages(GFP_HIGHUSER, 0, taken);
	give_pages(&spare);
	return !list_empty(taken);
}

SELFTEST(vmap, no_pages,
	 "an area that pages do not suffice for is NULL, and all that it had is back")
{
	unsigned long areas = nr_vm_areas(), held = nr_vmalloc_pages(), before, after;
	void *area = vmalloc(2 * SPARE * PAGE_SIZE), *less; /* its tables will be there */
	LIST_HEAD(taken);

	EXPECT(area);
	vfree(area);
	EXPECT(leave_spare(&taken));
	before = nr_available_pages();
	area = __vmalloc(2 * SPARE * PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);
	slab_reap();
	after = nr_available_pages();
	less = __vmalloc(SPARE / 2 * PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);
	vfree(less);
	give_pages(&taken);
	EXPECT(!area && less);				/* so it failed on the way, not at once */
	EXPECT(after >= before && after < before + 16); /* slabs may have been empty before */
	EXPECT_EQ(nr_vm_areas(), areas);
	EXPECT_EQ(nr_vmalloc_pages(), held);
	EXPECT(vmap_check());
}

/* A border between two spans, the lower with a table and the upper without one; 0 when there is none. */
static vaddr_t table_border(void)
{
	vaddr_t border = VMALLOC_START + TABLE_SPAN;

	while (border < VMALLOC_END && !(arch_pte_find(border - 1) && !arch_pte_find(border)))
		border += TABLE_SPAN;
	return border < VMALLOC_END ? border : 0;
}

SELFTEST(vmap, no_table,
	 "an area over two spans, for one of which there is no table page, is not mapped at all")
{
	struct page *pages[2] = { alloc_page(GFP_KERNEL), alloc_page(GFP_KERNEL) }, **next = pages;
	void *first = vmalloc(PAGE_SIZE);
	vaddr_t border = table_border();
	struct vm_struct *area;
	LIST_HEAD(taken);
	int error;

	EXPECT(pages[0] && pages[1] && first);
	vfree(first);
	if (border) {
		area = __get_vm_area(2 * PAGE_SIZE, VM_MAP, border - PAGE_SIZE,
				     border + 2 * PAGE_SIZE);
		EXPECT(area);
		take_pages(GFP_KERNEL | __GFP_MEMALLOC, 0, &taken);
		error = map_vm_area(area, PAGE_KERNEL, &next);
		give_pages(&taken);
		EXPECT_EQ(error, -ENOMEM);
		EXPECT(next == pages && !vmalloc_to_page(area->addr));
		EXPECT(vmap_check());
		EXPECT_EQ(map_vm_area(area, PAGE_KERNEL, &next), 0);
		EXPECT(vmalloc_to_page((void *)border) == pages[1]);
		EXPECT(vmap_check());
		kfree(remove_vm_area(area->addr));
	}
	__free_page(pages[0]);
	__free_page(pages[1]);
	if (!border)
		SKIP("every span has a table already");
}

/* --- many areas ------------------------------------------------------------------------------- */

enum { LIVE = 5000 };

/* One page seen 5000 times: addresses and structures are what is many. */
SELFTEST(vmap, live5000, "5000 areas live at once, each at its own place, and go in any order")
{
	struct page *page = alloc_page(GFP_KERNEL);
	void **view = kvmalloc_array(LIVE, sizeof(*view), GFP_KERNEL);
	unsigned long areas = nr_vm_areas();
	unsigned int n;

	EXPECT(page && view);
	*(u32 *)lowmem_page_address(page) = 4711;
	for (n = 0; n < LIVE && (view[n] = vmap(&page, 1, VM_MAP, PAGE_KERNEL)); n++)
		if (n && view[n] <= view[n - 1])
			break;
	EXPECT_EQ(n, LIVE);
	EXPECT_EQ(nr_vm_areas(), areas + LIVE);
	EXPECT(vmap_check());
	for (unsigned int i = 0; i < LIVE; i++)
		EXPECT_EQ(*(u32 *)view[i], 4711);
	for (unsigned int i = 0; i < LIVE; i++)
		vunmap(view[i * 7919ul % LIVE]); /* 7919 is prime: each once */
	EXPECT_EQ(nr_vm_areas(), areas);
	kvfree(view);
	__free_page(page);
	EXPECT(vmap_check());
}
