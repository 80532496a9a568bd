/*
 * objects.c - objects in and out: the short way through the CPU's stock, and the way round for the rest
 *
 *	kmalloc(64)                                kfree(object)
 *	  size ──table──> cache                      address ──> struct page ──> cache, slab
 *	  kmem_cache_alloc()                         is it an object of that cache, and not free?
 *	    pop this CPU's stock                       push onto this CPU's stock
 *	    empty: stock_refill()                      full: stock_push()
 *	           │                                         │
 *	           ├─ partial slab, else free slab           ├─ oldest objects back to their slabs
 *	           └─ slab_grow(): pages                     └─ or an empty slab's pages back, by steps
 *
 * Above: names, pools, per-CPU data, vmalloc's own structures, newlib's malloc.  Below: pages.
 *
 * Why three levels.  The stock is one CPU's and needs no lock, only interrupts off.  The slabs
 * need their node's lock, and are visited once for a batch of objects.  Pages are asked for once
 * for a slab of objects, without any lock of this family held, so that reclaim may come back here.
 *
 * What a free is asked, in every build, costs about a dozen instructions: the page says whether a
 * cache owns it and which; one multiplication says whether an object begins at this address; two
 * comparisons say whether it is what was freed last, here or in its slab.
 *
 * Invariants (slab_check() verifies all)
 *   I1  Every page of a slab has PG_SLAB, ->mapping its cache and ->private its slab; the head is
 *       OWNER_SLAB.  No other page has PG_SLAB or a cache in ->mapping.
 *   I2  slab->inuse + length of its freelist == slab->num; the freelist meets no index twice.
 *   I3  A slab is on full, partial or free of its node, as inuse says.
 *   I4  node->nr_objects == sum over its slabs of num, free_objects of num - inuse; nr_slabs == the
 *       lists' length.
 *   I5  A stock holds distinct objects of its cache that are on no freelist; slot[0] is NULL.
 *   I6  s_mem lies colour * colour_unit behind where the uncoloured one would, aligned.
 *   I7  DEBUG: an object's bit is set if and only if it is on a freelist or in a stock.
 *   I8  A stock's ceiling is its limit, or 0; it is 0 as long as a block is parting, which is
 *       OWNER_SLAB and no slab's any more.
 *   I9  A slab has as many objects as its shape, and a block of that shape's order.
 *   I10 A cache's numbers are of one size: its inverse and shift divide by it, which holds an object;
 *       each shape has objects and colours, and pages enough for them.
 *
 * Life of an object
 *   slab made, ctor ──> freelist ──refill──> stock ──alloc──> in use ──free──> stock ──flush──> freelist
 *
 * Locking, outer first: chain_lock (the list of caches), node->lock (its slabs), zone->lock.  A
 * stock is its CPU's, interrupts off; nobody else looks into it but slab_check() and destroy.
 *
 * Read next: stock.c, grow.c, create.c, then boot.c for how the first cache comes to be.
 * Linux 2.6: mm/slab.c (__cache_alloc, __cache_free)
 */
#include <string.h>

#include "kernel/inject.h"
#include "mm/slab/own.h"
#include "mm/slab/slab/sizes.h"
#include "mm/slab/slab/slab_impl.h"

/* What the short way does not look at. */
enum { GFP_SPECIAL = __GFP_ZERO | GFP_ZONEMASK };

/* --- allocating ------------------------------------------------------------------------------- */

/*
 * The short ways are leaves: they keep everything in the registers that a call may destroy, and go
 * over to a long way, with the arguments where they are, when anything is not as it should be.  The
 * long way knows from its own return address who called the short one (RET_IP_TO_PASS).
 */

/* The newest of this CPU's stock; false: it is empty. */
static __always_inline bool pop(struct kmem_cache *cache, void **object)
{
	unsigned long flags = arch_irq_save();
	struct array_cache *stock = this_stock(cache);
	unsigned long avail = stock->avail;

	if (unlikely(!avail)) {
		arch_irq_restore(flags);
		return false;
	}
	*object = stock->slot[avail];
	barrier(); /* the compiler shall not need one register more */
	stock->avail = avail - 1;
	arch_irq_restore(flags);
	if (ARCH_WATCHES)
		watch_taken_object(cache, *object);
	return true;
}

static __always_inline void *pop_or_refill(struct kmem_cache *cache, gfp_t gfp,
					   unsigned long caller)
{
	void *object;

	return likely(pop(cache, &object)) ? object : stock_refill(cache, gfp, caller);
}

static void *__noinline refill_slowly(struct kmem_cache *cache, gfp_t gfp, unsigned long passed)
{
	return stock_refill(cache, gfp, RET_IP_PASSED(passed));
}

enum { MEMSET_FROM = 128 };

/* By words: an object below MEMSET_FROM bytes is too short for memset() to get up to speed. */
static __always_inline void clear_words(unsigned long *word, unsigned int words)
{
	for (; words >= 8; words -= 8, word += 8) {
		word[0] = word[1] = word[2] = word[3] = 0;
		word[4] = word[5] = word[6] = word[7] = 0;
		barrier(); /* or the compiler makes a memset() of the loop */
	}
	for (; words; words--) {
		*word++ = 0;
		barrier();
	}
}

void clear_object(void *object, unsigned int size)
{
	u8 *end = (u8 *)object + size;

	if (size % PAGE_SIZE == 0 && IS_ALIGNED((unsigned long)object, PAGE_SIZE)) {
		for (u8 *page = object; page < end; page += PAGE_SIZE)
			arch_clear_page(page);
		return;
	}
	if (size >= MEMSET_FROM) {
		memset(object, 0, size);
		return;
	}
	clear_words(object, size / sizeof(long));
	for (u8 *byte = end - size % sizeof(long); byte < end; byte++) {
		*byte = 0;
		barrier();
	}
}

/* May this cache serve such a request?  It was reported when not. */
static bool gfp_allowed(const struct kmem_cache *cache, gfp_t gfp, unsigned long caller)
{
	if (gfp & __GFP_HIGHMEM) {
		refuse_gfp(cache, gfp, "memory that has an address: no __GFP_HIGHMEM", caller);
		return false;
	}
	if ((gfp & __GFP_DMA) && !(cache->flags & SLAB_CACHE_DMA)) {
		refuse_gfp(cache, gfp, "SLAB_CACHE_DMA on a cache that is asked for __GFP_DMA",
			   caller);
		return false;
	}
	if ((gfp & __GFP_ZERO) && cache->ctor) {
		refuse_gfp(cache, gfp, "no __GFP_ZERO: it would undo the constructor", caller);
		return false;
	}
	return true;
}

/* What is done with an object that came from a slab or stock before it is handed out. */
static __always_inline void *prepare(struct kmem_cache *cache, void *object, gfp_t gfp,
				     unsigned long caller)
{
	if (unlikely(!object))
		return NULL;
	if (debug_build)
		debug_take(cache, object, caller);
	if (gfp & __GFP_ZERO)
		clear_object(object, cache->object_size);
	return object;
}

static void *__noinline alloc_special(struct kmem_cache *cache, gfp_t gfp, unsigned long caller)
{
	if (unlikely(gfp & GFP_SPECIAL) && !gfp_allowed(cache, gfp, caller))
		return NULL;
	if (inject_fails(INJECT_OBJECT, cache->object_size, caller))
		return NULL;
	if (debug_build)
		retire_broken_stock(cache);
	if (cache->kind & CACHE_INIT_ALLOC) /* else stock_refill() clears it */
		gfp = debug_build ? gfp | __GFP_ZERO : gfp & ~(gfp_t)__GFP_ZERO;
	return prepare(cache, pop_or_refill(cache, gfp, caller), gfp, caller);
}

static void *__noinline alloc_slowly(struct kmem_cache *cache, gfp_t gfp, unsigned long passed)
{
	return alloc_special(cache, gfp, RET_IP_PASSED(passed));
}

static __always_inline void *allocate(struct kmem_cache *cache, gfp_t gfp, unsigned long caller)
{
	if (debug_build || unlikely(gfp & GFP_SPECIAL))
		return alloc_special(cache, gfp, caller);
	return pop_or_refill(cache, gfp, caller);
}

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	void *object;

	if (debug_build || unlikely(gfp & GFP_SPECIAL))
		return alloc_slowly(cache, gfp, RET_IP_TO_PASS);
	return likely(pop(cache, &object)) ? object : refill_slowly(cache, gfp, RET_IP_TO_PASS);
}

void *kmem_cache_alloc_plain(struct kmem_cache *cache, gfp_t gfp)
{
	void *object;

	if (debug_build)
		return alloc_slowly(cache, gfp, RET_IP_TO_PASS);
	return likely(pop(cache, &object)) ? object : refill_slowly(cache, gfp, RET_IP_TO_PASS);
}

void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp)
{
	return alloc_special(cache, gfp | __GFP_ZERO, _RET_IP_);
}

/* One object of that node's slabs, past the stocks; fresh: one to be listed before, or NULL. */
static void *take_on_node(struct kmem_cache *cache, struct cache_node *node, struct slab *fresh)
{
	void *object = NULL;
	unsigned long flags;
	struct slab *slab;

	spin_lock_irqsave(&node->lock, flags);
	if (fresh)
		slab_list_locked(fresh);
	slab = usable_slab_locked(cache, node);
	if (slab)
		take_run_locked(cache, node, slab, &object, 1);
	spin_unlock_irqrestore(&node->lock, flags);
	if (ARCH_WATCHES && object)
		watch_taken_object(cache, object);
	return object;
}

/* Does any node's memory do?  A stock has objects of whatever node. */
static inline bool anywhere(int nid)
{
	return nid == NUMA_NO_NODE || (nid == 0 && nr_nodes == 1);
}

static void *__noinline alloc_node(struct kmem_cache *cache, gfp_t gfp, int nid,
				   unsigned long caller)
{
	struct slab *fresh;
	void *object;

	if (anywhere(nid) || !is_cache(cache))
		return allocate(cache, gfp, caller);
	if ((unsigned int)nid >= nr_nodes) {
		refuse_cache(cache, "no such node", "a node of this machine", caller);
		return NULL;
	}
	if (!gfp_allowed(cache, gfp, caller))
		return NULL;
	if (inject_fails(INJECT_OBJECT, cache->object_size, caller))
		return NULL;
	if (cache->kind & CACHE_INIT_ALLOC)
		gfp |= __GFP_ZERO;
	object = take_on_node(cache, &cache->node[nid], NULL);
	if (!object && (fresh = slab_grow(cache, gfp | __GFP_NOWARN, nid)))
		object = take_on_node(cache, fresh->node, fresh);
	/* A preference only: without memory there, any will do. */
	return object ? prepare(cache, object, gfp, caller) : allocate(cache, gfp, caller);
}

void *kmem_cache_alloc_node(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	return alloc_node(cache, gfp, nid, _RET_IP_);
}

/* --- freeing ---------------------------------------------------------------------------------- */

static void __noinline push_slowly(void *object, unsigned long flags, unsigned long passed)
{
	stock_push(object, flags, RET_IP_PASSED(passed));
}

/* Onto this CPU's stock, or the long way that is given. */
static __always_inline void push(struct kmem_cache *cache, void *object, unsigned long caller,
				 void (*slowly)(void *object, unsigned long flags,
						unsigned long caller))
{
	unsigned long flags = arch_irq_save();
	struct array_cache *stock = this_stock(cache);
	unsigned long avail, ceiling;

	arch_load_pair(&stock->avail, &avail, &ceiling);
	/* slot[0] is NULL, so an empty stock needs no question of its own (I5) */
	if (unlikely(stock->slot[avail] == object) || unlikely(avail >= ceiling)) {
		slowly(object, flags, caller);
		return;
	}
	if (ARCH_WATCHES)
		watch_given_object(cache, object);
	avail++;
	__asm__("" : "+r"(avail)); /* no address is kept from the question: one register less */
	stock->slot[avail] = object;
	stock->avail = avail;
	arch_irq_restore(flags);
}

static void __noinline push_soundly(struct kmem_cache *cache, void *object, unsigned long caller)
{
	if (debug_build)
		retire_broken_stock(cache);
	push(cache, object, caller, stock_push);
}

/* Was the allocators' own object handed over to its user?  Then it is no longer. */
static bool take_back(struct slab *slab, u32 index)
{
	if (slab->bufctl[index] != BUFCTL_GIVEN)
		return false;
	slab->bufctl[index] = BUFCTL_OUT;
	return true;
}

/* Every question asked one by one; asked NULL: of any cache. */
static void __noinline free_slowly(struct kmem_cache *asked, void *object, unsigned long caller)
{
	struct page *page = far_page(object);
	struct kmem_cache *cache = page ? page->mapping : NULL;
	struct slab *slab;
	u32 index;

	if (!page || !(page->flags & PG_SLAB) || (asked && asked != cache)) {
		refuse_object(asked, object, caller);
		return;
	}
	slab = page_slab(page);
	index = slab_index(cache, slab, object);
	if (index >= slab->num)
		refuse_object(asked, object, caller);
	else if ((cache->kind & CACHE_OWN) && !take_back(slab, index))
		refuse_own(cache, object, caller);
	else if (debug_build && !debug_give(cache, slab, object, caller))
		return;
	else if (debug_build && slab->free == BUFCTL_RETIRED)
		return;
	else if (index == READ_ONCE(slab->free))
		refuse_free_object(cache, object, "double free", caller);
	else
		push_soundly(cache, object, caller);
}

static void __noinline any_slowly(void *object, unsigned long caller)
{
	if (!ZERO_OR_NULL_PTR(object))
		free_slowly(NULL, object, caller);
}

static void __noinline kfree_slowly(void *object, unsigned long passed)
{
	any_slowly(object, RET_IP_PASSED(passed));
}

static void __noinline of_slowly(struct kmem_cache *cache, void *object, unsigned long caller)
{
	if (object && is_cache(cache))
		free_slowly(cache, object, caller);
	else if (object)
		refuse_cache(cache, "not a cache", "a cache that was created, and not destroyed",
			     caller);
}

static void __noinline cache_free_slowly(struct kmem_cache *cache, void *object,
					 unsigned long passed)
{
	of_slowly(cache, object, RET_IP_PASSED(passed));
}

/*
 * Its page; false: not every address from PAGE_OFFSET up to this one has a struct page.  What comes of it is
 * kept, and no part of the way to it: one register less.
 */
static __always_inline bool page_in_window(const void *object, const struct page **page)
{
	const unsigned long offset = (unsigned long)object - PAGE_OFFSET;
	unsigned long bytes, pages;

	arch_load_pair(&slab_window.bytes, &bytes, &pages);
	*page = (const struct page *)pages + (offset >> PAGE_SHIFT);
	__asm__("" : "+r"(*page));
	return likely(offset < bytes);
}

/*
 * Does an object of the slab begin here that anybody may free, other than the one that it would give
 * next?  The freelist's head is read without its lock: an object in use is never there.  Both at once,
 * with one branch.  The barrier keeps the compiler from loading early, into registers that it would have
 * to save.
 */
static __always_inline bool may_be_freed(const struct slab *slab, const void *object)
{
	u32 index = object_at(slab, object);

	barrier();
	return likely(!((index == slab->free) | (index >= slab->free_num)));
}

/* What I1 says that a slab's page knows. */
static __always_inline struct kmem_cache *cache_and_slab(const struct page *page,
							 const struct slab **slab)
{
	unsigned long private, mapping;

	arch_load_pair(&page->private, &private, &mapping);
	*slab = (const struct slab *)private;
	return (struct kmem_cache *)mapping;
}

/* May anybody free it, and is it of `cache`?  False also when only the long way can tell. */
static __always_inline bool is_of(struct kmem_cache *cache, const void *object)
{
	const struct page *page;
	const struct slab *slab;

	if (debug_build || unlikely(!cache) || !page_in_window(object, &page))
		return false;
	/* What I1 says of ->mapping makes PG_SLAB no question here, once NULL is out of it. */
	return likely(cache_and_slab(page, &slab) == cache) && may_be_freed(slab, object);
}

/* The cache that it is of, if anybody may free it. */
static __always_inline struct kmem_cache *cache_of(const void *object)
{
	const struct page *page;
	const struct slab *slab;
	struct kmem_cache *cache;

	if (debug_build || !page_in_window(object, &page))
		return NULL;
	if (unlikely(!(page->flags & PG_SLAB)))
		return NULL;
	cache = cache_and_slab(page, &slab);
	if (!cache)
		__builtin_unreachable(); /* I1 */
	return may_be_freed(slab, object) ? cache : NULL;
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	if (likely(is_of(cache, object)))
		push(cache, object, RET_IP_TO_PASS, push_slowly);
	else
		cache_free_slowly(cache, object, RET_IP_TO_PASS);
}

void kfree(const void *object)
{
	struct kmem_cache *cache = cache_of(object);

	if (likely(cache))
		push(cache, (void *)object, RET_IP_TO_PASS, push_slowly);
	else
		kfree_slowly((void *)object, RET_IP_TO_PASS);
}

void kfree_for(const void *object, unsigned long caller)
{
	any_slowly((void *)object, caller);
}

/* --- many at once ----------------------------------------------------------------------------- */

/* Can there be so many?  Reported to caller when not.  What passes is an int, since lowmem is below 2 GiB. */
static bool may_bulk(size_t n, void *const *objects, unsigned long caller)
{
	unsigned long most = (lowmem_end_pfn - min_pfn) * (PAGE_SIZE / KMALLOC_MIN_SIZE);

	if (likely(n <= most))
		return true;
	refuse_bulk(objects, n, most, caller);
	return false;
}

int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t n, void **objects)
{
	if (!may_bulk(n, objects, _RET_IP_))
		return 0;
	for (size_t i = 0; i < n; i++) {
		objects[i] = allocate(cache, gfp, _RET_IP_);
		if (objects[i])
			continue;
		kmem_cache_free_bulk(cache, i, objects);
		return 0;
	}
	return (int)n;
}

static void __noinline free_of(struct kmem_cache *cache, void *object, unsigned long caller)
{
	if (likely(is_of(cache, object)))
		push(cache, object, caller, stock_push);
	else
		of_slowly(cache, object, caller);
}

static void __noinline free_any(void *object, unsigned long caller)
{
	struct kmem_cache *cache = cache_of(object);

	if (likely(cache))
		push(cache, object, caller, stock_push);
	else
		any_slowly(object, caller);
}

void kmem_cache_free_bulk(struct kmem_cache *cache, size_t n, void **objects)
{
	if (!may_bulk(n, objects, _RET_IP_))
		return;
	for (size_t i = 0; i < n; i++) {
		if (cache)
			free_of(cache, objects[i], _RET_IP_);
		else
			free_any(objects[i], _RET_IP_);
	}
}

/* --- kmalloc: a size, and the cache that serves it -------------------------------------------- */

/* The caches of kmalloc by size: one for each multiple of 8 up to KMALLOC_TABLE_MAX. */
struct kmem_cache *kmalloc_table[KMALLOC_TABLE_MAX / KMALLOC_TABLE_STEP] = {
	[0 ... KMALLOC_TABLE_MAX / KMALLOC_TABLE_STEP - 1] = &unborn_cache,
};

/* DEBUG, and a port that watches memory, want to know them. */
enum { tells_requests = debug_build || ARCH_WATCHES };

/* What lies behind the bytes that were asked for is not to be written. */
static __always_inline void *requested(const struct kmem_cache *cache, void *object, size_t size)
{
	if (debug_build && object)
		debug_set_request(cache, object, (u32)size);
	if (ARCH_WATCHES && object)
		watch_request(cache, object, size);
	return object;
}

/* Sizes beyond the table, DMA, and DEBUG builds. */
static void *__noinline kmalloc_special(size_t size, gfp_t gfp, unsigned long caller)
{
	struct kmem_cache *cache;

	if (size == 0)
		return ZERO_SIZE_PTR;
	if (size > KMALLOC_MAX_SIZE) {
		report_no_memory(NULL, gfp, caller);
		return NULL;
	}
	cache = size_cache((unsigned int)size, gfp & __GFP_DMA);
	return requested(cache, allocate(cache, gfp, caller), size);
}

static void *__noinline kmalloc_slowly(size_t size, gfp_t gfp, unsigned long passed)
{
	return kmalloc_special(size, gfp, RET_IP_PASSED(passed));
}

static __always_inline bool size_in_table(size_t size)
{
	return size - 1 < KMALLOC_TABLE_MAX; /* 0 is not */
}

static __always_inline struct kmem_cache *table_cache(size_t size)
{
	return kmalloc_table[(size - 1) / KMALLOC_TABLE_STEP];
}

static __always_inline void *allocate_size(size_t size, gfp_t gfp, unsigned long caller)
{
	if (tells_requests || unlikely(!size_in_table(size)) || unlikely(gfp & GFP_SPECIAL))
		return kmalloc_special(size, gfp, caller);
	return pop_or_refill(table_cache(size), gfp, caller);
}

void *__kmalloc(size_t size, gfp_t gfp)
{
	struct kmem_cache *cache;
	void *object;

	if (tells_requests || unlikely(!size_in_table(size)) || unlikely(gfp & GFP_SPECIAL))
		return kmalloc_slowly(size, gfp, RET_IP_TO_PASS);
	cache = table_cache(size);
	__asm__("" : "+r"(cache)); /* looked up once, not again for the long way */
	return likely(pop(cache, &object)) ? object : refill_slowly(cache, gfp, RET_IP_TO_PASS);
}

void *__kmalloc_track_caller(size_t size, gfp_t gfp, unsigned long caller)
{
	return allocate_size(size, gfp, caller);
}

/* An object of one of the table's caches, whose sizes are whole double words. */
static __always_inline void *zeroed(void *object, unsigned int size)
{
	if (size >= MEMSET_FROM)
		return memset(object, 0, size);
	if (likely(size % L1_CACHE_BYTES == 0))
		arch_clear_lines(object, size);
	else
		clear_words(object, size / sizeof(long));
	return object;
}

static __always_inline void *allocate_zeroed(size_t size, gfp_t gfp, unsigned long caller)
{
	struct kmem_cache *cache;
	void *object;

	if (tells_requests || unlikely(!size_in_table(size)) || unlikely(gfp & GFP_ZONEMASK))
		return kmalloc_special(size, gfp | __GFP_ZERO, caller);
	cache = table_cache(size);
	if (unlikely(!pop(cache, &object)))
		return alloc_special(cache, gfp | __GFP_ZERO, caller);
	return zeroed(object, cache->object_size);
}

void *kzalloc(size_t size, gfp_t gfp)
{
	return allocate_zeroed(size, gfp, _RET_IP_);
}

static void *allocate_size_on(size_t size, gfp_t gfp, int nid, unsigned long caller)
{
	struct kmem_cache *cache;

	if (size == 0 || size > KMALLOC_MAX_SIZE || anywhere(nid))
		return allocate_size(size, gfp, caller);
	cache = size_cache((unsigned int)size, gfp & __GFP_DMA);
	return requested(cache, alloc_node(cache, gfp, nid, caller), size);
}

void *kmalloc_node(size_t size, gfp_t gfp, int nid)
{
	return allocate_size_on(size, gfp, nid, _RET_IP_);
}

void *__kmalloc_node_track_caller(size_t size, gfp_t gfp, int nid, unsigned long caller)
{
	return allocate_size_on(size, gfp, nid, caller);
}

void *kzalloc_node(size_t size, gfp_t gfp, int nid)
{
	return allocate_size_on(size, gfp | __GFP_ZERO, nid, _RET_IP_);
}

void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(__builtin_mul_overflow(n, size, &bytes)))
		bytes = SIZE_MAX; /* refused, and told, as any size that is too large */
	return allocate_size(bytes, gfp, _RET_IP_);
}

void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(__builtin_mul_overflow(n, size, &bytes)))
		bytes = SIZE_MAX;
	return allocate_zeroed(bytes, gfp, _RET_IP_);
}

/* --- the allocators' own (own.h) -------------------------------------------------------------- */

/* Beyond the table, and DEBUG builds. */
static void *__noinline own_special(size_t size, gfp_t gfp, int nid, unsigned long caller)
{
	struct kmem_cache *cache;

	gfp &= ~(gfp_t)GFP_ZONEMASK;
	if (size > KMALLOC_MAX_SIZE) {
		report_no_memory(NULL, gfp, caller);
		return NULL;
	}
	if (size > OWN_MAX)
		return own_block_alloc(gfp, size);
	cache = size_cache(max((unsigned int)size, 1u), false)->own;
	return requested(cache, alloc_node(cache, gfp, nid, caller), size);
}

void *kmalloc_own(size_t size, gfp_t gfp)
{
	if (tells_requests || unlikely(!size_in_table(size)) || unlikely(gfp & GFP_SPECIAL))
		return own_special(size, gfp, NUMA_NO_NODE, _RET_IP_);
	return pop_or_refill(table_cache(size)->own, gfp, _RET_IP_);
}

void *kzalloc_own(size_t size, gfp_t gfp)
{
	struct kmem_cache *cache;
	void *object;

	if (tells_requests || unlikely(!size_in_table(size)) || unlikely(gfp & GFP_ZONEMASK))
		return own_special(size, gfp | __GFP_ZERO, NUMA_NO_NODE, _RET_IP_);
	cache = table_cache(size)->own;
	object = pop_or_refill(cache, gfp, _RET_IP_);
	return likely(object) ? zeroed(object, cache->object_size) : NULL;
}

void *kmalloc_own_node(size_t size, gfp_t gfp, int nid)
{
	return own_special(size, gfp, nid, _RET_IP_);
}

static __always_inline void give_own(struct kmem_cache *cache, void *object, unsigned long caller)
{
	if (debug_build && (!debug_give(cache, object_slab(object), object, caller) ||
			    object_slab(object)->free == BUFCTL_RETIRED))
		return;
	push_soundly(cache, object, caller);
}

void free_own(struct kmem_cache *cache, void *object)
{
	give_own(cache, object, _RET_IP_);
}

bool is_own_object(const void *object)
{
	const struct page *page = far_page(object);
	const struct kmem_cache *cache = page ? page->mapping : NULL;

	if (!page || !(page->flags & PG_SLAB))
		return page && page_state(page) == PAGE_USED && page_owner(page) == OWNER_SLAB &&
		       IS_ALIGNED((unsigned long)object, PAGE_SIZE);
	return (cache->kind & CACHE_OWN) &&
	       slab_index(cache, page_slab(page), object) < page_slab(page)->num;
}

void kfree_own(void *object)
{
	struct page *page = object_page(object);

	if (unlikely(!object))
		return;
	if (debug_build && !is_own_object(object)) {
		refuse_not_own(object, _RET_IP_);
		return;
	}
	if (likely(page->flags & PG_SLAB))
		give_own(page->mapping, object, _RET_IP_);
	else
		own_block_free(page);
}

void own_hand_over(void *object)
{
	struct slab *slab = object_slab(object);
	const struct kmem_cache *cache = object_page(object)->mapping;

	slab->bufctl[slab_index(cache, slab, object)] = BUFCTL_GIVEN;
}
