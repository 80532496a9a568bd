/*
 * mend.c - somebody has written over a free block's links: who it was is put away, the list goes on
 *
 *	list  head = [A] = [B] = [C] = head          B's prev is overwritten
 *	                  \   <─? B
 *	mem_map says: A, B and C are free            so the list is made anew, without B
 *
 * Every word of a list says what another word says as well, and mem_map says a third time which blocks
 * are free, or a CPU's.  A word is wrong when it leads to no such block, or to one that is linked, both
 * ways, with another neighbour.  The blocks with wrong words, or with a page that is no tail or has
 * references, are taken out; nothing of them is believed, so nothing is handed out twice.  A block that
 * is in the list and is not free, says mem_map, is left to whom it belongs; one that is nobody's is put
 * away, too.
 *
 * The lists of one CPU and zone have pages that mem_map cannot tell apart: those of the other one, as
 * far as its links lead, are set aside.  Other CPUs' lists are empty, as those do not run yet.
 *
 * Invariant  M1  A block that was put away is PAGE_USED and OWNER_QUARANTINE: `held` in the balance, no
 *                buddy to merge with, refused when it is freed.
 *
 * Locking: zone->lock is held, or the list is this CPU's and interrupts are off.
 * Read next: buddy.c, hotcold/pcp_hotcold.c.
 */
#include <limits.h>

#include "kernel/bug.h"
#include "mm/page/mend.h"
#include "mm/page/page_debug.h"
#include "mm/page/page_view.h"

/* The reference counts that mark a block meanwhile: no free one has any. */
enum { SUSPECT = 1, ANOTHERS = INT_MIN };

static struct free_list list_of(struct zone *zone, unsigned int order)
{
	return (struct free_list){
		.zone = zone,
		.head = &zone->free_area[order].free_list,
		.flags = zone->page_flags | head_bits(PAGE_FREE, order),
		.length = zone->free_area[order].nr_free,
		.what = "broken free list",
		.expected = "free blocks, linked both ways",
		.name = "order",
		.number = order,
	};
}

static unsigned int order_of(const struct free_list *list)
{
	return list->flags & PAGE_ORDER_MASK;
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

/* May it stand in the list: is it the list's head, or in a block that belongs there? */
static bool is_member(const struct free_list *list, const struct list_head *link)
{
	const struct page *page;

	if (link == list->head)
		return true;
	page = page_of_link(link);
	return page && page->flags == list->flags && page->_refcount != ANOTHERS;
}

/* --- looking ---------------------------------------------------------------------------------- */

/* Is the block free as a whole: its pages are tails, and nobody refers to one? */
static bool is_free_throughout(const struct free_list *list, const struct page *page)
{
	const char *what;

	return !free_block_fault(list->zone, page, order_of(list), &what);
}

/* Can it be taken out of its list without harm, and given to somebody? */
static bool is_sound(const struct free_list *list, const struct page *page)
{
	const struct list_head *entry = &page->lru;

	return page->flags == list->flags && is_free_throughout(list, page) &&
	       is_member(list, entry->next) && is_member(list, entry->prev) &&
	       entry->next->prev == entry && entry->prev->next == entry;
}

/* Is there a block at the list's beginning, and can one be put before it? */
static bool begins_soundly(const struct free_list *list, bool empty)
{
	const struct list_head *head = list->head;
	const struct page *first = page_of_link(head->next);

	if (head->next == head)
		return empty && head->prev == head;
	return !empty && first && is_sound(list, first);
}

/* Is all of it sound, and as long as it should be?  *seen: the first block that is not, if any is. */
static bool is_whole(const struct free_list *list, struct page **seen)
{
	const struct list_head *link = list->head;
	unsigned long length = 0;

	for (*seen = NULL; link->next != list->head; link = link->next) {
		*seen = page_of_link(link->next);
		if (!*seen || !is_sound(list, *seen) || length++ == list->length)
			return false;
	}
	*seen = NULL;
	return length == list->length && list->head->prev == link;
}

/* --- mending ---------------------------------------------------------------------------------- */

/* Does link's word, which leads to `to`, contradict what is said of `to` twice? */
static bool is_wrong(const struct free_list *list, const struct list_head *link,
		     const struct list_head *to, bool forward)
{
	const struct list_head *back;

	if (to != list->head && !page_of_link(to))
		return true;
	back = forward ? to->prev : to->next;
	if (back == link)
		return false; /* it is right, even if the flags of the other one are not */
	if (!is_member(list, to))
		return true;
	if (!is_member(list, back))
		return false; /* the other one's word is the wrong one */
	return (forward ? back->next : back->prev) == to;
}

static bool is_suspect(const struct free_list *list, const struct page *page)
{
	return !is_free_throughout(list, page) ||
	       is_wrong(list, &page->lru, page->lru.next, true) ||
	       is_wrong(list, &page->lru, page->lru.prev, false);
}

/* The next block of mem_map that belongs to the list, from pfn on; NULL behind the last. */
static struct page *next_free(const struct free_list *list, pfn_t pfn)
{
	const unsigned long pages = 1ul << order_of(list);

	for (pfn = ALIGN(pfn, pages); pfn < zone_described_end(list->zone); pfn += pages)
		if (pfn_valid(pfn) && is_member(list, &pfn_to_page(pfn)->lru))
			return pfn_to_page(pfn);
	return NULL;
}

#define for_each_free(page, list)                                            \
	for ((page) = next_free(list, (list)->zone->zone_start_pfn); (page); \
	     (page) = next_free(list, page_to_pfn(page) + (1ul << order_of(list))))

/* Keeps M1.  What its other pages say is not believed either: they are tails from now on. */
static void put_away(const struct free_list *list, struct page *page)
{
	for (unsigned long i = 1; i < 1ul << order_of(list); i++) {
		page[i].flags = list->zone->page_flags;
		page[i]._refcount = 0;
	}
	page->flags = list->zone->page_flags | head_bits(PAGE_USED, order_of(list));
	page->_refcount = 1;
	INIT_LIST_HEAD(&page->lru);
	page_set_owner(page, OWNER_QUARANTINE);
}

/* A block of the list that mem_map knows as nothing: its head was overwritten. */
static bool is_nobodys(const struct free_list *list, const struct page *page)
{
	return page_to_pfn(page) % (1ul << order_of(list)) == 0 &&
	       (page_state(page) > PAGE_ABSENT ||
		(page_state(page) == PAGE_TAIL && !page_head_of_tail(page)));
}

/* Marks what is suspect by a reference, which no free block has; returns the first. */
static struct page *mark_suspects(const struct free_list *list)
{
	struct page *page, *first = NULL;

	for_each_free(page, list) {
		if (!is_suspect(list, page))
			continue;
		page->_refcount = SUSPECT;
		first = first ? first : page;
	}
	return first;
}

/* Puts away what one of a free block's words leads to, if it is linked to the block, and nobody's. */
static struct page *put_stray_away(const struct free_list *list, const struct list_head *link,
				   const struct list_head *to, bool forward)
{
	struct page *stray = page_of_link(to);

	if (!stray || is_member(list, to) || (forward ? to->prev : to->next) != link ||
	    !is_nobodys(list, stray))
		return NULL;
	put_away(list, stray);
	return stray;
}

/* The same for all of them; returns the last. */
static struct page *put_strays_away(const struct free_list *list)
{
	struct page *page, *last = NULL, *stray;

	for_each_free(page, list) {
		stray = put_stray_away(list, &page->lru, page->lru.next, true);
		last = stray ? stray : last;
		stray = put_stray_away(list, &page->lru, page->lru.prev, false);
		last = stray ? stray : last;
	}
	return last;
}

/* Finds out who it is, while the list's words are still there; `seen` when all others are sound. */
static struct page *find_suspects(const struct free_list *list, struct page *seen)
{
	struct page *suspect = mark_suspects(list), *stray = put_strays_away(list);

	if (suspect || stray || !seen)
		return suspect ? suspect : stray;
	if (is_member(list, &seen->lru))
		seen->_refcount = SUSPECT;
	else if (is_nobodys(list, seen))
		put_away(list, seen);
	return seen;
}

/* The list anew, of the unmarked blocks; the marked ones are put away.  Returns its length. */
static unsigned long rebuild(const struct free_list *list)
{
	unsigned long length = 0;
	struct page *page;

	INIT_LIST_HEAD(list->head);
	for_each_free(page, list) {
		if (page_count(page)) {
			put_away(list, page);
			continue;
		}
		list_add_tail(&page->lru, list->head);
		length++;
	}
	return length;
}

/* The pages of the other list, from its beginning as far as they are sound, are not this one's. */
static void set_aside(const struct free_list *list, int references)
{
	const struct list_head *link = list->others;
	struct page *page;

	while (link && link->next != list->others) {
		page = page_of_link(link->next);
		if (!page || page->flags != list->flags || page->lru.prev != link ||
		    page_count(page) == references)
			return;
		page->_refcount = references;
		link = link->next;
	}
}

/* seen: at which block it was noticed; NULL: at the list's head.  Returns how long it is afterwards. */
static unsigned long __noinline __cold mend(const struct free_list *list, struct page *seen)
{
	struct bug_report report = {
		.family = "page",
		.what = list->what,
		.expected = list->expected,
		.caller = _RET_IP_,
	};
	char history[PAGE_HISTORY] = "";
	struct page *suspect;
	unsigned long length;

	set_aside(list, ANOTHERS);
	suspect = find_suspects(list, seen);
	length = rebuild(list);
	set_aside(list, 0);
	report.object = suspect;
	if (suspect)
		page_debug_history(suspect, history, sizeof(history));
	bug(&report, "%s %s %u, pfn 0x%lx; of %lu blocks %lu go on%s", list->zone->name, list->name,
	    list->number, suspect ? page_to_pfn(suspect) : 0, list->length, length, history);
	return length;
}

unsigned long mend_list(const struct free_list *list)
{
	struct page *seen;

	return likely(is_whole(list, &seen)) ? list->length : mend(list, seen);
}

/* --- the buddy's lists, before use ------------------------------------------------------------ */

static __always_inline void mend_area(struct zone *zone, unsigned int order, struct page *seen)
{
	const struct free_list list = list_of(zone, order);
	struct free_area *area = &zone->free_area[order];

	area->nr_free = mend(&list, seen);
	zone->free_pages -= (list.length - area->nr_free) << order;
	zone->free_orders = (zone->free_orders & ~(1u << order)) | (u32) !!area->nr_free << order;
}

static __always_inline void mend_at_head(struct zone *zone, unsigned int order)
{
	mend_area(zone, order, page_of_link(zone->free_area[order].free_list.next));
}

void mend_before_take(struct zone *zone, unsigned int order)
{
	unsigned int fitting;

	while ((fitting = zone->free_orders >> order)) {
		unsigned int from = order + (unsigned int)__builtin_ctz(fitting);
		const struct free_list list = list_of(zone, from);

		if (likely(begins_soundly(&list, false)))
			return;
		mend_at_head(zone, from);
	}
}

/* Is the list of this order, empty or not as free_orders says, ready for one more? */
static void mend_before_add(struct zone *zone, unsigned int order)
{
	const struct free_list list = list_of(zone, order);

	if (unlikely(!begins_soundly(&list, !(zone->free_orders & 1u << order))))
		mend_at_head(zone, order);
}

void mend_before_give(struct zone *zone, const struct page *page, unsigned int order)
{
	pfn_t pfn = page_to_pfn(page);

	for (; order < MAX_ORDER - 1; order++) {
		const struct free_list list = list_of(zone, order);
		struct page *buddy = pfn_to_page(pfn ^ (1ul << order));

		if (buddy->flags != list.flags)
			break;
		if (unlikely(!is_sound(&list, buddy)))
			mend_area(zone, order, buddy);
		if (buddy->flags != list.flags)
			break;
		pfn &= ~(1ul << order);
	}
	mend_before_add(zone, order);
}
