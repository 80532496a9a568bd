/*
 * free.c - giving a block back, after asking whether it is one
 *
 *	__free_pages(page, order)
 *	  is it a struct page?           no: "wild pointer"
 *	  flags say USED, this order?    no: diagnose() finds out which mistake it is
 *	  references left?               yes: see below
 *	  a single page goes to this CPU (pcp_inline.h), a larger block to the buddy
 *
 *	users left        compound page        plain block of order 2
 *	__free_pages()    stays                [ USED 0 | free 0 | free 1     ]  and its put_page() frees
 *	put_page()        stays                stays                             the first page
 *
 * The right case costs two comparisons.  The wrong ones may cost what they like: the page's own
 * state, and the heads that it could be a tail of, tell what the caller did.
 *
 *	state      its head            the mistake
 *	FREE       itself              double free
 *	TAIL       a free block        double free (merged meanwhile)
 *	TAIL       a block in use      tail page
 *	RESERVED                       reserved page
 *	ABSENT                         not RAM
 *	USED       another order       wrong order
 *	USED       the same            owned by a family: slab, vmalloc, … has not let go of it
 *	                               broken block: without references; in DEBUG builds, too, when
 *	                               one of its other pages is no tail, or has some
 *	                               still mapped: a window shows it (shown.c)
 *
 * Nothing is changed when a free is refused.
 * Locking: zone->lock of the page's zone.
 */
#include "kernel/param.h"
#include "mm/page/alloc_impl.h"
#include "mm/page/buddy_core.h"
#include "mm/page/page_debug.h"
#include "mm/page/page_view.h"
#include "mm/page/pcp.h"
#include "pcp_inline.h"

bool init_on_free;
PARAM_BOOL(init_on_free, init_on_free, "clear every page and object when it is freed");

/* The family that owns a page in use; NULL: none does. */
static const char *family_of(const struct page *page)
{
	if (page->flags & PG_SLAB)
		return page_owner_name(OWNER_SLAB);
	return page_state(page) == PAGE_USED && page_owner(page) != OWNER_HELD
		       ? page_owner_name(page_owner(page))
		       : NULL;
}

static void __noinline __cold diagnose(const struct page *page, unsigned int order,
				       unsigned long caller)
{
	struct bug_report report = { .family = "page", .object = page, .caller = caller };
	char history[PAGE_HISTORY];
	enum page_state state = page_state(page);
	pfn_t pfn = page_to_pfn(page);
	const struct page *head = state == PAGE_TAIL ? page_head_of_tail(page) : page;
	const char *family = family_of(head ? head : page);

	report.expected = "the head of an allocated block";
	if (state == PAGE_RESERVED)
		report.what = "reserved page";
	else if (head && (page_state(head) == PAGE_FREE || page_state(head) == PAGE_PCP))
		report.what = "double free";
	else if (state == PAGE_TAIL)
		report.what = "tail page";
	else if (page->flags & (PAGE_OWNER_MASK | PG_SLAB))
		report.what = "owned by a family";
	else
		report.what = "wrong order";
	page_debug_history(page, history, sizeof(history));
	if (head && head != page)
		bug(&report,
		    "pfn 0x%lx, inside a block of order %u that is %s%s%s, order %u given%s", pfn,
		    page_order(head), page_state_name(page_state(head)), family ? " by " : "",
		    family ? family : "", order, history);
	else
		bug(&report, "pfn 0x%lx, %s%s%s, order %u, order %u given%s", pfn,
		    page_state_name(state), family ? " by " : "", family ? family : "",
		    page_order(page), order, history);
}

static void __noinline __cold refuse_wild(const void *object, unsigned int order,
					  const char *expected, unsigned long caller)
{
	const struct bug_report report = {
		.family = "page",
		.what = "wild pointer",
		.object = object,
		.expected = expected,
		.caller = caller,
	};

	bug(&report, "%p, order %u", object, order);
}

/*
 * Is it an allocated block of this order, is there nothing to ask about it, and has it one user?  He has
 * no rival, so nothing that follows needs to be atomic.  A single page has nothing else in its flags
 * either.
 */
static inline bool is_sole_block(u64 word, unsigned int order)
{
	return order < MAX_ORDER && (word & page_word(PAGE_ALLOCATED_MASK, -1)) ==
					    page_word(head_bits(PAGE_USED, order), 1);
}

static inline bool is_sole_single(u64 word)
{
	const u64 any_zone = ~0u << PAGE_ZONE_SHIFT;

	return (word & ~any_zone) == page_word(head_bits(PAGE_USED, 0), 1);
}

static void __cold refuse_hole(const struct page *page, unsigned int order, unsigned long caller)
{
	const struct bug_report report = {
		.family = "page",
		.what = "not RAM",
		.object = page,
		.expected = "the head of an allocated block",
		.caller = caller,
	};

	bug(&report, "pfn 0x%lx, in a hole between banks, order %u given", page_to_pfn(page),
	    order);
}

bool is_page(const struct page *page, unsigned int order, unsigned long caller)
{
	if (!is_struct_page(page, mem_map_pages)) {
		refuse_wild(page, order, "a struct page of mem_map", caller);
		return false;
	}
	if (!pfn_valid(page_to_pfn(page))) {
		refuse_hole(page, order, caller);
		return false;
	}
	return true;
}

/* Somebody wrote over the struct page of a block in use: its free is refused, and it stays. */
static bool __noinline __cold refuse_broken(const struct page *page, const struct page *head,
					    const char *what, unsigned long caller)
{
	const struct bug_report report = {
		.family = "page",
		.what = "broken block",
		.object = head,
		.expected = "a block in use, its pages behind it",
		.caller = caller,
	};
	char history[PAGE_HISTORY];

	bug(&report, "pfn 0x%lx: %s (flags 0x%lx, references %d)%s", page_to_pfn(page), what,
	    (unsigned long)page->flags, page_count(page),
	    page_debug_history(head, history, sizeof(history)));
	return false;
}

/* Is the block in use what it must be?  A production build looks at its references alone. */
static bool block_holds(const struct page *head, unsigned long caller)
{
	const struct page *page;
	const char *what;

	if (!debug_build && page_count(head) >= 1)
		return true;
	page = used_block_fault(head, &what);
	return !page || refuse_broken(page, head, what, caller);
}

/* What the caller gives back: the block, a single page that is not in his cache, or one reference. */
enum free_kind { FREE_HOT, FREE_COLD, FREE_REFERENCE };

/* Nobody refers to it any more. */
static void finish(struct page *page, unsigned int order, bool cold, unsigned long caller)
{
	if (debug_build)
		page_debug_freed(page, order, caller);
	else if (init_on_free)
		clear_pages(page, order); /* or, when that fails, it stays as it is */
	give_back(page, order, cold);
}

static inline bool drop_reference(struct page *page)
{
	return __atomic_sub_fetch(&page->_refcount, 1, __ATOMIC_ACQ_REL) == 0;
}

/*
 * The block's holder frees it while others have references: to its first page, since they may not
 * know the order.  All others go.  That is written before the reference is dropped, so that who
 * drops the last one finds a single page.  Linux: mm/page_alloc.c (__free_pages of 6.1)
 */
static void free_but_first(struct page *page, unsigned int order, unsigned long caller)
{
	bool last;

	page->flags &= ~(u32)PAGE_ORDER_MASK;
	last = drop_reference(page);
	while (order-- > 0)
		finish(page + (1ul << order), order, false, caller);
	if (last)
		finish(page, 0, false, caller);
}

/* Are the pages free to go that will go: none, all but the first, or all? */
static bool may_be_freed(struct page *page, unsigned int order, bool plain_free,
			 unsigned long caller)
{
	if (page_count(page) == 1)
		return may_go(page, 0, 1ul << order, caller);
	return !plain_free || may_go(page, 1, 1ul << order, caller);
}

/*
 * Here come mistakes, blocks with several users, and what a window may show; with init_on_free=1,
 * holes in RAM, or in DEBUG builds, everything.
 */
static void __noinline release_slowly(struct page *page, unsigned int order, enum free_kind kind,
				      unsigned long caller)
{
	bool plain_free;

	if (!is_page(page, order, caller))
		return;
	if (!is_freeable(page, order)) {
		diagnose(page, order, caller);
		return;
	}
	if (!block_holds(page, caller))
		return;
	plain_free = kind != FREE_REFERENCE && order && !PageCompound(page);
	if (!may_be_freed(page, order, plain_free, caller))
		return;
	if (plain_free && page_count(page) > 1)
		free_but_first(page, order, caller);
	else if (drop_reference(page)) /* the order: see free_but_first() */
		finish(page, page_order(page), kind == FREE_COLD, caller);
}

static __always_inline void give_block(struct zone *zone, struct page *page, unsigned int order)
{
	unsigned long flags;

	watch_given(page, order);
	__asm__("" : "+r"(zone)); /* computed once, not again for each field */
	spin_lock_irqsave(&zone->lock, flags);
	buddy_give(zone, page, order);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* exists: is it known that there is such a struct page, and that nobody wants more done? */
static __always_inline void release_block(struct page *page, bool exists, unsigned int order,
					  unsigned long caller)
{
	u64 word;

	if (unlikely(!exists || !is_sole_block(word = page_get_word(page), order))) {
		release_slowly(page, order, FREE_HOT, caller);
		return;
	}
	page->_refcount = 0;
	give_block(&node_zones[(u32)word >> PAGE_ZONE_SHIFT], page, order);
}

static __always_inline void release_single(struct page *page, bool exists, unsigned long caller)
{
	u64 word;

	if (unlikely(!exists || !is_sole_single(word = page_get_word(page)))) {
		release_slowly(page, 0, FREE_HOT, caller);
		return;
	}
	if (unlikely(!pcp_push_hot(page, (u32)word)))
		pcp_give(page, false);
}

static __always_inline bool exists(const struct page *page)
{
	return is_struct_page(page, page_fast.mem_map_pages);
}

static void __noinline free_larger(struct page *page, unsigned int order, unsigned long caller)
{
	release_block(page, exists(page), order, caller);
}

static __always_inline void release(struct page *page, unsigned int order, unsigned long caller)
{
	if (order)
		free_larger(page, order, caller);
	else
		release_single(page, exists(page), caller);
}

void free_block(struct page *page, unsigned int order, unsigned long caller)
{
	release(page, order, caller);
}

/* Its order is the block's; of what is no used block, 0, with which it is refused. */
void put_block(struct page *page, unsigned long caller)
{
	unsigned int order = page_state(page) == PAGE_USED ? page_order(page) : 0;

	if (likely(page_count(page) == 1))
		release(page, order, caller);
	else
		release_slowly(page, order, FREE_REFERENCE, caller);
}

void __free_pages(struct page *page, unsigned int order)
{
	release(page, order, _RET_IP_);
}

void free_hot_page(struct page *page)
{
	release(page, 0, _RET_IP_);
}

void free_cold_page(struct page *page)
{
	if (likely(exists(page) && is_sole_single(page_get_word(page))))
		pcp_give(page, true);
	else
		release_slowly(page, 0, FREE_COLD, _RET_IP_);
}

/* --- by address ------------------------------------------------------------------------------- */

/* Here come mistakes, and 0; with init_on_free=1, holes in RAM, or in DEBUG builds, everything. */
static void __noinline release_address_slowly(unsigned long addr, unsigned int order,
					      unsigned long caller)
{
	if (addr == 0)
		return;
	if (addr & ~PAGE_MASK)
		refuse_wild((void *)addr, order, "a page's address: a multiple of 4096", caller);
	else if (addr - PAGE_OFFSET >= (unsigned long)high_memory - PAGE_OFFSET)
		refuse_wild((void *)addr, order, "an address of lowmem", caller);
	else
		release_slowly(virt_to_page((void *)addr), order, FREE_HOT, caller);
}

static __always_inline bool is_page_address(unsigned long addr)
{
	return index_of(addr - PAGE_OFFSET, PAGE_SHIFT) < page_fast.lowmem_pages;
}

/* virt_to_page() for one of them: nothing is left of the division. */
static __always_inline struct page *page_at(unsigned long addr)
{
	return (struct page *)(page_fast.lowmem_map + addr / (PAGE_SIZE / sizeof(struct page)));
}

void __noinline free_address(unsigned long addr, unsigned int order, unsigned long caller)
{
	if (likely(is_page_address(addr)))
		release_block(page_at(addr), true, order, caller);
	else
		release_address_slowly(addr, order, caller);
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (order)
		free_address(addr, order, _RET_IP_);
	else if (likely(is_page_address(addr)))
		release_single(page_at(addr), true, _RET_IP_);
	else
		release_address_slowly(addr, 0, _RET_IP_);
}
