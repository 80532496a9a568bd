/*
 * told.c - claims about what the page allocator's refusals say: each field of each report
 *
 * Who called is the runner's to look at; family, mistake, object, what was expected and what was found
 * are compared here, to the letter.
 */
#include "kernel/selftest/selftest.h"
#include "mm/fixmap/fixmap.h"
#include "mm/page/large_hash.h"
#include "mm/page/page_debug.h"
#include "mm/page/page_impl.h"
#include "mm/page/page_view.h"
#include "mm/page/pcp.h"
#include "mm/page/reserved.h"

#define CHECK_TOLD(what, object, expected, statement, ...)                                      \
	do {                                                                                    \
		CHECK_BUG(what, statement);                                                     \
		if (!selftest_bug_was("page", (const void *)(object), expected, __VA_ARGS__)) { \
			selftest_fail(__FILE__, __LINE__, "\"%s\" reported otherwise", what);   \
			return false;                                                           \
		}                                                                               \
	} while (0)

static const char a_block[] = "the head of an allocated block";

/* "; allocated by …, freed by …", as DEBUG builds add it. */
static const char *past(const struct page *page)
{
	static char history[PAGE_HISTORY];

	return page_debug_history(page, history, sizeof(history));
}

/* --- frees ------------------------------------------------------------------------------------ */

/* A block of four that is held. */
static bool held_is_told(struct page *page)
{
	const pfn_t pfn = page_to_pfn(page);

	CHECK_TOLD("wrong order", page, a_block, __free_pages(page, 3),
		   "pfn 0x%lx, used, order 2, order 3 given%s", pfn, past(page));
	CHECK_TOLD("tail page", page + 1, a_block, __free_page(page + 1),
		   "pfn 0x%lx, inside a block of order 2 that is used, order 0 given%s", pfn + 1,
		   past(page + 1));
	CHECK_TOLD("tail page", page + 3, a_block, put_page(page + 3),
		   "pfn 0x%lx, inside a block of order 2 that is used, order 0 given%s", pfn + 3,
		   past(page + 3));
	CHECK_TOLD("split of what is no plain block of this order", page, "an allocated page",
		   split_page(page, 1), "pfn 0x%lx, flags 0x%lx, 1 references%s", pfn,
		   (unsigned long)page->flags, past(page));
	return true;
}

/* The same, while a family owns it. */
static bool owned_is_told(struct page *page, enum page_owner owner)
{
	const pfn_t pfn = page_to_pfn(page);
	const char *name = page_owner_name(owner);

	CHECK_TOLD("owned by a family", page, a_block, __free_pages(page, 2),
		   "pfn 0x%lx, used by %s, order 2, order 2 given%s", pfn, name, past(page));
	CHECK_TOLD("tail page", page + 2, a_block, __free_page(page + 2),
		   "pfn 0x%lx, inside a block of order 2 that is used by %s, order 0 given%s",
		   pfn + 2, name, past(page + 2));
	return true;
}

SELFTEST(page, told_held, "a refused free of what is held tells frame, block, owner and order")
{
	struct page *page = alloc_pages(GFP_KERNEL, 2);
	bool told;

	EXPECT(page);
	told = held_is_told(page);
	for (enum page_owner owner = OWNER_SLAB; owner <= OWNER_QUARANTINE; owner++) {
		page_set_owner(page, owner);
		told = told && owned_is_told(page, owner);
	}
	page_set_owner(page, OWNER_HELD);
	__free_pages(page, 2);
	EXPECT(told);
}

/* Of four single pages the first two are free, as one block; and before that the first, alone. */
static bool freed_is_told(struct page *page)
{
	const pfn_t pfn = page_to_pfn(page);

	__free_page(page);
	if (pcp_highest_order >= 0 && page_state(page) == PAGE_PCP)
		CHECK_TOLD("double free", page, a_block, __free_page(page),
			   "pfn 0x%lx, %s, order 0, order 0 given%s", pfn,
			   page_state_name(PAGE_PCP), past(page));
	drain_all_pages(NULL);
	CHECK_TOLD("double free", page, a_block, __free_pages(page, 1),
		   "pfn 0x%lx, %s, order 0, order 1 given%s", pfn, page_state_name(PAGE_FREE),
		   past(page));
	CHECK_TOLD("reference to a page that is not in use", page, "an allocated page",
		   get_page(page), "pfn 0x%lx, flags 0x%lx, 0 references%s", pfn,
		   (unsigned long)page->flags, past(page));
	__free_page(page + 1);
	drain_all_pages(NULL);
	CHECK_TOLD("double free", page + 1, a_block, __free_page(page + 1),
		   "pfn 0x%lx, inside a block of order 1 that is %s, order 0 given%s", pfn + 1,
		   page_state_name(PAGE_FREE), past(page + 1));
	return true;
}

SELFTEST(page, told_freed,
	 "a refused second free tells whether the page lies in a larger block by now")
{
	struct page *page = alloc_pages(GFP_KERNEL, 2);
	bool told;

	EXPECT(page);
	split_page(page, 2);
	told = freed_is_told(page);
	for (unsigned int i = told ? 2 : 0; i < 4; i++)
		if (page_state(page + i) == PAGE_USED)
			__free_page(page + i);
	EXPECT(told);
}

static bool wild_is_told(void)
{
	struct page *askew = (struct page *)((char *)mem_map + 4);
	const unsigned long unaligned = PAGE_OFFSET + PAGE_SIZE + 8,
			    high = (unsigned long)high_memory;
	const struct page *reserved = virt_to_page(mem_map);

	CHECK_TOLD("wild pointer", askew, "a struct page of mem_map", __free_pages(askew, 4),
		   "%p, order 4", (void *)askew);
	CHECK_TOLD("wild pointer", mem_map + mem_map_pages, "a struct page of mem_map",
		   __free_page(mem_map + mem_map_pages), "%p, order 0",
		   (void *)(mem_map + mem_map_pages));
	CHECK_TOLD("wild pointer", unaligned, "a page's address: a multiple of 4096",
		   free_pages(unaligned, 2), "%p, order 2", (void *)unaligned);
	CHECK_TOLD("wild pointer", high, "an address of lowmem", free_page(high), "%p, order 0",
		   (void *)high);
	CHECK_TOLD("reserved page", reserved, a_block, __free_page((struct page *)reserved),
		   "pfn 0x%lx, %s, order 0, order 0 given%s", page_to_pfn(reserved),
		   page_state_name(PAGE_RESERVED), past(reserved));
	return true;
}

SELFTEST(page, told_wild,
	 "a refused free of no page tells the pointer, and what it should have been")
{
	EXPECT(wild_is_told());
}

/* --- requests and sizes ----------------------------------------------------------------------- */

static bool requests_are_told(void)
{
	struct page *page = NULL, *array[1] = { NULL };
	unsigned long number = 0;

	CHECK_TOLD("bad order", NULL, "0 to 10", page = alloc_pages(GFP_KERNEL, MAX_ORDER),
		   "order 11 gfp 0x%x", GFP_KERNEL);
	CHECK_TOLD("bad zone", NULL, "at most one of DMA and HIGHMEM",
		   page = alloc_pages(__GFP_DMA | __GFP_HIGHMEM, 1), "order 1 gfp 0x%x",
		   __GFP_DMA | __GFP_HIGHMEM);
	CHECK_TOLD("bad node", NULL, "a node of this machine, or -1",
		   page = alloc_pages_node((int)nr_nodes, GFP_KERNEL, 2), "order 2 gfp 0x%x",
		   GFP_KERNEL);
	CHECK_TOLD("bad zone", NULL, "lowmem, since an address is asked for",
		   number = __get_free_pages(GFP_HIGHUSER, 3), "order 3 gfp 0x%x", GFP_HIGHUSER);
	CHECK_TOLD("bad zone", NULL, "lowmem, since an address is asked for",
		   number |= get_zeroed_page(GFP_HIGHUSER), "order 0 gfp 0x%x", GFP_HIGHUSER);
	CHECK_TOLD("bad size", NULL, "1 byte to 4 MiB",
		   number |= (unsigned long)alloc_pages_exact(4 * MiB + 1, GFP_KERNEL), "%lu bytes",
		   (unsigned long)(4 * MiB + 1));
	CHECK_TOLD("bad size", NULL, "1 byte to 4 MiB", free_pages_exact(high_memory, 0),
		   "0 bytes");
	CHECK_TOLD("bulk of too many", array, "no more pages than the machine has frames",
		   number |= alloc_pages_bulk_array(GFP_KERNEL, mem_map_pages + 1, array),
		   "%lu pages, of %lu frames", mem_map_pages + 1, mem_map_pages);
	return !page && !number;
}

SELFTEST(page, told_requests,
	 "a refused request tells what was asked for, and what might have been")
{
	EXPECT(requests_are_told());
}

/* --- reserved memory, windows, tables --------------------------------------------------------- */

static bool reserved_is_told(u8 *held)
{
	u8 *high = high_memory;
	static const char reserved[] = "a page of lowmem that the allocator was never given";
	const struct page *page = virt_to_page(held);
	unsigned long freed = 0;

	CHECK_TOLD("not a reserved page", held, reserved,
		   freed = free_reserved_area(held, held + PAGE_SIZE, -1, NULL),
		   "pfn 0x%lx, flags 0x%lx", page_to_pfn(page), (unsigned long)page->flags);
	CHECK_TOLD("not a reserved page", high_memory, reserved,
		   freed += free_reserved_area(high, high + PAGE_SIZE, -1, NULL), "%p",
		   high_memory);
	return !freed;
}

static bool shown_is_told(struct page *page)
{
	pfn_t pfn;

	if (!debug_build)
		return true;
	set_fixmap(FIX_USER_LAST, page_to_phys(page));
	CHECK_TOLD("still mapped", page, "pages that nothing shows", __free_page(page),
		   "pfn 0x%lx in %s%s", page_to_pfn(page), fixmap_shows(page_to_pfn(page), 1, &pfn),
		   past(page));
	return true;
}

SELFTEST(page, told_held_elsewhere,
	 "a refused release of a held or a shown page tells the page and why")
{
	struct page *page = alloc_page(GFP_KERNEL);
	bool told, shown;

	EXPECT(page);
	told = reserved_is_told(lowmem_page_address(page));
	shown = shown_is_told(page);
	if (debug_build)
		clear_fixmap(FIX_USER_LAST);
	__free_page(page);
	EXPECT(told && shown);
}

SELFTEST(page, told_table, "a refused hash table tells its name, buckets and flags")
{
	static const char
		name[] = "a test",
		sound[] = "buckets of 1 byte to 4 MiB, HASH_EARLY only before the hand-over";
	void *table = NULL;

	EXPECT_REFUSAL("early", "bad hash table", name, sound,
		       table = alloc_large_system_hash(name, 0, 1, 0, HASH_HIGHMEM, NULL, NULL, 0),
		       "a test: buckets of 0 bytes, flags 0x1");
	EXPECT_REFUSAL("early", "bad hash table", name, sound,
		       table = alloc_large_system_hash(name, 4 * MiB + 1, 1, 0, 0, NULL, NULL, 0),
		       "a test: buckets of %lu bytes, flags 0x0", (unsigned long)(4 * MiB + 1));
	EXPECT(!table);
}
