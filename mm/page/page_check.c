/*
 * page_check.c - do the free lists, mem_map and the zones' numbers tell the same?
 *
 *	lists     order by order: blocks that are free heads, whole, whose buddy is not free    I1 to I5
 *	mem_map   block by block: every frame of RAM is of one block, with the references that
 *	          its state allows; as many free heads as the lists have, as many pages of CPUs'
 *	          lists as those count, as many reserved as the zone was not given              W1 to W6
 *
 * Invariants (beside buddy.c's I1 to I5)
 *   W1  Every frame of RAM is in one block, of its zone; others are PAGE_ABSENT.
 *   W2  A free head is on its list.
 *   W3  The head of a block in use has references; a tail, a free or reserved page has none.
 *   W4  A page of PAGE_PCP is in a CPU's list.
 *   W5  present_pages - managed_pages pages are PAGE_RESERVED.
 *   W6  mem_map has all RAM.  A zone's frames are of its node and of its side of lowmem's end, and
 *       present_pages of them are RAM.
 *
 * In DEBUG builds, page_debug.c's D1, as far as a page's first word shows it.
 *
 * DEBUG builds ask about each block before it is given out or taken back (mend.c, free.c).
 *
 * Locking: the zone's, while that zone is walked; interrupts are off, so this CPU's lists stand still.
 * Read next: buddy.c; mend.c, for what DEBUG builds do about it.
 */
#include "kernel/check/check.h"
#include "mm/page/page_debug.h"
#include "mm/page/page_impl.h"
#include "mm/page/page_view.h"
#include "mm/page/pcp.h"

/* A zone being walked. */
struct walk {
	struct check *check;
	const struct zone *zone;
	unsigned long free_heads[MAX_ORDER], pcp, reserved;
};

static bool wrong(struct check *check, const struct zone *zone, unsigned int order,
		  const struct page *page, const char *what)
{
	return check_broken(check, "%s (zone %s, order %u, pfn 0x%lx, flags 0x%lx, references %d)",
			    what, zone->name, order, page ? page_to_pfn(page) : 0,
			    page ? (unsigned long)page->flags : 0, page ? page_count(page) : 0);
}

/* --- lists ------------------------------------------------------------------------------------ */

const struct page *free_block_fault(const struct zone *zone, const struct page *head,
				    unsigned int order, const char **what)
{
	for (const struct page *page = head; page < head + (1ul << order); page++) {
		*what = "I1: inside a free block, not a tail";
		if (page != head && page->flags != zone->page_flags)
			return page;
		*what = "I5: free, with references";
		if (page_count(page))
			return page;
	}
	return NULL;
}

static bool check_rest(struct check *check, const struct zone *zone, const struct page *page,
		       unsigned int order)
{
	const char *what;
	const struct page *fault = free_block_fault(zone, page, order, &what);

	if (fault)
		return wrong(check, zone, order, fault, what);
	for (unsigned long i = 0; debug_build && i < 1ul << order; i++)
		if (!page_debug_holds(page + i))
			return wrong(check, zone, order, page + i,
				     "D1: free, and it does not begin with its poison");
	return true;
}

static bool check_block(struct check *check, const struct zone *zone, const struct page *page,
			unsigned int order)
{
	pfn_t pfn = page_to_pfn(page), buddy_pfn = pfn ^ (1ul << order);
	u32 free_head = zone->page_flags | head_bits(PAGE_FREE, order);

	if (pfn < zone->zone_start_pfn || pfn + (1ul << order) > zone_end_pfn(zone))
		return wrong(check, zone, order, page, "I1: outside of its zone");
	if (pfn & ((1ul << order) - 1))
		return wrong(check, zone, order, page, "I1: not aligned to its size");
	if (page->flags != free_head)
		return wrong(check, zone, order, page, "I1: not the flags of a free head");
	if (!check_rest(check, zone, page, order))
		return false;
	if (order < MAX_ORDER - 1 && pfn_to_page(buddy_pfn)->flags == free_head)
		return wrong(check, zone, order, page, "I2: its buddy is free, too");
	return true;
}

static bool check_links(struct check *check, const struct zone *zone, unsigned int order)
{
	const struct list_head *at, *head = &zone->free_area[order].free_list;
	const char *fault;

	check_at(check, head);
	fault = list_fault(head, &at);
	if (!fault)
		return true;
	if (at == head)
		return check_broken(check, "I1: zone %s, order %u, the list's head %p: %s",
				    zone->name, order, (const void *)head, fault);
	return check_broken(check, "I1: zone %s, order %u, the link of pfn 0x%lx at %p: %s",
			    zone->name, order, page_of_link(at) ? page_to_pfn(page_of_link(at)) : 0,
			    (const void *)at, fault);
}

static bool check_area(struct check *check, const struct zone *zone, unsigned int order)
{
	const struct free_area *area = &zone->free_area[order];
	const struct list_head *link;
	unsigned long length = 0;

	if (!check_links(check, zone, order))
		return false;
	list_for_each(link, &area->free_list) {
		const struct page *page = page_of_link(link);

		if (!page)
			return check_broken(check, "I1: zone %s, order %u: %p is no page's link",
					    zone->name, order, (const void *)link);
		if (!check_block(check, zone, page, order))
			return false;
		length++;
	}
	if (length != area->nr_free)
		return check_broken(check,
				    "I3: zone %s, order %u: %lu blocks listed, nr_free is %lu",
				    zone->name, order, length, area->nr_free);
	if (!!(zone->free_orders & 1u << order) != !!length)
		return wrong(check, zone, order, NULL, "I4: free_orders is not what the list is");
	check_counted(check, length, "free blocks");
	return true;
}

static bool check_lists(struct check *check, const struct zone *zone)
{
	unsigned long pages = 0;

	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		if (!check_area(check, zone, order))
			return false;
		pages += zone->free_area[order].nr_free << order;
	}
	if (pages != zone->free_pages)
		return check_broken(check, "I3: zone %s: %lu pages listed, free_pages is %lu",
				    zone->name, pages, zone->free_pages);
	return true;
}

/* --- mem_map ---------------------------------------------------------------------------------- */

static bool wrong_frame(const struct walk *walk, const struct page *page, const char *what)
{
	return wrong(walk->check, walk->zone, page_order(page), page, what);
}

const struct page *used_block_fault(const struct page *head, const char **what)
{
	const struct page *page = head, *end = head + (1ul << page_order(head));

	*what = "W3: in use, without references";
	if (page_count(head) < 1)
		return head;
	while (++page < end) {
		*what = "W1: inside a block in use, not a tail";
		if (page_state(page) != PAGE_TAIL)
			return page;
		*what = "W3: a tail, with references";
		if (page_count(page))
			return page;
	}
	return NULL;
}

static bool check_used(const struct walk *walk, const struct page *head)
{
	const char *what;
	const struct page *wrong_one = used_block_fault(head, &what);

	return !wrong_one || wrong_frame(walk, wrong_one, what);
}

static bool check_state(struct walk *walk, const struct page *page)
{
	switch (page_state(page)) {
	case PAGE_FREE:
		walk->free_heads[page_order(page)]++;
		return true; /* the lists' part has looked at it, unless it is on none */
	case PAGE_USED:
		return check_used(walk, page);
	case PAGE_PCP:
		walk->pcp++;
		if (page_count(page))
			return wrong_frame(walk, page, "W3: in a CPU's list, with references");
		return page_order(page) == 0 ||
		       wrong_frame(walk, page, "W4: in a CPU's list, and more than a page");
	case PAGE_RESERVED:
		walk->reserved++;
		return !page_count(page) ||
		       wrong_frame(walk, page, "W3: reserved, with references");
	case PAGE_ABSENT:
	case PAGE_TAIL:
		break;
	}
	return wrong_frame(walk, page, "W1: a frame of RAM, and of no block");
}

/* One block; *pfn is behind it then. */
static bool walk_block(struct walk *walk, pfn_t *pfn)
{
	const struct page *page = pfn_to_page(*pfn);
	unsigned int order = page_state(page) == PAGE_RESERVED ? 0 : page_order(page);

	check_at(walk->check, page);
	if ((page->flags ^ walk->zone->page_flags) >> PAGE_ZONE_SHIFT)
		return wrong_frame(walk, page, "W1: another zone's");
	if (order >= MAX_ORDER || *pfn % (1ul << order) ||
	    *pfn + (1ul << order) > zone_end_pfn(walk->zone))
		return wrong_frame(walk, page, "W1: not a block of its zone");
	*pfn += 1ul << order;
	return check_state(walk, page);
}

static bool has_all_ram(void)
{
	return mem_map_pfn == ALIGN_DOWN(min_pfn, (pfn_t)MAX_ORDER_NR_PAGES) &&
	       mem_map_pages == ALIGN(max_pfn, (pfn_t)MAX_ORDER_NR_PAGES) - mem_map_pfn;
}

static bool is_its_nodes(const struct zone *zone)
{
	const pg_data_t *pgdat = zone->zone_pgdat;
	pfn_t start = zone->zone_start_pfn, end = zone_end_pfn(zone);

	return pgdat->node_zones + zone->type == zone && start >= pgdat->node_start_pfn &&
	       end <= pgdat_end_pfn(pgdat) && zone_described_end(zone) == end &&
	       (is_highmem(zone) ? start >= lowmem_end_pfn : end <= lowmem_end_pfn);
}

/* W6; mem_map is walked by what this verifies. */
static bool check_extent(struct check *check, const struct zone *zone)
{
	pfn_t start = zone->zone_start_pfn;
	unsigned long ram = present_pages(start, zone_end_pfn(zone));

	check_at(check, zone);
	return (has_all_ram() && is_its_nodes(zone) && ram == zone->present_pages) ||
	       check_broken(check, "W6: zone %s: %lu frames from 0x%lx, %lu RAM, present_pages %lu",
			    zone->name, zone->spanned_pages, start, ram, zone->present_pages);
}

static bool walk_map(struct walk *walk)
{
	const bool holes = walk->zone->present_pages < walk->zone->spanned_pages;
	pfn_t pfn = walk->zone->zone_start_pfn, end = zone_end_pfn(walk->zone);

	while (pfn < end) {
		if (holes && !pfn_present(pfn)) {
			if (page_has_struct(pfn) && page_state(pfn_to_page(pfn)) != PAGE_ABSENT)
				return wrong_frame(walk, pfn_to_page(pfn),
						   "W1: no RAM, not absent");
			pfn++;
		} else if (!walk_block(walk, &pfn)) {
			return false;
		}
	}
	return true;
}

static bool check_sums(const struct walk *walk)
{
	const struct zone *zone = walk->zone;
	unsigned long missing = zone->present_pages - zone->managed_pages;

	for (unsigned int order = 0; order < MAX_ORDER; order++)
		if (walk->free_heads[order] != zone->free_area[order].nr_free)
			return check_broken(walk->check,
					    "W2: zone %s, order %u: %lu free heads, %lu are listed",
					    zone->name, order, walk->free_heads[order],
					    zone->free_area[order].nr_free);
	if (walk->pcp != pcp_pages(zone))
		return check_broken(walk->check,
				    "W4: zone %s: %lu pages are of CPUs' lists, which count %lu",
				    zone->name, walk->pcp, pcp_pages(zone));
	if (walk->reserved != missing)
		return check_broken(walk->check,
				    "W5: zone %s: %lu pages are reserved, %lu were not given",
				    zone->name, walk->reserved, missing);
	return true;
}

CHECKER(buddy_check, "page", "free lists, each frame's block and references, reservations")
{
	struct zone *zone;

	if (!mem_map_pages) {
		check_unverified(check, "pages have no struct page yet");
		return;
	}
	for_each_zone(zone) {
		struct walk walk = { .check = check, .zone = zone };
		bool sound;

		if (!check_lock(check, &zone->lock))
			return;
		sound = check_lists(check, zone) && check_extent(check, zone) && walk_map(&walk) &&
			check_sums(&walk);
		check_unlock(check, &zone->lock);
		if (!sound)
			return;
		check_counted(check, 1, "zones");
		check_counted(check, zone->present_pages, "pages");
	}
}
