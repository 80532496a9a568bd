/*
 * page_shell.c - page frames at the prompt: alloc pages, alloc bulk, buddyinfo, exhaust pages
 *
 * Locking: none here: one shell; views read counters as they stand.
 * Read next: page_break.c, for what happens to a caller who makes mistakes.
 */
#include <strings.h>

#include "kernel/bug.h"
#include "kernel/console.h"
#include "kernel/proc/proc.h"
#include "kernel/shell/alloc_words.h"
#include "kernel/shell/exhaust.h"
#include "mm/page/page_view.h"
#include "mm/vmap/vmap.h"

/* --- alloc pages ------------------------------------------------------------------------------ */

static bool free_pages_handle(struct handle *handle)
{
	unsigned long bugs = bug_count();

	__free_pages(handle->object, (unsigned int)handle->size);
	return bug_count() == bugs;
}

static void describe_pages(const struct handle *handle)
{
	const struct page *page = handle->object;

	con_printf("order=%lu zone=%s pfn=0x%lx", handle->size, page_zone(page)->name,
		   page_to_pfn(page));
	if (!PageHighMem(page))
		con_printf(" va=0x%lx", (unsigned long)lowmem_page_address(page));
}

static void place_pages(const struct handle *handle, struct handle_place *place)
{
	place->bytes = PAGE_SIZE << handle->size;
}

/* Words that an order makes senseless; true after saying why. */
static bool senseless(gfp_t gfp, u64 order)
{
	if ((gfp & __GFP_COLD) && order)
		shell_error("cold: CPUs keep single pages only, and this is a block");
	else if ((gfp & __GFP_COMP) && !order)
		shell_error("comp: a compound page is a block, of order 1 or more");
	else
		return false;
	return true;
}

ALLOC_KIND(pages, "ORDER [WORD...]", "2^ORDER contiguous pages", free_pages_handle, describe_pages,
	   .place = place_pages)
{
	gfp_t gfp;
	u64 order;

	if (argc < 1)
		return SHELL_USAGE;
	if (!shell_number(argv[0], "ORDER", 0, MAX_ORDER - 1, &order) ||
	    !alloc_words(handle->kind, argc - 1, argv + 1, &gfp, NULL) || senseless(gfp, order))
		return SHELL_FAIL;
	handle->object = alloc_pages(gfp, (unsigned int)order);
	handle->size = (unsigned long)order;
	if (!handle->object)
		return shell_error("no block of order %lu left", handle->size);
	return SHELL_OK;
}

/* --- alloc bulk ------------------------------------------------------------------------------- */

enum { BULK_PAGES_MAX = 4096 };

/* The pages hang together through their lru, which is their holder's. */
static void chain_pages(struct page **array, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		array[i]->lru.next = i + 1 < n ? &array[i + 1]->lru : NULL;
}

static bool free_bulk_handle(struct handle *handle)
{
	unsigned long bugs = bug_count();
	struct page *page = handle->object;

	while (page) {
		struct list_head *next = page->lru.next;

		__free_page(page);
		page = next ? list_entry(next, struct page, lru) : NULL;
	}
	return bug_count() == bugs;
}

static void describe_bulk(const struct handle *handle)
{
	con_printf("pages=%lu of=%lu first: pfn=0x%lx", handle->size, handle->extra,
		   page_to_pfn(handle->object));
}

static const struct gfp_refusal bulk_refusals[] = {
	{ __GFP_COLD, "the pages are cut from blocks, not taken from a CPU's list" },
	{ __GFP_COMP, "the pages are single ones" },
	{},
};

ALLOC_KIND(bulk, "N [WORD...]", "up to N single pages at once (alloc_pages_bulk_array)",
	   free_bulk_handle, describe_bulk, .refuses = bulk_refusals)
{
	struct page **array;
	gfp_t gfp;
	u64 n;

	if (argc < 1)
		return SHELL_USAGE;
	if (!shell_number(argv[0], "N", 1, BULK_PAGES_MAX, &n) ||
	    !alloc_words(handle->kind, argc - 1, argv + 1, &gfp, NULL))
		return SHELL_FAIL;
	array = kvcalloc((size_t)n, sizeof(*array), GFP_KERNEL);
	if (!array)
		return shell_error("no memory for %lu pointers", (unsigned long)n);
	handle->size = alloc_pages_bulk_array(gfp, (unsigned long)n, array);
	handle->extra = (unsigned long)n;
	handle->object = array[0];
	chain_pages(array, handle->size);
	kvfree(array);
	return handle->size ? SHELL_OK : shell_error("no page left");
}

/* --- buddyinfo -------------------------------------------------------------------------------- */

/* Columns of a number: Linux's 6, or what a narrower terminal has room for. */
static int width_of_number(void)
{
	enum { LABEL = 23, LINUX_S = 6 };
	unsigned int room = shell_table_columns();

	if (room > LABEL + MAX_ORDER * (LINUX_S + 1))
		return LINUX_S;
	return room > LABEL ? max((int)((room - LABEL) / MAX_ORDER) - 1, 1) : 1;
}

/* Linux: mm/vmstat.c (frag_show_print) */
static void print_zone(const struct zone *zone)
{
	int width = width_of_number();

	con_printf("Node %d, zone %8s ", zone->zone_pgdat->node_id, zone->name);
	for (unsigned int order = 0; order < MAX_ORDER; order++)
		con_printf("%*lu ", width, zone->free_area[order].nr_free);
	con_putc('\n');
}

PROC_FILE(buddyinfo, "free blocks of each order, per zone")
{
	struct zone *zone;

	for_each_zone(zone)
		print_zone(zone);
}

static const char *complete_zone(int argc, char **argv __unused, unsigned int nth)
{
	return argc == 2 ? zone_name_nth(nth) : NULL;
}

SHELL_CMD(buddyinfo, "[ZONE]", "free blocks of each order, per zone", .looks = true,
	  .group = "page", .example = "buddyinfo Normal", .complete = complete_zone,
	  .details = "The columns are orders 0 to 10: blocks of 1, 2, 4, ... 1024 pages.")
{
	struct zone *zone;

	if (argc > 2)
		return SHELL_USAGE;
	if (argc == 2 && !zone_argument(argv[1]))
		return SHELL_FAIL;
	for_each_zone(zone) {
		if (argc == 1 || !strcasecmp(argv[1], zone->name))
			print_zone(zone);
	}
	return SHELL_OK;
}

/* --- exhaust pages ---------------------------------------------------------------------------- */

/* Takes single pages until this kind of request gets none; returns how many. */
static unsigned long take_all(gfp_t gfp, struct list_head *taken)
{
	unsigned long pages = 0;
	struct page *page;

	for (; shell_progress(pages, nr_available_pages() + pages) &&
	       (page = alloc_page(gfp | __GFP_NOWARN));
	     pages++)
		list_add(&page->lru, taken);
	return pages;
}

static void give_all(struct list_head *taken)
{
	while (!list_empty(taken)) {
		struct page *page = list_first_entry(taken, struct page, lru);

		list_del(&page->lru);
		__free_page(page);
	}
}

/* Down to nothing, a part of the reserve more each time; false when Ctrl-C came. */
static bool take_and_tell(struct list_head *taken)
{
	unsigned long before = nr_available_pages(), user, atomic, last;

	user = take_all(GFP_HIGHUSER, taken);
	atomic = take_all(GFP_ATOMIC | __GFP_HIGHMEM, taken);
	last = take_all(__GFP_MEMALLOC | __GFP_HIGHMEM, taken);
	if (con_interrupt_seen())
		return false;
	con_printf("GFP_HIGHUSER took %lu of %lu free pages: the min watermarks are reached\n",
		   user, before);
	con_printf("GFP_ATOMIC took %lu more: part of the reserve\n", atomic);
	con_printf("__GFP_MEMALLOC took %lu more: %lu pages are left\n", last,
		   nr_available_pages());
	return true;
}

EXHAUST(pages, "every free page, one by one, down through the watermarks")
{
	LIST_HEAD(taken);
	bool whole = take_and_tell(&taken);
	struct page *one_more = whole ? alloc_page(GFP_HIGHUSER | __GFP_MEMALLOC) : NULL;

	if (one_more)
		list_add(&one_more->lru, &taken);
	else if (whole)
		con_puts("one more: NULL, and the report above\n");
	give_all(&taken);
	con_printf("gave them back: %lu pages are free\n", nr_available_pages());
	if (!whole)
		return SHELL_FAIL;
	if (one_more)
		return shell_error("one more page was found after the last");
	return buddy_check() ? SHELL_OK : shell_error("the buddy's invariants do not hold");
}
