/*
 * alloc.c - claims about allocating and freeing pages, one by one
 */
#include "kernel/selftest/selftest.h"
#include "mm/page/page.h"

SELFTEST(page, one_page, "a page has a lowmem address that leads back to it")
{
	struct page *page = alloc_page(GFP_KERNEL);

	EXPECT(page);
	EXPECT_EQ(virt_to_page(lowmem_page_address(page)), page);
	EXPECT_EQ(pfn_to_page(page_to_pfn(page)), page);
	EXPECT_EQ(page_count(page), 1);
	__free_page(page);
}

SELFTEST(page, alignment, "a block of each order is aligned to its size")
{
	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);

		if (!page)
			SKIP("no block of order %u free", order);
		EXPECT_EQ(page_to_pfn(page) & ((1ul << order) - 1), 0);
		EXPECT_EQ(page_order(page), order);
		__free_pages(page, order);
		EXPECT(buddy_check());
	}
}

SELFTEST(page, get_free_pages, "pages by address are lowmem, writable to their last byte")
{
	unsigned long addr = __get_free_pages(GFP_KERNEL, 2);
	volatile u8 *p = (volatile u8 *)addr;

	EXPECT(addr);
	p[0] = 1;
	p[4 * PAGE_SIZE - 1] = 2;
	EXPECT_EQ(p[0] + p[4 * PAGE_SIZE - 1], 3);
	free_pages(addr, 2);
	free_pages(0, 0); /* nothing, and no report */
}

SELFTEST(page, zeroed, "__GFP_ZERO clears the whole block, whatever it held")
{
	unsigned long addr = __get_free_pages(GFP_KERNEL, 1);
	bool clear = true;

	EXPECT(addr);
	for (unsigned long i = 0; i < 2 * PAGE_SIZE; i++)
		((u8 *)addr)[i] = 0xa5;
	free_pages(addr, 1);
	addr = __get_free_pages(GFP_KERNEL | __GFP_ZERO, 1);
	EXPECT(addr);
	for (unsigned long i = 0; i < 2 * PAGE_SIZE; i++)
		clear = clear && ((u8 *)addr)[i] == 0;
	free_pages(addr, 1);
	EXPECT(clear);
}

SELFTEST(page, dma, "a DMA page lies in the first 16 MiB")
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_DMA);

	EXPECT(page);
	EXPECT_EQ(page_zonenum(page), ZONE_DMA);
	EXPECT(page_to_phys(page) < PHYS_OFFSET + 16 * MiB);
	__free_page(page);
}

SELFTEST(page, highmem, "a highmem page is one, and lies above lowmem")
{
	const struct zone *zone = &NODE_DATA(0)->node_zones[ZONE_HIGHMEM];
	struct page *page;

	if (!zone->present_pages)
		SKIP("the first node has no highmem, so its other zones come first");
	if (zone->free_pages <= zone_low_mark(zone, ZONE_HIGHMEM))
		SKIP("the first node's highmem is below its low watermark");
	page = alloc_page(GFP_HIGHUSER);
	EXPECT(page);
	EXPECT(PageHighMem(page));
	EXPECT(page_to_pfn(page) >= lowmem_end_pfn);
	__free_page(page);
}

SELFTEST(page, reference, "a block is freed when its last reference goes")
{
	unsigned long before = nr_available_pages();
	struct page *page = alloc_page(GFP_KERNEL);

	EXPECT(page);
	page->_refcount++;
	__free_page(page);
	EXPECT_EQ(nr_available_pages(), before - 1);
	EXPECT_EQ(page_count(page), 1);
	__free_page(page);
	EXPECT_EQ(nr_available_pages(), before);
}

SELFTEST(page, pfn_valid, "RAM's frames are valid, those around it are not")
{
	EXPECT(pfn_valid(min_pfn));
	EXPECT(pfn_valid(max_pfn - 1));
	EXPECT(!pfn_valid(min_pfn - 1));
	EXPECT(!pfn_valid(max_pfn));
	EXPECT(!pfn_valid(0));
	EXPECT(!pfn_valid(~0ul));
}

/* --- refusals: named, and nothing changed ----------------------------------------------------- */

SELFTEST(page, double_free, "freeing a free page is refused, also after it was merged")
{
	struct page *page = alloc_pages(GFP_KERNEL, 1);
	unsigned long before;

	EXPECT(page);
	__free_pages(page, 1);
	before = nr_available_pages();
	EXPECT_BUG("double free", __free_pages(page, 1));
	EXPECT_BUG("double free", __free_pages(page + 1, 0));
	EXPECT_BUG("double free", free_pages((unsigned long)lowmem_page_address(page), 1));
	EXPECT_EQ(nr_available_pages(), before);
	EXPECT(buddy_check());
}

SELFTEST(page, wrong_order, "freeing a block as one of another order is refused")
{
	struct page *page = alloc_pages(GFP_KERNEL, 2);

	EXPECT(page);
	for (unsigned int order = 0; order <= MAX_ORDER; order++) {
		if (order == 2)
			continue;
		EXPECT_BUG("wrong order", __free_pages(page, order));
	}
	EXPECT(buddy_check());
	EXPECT_EQ(page_count(page), 1);
	__free_pages(page, 2);
}

SELFTEST(page, order_spills,
	 "an order that is none is refused, whatever its bits look like in flags")
{
	static const unsigned int high[] = { 0x10,  0x20,   0x30,	0xf0, 0x100,
					     0x300, 0x1000, 0x80000000, ~0xfu };

	for (unsigned int order = 0; order < 2; order++) {
		struct page *page = alloc_pages(GFP_KERNEL, order);
		unsigned long before = nr_available_pages();

		EXPECT(page);
		for (unsigned int i = 0; i < ARRAY_SIZE(high); i++) {
			EXPECT_BUG("wrong order", __free_pages(page, high[i] | order));
			EXPECT_BUG("wrong order",
				   free_pages((unsigned long)lowmem_page_address(page),
					      high[i] | order));
		}
		page_set_owner(page, OWNER_SLAB);
		EXPECT_BUG("owned by a family", __free_pages(page, 0x100 | order));
		page_set_owner(page, OWNER_HELD);
		EXPECT_EQ(nr_available_pages(), before);
		EXPECT(buddy_check());
		__free_pages(page, order);
	}
}

SELFTEST(page, tail_free, "freeing any page of a block but its first is refused")
{
	struct page *page = alloc_pages(GFP_KERNEL, 3);

	EXPECT(page);
	for (unsigned int i = 1; i < 8; i++)
		EXPECT_BUG("tail page", __free_pages(page + i, 0));
	EXPECT(buddy_check());
	__free_pages(page, 3);
}

SELFTEST(page, wild_free, "pointers that are no page are refused")
{
	unsigned long addr = __get_free_pages(GFP_KERNEL, 0);
	struct page *page = virt_to_page((void *)addr);

	EXPECT(addr);
	EXPECT_BUG("wild pointer", __free_pages((struct page *)((char *)page + 4), 0));
	EXPECT_BUG("wild pointer", __free_pages(mem_map - 1, 0));
	EXPECT_BUG("wild pointer", __free_pages(mem_map + mem_map_pages, 0));
	EXPECT_BUG("wild pointer", __free_pages(NULL, 0));
	EXPECT_BUG("wild pointer", free_pages(addr + 1, 0));
	EXPECT_BUG("wild pointer", free_pages(PAGE_SIZE, 0));
	EXPECT_BUG("wild pointer", free_pages((unsigned long)high_memory, 0));
	EXPECT_BUG("wild pointer", free_pages(~0ul & PAGE_MASK, 0));
	EXPECT(buddy_check());
	free_pages(addr, 0);
}

SELFTEST(page, reserved_free, "pages that were never the allocator's are refused")
{
	EXPECT_BUG("reserved page", __free_pages(virt_to_page(mem_map), 0));
	EXPECT_BUG("reserved page", __free_pages(virt_to_page(mem_map) + 1, 0));
	EXPECT(buddy_check());
}

SELFTEST(page, bad_request, "an order above 10 and two zones at once are refused")
{
	EXPECT_BUG("bad order", EXPECT(!alloc_pages(GFP_KERNEL, MAX_ORDER)));
	EXPECT_BUG("bad order", EXPECT(!alloc_pages(GFP_KERNEL, ~0u)));
	EXPECT_BUG("bad zone", EXPECT(!alloc_page(__GFP_DMA | __GFP_HIGHMEM)));
	EXPECT_BUG("bad zone", EXPECT(!__get_free_page(GFP_HIGHUSER)));
	EXPECT(buddy_check());
}
