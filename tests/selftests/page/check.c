/*
 * check.c - claims about the checker of pages: each of its invariants, broken, is seen and named
 *
 *	a block of four, taken ──split──> four pages that the test holds ──> one word is changed ──> seen?
 *	                                                                 ──> and put right ──> sound
 *
 * Read next: mm/page/page_check.c.
 */
#include <string.h>

#include "kernel/check/check.h"
#include "kernel/selftest/selftest.h"
#include "mm/page/page_impl.h"
#include "mm/page/pcp.h"

/* Does the checker say this, first of all? */
static bool says(const char *words)
{
	struct check check = {};

	checker_run(checker_named("page"), &check);
	if (check.verdict == CHECK_BROKEN && strncmp(check.text, words, strlen(words)) == 0)
		return true;
	selftest_note("\"%s\", not \"%s\"", check.verdict == CHECK_BROKEN ? check.text : "sound",
		      words);
	return false;
}

/* Four pages side by side that nobody else has, the first of even frame; NULL when there are none. */
static struct page *four_pages(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 2);

	if (page)
		split_page(page, 2);
	drain_all_pages(NULL);
	return page;
}

static void free_four(struct page *page)
{
	for (unsigned int i = 0; i < 4; i++)
		__free_page(page + i);
}

/* With another number in that word. */
#define SAYS_WHEN(words, word, number)                   \
	({                                               \
		const __typeof__(word) before_ = (word); \
		bool said_;                              \
                                                         \
		(word) = (number);                       \
		said_ = says(words);                     \
		(word) = before_;                        \
		said_;                                   \
	})

/* --- the lists -------------------------------------------------------------------------------- */

/* A free block of a page at least, behind another page; NULL when this zone has none. */
static struct page *free_block_of(struct zone *zone)
{
	for (unsigned int order = 1; order < MAX_ORDER; order++)
		if (!list_empty(&zone->free_area[order].free_list))
			return list_first_entry(&zone->free_area[order].free_list, struct page,
						lru);
	return NULL;
}

static bool lists_words_are_seen(struct zone *zone, struct page *head)
{
	struct free_area *area = &zone->free_area[page_order(head)];

	CHECK(SAYS_WHEN("I1: outside of its zone", zone->spanned_pages, 0));
	CHECK(SAYS_WHEN("I1: not the flags of a free head", head->flags,
			head->flags ^ head_bits(PAGE_FREE ^ PAGE_USED, 0)));
	CHECK(SAYS_WHEN("I1: inside a free block", head[1].flags, head->flags));
	CHECK(SAYS_WHEN("I3: zone", area->nr_free, area->nr_free + 1));
	CHECK(SAYS_WHEN("I3: zone", area->nr_free, area->nr_free - 1));
	CHECK(SAYS_WHEN("I3: zone", zone->free_pages, zone->free_pages + 1));
	CHECK(SAYS_WHEN("I3: zone", zone->free_pages, zone->free_pages - 1));
	CHECK(SAYS_WHEN("I4: free_orders", zone->free_orders,
			zone->free_orders ^ 1u << page_order(head)));
	CHECK(SAYS_WHEN("I5: free, with references", head->_refcount, 1));
	CHECK(SAYS_WHEN("I5: free, with references", head[1]._refcount, -1));
	return true;
}

SELFTEST(page, check_lists, "a wrong number, flag or reference of a free list is seen and named")
{
	struct page *page = four_pages(), *head;
	bool seen;

	EXPECT(page);
	head = free_block_of(page_zone(page));
	seen = head && lists_words_are_seen(page_zone(page), head);
	free_four(page);
	EXPECT(seen && buddy_check());
}

/* A link that does not belong there, at the list's beginning. */
static bool says_with_link(const char *words, struct list_head *link, struct list_head *list)
{
	bool said;

	list_add(link, list);
	said = says(words);
	list_del(link);
	return said;
}

static bool links_are_seen(struct zone *zone, struct page *page)
{
	struct list_head stray;
	u32 free_single = zone->page_flags | head_bits(PAGE_FREE, 0);
	bool both;

	CHECK(says_with_link("I1: zone", &stray, &zone->free_area[0].free_list));
	CHECK(says_with_link("I1: not aligned", &page[1].lru, &zone->free_area[1].free_list));
	CHECK(says_with_link("I1: not the flags", &page[0].lru, &zone->free_area[0].free_list));
	/* Two buddies, both free: whatever else the list says. */
	page[0].flags = page[1].flags = free_single;
	page[0]._refcount = page[1]._refcount = 0;
	both = says_with_link("I2: its buddy is free", &page[0].lru, &zone->free_area[0].free_list);
	page[0].flags = page[1].flags = zone->page_flags | head_bits(PAGE_USED, 0);
	page[0]._refcount = page[1]._refcount = 1;
	return both;
}

SELFTEST(page, check_links, "what does not belong on a free list is seen and named")
{
	struct page *page = four_pages();
	bool seen;

	EXPECT(page);
	seen = links_are_seen(page_zone(page), page);
	free_four(page);
	EXPECT(seen && buddy_check());
}

/* --- mem_map ---------------------------------------------------------------------------------- */

static bool states_are_seen(struct zone *zone, struct page *page)
{
	const u32 bits = zone->page_flags, other_zone = 1u << PAGE_ZONE_SHIFT;

	CHECK(SAYS_WHEN("W1: another zone's", page->flags, page->flags ^ other_zone));
	CHECK(SAYS_WHEN("W1: not a block of its zone", page->flags, page->flags | MAX_ORDER));
	CHECK(SAYS_WHEN("W1: not a block of its zone", page[1].flags, page[1].flags | 1));
	CHECK(SAYS_WHEN("W1: a frame of RAM", page->flags, bits));
	CHECK(SAYS_WHEN("W1: a frame of RAM", page->flags, bits | head_bits(PAGE_ABSENT, 0)));
	CHECK(SAYS_WHEN("W1: inside a block in use", page->flags, page->flags | 2));
	CHECK(SAYS_WHEN("W2: zone", page->flags, bits | head_bits(PAGE_FREE, 0)));
	CHECK(SAYS_WHEN("W3: in use, without", page->_refcount, 0));
	CHECK(SAYS_WHEN("W3: in use, without", page->_refcount, -1));
	CHECK(SAYS_WHEN("W3: reserved, with", page->flags, bits | head_bits(PAGE_RESERVED, 0)));
	CHECK(SAYS_WHEN("W3: in a CPU's list, with", page->flags, bits | head_bits(PAGE_PCP, 0)));
	page->_refcount = 0;
	CHECK(SAYS_WHEN("W4: zone", page->flags, bits | head_bits(PAGE_PCP, 0)));
	CHECK(SAYS_WHEN("W4: in a CPU's list, and", page->flags, bits | head_bits(PAGE_PCP, 1)));
	CHECK(SAYS_WHEN("W5: zone", page->flags, bits | head_bits(PAGE_RESERVED, 0)));
	page->_refcount = 1;
	CHECK(SAYS_WHEN("W5: zone", zone->managed_pages, zone->managed_pages + 1));
	CHECK(SAYS_WHEN("W5: zone", zone->managed_pages, zone->managed_pages - 1));
	return true;
}

SELFTEST(page, check_frames, "a frame of a wrong state, order, zone or count of references is seen")
{
	struct page *page = four_pages();
	bool seen;

	EXPECT(page);
	seen = states_are_seen(page_zone(page), page);
	free_four(page);
	EXPECT(seen && buddy_check());
}

static bool tails_are_seen(struct page *page)
{
	CHECK(SAYS_WHEN("W3: a tail, with references", page[1]._refcount, 1));
	CHECK(SAYS_WHEN("W3: a tail, with references", page[3]._refcount, 1));
	CHECK(SAYS_WHEN("W1: inside a block in use", page[3].flags,
			page[3].flags | head_bits(PAGE_USED, 0)));
	return true;
}

SELFTEST(page, check_tails, "a reference to a tail of a block in use is seen, to its last one too")
{
	struct page *page = alloc_pages(GFP_KERNEL, 2);
	bool seen;

	EXPECT(page);
	seen = tails_are_seen(page);
	__free_pages(page, 2);
	EXPECT(seen && buddy_check());
}

/* The first frame of a hole that has a struct page; 0 when there is none. */
static pfn_t hole_with_struct(const struct zone *zone)
{
	for (pfn_t pfn = zone->zone_start_pfn; pfn < zone_end_pfn(zone); pfn++)
		if (!pfn_present(pfn) && page_state(pfn_to_page(pfn)) == PAGE_ABSENT)
			return pfn;
	return 0;
}

SELFTEST(page, check_hole, "a frame that is no RAM, and is not known as that, is seen")
{
	struct zone *zone;

	for_each_zone(zone) {
		pfn_t hole = zone->present_pages < zone->spanned_pages ? hole_with_struct(zone) : 0;

		if (!hole)
			continue;
		EXPECT(SAYS_WHEN("W1: no RAM, not absent", pfn_to_page(hole)->flags,
				 zone->page_flags));
		return;
	}
	SKIP("no zone has a hole in it");
}
