/*
 * faults.c - claims that the hardware keeps: guards, permissions, and nothing seen after it was freed
 *
 * Each permission is proven by the access that it refuses, not by reading the tables.
 */
#include <errno.h>
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"

/* A read and a write at addr both fault, and for this cause. */
static bool unreachable(vaddr_t addr, const char *cause)
{
	struct arch_fault fault;
	u32 value;

	CHECK(!arch_try_read(addr, 4, &value, &fault));
	CHECK(fault.address == addr && !strcmp(fault.cause, cause));
	CHECK(!arch_try_write(addr, 4, 0, &fault));
	CHECK(fault.address == addr && fault.write && !strcmp(fault.cause, cause));
	return true;
}

SELFTEST(vmap, guard, "the page behind an area faults, also when another area follows")
{
	u8 *area = vmalloc(2 * PAGE_SIZE), *next = vmalloc(PAGE_SIZE);

	EXPECT(area && next);
	area[2 * PAGE_SIZE - 1] = 1;
	EXPECT(unreachable((vaddr_t)area + 2 * PAGE_SIZE, "page translation"));
	EXPECT(unreachable((vaddr_t)area + 3 * PAGE_SIZE - 4, "page translation"));
	EXPECT(unreachable((vaddr_t)next + PAGE_SIZE, "page translation"));
	vfree(area);
	vfree(next);
}

SELFTEST(vmap, freed_faults, "an area that was in use faults after vfree, on every page")
{
	for (unsigned int pages = 1; pages < 200; pages = pages * 3 + 1) {
		u8 *area = __vmalloc(pages * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);

		EXPECT(area);
		for (unsigned int i = 0; i < pages; i++)
			EXPECT_EQ(area[i * PAGE_SIZE], 0); /* now a TLB may know it */
		vfree(area);
		for (unsigned int i = 0; i < pages; i++)
			EXPECT(unreachable((vaddr_t)area + i * PAGE_SIZE, "page translation"));
	}
}

SELFTEST(vmap, unmapped_faults,
	 "what vmap showed faults after vunmap, and shows others' pages when mapped anew")
{
	struct page *pages[2] = { alloc_page(GFP_KERNEL), alloc_page(GFP_KERNEL) };
	volatile u32 *view, *again;

	EXPECT(pages[0] && pages[1]);
	*(u32 *)lowmem_page_address(pages[0]) = 1;
	*(u32 *)lowmem_page_address(pages[1]) = 2;
	EXPECT((view = vmap(&pages[0], 1, VM_MAP, PAGE_KERNEL)));
	EXPECT_EQ(view[0], 1);
	vunmap((void *)view);
	EXPECT(unreachable((vaddr_t)view, "page translation"));
	EXPECT((again = vmap(&pages[1], 1, VM_MAP, PAGE_KERNEL)));
	EXPECT(again == view);
	EXPECT_EQ(again[0], 2);
	vunmap((void *)again);
	__free_page(pages[0]);
	__free_page(pages[1]);
}

SELFTEST(vmap, read_only, "PAGE_KERNEL_RO refuses a write, and shows what others write")
{
	struct page *page = alloc_page(GFP_KERNEL);
	volatile u32 *view;
	u32 value;

	EXPECT(page);
	EXPECT((view = vmap(&page, 1, VM_MAP, PAGE_KERNEL_RO)));
	*(volatile u32 *)lowmem_page_address(page) = 5;
	EXPECT_EQ(view[0], 5);
	EXPECT(arch_try_read((vaddr_t)view, 4, &value, NULL) && value == 5);
	EXPECT(!arch_try_write((vaddr_t)view, 4, 6, NULL));
	EXPECT_EQ(view[0], 5);
	vunmap((void *)view);
	EXPECT((view = vmap(&page, 1, VM_MAP, PAGE_KERNEL)));
	EXPECT(arch_try_write((vaddr_t)view, 4, 6, NULL)); /* not what a TLB remembers */
	vunmap((void *)view);
	__free_page(page);
}

/* What is copied and called: it does not care where it lies. */
static volatile u32 nothing;
static __noinline __uncounted __aligned(32) void do_nothing(void)
{
}

enum { CODE_BYTES = 16 };

/* do_nothing() at another place; in Thumb state the lowest bit of a function's address is set. */
static vaddr_t copy_code(void *to)
{
	vaddr_t from = (vaddr_t)do_nothing & ~(vaddr_t)1;

	nothing++;
	memcpy(to, (const void *)from, CODE_BYTES);
	arch_cache_sync_code((vaddr_t)to, (vaddr_t)to + CODE_BYTES);
	return (vaddr_t)to | ((vaddr_t)do_nothing & 1);
}

SELFTEST(vmap, executable, "code runs in an area of vmalloc_exec, and in none of vmalloc")
{
	void *code = vmalloc_exec(CODE_BYTES), *data = vmalloc(CODE_BYTES);
	struct arch_fault fault;

	EXPECT(code && data);
	EXPECT(arch_try_call(copy_code(code), NULL));
	EXPECT(!arch_try_call(copy_code(data), &fault));
	EXPECT(fault.exec && !strcmp(fault.cause, "page permission"));
	vfree(code);
	EXPECT(!arch_try_call((vaddr_t)code, NULL));
	vfree(data);
}

/* In a process the program is its own, and in no frame of the machine's. */
#define IMAGE_IN_RAM_OR_SKIP()                                     \
	do {                                                       \
		if (arch_image_end() == PHYS_OFFSET)               \
			SKIP("the image lies in no frame of RAM"); \
	} while (0)

/* The page of the image that holds an address, as a caller of vmap() names it. */
static struct page *image_page(const volatile void *address)
{
	return virt_to_page((const void *)((vaddr_t)address & PAGE_MASK));
}

SELFTEST(vmap, image_read_only,
	 "another view of the image's code runs it, and can be had only without the right to write")
{
	IMAGE_IN_RAM_OR_SKIP();

	struct page *code = image_page(do_nothing),
		    *constant = image_page(&selftest_desc_vmap_guard);
	const pgprot_t writing[] = { PAGE_KERNEL, PAGE_KERNEL_EXEC, PAGE_KERNEL_NOCACHE,
				     PAGE_KERNEL_IO };
	vaddr_t offset = (vaddr_t)do_nothing & ~PAGE_MASK;
	void *view;

	for (unsigned int i = 0; i < ARRAY_SIZE(writing); i++) {
		EXPECT_BUG("forbidden alias", EXPECT(!vmap(&code, 1, VM_MAP, writing[i])));
		EXPECT_BUG("forbidden alias", EXPECT(!vmap(&constant, 1, VM_MAP, writing[i])));
	}
	EXPECT_BUG("forbidden alias", EXPECT(!vmap(&constant, 1, VM_MAP, PAGE_KERNEL_ROX)));
	EXPECT((view = vmap(&code, 1, VM_MAP, PAGE_KERNEL_ROX)));
	EXPECT(arch_try_call((vaddr_t)view + offset, NULL));
	EXPECT(!arch_try_write((vaddr_t)view, 4, 0, NULL));
	vunmap(view);
	EXPECT((view = vmap(&constant, 1, VM_MAP, PAGE_KERNEL_RO)));
	EXPECT(!memcmp(view, lowmem_page_address(constant), PAGE_SIZE));
	EXPECT(!arch_try_write((vaddr_t)view, 4, 0, NULL));
	vunmap(view);
}

SELFTEST(vmap, data_not_executable,
	 "a page that lowmem shows writable gets no executable view, nor one among others")
{
	IMAGE_IN_RAM_OR_SKIP();

	struct page *pages[] = { image_page(do_nothing), alloc_page(GFP_KERNEL) };
	const pgprot_t executing[] = { PAGE_KERNEL_ROX, PAGE_KERNEL_EXEC };
	unsigned long areas = nr_vm_areas();

	EXPECT(pages[1]);
	for (unsigned int i = 0; i < ARRAY_SIZE(executing); i++) {
		EXPECT_BUG("forbidden alias", EXPECT(!vmap(pages + 1, 1, VM_MAP, executing[i])));
		EXPECT_BUG("forbidden alias", EXPECT(!vmap(pages, 2, VM_MAP, executing[i])));
	}
	EXPECT_BUG("forbidden alias", EXPECT(!vmap(pages, 2, VM_MAP, PAGE_KERNEL)));
	EXPECT_EQ(nr_vm_areas(), areas);
	__free_page(pages[1]);
}

SELFTEST(vmap, image_read_only_areas,
	 "nor do map_vm_area() and ioremap_page_range() give such a right, or map anything")
{
	IMAGE_IN_RAM_OR_SKIP();

	const volatile void *const places[] = { do_nothing, &selftest_desc_vmap_guard };
	struct vm_struct *area = get_vm_area(2 * PAGE_SIZE, VM_MAP);
	struct page *pages[2] = { alloc_page(GFP_KERNEL) }, **next;
	vaddr_t addr;

	EXPECT(area && pages[0]);
	addr = (vaddr_t)area->addr;
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		pages[1] = image_page(places[i]);
		next = pages;
		EXPECT_BUG("forbidden alias",
			   EXPECT_EQ(map_vm_area(area, PAGE_KERNEL, &next), -EINVAL));
		EXPECT(next == pages && !(area->flags & VM_MAPPED));
		EXPECT_BUG("forbidden alias",
			   EXPECT_EQ(ioremap_page_range(addr, addr + PAGE_SIZE,
							page_to_phys(pages[1]), PAGE_KERNEL_IO),
				     -EINVAL));
		EXPECT(!vmalloc_to_page((void *)addr));
		EXPECT(!vmalloc_to_page((void *)(addr + PAGE_SIZE)));
		EXPECT_EQ(ioremap_page_range(addr, addr + PAGE_SIZE, page_to_phys(pages[1]),
					     PAGE_KERNEL_RO),
			  0);
		EXPECT(!arch_try_write(addr, 4, 0, NULL));
		unmap_vm_area(area);
	}
	kfree(remove_vm_area(area->addr));
	__free_page(pages[0]);
}
