/*
 * shown.c - claims about freeing what a window still shows
 *
 * DEBUG: refused, whatever shows it, with nothing changed.  Production: kmap is warned of and counted,
 * and the page goes.
 */
#include <string.h>

#include "kernel/printk.h"
#include "kernel/selftest/selftest.h"
#include "mm/fixmap/fixmap.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/page/alloc_impl.h"
#include "mm/page/shown.h"
#include "mm/vmap/vmap.h"
#include "mm/window/kmap.h"

/* Refused by every public function that would let go of the block's pages; nothing has changed. */
static bool all_refused(struct page *page, unsigned int order)
{
	unsigned long before = nr_available_pages();
	struct page copy = *page;

	CHECK_BUG("still mapped", __free_pages(page, order));
	CHECK_BUG("still mapped", put_page(page));
	if (order == 0) {
		CHECK_BUG("still mapped", free_hot_page(page));
		CHECK_BUG("still mapped", free_cold_page(page));
		CHECK_BUG("still mapped", free_pages_bulk_array(1, &page));
	}
	if (!PageHighMem(page))
		CHECK_BUG("still mapped",
			  free_pages((unsigned long)lowmem_page_address(page), order));
	return !memcmp(page, &copy, sizeof(copy)) && nr_available_pages() == before;
}

SELFTEST(page, shown_fixmap, "a page that a fixmap slot shows is not freed in DEBUG builds")
{
	struct page *page;
	bool refused = true;

	if (!debug_build)
		SKIP("DEBUG=0");
	for (unsigned int order = 0; order < 3; order++) {
		page = alloc_pages(GFP_HIGHUSER, order);
		EXPECT(page);
		set_fixmap(FIX_USER_LAST, page_to_phys(page + (1u << order) - 1));
		refused = refused && all_refused(page, order);
		clear_fixmap(FIX_USER_LAST);
		__free_pages(page, order);
	}
	EXPECT(refused);
	EXPECT(buddy_check());
}

SELFTEST(page, shown_kmap_local, "a highmem page in a kmap_local slot is not freed in DEBUG builds")
{
	struct page *page = alloc_pages(GFP_HIGHUSER, 1);
	bool refused;
	void *p;

	EXPECT(page);
	if (!debug_build || !PageHighMem(page)) {
		__free_pages(page, 1);
		SKIP("DEBUG=0, or no highmem");
	}
	p = kmap_local_page(page + 1);
	EXPECT(p);
	refused = all_refused(page, 1);
	kunmap_local(p);
	__free_pages(page, 1);
	EXPECT(refused);
}

SELFTEST(page, shown_area, "pages that vmap() shows are not freed in DEBUG builds, until vunmap()")
{
	struct page *pages[3];
	bool refused = true;
	void *area;

	if (!debug_build)
		SKIP("DEBUG=0");
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
		EXPECT((pages[i] = alloc_page(GFP_HIGHUSER)));
	area = vmap(pages, ARRAY_SIZE(pages), VM_MAP, PAGE_KERNEL);
	EXPECT(area);
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
		refused = refused && all_refused(pages[i], 0);
	vunmap(area);
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
		__free_page(pages[i]);
	EXPECT(refused);
}

SELFTEST(page, shown_kmap, "freeing what kmap() shows: DEBUG refuses, production warns, and counts")
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	unsigned long before = pages_freed_shown(), available;
	int loglevel = console_loglevel;

	EXPECT(page);
	if (!PageHighMem(page)) {
		__free_page(page);
		SKIP("no highmem");
	}
	kmap_flush_unused(); /* the page may have been kmap()ed in a former life */
	EXPECT(kmap(page));
	EXPECT(page->flags & PG_SHOWN);
	available = nr_available_pages();
	if (debug_build) {
		bool refused = all_refused(page, 0);

		kunmap(page);
		__free_page(page);
		EXPECT(refused);
		EXPECT_EQ(pages_freed_shown(), before);
		return;
	}
	console_loglevel = 0;
	__free_page(page);
	console_loglevel = loglevel;
	kunmap(page);
	EXPECT_EQ(pages_freed_shown(), before + 1);
	EXPECT_EQ(nr_available_pages(), available + 1);
	EXPECT(!(page->flags & PG_SHOWN));
	EXPECT(buddy_check() && pkmap_check());
}

SELFTEST(page, shown_no_more, "a page whose last kunmap() is done is freed without a word")
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	unsigned long before = pages_freed_shown(), bugs = bug_count();

	EXPECT(page);
	if (PageHighMem(page)) {
		kmap_flush_unused();
		EXPECT(kmap(page) && kmap(page));
		kunmap(page);
		kunmap(page);
		EXPECT(page->flags & PG_SHOWN); /* the slot waits for its flush */
	}
	__free_page(page);
	EXPECT_EQ(pages_freed_shown(), before);
	EXPECT_EQ(bug_count(), bugs);
	EXPECT(!(page->flags & PG_SHOWN));
}

SELFTEST(page, shown_other_user,
	 "a reference may be dropped while a window shows what stays in use")
{
	struct page *page = alloc_pages(GFP_KERNEL, 2);
	unsigned long before = nr_available_pages(), bugs = bug_count();

	EXPECT(page);
	set_fixmap(FIX_USER_FIRST, page_to_phys(page));
	get_page(page);
	put_page(page);
	get_page(page);
	__free_pages(page, 2); /* the first page stays, which the slot shows */
	EXPECT_EQ(bug_count(), bugs);
	EXPECT_EQ(nr_available_pages(), before + 3);
	if (debug_build)
		EXPECT_BUG("still mapped", put_page(page));
	clear_fixmap(FIX_USER_FIRST);
	put_page(page);
	EXPECT_EQ(nr_available_pages(), before + 4);
	page = alloc_pages(GFP_KERNEL, 2);
	EXPECT(page);
	set_fixmap(FIX_USER_FIRST, page_to_phys(page + 2));
	get_page(page);
	if (debug_build)
		EXPECT_BUG("still mapped", __free_pages(page, 2)); /* it would go */
	clear_fixmap(FIX_USER_FIRST);
	EXPECT_EQ(page_count(page), 2);
	__free_pages(page, 2);
	put_page(page);
	EXPECT_EQ(nr_available_pages(), before + 4);
}
