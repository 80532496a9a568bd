/*
 * mempool.c - a reserve of elements in front of an allocator
 *
 *	mempool_alloc()   1. allocator, no reclaim   2. reserve   3. allocator, reclaim   4. NULL
 *
 *	elements[]  | e | e | e |   |   |      taken and put back at curr_nr: last in, first out
 *	                          ^curr_nr  ^min_nr
 *
 *	mempool_free()    reserve not full: into it           full: back to the allocator
 *
 * Above: who must not fail.  Below: kmalloc, a cache, pages, or the user's own functions.
 *
 * Invariants (mempool_check() verifies all)
 *   M1  0 <= curr_nr <= min_nr, and min_nr >= 1.
 *   M2  elements[0 … curr_nr - 1] are distinct, none NULL, and each could be of this pool.
 *   M3  in_use == elements handed out - elements that came back; never negative.
 *   M4  A pool on the list has the magic; one that was destroyed has not.
 *
 * Locking: pool->lock covers the reserve; the allocator is called outside it.  pools_lock covers
 * the list of pools.  Order: pools_lock, pool->lock.
 * Read next: mempool_impl.h for a pool; mempool_alloc(), mempool_free().
 * Linux: mm/mempool.c
 */
#include <errno.h>

#include "kernel/check/check.h"
#include "kernel/kallsyms.h"
#include "kernel/look.h"
#include "kernel/printk.h"
#include "kernel/ratelimit.h"
#include "kernel/trace.h"
#include "mm/page/page.h"
#include "mm/slab/mempool_impl.h"
#include "mm/slab/own.h"
#include "mm/slab/slab_view.h"

enum { COMPARED = 64 }; /* elements of a reserve, in DEBUG, for one that is there twice */

static LIST_HEAD(pools);
static DEFINE_SPINLOCK(pools_lock);

/* --- the kinds of elements -------------------------------------------------------------------- */

void *mempool_alloc_slab(gfp_t gfp, void *pool_data)
{
	return kmem_cache_alloc(pool_data, gfp);
}

void mempool_free_slab(void *element, void *pool_data)
{
	kmem_cache_free(pool_data, element);
}

void *mempool_kmalloc(gfp_t gfp, void *pool_data)
{
	return kmalloc((size_t)pool_data, gfp);
}

void mempool_kfree(void *element, void *pool_data __unused)
{
	kfree(element);
}

void *mempool_alloc_pages(gfp_t gfp, void *pool_data)
{
	return alloc_pages(gfp, (unsigned int)(unsigned long)pool_data);
}

void mempool_free_pages(void *element, void *pool_data)
{
	__free_pages(element, (unsigned int)(unsigned long)pool_data);
}

static bool is_page_pool(const mempool_t *pool)
{
	return pool->alloc == mempool_alloc_pages;
}

static bool is_object_pool(const mempool_t *pool)
{
	return pool->alloc == mempool_kmalloc || pool->alloc == mempool_alloc_slab;
}

/*
 * For a port that watches memory: an element waits in reserve, as if it were free, or no longer.  What of its
 * own functions' elements is memory only they know.
 */
static void watch_element(const mempool_t *pool, const void *element, bool waits)
{
	const size_t bytes = is_page_pool(pool) ? PAGE_SIZE << (unsigned long)pool->pool_data : 0;
	const void *start = bytes && !PageHighMem(element) ? lowmem_page_address(element) : NULL;

	if (is_object_pool(pool) && waits)
		slab_set_aside(element);
	else if (is_object_pool(pool))
		slab_take_up(element, pool->alloc == mempool_kmalloc ? (size_t)pool->pool_data : 0);
	else if (start && waits)
		arch_take_back(start, bytes);
	else if (start)
		arch_hand_out(start, bytes, bytes);
}

/* --- refusals --------------------------------------------------------------------------------- */

static bool refuse(const char *what, const void *object, const char *expected, const char *found,
		   long value, unsigned long caller)
{
	const struct bug_report report = {
		.family = "mempool",
		.what = what,
		.object = object,
		.expected = expected,
		.caller = caller,
	};

	bug(&report, found, value);
	return false;
}

static bool pool_is_sound(const mempool_t *pool, unsigned long caller)
{
	if (likely(pool && pool->magic == MEMPOOL_MAGIC))
		return true;
	return refuse(pool ? "no pool" : "NULL pool", pool, "a pool that lives", "magic 0x%lx",
		      pool ? (long)pool->magic : 0, caller);
}

/* Making and unmaking pools takes memory and time: not from interrupts. */
static bool may_wait(const mempool_t *pool, unsigned long caller)
{
	return !arch_in_exception() ||
	       refuse("may not wait here", pool, "no interrupt", "one%.0ld", 0, caller);
}

static bool page_fits(const mempool_t *pool, const struct page *page, unsigned long caller)
{
	unsigned long order = (unsigned long)pool->pool_data;

	if (page_index(page) >= mem_map_pages || page_state(page) != PAGE_USED ||
	    page_order(page) != order)
		return refuse("wrong pool", page, "a block of the pool's order", "not of order %ld",
			      (long)order, caller);
	if ((page->flags & PG_SLAB) || page_owner(page) != OWNER_HELD)
		return refuse("wrong pool", page, "a block of alloc_pages()",
			      "pfn 0x%lx of another family", (long)page_to_pfn(page), caller);
	return true;
}

/* kfree() takes objects of any cache; a cache, its own. */
static bool is_of_cache(const mempool_t *pool, const void *element)
{
	return pool->alloc != mempool_alloc_slab || slab_cache_of(element) == pool->pool_data;
}

/* Could this element be of this pool?  Reports when not. */
static bool element_fits(const mempool_t *pool, const void *element, unsigned long caller)
{
	size_t size;

	if (is_page_pool(pool))
		return page_fits(pool, element, caller);
	if (!is_object_pool(pool))
		return true; /* only its own functions know */
	size = slab_usable_size(element);
	if (likely(size == pool->element_size))
		return is_of_cache(pool, element) ||
		       refuse("wrong pool", element, "an object of the pool's cache",
			      "one of another cache, of %ld bytes, too", (long)size, caller);
	if (size == 0)
		return false; /* not an object at all, as was reported */
	return refuse("wrong pool", element, "an element of the pool's size", "%ld bytes",
		      (long)size, caller);
}

static void __noinline __cold report_drained(const mempool_t *pool, gfp_t gfp, unsigned long caller)
{
	static struct ratelimit limit;
	char name[KALLSYMS_LINE];

	if ((gfp & __GFP_NOWARN) || !ratelimit(&limit))
		return;
	pr_warn("mempool: pool %p is drained: %d of its elements are in use, %d were in reserve "
		"(gfp 0x%x), for %s",
		(const void *)pool, pool->in_use, pool->min_nr, gfp,
		kallsyms_format(caller, name, sizeof(name)));
}

/* --- the reserve ------------------------------------------------------------------------------ */

/* Could this element of the reserve be of this pool? */
static bool could_be_of(const mempool_t *pool, const void *element)
{
	const struct page *page = element;

	if (is_page_pool(pool))
		return page_index(page) < mem_map_pages && page_state(page) == PAGE_USED &&
		       page_order(page) == (unsigned long)pool->pool_data;
	return element && (!is_object_pool(pool) || slab_object_live(element));
}

/* M2 for element i: not NULL, of this pool, none of those from `from` to it is the same. */
static bool element_is_sound(const mempool_t *pool, int from, int i)
{
	if (!could_be_of(pool, pool->elements[i]))
		return false;
	for (int j = max(from, 0); j < i; j++)
		if (pool->elements[j] == pool->elements[i])
			return false;
	return true;
}

/*
 * M1, and M2 of the element that would be taken next.  Only so many below it are compared: a reserve may
 * have a million, and each take and each put asks this.
 */
static bool reserve_holds(const mempool_t *pool)
{
	const int top = pool->curr_nr - 1;

	return pool->min_nr >= 1 && pool->curr_nr >= 0 && pool->curr_nr <= pool->min_nr &&
	       (!pool->curr_nr || element_is_sound(pool, top - COMPARED, top));
}

/*
 * DEBUG, before the reserve is used: somebody wrote over it.  What is no element of the pool, or there
 * twice, is dropped; of a reserve whose number is wrong nobody knows what is left, so all of it is.
 */
static void reserve_mend_locked(mempool_t *pool)
{
	const bool counted = pool->curr_nr >= 0 && pool->curr_nr <= pool->min_nr;
	const int said = pool->curr_nr;
	int kept = 0;

	if (likely(reserve_holds(pool)))
		return;
	for (int i = 0; counted && i < said; i++)
		if (element_is_sound(pool, 0, i))
			pool->elements[kept++] = pool->elements[i];
	pool->curr_nr = kept;
	refuse("broken reserve", pool, "elements of the pool, each once", "%ld, it said", said,
	       _RET_IP_);
}

static void *reserve_take(mempool_t *pool)
{
	unsigned long flags;
	void *element = NULL;

	spin_lock_irqsave(&pool->lock, flags);
	if (debug_build)
		reserve_mend_locked(pool);
	if (pool->curr_nr)
		element = pool->elements[--pool->curr_nr];
	spin_unlock_irqrestore(&pool->lock, flags);
	if (ARCH_WATCHES && element)
		watch_element(pool, element, false);
	return element;
}

/* False when it is full. */
static bool reserve_put(mempool_t *pool, void *element)
{
	unsigned long flags;
	bool room;

	spin_lock_irqsave(&pool->lock, flags);
	if (debug_build)
		reserve_mend_locked(pool);
	room = pool->curr_nr < pool->min_nr;
	if (ARCH_WATCHES && room)
		watch_element(pool, element, true);
	if (room)
		pool->elements[pool->curr_nr++] = element; /* keeps M1 */
	spin_unlock_irqrestore(&pool->lock, flags);
	return room;
}

/* DEBUG: freed already, and waiting there? */
static bool reserve_has(mempool_t *pool, const void *element)
{
	unsigned long flags;
	bool found = false;

	spin_lock_irqsave(&pool->lock, flags);
	reserve_mend_locked(pool);
	for (int i = 0; i < pool->curr_nr; i++)
		found = found || pool->elements[i] == element;
	spin_unlock_irqrestore(&pool->lock, flags);
	return found;
}

/* Allocates until the reserve is full; false when memory ended before. */
static bool reserve_fill(mempool_t *pool, gfp_t gfp)
{
	while (READ_ONCE(pool->curr_nr) < READ_ONCE(pool->min_nr)) {
		void *element = pool->alloc(gfp, pool->pool_data);

		if (!element)
			return false;
		if (!reserve_put(pool, element))
			pool->free(element, pool->pool_data); /* others filled it meanwhile */
	}
	return true;
}

static void reserve_empty(mempool_t *pool)
{
	void *element;

	while ((element = reserve_take(pool)))
		pool->free(element, pool->pool_data);
}

/* Places for so many elements; NULL when there is no memory, or when that is more than any object. */
static void **reserve_alloc(int min_nr)
{
	size_t bytes;

	if (__builtin_mul_overflow((size_t)min_nr, sizeof(void *), &bytes))
		bytes = SIZE_MAX;
	return kmalloc_own(bytes, GFP_KERNEL);
}

/* --- making and unmaking ---------------------------------------------------------------------- */

static void pool_free(mempool_t *pool)
{
	reserve_empty(pool);
	kfree_own(pool->elements);
	kfree_own(pool);
}

static void pool_publish(mempool_t *pool)
{
	unsigned long flags;

	if (is_object_pool(pool))
		pool->element_size = slab_usable_size(pool->elements[0]);
	pool->magic = MEMPOOL_MAGIC;
	spin_lock_irqsave(&pools_lock, flags);
	list_add_tail(&pool->list, &pools);
	spin_unlock_irqrestore(&pools_lock, flags);
}

/* Empty. */
static mempool_t *pool_make(int min_nr, mempool_alloc_t *alloc_fn, mempool_free_t *free_fn,
			    void *pool_data)
{
	mempool_t *pool = kzalloc_own(sizeof(*pool), GFP_KERNEL);

	if (!pool)
		return NULL;
	pool->elements = reserve_alloc(min_nr);
	if (!pool->elements) {
		kfree_own(pool);
		return NULL;
	}
	spin_lock_init(&pool->lock, "mempool");
	pool->min_nr = min_nr;
	pool->alloc = alloc_fn;
	pool->free = free_fn;
	pool->pool_data = pool_data;
	return pool;
}

/* Reported when not. */
static bool sound_request(int min_nr, mempool_alloc_t *alloc_fn, mempool_free_t *free_fn,
			  const void *pool_data, unsigned long caller)
{
	if (min_nr < 1 || !alloc_fn || !free_fn)
		return refuse("bad request", NULL, "1 element or more, two functions",
			      "%ld elements", min_nr, caller);
	if (alloc_fn == mempool_kmalloc && !pool_data) /* kmalloc(0) is no memory: keeps M2 */
		return refuse("bad request", NULL, "elements of 1 byte or more", "%ld bytes", 0,
			      caller);
	if (alloc_fn == mempool_alloc_slab && !pool_data)
		return refuse("bad request", NULL, "a cache", "NULL%.0ld", 0, caller);
	return true;
}

mempool_t *mempool_create(int min_nr, mempool_alloc_t *alloc_fn, mempool_free_t *free_fn,
			  void *pool_data)
{
	mempool_t *pool;

	if (!sound_request(min_nr, alloc_fn, free_fn, pool_data, _RET_IP_) ||
	    !may_wait(NULL, _RET_IP_))
		return NULL;
	pool = pool_make(min_nr, alloc_fn, free_fn, pool_data);
	if (!pool)
		return NULL;
	if (!reserve_fill(pool, GFP_KERNEL)) {
		pool_free(pool);
		return NULL;
	}
	pool_publish(pool);
	trace(TRACE_SLAB, "pool %p: %d elements in reserve", (void *)pool, min_nr);
	return pool;
}

void mempool_destroy(mempool_t *pool)
{
	unsigned long flags;
	int in_use;

	if (!pool || !pool_is_sound(pool, _RET_IP_) || !may_wait(pool, _RET_IP_))
		return;
	in_use = __atomic_load_n(&pool->in_use, __ATOMIC_RELAXED);
	if (in_use) {
		refuse("destroyed in use", pool, "no element in use", "%ld", in_use, _RET_IP_);
		return;
	}
	spin_lock_irqsave(&pools_lock, flags);
	list_del(&pool->list);
	spin_unlock_irqrestore(&pools_lock, flags);
	pool->magic = 0; /* keeps M4 */
	pool_free(pool);
}

/* --- resizing --------------------------------------------------------------------------------- */

/* Until no more than min_nr are in the reserve, which may shrink to that then. */
static void reserve_trim(mempool_t *pool, int min_nr)
{
	while (READ_ONCE(pool->curr_nr) > min_nr) {
		void *element = reserve_take(pool);

		if (element)
			pool->free(element, pool->pool_data);
	}
}

/* Moves what is in reserve to the new array; the old one, or NULL when it does not fit. */
static void **reserve_move(mempool_t *pool, void **elements, int min_nr)
{
	unsigned long flags;
	void **old = NULL;

	spin_lock_irqsave(&pool->lock, flags);
	if (pool->curr_nr <= min_nr) {
		for (int i = 0; i < pool->curr_nr; i++)
			elements[i] = pool->elements[i];
		old = pool->elements;
		pool->elements = elements;
		pool->min_nr = min_nr;
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return old;
}

int mempool_resize(mempool_t *pool, int min_nr)
{
	void **elements, **old;

	if (!pool_is_sound(pool, _RET_IP_) || !may_wait(pool, _RET_IP_))
		return -EINVAL;
	if (min_nr < 1) {
		refuse("bad request", pool, "1 element or more", "%ld", min_nr, _RET_IP_);
		return -EINVAL;
	}
	elements = reserve_alloc(min_nr);
	if (!elements)
		return -ENOMEM;
	do
		reserve_trim(pool, min_nr); /* others may free into it meanwhile */
	while (!(old = reserve_move(pool, elements, min_nr)));
	kfree_own(old);
	trace(TRACE_SLAB, "pool %p: %d elements in reserve from now on", (void *)pool, min_nr);
	reserve_fill(pool, GFP_KERNEL | __GFP_NOWARN); /* what is missing comes with frees */
	return 0;
}

/* --- allocating and freeing ------------------------------------------------------------------- */

static void *allocate(mempool_t *pool, gfp_t gfp)
{
	const gfp_t easy = (gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN;
	void *element = pool->alloc(easy, pool->pool_data);

	if (likely(element))
		return element;
	element = reserve_take(pool);
	if (element) {
		trace(TRACE_SLAB, "pool %p: %p from the reserve, %d are left", (void *)pool,
		      element, pool->curr_nr);
		return element;
	}
	if (!(gfp & __GFP_DIRECT_RECLAIM))
		return NULL;
	return pool->alloc(gfp | __GFP_NOWARN, pool->pool_data);
}

void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	void *element;

	if (!pool_is_sound(pool, _RET_IP_))
		return NULL;
	if (unlikely(gfp & __GFP_ZERO)) {
		refuse("cannot clear", pool, "no __GFP_ZERO", "gfp 0x%lx", gfp, _RET_IP_);
		return NULL;
	}
	element = allocate(pool, gfp);
	if (likely(element))
		__atomic_fetch_add(&pool->in_use, 1, __ATOMIC_RELAXED); /* keeps M3 */
	else
		report_drained(pool, gfp, _RET_IP_);
	return element;
}

/* One less in use; false when none was (keeps M3). */
static bool count_return(mempool_t *pool)
{
	int in_use = __atomic_load_n(&pool->in_use, __ATOMIC_RELAXED);

	while (in_use > 0)
		if (__atomic_compare_exchange_n(&pool->in_use, &in_use, in_use - 1, false,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return true;
	return false;
}

void mempool_free(void *element, mempool_t *pool)
{
	if (!element || !pool_is_sound(pool, _RET_IP_) || !element_fits(pool, element, _RET_IP_))
		return;
	if (debug_build && reserve_has(pool, element)) {
		refuse("double free", element, "an element in use", "it is in reserve%.0ld", 0,
		       _RET_IP_);
		return;
	}
	if (unlikely(!count_return(pool))) {
		/* What a production build does not see is counted: he may not be the one who was wrong. */
		refuse("more freed than taken", element, "an element in use",
		       debug_build ? "%ld in use" : "%ld in use, or one was freed twice before", 0,
		       _RET_IP_);
		return;
	}
	if (unlikely(reserve_put(pool, element)))
		return;
	pool->free(element, pool->pool_data);
}

/* --- looking at them -------------------------------------------------------------------------- */

static const char *kind_of(const mempool_t *pool)
{
	if (pool->alloc == mempool_kmalloc)
		return "kmalloc";
	if (pool->alloc == mempool_alloc_slab)
		return kmem_cache_name(pool->pool_data);
	return is_page_pool(pool) ? "pages" : "own";
}

void mempool_state(mempool_t *pool, struct mempool_state *state)
{
	unsigned long flags;

	look_lock_irqsave(&pool->lock, flags);
	*state = (struct mempool_state){
		.kind = kind_of(pool),
		.min_nr = pool->min_nr,
		.curr_nr = pool->curr_nr,
		.in_use = pool->in_use,
		.size = is_page_pool(pool) ? PAGE_SIZE << (unsigned long)pool->pool_data
					   : pool->element_size,
	};
	look_unlock_irqrestore(&pool->lock, flags);
}

mempool_t *mempool_next(mempool_t *pool)
{
	struct list_head *next;
	unsigned long flags;

	look_lock_irqsave(&pools_lock, flags);
	next = pool ? pool->list.next : pools.next;
	if (list_fault(&pools, NULL))
		next = &pools; /* who asks for one after the other comes to an end */
	look_unlock_irqrestore(&pools_lock, flags);
	return next == &pools ? NULL : list_entry(next, mempool_t, list);
}

static bool reserve_is_sound_locked(struct check *check, const mempool_t *pool)
{
	if (pool->curr_nr < 0 || pool->curr_nr > pool->min_nr || pool->min_nr < 1)
		return check_broken(check, "M1: pool %p has %d elements of %d", (const void *)pool,
				    pool->curr_nr, pool->min_nr);
	if (!is_own_object(pool->elements))
		return check_broken(check, "M1: pool %p: its reserve at %p is no memory of its own",
				    (const void *)pool, (const void *)pool->elements);
	for (int i = 0; i < pool->curr_nr; i++)
		if (!element_is_sound(pool, 0, i))
			return check_broken(check, "M2: pool %p: element %d of its reserve is %p",
					    (const void *)pool, i, pool->elements[i]);
	check_counted(check, 1, "pools");
	check_counted(check, (unsigned long)pool->curr_nr, "elements in reserve");
	return true;
}

static bool check_pool(struct check *check, mempool_t *pool)
{
	bool sound;

	check_at(check, pool);
	if (pool->magic != MEMPOOL_MAGIC)
		return check_broken(check, "M4: pool %p: magic 0x%x", (void *)pool, pool->magic);
	if (pool->in_use < 0)
		return check_broken(check, "M3: pool %p: %d in use", (void *)pool, pool->in_use);
	if (!check_lock(check, &pool->lock))
		return false;
	sound = reserve_is_sound_locked(check, pool);
	check_unlock(check, &pool->lock);
	return sound;
}

CHECKER(mempool_check, "mempool", "each pool's counts, and the elements of its reserve")
{
	const struct list_head *at;
	const char *fault;
	mempool_t *pool;

	if (!check_lock(check, &pools_lock))
		return;
	check_counted(check, 0, "pools");
	fault = list_fault(&pools, &at);
	if (fault)
		check_broken(check, "the list of pools, at %p: %s", (const void *)at, fault);
	list_for_each_entry(pool, &pools, list)
		if (fault || !check_pool(check, pool))
			break;
	check_unlock(check, &pools_lock);
}
