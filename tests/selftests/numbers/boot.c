/*
 * boot.c - sizes, alignments, goals, limits and ranges of boot memory, on a node to practise on
 *
 * Every public form of allocating is bootmem_allocate() with a request of its own; those that panic
 * when there is none cannot be walked.  The forms without a node are walked at their boot stage, by
 * tests/selftests/early/bootmem_stage.c.
 */
#include "mm/early/early.h"
#include "mm/early/bootmem_practice.h"
#include "limit.h"
#include "walk.h"

enum { ORDER = 5, BYTES = (1 << ORDER) * PAGE_SIZE, ROOM = BYTES - PAGE_SIZE };

static struct practice_node node;
static char text[] = "text";

static void *request(unsigned long size, unsigned long align, unsigned long goal,
		     unsigned long limit)
{
	const struct bootmem_request r = {
		&node.pgdat, size, align, goal, limit, BOOTMEM_NOPANIC, _RET_IP_,
	};

	return bootmem_allocate(&r);
}

/* In the node, and all of it: the whole page of what was taken is freed. */
static void give_page(void *what)
{
	free_bootmem_node(&node.pgdat, virt_to_phys(what) & PAGE_MASK, PAGE_SIZE);
}

static void *take_size(unsigned long n)
{
	void *got = request(n, PAGE_SIZE, 0, 0);

	if (!got || n > ROOM)
		return got;
	free_bootmem_node(&node.pgdat, virt_to_phys(got), ALIGN(n, PAGE_SIZE));
	return NULL;
}

/* Small ones are packed, which adds to where the newest one ended. */
static void *take_packed(unsigned long n)
{
	void *first = request(100, 1, 0, 0),
	     *second = n > PAGE_SIZE / 2 && n <= ROOM ? NULL : request(n, 1, 0, 0);

	give_page(first);
	return second && n > ROOM ? text : NULL;
}

/* Powers of two; the node has a page for most. */
static void *take_align(unsigned long n)
{
	void *got = request(1, n, 0, 0);
	bool sound = got && is_power_up_to(n, 1ul << 31) && IS_ALIGNED(virt_to_phys(got), n);

	if (got)
		give_page(got);
	return !got || sound ? NULL : text;
}

/* A goal is a wish. */
static void *take_goal(unsigned long n)
{
	void *got = request(PAGE_SIZE, PAGE_SIZE, n, 0);

	if (!got)
		return text;
	give_page(got);
	return NULL;
}

/* A limit is none: 0 says that there is none. */
static void *take_limit(unsigned long n)
{
	void *got = request(PAGE_SIZE, PAGE_SIZE, 0, n);
	bool sound = !got || n == 0 || virt_to_phys(got) + PAGE_SIZE <= n;

	if (got)
		give_page(got);
	return sound ? NULL : text;
}

/* Is the node as it began?  What it is asked to reserve or to free lies in it in no case. */
static void *unless_untouched(void)
{
	return node.data.free == node.free_pages && bootmem_check(NULL, &node.data) ? NULL : text;
}

static void *take_reserve(unsigned long n)
{
	if (n == 0 || n > BYTES)
		reserve_bootmem_node(&node.pgdat, node.start, n);
	return unless_untouched();
}

static void *take_reserve_at(unsigned long n)
{
	reserve_bootmem_node(&node.pgdat, n, 2 * PAGE_SIZE);
	reserve_bootmem(n, 2 * PAGE_SIZE);
	return unless_untouched();
}

static void *take_free(unsigned long n)
{
	if (n == 0 || n > BYTES)
		free_bootmem_node(&node.pgdat, node.start, n);
	return unless_untouched();
}

static void *take_free_at(unsigned long n)
{
	free_bootmem_node(&node.pgdat, n, 2 * PAGE_SIZE);
	free_bootmem(n, 2 * PAGE_SIZE);
	return unless_untouched();
}

/* A node whose frames, or whose bitmap, lie nowhere. */
static void *try_node(pfn_t map, pfn_t start, pfn_t end)
{
	struct bootmem_data fresh = {};
	pg_data_t other = { .node_id = -1, .bdata = &fresh };

	return init_bootmem_node(&other, map, start, end) ? text : NULL;
}

TAKE(take_node_start, try_node(node.pgdat.node_start_pfn, n, n + 1))
TAKE(take_node_end, try_node(node.pgdat.node_start_pfn, n - 1, n))
TAKE(take_node_map, n >= min_pfn && n < max_pfn ? NULL : try_node(n, 0, 1))

/* As many pages as hold a bit for each. */
static void *take_bitmap_pages(unsigned long n)
{
	const unsigned long bits = 8 * PAGE_SIZE;

	return bootmem_bootmap_pages(n) == n / bits + (n % bits != 0) ? NULL : text;
}

SELFTEST(numbers, boot,
	 "sizes, places and ranges of boot memory are looked at before they are rounded")
{
	const unsigned long last = phys_to_pfn(~(paddr_t)0);
	const struct walked table[] = {
		{ "bootmem size", 1, 0, false, take_size, NULL },
		{ "bootmem size, packed", 1, 0, false, take_packed, NULL },
		{ "bootmem align", 1, 0, false, take_align, NULL },
		{ "bootmem goal", 1, 0, false, take_goal, NULL },
		{ "bootmem limit", 1, 0, false, take_limit, NULL },
		{ "reserve_bootmem size", 1, 0, false, take_reserve, NULL },
		{ "reserve_bootmem at", 1, 0, false, take_reserve_at, NULL },
		{ "free_bootmem size", 1, 0, false, take_free, NULL },
		{ "free_bootmem at", 1, 0, false, take_free_at, NULL },
		{ "init_bootmem_node start", PAGE_SIZE, last, true, take_node_start, NULL },
		{ "init_bootmem_node end", PAGE_SIZE, last + 1, false, take_node_end, NULL },
		{ "init_bootmem_node map", PAGE_SIZE, 0, false, take_node_map, NULL },
		{ "bootmem_bootmap_pages", 1, 0, false, take_bitmap_pages, NULL },
	};
	const char *wrong;

	if (!practice_begin(&node, ORDER))
		SKIP("no pages to practise on");
	wrong = walk_all(table, ARRAY_SIZE(table));
	practice_end(&node);
	if (wrong)
		selftest_fail(__FILE__, __LINE__, "%s", wrong);
}

/* --- without a node, at the boot stage -------------------------------------------------------- */

static unsigned long taken;

static void *take_nopanic(unsigned long n)
{
	taken = n;
	return __alloc_bootmem_nopanic(n, PAGE_SIZE, 0);
}

static void *take_early(unsigned long n)
{
	taken = n;
	return early_alloc_nopanic(n, PAGE_SIZE, _RET_IP_);
}

static void give_taken(void *what)
{
	early_free(virt_to_phys(what), ALIGN(taken, PAGE_SIZE));
}

static void *take_nopanic_goal(unsigned long n)
{
	taken = PAGE_SIZE;
	return __alloc_bootmem_nopanic(PAGE_SIZE, PAGE_SIZE, n);
}

/* Ranges that lie nowhere, or are none. */
static void *take_nowhere(unsigned long n)
{
	unsigned long before = early_free_pages();

	if (pfn_present(phys_to_pfn(n)))
		return NULL; /* of 1 GiB, 2^31 is the middle */
	free_bootmem(n, 2 * PAGE_SIZE);
	early_free(n, 2 * PAGE_SIZE);
	reserve_bootmem(n, 2 * PAGE_SIZE);
	return early_free_pages() != before ? text : NULL;
}

static void *take_too_long(unsigned long n)
{
	unsigned long before = early_free_pages();

	if (n && n <= PAGE_SIZE)
		return NULL;
	free_bootmem(pfn_to_phys(max_pfn - 1), n);
	early_free(pfn_to_phys(max_pfn - 1), n);
	reserve_bootmem(pfn_to_phys(max_pfn - 1), n);
	return early_free_pages() != before ? text : NULL;
}

const char *walk_boot_stage(void)
{
	const unsigned long all = (max_pfn - min_pfn) << PAGE_SHIFT;
	const struct walked table[] = {
		{ "__alloc_bootmem_nopanic", 1, all, false, take_nopanic, give_taken },
		{ "__alloc_bootmem_nopanic goal", 1, ~0ul, true, take_nopanic_goal, give_taken },
		{ "early_alloc_nopanic", 1, all, false, take_early, give_taken },
		{ "free and reserve at", 1, 0, false, take_nowhere, NULL },
		{ "free and reserve of", 1, 0, false, take_too_long, NULL },
	};

	return walk_all(table, ARRAY_SIZE(table));
}

/* --- at the limit ----------------------------------------------------------------------------- */

static unsigned long boot_size;

static void *take_boot(unsigned long n)
{
	boot_size = ALIGN(n, PAGE_SIZE);
	return request(n, PAGE_SIZE, 0, 0);
}

static void give_boot_size(void *what)
{
	free_bootmem_node(&node.pgdat, virt_to_phys(what), boot_size);
}

/* One page below the limit, from behind: with so many bytes less below it than a page needs, none. */
TAKE(take_below, request(PAGE_SIZE, PAGE_SIZE, 0, node.start + 2 * PAGE_SIZE - n))

/* Reserved and freed again: so many bytes from the node's first page on. */
static void *take_reserved_size(unsigned long n)
{
	const unsigned long before = node.data.free;
	unsigned long after;

	reserve_bootmem_node(&node.pgdat, node.start, n);
	after = node.data.free;
	if (after != before) /* the bitmap, in the last page, stays */
		free_bootmem_node(&node.pgdat, node.start, ROOM);
	return after != before && node.data.free == before ? text : NULL;
}

SELFTEST(numbers, limits_boot, "boot memory's sizes end with the node, places with the limit")
{
	static const struct limit table[] = {
		{ "bootmem size", ROOM, take_boot, give_boot_size, 0 },
		{ "bootmem limit", PAGE_SIZE, take_below, give_page, 0 },
		{ "reserve_bootmem_node", BYTES, take_reserved_size, NULL, 0 },
	};
	const char *wrong;

	if (!practice_begin(&node, ORDER))
		SKIP("no block of order %d", ORDER);
	wrong = limits_hold(table, ARRAY_SIZE(table));
	practice_end(&node);
	if (wrong)
		selftest_fail(__FILE__, __LINE__, "%s: not so at its limit", wrong);
}
