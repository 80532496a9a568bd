/*
 * tlb.c - claims about the TLB that is made of the host's mappings: it is finite, and nobody notices
 *
 * The host keeps 65,530 mappings of a process by default (vm.max_map_count); two pages side by side are
 * two of them when their frames are not side by side, too.
 */
#include "kernel/selftest/selftest.h"
#include "mm/page/page.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"

enum { PAGES = 66000 };

/* Each second page of the view shows one frame, each other the other. */
static bool view_is_whole(const u32 *view)
{
	for (unsigned long i = 0; i < PAGES; i++)
		CHECK(view[i * (PAGE_SIZE / sizeof(u32))] == i % 2);
	return true;
}

static bool shows_all(struct page **pages, struct page *frames[2])
{
	void *view;
	bool whole;

	for (unsigned long i = 0; i < PAGES; i++)
		pages[i] = frames[i % 2];
	view = vmap(pages, PAGES, VM_MAP, PAGE_KERNEL_RO);
	CHECK(view);
	whole = view_is_whole(view) && view_is_whole(view);
	vunmap(view);
	return whole;
}

SELFTEST(arch, tlb_finite, "more pages than the host keeps mappings are all seen")
{
	struct page **pages, *frames[2];
	bool whole = false;

	if ((VMALLOC_END - VMALLOC_START) / PAGE_SIZE < PAGES + 2)
		SKIP("the window has fewer than %u pages", PAGES);
	pages = vmalloc(PAGES * sizeof(*pages));
	frames[0] = alloc_page(GFP_KERNEL | __GFP_ZERO);
	frames[1] = alloc_page(GFP_KERNEL);
	if (pages && frames[0] && frames[1]) {
		*(u32 *)lowmem_page_address(frames[1]) = 1;
		whole = shows_all(pages, frames);
	}
	if (frames[0])
		__free_page(frames[0]);
	if (frames[1])
		__free_page(frames[1]);
	vfree(pages);
	EXPECT(whole);
}
