/*
 * area.c - claims about areas of addresses: given, mapped, found and taken out by their owner
 */
#include <errno.h>

#include "kernel/selftest/selftest.h"
#include "mm/slab/own.h"
#include "mm/vmap/vmap.h"

static bool readable(const void *addr)
{
	u32 value;

	return arch_try_read((vaddr_t)addr, 4, &value, NULL);
}

SELFTEST(vmap, area_unmapped,
	 "get_vm_area gives addresses that nothing is mapped at, and a guard page more")
{
	struct vm_struct *area = get_vm_area(5000, VM_MAP),
			 *on_node = get_vm_area_node(1, VM_ALLOC, 0);
	void *addr;

	EXPECT(area && on_node);
	addr = area->addr;
	EXPECT_EQ(area->size, 3 * PAGE_SIZE);
	EXPECT_EQ(get_vm_area_size(area), 2 * PAGE_SIZE);
	EXPECT(!readable(addr));
	EXPECT(find_vm_area(addr) == area);
	EXPECT(find_vm_area((u8 *)addr + area->size - 1) == area);
	EXPECT(vmap_check());
	EXPECT(remove_vm_area(addr) == area);
	EXPECT(!find_vm_area(addr));
	EXPECT(!remove_vm_area(addr)); /* and no report: it only asks */
	kfree(area);
	EXPECT(remove_vm_area(on_node->addr) == on_node);
	kfree(on_node);
}

SELFTEST(vmap, area_range, "__get_vm_area keeps to its range, and is NULL when that is full")
{
	const unsigned long start = VMALLOC_START + 3 * MiB;
	struct vm_struct *first = __get_vm_area(PAGE_SIZE, VM_MAP, start, start + 4 * PAGE_SIZE);
	struct vm_struct *second =
		__get_vm_area_caller(PAGE_SIZE, VM_MAP, start, start + 4 * PAGE_SIZE, readable);

	EXPECT(first && second);
	EXPECT_EQ((vaddr_t)first->addr, start);
	EXPECT_EQ((vaddr_t)second->addr, start + 2 * PAGE_SIZE);
	EXPECT(second->caller == (void *)readable);
	EXPECT(!__get_vm_area(PAGE_SIZE, VM_MAP, start, start + 4 * PAGE_SIZE));
	EXPECT(vmap_check());
	kfree(remove_vm_area(first->addr));
	kfree(remove_vm_area(second->addr));
}

SELFTEST(vmap, area_for_registers,
	 "an area for registers is aligned to its size's power of two, up to 16 MiB")
{
	static const struct {
		unsigned long size, align;
	} cases[] = { { 1, PAGE_SIZE },
		      { PAGE_SIZE, PAGE_SIZE },
		      { PAGE_SIZE + 1, 2 * PAGE_SIZE },
		      { 64 * 1024, 64 * 1024 },
		      { 65 * 1024, 128 * 1024 },
		      { 20 * 1024 * 1024, 16 * 1024 * 1024 } };

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vm_struct *before = get_vm_area(PAGE_SIZE, VM_MAP);
		struct vm_struct *area = get_vm_area_caller(cases[i].size, VM_IOREMAP, readable);

		EXPECT(before && area);
		EXPECT(IS_ALIGNED((vaddr_t)area->addr, cases[i].align));
		EXPECT(vmap_check());
		kfree(remove_vm_area(area->addr));
		kfree(remove_vm_area(before->addr));
	}
}

SELFTEST(vmap, area_mapped,
	 "map_vm_area maps page after page; after unmap_vm_area the area is mapped anew")
{
	struct page *pages[4], **next = pages;
	struct vm_struct *area = get_vm_area(2 * PAGE_SIZE, VM_MAP);
	u32 *word;

	EXPECT(area);
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++) {
		EXPECT((pages[i] = alloc_page(GFP_KERNEL)));
		*(u32 *)lowmem_page_address(pages[i]) = i;
	}
	word = area->addr;
	EXPECT_EQ(map_vm_area(area, PAGE_KERNEL, &next), 0);
	EXPECT(next == pages + 2);
	EXPECT(word[0] == 0 && word[1024] == 1);
	EXPECT_BUG("mapped already", EXPECT_EQ(map_vm_area(area, PAGE_KERNEL, &next), -EBUSY));
	EXPECT(next == pages + 2);
	unmap_vm_area(area);
	EXPECT(!readable(word) && !readable(word + 1024));
	EXPECT(vmap_check());
	EXPECT_EQ(map_vm_area(area, PAGE_KERNEL, &next), 0);
	EXPECT(word[0] == 2 && word[1024] == 3); /* not what a TLB remembers */
	EXPECT(vmap_check());
	EXPECT(remove_vm_area(word) == area);
	EXPECT(!readable(word));
	kfree(area);
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
		__free_page(pages[i]);
}

SELFTEST(vmap, area_of_frames,
	 "ioremap_page_range maps frames in a row, and refuses what is no range of its own")
{
	struct page *pages = alloc_pages(GFP_KERNEL, 1);
	struct vm_struct *area = get_vm_area(2 * PAGE_SIZE, VM_IOREMAP);
	vaddr_t addr;

	EXPECT(pages && area);
	addr = (vaddr_t)area->addr;
	EXPECT_EQ(ioremap_page_range(addr, addr + 2 * PAGE_SIZE, page_to_phys(pages), PAGE_KERNEL),
		  0);
	*(u32 *)(addr + PAGE_SIZE) = 77;
	EXPECT_EQ(((u32 *)lowmem_page_address(pages))[1024], 77);
	EXPECT(vmap_check());
	EXPECT_BUG("mapped already",
		   EXPECT_EQ(ioremap_page_range(addr, addr + PAGE_SIZE, 0, PAGE_KERNEL), -EBUSY));
	EXPECT_BUG("bad range", EXPECT_EQ(ioremap_page_range(addr, addr, 0, PAGE_KERNEL), -EINVAL));
	EXPECT_BUG("bad range",
		   EXPECT_EQ(ioremap_page_range(addr, addr + 5, 0, PAGE_KERNEL), -EINVAL));
	EXPECT_BUG("bad range", EXPECT_EQ(ioremap_page_range(PAGE_OFFSET, PAGE_OFFSET + PAGE_SIZE,
							     0, PAGE_KERNEL),
					  -EINVAL));
	kfree_own(take_vm_area((void *)addr, VM_IOREMAP, "vmap", 0));
	EXPECT(!readable((void *)addr));
	__free_pages(pages, 1);
}

SELFTEST(vmap, removed_under_lock,
	 "__remove_vm_area takes an area out while its caller holds the lock")
{
	struct vm_struct *area = get_vm_area(PAGE_SIZE, VM_MAP), *removed;
	unsigned long flags;

	EXPECT(area);
	spin_lock_irqsave(&vmlist_lock, flags);
	removed = __remove_vm_area(area->addr);
	spin_unlock_irqrestore(&vmlist_lock, flags);
	EXPECT(removed == area);
	kfree(area);
	EXPECT(vmap_check());
}
