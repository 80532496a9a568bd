/*
 * pages.c - orders, sizes, counts, frames and nodes: the page allocator's functions
 */
#include "kernel/inject.h"
#include "mm/fixmap/fixmap.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/page/large_hash.h"
#include "mm/page/page.h"
#include "mm/page/reserved.h"
#include "mm/page/watermark.h"
#include "mm/vmap/vmap.h"
#include "limit.h"
#include "walk.h"

enum { QUIET = GFP_KERNEL | __GFP_NOWARN };

static char text[] = "text";

/* --- taking ----------------------------------------------------------------------------------- */

TAKE(take_pages, alloc_pages(QUIET, as_unsigned(n)))
TAKE(take_pages_node, alloc_pages_node(0, QUIET, as_unsigned(n)))
TAKE(take_free_pages, __get_free_pages(QUIET, as_unsigned(n)))
TAKE(take_dma_pages, __get_dma_pages(QUIET, as_unsigned(n)))
TAKE(take_on_node, as_int(n) == NUMA_NO_NODE ? NULL : alloc_pages_node(as_int(n), QUIET, 0))

static void give_pages(void *page)
{
	__free_pages(page, page_order(page));
}

static void give_address(void *address)
{
	free_pages((unsigned long)address, page_order(virt_to_page(address)));
}

static unsigned long exact_size;

static void *take_exact(unsigned long n)
{
	exact_size = n;
	return alloc_pages_exact(n, QUIET);
}

static void give_exact(void *address)
{
	free_pages_exact(address, exact_size);
}

/* The array has room for two: whoever writes a third has not looked at the number. */
static void *take_bulk(unsigned long n)
{
	struct page *page[3] = { NULL, NULL, (struct page *)text };
	unsigned long got =
		n > 2 && n <= mem_map_pages ? 0 : alloc_pages_bulk_array(QUIET, n, page);

	if (n <= 2 || got)
		free_pages_bulk_array(got, page);
	return got || page[2] != (struct page *)text ? text : NULL;
}

SELFTEST(numbers, pages, "orders, exact sizes, counts of pages and nodes are looked at first")
{
	const struct walked table[] = {
		{ "alloc_pages", 1, MAX_ORDER - 1, true, take_pages, give_pages },
		{ "alloc_pages_node", 1, MAX_ORDER - 1, true, take_pages_node, give_pages },
		{ "alloc_pages_node nid", 1, nr_nodes - 1, true, take_on_node, give_pages },
		{ "__get_free_pages", 1, MAX_ORDER - 1, true, take_free_pages, give_address },
		{ "__get_dma_pages", 1, MAX_ORDER - 1, true, take_dma_pages, give_address },
		{ "alloc_pages_exact", 1, PAGE_SIZE << (MAX_ORDER - 1), false, take_exact,
		  give_exact },
		{ "alloc_pages_bulk_array", sizeof(void *), 2, false, take_bulk, NULL },
	};

	EXPECT_WALK(table);
	EXPECT(buddy_check());
}

/* --- freeing ---------------------------------------------------------------------------------- */

static unsigned int taken_order;

/* Frees with an order that is not the block's: refused, whatever it is, and the block stays. */
static void *take_free_order(unsigned long n)
{
	struct page *page = alloc_pages(QUIET, taken_order);
	unsigned long before = nr_available_pages();

	if (!page)
		return NULL;
	if (n != taken_order) {
		__free_pages(page, as_unsigned(n));
		free_pages((unsigned long)lowmem_page_address(page), as_unsigned(n));
		split_page(page, as_unsigned(n));
	}
	if (nr_available_pages() != before || page_order(page) != taken_order)
		return page;
	__free_pages(page, taken_order);
	return NULL;
}

SELFTEST(numbers, orders, "an order that is not the block's own frees and splits nothing")
{
	static const struct walked table[] = {
		{ "free or split of another order", 1, 0, false, take_free_order, NULL },
	};
	static const unsigned int orders[] = { 0, 3, MAX_ORDER - 2 };

	for (unsigned int i = 0; i < ARRAY_SIZE(orders); i++) {
		taken_order = orders[i];
		EXPECT_WALK(table);
	}
	EXPECT(buddy_check());
}

/* Sizes that no block has, and counts of more pages than there are: nothing is freed. */
static void *take_free_exact(unsigned long n)
{
	void *address = alloc_pages_exact(PAGE_SIZE, QUIET);
	unsigned long before = nr_available_pages();

	if (!address)
		return NULL;
	if (n == 0 || n > PAGE_SIZE << (MAX_ORDER - 1))
		free_pages_exact(address, n);
	if (nr_available_pages() != before)
		return text;
	free_pages_exact(address, PAGE_SIZE);
	return NULL;
}

static void *take_free_bulk(unsigned long n)
{
	struct page *page[2] = { alloc_page(QUIET), alloc_page(QUIET) };
	unsigned long before = nr_available_pages();
	bool foreseen = n <= 2;

	for (unsigned int i = 0; i < 2; i++)
		if (!page[i]) {
			if (page[!i])
				__free_page(page[!i]);
			return NULL;
		}
	if (foreseen || n > mem_map_pages)
		free_pages_bulk_array(n, page);
	if (nr_available_pages() - before != (foreseen ? n : 0))
		return text;
	for (unsigned long i = foreseen ? n : 0; i < 2; i++)
		__free_page(page[i]);
	return NULL;
}

SELFTEST(numbers, frees, "sizes and counts of what is freed are looked at first")
{
	static const struct walked table[] = {
		{ "free_pages_exact", 1, 0, false, take_free_exact, NULL },
		{ "free_pages_bulk_array", sizeof(void *), 0, false, take_free_bulk, NULL },
	};

	EXPECT_WALK(table);
	EXPECT(buddy_check());
}

/* A reserved range from n on, to the last address: what wraps is no range, and nothing is freed. */
static void *take_reserved(unsigned long n)
{
	unsigned long last = ALIGN_DOWN(~0ul, PAGE_SIZE);

	return n > last ? (void *)free_reserved_area((void *)n, (void *)~0ul, -1, NULL) : NULL;
}

SELFTEST(numbers, reserved, "a range whose rounded start wraps round has no page in it")
{
	static const struct walked table[] = {
		{ "free_reserved_area", 1, 0, false, take_reserved, NULL },
	};
	unsigned long bugs = bug_count();

	EXPECT_WALK(table);
	EXPECT_EQ(bug_count(), bugs);
}

/* --- frames and tables ------------------------------------------------------------------------ */

/* What the banks say of one frame, and what is counted on both sides of it. */
static void *take_frame(unsigned long n)
{
	const bool present = n != ~0ul && present_pages(n, n + 1) == 1;
	const unsigned long all = present_pages(min_pfn, max_pfn);

	if (pfn_present(n) != present || pfn_valid(n) != present)
		return text;
	return present_pages(0, n) + present_pages(n, ~0ul) == all ? NULL : text;
}

/* No zone has a block of an order that there is not. */
TAKE(take_watermark, zone_watermark_ok(first_zone(), as_unsigned(n), 0, ZONE_DMA, 0))

/* The order of n bytes is the smallest whose blocks hold them. */
static void *take_order(unsigned long n)
{
	const int order = get_order(n);
	const u64 pages = n ? ((u64)n - 1) >> PAGE_SHIFT : 0; /* but for the last one */

	return !(pages >> order) && (order == 0 || pages >> (order - 1)) ? NULL : text;
}

SELFTEST(numbers, frames, "any number may be asked about: as a frame, as an order, as a size")
{
	static const struct walked table[] = {
		{ "present_pages", PAGE_SIZE, 0, false, take_frame, NULL },
		{ "zone_watermark_ok", 1, MAX_ORDER - 1, true, take_watermark, NULL },
		{ "get_order", 1, 0, false, take_order, NULL },
	};

	EXPECT_WALK(table);
}

/* A machine ends when there is none: no injection makes it fail (inject= does, at boot). */
static void *make_table(unsigned long bucketsize, unsigned long buckets, int scale,
			unsigned int *shift, unsigned int *mask, unsigned long limit)
{
	void *table;

	inject_hold(true);
	table = alloc_large_system_hash("numbers", bucketsize, buckets, scale, 0, shift, mask,
					limit);
	inject_hold(false);
	return table;
}

/* A table is as large as its mask says, and the largest of them a block. */
static void *sound_table(unsigned long buckets, unsigned long limit, int scale)
{
	unsigned int shift, mask;
	void *table = make_table(8, buckets, scale, &shift, &mask, limit);
	bool sound = table && mask == (1ul << shift) - 1 &&
		     8ul << shift <= PAGE_SIZE << page_order(virt_to_page(table));

	if (table)
		give_address(table);
	return sound ? NULL : text;
}

TAKE(take_buckets, sound_table(n, 16, 14))
TAKE(take_limit, sound_table(16, n, 14))
TAKE(take_scale, sound_table(0, 16, as_int(n)))

/* A bucket that no block holds. */
static void *take_bucket(unsigned long n)
{
	unsigned int shift;

	if (n && n <= PAGE_SIZE << (MAX_ORDER - 1))
		return NULL;
	return make_table(n, 1, 14, &shift, NULL, 1);
}

SELFTEST(numbers, tables, "buckets, their number, its limit and its scale may be any number")
{
	static const struct walked table[] = {
		{ "numentries", 8, 0, false, take_buckets, NULL },
		{ "limit", 8, 0, false, take_limit, NULL },
		{ "scale", 8, 0, false, take_scale, NULL },
		{ "bucketsize", 1, 0, false, take_bucket, NULL },
	};

	EXPECT_WALK(table);
	EXPECT(buddy_check());
}

/* --- at the limit ----------------------------------------------------------------------------- */

/* A bulk in which each place is filled: nothing is to be had, but all of them are counted. */
static struct page **filled;

TAKE(take_filled, alloc_pages_bulk_array(QUIET, n, filled) == n)

/* The zone bits of a request: DMA, HIGHMEM, and then both. */
static void *take_zone_bits(unsigned long n)
{
	struct page *page = alloc_pages((gfp_t)n | __GFP_NOWARN, 0);

	if (page)
		__free_page(page);
	return page;
}

/* Buckets as large as a block may be; only one. */
static void *take_one_bucket(unsigned long n)
{
	unsigned int shift;

	return make_table(n, 1, 0, &shift, NULL, 1);
}

TAKE(take_frame_view, pfn_valid(n) && kmap_local_pfn(n))

static void give_frame_view(void *what __unused)
{
	kmap_local_unwind(kmap_local_depth() - 1);
}

/* The last frame of a bank that has more than one, with a hole behind it, or the end of memory. */
static pfn_t last_frame(void)
{
	pfn_t pfn = max_pfn - 1;

	while (!pfn_valid(pfn) || !pfn_valid(pfn - 1) || pfn_valid(pfn + 1))
		pfn--;
	return pfn;
}

SELFTEST(numbers, limits_pages, "orders, sizes, counts, nodes and zones are pages' up to the limit")
{
	const struct limit table[] = {
		{ "alloc_pages", MAX_ORDER - 1, take_pages, give_pages, MAX_ORDER - 1 },
		{ "alloc_pages_node", MAX_ORDER - 1, take_pages_node, give_pages, MAX_ORDER - 1 },
		{ "__get_free_pages", MAX_ORDER - 1, take_free_pages, give_address, MAX_ORDER - 1 },
		{ "__get_dma_pages", MAX_ORDER - 1, take_dma_pages, give_address, MAX_ORDER - 1 },
		{ "alloc_pages_node nid", nr_nodes - 1, take_on_node, give_pages, 0 },
		{ "alloc_pages_exact", 4 * MiB, take_exact, give_exact, MAX_ORDER - 1 },
		{ "gfp", __GFP_HIGHMEM, take_zone_bits, NULL, 0 },
		{ "zone_watermark_ok", MAX_ORDER - 1, take_watermark, NULL, MAX_ORDER - 1 },
		{ "alloc_large_system_hash", 4 * MiB, take_one_bucket, give_address,
		  MAX_ORDER - 1 },
		{ "pfn_valid, kmap_local_pfn", last_frame(), take_frame_view, give_frame_view, 0 },
	};

	static_assert(__GFP_DMA == 1 && __GFP_HIGHMEM == 2, "limit - 1, limit; both are one more");
	EXPECT_LIMITS(table);
	EXPECT(buddy_check() && fixmap_check());
}

SELFTEST(numbers, limits_bulk, "a bulk may be of as many pages as there are frames, and no more")
{
	const struct limit table[] = {
		{ "alloc_pages_bulk_array", mem_map_pages, take_filled, NULL, 0 },
	};
	const char *wrong;

	filled = vmalloc((mem_map_pages + 1) * sizeof(*filled));
	if (!filled)
		SKIP("no memory for %lu pointers", mem_map_pages);
	for (unsigned long i = 0; i <= mem_map_pages; i++)
		filled[i] = mem_map;
	wrong = limits_hold(table, ARRAY_SIZE(table));
	vfree(filled);
	EXPECT(!wrong);
}
