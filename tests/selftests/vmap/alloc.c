/*
 * alloc.c - claims about vmalloc and its relatives: where pages come from, where they are seen, what is cleared
 */
#include <errno.h>
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/node.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"
#include "tests/selftests/page/node_room.h"

/* Writes a number of its own into each page. */
static void number_pages(u32 *area, unsigned int pages, u32 first)
{
	for (unsigned int i = 0; i < pages; i++)
		area[i * (PAGE_SIZE / sizeof(*area))] = first + i;
}

/* Is each number found in its page, looked at without the area? */
static bool pages_are_numbered(const void *area, unsigned int pages, u32 first)
{
	for (unsigned int i = 0; i < pages; i++) {
		struct page *page = vmalloc_to_page((const u8 *)area + i * PAGE_SIZE);
		const u32 *word;

		CHECK(page);
		CHECK(page_owner(page) == OWNER_VMALLOC);
		word = kmap_local_page(page);
		CHECK(word && *word == first + i);
		kunmap_local((void *)word);
	}
	return true;
}

static bool is_cleared(const void *memory, size_t bytes)
{
	const u8 *byte = memory;

	while (bytes && !*byte) {
		byte++;
		bytes--;
	}
	return !bytes;
}

SELFTEST(vmap, contiguous, "an area's pages are its own, and stand side by side in its order")
{
	enum { PAGES = 12 };
	unsigned long before = nr_vmalloc_pages();
	u32 *area = vmalloc((PAGES - 1) * PAGE_SIZE + 4), *other = vmalloc(PAGES * PAGE_SIZE);

	EXPECT(area && other);
	EXPECT(IS_ALIGNED((vaddr_t)area, PAGE_SIZE) && is_vmalloc_addr(area));
	EXPECT_EQ(nr_vmalloc_pages(), before + 2 * PAGES);
	number_pages(area, PAGES, 100);
	number_pages(other, PAGES, 200);
	EXPECT(pages_are_numbered(area, PAGES, 100));
	EXPECT(pages_are_numbered(other, PAGES, 200));
	EXPECT(vmap_check());
	vfree(area);
	vfree(other);
	EXPECT(vmap_check());
}

SELFTEST(vmap, pfn_of_address,
	 "vmalloc_to_page and _pfn agree, and give nothing where nothing is mapped")
{
	u8 *area = vmalloc(PAGE_SIZE);
	int local = 0;

	EXPECT(area);
	EXPECT(vmalloc_to_page(area + 100) == vmalloc_to_page(area));
	EXPECT_EQ(vmalloc_to_pfn(area), page_to_pfn(vmalloc_to_page(area)));
	EXPECT(!vmalloc_to_page(area + PAGE_SIZE) && !vmalloc_to_pfn(area + PAGE_SIZE));
	EXPECT(!vmalloc_to_page(&local) && !is_vmalloc_addr(&local));
	EXPECT(!is_vmalloc_addr((void *)(VMALLOC_START - 1)));
	EXPECT(is_vmalloc_addr((void *)VMALLOC_START));
	EXPECT(is_vmalloc_addr((void *)(VMALLOC_END - 1)) && !is_vmalloc_addr((void *)VMALLOC_END));
	vfree(area);
	EXPECT(!vmalloc_to_page(area));
}

SELFTEST(vmap, cleared, "what promises cleared memory clears pages that were full")
{
	enum { BYTES = 5 * PAGE_SIZE };

	for (unsigned int form = 0; form < 4; form++) {
		void *dirty = vmalloc(BYTES), *area;

		EXPECT(dirty);
		memset(dirty, 0xa5, BYTES);
		vfree(dirty); /* the CPU's list gives the same pages next */
		area = form == 0   ? vzalloc(BYTES)
		       : form == 1 ? vzalloc_node(BYTES, 0)
		       : form == 2 ? vmalloc_user(BYTES)
				   : __vmalloc(BYTES, GFP_KERNEL | __GFP_ZERO);
		EXPECT(area);
		EXPECT(is_cleared(area, BYTES));
		vfree(area);
	}
}

SELFTEST(vmap, zones,
	 "pages are of highmem where there is some; vmalloc_32 and __GFP_DMA keep to theirs")
{
	void *any = vmalloc(PAGE_SIZE), *low = vmalloc_32(PAGE_SIZE),
	     *dma = __vmalloc(PAGE_SIZE, GFP_KERNEL | __GFP_DMA);

	EXPECT(any && low && dma);
	if (NODE_DATA(0)->node_zones[ZONE_HIGHMEM].free_pages > 1000) /* its own node comes first */
		EXPECT(PageHighMem(vmalloc_to_page(any)));
	EXPECT(!PageHighMem(vmalloc_to_page(low)));
	EXPECT_EQ(page_zonenum(vmalloc_to_page(dma)), ZONE_DMA);
	vfree(any);
	vfree(low);
	vfree(dma);
}

SELFTEST(vmap, nodes,
	 "an area's pages are of the node that was asked for, unless its marks keep them")
{
	for (unsigned int nid = 0; nid < nr_nodes; nid++) {
		bool room = node_has_room((int)nid, ZONE_HIGHMEM, 3);
		void *area = vmalloc_node(3 * PAGE_SIZE, (int)nid);

		EXPECT(area);
		if (room)
			EXPECT(page_to_nid(vmalloc_to_page(area)) == (int)nid);
		vfree(area);
	}
}

SELFTEST(vmap, aligned, "an area begins where its alignment says, within its range, for its caller")
{
	const unsigned long start = VMALLOC_START + 5 * MiB, end = start + 4 * MiB;
	void *aligned = __vmalloc_node(PAGE_SIZE, 256 * KiB, GFP_KERNEL, NUMA_NO_NODE, is_cleared);
	void *ranged = __vmalloc_node_range(PAGE_SIZE, 1 * MiB, start, end, GFP_KERNEL, PAGE_KERNEL,
					    0, NUMA_NO_NODE, is_cleared);

	EXPECT(aligned && ranged);
	EXPECT(IS_ALIGNED((vaddr_t)aligned, 256 * KiB));
	EXPECT(IS_ALIGNED((vaddr_t)ranged, 1 * MiB));
	EXPECT((vaddr_t)ranged >= start && (vaddr_t)ranged < end);
	EXPECT(find_vm_area(aligned)->caller == (void *)is_cleared);
	EXPECT(find_vm_area((u8 *)ranged + PAGE_SIZE - 1)->addr == ranged);
	EXPECT(vmap_check());
	vfree(aligned);
	vfree(ranged);
	EXPECT(!find_vm_area(ranged));
}

SELFTEST(vmap, many_pages,
	 "an area whose pointers fill more than a page keeps them in another area")
{
	enum { PAGES = 1100 };
	unsigned long areas = nr_vm_areas();
	u32 *area = __vmalloc(PAGES * PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);

	if (!area)
		SKIP("no %u pages", (unsigned int)PAGES);
	EXPECT_EQ(nr_vm_areas(), areas + 2);
	EXPECT(find_vm_area(area)->flags & VM_VPAGES);
	number_pages(area, PAGES, 7);
	EXPECT(pages_are_numbered(area, PAGES, 7));
	EXPECT(vmap_check());
	vfree(area);
	EXPECT_EQ(nr_vm_areas(), areas);
}

SELFTEST(vmap, first_fit,
	 "a hole between areas is taken again by who fits, and passed by who does not")
{
	void *area[4], *wide, *fits;

	for (unsigned int i = 0; i < ARRAY_SIZE(area); i++)
		EXPECT((area[i] = vmalloc(3 * PAGE_SIZE)));
	vfree(area[1]);
	wide = vmalloc(4 * PAGE_SIZE);
	fits = vmalloc(3 * PAGE_SIZE);
	EXPECT(wide && fits);
	EXPECT(wide != area[1]);
	EXPECT(fits == area[1]);
	EXPECT(vmap_check());
	vfree(wide);
	vfree(fits);
	vfree(area[0]);
	vfree(area[2]);
	vfree(area[3]);
	vfree(NULL);
}

/* --- vmap ------------------------------------------------------------------------------------- */

SELFTEST(vmap, shows_pages,
	 "vmap shows the caller's pages, a page twice if asked, and leaves them his")
{
	struct page *pages[3] = { alloc_page(GFP_HIGHUSER), alloc_page(GFP_KERNEL) };
	unsigned long before = nr_vmalloc_pages();
	volatile u32 *view, *low; /* a page at two addresses: the compiler must not know better */

	EXPECT(pages[0] && pages[1]);
	pages[2] = pages[0];
	view = vmap(pages, ARRAY_SIZE(pages), VM_MAP, PAGE_KERNEL);
	EXPECT(view);
	low = lowmem_page_address(pages[1]);
	view[0] = 11;
	view[1024] = 22;
	EXPECT_EQ(view[2048], 11);
	EXPECT_EQ(*low, 22);
	EXPECT_EQ(nr_vmalloc_pages(), before);
	EXPECT_EQ(page_owner(pages[0]), OWNER_HELD);
	EXPECT(vmap_check());
	vunmap((const void *)view);
	vunmap(NULL);
	EXPECT_EQ(*low, 22);
	__free_page(pages[0]);
	__free_page(pages[1]);
}

/* --- remap_vmalloc_range ---------------------------------------------------------------------- */

SELFTEST(vmap, remap_range,
	 "a range that a user may not see is -EINVAL, one that he may is -ENOSYS")
{
	struct vm_area_struct two = { 0x10000, 0x10000 + 2 * PAGE_SIZE },
			      empty = { 0x10000, 0x10000 }, odd = { 0x10000, 0x10800 };
	u8 *area = vmalloc_user(3 * PAGE_SIZE), *kernel_only = vmalloc(3 * PAGE_SIZE);

	EXPECT(area && kernel_only);
	EXPECT_EQ(remap_vmalloc_range(&two, area, 0), -ENOSYS);
	EXPECT_EQ(remap_vmalloc_range(&two, area, 1), -ENOSYS);
	EXPECT_EQ(remap_vmalloc_range(&two, area, 2), -EINVAL);
	EXPECT_EQ(remap_vmalloc_range(&two, area, ~0ul), -EINVAL);
	EXPECT_EQ(remap_vmalloc_range(&two, area + 2 * PAGE_SIZE, 0), -EINVAL);
	EXPECT_EQ(remap_vmalloc_range(&two, area + 1, 0), -EINVAL);
	EXPECT_EQ(remap_vmalloc_range(&empty, area, 0), -EINVAL);
	EXPECT_EQ(remap_vmalloc_range(&odd, area, 0), -EINVAL);
	EXPECT_EQ(remap_vmalloc_range(&two, kernel_only, 0), -EINVAL);
	EXPECT_EQ(remap_vmalloc_range(&two, &two, 0), -EINVAL);
	vfree(area);
	vfree(kernel_only);
}

/* --- kvmalloc --------------------------------------------------------------------------------- */

SELFTEST(vmap, kvmalloc_chooses,
	 "kvmalloc is kmalloc for what is small, vmalloc for what is too large for it")
{
	void *small = kvmalloc(100, GFP_KERNEL), *page = kvmalloc_node(PAGE_SIZE, GFP_KERNEL, 0),
	     *large = kvmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL | __GFP_NOWARN);

	EXPECT(small && page);
	EXPECT(!is_vmalloc_addr(small) && !is_vmalloc_addr(page));
	EXPECT(!large || is_vmalloc_addr(large));
	kvfree(small);
	kvfree(page);
	kvfree(large);
	kvfree(NULL);
	EXPECT(!kvmalloc(KMALLOC_MAX_SIZE + 1, GFP_NOWAIT | __GFP_NOWARN));
}

SELFTEST(vmap, kvmalloc_arrays,
	 "an array's size that no size_t holds is NULL; kvcalloc and kvzalloc clear")
{
	void *dirty = kvmalloc_array(3, 700, GFP_KERNEL), *clear;

	EXPECT(dirty);
	memset(dirty, 0xa5, 3 * 700);
	kvfree(dirty);
	EXPECT((clear = kvcalloc(3, 700, GFP_KERNEL)));
	EXPECT(is_cleared(clear, 3 * 700));
	memset(clear, 0xa5, 3 * 700);
	kvfree(clear);
	EXPECT((clear = kvzalloc(3 * 700, GFP_KERNEL)));
	EXPECT(is_cleared(clear, 3 * 700));
	kvfree(clear);
	EXPECT((clear = kvzalloc_node(10, GFP_KERNEL, 0)));
	EXPECT(is_cleared(clear, 10));
	kvfree(clear);
	EXPECT(!kvmalloc_array(~(size_t)0 / 2, 3, GFP_KERNEL));
	EXPECT(!kvcalloc(~(size_t)0 / 2, 3, GFP_KERNEL));
}
