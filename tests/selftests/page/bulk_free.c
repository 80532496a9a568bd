/*
 * bulk_free.c - claims about single pages that are given back together
 */
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "mm/page/page.h"

enum { PAGES = 128 };

SELFTEST(page, bulk_round,
	 "what alloc_pages_bulk_array took, free_pages_bulk_array gives back, in any order")
{
	struct page **array = (struct page **)get_zeroed_page(GFP_KERNEL), *other;
	unsigned long before = nr_available_pages();
	struct rng rng;

	EXPECT(array);
	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < 8; round++) {
		unsigned long got = alloc_pages_bulk_array(GFP_HIGHUSER, PAGES - round, array);

		EXPECT_EQ(got, PAGES - round);
		for (unsigned int i = 0; i < round * round;
		     i++) { /* in order at first, then less and less */
			struct page **a = &array[rng_below(&rng, PAGES - round)];
			struct page **b = &array[rng_below(&rng, PAGES - round)];

			other = *a;
			*a = *b;
			*b = other;
		}
		free_pages_bulk_array(got, array);
		EXPECT_EQ(nr_available_pages(), before);
		EXPECT(buddy_check());
		for (unsigned int i = 0; i < PAGES; i++)
			array[i] = NULL;
	}
	free_page((unsigned long)array);
}

SELFTEST(page, bulk_refusals, "a page that may not be freed is refused alone, its neighbours go")
{
	struct page *block = alloc_pages(GFP_KERNEL, 3), *array[8];
	unsigned long before = nr_available_pages();

	EXPECT(block);
	split_page(block, 3);
	for (unsigned int i = 0; i < ARRAY_SIZE(array); i++)
		array[i] = block + i;
	page_set_owner(block + 5, OWNER_SLAB);
	get_page(block + 2); /* one reference goes, one stays */
	get_page(block + 3);
	EXPECT_BUG("owned by a family", free_pages_bulk_array(ARRAY_SIZE(array), array));
	EXPECT_EQ(nr_available_pages(), before + 5);
	EXPECT(page_count(block + 2) == 1 && page_count(block + 3) == 1);
	page_set_owner(block + 5, OWNER_HELD);
	EXPECT_BUG("double free", free_pages_bulk_array(1, array));
	__free_page(block + 2);
	__free_page(block + 3);
	__free_page(block + 5);
	EXPECT_EQ(nr_available_pages(), before + 8);
	EXPECT(buddy_check());
}

SELFTEST(page, bulk_wild, "what is no page is refused alone, its neighbours go")
{
	struct page *block = alloc_pages(GFP_KERNEL, 1), *array[3];
	unsigned long before = nr_available_pages();

	EXPECT(block);
	split_page(block, 1);
	array[0] = block;
	array[1] = (struct page *)((char *)block + 4);
	array[2] = block + 1;
	EXPECT_BUG("wild pointer", free_pages_bulk_array(ARRAY_SIZE(array), array));
	EXPECT_EQ(nr_available_pages(), before + 2);
	EXPECT_BUG("wild pointer", free_pages_bulk_array(1, &array[1]));
	EXPECT(buddy_check());
}
