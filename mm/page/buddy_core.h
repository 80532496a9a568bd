/*
 * buddy_core.h - splitting and merging, inlined where blocks are taken and given back
 *
 *	take   the smallest block that fits   [    16    ]  its upper halves go onto the lists between
 *	                                      [##|4 | 8  ]
 *	give   with its buddy, if that is free, and again  [  ]+[##] -> [    ]
 *
 * A free block is found by its size alone: free_orders has a bit for each order whose list is not
 * empty, so the smallest that is large enough is one count of trailing zeros away.  A merge asks
 * one question of the buddy's head: are your flags, all of them, those of a free block of my order
 * in my zone?  Tails never match, since their state is PAGE_TAIL; pages in use, reserved, absent,
 * or of another zone do not either.
 *
 * Bit o of free_orders is 1 << o: the number of a block's pages is the bit of its list.
 * Invariants: I1 to I4 of buddy.c.
 * Locking: zone->lock is held, interrupts are off.
 * Read next: buddy.c.
 */
#ifndef MM_PAGE_BUDDY_CORE_H
#define MM_PAGE_BUDDY_CORE_H

#include "kernel/trace.h"
#include "mm/page/mend.h"
#include "mm/page/page_impl.h"

/*
 * The compiler does not see that it is the same value as before: so that nothing is computed early, and
 * kept in a register, for what only the longer of two ways needs.
 */
#define apart(x) __asm__("" : "+r"(x))

/* --- the lists: each operation returns free_orders as it is afterwards, which keeps I4 -------- */

static inline unsigned int area_add(struct free_area *area, struct page *page,
				    unsigned int free_orders, unsigned int pages)
{
	list_add(&page->lru, &area->free_list);
	area->nr_free++;
	return free_orders | pages;
}

static inline unsigned int area_del(struct free_area *area, struct page *page,
				    unsigned int free_orders, unsigned int pages)
{
	__list_del_entry(&page->lru);
	return --area->nr_free ? free_orders : free_orders & ~pages;
}

/* --- taking ----------------------------------------------------------------------------------- */

/* Tell, after the fact, what a split or merge did: that follows from where it began and ended. */
void buddy_narrate_split(const struct zone *zone, const struct page *page, unsigned int from,
			 unsigned int order);
void buddy_narrate_merge(const struct zone *zone, const struct page *page, unsigned int from,
			 unsigned int order);

/* The first block of a list that is empty. */
static inline void area_begin(struct free_area *area, struct list_head *first)
{
	first->next = first->prev = &area->free_list;
	area->free_list.next = area->free_list.prev = first;
	area->nr_free = 1;
}

/*
 * The upper halves of a block of order `from` go back, down to `order`.  It was taken because it was
 * the smallest that fits: so there are none of the orders in between, and each of their lists begins
 * with what is put on it here.
 */
static __always_inline void buddy_split(struct zone *zone, struct page *page, unsigned int from,
					unsigned int order)
{
	struct free_area *area;
	unsigned long size;
	u32 flags, last;

	apart(from);
	area = &zone->free_area[from];
	size = sizeof(*page) << from;
	flags = zone->page_flags | head_bits(PAGE_FREE, from);
	last = zone->page_flags | head_bits(PAGE_FREE, order);
	zone->free_orders |= (1u << from) - (1u << order); /* keeps I4 */
	do {
		struct list_head *upper = (struct list_head *)((char *)&page->lru + (size >>= 1));

		apart(upper); /* the one address, from which all is written */
		/* keeps I1: the order stands in the lowest bits */
		list_entry(upper, struct page, lru)->flags = --flags;
		area_begin(--area, upper);
	} while (flags != last);
	if (unlikely(trace_on(TRACE_PAGE)))
		buddy_narrate_split(zone, page, from, order);
}

/*
 * A block that is PAGE_USED, with `references`.  False when none is large enough, or when fewer than
 * `keep` pages would stay free.
 */
static __always_inline bool buddy_take(struct zone *zone, unsigned int order, unsigned long keep,
				       int references, struct page **page)
{
	unsigned int free_orders, fitting, from;
	unsigned long left;

	assert_spin_locked(&zone->lock);
	if (debug_build)
		mend_before_take(zone, order);
	free_orders = zone->free_orders;
	fitting = free_orders >> order;
	if (unlikely(!fitting))
		return false;
	left = READ_ONCE(zone->free_pages) - (1ul << order); /* two branches are shorter than one */
	if (unlikely(left < keep))
		return false;
	from = order + (unsigned int)__builtin_ctz(fitting);
	*page = list_first_entry(&zone->free_area[from].free_list, struct page, lru);
	zone->free_orders = area_del(&zone->free_area[from], *page, free_orders, 1u << from);
	zone->free_pages = left; /* keeps I3 */
	zone->pgalloc += 1ul << order;
	page_set_word(*page, page_word(zone->page_flags | head_bits(PAGE_USED, order), references));
	if (from != order)
		buddy_split(zone, *page, from, order);
	return true;
}

/* --- giving back ------------------------------------------------------------------------------ */

/*
 * The same as buddy_give(), once it is known that the buddy is free: with it, and then up as long as
 * the next buddy is free, too.
 */
static __always_inline unsigned int buddy_merge(struct zone *zone, struct page *page,
						unsigned int order)
{
	unsigned long at, size;
	struct free_area *area;
	unsigned int free_orders;
	u32 tail, head;

	apart(page);
	apart(order);
	at = (unsigned long)page;
	size = sizeof(*page) << order;
	area = &zone->free_area[order];
	tail = zone->page_flags;
	head = tail | head_bits(PAGE_FREE, order);
	free_orders = zone->free_orders;
	do {
		struct page *buddy = (struct page *)(at ^ size);

		free_orders = area_del(area++, buddy, free_orders, size / sizeof(*page));
		buddy->flags = tail; /* for now: it may be the head in the end */
		at &= ~size;	     /* keeps I2 */
		size <<= 1;
		head++;
	} while (size < BLOCK_MAP && ((struct page *)(at ^ size))->flags == head);
	page->flags = tail;
	((struct page *)at)->flags = head; /* keeps I1 */
	zone->free_orders = area_add(area, (struct page *)at, free_orders, size / sizeof(*page));
	if (unlikely(trace_on(TRACE_PAGE)))
		buddy_narrate_merge(zone, page, order, head & PAGE_ORDER_MASK);
	return head & PAGE_ORDER_MASK;
}

/*
 * Puts the block onto its list, merged with its free buddies.  The head's flags may be anything.
 * The struct page of the buddy is the one whose address differs in one bit: sizeof(struct page) is a
 * power of two, and mem_map is aligned to a whole block's part of it.  So neither frame numbers nor
 * mem_map are needed to find one from the other.
 * Returns the order of the block that came of it.
 */
static __always_inline unsigned int buddy_give(struct zone *zone, struct page *page,
					       unsigned int order)
{
	u32 head = zone->page_flags | head_bits(PAGE_FREE, order);
	struct free_area *area = &zone->free_area[order];
	unsigned long bit = sizeof(*page) << order;

	assert_spin_locked(&zone->lock);
	if (debug_build)
		mend_before_give(zone, page, order);
	zone->free_pages += 1ul << order; /* keeps I3 */
	if (order < MAX_ORDER - 1 && ((struct page *)((unsigned long)page ^ bit))->flags == head)
		return buddy_merge(zone, page, order);
	page->flags = head;	  /* keeps I1 */
	__asm__("" : "+r"(area)); /* computed once, not again for each field */
	zone->free_orders = area_add(area, page, zone->free_orders, 1u << order);
	return order;
}

#endif /* MM_PAGE_BUDDY_CORE_H */
