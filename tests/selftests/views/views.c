/*
 * views.c - claims about what the views show: regions, blocks around frames, and a survey's counts
 *
 * The counts are compared with the zones' own, which every allocation keeps.
 */
#include <string.h>

#include "kernel/explain/region.h"
#include "kernel/selftest/selftest.h"
#include "mm/page/page_view.h"
#include "mm/page/pcp.h"
#include "mm/vmap/vmap.h"

SELFTEST(views, regions, "the regions follow one another from 0 to the top without a gap")
{
	struct region region;
	vaddr_t next = 0;
	unsigned int n = 0;

	for (; region_nth(n, &region); n++) {
		EXPECT_EQ(region.start, next);
		EXPECT(region.last >= region.start);
		next = region.last + 1;
	}
	EXPECT(n > 1);
	EXPECT_EQ(next, 0);
}

static bool lies_in(vaddr_t va, const char *name)
{
	struct region region;

	region_of(va, &region);
	return va >= region.start && va <= region.last && !strcmp(region.name, name);
}

SELFTEST(views, region_names, "the first and the last byte of a region have its name")
{
	EXPECT(lies_in(PAGE_OFFSET, "lowmem"));
	EXPECT(lies_in((vaddr_t)high_memory - 1, "lowmem"));
	EXPECT(lies_in((vaddr_t)high_memory, "gap"));
	EXPECT(lies_in(VMALLOC_START - 1, "gap"));
	EXPECT(lies_in(VMALLOC_START, "vmalloc"));
	EXPECT(lies_in(VMALLOC_END - 1, "vmalloc"));
	EXPECT(lies_in(PKMAP_BASE, "pkmap"));
	EXPECT(lies_in(FIXADDR_END - 1, "fixmap"));
	EXPECT(lies_in(0, "below the kernel"));
}

static bool is_run(struct page_run run, pfn_t start, unsigned long pages, enum page_class class)
{
	return run.start == start && run.pages == pages && run.class == class;
}

SELFTEST(views, run, "every page of a block tells the whole block, and whose it is")
{
	struct page *page = alloc_pages(GFP_KERNEL, 3);
	pfn_t pfn;

	EXPECT(page);
	pfn = page_to_pfn(page);
	for (unsigned int i = 0; i < 8; i++)
		EXPECT(is_run(page_run_at(pfn + i), pfn, 8, CLASS_HELD));
	page_set_owner(page, OWNER_VMALLOC);
	EXPECT(is_run(page_run_at(pfn + 5), pfn, 8, CLASS_VMALLOC));
	page_set_owner(page, OWNER_HELD);
	__free_pages(page, 3);
	for (unsigned int i = 0; i < 8; i++)
		EXPECT_EQ(page_run_at(pfn + i).class, CLASS_FREE);
	EXPECT(is_run(page_run_at(page_to_pfn(virt_to_page(mem_map))),
		      page_to_pfn(virt_to_page(mem_map)), 1, CLASS_RESERVED));
}

enum { CELLS = 128 };
SELFTEST_TABLE(struct page_cell, cells, CELLS);

/* The whole zone in at most CELLS cells; the sums of the classes in *total. */
static bool survey(struct zone *zone, struct page_cell *total)
{
	unsigned long left = zone->spanned_pages;
	unsigned int shift = 0;

	while (left > (unsigned long)CELLS << shift)
		shift++;
	page_survey(zone, zone->zone_start_pfn, zone_end_pfn(zone), shift, cells);
	memset(total, 0, sizeof(*total));
	for (unsigned int i = 0; left; i++) {
		unsigned long here = 0;

		for (unsigned int class = 0; class < PAGE_CLASSES; class ++) {
			here += cells[i].pages[class];
			total->pages[class] += cells[i].pages[class];
		}
		CHECK(here == min(left, 1ul << shift));
		left -= here;
	}
	return true;
}

SELFTEST(views, survey, "a survey of a zone counts what the zone itself counts")
{
	struct page *single = alloc_page(GFP_KERNEL), *block = alloc_pages(GFP_KERNEL, 5);
	struct zone *zone;

	EXPECT(single && block);
	__free_page(single); /* to this CPU's list, where there is one */
	for_each_zone(zone) {
		struct page_cell total;

		EXPECT(survey(zone, &total));
		EXPECT_EQ(total.pages[CLASS_FREE], zone->free_pages);
		EXPECT_EQ(total.pages[CLASS_PCP], pcp_pages(zone));
		EXPECT_EQ(total.pages[CLASS_ABSENT], zone->spanned_pages - zone->present_pages);
		EXPECT_EQ(total.pages[CLASS_RESERVED], zone->present_pages - zone->managed_pages);
		EXPECT_EQ(total.pages[CLASS_LOST], 0);
	}
	__free_pages(block, 5);
}

SELFTEST(views, survey_inside, "a survey that begins and ends inside of a block counts its part")
{
	struct page *block = alloc_pages(GFP_KERNEL, 5);
	pfn_t pfn;

	EXPECT(block);
	pfn = page_to_pfn(block);
	page_survey(page_zone(block), pfn + 3, pfn + 29, 3, cells);
	__free_pages(block, 5);
	for (unsigned int i = 0; i < 3; i++)
		EXPECT_EQ(cells[i].pages[CLASS_HELD], 8);
	EXPECT_EQ(cells[3].pages[CLASS_HELD], 2);
}
