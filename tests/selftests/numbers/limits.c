/*
 * limits.c - each limit by itself: what lies below it and what lies at it works, one more does not
 *
 *	... │ limit - 1 │ limit │ limit + 1
 *	         works    works    is refused
 *
 * walk.h goes along the edges of a number, too, but cannot say that the largest that may succeed does.
 * limits.csv beside this file lists every number of every public function, its limit, and the test that
 * tries it; tests/host/test_limits.py compares the list with the headers.
 *
 * Read next: walk.h, for numbers that wrap.
 */
#include <errno.h>

#include "mm/early/bootmem_practice.h"
#include "mm/fixmap/fixmap.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/page/large_hash.h"
#include "mm/page/page.h"
#include "mm/page/watermark.h"
#include "mm/percpu/percpu_impl.h"
#include "mm/slab/mempool.h"
#include "mm/slab/names.h"
#include "mm/slab/own.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"
#include "mm/window/highmem_ops.h"
#include "mm/window/ioremap.h"
#include "walk.h"

enum { QUIET = GFP_KERNEL | __GFP_NOWARN };

struct limit {
	const char *name;
	unsigned long most; /* the largest number that works */
	void *(*take)(unsigned long n);
	void (*give)(void *what);
	unsigned int order; /* a block of this order, at least, must be free for it */
};

static void swallow(const struct bug_report *report __unused, const char *found __unused)
{
	selftest_excuse_bugs(1);
}

static bool works(const struct limit *limit, unsigned long n)
{
	void *what = limit->take(n);

	if (what && limit->give)
		limit->give(what);
	return what;
}

/* Can a plain request have a block of this order, and twice as much besides?  Small machines cannot. */
static bool has_block(unsigned int order)
{
	const struct zone *zone;

	if (order == 0)
		return true;
	drain_all_pages(NULL);
	zone = first_zone();
	return zone->free_area[MAX_ORDER - 1].nr_free > 1 &&
	       zone_watermark_ok(zone, order, zone->watermark[WMARK_HIGH] + (2ul << order),
				 ZONE_NORMAL, 0);
}

/* Of each row limit - 1, limit and limit + 1; NULL, or the first row of which one did not do. */
static const char *limits_hold(const struct limit *table, unsigned int rows)
{
	bug_hook_t former = bug_set_hook(swallow);
	const char *wrong = NULL;

	for (unsigned int i = 0; i < rows && !wrong; i++) {
		const struct limit *limit = &table[i];
		bool held = !works(limit, limit->most + 1);

		if (has_block(limit->order))
			held = held && works(limit, limit->most) &&
			       (limit->most == 0 || works(limit, limit->most - 1));
		if (!held)
			wrong = limit->name;
	}
	bug_set_hook(former);
	return wrong;
}

#define EXPECT_LIMITS(table)                                                                  \
	do {                                                                                  \
		const char *wrong_ = limits_hold(table, ARRAY_SIZE(table));                   \
                                                                                              \
		if (wrong_) {                                                                 \
			selftest_fail(__FILE__, __LINE__, "%s: not so at its limit", wrong_); \
			return;                                                               \
		}                                                                             \
	} while (0)

static char text[] = "text";

/* --- pages ------------------------------------------------------------------------------------ */

static unsigned int nth_order;

/* Frees what its own take() has noted the order of. */
static void give_block(void *page)
{
	__free_pages(page, nth_order);
}

static void give_address(void *address)
{
	free_pages((unsigned long)address, nth_order);
}

#define TAKE_ORDER(name_, expression)                       \
	static void *name_(unsigned long n)                 \
	{                                                   \
		nth_order = (unsigned int)n;                \
		return (void *)(unsigned long)(expression); \
	}

TAKE_ORDER(take_pages, alloc_pages(QUIET, nth_order))
TAKE_ORDER(take_pages_node, alloc_pages_node(0, QUIET, nth_order))
TAKE_ORDER(take_free_pages, __get_free_pages(QUIET, nth_order))
TAKE_ORDER(take_dma_pages, __get_dma_pages(QUIET, nth_order))
TAKE(take_on_node, alloc_pages_node((int)n, QUIET, 0))

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

static void give_page(void *page)
{
	nth_order = 0;
	give_block(page);
}

/* A bulk in which each place is filled: nothing is to be had, but all of them are counted. */
static struct page **filled;

TAKE(take_bulk, alloc_pages_bulk_array(QUIET, n, filled) == n)

/* The zone bits of a request: DMA, HIGHMEM, and then both. */
static void *take_zone_bits(unsigned long n)
{
	struct page *page = alloc_pages((gfp_t)n | __GFP_NOWARN, 0);

	if (page)
		__free_page(page);
	return page;
}

TAKE(take_watermark, zone_watermark_ok(first_zone(), (unsigned int)n, 0, ZONE_DMA, 0))

/* Buckets as large as a block may be; only one. */
static void *take_bucket(unsigned long n)
{
	unsigned int shift;

	nth_order = get_order(n);
	return alloc_large_system_hash("limits", n, 1, 0, 0, &shift, NULL, 1);
}

TAKE(take_frame, pfn_valid(n) && kmap_local_pfn(n))

static void give_frames_view(void *what __unused)
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
		{ "alloc_pages", MAX_ORDER - 1, take_pages, give_block, MAX_ORDER - 1 },
		{ "alloc_pages_node", MAX_ORDER - 1, take_pages_node, give_block, MAX_ORDER - 1 },
		{ "__get_free_pages", MAX_ORDER - 1, take_free_pages, give_address, MAX_ORDER - 1 },
		{ "__get_dma_pages", MAX_ORDER - 1, take_dma_pages, give_address, MAX_ORDER - 1 },
		{ "alloc_pages_node nid", nr_nodes - 1, take_on_node, give_page, 0 },
		{ "alloc_pages_exact", 4 * MiB, take_exact, give_exact, MAX_ORDER - 1 },
		{ "gfp", __GFP_HIGHMEM, take_zone_bits, NULL, 0 },
		{ "zone_watermark_ok", MAX_ORDER - 1, take_watermark, NULL, MAX_ORDER - 1 },
		{ "alloc_large_system_hash", 4 * MiB, take_bucket, give_address, MAX_ORDER - 1 },
		{ "pfn_valid, kmap_local_pfn", last_frame(), take_frame, give_frames_view, 0 },
	};

	static_assert(__GFP_DMA == 1 && __GFP_HIGHMEM == 2, "limit - 1, limit; both are one more");
	EXPECT_LIMITS(table);
	EXPECT(buddy_check() && fixmap_check());
}

SELFTEST(numbers, limits_bulk, "a bulk may be of as many pages as there are frames, and no more")
{
	const struct limit table[] = {
		{ "alloc_pages_bulk_array", mem_map_pages, take_bulk, NULL, 0 },
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

/* --- objects, pools, per-CPU objects ---------------------------------------------------------- */

static void give_object(void *object)
{
	kfree(object);
}

static void give_own(void *object)
{
	kfree_own(object);
}

TAKE(take_kmalloc, kmalloc(n, QUIET))
TAKE(take_kzalloc, kzalloc(n, QUIET))
TAKE(take_kmalloc_node, kmalloc_node(n, QUIET, 0))
TAKE(take_kzalloc_node, kzalloc_node(n, QUIET, 0))
TAKE(take_kmalloc_array, kmalloc_array(n, 64, QUIET))
TAKE(take_kcalloc, kcalloc(64, n, QUIET))
TAKE(take_krealloc, krealloc(NULL, n, QUIET))
TAKE(take_own, kmalloc_own(n, QUIET))
/* A copy of as many bytes as an object may have, or of none. */
static void *copy_of(unsigned long n, void *(*copy)(const void *, size_t, gfp_t))
{
	void *source = kmalloc(KMALLOC_MAX_SIZE, QUIET), *result = NULL;

	if (source || n > KMALLOC_MAX_SIZE)
		result = copy(source, n, QUIET);
	kfree(source);
	return result;
}

static void *with_nul(const void *from, size_t n, gfp_t gfp)
{
	return kmemdup_nul(from, n, gfp);
}

TAKE(take_kmemdup, copy_of(n, kmemdup))
TAKE(take_kmemdup_nul, copy_of(n, with_nul))
TAKE(take_object_node, kmalloc_node(8, QUIET, (int)n))

SELFTEST(numbers, limits_objects, "objects may have 4 MiB, by whichever function they are had")
{
	const unsigned int order = MAX_ORDER - 1;
	const struct limit table[] = {
		{ "kmalloc", KMALLOC_MAX_SIZE, take_kmalloc, give_object, order },
		{ "kzalloc", KMALLOC_MAX_SIZE, take_kzalloc, give_object, order },
		{ "kmalloc_node", KMALLOC_MAX_SIZE, take_kmalloc_node, give_object, order },
		{ "kzalloc_node", KMALLOC_MAX_SIZE, take_kzalloc_node, give_object, order },
		{ "kmalloc_array", KMALLOC_MAX_SIZE / 64, take_kmalloc_array, give_object, order },
		{ "kcalloc", KMALLOC_MAX_SIZE / 64, take_kcalloc, give_object, order },
		{ "krealloc", KMALLOC_MAX_SIZE, take_krealloc, give_object, order },
		{ "kmalloc_own", KMALLOC_MAX_SIZE, take_own, give_own, order },
		{ "kmemdup", KMALLOC_MAX_SIZE, take_kmemdup, give_object, order },
		{ "kmemdup_nul", KMALLOC_MAX_SIZE - 1, take_kmemdup_nul, give_object, order },
		{ "kmalloc_node node", nr_nodes - 1, take_object_node, give_object, 0 },
	};

	EXPECT_LIMITS(table);
	EXPECT(slab_check());
}

static void give_cache(void *cache)
{
	kmem_cache_destroy(cache);
}

TAKE(take_cache, kmem_cache_create("limits", (unsigned int)n, 0, 0, NULL))
/* 2^n. */
TAKE(take_cache_align, kmem_cache_create("limits", 8, 1u << n, 0, NULL))

/* A name of n characters. */
static void *take_cache_name(unsigned long n)
{
	char name[KMEM_CACHE_NAME_MAX + 2];

	__builtin_memset(name, 'x', n);
	name[n] = '\0';
	return kmem_cache_create(name, 8, 0, 0, NULL);
}

static void give_pool(void *pool)
{
	mempool_destroy(pool);
}

TAKE(take_pool_order, mempool_create_page_pool(1, (int)n))
TAKE(take_pool_size, mempool_create_kmalloc_pool(1, n))

/* An object of n elements less: so that one more is none. */
enum { NONE_BELOW = 1000 };
TAKE(take_pool_least, mempool_create_kmalloc_pool(NONE_BELOW + 1 - (int)n, 8))

static void give_percpu(void *object)
{
	free_percpu(object);
}

TAKE(take_percpu, __alloc_percpu(n, 8))
TAKE(take_percpu_gfp, __alloc_percpu_gfp(n, 8, QUIET))
TAKE(take_percpu_align, __alloc_percpu(8, 1ul << n))

SELFTEST(numbers, limits_caches, "sizes, alignments and names of caches, pools and per-CPU objects")
{
	static const struct limit table[] = {
		{ "kmem_cache_create", KMALLOC_MAX_SIZE, take_cache, give_cache, 0 },
		{ "kmem_cache_create align", PAGE_SHIFT, take_cache_align, give_cache, 0 },
		{ "kmem_cache_create name", KMEM_CACHE_NAME_MAX - 1, take_cache_name, give_cache,
		  0 },
		{ "mempool_create_page_pool order", MAX_ORDER - 1, take_pool_order, give_pool,
		  MAX_ORDER - 1 },
		{ "mempool_create_kmalloc_pool", KMALLOC_MAX_SIZE, take_pool_size, give_pool,
		  MAX_ORDER - 1 },
		{ "mempool min_nr", NONE_BELOW, take_pool_least, give_pool, 0 },
		{ "__alloc_percpu", PERCPU_OBJECT_MAX, take_percpu, give_percpu, 5 },
		{ "__alloc_percpu_gfp", PERCPU_OBJECT_MAX, take_percpu_gfp, give_percpu, 5 },
		{ "__alloc_percpu align", PAGE_SHIFT, take_percpu_align, give_percpu, 0 },
	};

	EXPECT_LIMITS(table);
	EXPECT(slab_check() && percpu_check());
}

/* --- areas ------------------------------------------------------------------------------------ */

/* The window's last pages: a range in which the largest area has one page less. */
enum { RANGE = 8 };

static void give_area(void *area)
{
	vfree(area);
}

static void give_vm_area(void *area)
{
	remove_vm_area(((struct vm_struct *)area)->addr);
	kfree(area);
}

static void *in_range(unsigned long size, unsigned long align, unsigned long start,
		      unsigned long end)
{
	return __vmalloc_node_range(size, align, start, end, QUIET, PAGE_KERNEL, 0, NUMA_NO_NODE,
				    text);
}

TAKE(take_range, in_range(n, 1, VMALLOC_END - RANGE * PAGE_SIZE, VMALLOC_END))
TAKE(take_range_end, in_range(PAGE_SIZE, 1, VMALLOC_END - RANGE * PAGE_SIZE, n))
TAKE(take_range_start, in_range(PAGE_SIZE, 1, n, VMALLOC_END))
TAKE(take_area, __get_vm_area(n, VM_ALLOC, VMALLOC_END - RANGE * PAGE_SIZE, VMALLOC_END))
TAKE(take_area_end, __get_vm_area(PAGE_SIZE, VM_ALLOC, VMALLOC_END - RANGE * PAGE_SIZE, n))
TAKE(take_area_start, __get_vm_area(PAGE_SIZE, VM_ALLOC, n, VMALLOC_END))
TAKE(take_area_node, get_vm_area_node(PAGE_SIZE, VM_ALLOC, (int)n))
TAKE(take_area_node_in, __get_vm_area_node(PAGE_SIZE, VM_ALLOC, VMALLOC_START, VMALLOC_END, (int)n))
TAKE(take_vmalloc_node, vmalloc_node(PAGE_SIZE, (int)n))
TAKE(take_vzalloc_node, vzalloc_node(PAGE_SIZE, (int)n))

SELFTEST(numbers, limits_areas,
	 "areas end a guard page before their range, which ends in the window")
{
	const unsigned long most = (RANGE - 1) * PAGE_SIZE, last = VMALLOC_END - 2 * PAGE_SIZE;
	const struct limit table[] = {
		{ "__vmalloc_node_range", most, take_range, give_area, 0 },
		{ "__vmalloc_node_range start", last, take_range_start, give_area, 0 },
		{ "__vmalloc_node_range end", VMALLOC_END, take_range_end, give_area, 0 },
		{ "__get_vm_area", most, take_area, give_vm_area, 0 },
		{ "__get_vm_area start", last, take_area_start, give_vm_area, 0 },
		{ "__get_vm_area end", VMALLOC_END, take_area_end, give_vm_area, 0 },
		{ "get_vm_area_node node", nr_nodes - 1, take_area_node, give_vm_area, 0 },
		{ "__get_vm_area_node node", nr_nodes - 1, take_area_node_in, give_vm_area, 0 },
		{ "vmalloc_node node", nr_nodes - 1, take_vmalloc_node, give_area, 0 },
		{ "vzalloc_node node", nr_nodes - 1, take_vzalloc_node, give_area, 0 },
	};

	EXPECT_LIMITS(table);
	EXPECT(vmap_check());
}

static struct page *part;
static void *shown;

TAKE(take_ioremap_end, ioremap(~0ul - 9, n))
TAKE(take_ioremap_wc_end, ioremap_wc(~0ul - 9, n))
TAKE(take_ioremap_cache_end, ioremap_cache(~0ul - 9, n))

static void give_ioremap(void *registers)
{
	iounmap(registers);
}

/* From so many pages on to the end: of four. */
static void *take_pgoff(unsigned long n)
{
	struct vm_area_struct vma = { 0, PAGE_SIZE };

	return remap_vmalloc_range(&vma, shown, n) == -ENOSYS ? text : NULL;
}

static void *take_shown_pages(unsigned long n)
{
	struct vm_area_struct vma = { 0, n * PAGE_SIZE };

	return remap_vmalloc_range(&vma, shown, 0) == -ENOSYS ? text : NULL;
}

SELFTEST(numbers, limits_views, "what is shown ends with its area, registers with physical memory")
{
	static const struct limit table[] = {
		{ "ioremap", 10, take_ioremap_end, give_ioremap, 0 },
		{ "ioremap_wc", 10, take_ioremap_wc_end, give_ioremap, 0 },
		{ "ioremap_cache", 10, take_ioremap_cache_end, give_ioremap, 0 },
		{ "remap_vmalloc_range pgoff", 3, take_pgoff, NULL, 0 },
		{ "remap_vmalloc_range size", 4, take_shown_pages, NULL, 0 },
	};
	const char *wrong;

	shown = vmalloc_user(4 * PAGE_SIZE);
	EXPECT(shown);
	wrong = limits_hold(table, ARRAY_SIZE(table));
	vfree(shown);
	EXPECT(!wrong);
	EXPECT(vmap_check());
}

/* --- parts of pages, slots -------------------------------------------------------------------- */

static unsigned long refused;

static void count_refusal(const struct bug_report *report __unused, const char *found __unused)
{
	selftest_excuse_bugs(1);
	refused++;
}

/* 1 when the statement is not reported. */
#define TAKE_QUIET(name_, statement)                             \
	static void *name_(unsigned long n)                      \
	{                                                        \
		const unsigned long before = refused;            \
		bug_hook_t former = bug_set_hook(count_refusal); \
                                                                 \
		statement;                                       \
		bug_set_hook(former);                            \
		return refused == before ? text : NULL;          \
	}

SELFTEST_TABLE(char, whole, PAGE_SIZE + 1);

TAKE_QUIET(take_memset, memset_page(part, 8, 0, n))
TAKE_QUIET(take_memset_offset, memset_page(part, n, 0, 8))
TAKE_QUIET(take_copy_to, memcpy_to_page(part, 8, whole, n))
TAKE_QUIET(take_copy_to_offset, memcpy_to_page(part, n, whole, 8))
TAKE_QUIET(take_copy_from, memcpy_from_page(whole, part, 8, n))
TAKE_QUIET(take_copy_from_offset, memcpy_from_page(whole, part, n, 8))
TAKE_QUIET(take_copy, memcpy_page(part, 0, part, 8, n))
TAKE_QUIET(take_copy_dst, memcpy_page(part, n, part, 0, 8))
TAKE_QUIET(take_copy_src, memcpy_page(part, 0, part, n, 8))
TAKE_QUIET(take_zero, zero_user(part, 8, (unsigned int)n))
TAKE_QUIET(take_zero_start, zero_user(part, (unsigned int)n, 8))
TAKE_QUIET(take_segment, zero_user_segment(part, 8, (unsigned int)n))
TAKE_QUIET(take_first_end, zero_user_segments(part, 8, (unsigned int)n, 0, 0))
TAKE_QUIET(take_second_end, zero_user_segments(part, 0, 0, 8, (unsigned int)n))
TAKE_QUIET(take_constant, fixmap_address((unsigned int)n))

static void *take_slot(unsigned long n)
{
	return fixmap_set((unsigned int)n, page_to_phys(part), FIXMAP_PAGE_RO) &&
			       fixmap_clear((unsigned int)n)
		       ? text
		       : NULL;
}

static void *take_index(unsigned long n)
{
	return fixmap_index(n) != __end_of_fixed_addresses ? text : NULL;
}

TAKE(take_early, early_map(page_to_phys(part), n))
TAKE(take_early_end, early_map(~0ul - 9, n))

static void give_early(void *va)
{
	early_unmap(va);
}

SELFTEST(numbers, limits_windows, "parts end with their page, slots with the last of their kind")
{
	const unsigned long room = PAGE_SIZE - 8, early = (FIX_EARLY_LAST - FIX_EARLY_FIRST + 1)
							  << PAGE_SHIFT;
	const struct limit table[] = {
		{ "memset_page", room, take_memset, NULL, 0 },
		{ "memset_page offset", room, take_memset_offset, NULL, 0 },
		{ "memcpy_to_page", room, take_copy_to, NULL, 0 },
		{ "memcpy_to_page offset", room, take_copy_to_offset, NULL, 0 },
		{ "memcpy_from_page", room, take_copy_from, NULL, 0 },
		{ "memcpy_from_page offset", room, take_copy_from_offset, NULL, 0 },
		{ "memcpy_page", room, take_copy, NULL, 0 },
		{ "memcpy_page dst", room, take_copy_dst, NULL, 0 },
		{ "memcpy_page src", room, take_copy_src, NULL, 0 },
		{ "zero_user", room, take_zero, NULL, 0 },
		{ "zero_user start", room, take_zero_start, NULL, 0 },
		{ "zero_user_segment end", PAGE_SIZE, take_segment, NULL, 0 },
		{ "zero_user_segments end1", PAGE_SIZE, take_first_end, NULL, 0 },
		{ "zero_user_segments end2", PAGE_SIZE, take_second_end, NULL, 0 },
		{ "fixmap_set", FIX_USER_LAST, take_slot, NULL, 0 },
		{ "fixmap_address", __end_of_fixed_addresses - 1, take_constant, NULL, 0 },
		{ "fixmap_index", __fix_to_virt(__end_of_fixed_addresses) - 1, take_index, NULL,
		  0 },
		{ "early_map", early, take_early, give_early, 0 },
		{ "early_map at the end", 10, take_early_end, give_early, 0 },
	};
	const char *wrong;

	part = alloc_page(GFP_KERNEL);
	EXPECT(part);
	wrong = limits_hold(table, ARRAY_SIZE(table));
	__free_page(part);
	if (wrong)
		selftest_fail(__FILE__, __LINE__, "%s: not so at its limit", wrong);
	EXPECT(fixmap_check());
}

/* --- boot memory ------------------------------------------------------------------------------ */

enum { ORDER = 5, PAGES = (1 << ORDER) - 1 };

static struct practice_node node;

static void *request(unsigned long size, unsigned long align, unsigned long goal,
		     unsigned long limit)
{
	const struct bootmem_request r = {
		&node.pgdat, size, align, goal, limit, BOOTMEM_NOPANIC, _RET_IP_,
	};

	return bootmem_allocate(&r);
}

static void give_boot(void *what)
{
	free_bootmem_node(&node.pgdat, virt_to_phys(what), PAGE_SIZE);
}

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
TAKE(take_boot_limit, request(PAGE_SIZE, PAGE_SIZE, 0, node.start + 2 * PAGE_SIZE - n))

/* Reserved and freed again: so many bytes from the node's first page on. */
static void *take_reserved(unsigned long n)
{
	const unsigned long before = node.data.free;
	unsigned long after;

	reserve_bootmem_node(&node.pgdat, node.start, n);
	after = node.data.free;
	if (after != before) /* the bitmap, in the last page, stays */
		free_bootmem_node(&node.pgdat, node.start, PAGES * PAGE_SIZE);
	return after != before && node.data.free == before ? text : NULL;
}

SELFTEST(numbers, limits_boot, "boot memory's sizes end with the node, places with the limit")
{
	static const struct limit table[] = {
		{ "bootmem size", PAGES * PAGE_SIZE, take_boot, give_boot_size, 0 },
		{ "bootmem limit", PAGE_SIZE, take_boot_limit, give_boot, 0 },
		{ "reserve_bootmem_node", (PAGES + 1) * PAGE_SIZE, take_reserved, NULL, 0 },
	};
	const char *wrong;

	if (!practice_begin(&node, ORDER))
		SKIP("no block of order %d", ORDER);
	wrong = limits_hold(table, ARRAY_SIZE(table));
	practice_end(&node);
	if (wrong)
		selftest_fail(__FILE__, __LINE__, "%s: not so at its limit", wrong);
}
