/*
 * init.c - claims about init_on_alloc=1 and init_on_free=1
 *
 *	dirty a block ──free──> free list ──alloc──> clear?
 *	                ▲ init_on_free    ▲ init_on_alloc
 *
 * On a machine that was not booted with the parameter its claim is skipped; tests/boot/test_memory.py
 * boots those that are.
 *
 * Locking: none; free pages are looked at while nobody else allocates.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "lib/raw.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/page/alloc_impl.h"

enum { ORDER = 3, PAGES = 1 << ORDER, DIRT = 0x5a };

static void soil(struct page *page, unsigned int order)
{
	for (unsigned long i = 0; i < 1ul << order; i++) {
		void *p = kmap_local_page(page + i);

		if (!p)
			return;
		memset(p, DIRT, PAGE_SIZE);
		kunmap_local(p);
	}
}

static bool is_clear(struct page *page, unsigned int order)
{
	bool clear = true;

	for (unsigned long i = 0; i < 1ul << order; i++) {
		const u32 *p = kmap_local_page(page + i);

		CHECK(p);
		for (unsigned int word = 0; word < PAGE_SIZE / sizeof(*p); word++)
			clear = clear && raw_read(&p[word]) == 0; /* it may be free */
		kunmap_local(p);
	}
	return clear;
}

/* Leaves a dirty block where the next request of its kind and order will find it. */
static bool soil_next(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	if (!page)
		return false;
	soil(page, order);
	__free_pages(page, order);
	return true;
}

static const gfp_t kinds[] = { GFP_KERNEL, GFP_DMA, GFP_ATOMIC, GFP_HIGHUSER };

SELFTEST(page, init_on_alloc, "with init_on_alloc=1 every way to allocate gives clear pages")
{
	struct page *page, *array[PAGES] = {};
	bool clear = true;
	u8 *exact;

	if (!always_gfp)
		SKIP("boot with init_on_alloc=1");
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (unsigned int order = 0; order <= ORDER; order++) {
			EXPECT(soil_next(kinds[i], order));
			page = alloc_pages(kinds[i], order);
			EXPECT(page);
			clear = clear && is_clear(page, order);
			__free_pages(page, order);
		}
	}
	EXPECT(clear);
	drain_all_pages(NULL);
	EXPECT(soil_next(GFP_KERNEL, ORDER));
	EXPECT_EQ(alloc_pages_bulk_array(GFP_KERNEL, PAGES, array), PAGES);
	for (unsigned int i = 0; i < PAGES; i++)
		clear = clear && is_clear(array[i], 0);
	free_pages_bulk_array(PAGES, array);
	EXPECT(clear);
	EXPECT(soil_next(GFP_KERNEL, ORDER));
	exact = alloc_pages_exact(5 * PAGE_SIZE, GFP_KERNEL);
	EXPECT(exact);
	for (unsigned int i = 0; i < 5; i++)
		clear = clear && is_clear(virt_to_page(exact) + i, 0);
	free_pages_exact(exact, 5 * PAGE_SIZE);
	EXPECT(clear);
}

SELFTEST(page, init_on_free,
	 "with init_on_free=1 a page is clear once it was freed, by whatever way")
{
	struct page *page, *array[PAGES];
	bool clear = true;

	if (!init_on_free)
		SKIP("boot with init_on_free=1");
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (unsigned int order = 0; order <= ORDER; order++) {
			page = alloc_pages(kinds[i], order);
			EXPECT(page);
			soil(page, order);
			get_page(page);
			__free_pages(page, order);
			EXPECT(!is_clear(page, 0)); /* somebody uses it */
			put_page(page);
			clear = clear && is_clear(page, order);
		}
	}
	EXPECT(clear);
	page = alloc_pages(GFP_KERNEL, ORDER);
	EXPECT(page);
	soil(page, ORDER);
	split_page(page, ORDER);
	for (unsigned int i = 0; i < PAGES; i++)
		array[i] = page + i;
	free_pages_bulk_array(PAGES - 1, array);
	free_page((unsigned long)lowmem_page_address(page + PAGES - 1));
	EXPECT(is_clear(page, ORDER));
	EXPECT(buddy_check());
}
