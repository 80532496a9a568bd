/*
 * alone.c - claims about a page that is had alone, on a CPU that keeps pages, or keeps none
 *
 * Read next: mm/page/page.h, alloc_page_alone().
 */
#include "kernel/selftest/selftest.h"
#include "mm/page/alloc_impl.h"
#include "mm/page/pcp.h"
#include "pcp_inline.h"

/*
 * The newest page that this CPU keeps, and may take without counting its list; NULL: it keeps none so.
 * Of three that are freed one is taken, for which the list is counted, and freed again.
 */
static struct page *newest(void)
{
	struct page *some[] = { alloc_page(GFP_KERNEL), alloc_page(GFP_KERNEL),
				alloc_page(GFP_KERNEL) };
	struct page *page;

	for (unsigned int i = 0; i < ARRAY_SIZE(some); i++)
		if (some[i])
			__free_page(some[i]);
	if (!(page = alloc_page(GFP_KERNEL)))
		return NULL;
	__free_page(page);
	return pageset_here(pcp_choice[0])->pcp[HOT].may_take ? page : NULL;
}

SELFTEST(page, alone_newest,
	 "a page alone is the newest that this CPU keeps, unless it must be another")
{
	static const gfp_t others[] = { GFP_KERNEL | __GFP_COLD, GFP_KERNEL | __GFP_ZERO };
	struct page *kept = newest(), *page;
	unsigned long pages;

	if (!kept || page_fast.choice[0].mark >= ~0ul / 2)
		SKIP("no fast path: DEBUG, or no page is kept");
	pages = nr_pcp_pages();
	EXPECT_EQ(alloc_page_alone(GFP_KERNEL), kept);
	EXPECT_EQ(nr_pcp_pages(), pages - 1);
	__free_page(kept);
	EXPECT_EQ(nr_pcp_pages(), pages);
	for (unsigned int i = 0; i < ARRAY_SIZE(others); i++) {
		EXPECT((page = alloc_page_alone(others[i])));
		EXPECT_EQ(nr_pcp_pages(), pages); /* it was the buddy's */
		EXPECT(page != kept);
		__free_page(page);
		drain_all_pages(NULL);
		EXPECT((kept = newest()));
		pages = nr_pcp_pages();
	}
	EXPECT(pcp_check());
}

SELFTEST(page, alone_fetches_none,
	 "where this CPU keeps no page, one alone is fetched, and no more")
{
	unsigned long pages;
	struct page *page;

	if (!page_fast.mem_map_pages || page_fast.choice[0].mark >= ~0ul / 2)
		SKIP("no fast path: DEBUG, or mem_map has holes");
	drain_all_pages(NULL);
	pages = nr_free_pages();
	EXPECT((page = alloc_page_alone(GFP_KERNEL)));
	EXPECT_EQ(nr_pcp_pages(), 0);
	EXPECT_EQ(nr_free_pages(), pages - 1);
	__free_page(page);
	drain_all_pages(NULL);
	EXPECT_EQ(nr_free_pages(), pages);
}
