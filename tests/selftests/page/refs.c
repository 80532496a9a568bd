/*
 * refs.c - claims about references, compound pages, blocks taken apart, exact sizes, nodes and bulk
 */
#include "kernel/selftest/selftest.h"
#include "mm/page/page_impl.h"
#include "tests/selftests/page/node_room.h"

SELFTEST(page, get_put, "each get_page() wants its put_page(); the last one frees")
{
	unsigned long before = nr_available_pages();
	struct page *page = alloc_page(GFP_KERNEL);

	EXPECT(page);
	get_page(page);
	EXPECT_EQ(page_count(page), 2);
	put_page(page);
	EXPECT_EQ(nr_available_pages(), before - 1);
	put_page(page);
	EXPECT_EQ(nr_available_pages(), before);
	EXPECT_BUG("double free", put_page(page));
	EXPECT_BUG("reference to a page that is not in use", get_page(page));
	EXPECT(buddy_check());
}

SELFTEST(page, compound, "every page of a compound page stands for its head")
{
	struct page *head = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);

	EXPECT(head);
	EXPECT(PageCompound(head));
	EXPECT_EQ(compound_order(head), 3);
	for (unsigned int i = 0; i < 8; i++)
		EXPECT_EQ(compound_head(head + i), head);
	get_page(head + 5);
	EXPECT_EQ(page_count(head), 2);
	put_page(head + 7);
	EXPECT_EQ(page_count(head), 1);
	EXPECT_BUG("tail page", __free_pages(head + 1, 0));
	put_page(head + 2); /* the last reference: all eight go */
	EXPECT(buddy_check());
}

/* With the head's order as it is given: the heads that are found for the block's four pages. */
static bool heads_are(struct page *head, unsigned int order, unsigned int pages)
{
	const u32 flags = head->flags;
	bool right = true;

	head->flags = (flags & ~(u32)PAGE_ORDER_MASK) | order;
	for (unsigned int i = 1; i < 4; i++)
		right = right && page_head_of_tail(head + i) == (i < pages ? head : NULL);
	head->flags = flags;
	return right;
}

SELFTEST(page, head_of_tail, "a tail belongs to the head before it whose order reaches so far")
{
	struct page *head = alloc_pages(GFP_KERNEL | __GFP_COMP, 2);
	bool none, two, four, more;

	EXPECT(head);
	none = heads_are(head, 0, 1);
	two = heads_are(head, 1, 2);
	four = heads_are(head, 2, 4);
	more = heads_are(head, 3, 4);
	put_page(head);
	EXPECT(none && two);
	EXPECT(four && more);
	EXPECT(buddy_check());
}

SELFTEST(page, plain_block, "a block without __GFP_COMP is no compound page")
{
	struct page *head = alloc_pages(GFP_KERNEL, 2);

	EXPECT(head);
	EXPECT(!PageCompound(head));
	EXPECT_EQ(compound_order(head), 0);
	EXPECT_EQ(compound_head(head + 1), head + 1);
	EXPECT_BUG("tail page", put_page(head + 1));
	__free_pages(head, 2);
}

SELFTEST(page, compound_single, "__GFP_COMP means nothing for a single page, however it is had")
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_COMP), *array[2] = {};

	EXPECT(page);
	EXPECT(!PageCompound(page));
	split_page(page, 0); /* what is no compound page may be split */
	put_page(page);
	EXPECT_EQ(alloc_pages_bulk_array(GFP_KERNEL | __GFP_COMP, 2, array), 2);
	EXPECT(!PageCompound(array[0]) && !PageCompound(array[1]));
	free_pages_bulk_array(2, array);
	EXPECT(buddy_check());
}

/* Of a block of this order with a second user: what __free_pages() frees, and what put_page(). */
static bool free_then_put(unsigned int order, gfp_t gfp)
{
	unsigned long before = nr_available_pages();
	struct page *page = alloc_pages(gfp, order);

	CHECK(page);
	get_page(page);
	__free_pages(page, order);
	CHECK(page_count(page) == 1 && page_state(page) == PAGE_USED);
	CHECK(page_order(page) == (PageCompound(page) ? order : 0));
	CHECK(nr_available_pages() == before - (PageCompound(page) ? 1ul << order : 1));
	put_page(page);
	CHECK(nr_available_pages() == before);
	CHECK(page_count(page) == 0);
	return buddy_check();
}

static bool put_then_free(unsigned int order, gfp_t gfp)
{
	unsigned long before = nr_available_pages();
	struct page *page = alloc_pages(gfp, order);

	CHECK(page);
	get_page(page);
	put_page(page);
	CHECK(page_count(page) == 1 && page_order(page) == order);
	CHECK(nr_available_pages() == before - (1ul << order));
	__free_pages(page, order);
	CHECK(nr_available_pages() == before);
	return buddy_check();
}

static bool put_alone(unsigned int order, gfp_t gfp)
{
	unsigned long before = nr_available_pages();
	struct page *page = alloc_pages(gfp, order);

	CHECK(page);
	put_page(page);
	CHECK(nr_available_pages() == before);
	return buddy_check();
}

SELFTEST(page, second_user, "the last reference frees what is left of a block, of whatever order")
{
	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);

		if (!page)
			break; /* a small machine has no block as large */
		__free_pages(page, order);
		EXPECT(free_then_put(order, GFP_KERNEL));
		EXPECT(free_then_put(order, GFP_KERNEL | __GFP_COMP));
		EXPECT(put_then_free(order, GFP_KERNEL));
		EXPECT(put_then_free(order, GFP_KERNEL | __GFP_COMP));
		EXPECT(put_alone(order, GFP_KERNEL));
		EXPECT(put_alone(order, GFP_KERNEL | __GFP_COMP));
	}
}

SELFTEST(page, second_free, "what is left of a plain block is a single page, and freed as one")
{
	unsigned long before = nr_available_pages();
	struct page *page = alloc_pages(GFP_KERNEL, 3);

	EXPECT(page);
	get_page(page);
	get_page(page);
	__free_pages(page, 3);
	EXPECT_EQ(nr_available_pages(), before - 1);
	EXPECT_BUG("wrong order", __free_pages(page, 3));
	EXPECT_EQ(page_count(page), 2);
	free_cold_page(page);
	EXPECT_EQ(nr_available_pages(), before - 1);
	free_pages_bulk_array(1, &page);
	EXPECT_EQ(nr_available_pages(), before);
	EXPECT(buddy_check());
}

SELFTEST(page, split_shared,
	 "split_page() leaves the first page its users; the others have one each")
{
	unsigned long before = nr_available_pages();
	struct page *page = alloc_pages(GFP_KERNEL, 2);

	EXPECT(page);
	get_page(page);
	split_page(page, 2);
	EXPECT_EQ(page_count(page), 2);
	EXPECT_EQ(page_count(page + 1), 1);
	EXPECT_EQ(page_count(page + 3), 1);
	for (unsigned int i = 0; i < 4; i++)
		__free_page(page + i);
	EXPECT_EQ(nr_available_pages(), before - 1);
	put_page(page);
	EXPECT_EQ(nr_available_pages(), before);
	EXPECT(buddy_check());
}

SELFTEST(page, split, "split_page() makes single pages, which merge again when all are freed")
{
	struct page *page = alloc_pages(GFP_KERNEL, 3), *compound;

	EXPECT(page);
	split_page(page, 3);
	for (unsigned int i = 0; i < 8; i++) {
		EXPECT_EQ(page_order(page + i), 0);
		EXPECT_EQ(page_count(page + i), 1);
	}
	for (unsigned int i = 0; i < 8; i++)
		__free_page(page + (i * 3) % 8);
	EXPECT(buddy_check());
	compound = alloc_pages(GFP_KERNEL | __GFP_COMP, 1);
	EXPECT(compound);
	EXPECT_BUG("split of what is no plain block of this order", split_page(compound, 1));
	EXPECT_EQ(compound_order(compound), 1);
	put_page(compound);
	EXPECT_BUG("split of what is no plain block of this order", split_page(compound, 1));
}

SELFTEST(page, get_order, "get_order() is the smallest order that holds the size")
{
	EXPECT_EQ(get_order(1), 0);
	EXPECT_EQ(get_order(PAGE_SIZE), 0);
	EXPECT_EQ(get_order(PAGE_SIZE + 1), 1);
	EXPECT_EQ(get_order(3 * PAGE_SIZE), 2);
	EXPECT_EQ(get_order(4 * PAGE_SIZE), 2);
	EXPECT_EQ(get_order(MAX_ORDER_NR_PAGES * PAGE_SIZE), MAX_ORDER - 1);
	EXPECT_EQ(get_order(~0ul), BITS_PER_LONG - PAGE_SHIFT);
}

SELFTEST(page, exact, "exact pages take no more than their size, rounded up to pages")
{
	unsigned long before = nr_available_pages();
	u8 *p = alloc_pages_exact(5 * PAGE_SIZE - 100, GFP_KERNEL);

	EXPECT(p);
	EXPECT_EQ(nr_available_pages(), before - 5);
	p[5 * PAGE_SIZE - 101] = 1;
	free_pages_exact(p, 5 * PAGE_SIZE - 100);
	EXPECT_EQ(nr_available_pages(), before);
	EXPECT_BUG("bad size", p = alloc_pages_exact(0, GFP_KERNEL));
	EXPECT(!p);
	EXPECT_BUG("bad size",
		   p = alloc_pages_exact(MAX_ORDER_NR_PAGES * PAGE_SIZE + 1, GFP_KERNEL));
	EXPECT(!p);
	EXPECT_BUG("bad size", p = alloc_pages_exact(~(size_t)0, GFP_KERNEL));
	EXPECT(!p);
	EXPECT_BUG("bad size", free_pages_exact((void *)PAGE_OFFSET, ~(size_t)0));
	EXPECT_BUG("bad zone", p = alloc_pages_exact(1, GFP_HIGHUSER));
	EXPECT(!p);
	free_pages_exact(NULL, 3 * PAGE_SIZE); /* nothing, as free_pages(0) is */
	EXPECT(buddy_check());
}

SELFTEST(page, zeroed_page, "get_zeroed_page() is clear, __get_dma_pages() is DMA")
{
	unsigned long page = __get_free_page(GFP_KERNEL), dma;
	bool clear = true;

	EXPECT(page);
	*(u32 *)page = 0xdeadbeef;
	free_page(page);
	page = get_zeroed_page(GFP_KERNEL);
	EXPECT(page);
	for (unsigned long i = 0; i < PAGE_SIZE / sizeof(u32); i++)
		clear = clear && ((u32 *)page)[i] == 0;
	free_page(page);
	EXPECT(clear);
	dma = __get_dma_pages(GFP_KERNEL, 1);
	EXPECT(dma);
	EXPECT_EQ(page_zonenum(virt_to_page((void *)dma)), ZONE_DMA);
	free_pages(dma, 1);
}

SELFTEST(page, node, "alloc_pages_node() gives the node's pages, and refuses nodes that are none")
{
	struct page *any;
	pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		bool room = node_has_room(pgdat->node_id, ZONE_HIGHMEM, 1);
		struct page *page = alloc_pages_node(
			pgdat->node_id, GFP_HIGHUSER | __GFP_THISNODE | __GFP_NOWARN, 0);

		EXPECT(page || !room);
		if (!page)
			continue;
		EXPECT_EQ(page_to_nid(page), pgdat->node_id);
		EXPECT(page_to_pfn(page) >= pgdat->node_start_pfn);
		EXPECT(page_to_pfn(page) < pgdat_end_pfn(pgdat));
		__free_page(page);
	}
	EXPECT_BUG("bad node", EXPECT(!alloc_pages_node((int)nr_nodes, GFP_KERNEL, 0)));
	EXPECT_BUG("bad node", EXPECT(!alloc_pages_node(-2, GFP_KERNEL, 0)));
	any = alloc_pages_node(NUMA_NO_NODE, GFP_KERNEL, 0);
	EXPECT(any);
	__free_page(any);
}

SELFTEST(page, this_node, "__GFP_THISNODE fails rather than go to another node")
{
	LIST_HEAD(taken);
	struct page *page, *next;
	bool strayed = false;

	for (;;) {
		page = alloc_pages_node(0, GFP_HIGHUSER | __GFP_THISNODE | __GFP_NOWARN, 4);
		if (!page)
			break;
		strayed = strayed || page_to_nid(page) != 0;
		list_add(&page->lru, &taken);
	}
	list_for_each_entry_safe(page, next, &taken, lru)
		__free_pages(page, 4);
	EXPECT(!strayed);
	EXPECT(buddy_check());
}

enum { BULK = 300 };
SELFTEST_TABLE(struct page *, array, BULK);

static bool all_single(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		if (page_state(array[i]) != PAGE_USED || page_order(array[i]) ||
		    page_count(array[i]) != 1)
			return false;
	return true;
}

SELFTEST(page, bulk_too_many, "a bulk of more pages than there are frames leaves the array alone")
{
	struct page *two[] = { NULL, NULL };

	EXPECT_BUG("bulk of too many",
		   EXPECT_EQ(alloc_pages_bulk_array(GFP_KERNEL, mem_map_pages + 1, two), 0));
	EXPECT_BUG("bulk of too many", free_pages_bulk_array(~0ul, two));
	EXPECT(!two[0] && !two[1]);
	EXPECT_EQ(alloc_pages_bulk_array(GFP_KERNEL, 2, two), 2);
	free_pages_bulk_array(2, two);
}

SELFTEST(page, bulk, "a bulk of pages is that many single ones; filled entries are kept")
{
	unsigned long before = nr_available_pages(), filled;
	struct page *mine = alloc_page(GFP_KERNEL);

	for (unsigned int i = 0; i < BULK; i++)
		array[i] = NULL;
	array[0] = array[100] = mine;
	filled = alloc_pages_bulk_array(GFP_KERNEL, BULK, array);
	EXPECT_EQ(filled, BULK);
	EXPECT(array[0] == mine && array[100] == mine);
	EXPECT(all_single(BULK));
	EXPECT_EQ(nr_available_pages(), before - BULK + 1);
	for (unsigned int i = 1; i < BULK; i++)
		if (i != 100)
			__free_page(array[i]);
	__free_page(mine);
	EXPECT_EQ(nr_available_pages(), before);
	EXPECT(buddy_check());
}

SELFTEST(page, bulk_this_node, "a bulk with __GFP_THISNODE ends where the node does")
{
	struct page **filled = (void *)get_zeroed_page(GFP_KERNEL), *page, *next;
	LIST_HEAD(taken);
	bool strayed = false;

	EXPECT(filled);
	/* Large blocks first, as machines may be large. */
	while ((page = alloc_pages(GFP_HIGHUSER | __GFP_THISNODE | __GFP_NOWARN, MAX_ORDER - 1))) {
		page->private = MAX_ORDER - 1;
		list_add(&page->lru, &taken);
	}
	while (!strayed &&
	       alloc_pages_bulk_array(GFP_HIGHUSER | __GFP_THISNODE | __GFP_NOWARN, BULK, filled)) {
		for (unsigned int i = 0; i < BULK && filled[i]; i++) {
			strayed = strayed || page_to_nid(filled[i]) != 0;
			filled[i]->private = 0;
			list_add(&filled[i]->lru, &taken);
			filled[i] = NULL;
		}
	}
	list_for_each_entry_safe(page, next, &taken, lru)
		__free_pages(page, (unsigned int)page->private);
	free_page((unsigned long)filled);
	EXPECT(!strayed);
	EXPECT(buddy_check());
}

SELFTEST(page, sums, "the sums agree with the zones")
{
	unsigned long managed = 0, high = 0;
	struct sysinfo info;
	struct zone *zone;

	for_each_zone(zone) {
		managed += zone->managed_pages;
		high += is_highmem(zone) ? zone->managed_pages : 0;
	}
	si_meminfo(&info);
	EXPECT_EQ(info.totalram, managed);
	EXPECT_EQ(info.totalhigh, high);
	EXPECT_EQ(info.freeram, nr_available_pages());
	EXPECT_EQ(info.freehigh, nr_free_highpages());
	EXPECT_EQ(info.mem_unit, PAGE_SIZE);
	EXPECT(nr_free_buffer_pages() < managed - high);
	EXPECT(nr_free_buffer_pages() > (managed - high) / 2);
}

SELFTEST(page, exact_limit,
	 "4 MiB in one piece may be asked for, and given back; a byte more may not")
{
	const unsigned long bugs = bug_count();
	void *most = alloc_pages_exact(4 * MiB, GFP_KERNEL | __GFP_NOWARN), *more;

	free_pages_exact(most, 4 * MiB);
	drain_all_pages(NULL);
	EXPECT_EQ(bug_count(), bugs);
	EXPECT_BUG("bad size", more = alloc_pages_exact(4 * MiB + 1, GFP_KERNEL));
	EXPECT(!more);
	EXPECT(buddy_check());
}

/* With another word in its place, the free is refused, and nothing is changed. */
#define REFUSED_WHEN(word, number)                                   \
	({                                                           \
		const __typeof__(word) before_ = (word);             \
		bool seen_;                                          \
                                                                     \
		(word) = (number);                                   \
		selftest_expect_bug("broken block");                 \
		__free_pages(head, 2);                               \
		seen_ = selftest_bug_seen() && (word) == (number) && \
			nr_available_pages() == available;           \
		(word) = before_;                                    \
		seen_;                                               \
	})

SELFTEST(page, free_without_references, "a block in use that nobody refers to is named when freed")
{
	struct page *head = alloc_pages(GFP_KERNEL, 2);
	unsigned long available = nr_available_pages();
	bool none, fewer, put;

	EXPECT(head);
	none = REFUSED_WHEN(head->_refcount, 0);
	fewer = REFUSED_WHEN(head->_refcount, -1);
	head->_refcount = 0;
	selftest_expect_bug("broken block");
	put_page(head);
	put = selftest_bug_seen() && head->_refcount == 0;
	head->_refcount = 1;
	__free_pages(head, 2);
	EXPECT(none);
	EXPECT(fewer);
	EXPECT(put);
	EXPECT(buddy_check());
}

SELFTEST(page, free_broken_block_debug, "a debug build frees no block with a page that is no tail")
{
	struct page *head;
	unsigned long available;
	bool tail, user, last;

	if (!debug_build)
		SKIP("only DEBUG builds look");
	head = alloc_pages(GFP_KERNEL, 2);
	EXPECT(head);
	available = nr_available_pages();
	tail = REFUSED_WHEN(head[1].flags, head->flags);
	user = REFUSED_WHEN(head[1]._refcount, 1);
	last = REFUSED_WHEN(head[3]._refcount, -1);
	__free_pages(head, 2);
	EXPECT(tail);
	EXPECT(user);
	EXPECT(last);
	EXPECT(buddy_check());
}
