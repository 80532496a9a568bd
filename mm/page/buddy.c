/*
 * buddy.c - hands out physically contiguous blocks of 2^order pages
 *
 *	order 2  [ . . . . | # # # # ]     . free   # in use
 *	order 1  [ . . | # # ]             buddy(pfn, o) = pfn ^ (1 << o)
 *
 * Above: pcp (order 0), the slab family, vmalloc.  Below: the early allocator's hand-off.
 *
 * A free block is found by its size alone: free_orders has a bit for each order whose list is not
 * empty, so the smallest that is large enough is one count of trailing zeros away.  A merge asks
 * one question of the buddy's head: are your flags, all of them, those of a free block of my order
 * in my zone?  Tails never match, since their state is PAGE_TAIL; pages in use, reserved, absent,
 * or of another zone do not either.
 *
 * Invariants (buddy_check_zone() verifies all)
 *   I1  A free block's pfn is a multiple of 2^order; its head's flags are exactly the zone's bits,
 *       PAGE_FREE and the order; its other pages are PAGE_TAIL.
 *   I2  No two buddies of equal order are both free.
 *   I3  zone->free_pages == sum over orders of nr_free * 2^order; nr_free is the list's length.
 *   I4  Bit o of free_orders is set if and only if the list of order o is not empty.
 *   I5  No page of a free block has references.
 *
 * Life of a block
 *   early -> free(order) --split--> allocated -> freed --merge--> free
 *
 * Locking  zone->lock covers all of this; interrupts are off inside.
 * Read next: alloc.c, then free.c.
 * Linux: mm/page_alloc.c (__rmqueue_smallest, __free_one_page)
 */
#include "mm/page/page_impl.h"
#include "kernel/printk.h"
#include "kernel/trace.h"
#include "mm/page/mend.h"

static inline void area_add(struct zone *zone, struct page *page, unsigned int order)
{
	struct free_area *area = &zone->free_area[order];

	page->flags = zone->page_flags | head_bits(PAGE_FREE, order); /* keeps I1 */
	list_add(&page->lru, &area->free_list);
	area->nr_free++;
	zone->free_orders |= 1u << order; /* keeps I4 */
}

static inline void area_del(struct zone *zone, struct page *page, unsigned int order)
{
	struct free_area *area = &zone->free_area[order];

	__list_del_entry(&page->lru);
	if (--area->nr_free == 0)
		zone->free_orders &= ~(1u << order); /* keeps I4 */
}

/* --- narration, after the fact: what a split or merge did follows from where it began and ended -- */

static void __noinline __cold narrate_split(const struct zone *zone, const struct page *page,
					    unsigned int from, unsigned int order)
{
	while (from-- > order)
		trace_line(TRACE_PAGE, "%s: split 0x%lx: 0x%lx is free, order %u", zone->name,
			   page_to_pfn(page), page_to_pfn(page) + (1ul << from), from);
}

static void __noinline __cold narrate_merge(const struct zone *zone, const struct page *page,
					    unsigned int from, unsigned int order)
{
	for (pfn_t pfn = page_to_pfn(page); from < order; from++) {
		pfn_t buddy = pfn ^ (1ul << from);

		trace_line(TRACE_PAGE, "%s: merge 0x%lx and 0x%lx: order %u", zone->name,
			   pfn & buddy, pfn | buddy, from + 1);
		pfn &= buddy;
	}
}

/* --- taking ------------------------------------------------------------------------------------------ */

/* The upper half of a block that is larger than wanted goes back, halving down to `order`. */
static __noinline void split(struct zone *zone, struct page *page, unsigned int from,
			     unsigned int order)
{
	struct free_area *area = &zone->free_area[from];
	u32 flags = zone->page_flags | head_bits(PAGE_FREE, from);

	/* each of the orders in between gets one block: keeps I4 */
	zone->free_orders |= (1u << from) - (1u << order);
	if (unlikely(trace_on(TRACE_PAGE)))
		narrate_split(zone, page, from, order);
	while (from > order) {
		struct page *upper = page + (1ul << --from);

		area--;
		upper->flags = --flags; /* keeps I1: the order stands in the lowest bits */
		list_add(&upper->lru, &area->free_list);
		area->nr_free++;
	}
}

static __always_inline struct page *take(struct zone *zone, unsigned int order)
{
	unsigned int fitting, from;
	struct page *page;

	assert_spin_locked(&zone->lock);
	if (debug_build)
		mend_before_take(zone, order);
	fitting = zone->free_orders >> order;
	if (unlikely(!fitting))
		return NULL;
	from = order + (unsigned int)__builtin_ctz(fitting);
	page = list_first_entry(&zone->free_area[from].free_list, struct page, lru);
	area_del(zone, page, from);
	page->flags = zone->page_flags | head_bits(PAGE_USED, order);
	zone->free_pages -= 1ul << order; /* keeps I3 */
	zone->pgalloc += 1ul << order;
	if (from != order)
		split(zone, page, from, order);
	return page;
}

struct page *buddy_take_locked(struct zone *zone, unsigned int order)
{
	return take(zone, order);
}

/* Makes 2^order singles of the block and puts them behind `last`; returns the new last. */
static inline struct list_head *string_up(struct page *block, unsigned int order, u32 flags,
					  struct list_head *last)
{
	for (struct page *end = block + (1ul << order); block < end; block++) {
		block->flags = flags;
		block->lru.prev = last;
		last->next = &block->lru;
		last = &block->lru;
	}
	return last;
}

/*
 * The smallest blocks are used up first, each in one piece: the pages are the ones that single
 * requests would have got, one after the other.
 */
unsigned int buddy_take_singles_locked(struct zone *zone, unsigned int want, u32 flags,
				       struct list_head *list)
{
	struct list_head *last = list->prev;
	unsigned int left = want;

	while (left && zone->free_orders) {
		unsigned int smallest = (unsigned int)__builtin_ctz(zone->free_orders);
		unsigned int largest = 31 - (unsigned int)__builtin_clz(left);
		unsigned int order = min(smallest, largest);

		last = string_up(take(zone, order), order, flags, last);
		left -= 1u << order;
	}
	last->next = list;
	list->prev = last;
	return want - left;
}

struct page *buddy_alloc(struct zone *zone, unsigned int order)
{
	unsigned long flags;
	struct page *page;

	spin_lock_irqsave(&zone->lock, flags);
	page = take(zone, order);
	spin_unlock_irqrestore(&zone->lock, flags);
	return page;
}

/* --- giving back --------------------------------------------------------------------------------------- */

/*
 * The struct page of the buddy.  sizeof(struct page) is a power of two, and mem_map is aligned to a
 * whole block's part of it: so buddies differ in just one bit of their struct pages' addresses, and
 * neither frame numbers nor mem_map are needed to find one from the other.
 */
static inline struct page *buddy_of(struct page *page, unsigned int order)
{
	return (struct page *)((unsigned long)page ^ (sizeof(*page) << order));
}

/* The caller adds to free_pages: keeps I3. */
static __always_inline void give(struct zone *zone, struct page *page, unsigned int order)
{
	const struct page *given = page;
	unsigned int from = order;
	u32 tail = zone->page_flags;

	assert_spin_locked(&zone->lock);
	if (debug_build)
		mend_before_give(zone, page, order);
	for (; order < MAX_ORDER - 1; order++) {
		struct page *buddy = buddy_of(page, order);

		if (buddy->flags != (tail | head_bits(PAGE_FREE, order)))
			break;
		area_del(zone, buddy, order); /* keeps I2 */
		max(page, buddy)->flags = tail;
		page = min(page, buddy);
	}
	area_add(zone, page, order);
	if (order != from && unlikely(trace_on(TRACE_PAGE)))
		narrate_merge(zone, given, from, order);
}

void buddy_give_locked(struct zone *zone, struct page *page, unsigned int order)
{
	zone->free_pages += 1ul << order;
	give(zone, page, order);
}

void buddy_give_singles_locked(struct zone *zone, unsigned int pages, struct list_head *list)
{
	zone->free_pages += pages;
	while (pages--) {
		struct page *page = list_last_entry(list, struct page, lru);

		__list_del_entry(&page->lru);
		give(zone, page, 0);
	}
}

void buddy_free(struct page *page, unsigned int order)
{
	struct zone *zone = page_zone(page);
	unsigned long flags;

	__asm__("" : "+r"(zone)); /* computed once, not again for each field */
	spin_lock_irqsave(&zone->lock, flags);
	zone->free_pages += 1ul << order;
	give(zone, page, order);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* --- checking -------------------------------------------------------------------------------------- */

static bool wrong(const struct zone *zone, const char *invariant, unsigned int order,
		  const struct page *page, const char *what)
{
	pr_err("buddy: %s: zone %s order %u pfn 0x%lx flags 0x%lx: %s", invariant, zone->name,
	       order, page ? page_to_pfn(page) : 0, page ? (unsigned long)page->flags : 0, what);
	return false;
}

static bool check_block(struct zone *zone, const struct page *page, unsigned int order)
{
	pfn_t pfn = page_to_pfn(page), buddy_pfn = pfn ^ (1ul << order);
	u32 free_head = zone->page_flags | head_bits(PAGE_FREE, order);

	if (pfn < zone->zone_start_pfn || pfn + (1ul << order) > zone_end_pfn(zone))
		return wrong(zone, "I1", order, page, "outside of its zone");
	if (pfn & ((1ul << order) - 1))
		return wrong(zone, "I1", order, page, "not aligned to its size");
	if (page->flags != free_head)
		return wrong(zone, "I1", order, page, "not the flags of a free head");
	for (unsigned long i = 0; i < 1ul << order; i++) {
		if (i && page[i].flags != zone->page_flags)
			return wrong(zone, "I1", order, page + i,
				     "inside a free block, not a tail");
		if (page_count(page + i))
			return wrong(zone, "I5", order, page + i, "free, with references");
	}
	if (order < MAX_ORDER - 1 && pfn_to_page(buddy_pfn)->flags == free_head)
		return wrong(zone, "I2", order, page, "its buddy is free, too");
	return true;
}

static bool check_area(struct zone *zone, unsigned int order)
{
	const struct free_area *area = &zone->free_area[order];
	unsigned long length = 0;
	struct page *page;

	list_for_each_entry(page, &area->free_list, lru) {
		if (!check_block(zone, page, order))
			return false;
		if (++length > area->nr_free)
			return wrong(zone, "I3", order, page, "the list is longer than nr_free");
	}
	if (length != area->nr_free)
		return wrong(zone, "I3", order, NULL, "the list is shorter than nr_free");
	if (!!(zone->free_orders & 1u << order) != !!length)
		return wrong(zone, "I4", order, NULL, "free_orders is not what the list is");
	return true;
}

static bool check_zone_locked(struct zone *zone)
{
	unsigned long pages = 0;

	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		if (!check_area(zone, order))
			return false;
		pages += zone->free_area[order].nr_free << order;
	}
	if (pages != zone->free_pages)
		return wrong(zone, "I3", 0, NULL, "free_pages is not the sum of the lists");
	return true;
}

bool buddy_check_zone(struct zone *zone)
{
	unsigned long flags;
	bool sound;

	spin_lock_irqsave(&zone->lock, flags);
	sound = check_zone_locked(zone);
	spin_unlock_irqrestore(&zone->lock, flags);
	return sound;
}

bool buddy_check(void)
{
	struct zone *zone;

	for_each_zone(zone) {
		if (!buddy_check_zone(zone))
			return false;
	}
	return true;
}
