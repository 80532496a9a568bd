/*
 * used_up.c - EXTRA for tests/boot: nearly all pages have been taken when kmap is brought up
 *
 *	bootmem ─ percpu ─ buddy ─ pcp ─ slab ─ vmalloc ─ here ─ kmap, which needs a page, and slots
 *
 * used_up=1 leaves no page to be had, used_up=2 one, and so on: each allocation has its turn to fail.
 *
 * Locking: none; boot, one CPU.
 * Read next: mm/window/kmap.c (kmap_init), tests/boot/test_early.py
 */
#include "kernel/initcall.h"
#include "kernel/param.h"
#include "mm/page/page.h"

static int used_up;
PARAM_INT(used_up, used_up, "for a test: of all pages, one less than this are left to kmap");

static void __init take_all(void)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	struct page *page;
	LIST_HEAD(singles);

	if (!used_up)
		return;
	for (unsigned int order = MAX_ORDER; order-- > 1;)
		while (alloc_pages(gfp, order))
			;
	while ((page = alloc_page(gfp)))
		list_add(&page->lru, &singles);
	for (int left = 1; left < used_up && !list_empty(&singles); left++) {
		page = list_first_entry(&singles, struct page, lru);
		list_del(&page->lru);
		__free_page(page);
	}
}
vmalloc_initcall(take_all);
