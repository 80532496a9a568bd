/*
 * told.c - claims about what each refusal says: the object, what was expected and what was found
 */
#include <errno.h>

#include "mm/slab/slab.h"
#include "mm/vmap/vmap_impl.h"
#include "tests/selftests/told/told.h"

#define TOLD(...) TOLD_BY("vmap", __VA_ARGS__)

SELFTEST(vmap, told_of_vmalloc, "what vmalloc's relatives refuse, they name in each field")
{
	const vaddr_t start = VMALLOC_START, end = VMALLOC_END;
#define HERE selftest_vmap_told_of_vmalloc

	TOLD(HERE, "zero size", NULL, "a byte or more", "0x0", EXPECT(!vmalloc(0)));
	TOLD(HERE, "bad alignment", NULL, "a power of two", "0x30",
	     EXPECT(!__vmalloc_node(1, 48, GFP_KERNEL, NUMA_NO_NODE, (void *)HERE)));
	TOLD(HERE, "bad node", NULL, "a node of this machine, or -1", "0x4d",
	     EXPECT(!vmalloc_node(1, 77)));
	TOLD(HERE, "bad node", NULL, "a node of this machine, or -1", told_line("0x%lx", -2ul),
	     EXPECT(!vmalloc_node(1, -2)));
	TOLD(HERE, "bad range", start - PAGE_SIZE, "part of the window", told_line("0x%lx", end),
	     EXPECT(!__vmalloc_node_range(1, 1, start - PAGE_SIZE, end, GFP_KERNEL, PAGE_KERNEL, 0,
					  NUMA_NO_NODE, (void *)HERE)));
	TOLD(HERE, "bad flags", NULL, "VM_USERMAP or none", "0x4",
	     EXPECT(!__vmalloc_node_range(1, 1, start, end, GFP_KERNEL, PAGE_KERNEL, VM_MAP,
					  NUMA_NO_NODE, (void *)HERE)));
	TOLD(HERE, "bad zone", NULL, "at most one of DMA and HIGHMEM",
	     told_line("0x%lx", (unsigned long)(GFP_KERNEL | GFP_ZONEMASK)),
	     EXPECT(!__vmalloc(1, GFP_KERNEL | GFP_ZONEMASK)));
#undef HERE
}

SELFTEST(vmap, told_of_areas, "what get_vm_area's relatives refuse, they name in each field")
{
	struct vm_struct *area = get_vm_area(PAGE_SIZE, VM_MAP);
	const vaddr_t start = VMALLOC_START, end = VMALLOC_END;
	struct page *page = alloc_page(GFP_KERNEL), **next = &page;
#define HERE selftest_vmap_told_of_areas

	EXPECT(area && page);
	TOLD(HERE, "zero size", NULL, "a byte or more", "0x0", EXPECT(!get_vm_area(0, VM_MAP)));
	TOLD(HERE, "bad flags", NULL, "one of the kinds, and VM_USERMAP or not", "0x3",
	     EXPECT(!get_vm_area(1, VM_ALLOC | VM_IOREMAP)));
	TOLD(HERE, "bad flags", NULL, "one of the kinds, and VM_USERMAP or not", "0x24",
	     EXPECT(!get_vm_area(1, VM_MAP | VM_UNINITIALIZED)));
	TOLD(HERE, "bad range", start, "part of the window", told_line("0x%lx", end + 1),
	     EXPECT(!__get_vm_area(1, VM_MAP, start, end + 1)));
	TOLD(HERE, "bad node", NULL, "a node of this machine, or -1", "0x9",
	     EXPECT(!get_vm_area_node(1, VM_MAP, 9)));
	EXPECT_EQ(map_vm_area(area, PAGE_KERNEL, &next), 0);
	TOLD(HERE, "mapped already", area->addr, "an area without a mapping", "0x1004",
	     EXPECT_EQ(map_vm_area(area, PAGE_KERNEL, &next), -EBUSY));
	TOLD(HERE, "mapped already", area->addr, "nothing mapped there",
	     told_line("0x%lx", (vaddr_t)area->addr + PAGE_SIZE),
	     EXPECT_EQ(ioremap_page_range((vaddr_t)area->addr, (vaddr_t)area->addr + PAGE_SIZE, 0,
					  PAGE_KERNEL_IO),
		       -EBUSY));
	TOLD(HERE, "bad range", area->addr, "whole pages of the window",
	     told_line("0x%lx", (vaddr_t)area->addr),
	     EXPECT_EQ(ioremap_page_range((vaddr_t)area->addr, (vaddr_t)area->addr, 0,
					  PAGE_KERNEL_IO),
		       -EINVAL));
	TOLD(HERE, "has pages", area->addr, "a VM_ALLOC area without a page", "0x1004",
	     EXPECT(!__vmalloc_area(area, GFP_KERNEL, PAGE_KERNEL)));
	kfree(remove_vm_area(area->addr));
	__free_page(page);
#undef HERE
}

SELFTEST(vmap, told_of_vmap, "what vmap() refuses, it names in each field")
{
	struct page *page = alloc_page(GFP_KERNEL), *none = mem_map - 1,
		    *askew = (struct page *)((vaddr_t)page + 4),
		    *text = virt_to_page(
			    (const void *)((vaddr_t)selftest_vmap_told_of_areas & PAGE_MASK));
	struct page *several[] = { page, none };
#define HERE selftest_vmap_told_of_vmap

	EXPECT(page);
	TOLD(HERE, "no pages", NULL, "one page or more", "0x1",
	     EXPECT(!vmap(NULL, 1, VM_MAP, PAGE_KERNEL)));
	TOLD(HERE, "no pages", several, "one page or more", "0x0",
	     EXPECT(!vmap(several, 0, VM_MAP, PAGE_KERNEL)));
	TOLD(HERE, "no page", none, "pages of RAM, of mem_map", "0x1",
	     EXPECT(!vmap(several, 2, VM_MAP, PAGE_KERNEL)));
	TOLD(HERE, "no page", askew, "pages of RAM, of mem_map", "0x0",
	     EXPECT(!vmap(&askew, 1, VM_MAP, PAGE_KERNEL)));
	several[1] = mem_map + mem_map_pages;
	TOLD(HERE, "no page", several[1], "pages of RAM, of mem_map", "0x1",
	     EXPECT(!vmap(several, 2, VM_MAP, PAGE_KERNEL_RO)));
	if (arch_image_end() != PHYS_OFFSET) /* the image lies in RAM */
		TOLD(HERE, "forbidden alias", text, "no right that the image keeps from the frame",
		     told_line("0x%lx", page_to_phys(text)),
		     EXPECT(!vmap(&text, 1, VM_MAP, PAGE_KERNEL)));
	TOLD(HERE, "forbidden alias", page, "no right that the image keeps from the frame",
	     told_line("0x%lx", page_to_phys(page)),
	     EXPECT(!vmap(&page, 1, VM_MAP, PAGE_KERNEL_EXEC)));
	__free_page(page);
#undef HERE
}

SELFTEST(vmap, told_of_frees, "what a free refuses, it names in each field")
{
	char *area = vmalloc(2 * PAGE_SIZE), *freed = vmalloc(PAGE_SIZE);
	struct vm_struct *registers = get_vm_area(PAGE_SIZE, VM_IOREMAP);
	const char *const vmalloc_start_ = "the start of a vmalloc area";
#define HERE selftest_vmap_told_of_frees

	EXPECT(area && freed && registers);
	vfree(freed);
	TOLD(HERE, "unaligned address", area + 12, vmalloc_start_, "0xc bytes into a page",
	     vfree(area + 12));
	TOLD(HERE, "interior address", area + PAGE_SIZE, vmalloc_start_,
	     told_line("0x1000 bytes into the vmalloc area 0x%lx", (vaddr_t)area),
	     vfree(area + PAGE_SIZE));
	TOLD(HERE, "interior address", area + 2 * PAGE_SIZE, "the start of a vmap area",
	     told_line("the guard page, 0x2000 bytes into the vmalloc area 0x%lx", (vaddr_t)area),
	     vunmap(area + 2 * PAGE_SIZE));
	TOLD(HERE, "wrong kind", area, "the start of a vmap area", "a vmalloc area, for vfree()",
	     __vunmap(area, 0));
	TOLD(HERE, "wrong kind", registers->addr, vmalloc_start_, "a ioremap area, for iounmap()",
	     __vunmap(registers->addr, 1));
	TOLD(HERE, "not an area", VMALLOC_END, vmalloc_start_,
	     told_line("an address outside 0x%lx-0x%lx", VMALLOC_START, (vaddr_t)VMALLOC_END - 1),
	     vfree((void *)VMALLOC_END));
	TOLD(HERE, "not an area", VMALLOC_END - PAGE_SIZE, vmalloc_start_, "no area there",
	     vfree((void *)(VMALLOC_END - PAGE_SIZE)));
	find_vm_area(area)->flags |= VM_UNINITIALIZED;
	TOLD(HERE, "not an area", area, vmalloc_start_,
	     "an area that is being made, or being freed", vfree(area));
	find_vm_area(area)->flags &= ~(unsigned long)VM_UNINITIALIZED;
	kfree(remove_vm_area(registers->addr));
	vfree(area);
#undef HERE
}
