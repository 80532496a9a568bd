/*
 * buddy.c - hands out physically contiguous blocks of 2^order pages
 *
 *	order 2  [ . . . . | # # # # ]     . free   # in use
 *	order 1  [ . . | # # ]             buddy(pfn, o) = pfn ^ (1 << o)
 *
 * Above: pcp (order 0), the slab family, vmalloc.  Below: the early allocator's hand-off.
 *
 * What one block needs is in buddy_core.h.  Here are the same steps as functions, and many single pages at
 * once.
 *
 * Invariants (page_check.c verifies all)
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
 * Read next: buddy_core.h; alloc.c, then free.c.
 * Linux: mm/page_alloc.c (__rmqueue_smallest, __free_one_page)
 */
#include "mm/page/buddy_core.h"

/* --- narration, after the fact: what a split or merge did follows from where it began and ended  */

void __cold buddy_narrate_split(const struct zone *zone, const struct page *page, unsigned int from,
				unsigned int order)
{
	while (from-- > order)
		trace_line(TRACE_PAGE, "%s: split 0x%lx: 0x%lx is free, order %u", zone->name,
			   page_to_pfn(page), page_to_pfn(page) + (1ul << from), from);
}

void __cold buddy_narrate_merge(const struct zone *zone, const struct page *page, unsigned int from,
				unsigned int order)
{
	for (pfn_t pfn = page_to_pfn(page); from < order; from++) {
		pfn_t buddy = pfn ^ (1ul << from);

		trace_line(TRACE_PAGE, "%s: merge 0x%lx and 0x%lx: order %u", zone->name,
			   pfn & buddy, pfn | buddy, from + 1);
		pfn &= buddy;
	}
}

/* --- taking ----------------------------------------------------------------------------------- */

struct page *buddy_take_locked(struct zone *zone, unsigned int order)
{
	struct page *page;

	return buddy_take(zone, order, 0, 0, &page) ? page : NULL;
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
 * requests would have got, one after the other.  Where free memory lies in small pieces, a visit
 * ends after TAKE_BLOCKS of them, so that what it costs is bounded by more than the number of pages.
 */
unsigned int buddy_take_singles_locked(struct zone *zone, unsigned int want, u32 flags,
				       struct list_head *list)
{
	struct list_head *last = list->prev;
	unsigned int left = want;

	for (unsigned int n = 0; n < TAKE_BLOCKS && left && zone->free_orders; n++) {
		unsigned int smallest = (unsigned int)__builtin_ctz(zone->free_orders);
		unsigned int largest = 31 - (unsigned int)__builtin_clz(left);
		unsigned int order = min(smallest, largest);
		struct page *block;

		if (buddy_take(zone, order, 0, 0, &block))
			last = string_up(block, order, flags, last);
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
	bool took;

	spin_lock_irqsave(&zone->lock, flags);
	took = buddy_take(zone, order, 0, 1, &page);
	spin_unlock_irqrestore(&zone->lock, flags);
	if (ARCH_WATCHES && took)
		watch_taken(page, order);
	return took ? page : NULL;
}

/* --- giving back ------------------------------------------------------------------------------ */

void buddy_give_locked(struct zone *zone, struct page *page, unsigned int order)
{
	buddy_give(zone, page, order);
}

/*
 * The order of the block that a list's last pages are, `most` at most: they lie side by side in RAM.
 * Freed in the order in which they were taken they ascend, the other way round they descend: `step` is
 * the way from one to the next.  `place` is the first one's number, counted from the end of all memory
 * when they descend, so that in both cases the block's length must divide it.
 */
static inline unsigned int run_order(const struct list_head *last, unsigned int most, long step)
{
	unsigned long place = (unsigned long)last / sizeof(struct page), length = 1;

	most = min(most, 1u << __builtin_ctzl((step > 0 ? place : ~place) | MAX_ORDER_NR_PAGES));
	while (length < most && (char *)last->prev == (char *)last + step) {
		last = last->prev;
		length++;
	}
	return BITS_PER_LONG - 1 - (unsigned int)__builtin_clzl(length);
}

/* All of them become tails; the lowest, the block's head, will be made one. */
static inline void make_tails(struct page *block, unsigned int order, u32 tail)
{
	for (struct page *end = block + (1ul << order); block < end; block++)
		block->flags = tail;
}

/* Gives back the list's last page, or the last ones that are a block; returns their order. */
static __always_inline unsigned int give_last(struct zone *zone, struct list_head **last,
					      unsigned int most, unsigned int *work)
{
	const long size = sizeof(struct page);
	struct list_head *lowest = *last, *end = *last; /* in RAM; towards the list's head */
	long step = (char *)end->prev - (char *)end;
	unsigned int order = 0;

	if (step == size || step == -size) {
		order = run_order(end, most, step);
		end = (struct list_head *)((char *)end + ((1l << order) - 1) * step);
		lowest = min(lowest, end);
		make_tails(list_entry(lowest, struct page, lru), order, zone->page_flags);
	}
	*last = end->prev;
	*work += 1 + buddy_give(zone, list_entry(lowest, struct page, lru), order) - order;
	return order;
}

/*
 * A run goes back as the block that it is.  The visit ends with `most` pages, or when it has done
 * GIVE_WORK: a block counts one, and so does each merge.
 */
unsigned int buddy_give_singles_locked(struct zone *zone, unsigned int most, struct list_head *list)
{
	struct list_head *last = list->prev;
	unsigned int left = most, work = 0;

	while (left && work < GIVE_WORK)
		left -= 1u << give_last(zone, &last, left, &work);
	last->next = list;
	list->prev = last;
	return most - left;
}

void buddy_free(struct page *page, unsigned int order)
{
	struct zone *zone = page_zone(page);
	unsigned long flags;

	watch_given(page, order);
	spin_lock_irqsave(&zone->lock, flags);
	buddy_give(zone, page, order);
	spin_unlock_irqrestore(&zone->lock, flags);
}
