/*
 * pages.c - blocks of pages, and objects of caches, that a test has left: found by their frames
 *
 * Read next: leftover.h.
 */
#include "mm/page/page.h"
#include "mm/page/page_debug.h"
#include "mm/slab/slab/slab_impl.h"
#include "mm/slab/slab_view.h"
#include "tests/selftests/leftover/debug/leftover.h"

/* visit() is called with the first page of each block that somebody has; it may free that. */
static void each_block(void (*visit)(struct page *page))
{
	for (pfn_t pfn = mem_map_pfn, next; pfn < mem_map_pfn + mem_map_pages; pfn = next) {
		struct page *page = pfn_to_page(pfn);

		next = pfn + 1;
		if (!pfn_present(pfn))
			continue;
		if (page_state(page) == PAGE_USED || page_state(page) == PAGE_FREE)
			next = pfn + (1ul << page_order(page));
		if (page_state(page) == PAGE_USED)
			visit(page);
	}
}

/* --- blocks ----------------------------------------------------------------------------------- */

static void give_block(struct page *page)
{
	const struct page_debug *debug = &page_debug_map[page - mem_map];
	unsigned int order = page_order(page);

	if ((page->flags & PG_SLAB) || page_owner(page) == OWNER_PAGETABLE ||
	    !is_of_tests(debug->allocated_by))
		return;
	page_set_owner(page, OWNER_HELD);
	for (int users = page_count(page); users > 0; users--)
		__free_pages(page, order);
}

void leftover_pages(void)
{
	each_block(give_block);
}

/* --- objects ---------------------------------------------------------------------------------- */

static void give_object(struct kmem_cache *cache, void *object)
{
	unsigned long alloc_by, free_by;

	if (slab_object_live(object) && debug_owners(cache, object, &alloc_by, &free_by) &&
	    is_of_tests(alloc_by))
		kmem_cache_free(cache, object);
}

/* A slab may be several blocks: they are looked at where it begins. */
static void give_objects(struct page *page)
{
	struct kmem_cache *cache = page->mapping;
	struct slab *slab;

	if (page_owner(page) != OWNER_SLAB || !(page->flags & PG_SLAB) || (cache->kind & CACHE_OWN))
		return;
	slab = page_slab(page);
	if (slab_page(slab) != page || slab->free == BUFCTL_RETIRED)
		return;
	for (unsigned int i = 0, num = slab->num; i < num; i++)
		give_object(cache, index_object(cache, slab, i));
}

void leftover_objects(void)
{
	each_block(give_objects);
}
