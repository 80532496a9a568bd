/*
 * create.c - a cache: how large its slabs are, what goes where in them, and its end
 *
 *	a slab, of one page or more
 *	| descriptor, bufctl[num] | num objects of `size`      | left over: colours |
 *	  off-slab: not here        size: object_size rounded up to align (DEBUG: and more)
 *
 * A cache has slabs of three shapes.  The wanted one is chosen so that a slab holds objects enough
 * for several batches, and that little is left over; but not larger, since large blocks are hard to
 * come by.  Before a cache could fill one of those its slabs are smaller, so that who needs a few objects
 * takes a page for them and not sixteen: at first single pages, then pairs.  And the least one, the
 * smallest that can hold an object, is made when another cannot be (grow.c).  A slab of objects of more
 * than a page has as many pages, 15 at most, as they fill best: 9 for 8 of 4608 bytes.
 *
 *	object size    wanted pages        descriptor    stock limit, batch
 *	   1 … 31      1                   in the slab   12, 8
 *	   … 63        2
 *	   … 1024      4
 *	   … 4095      8                                  8, 4
 *	   … 4096      16
 *	   … 128K      2 … 15, as little   elsewhere      2, 1
 *	               is left over
 *	   … 4M        as needed                          0, 1: a stock of such would be memory
 *	                                                  that nobody can use
 *
 * A descriptor that is elsewhere comes back in where the left-over has room for it; and one goes out
 * where else no object would fit: that of a single page for an object of 4096 bytes.  In DEBUG builds
 * those of large objects stay in, so that something is watched before the first (debug.c).
 *
 * Invariants
 *   C1  A cache on the chain has CACHE_MAGIC and is &cache_cache, &stock_cache or an object in use
 *       of cache_cache.
 *   C2  No two caches have the same name.
 *   C3  A cache with off-slab descriptors is newer than the cache that these come from, which has
 *       its own in its slabs: growing nests once.
 *
 * Locking: chain_lock for the chain.  Creation allocates before it takes it.
 * Read next: grow.c.
 * Linux 2.6: mm/slab.c (kmem_cache_create, calculate_slab_order, kmem_cache_destroy)
 */
#include <string.h>

#include "kernel/look.h"
#include "mm/slab/slab/sizes.h"
#include "mm/slab/slab/slab_impl.h"
#include "mm/slab/slab_view.h"

LIST_HEAD(cache_chain);
DEFINE_SPINLOCK(chain_lock);

/* --- geometry --------------------------------------------------------------------------------- */

/* Bytes of a descriptor for so many objects; bufctl in whole words. */
static unsigned int descriptor_size(const struct kmem_cache *cache, unsigned int num)
{
	unsigned int size = sizeof(struct slab) + ALIGN(num, (unsigned int)sizeof(long));

	if (debug_build)
		size = debug_mgmt_size(cache, num) + ALIGN(size, (unsigned int)sizeof(long));
	return size;
}

/* The same of one in the slab, up to the first object. */
static unsigned int in_slab_size(const struct kmem_cache *cache, unsigned int num)
{
	return ALIGN(descriptor_size(cache, num), cache->align);
}

/* How many objects so many pages take beside their descriptor. */
static unsigned int fit_beside(const struct kmem_cache *cache, unsigned int pages)
{
	unsigned long bytes = (unsigned long)pages << PAGE_SHIFT;
	unsigned int num = (unsigned int)min(bytes / cache->size, (unsigned long)SLAB_OBJECTS_MAX);

	while (num && in_slab_size(cache, num) + (unsigned long)num * cache->size > bytes)
		num--;
	return num;
}

/* Is the descriptor in the slab, whatever it costs?  In DEBUG builds of large objects, for a guard. */
static bool only_beside(const struct kmem_cache *cache)
{
	return (cache->kind & CACHE_BOOT) ||
	       (debug_build && cache->size > IN_SLAB_MAX && debug_wants_descriptor(cache));
}

/* How many they take, with the descriptor elsewhere if it would cost too much. */
static unsigned int fit(const struct kmem_cache *cache, unsigned int pages)
{
	unsigned int num = fit_beside(cache, pages);

	if (only_beside(cache) || (num && cache->size <= IN_SLAB_MAX))
		return num;
	return (unsigned int)min(((unsigned long)pages << PAGE_SHIFT) / cache->size,
				 (unsigned long)SLAB_OBJECTS_MAX);
}

/* Bytes that so many objects leave. */
static unsigned long rest(const struct kmem_cache *cache, unsigned int pages, unsigned int num)
{
	return ((unsigned long)pages << PAGE_SHIFT) - (unsigned long)num * cache->size;
}

static unsigned long left_over(const struct kmem_cache *cache, unsigned int pages)
{
	return rest(cache, pages, fit(cache, pages));
}

/* The fewest pages that can hold an object. */
static unsigned int least_pages(const struct kmem_cache *cache)
{
	unsigned int pages = DIV_ROUND_UP(cache->size, PAGE_SIZE);

	while (!fit(cache, pages))
		pages++;
	return pages;
}

/* Of objects of more than a page: as many pages as waste the least of them. */
static unsigned int best_pages(const struct kmem_cache *cache)
{
	enum { MOST = 15 };
	const unsigned int exact = cache->size >> min(cache->shift, (u32)PAGE_SHIFT);
	unsigned int best = least_pages(cache);
	unsigned long best_left = left_over(cache, best), left;

	if (exact <= MOST && !left_over(cache, exact))
		return exact;
	for (unsigned int pages = best + 1; best_left && pages <= MOST; pages++) {
		left = left_over(cache, pages);
		if (left * best < best_left * pages) {
			best_left = left;
			best = pages;
		}
	}
	return best;
}

static unsigned int least_wanted(const struct kmem_cache *cache)
{
	static const u16 below[] = { 32, 64, 1025, 4096 };
	unsigned int order = 0;

	while (order < ARRAY_SIZE(below) && cache->object_size >= below[order])
		order++;
	return 1u << order;
}

/* The pages of a slab that serves many requests. */
static unsigned int wanted_pages(const struct kmem_cache *cache)
{
	enum { ENOUGH = 8, WASTE_SHARE = 8 };
	unsigned int pages = least_wanted(cache);

	if (cache->size > IN_SLAB_MAX)
		return best_pages(cache);
	for (;; pages *= 2) {
		unsigned int num = fit(cache, pages);

		if (num && (rest(cache, pages, num) * WASTE_SHARE <= pages * PAGE_SIZE ||
			    pages >= ENOUGH || num == SLAB_OBJECTS_MAX))
			break;
	}
	return pages;
}

/* Those of a slab for a few objects: more than a page, and they and the descriptor are in it. */
static unsigned int first_pages(const struct kmem_cache *cache, unsigned int wanted)
{
	unsigned int pages = 2;

	if (cache->size > IN_SLAB_MAX)
		return least_pages(cache);
	while (pages < wanted && fit_beside(cache, pages) < 2)
		pages *= 2;
	return min(pages, wanted);
}

/* A descriptor is in the slab if what the objects leave has room for it. */
static void set_shape(struct kmem_cache *cache, struct slab_shape *shape, unsigned int pages)
{
	const unsigned int num = fit(cache, pages), inside = in_slab_size(cache, num);
	unsigned long left = rest(cache, pages, num);

	shape->pages = (u16)pages;
	shape->order = (u8)block_order(pages);
	shape->num = (u8)num;
	shape->free_num = cache->kind & CACHE_OWN ? 0 : (u8)num;
	shape->shape = (u8)(shape - cache->shape);
	if (left >= inside) {
		left -= inside;
		shape->mgmt_size = (u16)inside;
	} else {
		shape->mgmt_size = (u16)descriptor_size(cache, num);
		shape->descriptors = size_cache(shape->mgmt_size, false)->own;
		ASSERT(is_cache(shape->descriptors)); /* C3 */
		ASSERT(!shape->descriptors->shape[SHAPE_WANTED].descriptors);
		ASSERT(!shape->descriptors->shape[SHAPE_LEAST].descriptors);
	}
	shape->nr_colours = (u16)min(left / cache->colour_unit + 1, 0xfffful);
}

/* Objects of as many slabs of the smaller shape as would fill one of the larger. */
static unsigned int fill_of(const struct slab_shape *smaller, const struct slab_shape *larger)
{
	return smaller->num * (larger->pages / smaller->pages);
}

/*
 * A cache grows by doubling: it begins with single pages, where these hold the descriptor, too, goes on
 * with first slabs when it could fill one, and with wanted ones when it could fill one of these; or half
 * of one, where no single page came before.
 */
static bool set_shapes(struct kmem_cache *cache)
{
	struct slab_shape *wanted = &cache->shape[SHAPE_WANTED], *first = wanted + 1,
			  *least = first + 1;
	unsigned int pages = wanted_pages(cache);

	if (pages > MAX_ORDER_NR_PAGES)
		return false;
	cache->colour_unit = max(cache->align, (unsigned int)CACHE_LINE);
	set_shape(cache, wanted, pages);
	set_shape(cache, first, first_pages(cache, pages));
	set_shape(cache, least, least_pages(cache));
	if (least->pages == 1 && !least->descriptors) {
		cache->single_below = fill_of(least, first);
		cache->first_below = fill_of(least, wanted);
	} else {
		cache->first_below = fill_of(first, wanted) / 2;
	}
	return true;
}

/* What object_index() multiplies by; each step of Newton's doubles the bits that are right. */
static void set_divisor(struct kmem_cache *cache)
{
	u32 odd, inverse;

	cache->shift = (u32)__builtin_ctz(cache->size);
	odd = inverse = cache->size >> cache->shift; /* right to three bits */
	for (unsigned int bits = 3; bits < 32; bits *= 2)
		inverse *= 2 - odd * inverse;
	cache->inverse = inverse;
}

static unsigned int choose_align(const struct cache_request *request)
{
	unsigned int align = max(request->align, (unsigned int)MIN_ALIGN), line = CACHE_LINE;

	if (!(request->flags & SLAB_HWCACHE_ALIGN))
		return align;
	while (line > MIN_ALIGN && request->size <= line / 2) /* several may share a line */
		line /= 2;
	return max(align, line);
}

/*
 * Empty slabs are kept for the next one who asks: free objects of up to KEEP_MAX pages a node, and
 * a thousandth of a small machine's memory, but one slab's at least.  Linux counts objects and CPUs instead; but what one
 * wants to bound is memory, and what must come back under pressure does, by slab_reap().
 */
static unsigned long free_limit(const struct kmem_cache *cache)
{
	enum { KEEP_MIN = 4, KEEP_MAX = 32, SHARE = 1024 };
	unsigned long lowmem = lowmem_end_pfn - min_pfn;
	unsigned long keep =
		min(max(lowmem / SHARE, (unsigned long)KEEP_MIN), (unsigned long)KEEP_MAX);

	if (cache->flags & SLAB_TYPESAFE_BY_RCU)
		return ~0ul; /* only its owner gives pages back */
	return max((keep << PAGE_SHIFT) / cache->size,
		   (unsigned long)cache->shape[SHAPE_WANTED].num);
}

static void init_nodes(struct kmem_cache *cache)
{
	unsigned int nid;

	for_each_nid(nid) {
		struct cache_node *node = &cache->node[nid];

		spin_lock_init(&node->lock, "slab node");
		INIT_LIST_HEAD(&node->full);
		INIT_LIST_HEAD(&node->partial);
		INIT_LIST_HEAD(&node->free);
		node->free_limit = free_limit(cache);
	}
}

/*
 * What a constructor made, or a reader without a lock may still look at, is not cleared; nor is a
 * cache that was destroyed, so that its use is named; and a free object has DEBUG's pattern where
 * it has one.
 * Linux: mm/slab.h (slab_want_init_on_alloc, slab_want_init_on_free)
 */
static unsigned int choose_init(const struct kmem_cache *cache)
{
	unsigned int kind = 0;

	if (cache->ctor || (cache->flags & SLAB_TYPESAFE_BY_RCU) || (cache->kind & CACHE_BOOT))
		return 0;
	if (want_init_on_alloc(0))
		kind |= CACHE_INIT_ALLOC;
	if (want_init_on_free() && !(cache->kind & CACHE_POISON))
		kind |= CACHE_INIT_FREE;
	return kind;
}

bool cache_setup(struct kmem_cache *cache, const struct cache_request *request)
{
	unsigned int size = request->size;

	strncpy(cache->name, request->name, sizeof(cache->name) - 1);
	cache->object_size = size;
	cache->flags = request->flags;
	cache->kind = request->kind;
	cache->ctor = request->ctor;
	cache->gfp = cache->flags & SLAB_CACHE_DMA ? __GFP_DMA : 0;
	cache->align = choose_align(request);
	if (debug_build)
		size = debug_layout(cache, size);
	cache->kind |= choose_init(cache);
	cache->size = ALIGN(size, cache->align);
	set_divisor(cache);
	if (!set_shapes(cache))
		return false;
	init_nodes(cache);
	return true;
}

/* --- stocks, the chain ------------------------------------------------------------------------ */

void cache_set_stocks(struct kmem_cache *cache, struct array_cache *stocks)
{
	static const struct {
		unsigned int size;
		u16 limit, batch;
	} steps[] = { { 1024, 12, 8 }, { 4096, 8, 4 }, { 131072, 2, 1 }, { ~0u, 0, 1 } };
	unsigned int step = 0;

	while (cache->object_size > steps[step].size)
		step++;
	/* Clearing is none of the hot paths' business: with a stock that keeps nothing they never run. */
	if (!debug_build && (cache->kind & (CACHE_INIT_ALLOC | CACHE_INIT_FREE)))
		step = ARRAY_SIZE(steps) - 1;
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		stocks[cpu] = (struct array_cache){
			.ceiling = steps[step].limit,
			.limit = steps[step].limit,
			.batchcount = steps[step].batch,
		};
		cache->array[cpu] = &stocks[cpu];
	}
}

void cache_publish(struct kmem_cache *cache)
{
	unsigned long flags;

	cache->magic = CACHE_MAGIC;
	spin_lock_irqsave(&chain_lock, flags);
	list_add(&cache->chain, &cache_chain);
	spin_unlock_irqrestore(&chain_lock, flags);
}

bool is_cache(const struct kmem_cache *cache)
{
	struct page *page;

	if (cache == &cache_cache || cache == &stock_cache)
		return true;
	page = far_page(cache);
	return page && (page->flags & PG_SLAB) && page->mapping == &cache_cache &&
	       slab_index(&cache_cache, page_slab(page), cache) < page_slab(page)->num &&
	       cache->magic == CACHE_MAGIC; /* C1 */
}

static void __cold report_chain(const char *fault, const struct list_head *at, unsigned long caller)
{
	const struct bug_report report = {
		.family = "slab",
		.what = "broken chain of caches",
		.object = at,
		.expected = "neighbours that know each other",
		.caller = caller,
	};

	bug(&report, "%s", fault);
}

/* To go on over a link that leads back would never end. */
bool chain_holds_locked(unsigned long caller)
{
	const struct list_head *at;
	const char *fault = list_fault(&cache_chain, &at);

	assert_spin_locked(&chain_lock);
	if (unlikely(fault))
		report_chain(fault, at, caller);
	return !fault;
}

struct kmem_cache *slab_find(const char *name)
{
	struct kmem_cache *cache, *found = NULL;
	unsigned long flags;

	look_lock_irqsave(&chain_lock, flags);
	if (chain_holds_locked(_RET_IP_))
		list_for_each_entry(cache, &cache_chain, chain)
			if (!strcmp(cache->name, name))
				found = cache;
	look_unlock_irqrestore(&chain_lock, flags);
	return found;
}

struct kmem_cache *kmem_cache_find(const char *name)
{
	struct kmem_cache *cache = slab_find(name);

	return cache && !(cache->kind & CACHE_OWN) ? cache : NULL;
}

bool slab_is_own(const struct kmem_cache *cache)
{
	return cache->kind & CACHE_OWN;
}

unsigned int nr_caches(void)
{
	struct kmem_cache *cache;
	unsigned int n = 0;
	unsigned long flags;

	look_lock_irqsave(&chain_lock, flags);
	if (chain_holds_locked(_RET_IP_))
		list_for_each_entry(cache, &cache_chain, chain)
			n++;
	look_unlock_irqrestore(&chain_lock, flags);
	return n;
}

/* --- creating --------------------------------------------------------------------------------- */

struct kmem_cache *cache_make(const struct cache_request *request)
{
	struct kmem_cache *cache = kmem_cache_zalloc(&cache_cache, GFP_KERNEL);
	struct array_cache *stocks = kmem_cache_alloc(&stock_cache, GFP_KERNEL);

	if (cache && stocks && cache_setup(cache, request)) {
		cache_set_stocks(cache, stocks);
		cache_publish(cache);
		return cache;
	}
	if (stocks)
		free_own(&stock_cache, stocks);
	if (cache)
		free_own(&cache_cache, cache);
	return NULL;
}

static bool refuse_request(const struct cache_request *request, const char *what,
			   const char *expected, unsigned long caller)
{
	const struct bug_report report = {
		.family = "slab", .what = what, .expected = expected, .caller = caller
	};

	bug(&report, "name %s size %u align %u flags 0x%x", request->name ? request->name : "NULL",
	    request->size, request->align, request->flags);
	return false;
}

static bool printable(const char *name)
{
	for (; *name; name++)
		if ((unsigned char)*name < ' ' || *name == 0x7f)
			return false;
	return true;
}

/* Is everything asked for possible?  Reported when not. */
static bool sound_request(const struct cache_request *request, unsigned long caller)
{
	const slab_flags_t known =
		SLAB_HWCACHE_ALIGN | SLAB_CACHE_DMA | SLAB_PANIC | SLAB_TYPESAFE_BY_RCU;

	if (arch_in_exception())
		return refuse_request(request, "in an interrupt", "a context that may wait",
				      caller);
	if (!slab_is_available())
		return refuse_request(request, "too early", "kmem_cache_init() before", caller);
	if (!request->name || !request->name[0])
		return refuse_request(request, "bad name", "a name", caller);
	if (!printable(request->name)) /* slabinfo has a line for each cache */
		return refuse_request(request, "bad name", "a name without control characters",
				      caller);
	if (strlen(request->name) >= KMEM_CACHE_NAME_MAX)
		return refuse_request(request, "bad name", "a name of at most 39 characters",
				      caller);
	if (slab_find(request->name)) /* keeps C2 */
		return refuse_request(request, "duplicate name", "a name no cache has", caller);
	if (cache_chain_fault()) /* C2 could not be looked after; it has been reported */
		return false;
	if (request->size == 0 || request->size > KMALLOC_MAX_SIZE)
		return refuse_request(request, "bad size", "1 byte to 4 MiB", caller);
	if (request->align & (request->align - 1) || request->align > PAGE_SIZE)
		return refuse_request(request, "bad alignment", "a power of two up to a page",
				      caller);
	if (request->flags & ~known)
		return refuse_request(request, "bad flags", "flags of slab.h", caller);
	return true;
}

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *object))
{
	const struct cache_request request = {
		.name = name, .size = size, .align = align, .flags = flags, .ctor = ctor
	};
	struct kmem_cache *cache = NULL;

	if (sound_request(&request, _RET_IP_))
		cache = cache_make(&request);
	if (!cache && (flags & SLAB_PANIC))
		panic("slab: cannot create cache %s", name && name[0] ? name : "without a name");
	return cache;
}

/* --- destroying ------------------------------------------------------------------------------- */

unsigned long live_objects(const struct kmem_cache *cache)
{
	unsigned long live = 0;
	unsigned int nid;

	for_each_nid(nid)
		live += cache->node[nid].nr_objects - cache->node[nid].free_objects;
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		live -= min(live, (unsigned long)cache->array[cpu]->avail);
	return live;
}

/* Slabs that are used no more; their objects may be, and lead to the cache. */
static bool has_retired(const struct kmem_cache *cache)
{
	unsigned int nid;

	for_each_nid(nid) {
		if (cache->node[nid].retired)
			return true;
	}
	return false;
}

/* Nobody uses the cache any more, so the other CPUs' stocks may be taken, too. */
static void empty_stocks(struct kmem_cache *cache)
{
	unsigned long flags = arch_irq_save();

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		struct array_cache *stock = cache->array[cpu];

		give_back(cache, stock);
		while (give_spare_slab(cache, stock))
			;
	}
	arch_irq_restore(flags);
}

static void unmake(struct kmem_cache *cache)
{
	struct array_cache *stocks = cache->array[0];
	unsigned long flags;

	spin_lock_irqsave(&chain_lock, flags);
	list_del(&cache->chain);
	spin_unlock_irqrestore(&chain_lock, flags);
	empty_stocks(cache);
	cache_free_empty(cache);
	cache->magic = 0;
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		cache->array[cpu] = &no_stock; /* who uses it now is told so */
	free_own(&stock_cache, stocks);
	free_own(&cache_cache, cache);
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	if (!cache)
		return;
	if (arch_in_exception())
		refuse_cache(cache, "in an interrupt", "a context that may wait", _RET_IP_);
	else if (!is_cache(cache))
		refuse_cache(cache, "not a cache", "a cache that was created, and not destroyed",
			     _RET_IP_);
	else if (cache->kind & (CACHE_BOOT | CACHE_KMALLOC))
		refuse_cache(cache, "permanent cache", "a cache of kmem_cache_create()", _RET_IP_);
	else if (live_objects(cache))
		refuse_cache(cache, "live objects", "every object freed", _RET_IP_);
	else if (has_retired(cache))
		refuse_cache(cache, "broken slabs", "none that is used no more", _RET_IP_);
	else
		unmake(cache);
}

/* --- asking ----------------------------------------------------------------------------------- */

unsigned int kmem_cache_size(struct kmem_cache *cache)
{
	return is_cache(cache) ? cache->object_size : 0;
}

const char *kmem_cache_name(struct kmem_cache *cache)
{
	return is_cache(cache) ? cache->name : "?";
}
