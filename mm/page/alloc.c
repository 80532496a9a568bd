/*
 * alloc.c - from a request to a block: the common case, in one straight line
 *
 *	alloc_pages(gfp, order)
 *	  a single page, nothing special about it?
 *	    yes: this CPU's newest hot page (pcp_inline.h); none kept: go on
 *	  the best zone of (node, gfp & GFP_ZONEMASK) has more than its low watermark?
 *	    yes: a block of it        no, or nothing that large: slow.c tries others
 *	  prepare: one reference, cleared if asked
 *
 * A page that a CPU keeps was counted out of its zone when it was fetched, and above the low watermark;
 * so handing it out needs no watermark.
 *
 * Locking: zone->lock of one zone at a time, inside.
 * Read next: slow.c, buddy.c; free.c for the way back.
 * Linux: mm/page_alloc.c (__alloc_pages, get_page_from_freelist)
 */
#include "kernel/bug.h"
#include "kernel/inject.h"
#include "kernel/param.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/page/alloc_impl.h"
#include "mm/page/buddy_core.h"
#include "mm/page/page_debug.h"
#include "mm/page/pcp.h"
#include "pcp_inline.h"

/* Until page_fast_init() nothing passes, and allocate_slowly() knows why. */
struct page_fast page_fast __ro_after_init = {
	.choice = { [0 ... GFP_ZONEMASK] = { .zone = &node_zones[0], .mark = ~0ul / 2 } },
};
gfp_t always_gfp;

static bool set_init_on_alloc(const char *value, const struct param *param __unused)
{
	struct param as_bool = { .name = "init_on_alloc" };
	bool on = false;

	as_bool.target = &on;
	if (!param_set_bool(value, &as_bool))
		return false;
	always_gfp = on ? __GFP_ZERO : 0;
	return true;
}
PARAM(init_on_alloc, set_init_on_alloc, "clear every page and object when it is allocated",
      .refused = "not 0 or 1");

bool want_init_on_alloc(gfp_t gfp)
{
	return (gfp | always_gfp) & __GFP_ZERO;
}

bool want_init_on_free(void)
{
	return init_on_free;
}

/* Are there frames in mem_map that are no RAM?  Their struct pages may be anybody's memory. */
static bool has_holes(void)
{
	return present_pages(mem_map_pfn, mem_map_pfn + mem_map_pages) < mem_map_pages;
}

void page_fast_init(void)
{
	if (!debug_build && !init_on_free && !has_holes()) {
		page_fast.mem_map_pages = mem_map_pages;
		page_fast.lowmem_pages = ((unsigned long)high_memory - PAGE_OFFSET) >> PAGE_SHIFT;
	}
	page_fast.mem_map = (unsigned long)mem_map;
	page_fast.lowmem_map = lowmem_map;
	for (gfp_t bits = 0; bits <= GFP_ZONEMASK; bits++) {
		struct zone *zone = zonelists[0][gfp_zone(bits)][0];
		bool never = debug_build || bits == GFP_ZONEMASK || always_gfp;

		page_fast.choice[bits].zone = zone;
		page_fast.choice[bits].mark =
			never ? ~0ul / 2 : zone_low_mark(zone, gfp_zone(bits));
		pcp_choose(bits, never ? NULL : zone);
	}
}

struct page *take_from(struct zone *zone, gfp_t gfp, unsigned int order)
{
	return order == 0 ? pcp_take(zone, gfp) : buddy_alloc(zone, order);
}

/* Page by page through this CPU's slots; false, which was reported, when all of them are held. */
static bool __noinline clear_highmem(pfn_t pfn, unsigned int order)
{
	for (pfn_t end = pfn + (1ul << order); pfn < end; pfn++) {
		void *p = kmap_local_pfn(pfn);

		if (!p)
			return false;
		arch_clear_page(p);
		kunmap_local(p);
	}
	return true;
}

bool clear_pages(struct page *page, unsigned int order)
{
	u8 *p = lowmem_page_address(page);

	if (unlikely(PageHighMem(page)))
		return clear_highmem(page_to_pfn(page), order);
	for (unsigned long i = 0; i < 1ul << order; i++)
		arch_clear_page(p + (i << PAGE_SHIFT));
	return true;
}

static struct page *__noinline __cold refuse(gfp_t gfp, unsigned int order, const char *what,
					     const char *expected, unsigned long caller)
{
	const struct bug_report report = {
		.family = "page",
		.what = what,
		.expected = expected,
		.caller = caller,
	};

	bug(&report, "order %u gfp 0x%x", order, gfp);
	return NULL;
}

static struct page *__noinline __cold refuse_request(gfp_t gfp, unsigned int order,
						     unsigned long caller)
{
	if (order >= MAX_ORDER)
		return refuse(gfp, order, "bad order", "0 to 10", caller);
	if ((gfp & GFP_ZONEMASK) == GFP_ZONEMASK)
		return refuse(gfp, order, "bad zone", "at most one of DMA and HIGHMEM", caller);
	return refuse(gfp, order, "used before it stands", "early_alloc() before zones_init()",
		      caller);
}

/* What few requests want; NULL, and the page is free again, when it cannot be cleared. */
static struct page *__noinline finish(struct page *page, gfp_t gfp, unsigned int order)
{
	if ((gfp & __GFP_ZERO) && !clear_pages(page, order)) {
		page->_refcount = 0;
		give_back(page, order, false);
		return NULL;
	}
	if ((gfp & __GFP_COMP) && order)
		page->flags |= PG_COMPOUND;
	return page;
}

static inline struct page *prepare(struct page *page, gfp_t gfp, unsigned int order)
{
	if (unlikely(gfp & (__GFP_ZERO | __GFP_COMP)))
		return finish(page, gfp, order);
	return page;
}

/* Other nodes, other zones, reclaim, and requests to refuse; in DEBUG builds, everything. */
static struct page *__noinline allocate_slowly(int nid, gfp_t gfp, unsigned int order,
					       unsigned long caller)
{
	struct zone *const *list = zonelists[nid][gfp_zone(gfp)];
	struct page *page;

	if (order >= MAX_ORDER || (gfp & GFP_ZONEMASK) == GFP_ZONEMASK || !*list)
		return refuse_request(gfp, order, caller);
	if (inject_fails(INJECT_PAGES, order, caller))
		return NULL;
	gfp |= always_gfp;
	page = alloc_slow(list, nid, gfp, order, caller);
	if (debug_build && page)
		page_debug_allocated(page, order, caller);
	return page ? prepare(page, gfp, order) : NULL;
}

/* A block of a zone in which `keep` pages stay free.  False: that cannot be. */
static __always_inline bool take_block(struct zone *zone, unsigned int order, unsigned long keep,
				       struct page **page)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	if (unlikely(!buddy_take(zone, order, keep, 1, page))) {
		spin_unlock_irqrestore(&zone->lock, flags);
		return false;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	watch_taken(*page, order);
	return true;
}

/* A block of the best zone, down to its low watermark. */
static struct page *__noinline allocate_block(gfp_t gfp, unsigned int order, unsigned long caller)
{
	const struct zone_choice *choice = &page_fast.choice[gfp & GFP_ZONEMASK];
	struct page *page;

	if (likely(order < MAX_ORDER && take_block(choice->zone, order, choice->mark, &page)))
		return prepare(page, gfp, order);
	return allocate_slowly(0, gfp, order, caller);
}

/* A single page that is cold, or has something done to it; or any, when this CPU keeps none. */
static struct page *__noinline allocate_single(gfp_t gfp, unsigned long caller)
{
	const struct zone_choice *choice = &page_fast.choice[gfp & GFP_ZONEMASK];
	struct page *page = NULL;

	if (likely(READ_ONCE(choice->zone->free_pages) > choice->mark))
		page = pcp_take(choice->zone, gfp);
	return likely(page) ? prepare(page, gfp, 0) : allocate_slowly(0, gfp, 0, caller);
}

/* What a page that a CPU keeps is not good for as it is. */
enum { GFP_SINGLE_SPECIAL = __GFP_ZERO | __GFP_COMP | __GFP_COLD };

/* False when there is none. */
static __always_inline bool allocate(gfp_t gfp, unsigned int order, struct page **page,
				     unsigned long caller)
{
	if (order)
		return (*page = allocate_block(gfp, order, caller));
	if (likely(!(gfp & GFP_SINGLE_SPECIAL)) && likely(pcp_pop_hot(gfp, page)))
		return true;
	return (*page = allocate_single(gfp, caller));
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	struct page *page;

	if (order)
		return allocate_block(gfp, order, _RET_IP_); /* which returns there */
	return allocate(gfp, order, &page, _RET_IP_) ? page : NULL;
}

struct page *alloc_page_alone(gfp_t gfp)
{
	struct page *page;

	if (likely(!(gfp & GFP_SINGLE_SPECIAL)) && likely(pcp_pop_hot(gfp, &page)))
		return page;
	return allocate_block(gfp, 0, _RET_IP_);
}

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order)
{
	if (nid == NUMA_NO_NODE)
		nid = 0;
	if (unlikely((unsigned int)nid >= nr_nodes))
		return refuse(gfp, order, "bad node", "a node of this machine, or -1", _RET_IP_);
	return allocate_slowly(nid, gfp, order, _RET_IP_);
}

/* An address is asked for, which highmem has not. */
static unsigned long __noinline __cold refuse_highmem(gfp_t gfp, unsigned int order,
						      unsigned long caller)
{
	refuse(gfp, order, "bad zone", "lowmem, since an address is asked for", caller);
	return 0;
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page;

	if (unlikely(gfp & __GFP_HIGHMEM))
		return refuse_highmem(gfp, order, _RET_IP_);
	if (!allocate(gfp, order, &page, _RET_IP_))
		return 0;
	return (unsigned long)lowmem_page_address(page);
}

/* Cleared here, where it is known to be one page of lowmem. */
unsigned long get_zeroed_page(gfp_t gfp)
{
	struct page *page;
	void *address;

	if (unlikely(gfp & __GFP_HIGHMEM))
		return refuse_highmem(gfp, 0, _RET_IP_);
	if (!allocate(gfp & ~(gfp_t)__GFP_ZERO, 0, &page, _RET_IP_))
		return 0;
	address = lowmem_page_address(page);
	arch_clear_page(address);
	return (unsigned long)address;
}
