/*
 * halves.c - claims about a block that is halved, and about a page that is had alone
 *
 *	[ USED 3 | TAIL … ]  ──halve_block()──>  [ USED 2 | TAIL … ][ USED 2 | TAIL … ]
 *
 * Slabs of several shapes are made so: of a block of the next higher order, of which the rest goes back.
 *
 * Read next: hotcold/alone.c, for what a CPU keeps.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "mm/page/page_debug.h"
#include "mm/page/page_impl.h"
#include "tests/selftests/starve/starve.h"

static bool is_block(const struct page *page, unsigned int order, int references)
{
	CHECK(page_state(page) == PAGE_USED && !PageCompound(page));
	CHECK(page_order(page) == order && page_count(page) == references);
	for (unsigned long i = 1; i < 1ul << order; i++)
		CHECK(page_state(page + i) == PAGE_TAIL && page_count(page + i) == 0);
	return true;
}

/* --- halves ----------------------------------------------------------------------------------- */

/* The half that goes back first goes alone; with the other one it is the block that it was. */
static bool halves_and_merges(struct page *page, unsigned int order, bool upper_first)
{
	struct page *half[2] = { page, page + (1ul << (order - 1)) };
	const unsigned long held = nr_available_pages();

	halve_block(page, order);
	CHECK(is_block(half[0], order - 1, 1) && is_block(half[1], order - 1, 1));
	CHECK(nr_available_pages() == held);
	__free_pages(half[upper_first], order - 1);
	CHECK(nr_available_pages() == held + (1ul << (order - 1)));
	CHECK(is_block(half[!upper_first], order - 1, 1));
	__free_pages(half[!upper_first], order - 1);
	CHECK(nr_available_pages() == held + (1ul << order));
	return buddy_check();
}

SELFTEST(page, halve, "a block of any order becomes two of the next lower one, which merge again")
{
	for (unsigned int order = 1; order < MAX_ORDER; order++) {
		for (unsigned int upper_first = 0; upper_first < 2; upper_first++) {
			struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);

			if (!page)
				SKIP("no block of order %u", order);
			EXPECT(halves_and_merges(page, order, upper_first));
		}
	}
}

SELFTEST(page, halve_shared, "the lower half keeps the block's users; the upper one has one")
{
	const unsigned long before = nr_available_pages();
	struct page *page = alloc_pages(GFP_KERNEL, 2);

	EXPECT(page);
	get_page(page);
	halve_block(page, 2);
	EXPECT(is_block(page, 1, 2) && is_block(page + 2, 1, 1));
	__free_pages(page + 2, 1);
	EXPECT_EQ(nr_available_pages(), before - 2);
	put_page(page);
	EXPECT_EQ(nr_available_pages(), before - 2);
	put_page(page);
	EXPECT_EQ(nr_available_pages(), before);
	EXPECT(buddy_check());
}

SELFTEST(page, halve_to_run, "of eight pages five stay, halved and halved again; three go back")
{
	const unsigned long before = nr_available_pages();
	struct page *page = alloc_pages(GFP_KERNEL, 3);

	EXPECT(page);
	halve_block(page, 3);
	halve_block(page + 4, 2);
	__free_pages(page + 6, 1);
	halve_block(page + 4, 1);
	__free_page(page + 5);
	EXPECT(is_block(page, 2, 1) && is_block(page + 4, 0, 1));
	EXPECT_EQ(nr_available_pages(), before - 5);
	EXPECT_BUG("wrong order", __free_pages(page, 3)); /* it is that block no more */
	__free_pages(page, 2);
	__free_page(page + 4);
	EXPECT_EQ(nr_available_pages(), before);
	EXPECT(buddy_check());
}

/* Named in each field, and as it was. */
static bool halving_is_refused(struct page *page, unsigned int order)
{
	const struct page copy = *page;
	char history[PAGE_HISTORY];

	CHECK_BUG("split of what is no plain block of this order", halve_block(page, order));
	CHECK(selftest_bug_was("page", page, "an allocated page",
			       "pfn 0x%lx, flags 0x%lx, %d references%s", page_to_pfn(page),
			       (unsigned long)page->flags, page_count(page),
			       page_debug_history(page, history, sizeof(history))));
	return !memcmp(page, &copy, sizeof(copy));
}

SELFTEST(page, halve_refused,
	 "only a plain block in use is halved, with its own order, and not a page")
{
	static const unsigned int wrong[] = {
		0, 1, 3, MAX_ORDER, MAX_ORDER + 2, PAGE_ORDER_MASK + 3, 1u << 31, ~0u
	};
	struct page *page = alloc_pages(GFP_KERNEL, 2), *single = alloc_page(GFP_KERNEL);
	struct page *compound = alloc_pages(GFP_KERNEL | __GFP_COMP, 1);

	EXPECT(page && single && compound);
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT(halving_is_refused(page, wrong[i]));
	EXPECT(halving_is_refused(page + 2, 1)); /* a tail */
	EXPECT(halving_is_refused(single, 0));
	EXPECT(halving_is_refused(single, 1));
	EXPECT(halving_is_refused(compound, 1));
	page_set_owner(page, OWNER_SLAB);
	EXPECT(halving_is_refused(page, 2));
	page_set_owner(page, OWNER_HELD);
	EXPECT(is_block(page, 2, 1));
	__free_pages(page, 2);
	EXPECT(halving_is_refused(page, 2));
	__free_page(single);
	put_page(compound);
	EXPECT(buddy_check());
}

SELFTEST(page, halve_wild, "what is no struct page is not halved, nor read")
{
	struct page *const wild[] = { NULL, mem_map - 1, mem_map + mem_map_pages,
				      (struct page *)((uintptr_t)mem_map + 4) };

	for (unsigned int i = 0; i < ARRAY_SIZE(wild); i++)
		EXPECT_BUG("wild pointer", halve_block(wild[i], 1));
	EXPECT(buddy_check());
}

/* --- a page alone ----------------------------------------------------------------------------- */

SELFTEST(page, alone, "a page that is had alone is one of the zones that it may come from")
{
	static const gfp_t asked[] = { GFP_KERNEL,
				       GFP_ATOMIC,
				       GFP_HIGHUSER,
				       GFP_NOWAIT,
				       GFP_KERNEL | __GFP_COLD,
				       GFP_KERNEL | __GFP_COMP,
				       GFP_KERNEL | __GFP_ZERO };
	const unsigned long before = nr_available_pages();

	for (unsigned int i = 0; i < ARRAY_SIZE(asked); i++) {
		struct page *page = alloc_page_alone(asked[i]);

		EXPECT(page && is_block(page, 0, 1));
		EXPECT(!PageHighMem(page) || asked[i] & __GFP_HIGHMEM);
		EXPECT_EQ(nr_available_pages(), before - 1);
		__free_page(page);
		EXPECT_EQ(nr_available_pages(), before);
	}
	EXPECT(buddy_check());
}

SELFTEST(page, alone_zeroed, "a page that is had alone is clear when that was asked for")
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long dirt = 0;
	u32 *words;

	EXPECT(page);
	memset(lowmem_page_address(page), 0x5a, PAGE_SIZE);
	__free_page(page);
	drain_all_pages(NULL); /* the buddy's next one */
	EXPECT((page = alloc_page_alone(GFP_KERNEL | __GFP_ZERO)));
	words = lowmem_page_address(page);
	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*words); i++)
		dirt += words[i] != 0;
	__free_page(page);
	EXPECT_EQ(dirt, 0);
}

SELFTEST(page, alone_refused, "two zones at once are no request for a page alone either")
{
	const unsigned long before = nr_available_pages();
	struct page *page = NULL;

	EXPECT_REFUSAL("page", "bad zone", 0, "at most one of DMA and HIGHMEM",
		       page = alloc_page_alone(GFP_DMA | __GFP_HIGHMEM), "order 0 gfp 0x%lx",
		       (unsigned long)(GFP_DMA | __GFP_HIGHMEM));
	EXPECT(!page);
	EXPECT_EQ(nr_available_pages(), before);
}

static void *page_alone(void)
{
	return alloc_page_alone(GFP_KERNEL | __GFP_NOWARN);
}

static void give_page(void *page)
{
	__free_page(page);
}

SELFTEST(page, alone_none, "without memory there is no page alone; with one page more, there is")
{
	static const struct starved_call one = { "alloc_page_alone", page_alone, give_page,
						 buddy_check, 1 };

	starve(&one, false);
}
