/*
 * mend.c - claims about free lists that somebody has written over, in DEBUG builds
 *
 *	take some blocks, give them back ──> write over one's struct page ──> allocate
 *	  one report; what was hurt is never handed out; everything else is, once
 *
 * What was put away is taken back by force at the end, which only a test may do.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "mm/account/account.h"
#include "mm/page/page_debug.h"
#include "mm/page/page_impl.h"
#include "harm.h"

enum { ORDER = 5, BLOCKS = 6 };

/* Every second one of these blocks of order 5 goes back: none merges, and their list is in use. */
static struct page *block[2 * BLOCKS];

static bool make_free_blocks(void)
{
	drain_all_pages(NULL);
	for (unsigned int i = 0; i < ARRAY_SIZE(block); i++)
		CHECK((block[i] = alloc_pages(GFP_KERNEL, ORDER)));
	for (unsigned int i = 0; i < ARRAY_SIZE(block); i++)
		for (unsigned int j = i + 1; j < ARRAY_SIZE(block); j++)
			if (block[j] < block[i]) {
				struct page *lower = block[j];

				block[j] = block[i];
				block[i] = lower;
			}
	for (unsigned int i = 0; i < ARRAY_SIZE(block); i++)
		if (page_to_pfn(block[i]) & 1u << ORDER)
			__free_pages(block[i], ORDER);
	return true;
}

static bool is_given(const struct page *page)
{
	return !(page_to_pfn(page) & 1u << ORDER);
}

/* One of the free blocks that is first in its list (nth 0) or behind others; it has both neighbours. */
static struct page *nth_of_list(unsigned int nth)
{
	struct zone *zone = page_zone(block[0]);
	struct list_head *link = zone->free_area[ORDER].free_list.next;

	while (nth--)
		link = link->next;
	return list_entry(link, struct page, lru);
}

/* Takes every block of the order that the list has, and looks whether one comes twice, or `hurt`. */
static bool all_once(const struct page *hurt, struct list_head *taken)
{
	unsigned long n = page_zone(block[0])->free_area[ORDER].nr_free + 1;
	struct page *page;

	while (n-- && (page = alloc_pages(GFP_KERNEL, ORDER))) {
		struct page *other;

		CHECK(page != hurt);
		list_for_each_entry(other, taken, lru)
			CHECK(other != page);
		list_add(&page->lru, taken);
	}
	return true;
}

static void give_all(struct list_head *taken)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, taken, lru)
		__free_pages(page, ORDER);
	for (unsigned int i = 0; i < ARRAY_SIZE(block); i++)
		if (is_given(block[i]))
			__free_pages(block[i], ORDER);
}

/* Was the report of this block, one of so many in its list, and did all others go on? */
static bool was_named(const struct page *hurt, unsigned long length)
{
	char history[PAGE_HISTORY] = "";

	page_debug_history(hurt, history, sizeof(history));
	return selftest_bug_was("page", hurt, "free blocks, linked both ways",
				"%s order %u, pfn 0x%lx; of %lu blocks %lu go on%s",
				page_zone(hurt)->name, ORDER, page_to_pfn(hurt), length, length - 1,
				history);
}

/* So many blocks are taken until one is to be handed out that is hurt, or is led back to wrongly. */
static unsigned int taken_before(enum harm harm, unsigned int nth)
{
	const bool by_neighbour = harm == PREV_WILD || harm == PREV_OTHER || harm == FLAGS;

	return nth && by_neighbour ? nth - 1 : nth;
}

static bool mended(enum harm harm, unsigned int nth)
{
	LIST_HEAD(taken);
	unsigned long bugs = bug_count();
	struct page *hurt;
	struct balance b;
	unsigned long length;
	u32 flags;
	bool once;

	CHECK(make_free_blocks());
	hurt = nth_of_list(nth);
	length = page_zone(hurt)->free_area[ORDER].nr_free;
	flags = hurt->flags;
	do_harm(hurt, harm, nth_of_list(nth + 3));
	selftest_expect_bug("broken free list");
	once = all_once(hurt, &taken);
	CHECK(selftest_bug_seen() && bug_count() == bugs + 1);
	CHECK(was_named(hurt, length - taken_before(harm, nth)));
	account_balance(&b);
	give_all(&taken);
	CHECK(page_owner(hurt) == OWNER_QUARANTINE);
	CHECK(page_count(hurt) == 1 && page_order(hurt) == ORDER);
	CHECK_BUG("owned by a family", __free_pages(hurt, ORDER));
	hurt->flags = flags;
	take_back(hurt, ORDER);
	drain_all_pages(NULL);
	CHECK(once && b.lost == 0);
	return buddy_check();
}

SELFTEST(page, mend_take,
	 "a block whose struct page was written over is named once and never given")
{
	if (!debug_build)
		SKIP("DEBUG=0");
	for (enum harm harm = 0; harm < HARMS; harm++) {
		EXPECT(mended(harm, 0));
		EXPECT(mended(harm, 1));
		EXPECT(mended(harm, 2));
	}
}

SELFTEST(page, mend_merge, "a hurt buddy is not merged with; what is freed goes onto a sound list")
{
	struct page *hurt = NULL, *used = NULL;
	LIST_HEAD(none);

	if (!debug_build)
		SKIP("DEBUG=0");
	EXPECT(make_free_blocks());
	for (unsigned int i = 0; i + 1 < ARRAY_SIZE(block); i++)
		if (is_given(block[i]) && block[i + 1] == block[i] + (1u << ORDER)) {
			used = block[i];
			hurt = block[i + 1];
		}
	EXPECT(hurt);
	hurt->lru.prev = &used->lru;
	get_page(used); /* the last put_page() frees it: as all of them are, in the end */
	put_page(used);
	EXPECT_BUG("broken free list", __free_pages(used, ORDER));
	EXPECT_EQ(page_owner(hurt), OWNER_QUARANTINE);
	EXPECT_EQ(page_state(used), PAGE_FREE);
	EXPECT_EQ(page_order(used), ORDER);
	EXPECT(buddy_check());
	for (unsigned int i = 0; i < ARRAY_SIZE(block); i++)
		if (block[i] != used && is_given(block[i]))
			__free_pages(block[i], ORDER);
	take_back(hurt, ORDER);
	EXPECT(buddy_check());
}

SELFTEST(page, mend_add, "what is freed goes before a hurt block only when that has been put away")
{
	struct page *used, *hurt;
	unsigned long length;

	if (!debug_build)
		SKIP("DEBUG=0");
	EXPECT(make_free_blocks());
	used = nth_of_list(0);
	EXPECT(alloc_pages(GFP_KERNEL, ORDER) ==
	       used); /* its buddy is in use: it merges with none */
	hurt = nth_of_list(0);
	length = page_zone(hurt)->free_area[ORDER].nr_free;
	hurt->lru.prev = &nth_of_list(2)->lru;
	get_page(used); /* no CPU keeps it */
	put_page(used);
	EXPECT_BUG("broken free list", __free_pages(used, ORDER));
	EXPECT(was_named(hurt, length));
	EXPECT_EQ(page_owner(hurt), OWNER_QUARANTINE);
	EXPECT(nth_of_list(0) == used);
	EXPECT(buddy_check());
	for (unsigned int i = 0; i < ARRAY_SIZE(block); i++)
		if (is_given(block[i]))
			__free_pages(block[i], ORDER);
	take_back(hurt, ORDER);
	EXPECT(buddy_check());
}

/* All blocks of the order but the one that is in the list for longest. */
static void take_all_but_one(struct list_head *taken)
{
	struct zone *zone = page_zone(block[0]);
	struct page *page;

	while (zone->free_area[ORDER].nr_free > 1 && (page = alloc_pages(GFP_KERNEL, ORDER)))
		list_add(&page->lru, taken);
}

SELFTEST(page, mend_last, "an order whose only block was hurt has none afterwards, nor says so")
{
	struct page *hurt, *other;
	struct zone *zone;
	bool said, named;
	LIST_HEAD(taken);

	if (!debug_build)
		SKIP("DEBUG=0");
	EXPECT(make_free_blocks());
	zone = page_zone(block[0]);
	take_all_but_one(&taken);
	EXPECT_EQ(zone->free_area[ORDER].nr_free, 1);
	hurt = nth_of_list(0);
	hurt->_refcount = 3;
	EXPECT_BUG("broken free list", other = alloc_pages(GFP_KERNEL, ORDER));
	named = was_named(hurt, 1);
	said = zone->free_orders & 1u << ORDER && !zone->free_area[ORDER].nr_free;
	if (other)
		__free_pages(other, ORDER);
	give_all(&taken);
	take_back(hurt, ORDER);
	EXPECT(other != hurt && named && !said);
	EXPECT(buddy_check());
}

SELFTEST(page, check_references, "buddy_check() sees a reference of a free block, head or tail")
{
	struct page *page = alloc_pages(GFP_KERNEL, 3), *head;
	bool at_head, at_tail;

	EXPECT(page);
	__free_pages(page, 3);
	drain_all_pages(NULL);
	head = page_state(page) == PAGE_FREE ? page : (struct page *)page_head_of_tail(page);
	EXPECT(head && buddy_check());
	head->_refcount = 1;
	at_head = buddy_check();
	head->_refcount = 0;
	head[1]._refcount = 1;
	at_tail = buddy_check();
	head[1]._refcount = 0;
	EXPECT(!at_head && !at_tail);
	EXPECT(buddy_check());
}
