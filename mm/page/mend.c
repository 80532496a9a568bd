/*
 * mend.c - somebody has written over a free block's links: who it was is put away, the list goes on
 *
 *	list  head = [A] = [B] = [C] = head          B's prev is overwritten
 *	                  \   <─? B
 *	mem_map says: A, B and C are free            so the list is made anew, without B
 *
 * Every word of a list says what another word says as well, and mem_map says a third time which blocks
 * are free.  A word is wrong when it leads to no free block of that order, or to one that is linked,
 * both ways, with another neighbour.  The blocks with wrong words, or with references, are taken out;
 * nothing of them is believed, so nothing is handed out twice.  A block that is in the list and is not
 * free, says mem_map, is left to whom it belongs; one that is nobody's is put away, too.
 *
 * Invariant  M1  A block that was put away is PAGE_USED and OWNER_QUARANTINE: `held` in the balance, no
 *                buddy to merge with, refused when it is freed.
 *
 * Locking: zone->lock is held.
 * Read next: buddy.c.
 */
#include "kernel/bug.h"
#include "mm/page/mend.h"
#include "mm/page/page_debug.h"
#include "mm/page/page_view.h"

static inline u32 free_head(const struct zone *zone, unsigned int order)
{
	return zone->page_flags | head_bits(PAGE_FREE, order);
}

struct page *page_of_link(const struct list_head *link)
{
	unsigned long offset =
		(unsigned long)link - offsetof(struct page, lru) - (unsigned long)mem_map;
	unsigned long nth = offset / sizeof(struct page);

	if (offset % sizeof(struct page) || nth >= mem_map_pages ||
	    !page_has_struct(mem_map_pfn + nth))
		return NULL;
	return mem_map + nth;
}

/* May it stand in the list: is it the list's head, or in a free block of its order? */
static bool is_member(const struct zone *zone, unsigned int order, const struct list_head *link)
{
	const struct page *page;

	if (link == &zone->free_area[order].free_list)
		return true;
	page = page_of_link(link);
	return page && page->flags == free_head(zone, order);
}

/* --- looking --------------------------------------------------------------------------------------------- */

/* Can it be taken out of its list without harm? */
static bool is_sound(const struct zone *zone, const struct page *page, unsigned int order)
{
	const struct list_head *entry = &page->lru;

	return page->flags == free_head(zone, order) && page_count(page) == 0 &&
	       is_member(zone, order, entry->next) && is_member(zone, order, entry->prev) &&
	       entry->next->prev == entry && entry->prev->next == entry;
}

/* Is there a block at the list's beginning, and can one be put before it? */
static bool begins_soundly(const struct zone *zone, unsigned int order, bool empty)
{
	const struct list_head *head = &zone->free_area[order].free_list;
	const struct page *first = page_of_link(head->next);

	if (head->next == head)
		return empty && head->prev == head;
	return !empty && first && is_sound(zone, first, order);
}

/* --- mending --------------------------------------------------------------------------------------------- */

/* Does link's word, which leads to `to`, contradict what is said of `to` twice? */
static bool is_wrong(const struct zone *zone, unsigned int order, const struct list_head *link,
		     const struct list_head *to, bool forward)
{
	const struct list_head *back;

	if (to != &zone->free_area[order].free_list && !page_of_link(to))
		return true;
	back = forward ? to->prev : to->next;
	if (back == link)
		return false; /* it is right, even if the flags of the other one are not */
	if (!is_member(zone, order, to))
		return true;
	if (!is_member(zone, order, back))
		return false; /* the other one's word is the wrong one */
	return (forward ? back->next : back->prev) == to;
}

static bool is_suspect(const struct zone *zone, unsigned int order, const struct page *page)
{
	return page_count(page) || is_wrong(zone, order, &page->lru, page->lru.next, true) ||
	       is_wrong(zone, order, &page->lru, page->lru.prev, false);
}

/* The next block of mem_map that is free and of this order, from pfn on; NULL behind the last. */
static struct page *next_free(const struct zone *zone, unsigned int order, pfn_t pfn)
{
	for (pfn = ALIGN(pfn, 1ul << order); pfn < zone_end_pfn(zone); pfn += 1ul << order)
		if (pfn_valid(pfn) && pfn_to_page(pfn)->flags == free_head(zone, order))
			return pfn_to_page(pfn);
	return NULL;
}

#define for_each_free(page, zone, order)                                      \
	for ((page) = next_free(zone, order, (zone)->zone_start_pfn); (page); \
	     (page) = next_free(zone, order, page_to_pfn(page) + (1ul << (order))))

/* Keeps M1. */
static void put_away(const struct zone *zone, struct page *page, unsigned int order)
{
	page->flags = zone->page_flags | head_bits(PAGE_USED, order);
	page->_refcount = 1;
	INIT_LIST_HEAD(&page->lru);
	page_set_owner(page, OWNER_QUARANTINE);
}

/* A block of the list that mem_map knows as nothing: its head was overwritten. */
static bool is_nobodys(const struct page *page, unsigned int order)
{
	return page_to_pfn(page) % (1ul << order) == 0 &&
	       (page_state(page) > PAGE_ABSENT ||
		(page_state(page) == PAGE_TAIL && !page_head_of_tail(page)));
}

/* Marks what is suspect by a reference, which no free block has; returns the first. */
static struct page *mark_suspects(const struct zone *zone, unsigned int order)
{
	struct page *page, *first = NULL;

	for_each_free(page, zone, order)
	{
		if (!is_suspect(zone, order, page))
			continue;
		page->_refcount = 1;
		first = first ? first : page;
	}
	return first;
}

/* Puts away what one of a free block's words leads to, if it is linked to the block, and nobody's. */
static struct page *put_stray_away(const struct zone *zone, unsigned int order,
				   const struct list_head *link, const struct list_head *to,
				   bool forward)
{
	struct page *stray = page_of_link(to);

	if (!stray || stray->flags == free_head(zone, order) ||
	    (forward ? to->prev : to->next) != link || !is_nobodys(stray, order))
		return NULL;
	put_away(zone, stray, order);
	return stray;
}

/* The same for all of them; returns the last. */
static struct page *put_strays_away(const struct zone *zone, unsigned int order)
{
	struct page *page, *last = NULL, *stray;

	for_each_free(page, zone, order)
	{
		stray = put_stray_away(zone, order, &page->lru, page->lru.next, true);
		last = stray ? stray : last;
		stray = put_stray_away(zone, order, &page->lru, page->lru.prev, false);
		last = stray ? stray : last;
	}
	return last;
}

/* Finds out who it is, while the list's words are still there; `seen` when all others are sound. */
static struct page *find_suspects(const struct zone *zone, unsigned int order, struct page *seen)
{
	struct page *suspect = mark_suspects(zone, order), *stray = put_strays_away(zone, order);

	if (suspect || stray || !seen)
		return suspect ? suspect : stray;
	if (seen->flags == free_head(zone, order))
		seen->_refcount = 1;
	else if (is_nobodys(seen, order))
		put_away(zone, seen, order);
	return seen;
}

/* The list anew, of the unmarked blocks; the marked ones are put away. */
static void rebuild(struct zone *zone, unsigned int order)
{
	struct free_area *area = &zone->free_area[order];
	unsigned long before = area->nr_free;
	struct page *page;

	INIT_LIST_HEAD(&area->free_list);
	area->nr_free = 0;
	for_each_free(page, zone, order)
	{
		if (page_count(page)) {
			put_away(zone, page, order);
			continue;
		}
		list_add_tail(&page->lru, &area->free_list);
		area->nr_free++;
	}
	zone->free_pages -= (before - area->nr_free) << order;
	zone->free_orders = (zone->free_orders & ~(1u << order)) | (u32) !!area->nr_free << order;
}

/* seen: at which block it was noticed; NULL: at the list's head. */
static void __noinline __cold mend(struct zone *zone, unsigned int order, struct page *seen)
{
	struct bug_report report = {
		.family = "page",
		.what = "broken free list",
		.expected = "free blocks, linked both ways",
		.caller = _RET_IP_,
	};
	unsigned long before = zone->free_area[order].nr_free;
	char history[PAGE_HISTORY] = "";
	struct page *suspect = find_suspects(zone, order, seen);

	rebuild(zone, order);
	report.object = suspect;
	if (suspect)
		page_debug_history(suspect, history, sizeof(history));
	bug(&report, "%s order %u, pfn 0x%lx; of %lu blocks %lu go on%s", zone->name, order,
	    suspect ? page_to_pfn(suspect) : 0, before, zone->free_area[order].nr_free, history);
}

/* --- before use ------------------------------------------------------------------------------------------ */

void mend_before_take(struct zone *zone, unsigned int order)
{
	unsigned int fitting;

	while ((fitting = zone->free_orders >> order)) {
		unsigned int from = order + (unsigned int)__builtin_ctz(fitting);

		if (likely(begins_soundly(zone, from, false)))
			return;
		mend(zone, from, page_of_link(zone->free_area[from].free_list.next));
	}
}

/* Is the list of this order, empty or not as free_orders says, ready for one more? */
static void mend_before_add(struct zone *zone, unsigned int order)
{
	if (unlikely(!begins_soundly(zone, order, !(zone->free_orders & 1u << order))))
		mend(zone, order, page_of_link(zone->free_area[order].free_list.next));
}

void mend_before_give(struct zone *zone, const struct page *page, unsigned int order)
{
	pfn_t pfn = page_to_pfn(page);

	for (; order < MAX_ORDER - 1; order++) {
		struct page *buddy = pfn_to_page(pfn ^ (1ul << order));

		if (buddy->flags != free_head(zone, order))
			break;
		if (unlikely(!is_sound(zone, buddy, order)))
			mend(zone, order, buddy);
		if (buddy->flags != free_head(zone, order))
			break;
		pfn &= ~(1ul << order);
	}
	mend_before_add(zone, order);
}
