/*
 * kmap_shell.c - kmap at the prompt: alloc kmap, pkmap, exhaust kmap
 *
 * Read next: kmap_break.c, for what happens to a caller who makes mistakes.
 */
#include <string.h>

#include "kernel/console.h"
#include "kernel/proc/proc.h"
#include "kernel/shell/alloc_words.h"
#include "kernel/shell/exhaust.h"
#include "mm/node.h"
#include "mm/window/kmap_impl.h"

/* --- alloc kmap ------------------------------------------------------------------------------- */

static unsigned int users_of(const struct page *page)
{
	struct pkmap_state state;

	for (unsigned int n = 0; n < LAST_PKMAP; n++) {
		pkmap_look(n, &state);
		if (state.page == page)
			return state.users;
	}
	return 0;
}

static bool free_kmap_handle(struct handle *handle)
{
	struct page *page = handle->object;
	unsigned int users = users_of(page);

	kunmap(page);
	return !PageHighMem(page) || users_of(page) + 1 == users;
}

static void describe_kmap(const struct handle *handle)
{
	const struct page *page = handle->object;

	con_printf("pfn=0x%lx va=0x%lx", page_to_pfn(page), handle->extra);
	if (PageHighMem(page))
		con_printf(" slot=%lu users=%u", (handle->extra - PKMAP_BASE) >> PAGE_SHIFT,
			   users_of(page));
	else
		con_puts(" (lowmem: its own address)");
}

static void place_kmap(const struct handle *handle, struct handle_place *place)
{
	place->va = handle->extra;
	place->has_va = true;
}

ALLOC_KIND(kmap, "#PAGES", "an address for the first page of #PAGES", free_kmap_handle,
	   describe_kmap, .place = place_kmap,
	   .no_gfp = "it maps a page of #PAGES, and asks for no memory")
{
	const struct handle *pages;
	gfp_t gfp;

	if (argc < 1)
		return SHELL_USAGE;
	if (!alloc_words(handle->kind, argc - 1, argv + 1, &gfp, NULL))
		return SHELL_FAIL;
	pages = handle_find(argv[0]);
	if (!pages)
		return SHELL_FAIL;
	if (strcmp(pages->kind->name, "pages"))
		return shell_error("%s: is %s, not pages", argv[0], pages->kind->name);
	handle->object = pages->object;
	handle->extra = (unsigned long)kmap(handle->object);
	handle->size = PAGE_SIZE;
	return handle->extra ? SHELL_OK : shell_error("all %d slots are held", LAST_PKMAP);
}

/* --- pkmap ------------------------------------------------------------------------------------ */

static const char *complete_pkmap(int argc, char **argv __unused, unsigned int nth)
{
	static const char *const verbs[] = { "show", "flush" };

	return argc == 2 && nth < ARRAY_SIZE(verbs) ? verbs[nth] : NULL;
}

SHELL_CMD(pkmap, "[show|flush]", "the slots of kmap(): show them, flush the unused ones",
	  .group = "window", .example = "pkmap flush", .complete = complete_pkmap,
	  .details =
		  "An unused slot keeps its page until the slots have gone round once, or until\n"
		  "`pkmap flush`.  Without highmem there are none: boot with lowmem=32M.")
{
	unsigned long before = pkmap.flushed;

	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "show"))) {
		shell_only_looks();
		proc_find("/proc/pkmap")->show();
		return SHELL_OK;
	}
	if (argc != 2 || strcmp(argv[1], "flush"))
		return SHELL_USAGE;
	if (!pkmap.pte)
		return shell_error("there is no highmem, so there are no slots");
	kmap_flush_unused();
	con_printf("%lu slots flushed\n", pkmap.flushed - before);
	return SHELL_OK;
}

/* --- exhaust kmap ----------------------------------------------------------------------------- */

/* Pages that exhaust kmap holds: through their lru; mapped ones are the first in the list. */
static unsigned int map_all(struct list_head *pages, struct page **refused)
{
	unsigned int mapped = 0;
	struct page *page;

	*refused = NULL;
	while (!*refused && shell_progress(mapped, LAST_PKMAP) &&
	       (page = alloc_page(GFP_HIGHUSER | __GFP_NOWARN))) {
		if (!PageHighMem(page)) {
			__free_page(page);
			break;
		}
		list_add_tail(&page->lru, pages);
		if (kmap(page))
			mapped++;
		else
			*refused = page;
	}
	return mapped;
}

static void unmap_all(struct list_head *pages, const struct page *refused)
{
	while (!list_empty(pages)) {
		struct page *page = list_first_entry(pages, struct page, lru);

		list_del(&page->lru);
		if (page != refused)
			kunmap(page);
		__free_page(page);
	}
}

EXHAUST(kmap, "every slot of kmap(), each held by a page of its own")
{
	LIST_HEAD(pages);
	struct page *refused;
	unsigned int mapped;

	if (!pkmap.pte)
		return shell_error(
			"there is no highmem, so there are no slots: boot with lowmem=32M");
	mapped = map_all(&pages, &refused);
	con_printf("%u pages mapped, each at an address of its own\n", mapped);
	if (refused)
		con_printf("one more, pfn 0x%lx: NULL, and the report above\n",
			   page_to_pfn(refused));
	unmap_all(&pages, refused);
	kmap_flush_unused();
	con_puts("unmapped, flushed and freed all of them\n");
	if (con_interrupt_seen())
		return SHELL_FAIL;
	if (!refused)
		return shell_error("no highmem page was left for slot %u", mapped);
	return pkmap_check() ? SHELL_OK : shell_error("the invariants do not hold");
}
