/*
 * told.c - claims about the edges of a node, and about what is said of each refusal, field by field
 */
#include "boot/boot_info.h"
#include "mm/early/bootmem_practice.h"
#include "mm/early/early.h"
#include "mm/early/records.h"
#include "mm/page/page.h"
#include "tests/selftests/told/told.h"

enum { ORDER = 4, PAGES = 1 << ORDER };

static struct practice_node node;

static void with_node(void (*body)(pg_data_t *pgdat))
{
	if (!practice_begin(&node, ORDER))
		SKIP("no pages to practise on");
	body(&node.pgdat);
	practice_end(&node);
}

/* --- refusals --------------------------------------------------------------------------------- */

#define TOLD(...) TOLD_BY("bootmem", HERE, __VA_ARGS__)

static __noinline void tell_ranges(pg_data_t *pgdat)
{
	const paddr_t start = node.start, map = start + (PAGES - 1) * PAGE_SIZE;
	const char *const range = "RAM of one node's lowmem", *const free = "reserved pages";
	paddr_t pa;
#define HERE tell_ranges

	TOLD("bad request", NULL, "size > 0, align a power of two", "size 0 align 32",
	     EXPECT(!__alloc_bootmem_node(pgdat, 0, 32, 0)));
	TOLD("bad request", NULL, "size > 0, align a power of two", "size 8 align 24",
	     EXPECT(!__alloc_bootmem_node_limit(pgdat, 8, 24, 0, 0)));
	TOLD("bad range", start, range, "0 bytes", free_bootmem_node(pgdat, start, 0));
	TOLD("bad range", map, range, "4097 bytes",
	     reserve_bootmem_node(pgdat, map, PAGE_SIZE + 1));
	TOLD("double free", start + PAGE_SIZE, free, "a free page",
	     free_bootmem_node(pgdat, start + PAGE_SIZE, PAGE_SIZE));
	TOLD("free of the bitmap", map, "pages that hold no node's bits",
	     told_line("bits in [0x%lx, 0x%lx)", map, map + PAGE_SIZE),
	     free_bootmem_node(pgdat, map, PAGE_SIZE));
	pa = virt_to_phys(__alloc_bootmem_node(pgdat, 100, 32, 0));
	TOLD("reserve of allocated memory", pa + 99, "memory that nobody was given",
	     "3 bytes, of which some were handed out", reserve_bootmem_node(pgdat, pa + 99, 3));
	TOLD("initialised twice", start, "a node without a bitmap", "node -1 stands",
	     EXPECT(!init_bootmem_node(pgdat, phys_to_pfn(map), pgdat->node_start_pfn,
				       pgdat->node_start_pfn + 1)));
#undef HERE
}

SELFTEST(early, told_of_ranges, "what a node refuses it names in each field")
{
	with_node(tell_ranges);
}

/* Its newest piece of memory is free by its bit. */
static paddr_t broken_bit(const pg_data_t *pgdat)
{
	paddr_t pa =
		virt_to_phys(__alloc_bootmem_node((pg_data_t *)pgdat, PAGE_SIZE, PAGE_SIZE, 0));
	const unsigned long bit = phys_to_pfn(pa) - node.data.start;

	bootmem_clear(&node.data, bit, bit + 1);
	return pa;
}

static __noinline void tell_broken_take(pg_data_t *pgdat)
{
	const paddr_t pa = broken_bit(pgdat);
	const struct bootmem_request r = { .pgdat = pgdat,
					   .size = 8,
					   .align = 8,
					   .flags = BOOTMEM_NOPANIC,
					   .caller = (unsigned long)tell_broken_take };
#define HERE tell_broken_take
	TOLD("broken bitmap", pa, "a set bit for all that is taken",
	     "8 bytes, free by their bits, but memory that was handed out",
	     EXPECT(!bootmem_allocate(&r)));
	TOLD("used though broken", node.start, "a node whose bits are sound",
	     "bits that offered what somebody has", reserve_bootmem_node(pgdat, node.start, 1));
#undef HERE
}

static __noinline void tell_broken_free(pg_data_t *pgdat)
{
	const paddr_t pa = broken_bit(pgdat);
#define HERE tell_broken_free
	TOLD("broken bitmap", pa, "a set bit for all that is taken",
	     "a page, free by its bit, but memory that was handed out",
	     free_bootmem_node(pgdat, pa, PAGE_SIZE));
#undef HERE
}

SELFTEST(early, told_of_bits, "bits that say what is not so are named in each field")
{
	with_node(tell_broken_take);
	with_node(tell_broken_free);
}

static void ignore_run(pfn_t start __unused, pfn_t end __unused, bool free __unused,
		       void *arg __unused)
{
}

static __noinline void tell_over(pg_data_t *pgdat)
{
	const char *const other = "the page allocator's functions from now on",
			  *const found = "the nodes' pages are the page allocator's";
	struct bootmem_data fresh = {};
	pg_data_t none = { .node_id = -1, .bdata = &fresh };
	const pfn_t first = pgdat->node_start_pfn;
#define HERE tell_over
	TOLD("bad node", pfn_to_phys(first), "frames, and a bitmap in mapped lowmem",
	     told_line("node -1, frames 0x%lx-0x%lx, bitmap at 0x%lx", first, first, first),
	     EXPECT(!init_bootmem_node(&none, first, first, first)));
	TOLD("used before it stands", NULL, "init_bootmem_node() first", "no bitmap",
	     free_bootmem_node(&none, node.start, PAGE_SIZE));
	EXPECT(early_hand_over(pgdat, ignore_run, NULL, 0));
	TOLD("used after the hand-over", NULL, other, found,
	     free_bootmem_node(pgdat, node.start, PAGE_SIZE));
	TOLD("used after the hand-over", NULL, other, found, EXPECT(!alloc_bootmem_nopanic(1)));
	TOLD("used after the hand-over", NULL, other, found,
	     EXPECT(!init_bootmem_node(pgdat, first, first, first + 1)));
#undef HERE
}

SELFTEST(early, told_when_over, "a node that is none yet, or no more, says so in each field")
{
	with_node(tell_over);
}

/* --- edges ------------------------------------------------------------------------------------ */

static void *take_at(pg_data_t *pgdat, unsigned long size, unsigned long align, paddr_t goal,
		     paddr_t limit)
{
	return bootmem_allocate(&(struct bootmem_request){ pgdat, size, align, goal, limit,
							   BOOTMEM_NOPANIC, _RET_IP_ });
}

static void check_goal_at_top(pg_data_t *pgdat)
{
	const paddr_t page = node.start + 5 * PAGE_SIZE, last = page + 100;

	EXPECT_EQ(virt_to_phys(take_at(pgdat, 100, 4, page, 0)), page);
	/* One byte is left between goal and limit: it is enough for one, and for no more. */
	EXPECT_EQ(virt_to_phys(take_at(pgdat, 1, 1, last, last + 1)), last);
	EXPECT_EQ(virt_to_phys(take_at(pgdat, 2, 1, last + 1, last + 2)), node.start);
	EXPECT(bootmem_check(NULL, &node.data));
}

static void check_hint(pg_data_t *pgdat)
{
	EXPECT_EQ(node.data.hint, 0);
	EXPECT(take_at(pgdat, 2 * PAGE_SIZE, PAGE_SIZE, 0, 0));
	EXPECT_EQ(node.data.hint, 2); /* the first page that may be free */
	EXPECT(take_at(pgdat, PAGE_SIZE, PAGE_SIZE, node.start + 3 * PAGE_SIZE, 0));
	EXPECT_EQ(node.data.hint, 2);
	EXPECT(take_at(pgdat, PAGE_SIZE, PAGE_SIZE, 0, 0));
	EXPECT_EQ(node.data.hint, 3); /* 3 was taken before: nobody looks what follows */
	free_bootmem_node(pgdat, node.start + PAGE_SIZE, PAGE_SIZE);
	EXPECT_EQ(node.data.hint, 1);
	reserve_bootmem_node(pgdat, node.start + PAGE_SIZE, PAGE_SIZE);
	EXPECT_EQ(node.data.hint, 2);
	EXPECT_EQ(virt_to_phys(take_at(pgdat, PAGE_SIZE, PAGE_SIZE, 0, 0)),
		  node.start + 4 * PAGE_SIZE);
}

static void check_map_limit(pg_data_t *pgdat)
{
	const paddr_t map = node.start + (PAGES - 1) * PAGE_SIZE, last = bootmem_last_byte;
	const pfn_t first = pgdat->node_start_pfn;
	struct bootmem_data fresh = {};
	pg_data_t other = { .node_id = -1, .bdata = &fresh };
	unsigned long bytes;

	bootmem_last_byte = node.start + PAGE_SIZE - 2;
	EXPECT_BUG("bad node", bytes = init_bootmem_node(&other, first, first, first + 1));
	bootmem_last_byte++;
	EXPECT(bytes == 0 && !fresh.map);
	bytes = init_bootmem_node(&other, first, first, first + 1);
	/* What lies above that byte is not handed out: all of the node but its last page does. */
	bootmem_last_byte = map - 1;
	EXPECT(!take_at(pgdat, PAGES * PAGE_SIZE, 1, 0, 0));
	EXPECT_EQ(virt_to_phys(take_at(pgdat, (PAGES - 1) * PAGE_SIZE, 1, 0, 0)), node.start);
	free_bootmem_node(pgdat, node.start, (PAGES - 1) * PAGE_SIZE);
	bootmem_last_byte = map - 2; /* the page that it is in is not whole, and counts for none */
	EXPECT(!take_at(pgdat, (PAGES - 1) * PAGE_SIZE - 1, 1, 0, 0));
	EXPECT_EQ(virt_to_phys(take_at(pgdat, (PAGES - 2) * PAGE_SIZE, 1, 0, 0)), node.start);
	bootmem_last_byte = last;
	EXPECT_EQ(bytes, sizeof(long));
}

SELFTEST(early, node_edges, "goal, limit, hint and last byte hold to the byte")
{
	const paddr_t last = bootmem_last_byte;

	with_node(check_goal_at_top);
	with_node(check_hint);
	with_node(check_map_limit);
	bootmem_last_byte = last;
}

/* The block of lowmem's last page, if that is free; what was taken on the way joins the list. */
static struct page *last_block(struct list_head *taken)
{
	const pfn_t last = min(lowmem_end_pfn, max_pfn) - 1;
	struct page *block;

	for (unsigned int order = MAX_ORDER; order-- > 0;)
		while ((block = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order))) {
			block->private = order;
			list_add(&block->lru, taken);
			if (last - page_to_pfn(block) < 1ul << order)
				return block;
		}
	return NULL;
}

SELFTEST(early, node_last_bitmap, "a bitmap may lie in lowmem's very last page")
{
	struct bootmem_data fresh = {};
	pg_data_t other = { .node_id = -1, .bdata = &fresh };
	const pfn_t last = min(lowmem_end_pfn, max_pfn) - 1;
	unsigned long bytes = 0;
	struct page *page, *next, *block;
	LIST_HEAD(taken);

	block = last_block(&taken);
	if (block)
		bytes = init_bootmem_node(&other, last, last, last + 1);
	list_for_each_entry_safe(page, next, &taken, lru)
		__free_pages(page, (unsigned int)page->private);
	if (!block)
		SKIP("somebody has lowmem's last page");
	EXPECT_EQ(bytes, sizeof(long));
}

static void check_highmem(pg_data_t *pgdat)
{
	struct bootmem_data fresh = {};
	pg_data_t other = { .node_id = -1, .bdata = &fresh };
	const paddr_t high = pfn_to_phys(lowmem_end_pfn);

	if (present_pages(lowmem_end_pfn - 1, lowmem_end_pfn + 1) != 2)
		SKIP("no highmem behind lowmem's last page");
	EXPECT_BUG("bad node", EXPECT(!init_bootmem_node(&other, lowmem_end_pfn, lowmem_end_pfn - 1,
							 lowmem_end_pfn + 1)));
	EXPECT(init_bootmem_node(&other, pgdat->node_start_pfn, lowmem_end_pfn - 1,
				 lowmem_end_pfn + 1));
	EXPECT_BUG("bad range", free_bootmem_node(&other, high, PAGE_SIZE));
	EXPECT_BUG("bad range", reserve_bootmem_node(&other, high - 1, 2));
	EXPECT_EQ(fresh.free, 0);
	free_bootmem_node(&other, high - PAGE_SIZE, PAGE_SIZE);
	EXPECT_EQ(fresh.free, 1);
}

SELFTEST(early, node_lowmem_only, "a node's frames of highmem are never free")
{
	with_node(check_highmem);
}

static void check_map_handed_over(pg_data_t *pgdat)
{
	const paddr_t map = node.start + (PAGES - 1) * PAGE_SIZE;

	early_record_add(EARLY_ALLOCATED, map, PAGE_SIZE, 0);
	EXPECT(early_record_in(EARLY_ALLOCATED, map, map + 1));
	EXPECT(early_hand_over(pgdat, ignore_run, NULL, 0));
	EXPECT(!early_record_in(EARLY_ALLOCATED, map, map + PAGE_SIZE));
	EXPECT_EQ(node.data.free, PAGES);
	for (unsigned int n = 0; early_record(n); n++)
		if (early_record(n)->start == map)
			EXPECT_EQ(early_record(n)->fate, EARLY_HANDED);
}

SELFTEST(early, node_map_handed_over, "a bitmap's record says that it went with the hand-over")
{
	with_node(check_map_handed_over);
}
