/*
 * refusals.c - claims about mistakes that need a family's page or a hole in RAM
 *
 * Each shows that the page is as it was: its struct page, byte by byte, and the counts.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "mm/page/page.h"

SELFTEST(page, owned_free, "a page that a family owns is refused until the family lets go of it")
{
	static const enum page_owner owners[] = { OWNER_SLAB, OWNER_VMALLOC, OWNER_PERCPU,
						  OWNER_PAGETABLE };
	struct page *page = alloc_pages(GFP_KERNEL, 1), copy;
	unsigned long before = nr_available_pages();

	EXPECT(page);
	for (unsigned int i = 0; i < ARRAY_SIZE(owners); i++) {
		page_set_owner(page, owners[i]);
		copy = *page;
		EXPECT_BUG("owned by a family", __free_pages(page, 1));
		EXPECT(!memcmp(page, &copy, sizeof(copy)));
	}
	page_set_owner(page, OWNER_HELD);
	page->flags |= PG_SLAB;
	EXPECT_BUG("owned by a family", __free_pages(page, 1));
	EXPECT_BUG("owned by a family", free_pages((unsigned long)lowmem_page_address(page), 1));
	page->flags &= ~(u32)PG_SLAB;
	EXPECT_EQ(nr_available_pages(), before);
	EXPECT(buddy_check());
	__free_pages(page, 1);
}

/* The first frame that mem_map covers and that is no RAM; the one behind it when there is none. */
static pfn_t first_absent(void)
{
	pfn_t pfn = mem_map_pfn;

	while (pfn - mem_map_pfn < mem_map_pages && pfn_present(pfn))
		pfn++;
	return pfn;
}

SELFTEST(page, not_ram, "a frame of a hole in RAM is refused, by page and by address")
{
	pfn_t pfn = first_absent();
	unsigned long before = nr_available_pages();

	if (pfn - mem_map_pfn >= mem_map_pages)
		SKIP("this machine's RAM has no hole");
	EXPECT_BUG("not RAM", __free_page(pfn_to_page(pfn)));
	EXPECT_BUG("not RAM", __free_pages(pfn_to_page(pfn), 3));
	if (pfn < lowmem_end_pfn && phys_to_virt(pfn_to_phys(pfn)) < high_memory)
		EXPECT_BUG("not RAM", free_page((unsigned long)phys_to_virt(pfn_to_phys(pfn))));
	EXPECT_EQ(nr_available_pages(), before);
	EXPECT(buddy_check());
}

SELFTEST(page, refused_references, "a refused reference or split changes nothing")
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, 2), copy;

	EXPECT(page);
	copy = *page;
	EXPECT_BUG("split of what is no plain block of this order", split_page(page, 2));
	EXPECT(!memcmp(page, &copy, sizeof(copy)));
	put_page(page);
	copy = *page;
	EXPECT_BUG("reference to a page that is not in use", get_page(page));
	EXPECT_BUG("double free", put_page(page));
	EXPECT(!memcmp(page, &copy, sizeof(copy)));
	EXPECT(buddy_check());
}

SELFTEST(page, wild_references, "references to what is no page are refused, and nothing is written")
{
	/* what would pass for a struct page in use, of order 0, with one reference */
	struct page impostor = { .flags = PAGE_USED << PAGE_STATE_SHIFT, ._refcount = 1 };
	struct page copy = impostor;
	struct page *const wild[] = { &impostor, NULL, mem_map - 1, mem_map + mem_map_pages,
				      (struct page *)((char *)mem_map + 4) };
	unsigned long before = nr_available_pages();

	for (unsigned int i = 0; i < ARRAY_SIZE(wild); i++) {
		EXPECT_BUG("wild pointer", get_page(wild[i]));
		EXPECT_BUG("wild pointer", put_page(wild[i]));
		EXPECT_BUG("wild pointer", split_page(wild[i], 0));
	}
	EXPECT(!memcmp(&impostor, &copy, sizeof(copy)));
	EXPECT_EQ(nr_available_pages(), before);
	EXPECT(buddy_check());
}

SELFTEST(page, hole_references, "references to frames of a hole in RAM are refused")
{
	pfn_t pfn = first_absent();

	if (pfn - mem_map_pfn >= mem_map_pages)
		SKIP("this machine's RAM has no hole");
	EXPECT_BUG("not RAM", get_page(pfn_to_page(pfn)));
	EXPECT_BUG("not RAM", put_page(pfn_to_page(pfn)));
	EXPECT_BUG("not RAM", split_page(pfn_to_page(pfn), 0));
	EXPECT(buddy_check());
}
