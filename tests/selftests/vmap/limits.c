/*
 * limits.c - claims about counts and sizes at the ends of their ranges: each is looked at before it
 * becomes bytes
 *
 * A count that is shifted first is small again: 0x100001 pages are one page, and the entries of a
 * million are written.  Refusing and running out are both right; giving less than was asked for,
 * or writing past it, is not.
 */
#include <errno.h>

#include "kernel/selftest/selftest.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"

#define NONE (GFP_KERNEL | __GFP_NOWARN)

/* Pages of the whole window; one less do not fit either, for the guard. */
static unsigned long window(void)
{
	return VMALLOC_TOTAL >> PAGE_SHIFT;
}

SELFTEST(vmap, count_of_vmap,
	 "vmap() maps the pages that it was given or none: no count comes round to a small one")
{
	const unsigned long wraps = 1ul << (BITS_PER_LONG - PAGE_SHIFT);
	const unsigned long counts[] = { window() - 1, window(),     wraps - 1, wraps,
					 wraps + 1,    wraps + 4095, ~0u - 1,	~0u };
	struct page *page = alloc_page(GFP_KERNEL),
		    **pages = kvcalloc(window(), sizeof(*pages), NONE);
	struct vm_struct *taken =
		get_vm_area(PAGE_SIZE, VM_MAP); /* so that all of it cannot be had */
	unsigned long areas = nr_vm_areas();

	if (!page || !pages) {
		kfree(remove_vm_area(taken->addr));
		kvfree(pages);
		if (page)
			__free_page(page);
		SKIP("no memory for pointers to as many pages as the window has");
	}
	for (unsigned long i = 0; i < window(); i++)
		pages[i] = page;
	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++)
		EXPECT(counts[i] > ~0u ||
		       !vmap(pages, (unsigned int)counts[i], VM_MAP, PAGE_KERNEL));
	EXPECT_EQ(nr_vm_areas(), areas);
	EXPECT(vmap_check());
	kfree(remove_vm_area(taken->addr));
	kvfree(pages);
	__free_page(page);
}

SELFTEST(vmap, sizes_of_vmalloc,
	 "a size that no window holds, and one that comes round to 0 or 1, is NULL")
{
	const unsigned long sizes[] = { VMALLOC_TOTAL - PAGE_SIZE + 1,
					VMALLOC_TOTAL,
					VMALLOC_TOTAL + 1,
					~0ul - PAGE_SIZE + 1,
					~0ul - PAGE_SIZE + 2,
					~0ul - 1,
					~0ul };
	unsigned long areas = nr_vm_areas();

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		EXPECT(!__vmalloc(sizes[i], NONE));
		EXPECT(!__vmalloc_node(sizes[i], 1ul << (BITS_PER_LONG - 1), NONE, 0, NULL));
		EXPECT(!kvmalloc(sizes[i], NONE));
		EXPECT(!kvmalloc_array(1, sizes[i], NONE));
		EXPECT(!get_vm_area(sizes[i], VM_MAP));
		EXPECT(!get_vm_area(sizes[i], VM_IOREMAP));
		EXPECT(!__get_vm_area_node(sizes[i], VM_MAP, VMALLOC_START, VMALLOC_END, 0));
	}
	EXPECT(!kvmalloc_array(~0ul / 2 + 1, 2, NONE)); /* comes round to 0 */
	EXPECT(!kvcalloc(~0ul / 3 + 1, 3, NONE));	/* and to 1, or near it */
	EXPECT(!kvmalloc_array(~0ul, ~0ul, NONE));	/* to 1 */
	EXPECT_EQ(nr_vm_areas(), areas);
	EXPECT(vmap_check());
}

SELFTEST(vmap, largest_area, "the largest area there may be is one page less than its range")
{
	const vaddr_t start = VMALLOC_END - 8 * PAGE_SIZE;
	struct vm_struct *area;
	void *whole;

	EXPECT(!__get_vm_area(8 * PAGE_SIZE, VM_MAP, start, VMALLOC_END));
	EXPECT(!__get_vm_area(7 * PAGE_SIZE + 1, VM_MAP, start, VMALLOC_END));
	EXPECT((area = __get_vm_area(7 * PAGE_SIZE, VM_MAP, start, VMALLOC_END)));
	EXPECT_EQ((vaddr_t)area->addr, start);
	kfree(remove_vm_area(area->addr));
	EXPECT(!__vmalloc_node_range(8 * PAGE_SIZE, 1, start, VMALLOC_END, NONE, PAGE_KERNEL, 0,
				     NUMA_NO_NODE, NULL));
	EXPECT((whole = __vmalloc_node_range(7 * PAGE_SIZE, 1, start, VMALLOC_END, NONE,
					     PAGE_KERNEL, 0, NUMA_NO_NODE, NULL)));
	EXPECT_EQ((vaddr_t)whole, start);
	EXPECT(vmap_check());
	vfree(whole);
}

SELFTEST(vmap, alignments,
	 "an alignment up to the highest bit is kept or refused, and never leads round to 0")
{
	unsigned long areas = nr_vm_areas();

	for (unsigned int bit = 0; bit < BITS_PER_LONG; bit++) {
		void *area = __vmalloc_node(1, 1ul << bit, NONE, NUMA_NO_NODE, NULL);

		EXPECT(!area || IS_ALIGNED((vaddr_t)area, 1ul << bit));
		EXPECT(area || bit > 25); /* 32 MiB: the window has more than twice that */
		vfree(area);
	}
	EXPECT_EQ(nr_vm_areas(), areas);
	EXPECT(vmap_check());
}

SELFTEST(vmap, frames_wrap, "frames up to the last address are mapped, and none past it")
{
	struct vm_struct *area = get_vm_area(2 * PAGE_SIZE, VM_IOREMAP);
	const paddr_t last = (paddr_t)PAGE_MASK;
	vaddr_t at;

	EXPECT(area);
	at = (vaddr_t)area->addr;
	EXPECT_BUG("wraps round",
		   EXPECT_EQ(ioremap_page_range(at, at + 2 * PAGE_SIZE, last, PAGE_KERNEL_IO),
			     -EINVAL));
	EXPECT(vmap_check());
	EXPECT_EQ(ioremap_page_range(at, at + 2 * PAGE_SIZE, last - PAGE_SIZE, PAGE_KERNEL_IO), 0);
	EXPECT_EQ(vmalloc_to_pfn((void *)(at + PAGE_SIZE)), phys_to_pfn(last));
	kfree(remove_vm_area(area->addr));
}

SELFTEST(vmap, ranges_refused,
	 "a range that is none, or not of the window, is refused by each function")
{
	const vaddr_t start = VMALLOC_START, end = VMALLOC_END;
	const vaddr_t ranges[][2] = { { start, start },
				      { end, end },
				      { start + PAGE_SIZE, start },
				      { start - PAGE_SIZE, end },
				      { start, end + PAGE_SIZE },
				      { end, ~0ul },
				      { 0, PAGE_SIZE },
				      { 0, ~0ul } };

	for (unsigned int i = 0; i < ARRAY_SIZE(ranges); i++) {
		const vaddr_t *r = ranges[i];

		EXPECT_BUG("bad range", EXPECT(!__get_vm_area(1, VM_MAP, r[0], r[1])));
		EXPECT_BUG("bad range", EXPECT(!__get_vm_area_node(1, VM_MAP, r[0], r[1], 0)));
		EXPECT_BUG("bad range", EXPECT(!__get_vm_area_caller(1, VM_MAP, r[0], r[1], NULL)));
		EXPECT_BUG("bad range",
			   EXPECT(!__vmalloc_node_range(1, 1, r[0], r[1], NONE, PAGE_KERNEL, 0,
							NUMA_NO_NODE, NULL)));
	}
	EXPECT(vmap_check());
}
