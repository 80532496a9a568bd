/*
 * page.h - page frames: struct page, and allocating and freeing blocks of 2^order of them
 *
 *	struct page *page = alloc_pages(GFP_KERNEL, 2);		four pages, contiguous, aligned
 *	void *p = lowmem_page_address(page);
 *	...
 *	__free_pages(page, 2);
 *
 * Exhaustion returns NULL.  Freeing what may not be freed (not a page, not in use, part of a
 * block, another order) is reported as a BUG and refused, with nothing changed.
 *
 * Signatures as in Linux 6.1 (include/linux/gfp.h, include/linux/mm.h).
 */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include "lib/list.h"
#include "mm/page/gfp.h"
#include "mm/page/zone.h"

/*
 * What a page is, is written in its flags:
 *
 *	31   28 27  26 25               12 11    8 7     4 3     0
 *	[ node |zone  |      PG_ flags    | owner | state | order ]
 *
 * Only the head of a block has a state and an order.  Every other page of a block is PAGE_TAIL,
 * whether the block is free or in use, and so needs no work when a block is split off, merged,
 * allocated or freed: only heads are written.
 *
 *	order 2, in use       [ USED 2 | TAIL | TAIL | TAIL ]
 *	its halves, free      [ FREE 1 | TAIL | FREE 1 | TAIL ]      only one word changed
 */
enum page_state {
	PAGE_TAIL,     /* not the first page of its block */
	PAGE_FREE,     /* head of a free block, on its zone's list of that order */
	PAGE_PCP,      /* in a CPU's list */
	PAGE_USED,     /* head of an allocated block */
	PAGE_RESERVED, /* never given to the allocator */
	PAGE_ABSENT,   /* no memory there: mem_map is padded to whole MAX_ORDER blocks */
};

/* Which family holds an allocated block; 0 for all others, counted as `held`. */
enum page_owner {
	OWNER_HELD,
	OWNER_SLAB,
	OWNER_VMALLOC,
	OWNER_PERCPU,
	OWNER_PAGETABLE,
	OWNER_QUARANTINE, /* DEBUG: found broken, nobody's for ever (mend.h); counted as held */
};

enum {
	PAGE_ORDER_MASK = 0xf,
	PAGE_STATE_SHIFT = 4,
	PAGE_STATE_MASK = 0xf0,
	PAGE_OWNER_SHIFT = 8,
	PAGE_OWNER_MASK = 0xf00,
	PG_SLAB = 1 << 12,  /* part of a slab: every page of it, tails included */
	PG_SHOWN = 1 << 13, /* the head of a block: a window may show it; free.c asks (shown.h) */
	PG_COMPOUND = 1 << 14, /* the head of a compound page */
	PAGE_ZONE_SHIFT = 26,
};

/*
 * One for each frame.  The unions are whose the page is.
 * Locks: [Z] zone->lock while free, the holder's own while in use   [A] atomic
 */
struct page {
	u32 flags;	      /* [Z] */
	int _refcount;	      /* [A] users of an allocated block; 0 otherwise */
	struct list_head lru; /* [Z] free list; the holder's to use */
	unsigned long unused[sizeof(long) / 4 - 1]; /* a power of two also where longs are longer */
	unsigned long private; /* the holder's: the slab that a slab page belongs to, … */
	void *mapping;	       /* the holder's: … and its cache, which is read with it */
	unsigned long index;   /* the holder's */
	unsigned int objects;  /* the holder's */
};

static_assert(sizeof(struct page) == 8 * sizeof(long), "32 bytes; buddies are told by address");
static_assert(offsetof(struct page, mapping) == offsetof(struct page, private) + sizeof(long) &&
		      offsetof(struct page, private) % (2 * sizeof(long)) == 0,
	      "a pair for arch_load_pair()");

/* The struct pages of all frames from mem_map_pfn on, holes included. */
extern struct page *mem_map;
extern pfn_t mem_map_pfn;
extern unsigned long mem_map_pages;
/* Where the zone ends, but no further than mem_map goes, whatever the zone says of its length. */
pfn_t zone_described_end(const struct zone *zone);

/* Plain arithmetic, for any frame of mem_map. */
static inline struct page *pfn_to_page(pfn_t pfn)
{
	return mem_map + (pfn - mem_map_pfn);
}

static inline pfn_t page_to_pfn(const struct page *page)
{
	return (pfn_t)(page - mem_map) + mem_map_pfn;
}

/*
 * How many pages behind another of mem_map's this one is; a number too large for a pointer that is
 * none of them, one before that or one askew.
 */
static inline unsigned long page_distance(const struct page *page, const struct page *from)
{
	enum { SHIFT = __builtin_ctzl(sizeof(struct page)) };
	const unsigned long offset = (unsigned long)page - (unsigned long)from;

	/* Rotated: what the division leaves becomes the highest bits. */
	return offset >> SHIFT | offset << (BITS_PER_LONG - SHIFT);
}

/* The way back: the pointer that is so far behind that page, whatever it is. */
static inline struct page *page_at_distance(const struct page *from, unsigned long distance)
{
	enum { SHIFT = __builtin_ctzl(sizeof(struct page)) };

	return (struct page *)((unsigned long)from +
			       (distance << SHIFT | distance >> (BITS_PER_LONG - SHIFT)));
}

static inline unsigned long page_index(const struct page *page)
{
	return page_distance(page, mem_map);
}

static inline paddr_t page_to_phys(const struct page *page)
{
	return pfn_to_phys(page_to_pfn(page));
}

/*
 * Lowmem lies 1:1, so its struct pages are found from addresses directly: lowmem_map is where that of
 * address 0 would be.
 */
extern unsigned long lowmem_map;

static inline struct page *virt_to_page(const void *address)
{
	unsigned long nth = (unsigned long)address >> PAGE_SHIFT;

	return (struct page *)(lowmem_map + nth * sizeof(struct page));
}

/* Is there a struct page for this frame, and RAM behind it? */
bool pfn_valid(pfn_t pfn);

/* The lowmem address of a page that has one: not of highmem. */
static inline void *lowmem_page_address(const struct page *page)
{
	unsigned long offset = (unsigned long)page - lowmem_map;

	return (void *)(offset * (PAGE_SIZE / sizeof(*page)));
}

static inline enum page_state page_state(const struct page *page)
{
	return (READ_ONCE(page->flags) & PAGE_STATE_MASK) >> PAGE_STATE_SHIFT;
}

static inline enum page_owner page_owner(const struct page *page)
{
	return (page->flags & PAGE_OWNER_MASK) >> PAGE_OWNER_SHIFT;
}

/* The order of the block that this page heads. */
static inline unsigned int page_order(const struct page *page)
{
	return page->flags & PAGE_ORDER_MASK;
}

static inline enum zone_type page_zonenum(const struct page *page)
{
	return (page->flags >> PAGE_ZONE_SHIFT) & 3;
}

static inline int page_to_nid(const struct page *page)
{
	return (int)(page->flags >> (PAGE_ZONE_SHIFT + 2));
}

extern struct zone node_zones[MAX_NUMNODES * (MAX_NR_ZONES + 1)];

static inline struct zone *page_zone(const struct page *page)
{
	return &node_zones[page->flags >> PAGE_ZONE_SHIFT];
}

static inline bool PageHighMem(const struct page *page)
{
	return page_zonenum(page) == ZONE_HIGHMEM;
}

static inline int page_count(const struct page *page)
{
	return READ_ONCE(page->_refcount);
}

/* page_set_owner() of a page that is OWNER_HELD, as it is when it comes from the allocator. */
static inline void page_claim(struct page *page, enum page_owner owner)
{
	page->flags |= (u32)owner << PAGE_OWNER_SHIFT;
}

/* Names the family that holds an allocated block, for the balance.  Its holder calls it. */
static inline void page_set_owner(struct page *page, enum page_owner owner)
{
	page->flags = (page->flags & ~(u32)PAGE_OWNER_MASK) | (u32)owner << PAGE_OWNER_SHIFT;
}

/* --- allocating ------------------------------------------------------------------------------- */

enum { NUMA_NO_NODE = -1 };

/*
 * The head of 2^order contiguous pages, aligned to their size; order 0 to MAX_ORDER - 1.
 * NULL when there are none that the request may have (watermark.h), after reclaim if it may wait,
 * and after a rate-limited report unless __GFP_NOWARN.
 * Context: any, interrupts included (then with GFP_ATOMIC or GFP_NOWAIT).  Takes zone->lock.
 * Linux: mm/page_alloc.c
 */
struct page *alloc_pages(gfp_t gfp, unsigned int order);
#define alloc_page(gfp) alloc_pages(gfp, 0)
/* The same, trying node nid first; with __GFP_THISNODE no other. */
struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order);
/*
 * One page: the newest that this CPU keeps, or else, where it keeps none or has to count them first, one
 * of the buddy's, as a block would come from there.
 * Unlike alloc_page(), which then fetches several, it costs the same whatever the CPU keeps.
 */
struct page *alloc_page_alone(gfp_t gfp);
/* The same, as a lowmem address; 0 when there are none.  Not with __GFP_HIGHMEM. */
unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
unsigned long get_zeroed_page(gfp_t gfp);
#define __get_free_page(gfp)	    __get_free_pages(gfp, 0)
#define __get_dma_pages(gfp, order) __get_free_pages((gfp) | __GFP_DMA, order)
/*
 * Fills the NULL entries of array[0 .. nr_pages - 1] with single pages, ascending, until there are
 * none; returns how many leading entries are filled.  Each is freed by __free_page().  More pages than
 * the machine has frames are refused before the array is looked at, here and where they are freed.
 */
unsigned long alloc_pages_bulk_array(gfp_t gfp, unsigned long nr_pages, struct page **array);
/* The same for a family that keeps them: all places count as empty, and each page is the owner's. */
unsigned long alloc_pages_bulk_owned(gfp_t gfp, unsigned long nr_pages, struct page **array,
				     enum page_owner owner);
/*
 * size bytes, rounded up to pages, 1 byte to 4 MiB: pages that are freed together by
 * free_pages_exact() with the same size.  NULL when there are none.
 */
void *alloc_pages_exact(size_t size, gfp_t gfp);
void free_pages_exact(void *address, size_t size);
/* The smallest order whose blocks hold size bytes. */
unsigned int get_order(unsigned long size);

/*
 * init_on_alloc=1, or does who asks want it: is what is allocated to be cleared?  init_on_free=1: is
 * what is freed?  For the allocators above, which keep free memory of their own.
 * Fixed once the command line is read.  Linux: include/linux/mm.h
 */
bool want_init_on_alloc(gfp_t gfp);
bool want_init_on_free(void);

/* --- freeing ---------------------------------------------------------------------------------- */

/*
 * Drops a reference to the block, and frees it when that was the last; order as it was allocated.
 * When it was not, a compound page stays whole; of a plain block all goes but the first page, which
 * is a single page from then on and waits for the others' put_page().
 * Context: any.  Takes zone->lock.  Linux: mm/page_alloc.c (__free_pages of 6.1)
 */
void __free_pages(struct page *page, unsigned int order);
/* The same by lowmem address; 0 is ignored. */
void free_pages(unsigned long addr, unsigned int order);
#define __free_page(page) __free_pages(page, 0)
#define free_page(addr)	  free_pages(addr, 0)

/*
 * A single page, whose contents are in this CPU's cache (hot) or are not (cold): a hot one is
 * handed out first, a cold one goes to who says __GFP_COLD.  Linux: 2.6.12
 */
void free_hot_page(struct page *page);
void free_cold_page(struct page *page);

/*
 * Gives the single pages that CPUs keep (pcp.h) back to the buddy: of one zone, or of all (NULL);
 * this CPU's, or every CPU's.
 */
void drain_local_pages(struct zone *zone);
void drain_all_pages(struct zone *zone);

/*
 * __free_page() of each of array[0 .. nr_pages - 1]; those that lie side by side in RAM, and in the
 * array, as blocks, which costs a fraction.
 */
void free_pages_bulk_array(unsigned long nr_pages, struct page **array);
/* The same for a family that kept them: reports, and DEBUG's history, name its own caller. */
void free_pages_bulk_caller(unsigned long nr_pages, struct page **array, unsigned long caller);

/* --- references and compound pages ------------------------------------------------------------ */

/*
 * One more, or one less, user of the block that the page heads, or of the compound page that it is
 * part of.  The last frees the block: all of it, or what __free_pages() has left of it.
 */
void get_page(struct page *page);
void put_page(struct page *page);

/* Is this the head of a compound page (__GFP_COMP)? */
static inline bool PageCompound(const struct page *page)
{
	return page->flags & PG_COMPOUND;
}

/* The head of the compound page that this page is part of; the page itself when of none. */
struct page *compound_head(struct page *page);
/* The order of the compound page with this head; 0 for other pages. */
unsigned int compound_order(struct page *page);

/*
 * Makes 2^order single pages, each with a reference, of an allocated block that is no compound
 * page and no family's.  Other users of the block keep its first page.  Context: the block's holder.
 */
void split_page(struct page *page, unsigned int order);
/* Makes two blocks of order - 1 of such a one, each with a reference; order 1 to MAX_ORDER - 1. */
void halve_block(struct page *page, unsigned int order);

/* --- how much there is ------------------------------------------------------------------------ */

struct sysinfo {
	unsigned long totalram, freeram;    /* in units of mem_unit bytes */
	unsigned long sharedram, bufferram; /* none here */
	unsigned long totalhigh, freehigh;
	unsigned int mem_unit;
};

/* Free pages in all zones, without those that CPUs keep; those; and both together. */
unsigned long nr_free_pages(void);
unsigned long nr_pcp_pages(void);
unsigned long nr_available_pages(void);
/* Free pages in highmem zones. */
unsigned long nr_free_highpages(void);
/* Pages of the zone given to callers, and taken back, since boot. */
unsigned long zone_pgalloc(const struct zone *zone);
unsigned long zone_pgfree(const struct zone *zone);
/* Lowmem pages above the zones' high watermarks: what buffers may grow to. */
unsigned long nr_free_buffer_pages(void);
void si_meminfo(struct sysinfo *info);
/* Logs what is free, zone by zone and order by order. */
void show_free_areas(void);

/* The `page` checker: the invariants of buddy.c, and mem_map (kernel/check/check.h). */
bool buddy_check(void);

/*
 * The bring-up, in order.  Context: boot.
 *   zones_init()	zones of every node; mem_map, all pages tails
 *   pages_handover()	every free page of the early allocator and of highmem becomes the buddy's;
 *			returns how many
 */
void zones_init(void);
unsigned long pages_handover(void);

#endif /* MM_PAGE_H */
