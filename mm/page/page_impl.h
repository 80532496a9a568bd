/*
 * page_impl.h - what the page family's files share: the free lists' own operations
 *
 * Locking: zone->lock covers blocks and lists that are free.
 */
#ifndef MM_PAGE_IMPL_H
#define MM_PAGE_IMPL_H

#include "mm/page/page.h"

/* state and order as they stand in flags */
static inline u32 head_bits(enum page_state state, unsigned int order)
{
	return (u32)state << PAGE_STATE_SHIFT | order;
}

/*
 * In these bits a block that may be freed has only PAGE_USED and its order: no family owns it.  One that
 * may be freed at once has not PG_SHOWN either.  Together they are the lowest bits: one instruction.
 */
enum {
	PAGE_FREEABLE_MASK = PAGE_STATE_MASK | PAGE_ORDER_MASK | PAGE_OWNER_MASK | PG_SLAB,
	PAGE_ALLOCATED_MASK = PAGE_FREEABLE_MASK | PG_SHOWN,
};
static_assert((PAGE_ALLOCATED_MASK & (PAGE_ALLOCATED_MASK + 1)) == 0, "the lowest bits");

/* May the block be freed as one of this order?  An order that is none would spill into the state's bits. */
static inline bool is_freeable(const struct page *page, unsigned int order)
{
	return order < MAX_ORDER &&
	       (page->flags & PAGE_FREEABLE_MASK) == head_bits(PAGE_USED, order);
}

/*
 * flags and _refcount lie side by side, and are read and written as one number where both matter:
 * _refcount is its upper half.
 */
static_assert(offsetof(struct page, _refcount) == offsetof(struct page, flags) + sizeof(u32) &&
		      offsetof(struct page, flags) % sizeof(u64) == 0 &&
		      __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	      "two halves of a number");

static inline u64 page_word(u32 flags, int references)
{
	return (u64)(u32)references << 32 | flags;
}

static inline u64 page_get_word(const struct page *page)
{
	return READ_ONCE(*(const u64 *)&page->flags);
}

static inline void page_set_word(struct page *page, u64 word)
{
	*(u64 *)&page->flags = word;
}

/*
 * Takes a block of 2^order pages off the zone's free lists, splitting a larger one if need be; its
 * head becomes PAGE_USED of that order.  NULL when no block is large enough.
 * Context: zone->lock held.
 */
struct page *buddy_take_locked(struct zone *zone, unsigned int order);
/* Puts the block back, merged with its free buddies.  The head's state may be anything. */
void buddy_give_locked(struct zone *zone, struct page *page, unsigned int order);

/*
 * Many single pages at once: up to `want`, with these flags, onto the list's tail, returning how
 * many: 1 at least, unless the zone has none; and 1 to `most` of the list's pages back, from the
 * tail, returning how many.  Each visit does a bounded amount of work; who wants more comes again,
 * with interrupts on in between.  Context: zone->lock held; the list has `most` pages.
 */
enum {
	TAKE_BLOCKS = 4, /* the most that are taken in one visit */
	GIVE_WORK = 12,	 /* blocks and merges after which none is begun */
};
unsigned int buddy_take_singles_locked(struct zone *zone, unsigned int want, u32 flags,
				       struct list_head *list);
unsigned int buddy_give_singles_locked(struct zone *zone, unsigned int most,
				       struct list_head *list);

/* One block, with one reference, the lock taken inside.  Context: any. */
struct page *buddy_alloc(struct zone *zone, unsigned int order);
void buddy_free(struct page *page, unsigned int order);

/* mem_map's part for one block of the highest order, in bytes; mem_map is aligned to it. */
enum { BLOCK_MAP = MAX_ORDER_NR_PAGES * sizeof(struct page) };

/*
 * For a port that watches memory: the block is somebody's from now on, or nobody's.  A page of highmem has no
 * address that could be watched; kmap() watches the one that it gives (mm/window/kmap.c).
 */
static __always_inline void watch_taken(const struct page *page, unsigned int order)
{
	if (ARCH_WATCHES && !PageHighMem(page))
		arch_hand_out(lowmem_page_address(page), PAGE_SIZE << order, PAGE_SIZE << order);
}

static __always_inline void watch_given(const struct page *page, unsigned int order)
{
	if (ARCH_WATCHES && !PageHighMem(page))
		arch_take_back(lowmem_page_address(page), PAGE_SIZE << order);
}

/* The struct page that a link lies in, or NULL: it is a list's head, or points nowhere. */
struct page *page_of_link(const struct list_head *link);

/* Zones that a request may use, best first; NULL ends it.  Index: node, gfp & GFP_ZONEMASK. */
enum { ZONELIST_MAX = MAX_NUMNODES * MAX_NR_ZONES + 1 };
extern struct zone *zonelists[MAX_NUMNODES][MAX_NR_ZONES][ZONELIST_MAX];

/* The head of the block, free or in use, that a PAGE_TAIL is part of; NULL when of none. */
const struct page *page_head_of_tail(const struct page *page);

/*
 * Pages skip to pages - 1 of the block are about to be free: may they be, or does a window show one?
 * In DEBUG builds that is reported to caller and forbids it; in others it is warned of and counted
 * (shown.c).
 */
bool may_go(struct page *page, unsigned long skip, unsigned long pages, unsigned long caller);

/* __free_pages(), free_pages() and put_page() of a block's head, on behalf of caller. */
void free_block(struct page *page, unsigned int order, unsigned long caller);
void free_address(unsigned long addr, unsigned int order, unsigned long caller);
void put_block(struct page *page, unsigned long caller);

/* --- page_check.c: what the checker says of one block, also asked before it changes hands ----- */

/* The first page of a block in use that is not what it must be, and what is wrong; NULL: none. */
const struct page *used_block_fault(const struct page *head, const char **what);
/* The same of a free block; its head's flags and links are its list's business. */
const struct page *free_block_fault(const struct zone *zone, const struct page *head,
				    unsigned int order, const char **what);

#endif /* MM_PAGE_IMPL_H */
