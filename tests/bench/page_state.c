/*
 * page_state.c - makes states of the page allocator, by holding whatever would be in the way
 *
 * Held blocks are chained through lru; each one's order is in private.
 * Read next: page_state.h, mm/page/buddy.c.
 */
#include "tests/bench/page_state.h"

#include "lib/random.h"
#include "mm/page/pcp.h"

static LIST_HEAD(held);

struct page *pages_hold(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);

	if (page) {
		page->private = order;
		list_add(&page->lru, &held);
	}
	return page;
}

static void let_go(struct page *page)
{
	list_del(&page->lru);
	__free_pages(page, (unsigned int)page->private);
}

void pages_let_go(void)
{
	while (!list_empty(&held))
		let_go(list_first_entry(&held, struct page, lru));
}

struct zone *pages_first_choice(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct zone *zone;

	if (!page)
		return NULL;
	zone = page_zone(page);
	__free_page(page);
	return zone;
}

/*
 * Two buddies of that order, both in use and among the held ones; the first of them returned.  A
 * split hands out its lower half and then its upper one: so buddies come one after the other as
 * soon as blocks of just that order are used up.
 */
static struct page *hold_buddies(unsigned int order)
{
	struct page *page, *last = NULL;

	while ((page = pages_hold(order))) {
		if (last && (page_to_pfn(page) ^ page_to_pfn(last)) == 1ul << order)
			return page;
		last = page;
	}
	return NULL;
}

/* State `alone`; the highest order has no buddies, so any block of it will do. */
bool pages_make_alone(unsigned int order)
{
	struct page *page = order < MAX_ORDER - 1 ? hold_buddies(order) : pages_hold(order);

	if (!page)
		return false;
	let_go(page);
	return true;
}

/* Takes all free blocks of that order, those that this CPU keeps included. */
static bool hold_all(struct zone *zone, unsigned int order)
{
	for (;;) {
		drain_local_pages(NULL);
		if (!zone->free_area[order].nr_free)
			return true;
		if (!pages_hold(order))
			return false;
	}
}

/* State `coarse`, with at least `blocks` blocks of the highest order. */
bool pages_make_coarse(unsigned long blocks)
{
	struct zone *zone = pages_first_choice();

	if (!zone)
		return false;
	for (unsigned int order = 0; order < MAX_ORDER - 1; order++) {
		if (!hold_all(zone, order))
			return false;
	}
	return zone->free_area[MAX_ORDER - 1].nr_free >= blocks;
}

/* State `scattered`. */
enum { SCATTERED_PAGES = 4096 };

bool pages_make_scattered(unsigned long blocks)
{
	unsigned int nr = SCATTERED_PAGES;
	struct page *page, *next;
	struct rng rng;

	if (!pages_make_coarse(blocks + SCATTERED_PAGES / MAX_ORDER_NR_PAGES))
		return false;
	rng_seed(&rng, 2026);
	for (unsigned int i = 0; i < SCATTERED_PAGES; i++)
		if (!pages_hold(0))
			return false;
	/* The newest are first: none of those that were held to make it coarse. */
	list_for_each_entry_safe(page, next, &held, lru) {
		if (!nr--)
			break;
		if (rng_next(&rng) & 1)
			let_go(page);
	}
	drain_local_pages(NULL);
	return true;
}
