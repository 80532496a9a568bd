/*
 * slab_impl.h - how caches, slabs and CPU arrays lie in memory, for this family's files only
 *
 *	struct kmem_cache
 *	  array[cpu] ──> array_cache      slot: NULL | obj | obj | obj |        what this CPU hands out next
 *	  node[nid]      full ──> slab ─ slab        every object is out
 *	                 partial ──> slab            some are
 *	                 free ──> slab ─ slab        none is
 *
 *	a slab whose descriptor lies in it (small objects):
 *
 *	|colour| struct slab | bufctl[num] |pad| object | object | … | object |  rest  |
 *	       ^slab                            ^s_mem                                  end of its pages
 *
 *	one whose descriptor lies elsewhere (objects of about a page and more):
 *
 *	|colour| object | object | … | object | rest |        struct slab, bufctl[num]  in an own cache (own.h)
 *	       ^s_mem
 *
 * A cache's slabs are of up to three shapes (struct slab_shape); each knows which it has.
 *
 * bufctl[i] is the index of the free object that follows object i; slab->free is the first.  An index
 * is a byte, so that small objects do not pay as much for it as for what they hold.
 * Every page of a slab has PG_SLAB, its cache in ->mapping and its slab in ->private.
 *
 * Linux 2.6: mm/slab.c; J. Bonwick, "The Slab Allocator", USENIX Summer 1994.
 */
#ifndef MM_SLAB_SLAB_IMPL_H
#define MM_SLAB_SLAB_IMPL_H

#include "kernel/spinlock.h"
#include "lib/list.h"
#include "mm/node.h"
#include "mm/page/page.h"
#include "mm/slab/slab.h"

enum {
	CACHE_LINE = 32,       /* colours are multiples of it */
	ARRAY_LIMIT_MAX = 16,  /* objects in a CPU's stock */
	BUFCTL_END = 0xff,     /* no further free object */
	BUFCTL_GIVEN = 0xfe,   /* of an allocator's own object that is out: its user may free it */
	BUFCTL_OUT = 0xfd,     /* DEBUG: of an object that is not on the freelist */
	BUFCTL_RETIRED = 0xfc, /* as slab->free: the slab is used no more (retire.c) */
	SLAB_OBJECTS_MAX = 0xfc, /* what a byte can count, those words left out */
	IN_SLAB_MAX = PAGE_SIZE, /* of larger objects a descriptor would cost an object's place */
	MIN_ALIGN = __alignof__(long long),

	/* further flags of a cache, its own business */
	CACHE_BOOT = 1 << 1,	/* of the family itself: never destroyed, never watched by debug */
	CACHE_KMALLOC = 1 << 2, /* never destroyed */
	CACHE_RED = 1 << 3,	/* DEBUG: red zones and owners behind each object */
	CACHE_POISON = 1 << 4,	/* DEBUG: free objects are filled with a pattern */
	CACHE_INIT_ALLOC = 1 << 6, /* init_on_alloc=1: objects are cleared when handed out */
	CACHE_INIT_FREE = 1 << 7,  /* init_on_free=1: and when they are freed */
	CACHE_OWN = 1 << 5, /* objects are an allocator's own: no public free takes them (own.h) */
};

/*
 * A CPU's stock of free objects, last in first out.  slot[0] is NULL for ever: who takes from an
 * empty stock finds it there, and so does who looks for the object that was freed last.
 * Locks: [C] own CPU, interrupts off   [I] fixed
 */
struct array_cache {
	void *slot[ARRAY_LIMIT_MAX + 2]; /* [C] slot[1 … avail]; one to spare while it is flushed */
	unsigned long avail __aligned(2 * sizeof(long)); /* [C] read as a pair with … */
	unsigned long ceiling; /* [C] who frees when it holds so many goes the long way: limit, or 0
				 while there are empty slabs too many */
	unsigned int limit;    /* [I] beyond it, objects go back to their slabs */
	unsigned int batchcount; /* [I] so many come at a time, and at most so many go */
	struct page
		*parting; /* [C] the block of a slab that is no more, on its way back; or NULL */
};

/* Objects in the stock that may be looked at: all, unless something wrote over their number. */
static inline unsigned int stock_held(const struct array_cache *stock)
{
	return min(stock->avail, (unsigned int)ARRAY_LIMIT_MAX + 1);
}

/*
 * Locks: [N] its node's lock   [I] fixed when made
 */
struct slab {
	struct list_head list;	     /* [N] one of its node's three */
	struct cache_node *node;     /* [I] of its pages */
	void *s_mem;		     /* [I] the first object */
	unsigned long inverse, bias; /* [I] address -> index, read as a pair: see object_at() */
	unsigned int colour_off;     /* [I] from the first page to s_mem */
	u8 shift;		     /* [I] */
	u8 free;		     /* [N] the freelist's first, or BUFCTL_END */
	u16 colour;		     /* [I] */
	union {
		struct {
			u8 inuse;    /* [N] objects that are not on the freelist */
			u8 num;	     /* [I] objects */
			u8 free_num; /* [I] of these anybody may free: num, or 0 (CACHE_OWN) */
			u8 shape;    /* [I] index of its shape */
		};
		u32 numbers; /* all four, of a new slab */
	};
	u8 bufctl[] __aligned(sizeof(long)); /* [N] the freelist: what follows each object */
};

/* A cache's slabs of one node.  Locks: [N] lock   [I] fixed */
struct cache_node {
	spinlock_t lock;
	struct list_head full, partial, free; /* [N] struct slab, by what is free in them */
	unsigned long free_objects;	      /* [N] on freelists */
	unsigned long
		free_limit;	/* [I] with more than these, a slab that gets empty is given back */
	unsigned long nr_slabs; /* [N] on the three lists */
	unsigned long nr_objects; /* [N] of these slabs, free or not */
	unsigned int colour_next; /* of the slab made next; a hint that no lock guards */
	unsigned long reaped;	  /* [N] slabs ever given back */
	unsigned long retired;	  /* [N] slabs that are used no more, and on no list (retire.c) */
};

/*
 * What a slab of the cache can look like, from large to small.  WANTED serves many requests at once.
 * FIRST is for a cache of which little is in use.  LEAST is the smallest block that holds an object:
 * for less still, and when nothing larger is to be had.  Some caches have two of them alike, or all.
 */
enum { SHAPE_WANTED, SHAPE_FIRST, SHAPE_LEAST, SHAPES };
struct slab_shape {
	struct kmem_cache
		*descriptors; /* [I] where they come from, or NULL: they lie in the slab */
	u16 mgmt_size;	      /* [I] descriptor and bufctl (and DEBUG's bits) */
	u16 nr_colours;	      /* [I] colours are 0 to nr_colours - 1 */
	union {
		struct {
			u8 inuse;		 /* [I] 0 */
			u8 num, free_num, shape; /* [I] as in its slabs */
		};
		u32 numbers; /* [I] all four, of a new slab */
	};
	u8 order;  /* [I] of the first of its blocks of pages, often the only one */
	u16 pages; /* [I] */
};

/*
 * Locks: [I] fixed after creation   [H] chain_lock   [C] see array_cache
 */
struct kmem_cache {
	struct array_cache *array[NR_CPUS]; /* [I] first: found by one indexed load */

	/* offset -> index is one multiplication, see object_index() */
	u32 inverse;	   /* [I] of the odd part of size, modulo 2^32 */
	u32 shift;	   /* [I] zeros at the end of size */
	unsigned int size; /* [I] from one object to the next */

	unsigned int object_size;	 /* [I] of it, for the user */
	unsigned int align;		 /* [I] */
	slab_flags_t flags;		 /* [I] the creator's */
	unsigned int kind;		 /* [I] CACHE_… */
	gfp_t gfp;			 /* [I] added to each request for pages */
	unsigned int colour_unit;	 /* [I] bytes that a colour moves the objects by */
	struct slab_shape shape[SHAPES]; /* [I] */
	unsigned long single_below;	 /* [I] with fewer objects on a node a slab is LEAST, */
	unsigned long first_below;	 /* [I] else with fewer than these FIRST, else WANTED */
	void (*ctor)(void *object);	 /* [I] or NULL */
	struct kmem_cache *own; /* [I] of kmalloc: where the allocators have objects of this size */

	u32 magic;		/* CACHE_MAGIC while it lives */
	struct list_head chain; /* [H] all caches, newest first */
	char name[KMEM_CACHE_NAME_MAX];
	struct cache_node node[MAX_NUMNODES];
};

static const u32 CACHE_MAGIC = 0x5ab0cace;

/* All caches.  Order: chain_lock, then a node's lock, then zone->lock. */
extern struct list_head cache_chain;
/* Can it be walked to its end?  Reported when not.  Context: chain_lock held. */
bool chain_holds_locked(unsigned long caller);
extern spinlock_t chain_lock;
/* What a cache that is not yet, or no longer, has for stock: nothing, for ever. */
extern struct array_cache no_stock;
/* The first cache, whose objects are caches, and the second, whose objects are CPU arrays. */
extern struct kmem_cache cache_cache, stock_cache;

/* --- from an address to its slab -------------------------------------------------------------- */

/*
 * Lowmem addresses below `bytes` (from PAGE_OFFSET) have a struct page at pages[offset >>
 * PAGE_SHIFT].  Those above may lie in a hole without one: far_page() asks.
 */
struct slab_window {
	unsigned long bytes __aligned(2 * sizeof(long));
	struct page *pages;
};
extern struct slab_window slab_window;

/* The page of any address, or NULL when none is behind it. */
struct page *far_page(const void *address);

static inline struct slab *page_slab(const struct page *page)
{
	return (struct slab *)page->private;
}

/* The page of what is known to be an object; with holes or without. */
static inline struct page *object_page(const void *object)
{
	return slab_window.pages + (((unsigned long)object - PAGE_OFFSET) >> PAGE_SHIFT);
}

static inline struct slab *object_slab(const void *object)
{
	return page_slab(object_page(object));
}

/*
 * Which object of its slab begins `offset` bytes after the first: its index, or a number >= num
 * when none begins there.  With size = odd * 2^shift, multiplying by odd's inverse modulo 2^32
 * divides exactly; what is no multiple of size comes out larger than any quotient can be, since
 * rotation brings the bits that the shift would lose to the top.
 * T. Granlund and P. Montgomery, "Division by Invariant Integers using Multiplication", PLDI 1994, 9.
 */
static inline u32 exact_quotient(u32 offset, u32 inverse, u32 shift)
{
	u32 product = offset * inverse;

	return product >> shift | product << (-shift & 31);
}

static inline u32 object_index(const struct kmem_cache *cache, u32 offset)
{
	return exact_quotient(offset, cache->inverse, cache->shift);
}

/*
 * The same from the address itself, by what a slab keeps of it: (address - s_mem) * inverse is
 * address * inverse + bias, of which one instruction is enough.
 */
static inline u32 object_at(const struct slab *slab, const void *object)
{
	unsigned long inverse, bias;
	u32 product;

	arch_load_pair(&slab->inverse, &inverse, &bias);
	product = (u32)(unsigned long)object * (u32)inverse + (u32)bias;
	return product >> slab->shift | product << (-(unsigned int)slab->shift & 31);
}

static inline void *index_object(const struct kmem_cache *cache, const struct slab *slab,
				 unsigned int index)
{
	return (u8 *)slab->s_mem + index * cache->size;
}

static inline u32 slab_index(const struct kmem_cache *cache, const struct slab *slab,
			     const void *object)
{
	return object_index(cache, (u32)((unsigned long)object - (unsigned long)slab->s_mem));
}

/*
 * A run of pages is made of blocks, from large to small: 11 of 8, 2 and 1.  This is the order of the
 * first, which begins at a multiple of the run's size rounded up; that of the next follows from the rest.
 */
static inline unsigned int block_order(unsigned int pages)
{
	return BITS_PER_LONG - 1 - (unsigned int)__builtin_clzl(pages);
}

static inline const struct slab_shape *shape_of(const struct kmem_cache *cache,
						const struct slab *slab)
{
	return &cache->shape[slab->shape];
}

/* From its first object to the end of its last. */
static inline unsigned long slab_span(const struct kmem_cache *cache, const struct slab *slab)
{
	return (unsigned long)slab->num * cache->size;
}

static inline struct page *slab_page(const struct slab *slab)
{
	return virt_to_page((u8 *)slab->s_mem - slab->colour_off);
}

static inline struct array_cache *this_stock(struct kmem_cache *cache)
{
	return cache->array[arch_cpu_id()];
}

/* The node's list on which a slab with so many objects out belongs. */
static inline struct list_head *list_for(struct cache_node *node, const struct slab *slab)
{
	if (slab->inuse == 0)
		return &node->free;
	return slab->inuse == slab->num ? &node->full : &node->partial;
}

/* nid: over the nodes of this machine */
#define for_each_nid(nid) for ((nid) = 0; (nid) < nodes_there(); (nid)++)

/* --- caches (create.c) ------------------------------------------------------------------------ */

struct cache_request {
	const char *name;
	unsigned int size, align;
	slab_flags_t flags;
	unsigned int kind;
	void (*ctor)(void *object);
};

/* Fills in everything but the stocks; the cache is zeroed.  False when no slab can hold an object. */
bool cache_setup(struct kmem_cache *cache, const struct cache_request *request);
/* The CPUs' stocks, in one array of NR_CPUS. */
void cache_set_stocks(struct kmem_cache *cache, struct array_cache *stocks);
/* A cache of any kind, on the chain; NULL when there is no memory. */
struct kmem_cache *cache_make(const struct cache_request *request);
void cache_publish(struct kmem_cache *cache);
/* Objects that somebody has: neither on a freelist nor in a stock. */
unsigned long live_objects(const struct kmem_cache *cache);
/* Is this the address of a cache that lives? */
bool is_cache(const struct kmem_cache *cache);
/* kfree() on behalf of caller.  Context: any. */
void kfree_for(const void *object, unsigned long caller);
/* Frees an object of a cache of CACHE_OWN.  Context: any. */
void free_own(struct kmem_cache *cache, void *object);

/* --- slabs (grow.c) --------------------------------------------------------------------------- */

/* One slab more, on no list yet, or NULL; nid: where from, or NUMA_NO_NODE.  No lock held. */
struct slab *slab_grow(struct kmem_cache *cache, gfp_t gfp, int nid);
/* It is listed as free.  Its node's lock held. */
void slab_list_locked(struct slab *slab);
/* A block of pages for one large object of the allocators' own, counted as the family's; or NULL. */
void *own_block_alloc(gfp_t gfp, size_t size);
void own_block_free(struct page *page);
/*
 * The slab, which is on no list, all its objects free, is no more; its block of pages is still the
 * family's, until own_block_free().  No node's lock held.
 */
struct page *slab_dissolve(struct kmem_cache *cache, struct slab *slab);
/* The same for each slab on a list that is nobody else's. */
void slab_destroy_all(struct kmem_cache *cache, struct list_head *dead);
/* Destroys the slabs on the nodes' free lists. */
void cache_free_empty(struct kmem_cache *cache);

/* --- empty slabs that are too many (reap.c) --------------------------------------------------- */

/*
 * One step more towards giving the pages of such a slab back; false when there is nothing to do.
 * Interrupts off; the stock is this CPU's.  No lock held.
 */
bool give_spare_slab(struct kmem_cache *cache, struct array_cache *stock);

/* --- between stocks and slabs (stock.c) ------------------------------------------------------- */

/*
 * Takes up to `want` (1 or more) objects of one slab off its freelist, into `to`; returns how many.  It
 * changes lists as it must, and when there are none.  Node's lock held.
 */
unsigned int take_run_locked(struct kmem_cache *cache, struct cache_node *node, struct slab *slab,
			     void **to, unsigned int want);
/* A slab of the node with a free object, or NULL.  Node's lock held. */
struct slab *usable_slab_locked(struct kmem_cache *cache, struct cache_node *node);
/* All of a stock goes back to the slabs.  Interrupts off; the stock is this CPU's, or nobody's. */
void give_back(struct kmem_cache *cache, struct array_cache *stock);
/* This CPU's whole stock goes back.  Any context. */
void drain_stock(struct kmem_cache *cache);

/* An object for `caller` when the stock is empty: out of a slab, an old or a new one; restocks. */
void *stock_refill(struct kmem_cache *cache, gfp_t gfp, unsigned long caller);
/*
 * The object goes into this CPU's stock, which has reached its ceiling, or has it on top: the oldest
 * go back, or the pages of an empty slab, or the free is refused.  Interrupts off; they are what
 * `flags` says afterwards.
 */
void stock_push(void *object, unsigned long flags, unsigned long caller);

/* --- for a port that watches memory (watch.c); every call is behind `if (ARCH_WATCHES)` ------- */

/* The pages of a new slab: what lies in them but for the descriptor is nobody's. */
void watch_new_slab(const struct kmem_cache *cache, const struct slab *slab);
/* All of an object is somebody's from now on; or only so many bytes of it; or none. */
void watch_taken_object(const struct kmem_cache *cache, const void *object);
void watch_request(const struct kmem_cache *cache, const void *object, size_t request);
void watch_given_object(const struct kmem_cache *cache, const void *object);

/* By the fastest way for its size. */
void clear_object(void *object, unsigned int size);

/* --- refusals (refuse.c) ---------------------------------------------------------------------- */

/*
 * Says what is wrong with freeing (or asking the size of) this address; cache: that it was said to
 * be of, or NULL.
 */
void refuse_object(const struct kmem_cache *cache, const void *object, unsigned long caller);
/* The object is free; `what` was tried with it. */
void refuse_free_object(const struct kmem_cache *cache, const void *object, const char *what,
			unsigned long caller);
/* The object is one of the allocators' own. */
void refuse_own(const struct kmem_cache *cache, const void *object, unsigned long caller);
/* An allocator gives back, as its own, what is not: somebody has written over its pointer. */
void refuse_not_own(const void *object, unsigned long caller);
void refuse_cache(const struct kmem_cache *cache, const char *what, const char *expected,
		  unsigned long caller);
/* An array of n objects, where there can be no more than `most`. */
void refuse_bulk(void *const *objects, unsigned long n, unsigned long most, unsigned long caller);
void refuse_gfp(const struct kmem_cache *cache, gfp_t gfp, const char *expected,
		unsigned long caller);
/* "slab: no memory for an object of …", rate limited. */
void report_no_memory(const struct kmem_cache *cache, gfp_t gfp, unsigned long caller);

/* --- DEBUG builds (retire.c); every call is behind `if (debug_build)` ------------------------- */

/* Is the slab one that is used no more?  From now on it is if it is broken.  Node's lock held. */
bool retire_if_broken(const struct kmem_cache *cache, struct cache_node *node, struct slab *slab);
/* After that what the node hands out of next is sound.  Node's lock held. */
void retire_broken_first(const struct kmem_cache *cache, struct cache_node *node);
/* After that every slab on its free list is sound.  Node's lock held. */
void retire_broken_free(const struct kmem_cache *cache, struct cache_node *node);
/* After that this CPU's stock holds free objects of the cache, and nothing else.  Context: any. */
void retire_broken_stock(struct kmem_cache *cache);

/* --- DEBUG builds (debug.c); every call is behind `if (debug_build)` -------------------------- */

/* Chooses what is watched, and makes room for it behind each object; returns the new size. */
unsigned int debug_layout(struct kmem_cache *cache, unsigned int size);
/* Are its descriptors to lie in its slabs, so that before the first object is a guard, too? */
bool debug_wants_descriptor(const struct kmem_cache *cache);
enum {
	POISON_FREE = 0x6b,
	POISON_INUSE = 0x5a,
	POISON_END = 0xa5,
	RED_ZONE = 0xbb,
	GUARD_SIZE = 8
};

/* Bytes that a descriptor has more: bits that say which objects are free, and more. */
unsigned int debug_mgmt_size(const struct kmem_cache *cache, unsigned int num);
/* All objects of a new slab are free and look it. */
void debug_new_slab(struct kmem_cache *cache, struct slab *slab);
/* A free object is handed out: looks for what was written to it meanwhile. */
void debug_take(struct kmem_cache *cache, void *object, unsigned long caller);
/* An object is freed; false, after a report, when it is free already. */
bool debug_give(struct kmem_cache *cache, struct slab *slab, void *object, unsigned long caller);
/*
 * Reports what was written where nothing should have been; false if anything was.  With DEBUG_LOOK as
 * its caller it only looks.
 */
enum { DEBUG_LOOK = 0 };
bool debug_check_object(const struct kmem_cache *cache, const struct slab *slab, unsigned int index,
			unsigned long caller);
/* Says that somebody wrote over what is noted of an object, and shows where. */
void debug_report_track(const struct kmem_cache *cache, const u8 *object, const u8 *track,
			unsigned long caller) __cold;
/* Says what is wrong with the byte at `wrong` of an object or next to it, and shows its neighbours. */
void debug_report(const struct kmem_cache *cache, const u8 *object, const char *what,
		  const u8 *wrong, u8 expected, unsigned long caller);
/* Bytes that the holder of the object asked for; its whole size where nobody asked for less. */
unsigned int debug_request(const struct kmem_cache *cache, const void *object);
/* He asked for so many, at most object_size: what lies behind is a red zone from now on. */
void debug_set_request(const struct kmem_cache *cache, void *object, u32 request);
/* He may use all of it from now on; what was red is zero. */
void debug_lift_request(const struct kmem_cache *cache, void *object, unsigned long caller);
bool debug_is_free(const struct slab *slab, unsigned int index);
/* The return addresses of who allocated and who freed it last; false when that is not recorded. */
bool debug_owners(const struct kmem_cache *cache, const void *object, unsigned long *alloc_by,
		  unsigned long *free_by);
/* "symbol+0x10"; "nobody" for 0. */
const char *debug_format_owner(unsigned long by, char *buf, size_t n);

#endif /* MM_SLAB_SLAB_IMPL_H */
