/*
 * refusals.c - claims about mistakes that need a family's page or a hole in RAM
 *
 * Each shows that the page is as it was: its struct page, byte by byte, and the counts.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "mm/page/page.h"
#include "mm/percpu/percpu.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"

/* Every public function that frees, takes apart or lets go: all are refused, and nothing changes. */
static bool all_refused(struct page *page, unsigned int order)
{
	unsigned long address = (unsigned long)lowmem_page_address(page);
	struct page copy = *page, *array[2] = { page, page };

	CHECK_BUG("owned by a family", __free_pages(page, order));
	CHECK_BUG("owned by a family", free_pages(address, order));
	CHECK_BUG("owned by a family", put_page(page));
	CHECK_BUG("owned by a family", free_hot_page(page));
	CHECK_BUG("owned by a family", free_cold_page(page));
	CHECK_BUG("owned by a family", free_pages_bulk_array(1, array));
	CHECK_BUG("owned by a family", free_pages_exact((void *)address, 1));
	CHECK_BUG("split of what is no plain block of this order", split_page(page, order));
	return !memcmp(page, &copy, sizeof(copy));
}

SELFTEST(page, owned_free, "a page that a family owns is refused until the family lets go of it")
{
	static const enum page_owner owners[] = { OWNER_SLAB, OWNER_VMALLOC, OWNER_PERCPU,
						  OWNER_PAGETABLE };
	unsigned long before = nr_available_pages();

	for (unsigned int order = 0; order < 3; order++) {
		struct page *page = alloc_pages(GFP_KERNEL, order);
		bool refused = true;

		EXPECT(page);
		for (unsigned int i = 0; i < ARRAY_SIZE(owners); i++) {
			page_set_owner(page, owners[i]);
			refused = refused && all_refused(page, order);
		}
		page_set_owner(page, OWNER_HELD);
		page->flags |= PG_SLAB;
		refused = refused && all_refused(page, order);
		page->flags &= ~(u32)PG_SLAB;
		__free_pages(page, order);
		EXPECT(refused);
		EXPECT_EQ(nr_available_pages(), before);
	}
	EXPECT(buddy_check());
}

/* The first block of lowmem that this family holds, or NULL. */
static struct page *first_owned(enum page_owner owner)
{
	for (pfn_t pfn = min_pfn; pfn < min(lowmem_end_pfn, max_pfn); pfn++) {
		struct page *page = pfn_to_page(pfn);

		if (pfn_valid(pfn) && page_state(page) == PAGE_USED && page_owner(page) == owner)
			return page;
	}
	return NULL;
}

SELFTEST(page, families_pages,
	 "no page of a slab, an area, a table or per-CPU objects can be freed")
{
	static const enum page_owner owners[] = { OWNER_SLAB, OWNER_VMALLOC, OWNER_PERCPU,
						  OWNER_PAGETABLE };
	void *area = vmalloc_32(3 * PAGE_SIZE), *object = kmalloc(64, GFP_KERNEL);
	u64 __percpu *copies = alloc_percpu(u64);
	bool found[ARRAY_SIZE(owners)], refused = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(owners); i++) {
		struct page *page = first_owned(owners[i]);

		found[i] = page;
		refused = refused && (!page || all_refused(page, page_order(page)));
	}
	free_percpu(copies);
	kfree(object);
	vfree(area);
	EXPECT(refused);
	EXPECT(found[0] && found[1] && found[3]); /* per-CPU objects may lie in slabs */
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
