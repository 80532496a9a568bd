/*
 * page_break.c - mistakes of those who use pages, committed on purpose: one for each refusal
 *
 *	remember() ──> the mistake ──> refused(): named once, and nothing has changed
 *
 * What has not changed: how many pages are available, every byte of the page's struct page, and
 * the buddy's invariants.  What was allocated for the mistake is given back rightly afterwards.
 *
 * Locking: none here: one shell.
 * Read next: free.c, whose table says which mistake is called what; refs.c, alloc.c.
 */
#include <string.h>

#include "kernel/bug.h"
#include "kernel/shell/break.h"
#include "mm/fixmap/fixmap.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/page/page_impl.h"
#include "mm/page/shown.h"
#include "mm/vmap/vmap.h"
#include "mm/window/kmap.h"

struct before {
	unsigned long available, bugs;
	const struct page *page; /* NULL: the mistake is about no page */
	struct page copy;
};

static struct before remember(const struct page *page)
{
	struct before before = {
		.available = nr_available_pages(),
		.bugs = bug_count(),
		.page = page,
	};

	if (page)
		before.copy = *page;
	return before;
}

/* The mistake was named, and has had no effect. */
static int refused(const struct before *before)
{
	long freed = (long)(nr_available_pages() - before->available);

	if (bug_count() != before->bugs + 1)
		return shell_error("reported %lu times, not once", bug_count() - before->bugs);
	if (freed)
		return shell_error("%ld pages were freed all the same", freed);
	if (before->page && memcmp(before->page, &before->copy, sizeof(before->copy)) != 0)
		return shell_error("the struct page was changed all the same");
	return buddy_check() ? SHELL_OK : shell_error("the buddy's invariants do not hold");
}

/* A mistake made on the head of a block. */
static int with_page(struct page *page, void (*mistake)(struct page *page))
{
	struct before before = remember(page);

	mistake(page);
	return refused(&before);
}

/* A block of this order, on which `mistake` is made; then it is freed rightly. */
static int with_block(gfp_t gfp, unsigned int order, void (*mistake)(struct page *page))
{
	struct page *page = alloc_pages(gfp, order);
	int result;

	if (!page)
		return shell_error("no block of order %u left", order);
	result = with_page(page, mistake);
	__free_pages(page, order);
	return result;
}

/* A block that has been freed, on which `mistake` is made. */
static int with_freed(unsigned int order, void (*mistake)(struct page *page))
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	if (!page)
		return shell_error("no block of order %u left", order);
	__free_pages(page, order);
	return with_page(page, mistake);
}

/* A request that must get nothing. */
static int with_request(struct page *(*request)(void))
{
	struct before before = remember(NULL);
	struct page *page = request();

	if (page)
		return shell_error("pfn 0x%lx was given all the same",
				   (unsigned long)page_to_pfn(page));
	return refused(&before);
}

/* --- freed twice ------------------------------------------------------------------------------ */

static void free_single(struct page *page)
{
	__free_page(page);
}

static void free_single_cold(struct page *page)
{
	free_cold_page(page);
}

static void free_second(struct page *page)
{
	__free_page(page + 1);
}

BREAK(page_double_free, "page", "free the same page twice", "__free_page(page); __free_page(page);")
{
	return with_freed(0, free_single);
}

BREAK(page_cold_double_free, "page", "free a page cold that this CPU keeps as hot",
      "__free_page(page); free_cold_page(page);")
{
	return with_freed(0, free_single_cold);
}

BREAK(page_merged_double_free, "page", "free the second page of a block that was freed whole",
      "__free_pages(page, 2); __free_page(page + 1);")
{
	return with_freed(2, free_second);
}

/* --- freed as what it is not ------------------------------------------------------------------ */

static void free_with_wrong_order(struct page *page)
{
	__free_pages(page, 3);
}

BREAK(page_wrong_order, "page", "free a block of order 2 as one of order 3",
      "page = alloc_pages(gfp, 2); __free_pages(page, 3);")
{
	return with_block(GFP_KERNEL, 2, free_with_wrong_order);
}

BREAK(page_tail_free, "page", "free the second page of a block",
      "page = alloc_pages(gfp, 2); __free_page(page + 1);")
{
	return with_block(GFP_KERNEL, 2, free_second);
}

BREAK(page_owned_free, "page", "free a page that belongs to a slab cache",
      "__free_page(page); /* of a slab: the cache's to give back */")
{
	struct page *page = alloc_page(GFP_KERNEL);
	int result;

	if (!page)
		return shell_error("no page left");
	page_set_owner(page, OWNER_SLAB);
	result = with_page(page, free_single);
	page_set_owner(page, OWNER_HELD);
	__free_page(page);
	return result;
}

BREAK(page_reserved_free, "page", "free a page that the boot has taken for good",
      "__free_page(virt_to_page(mem_map)); /* where every struct page is */")
{
	return with_page(virt_to_page(mem_map), free_single);
}

/* The first frame that mem_map covers and that is no RAM; the one behind the last when all are. */
static pfn_t first_absent(void)
{
	pfn_t pfn = mem_map_pfn;

	while (pfn - mem_map_pfn < mem_map_pages && pfn_present(pfn))
		pfn++;
	return pfn;
}

BREAK(page_not_ram, "page", "free a frame of a hole in RAM, or behind its end",
      "__free_page(pfn_to_page(pfn)); /* !pfn_present(pfn) */")
{
	struct before before = remember(NULL);

	__free_page(pfn_to_page(first_absent()));
	return refused(&before);
}

/* --- written to, or shown, when it is nobody's ------------------------------------------------ */

BREAK(page_use_after_free, "page", "write to a page that was freed (DEBUG)",
      "free_page(p); ((u8 *)p)[0x123] = 1;", .caught = BREAK_FOUND, .debug_only = true,
      .watched = true)
{
	unsigned long bugs = bug_count();
	volatile u8 *p;

	p = (u8 *)__get_free_page(GFP_KERNEL);
	if (!p)
		return shell_error("no page left");
	free_page((unsigned long)p);
	p[0x123] = 1;
	free_page(__get_free_page(GFP_KERNEL)); /* the same one again: who asks next sees it */
	return bug_count() == bugs + 1 ? SHELL_OK : shell_error("nobody noticed");
}

/* Whose list the page, or the block that it has become part of, is on. */
static struct page *listed(struct page *page)
{
	return page_state(page) == PAGE_TAIL ? (struct page *)page_head_of_tail(page) : page;
}

/* A block that was freed has its link written over; who asks next finds it, and gets another. */
static int with_broken_link(unsigned int order)
{
	unsigned long bugs = bug_count();
	struct page *page = alloc_pages(GFP_KERNEL, order), *hurt, *next;

	if (!page)
		return shell_error("no block of order %u left", order);
	__free_pages(page, order);
	hurt = listed(page);
	hurt->lru.prev = NULL;
	next = alloc_pages(GFP_KERNEL, page_order(hurt));
	if (next)
		__free_pages(next, page_order(next));
	if (bug_count() != bugs + 1 || next == hurt || page_owner(hurt) != OWNER_QUARANTINE)
		return shell_error("nobody noticed");
	page_set_owner(hurt,
		       OWNER_HELD); /* it was put away for ever: but here it is known what it is */
	__free_pages(hurt, page_order(hurt));
	return buddy_check() ? SHELL_OK : shell_error("the buddy's invariants do not hold");
}

BREAK(page_broken_list, "page", "write over the links of a free block (DEBUG)",
      "__free_pages(page, 3); page->lru.prev = NULL;", .caught = BREAK_FOUND, .debug_only = true)
{
	return with_broken_link(3);
}

BREAK(page_broken_pcp_list, "page", "write over the links of a page that a CPU keeps (DEBUG)",
      "__free_page(page); page->lru.prev = NULL;", .caught = BREAK_FOUND, .debug_only = true)
{
	return with_broken_link(0);
}

BREAK(page_fixmap_free, "page", "free a page that a fixmap slot shows (DEBUG)",
      "set_fixmap(idx, page_to_phys(page)); __free_page(page);", .debug_only = true)
{
	struct page *page;
	int result;

	page = alloc_page(GFP_KERNEL);
	if (!page)
		return shell_error("no page left");
	set_fixmap(FIX_USER_LAST, page_to_phys(page));
	result = with_page(page, free_single);
	clear_fixmap(FIX_USER_LAST);
	__free_page(page);
	return result;
}

BREAK(page_vmap_free, "page", "free a page of an area that vmap() made (DEBUG)",
      "area = vmap(&page, 1, VM_MAP, PAGE_KERNEL); __free_page(page);", .debug_only = true)
{
	struct page *page;
	void *area;
	int result;

	page = alloc_page(GFP_KERNEL);
	area = page ? vmap(&page, 1, VM_MAP, PAGE_KERNEL) : NULL;
	if (area)
		result = with_page(page, free_single);
	else
		result = shell_error("no page or no addresses left");
	vunmap(area);
	if (page)
		__free_page(page);
	return result;
}

/* A highmem page, or NULL after an error. */
static struct page *high_page(void)
{
	struct page *page = alloc_page(GFP_HIGHUSER);

	if (page && PageHighMem(page))
		return page;
	if (page)
		__free_page(page);
	shell_error("no highmem page: lowmem= makes this machine some");
	return NULL;
}

BREAK(page_kmap_local_free, "page", "free a highmem page that kmap_local shows (DEBUG)",
      "va = kmap_local_page(page); __free_page(page);", .debug_only = true)
{
	struct page *page;
	void *p;
	int result;

	page = high_page();
	if (!page)
		return SHELL_FAIL;
	p = kmap_local_page(page);
	result = with_page(page, free_single);
	kunmap_local(p);
	__free_page(page);
	return result;
}

/* Production builds go on with it. */
BREAK(page_kmap_free, "page", "free a highmem page that kmap shows (DEBUG: refused)",
      "va = kmap(page); __free_page(page);", .caught = debug_build ? BREAK_REFUSED : BREAK_COUNTED)
{
	unsigned long shown = pages_freed_shown();
	struct page *page = high_page();
	int result;

	if (!page)
		return SHELL_FAIL;
	kmap_flush_unused();
	kmap(page);
	if (debug_build) {
		result = with_page(page, free_single);
	} else {
		__free_page(page);
		result = pages_freed_shown() == shown + 1 ? SHELL_OK : shell_error("not counted");
	}
	kunmap(page);
	if (debug_build)
		__free_page(page);
	return result;
}

/* --- no page at all --------------------------------------------------------------------------- */

static void free_unaligned(struct page *page)
{
	free_page((unsigned long)lowmem_page_address(page) + 8);
}

static void free_inside_struct_page(struct page *page)
{
	__free_page((struct page *)((char *)page + 4));
}

BREAK(page_unaligned_free, "page", "free an address inside a page",
      "free_page((unsigned long)lowmem_page_address(page) + 8);")
{
	return with_block(GFP_KERNEL, 0, free_unaligned);
}

BREAK(page_wild_free, "page", "free what is no struct page: the middle of one",
      "__free_page((struct page *)((char *)page + 4));")
{
	return with_block(GFP_KERNEL, 0, free_inside_struct_page);
}

BREAK(page_foreign_free, "page", "free an address that is not in lowmem",
      "free_page(VMALLOC_END - PAGE_SIZE);")
{
	struct before before = remember(NULL);

	free_page(VMALLOC_END - PAGE_SIZE);
	return refused(&before);
}

static void get_inside_struct_page(struct page *page)
{
	get_page((struct page *)((char *)page + 4));
}

BREAK(page_wild_reference, "page", "take a reference to the middle of a struct page",
      "get_page((struct page *)((char *)page + 4));")
{
	return with_block(GFP_KERNEL, 0, get_inside_struct_page);
}

/* --- references and blocks taken apart -------------------------------------------------------- */

static void split_in_singles(struct page *page)
{
	split_page(page, 2);
}

static void split_as_smaller(struct page *page)
{
	split_page(page, 1);
}

BREAK(page_get_free, "page", "take a reference to a page that is free",
      "__free_page(page); get_page(page);")
{
	return with_freed(0, get_page);
}

BREAK(page_put_free, "page", "drop a reference once more than it was taken",
      "__free_page(page); put_page(page);")
{
	return with_freed(0, put_page);
}

BREAK(page_split_compound, "page", "take a compound page apart",
      "page = alloc_pages(gfp | __GFP_COMP, 2); split_page(page, 2);")
{
	return with_block(GFP_KERNEL | __GFP_COMP, 2, split_in_singles);
}

BREAK(page_split_order, "page", "take a block of order 2 apart as one of order 1",
      "page = alloc_pages(gfp, 2); split_page(page, 1);")
{
	return with_block(GFP_KERNEL, 2, split_as_smaller);
}

/* --- requests --------------------------------------------------------------------------------- */

static struct page *ask_for_order_11(void)
{
	return alloc_pages(GFP_KERNEL, MAX_ORDER);
}

static struct page *ask_for_two_zones(void)
{
	return alloc_page(__GFP_DMA | __GFP_HIGHMEM);
}

static struct page *ask_for_highmem_address(void)
{
	unsigned long address = __get_free_page(GFP_HIGHUSER);

	return address ? virt_to_page((void *)address) : NULL;
}

static struct page *ask_for_5_mib(void)
{
	void *block = alloc_pages_exact(5 * MiB, GFP_KERNEL);

	return block ? virt_to_page(block) : NULL;
}

static struct page *ask_for_no_node(void)
{
	return alloc_pages_node((int)nr_nodes, GFP_KERNEL, 0);
}

BREAK(page_bad_order, "page", "ask for a block of order 11", "alloc_pages(GFP_KERNEL, MAX_ORDER);")
{
	return with_request(ask_for_order_11);
}

BREAK(page_bad_zone, "page", "ask for a page of DMA and of HIGHMEM at once",
      "alloc_page(__GFP_DMA | __GFP_HIGHMEM);")
{
	return with_request(ask_for_two_zones);
}

BREAK(page_highmem_address, "page", "ask for the lowmem address of a highmem page",
      "__get_free_page(GFP_HIGHUSER);")
{
	return with_request(ask_for_highmem_address);
}

BREAK(page_bad_node, "page", "ask for a page of a node that there is not",
      "alloc_pages_node(nr_nodes, GFP_KERNEL, 0);")
{
	return with_request(ask_for_no_node);
}

BREAK(page_bad_size, "page", "ask for 5 MiB in one piece",
      "alloc_pages_exact(5 * MiB, GFP_KERNEL);")
{
	return with_request(ask_for_5_mib);
}
