/*
 * large_hash.c - claims about hash tables that are as large as the machine warrants
 */
#include "kernel/inject.h"
#include "kernel/selftest/selftest.h"
#include "mm/page/large_hash.h"
#include "mm/page/page.h"

/* The order of the block that holds so many bytes. */
static unsigned int order_of(unsigned long bytes)
{
	unsigned int order = 0;

	while (PAGE_SIZE << order < bytes)
		order++;
	return order;
}

/* A machine ends when there is none: no injection makes it fail (inject= does, at boot). */
static void *make(unsigned long bucketsize, unsigned long numentries, int scale, int flags,
		  unsigned int *shift, unsigned int *mask, unsigned long limit)
{
	void *table;

	inject_hold(true);
	table = alloc_large_system_hash("a test", bucketsize, numentries, scale, flags, shift, mask,
					limit);
	inject_hold(false);
	return table;
}

SELFTEST(early, hash_entries, "the number that is asked for is rounded up to a power of two")
{
	unsigned int shift = 0, mask = 0;
	u8 *table = make(8, 1000, 0, 0, &shift, &mask, 0);
	bool clear = true;

	EXPECT(table);
	EXPECT_EQ(shift, 10);
	EXPECT_EQ(mask, 1023);
	for (unsigned int i = 0; i < 8 * 1024; i++)
		clear = clear && table[i] == 0;
	free_pages((unsigned long)table, order_of(8 * 1024));
	EXPECT(clear);
}

SELFTEST(early, hash_limit, "a limit is not exceeded; it is rounded down to a power of two")
{
	unsigned int shift = 0;
	void *table = make(4, 100000, 0, 0, &shift, NULL, 3000);

	EXPECT(table);
	EXPECT_EQ(shift, 11);
	free_pages((unsigned long)table, order_of(4 * 2048));
}

SELFTEST(early, hash_by_memory,
	 "without a number, there is a bucket for each 2^scale bytes of lowmem")
{
	unsigned long pages = present_pages(min_pfn, min(max_pfn, lowmem_end_pfn));
	unsigned int shift = 0;
	void *table = make(1, 0, PAGE_SHIFT + 2, 0, &shift, NULL, 0);

	EXPECT(table);
	free_pages((unsigned long)table, order_of(1ul << shift));
	EXPECT((4ul << shift) >= pages);
	EXPECT((4ul << shift) < 2 * (pages + 256));
}

SELFTEST(early, hash_halved, "a table for which there is no block is halved until there is one")
{
	unsigned int shift = 0;
	void *table = make(64, 1ul << 24, 0, HASH_HIGHMEM, &shift, NULL, 1ul << 24);

	EXPECT(table); /* 1 GiB was asked for; the largest block is of order 10 */
	free_pages((unsigned long)table, order_of(64ul << shift));
	EXPECT(64ul << shift <= PAGE_SIZE << (MAX_ORDER - 1));
	EXPECT(shift >= 6);
}

SELFTEST(early, hash_refused,
	 "no size of a bucket, and boot memory after the hand-over, are refused")
{
	unsigned int shift = 77;
	void *table = NULL;

	EXPECT_BUG("bad hash table", table = make(0, 1, 0, 0, &shift, NULL, 0));
	EXPECT(!table);
	EXPECT_BUG("bad hash table", table = make(8, 1, 0, HASH_EARLY, &shift, NULL, 0));
	EXPECT(!table);
	EXPECT_BUG("bad hash table", table = make(8, 1, 0, 4, &shift, NULL, 0));
	EXPECT(!table);
	EXPECT_EQ(shift, 77);
}

SELFTEST(early, hash_scale, "of more memory for each bucket than there can be, one bucket is made")
{
	static const int scales[] = { PAGE_SHIFT + BITS_PER_LONG - 1, PAGE_SHIFT + BITS_PER_LONG,
				      PAGE_SHIFT + BITS_PER_LONG + 1, 0x7fffffff };

	for (unsigned int i = 0; i < ARRAY_SIZE(scales); i++) {
		unsigned int shift = 77, mask = 77;
		void *table = make(8, 0, scales[i], 0, &shift, &mask, 1ul << 20);

		EXPECT(table);
		free_pages((unsigned long)table, order_of(8ul << shift));
		EXPECT_EQ(shift, 0);
		EXPECT_EQ(mask, 0);
	}
}

SELFTEST(early, hash_block, "the block holds the whole table, also where that is no power of two")
{
	/* bytes of a bucket, buckets, order of the block */
	static const struct {
		unsigned int bytes, shift, order;
	} tables[] = {
		{ 1, PAGE_SHIFT, 0 },	  { 2, PAGE_SHIFT, 1 }, { 3, PAGE_SHIFT, 2 },
		{ 5, PAGE_SHIFT, 3 },	  { 8, PAGE_SHIFT, 3 }, { 9, PAGE_SHIFT, 4 },
		{ 3, PAGE_SHIFT - 1, 1 }, { 12, 3, 0 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(tables); i++) {
		unsigned int shift = 0, order;
		void *table = make(tables[i].bytes, 1ul << tables[i].shift, 0, 0, &shift, NULL,
				   1ul << tables[i].shift);

		EXPECT(table);
		order = page_order(virt_to_page(table));
		free_pages((unsigned long)table, order);
		EXPECT_EQ(shift, tables[i].shift);
		EXPECT_EQ(order, tables[i].order);
	}
}

SELFTEST(early, hash_largest, "the largest block is a table, and what is larger is asked of nobody")
{
	const unsigned long bugs = bug_count();
	unsigned int shift = 0;
	void *table = make(PAGE_SIZE, 1ul << MAX_ORDER, 0, 0, &shift, NULL, 1ul << MAX_ORDER);

	EXPECT(table);
	free_pages((unsigned long)table, shift);
	EXPECT(shift <= MAX_ORDER - 1);
	EXPECT_EQ(bug_count(), bugs);
}
