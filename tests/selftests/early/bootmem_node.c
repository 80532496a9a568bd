/*
 * bootmem_node.c - claims about the boot allocator's functions, on a node to practise on
 *
 * The node is made of pages from the buddy, so these run at the prompt; what concerns all nodes at
 * once is bootmem_stage.c's.
 */
#include "lib/bits.h"
#include "kernel/selftest/selftest.h"
#include "lib/raw.h"
#include "mm/early/bootmem_practice.h"
#include "mm/early/early.h"
#include "mm/early/records.h"

enum { ORDER = 5, PAGES = 1 << ORDER };

static struct practice_node node;

/* The test's body, between the node's beginning and its end, whichever way the body returns. */
static void with_node(void (*body)(pg_data_t *pgdat))
{
	if (!practice_begin(&node, ORDER))
		SKIP("no pages to practise on");
	body(&node.pgdat);
	practice_end(&node);
}

static bool all_bytes(const u8 *p, unsigned long size, u8 value)
{
	for (unsigned long i = 0; i < size; i++)
		if (p[i] != value)
			return false;
	return true;
}

/* Nothing has changed since the node began, and its bits are sound. */
static bool untouched(void)
{
	return node.data.free == node.free_pages && bootmem_check(NULL, &node.data);
}

static void check_init(pg_data_t *pgdat)
{
	struct bootmem_data fresh = {};
	pg_data_t other = { .node_id = -1, .bdata = &fresh };
	pfn_t first = pgdat->node_start_pfn;

	EXPECT_EQ(node.data.free, PAGES - 1);
	EXPECT_EQ(init_bootmem_node(&other, first, first, first + 33),
		  BITS_TO_LONGS(33) * sizeof(long));
	EXPECT_EQ(fresh.free, 0); /* its 33 frames are all reserved */
	EXPECT(bootmem_check(NULL, &fresh));
}

SELFTEST(early, node_init, "a node begins all reserved, and init returns its bitmap's bytes")
{
	with_node(check_init);
}

static void check_node_bounds(pg_data_t *pgdat)
{
	struct bootmem_data fresh = {};
	pg_data_t other = { .node_id = -1, .bdata = &fresh };
	const pfn_t first = pgdat->node_start_pfn, last_frame = phys_to_pfn(~(paddr_t)0);
	pfn_t result = 0;

	EXPECT_BUG("bad node", result |= init_bootmem_node(&other, first, 0, ~0ul));
	EXPECT_BUG("bad node", result |= init_bootmem_node(&other, first, ~0ul - 1, ~0ul));
	EXPECT_BUG("bad node",
		   result |= init_bootmem_node(&other, first, last_frame, last_frame + 2));
	EXPECT_EQ(result, 0);
	EXPECT(!fresh.map);
	EXPECT_EQ(init_bootmem_node(&other, first, last_frame, last_frame + 1), sizeof(long));
	/* Its frame can be had by no address of lowmem. */
	EXPECT_BUG("bad range", free_bootmem_node(&other, pfn_to_phys(last_frame), PAGE_SIZE - 1));
	EXPECT_EQ(fresh.free, 0);
}

SELFTEST(early, node_bounds, "a node's frames are frames that a physical address can name")
{
	with_node(check_node_bounds);
}

static void check_bad_init(pg_data_t *pgdat)
{
	struct bootmem_data fresh = {};
	pg_data_t other = { .node_id = -1, .bdata = &fresh }, none = { .node_id = MAX_NUMNODES };
	pfn_t first = pgdat->node_start_pfn, result = 0;

	EXPECT_BUG("bad node", result |= init_bootmem_node(&other, first, first, first));
	EXPECT_BUG("bad node", result |= init_bootmem_node(&other, first, first + 1, first));
	EXPECT_BUG("bad node", result |= init_bootmem_node(&other, max_pfn, first, first + 1));
	EXPECT_BUG("bad node", result |= init_bootmem_node(&other, 0, first, first + 1));
	EXPECT_BUG("bad node", result |= init_bootmem_node(&none, first, first, first + 1));
	EXPECT_BUG("initialised twice",
		   result |= init_bootmem_node(pgdat, first, first, first + 1));
	EXPECT_EQ(result, 0);
	EXPECT(!fresh.map && !none.bdata && untouched());
}

SELFTEST(early, node_bad_init,
	 "no frames, a bitmap outside of lowmem, and a second init are refused")
{
	with_node(check_bad_init);
}

SELFTEST(early, bootmap_pages, "a bitmap takes a page for each 32768 pages, or part of them")
{
	const unsigned long bits = 8 * PAGE_SIZE;

	EXPECT_EQ(bootmem_bootmap_pages(1), 1);
	EXPECT_EQ(bootmem_bootmap_pages(bits), 1);
	EXPECT_EQ(bootmem_bootmap_pages(bits + 1), 2);
	EXPECT_EQ(bootmem_bootmap_pages(6 * bits), 6);
	EXPECT_EQ(bootmem_bootmap_pages(0), 0);
	EXPECT_EQ(bootmem_bootmap_pages(~0ul), ~0ul / bits + 1);
	EXPECT_EQ(bootmem_bootmap_pages(~0ul - 31), ~0ul / bits + 1);
}

static void check_zeroed(pg_data_t *pgdat)
{
	u8 *p = __alloc_bootmem_node(pgdat, 2 * PAGE_SIZE + 100, PAGE_SIZE, 0), *again;

	EXPECT(p);
	raw_fill(p, 0xa5, 3 * PAGE_SIZE); /* beyond its end */
	free_bootmem_node(pgdat, virt_to_phys(p), 3 * PAGE_SIZE);
	again = __alloc_bootmem_node(pgdat, 2 * PAGE_SIZE + 100, PAGE_SIZE, 0);
	EXPECT_EQ(again, p);
	EXPECT(all_bytes(p, 2 * PAGE_SIZE + 100, 0));
	EXPECT_EQ(raw_read(&p[2 * PAGE_SIZE + 100]), 0xa5); /* nobody's yet */
	again = __alloc_bootmem_node(pgdat, 50, 1, 0);
	EXPECT_EQ(again, p + 2 * PAGE_SIZE + 100);
	EXPECT(all_bytes(again, 50, 0));
}

SELFTEST(early, node_zeroed, "memory is zeroed, packed or not, whatever it held, and no byte more")
{
	with_node(check_zeroed);
}

static void check_goal_and_limit(pg_data_t *pgdat)
{
	paddr_t start = node.start, goal = start + 10 * PAGE_SIZE;
	void *p;

	p = __alloc_bootmem_node(pgdat, 100, 32, goal);
	EXPECT_EQ(virt_to_phys(p), goal);
	p = __alloc_bootmem_node_limit(pgdat, PAGE_SIZE, PAGE_SIZE, 0, start + PAGE_SIZE);
	EXPECT_EQ(virt_to_phys(p), start);
	/* From the goal up there is too little room: the second pass goes below it. */
	p = __alloc_bootmem_node(pgdat, 5 * PAGE_SIZE, PAGE_SIZE, start + (PAGES - 5) * PAGE_SIZE);
	EXPECT_EQ(virt_to_phys(p), start + PAGE_SIZE);
	/* The goal lies above the limit: the limit counts. */
	p = __alloc_bootmem_node_limit(pgdat, 10, 1, goal, goal);
	EXPECT_EQ(virt_to_phys(p), start + 6 * PAGE_SIZE);
	/* A goal above the node is none. */
	p = __alloc_bootmem_node(pgdat, PAGE_SIZE, PAGE_SIZE, ~0ul);
	EXPECT_EQ(virt_to_phys(p), start + 7 * PAGE_SIZE);
}

SELFTEST(early, node_goal_limit,
	 "goals and limits are kept; a goal without room gives way, a limit never")
{
	with_node(check_goal_and_limit);
}

static void check_limit_exhausts(pg_data_t *pgdat)
{
	struct bootmem_request r = {
		.pgdat = pgdat,
		.size = 2 * PAGE_SIZE,
		.align = 1,
		.limit = node.start + 2 * PAGE_SIZE - 1,
		.flags = BOOTMEM_NOPANIC,
	};

	EXPECT(!bootmem_allocate(&r));
	r.limit++;
	EXPECT(bootmem_allocate(&r));
	r.limit = 0;
	r.size = ~0ul;
	EXPECT(!bootmem_allocate(&r));
	r.size = (PAGES - 3) * PAGE_SIZE;
	EXPECT(bootmem_allocate(&r));
	EXPECT_EQ(node.data.free, 0);
	r.size = 1;
	r.align = PAGE_SIZE;
	EXPECT(!bootmem_allocate(&r));
	EXPECT(bootmem_check(NULL, &node.data));
}

SELFTEST(early, node_exhaustion, "without room a nopanic request is NULL, and takes nothing")
{
	with_node(check_limit_exhausts);
}

static void check_rounding(pg_data_t *pgdat)
{
	paddr_t start = node.start;

	reserve_bootmem_node(pgdat, start + PAGE_SIZE - 1, 2);
	EXPECT_EQ(node.data.free, PAGES - 3);
	reserve_bootmem_node(pgdat, start + PAGE_SIZE + 8, PAGE_SIZE); /* shares a page with it */
	EXPECT_EQ(node.data.free, PAGES - 4);
	free_bootmem_node(pgdat, start + 1, 3 * PAGE_SIZE - 2);
	EXPECT_EQ(node.data.free, PAGES - 3);
	free_bootmem_node(pgdat, start + 1, PAGE_SIZE - 1); /* not a whole page: nothing */
	EXPECT_EQ(node.data.free, PAGES - 3);
	free_bootmem_node(pgdat, start, 2 * PAGE_SIZE - 1);
	free_bootmem_node(pgdat, start + 2 * PAGE_SIZE, PAGE_SIZE);
	EXPECT(untouched());
}

SELFTEST(early, node_rounding, "reserving rounds outwards to pages, freeing inwards")
{
	with_node(check_rounding);
}

static void check_reserved_stays(pg_data_t *pgdat)
{
	reserve_bootmem_node(pgdat, node.start, 2 * PAGE_SIZE);
	reserve_bootmem_node(pgdat, node.start + PAGE_SIZE,
			     2 * PAGE_SIZE); /* no bug: see bootmem.h */
	EXPECT_EQ(node.data.free, PAGES - 4);
	EXPECT_EQ(virt_to_phys(__alloc_bootmem_node(pgdat, 1, 1, 0)), node.start + 3 * PAGE_SIZE);
}

SELFTEST(early, node_reserve_overlap,
	 "reserved ranges may overlap, and nothing of them is handed out")
{
	with_node(check_reserved_stays);
}

/* --- refusals: named, and nothing changed ----------------------------------------------------- */

static void check_bad_requests(pg_data_t *pgdat)
{
	void *p = NULL;

	EXPECT_BUG("bad request", p = __alloc_bootmem_node(pgdat, 0, 32, 0));
	EXPECT(!p);
	EXPECT_BUG("bad request", p = __alloc_bootmem_node(pgdat, 100, 0, 0));
	EXPECT(!p);
	EXPECT_BUG("bad request", p = __alloc_bootmem_node_limit(pgdat, 100, 24, 0, 0));
	EXPECT(!p);
	EXPECT(untouched());
}

SELFTEST(early, node_bad_request, "size 0 and an alignment that is no power of two are refused")
{
	with_node(check_bad_requests);
}

static void check_bad_frees(pg_data_t *pgdat)
{
	paddr_t start = node.start, bitmap = start + (PAGES - 1) * PAGE_SIZE;

	EXPECT_BUG("double free", free_bootmem_node(pgdat, start, PAGE_SIZE));
	EXPECT_BUG("free of the bitmap", free_bootmem_node(pgdat, bitmap, PAGE_SIZE));
	EXPECT_BUG("double free", free_bootmem_node(pgdat, bitmap - PAGE_SIZE, 2 * PAGE_SIZE));
	EXPECT_BUG("bad range", free_bootmem_node(pgdat, start, 0));
	EXPECT_BUG("bad range", free_bootmem_node(pgdat, start - 1, PAGE_SIZE));
	EXPECT_BUG("bad range", free_bootmem_node(pgdat, bitmap, PAGE_SIZE + 1));
	EXPECT_BUG("bad range", free_bootmem_node(pgdat, start, ~0ul));
	EXPECT_BUG("bad range", free_bootmem_node(pgdat, 0, PAGE_SIZE));
	EXPECT(untouched());
}

SELFTEST(early, node_bad_free, "what is free, holds the bits or is not the node's cannot be freed")
{
	with_node(check_bad_frees);
}

static void check_bad_reserves(pg_data_t *pgdat)
{
	void *p = __alloc_bootmem_node(pgdat, PAGE_SIZE + 100, PAGE_SIZE, 0);
	paddr_t pa = virt_to_phys(p);
	unsigned long before = node.data.free;

	EXPECT_BUG("reserve of allocated memory", reserve_bootmem_node(pgdat, pa, 1));
	EXPECT_BUG("reserve of allocated memory",
		   reserve_bootmem_node(pgdat, pa + PAGE_SIZE + 99, PAGE_SIZE));
	EXPECT_BUG("bad range", reserve_bootmem_node(pgdat, node.start - 1, 2));
	EXPECT_BUG("bad range", reserve_bootmem_node(pgdat, pa, 0));
	EXPECT_EQ(node.data.free, before);
	reserve_bootmem_node(pgdat, pa + PAGE_SIZE + 100, 8); /* behind it, in its last page */
	EXPECT_EQ(node.data.free, before);
	/* … so nobody is packed there any more. */
	EXPECT_EQ(virt_to_phys(__alloc_bootmem_node(pgdat, 1, 1, 0)), pa + 2 * PAGE_SIZE);
	free_bootmem_node(pgdat, pa, PAGE_SIZE);
	reserve_bootmem_node(pgdat, pa, PAGE_SIZE); /* that part is no more allocated */
	EXPECT(bootmem_check(NULL, &node.data));
}

SELFTEST(early, node_bad_reserve, "memory that is allocated cannot be reserved, to the byte")
{
	with_node(check_bad_reserves);
}

/* --- records, and bits that are not what they say --------------------------------------------- */

static void check_reserved_twice(pg_data_t *pgdat)
{
	paddr_t start = node.start;

	reserve_bootmem_node(pgdat, start + 100, 2 * PAGE_SIZE);
	reserve_bootmem_node(pgdat, start + PAGE_SIZE, PAGE_SIZE);
	EXPECT_EQ(node.data.free, PAGES - 4);
	free_bootmem_node(pgdat, start + PAGE_SIZE, PAGE_SIZE);
	EXPECT(!early_record_in(EARLY_RESERVED, start + PAGE_SIZE, start + 2 * PAGE_SIZE));
	EXPECT(early_record_in(EARLY_RESERVED, start + 100, start + PAGE_SIZE));
	EXPECT(early_record_in(EARLY_RESERVED, start + 2 * PAGE_SIZE, start + 2 * PAGE_SIZE + 1));
	/* What all of them gave up can be had. */
	EXPECT_EQ(virt_to_phys(__alloc_bootmem_node(pgdat, PAGE_SIZE, PAGE_SIZE, start)),
		  start + PAGE_SIZE);
}

SELFTEST(early, node_reserved_twice, "what was reserved twice and is freed is nobody's any more")
{
	with_node(check_reserved_twice);
}

static const struct bootmem_request of_practice = {
	.pgdat = &node.pgdat,
	.size = PAGE_SIZE,
	.align = PAGE_SIZE,
	.flags = BOOTMEM_NOPANIC,
};

/* The node offers what somebody has: nothing is given, and nothing else works on it any more. */
static void expect_broken(pg_data_t *pgdat, paddr_t taken)
{
	void *p = NULL;

	EXPECT_BUG("broken bitmap", p = bootmem_allocate(&of_practice));
	EXPECT(!p);
	EXPECT(node.data.broken);
	EXPECT(!bootmem_allocate(&of_practice));
	EXPECT_BUG("used though broken", free_bootmem_node(pgdat, taken, PAGE_SIZE));
	EXPECT_BUG("used though broken", reserve_bootmem_node(pgdat, taken, PAGE_SIZE));
}

static void check_allocated_bit(pg_data_t *pgdat)
{
	void *p = bootmem_allocate(&of_practice);

	bootmem_clear(&node.data, 0, 1);
	expect_broken(pgdat, virt_to_phys(p));
}

static void check_reserved_bit(pg_data_t *pgdat)
{
	reserve_bootmem_node(pgdat, node.start + PAGE_SIZE - 1, 1);
	bootmem_clear(&node.data, 0, 1);
	expect_broken(pgdat, node.start);
}

/* A reservation has its pages whole: other bytes of them are not given either. */
static void check_reserved_page(pg_data_t *pgdat)
{
	struct bootmem_request r = of_practice;
	void *p = NULL;

	r.size = r.align = 8;
	reserve_bootmem_node(pgdat, node.start + PAGE_SIZE - 1, 1);
	bootmem_clear(&node.data, 0, 1);
	EXPECT_BUG("broken bitmap", p = bootmem_allocate(&r));
	EXPECT(!p && node.data.broken);
}

SELFTEST(early, node_broken_bits,
	 "bits that offer what was allocated or reserved are named, and the node serves nobody")
{
	with_node(check_allocated_bit);
	with_node(check_reserved_bit);
	with_node(check_reserved_page);
}

static void check_free_of_broken(pg_data_t *pgdat)
{
	paddr_t pa = virt_to_phys(bootmem_allocate(&of_practice));

	bootmem_clear(&node.data, 0, 1);
	EXPECT_BUG("broken bitmap", free_bootmem_node(pgdat, pa, PAGE_SIZE));
	EXPECT(node.data.broken);
	EXPECT_EQ(node.data.free, PAGES - 1);
}

SELFTEST(early, node_broken_free,
	 "an owner who frees what is free by its bit is not blamed: the bit is")
{
	with_node(check_free_of_broken);
}

/* --- the hand-over ---------------------------------------------------------------------------- */

struct runs {
	pfn_t next; /* where the next one must begin */
	unsigned long free, other;
	bool gapless;
};

static void note_run(pfn_t start, pfn_t end, bool free, void *arg)
{
	struct runs *runs = arg;

	runs->gapless = runs->gapless && start == runs->next && end > start;
	runs->next = end;
	*(free ? &runs->free : &runs->other) += end - start;
}

static void check_hand_over(pg_data_t *pgdat)
{
	struct runs runs = { .next = pgdat->node_start_pfn, .gapless = true };
	void *p = NULL;

	__alloc_bootmem_node(pgdat, 3 * PAGE_SIZE, PAGE_SIZE, node.start + 4 * PAGE_SIZE);
	EXPECT(early_hand_over(pgdat, note_run, &runs, 0));
	EXPECT(runs.gapless && runs.next == pgdat_end_pfn(pgdat));
	EXPECT_EQ(runs.other, 3);
	EXPECT_EQ(runs.free, PAGES - 3); /* the bitmap's page is one of them */
	EXPECT(early_is_over(pgdat));
	EXPECT_BUG("used after the hand-over", early_hand_over(pgdat, note_run, &runs, 0));
	EXPECT_BUG("used after the hand-over", free_bootmem_node(pgdat, node.start, PAGE_SIZE));
	EXPECT_BUG("used after the hand-over", reserve_bootmem_node(pgdat, node.start, 1));
	EXPECT_BUG("used after the hand-over", p = __alloc_bootmem_node(pgdat, 1, 1, 0));
	EXPECT_BUG("used after the hand-over",
		   EXPECT_EQ(init_bootmem_node(pgdat, phys_to_pfn(node.start), 0, 1), 0));
	EXPECT_BUG("used after the hand-over", EXPECT_EQ(free_all_bootmem_node(pgdat), 0));
	EXPECT(!p);
	EXPECT_EQ(runs.other + runs.free, PAGES);
}

SELFTEST(early, node_hand_over,
	 "every page is handed over once, bitmap included, and then all is refused")
{
	with_node(check_hand_over);
}

SELFTEST(early, after_hand_over, "the machine's own nodes refuse all since they were handed over")
{
	unsigned long free = early_free_pages(), used = early_used_pages();
	paddr_t pa = pfn_to_phys(min_pfn);
	void *p = NULL;

	EXPECT_BUG("used after the hand-over", p = alloc_bootmem(100));
	EXPECT(!p);
	EXPECT_BUG("used after the hand-over", p = alloc_bootmem_node(NODE_DATA(0), 100));
	EXPECT(!p);
	EXPECT_BUG("used after the hand-over", p = alloc_bootmem_nopanic(100));
	EXPECT(!p);
	EXPECT_BUG("used after the hand-over", reserve_bootmem(pa, 1));
	EXPECT_BUG("used after the hand-over", free_bootmem(pa, PAGE_SIZE));
	EXPECT_BUG("used after the hand-over", free_bootmem(~0ul, 1));
	EXPECT_BUG("used after the hand-over", EXPECT_EQ(free_all_bootmem(), 0));
	EXPECT_BUG("used after the hand-over", EXPECT_EQ(free_all_bootmem_node(NODE_DATA(0)), 0));
	EXPECT_BUG("used after the hand-over", EXPECT_EQ(init_bootmem(min_pfn, max_pfn), 0));
	EXPECT_EQ(early_free_pages(), free);
	EXPECT_EQ(early_used_pages(), used);
	EXPECT(early_check());
}
