/*
 * stock.c - between a CPU's stock and the slabs: a batch at a time, a run of one slab's objects at once
 *
 *	refill   partial slab: freelist 3 -> 0 -> 7        stock  | NULL | o3 | o0 | o7 |
 *	flush    stock | NULL | a1 | a2 | b9 | b5 | … |    a1, a2 to slab a, b9, b5 to slab b;
 *	                                                   the rest moves down
 *
 * What was freed last stays in the stock, since it is most likely in the data cache; the oldest go
 * back.  Objects that were allocated one after the other come from one slab, and so do their
 * frees, in most programs; so a run of neighbours in the stock costs one look at the page and one
 * change of lists, not one each.
 *
 * What a free may cost is bounded, whatever lies in the stock.  A flush takes the oldest objects: a
 * batch of one slab's, or fewer of several.  A slab that it leaves empty stays where it is: the stock's
 * ceiling comes down, so that the frees that follow come here, too, and each that has nothing to flush
 * does one step towards giving an empty slab's pages back, as long as there is one too many (reap.c).
 *
 *	free    flush     free             free          …    free    flush
 *	          └ slabs   └ a slab is      └ its pages
 *	            get       no more          go back
 *	            empty
 *
 * Invariants: I2 to I5 of objects.c.
 * Locking: the node's lock around slabs, taken anew only when the next object is of another node;
 * interrupts off throughout.
 * Read next: grow.c, reap.c.
 * Linux 2.6: mm/slab.c (cache_alloc_refill, cache_flusharray, free_block)
 */
#include "kernel/trace.h"
#include "mm/slab/slab/slab_impl.h"

/* Of a batch that goes back, each slab that it comes to takes so many objects off. */
enum { SLAB_PRICE = 3 };

/* --- taking ----------------------------------------------------------------------------------- */

struct slab *usable_slab_locked(struct kmem_cache *cache, struct cache_node *node)
{
	assert_spin_locked(&node->lock);
	if (debug_build)
		retire_broken_first(cache, node);
	if (!list_empty(&node->partial))
		return list_first_entry(&node->partial, struct slab, list);
	return list_first_entry_or_null(&node->free, struct slab, list);
}

/*
 * A list led to a slab that has nothing to give: it goes to the full ones.  A list that leads to it still
 * would do so for ever.
 */
static unsigned int __noinline __cold set_aside(struct kmem_cache *cache, struct cache_node *node,
						struct slab *slab)
{
	list_move(&slab->list, &node->full); /* keeps I3 */
	if (usable_slab_locked(cache, node) == slab)
		panic("slab: I3: cache %s: slab %p, which gives no object, cannot be taken off its list",
		      cache->name, (const void *)slab);
	return 0;
}

unsigned int take_run_locked(struct kmem_cache *cache, struct cache_node *node, struct slab *slab,
			     void **to, unsigned int want)
{
	const unsigned int size = cache->size, num = slab->num, inuse = slab->inuse;
	unsigned int free = slab->free, taken = 0;
	u8 *objects = slab->s_mem;

	if (!want)
		__builtin_unreachable();
	if (unlikely(free >= num))
		return set_aside(cache, node, slab);
	for (; taken < want && free < num; taken++) { /* what leaves the slab ends the list */
		u8 *const next = &slab->bufctl[free];

		to[taken] = objects + free * size;
		free = *next;
		if (debug_build)
			*next = BUFCTL_OUT;
	}
	slab->free = (u8)free;
	slab->inuse = (u8)(inuse + taken); /* keeps I2 */
	node->free_objects -= taken;	   /* keeps I4 */
	if (!inuse || free >= num) {	   /* keeps I3 */
		__list_del_entry(&slab->list);
		list_add(&slab->list, free >= num ? &node->full : &node->partial);
	}
	return taken;
}

/* Up to a batch of one node's objects into an empty stock; fresh: a slab to be listed there, or NULL. */
static bool refill_from(struct kmem_cache *cache, struct cache_node *node,
			struct array_cache *stock, struct slab *fresh)
{
	unsigned int want = stock->batchcount, got = 0;
	struct slab *slab;

	spin_lock(&node->lock);
	if (fresh)
		slab_list_locked(fresh);
	while (got < want && (slab = usable_slab_locked(cache, node)))
		got += take_run_locked(cache, node, slab, &stock->slot[1 + got], want - got);
	spin_unlock(&node->lock);
	stock->avail = got;
	if (got)
		trace(TRACE_SLAB, "%s: refill: %u objects for CPU %u", cache->name, got,
		      arch_cpu_id());
	return got;
}

static bool refill(struct kmem_cache *cache, struct array_cache *stock)
{
	unsigned int nid;

	for_each_nid(nid) {
		if (refill_from(cache, &cache->node[nid], stock, NULL))
			return true;
	}
	return false;
}

static void list_slab(struct slab *slab)
{
	spin_lock(&slab->node->lock);
	slab_list_locked(slab);
	spin_unlock(&slab->node->lock);
}

/* True: there is something in the stock now.  An interrupt may have filled it meanwhile. */
static bool restock(struct kmem_cache *cache, struct array_cache *stock, struct slab *fresh)
{
	if (unlikely(stock->avail)) {
		if (fresh)
			list_slab(fresh);
		return true;
	}
	return fresh ? refill_from(cache, fresh->node, stock, fresh) : refill(cache, stock);
}

/* With init_on_alloc=1 every allocation comes here: see cache_set_stocks(). */
static inline void *cleared(struct kmem_cache *cache, void *object)
{
	if (!debug_build && unlikely(cache->kind & CACHE_INIT_ALLOC))
		clear_object(object, cache->object_size);
	return object;
}

void *stock_refill(struct kmem_cache *cache, gfp_t gfp, unsigned long caller)
{
	struct slab *fresh = NULL;

	do {
		unsigned long flags = arch_irq_save();
		struct array_cache *stock = this_stock(cache);

		if (unlikely(stock == &no_stock)) {
			arch_irq_restore(flags);
			refuse_cache(cache, "not a cache",
				     "a cache that was created, and not destroyed", caller);
			return NULL;
		}
		if (restock(cache, stock, fresh)) {
			void *object = stock->slot[stock->avail--];

			arch_irq_restore(flags);
			if (ARCH_WATCHES)
				watch_taken_object(cache, object);
			return cleared(cache, object);
		}
		arch_irq_restore(flags);
	} while ((fresh = slab_grow(cache, gfp, NUMA_NO_NODE)));
	report_no_memory(cache, gfp, caller);
	return NULL;
}

/* --- giving back ------------------------------------------------------------------------------ */

/* An object that is on its freelist was freed again: at the last gate; it counts as not there. */
static void __noinline __cold refuse_at_gate(const struct kmem_cache *cache,
					     struct cache_node *node, struct slab *slab,
					     const void *object)
{
	slab->inuse++;
	node->free_objects--;
	refuse_free_object(cache, object, "double free", _RET_IP_);
}

/*
 * Puts the objects from here on on the freelist of the first one's slab, up to one that is of another
 * slab, or stop, which is returned.  Node's lock held.
 */
static __always_inline void **return_run_locked(struct kmem_cache *cache, struct cache_node *node,
						struct slab *slab, void **object, void **stop)
{
	const unsigned long s_mem = (unsigned long)slab->s_mem;
	const u32 inverse = cache->inverse, shift = cache->shift, num = slab->num;
	void **const first = object;
	unsigned int free = slab->free;

	do {
		u32 offset = (u32)((unsigned long)*object - s_mem);
		u32 index = exact_quotient(offset, inverse, shift);

		if (index >= num)
			break;
		if (unlikely(index == free)) {
			refuse_at_gate(cache, node, slab, *object);
			continue;
		}
		slab->bufctl[index] = (u8)free;
		free = index;
	} while (++object < stop);
	slab->free = (u8)free;
	slab->inuse = (u8)(slab->inuse - (object - first));    /* keeps I2 */
	node->free_objects += (unsigned long)(object - first); /* keeps I4 */
	return object;
}

/* The list on which the slab belongs now that it has got objects back; true: the free ones'. */
static __always_inline bool relist_locked(struct cache_node *node, struct slab *slab, bool was_full)
{
	bool is_empty = slab->inuse == 0;

	if (was_full || is_empty) { /* keeps I3 */
		__list_del_entry(&slab->list);
		list_add_tail(&slab->list, is_empty ? &node->free : &node->partial);
	}
	return is_empty;
}

/* Its descriptor says which node; a broken one would lead to what is no lock. */
static __always_inline struct cache_node *node_of(struct kmem_cache *cache, const struct slab *slab,
						  const void *object)
{
	return debug_build ? &cache->node[page_to_nid(object_page(object))] : slab->node;
}

/*
 * Gives objects of a stock back, from the first up to stop, which comes nearer by `price` with each
 * slab; no more than those of one node.  Returns where it has ended.  Interrupts off.
 */
static __always_inline void **give_back_some(struct kmem_cache *cache, struct array_cache *stock,
					     void **object, void **stop, unsigned int price)
{
	struct slab *slab = object_slab(*object);
	struct cache_node *const node = node_of(cache, slab, *object);

	spin_lock(&node->lock);
	do {
		bool was_full = slab->free == BUFCTL_END;

		if (debug_build && retire_if_broken(cache, node, slab)) {
			object++; /* out for ever */
		} else {
			object = return_run_locked(cache, node, slab, object, stop);
			if (relist_locked(node, slab, was_full))
				stock->ceiling = 0;
		}
		stop -= price;
		if (object >= stop)
			break;
		slab = object_slab(*object);
	} while (likely(node_of(cache, slab, *object) == node));
	spin_unlock(&node->lock);
	return object;
}

void give_back(struct kmem_cache *cache, struct array_cache *stock)
{
	void **object = &stock->slot[1], **end = object + stock->avail;

	while (object < end)
		object = give_back_some(cache, stock, object, end, 0);
	stock->avail = 0;
}

/* Words, to a lower address that they may overlap: a stock is short, and memmove() slow to start. */
static void move_down(void **to, void *const *from, unsigned int n)
{
	for (; n >= 4; n -= 4, to += 4, from += 4)
		arch_move_four((unsigned long *)to, (const unsigned long *)from);
	while (n--) {
		*to++ = *from++;
		barrier(); /* or the compiler makes a memmove() of the loop */
	}
}

static __always_inline void flush(struct kmem_cache *cache, struct array_cache *stock)
{
	void **oldest = &stock->slot[1], **rest;

	rest = give_back_some(cache, stock, oldest, oldest + stock->batchcount, SLAB_PRICE);
	trace(TRACE_SLAB, "%s: flush: %u objects of CPU %u go back", cache->name,
	      (unsigned int)(rest - oldest), arch_cpu_id());
	stock->avail -= (unsigned int)(rest - oldest);
	move_down(oldest, rest, stock->avail);
}

static void __noinline __cold refuse_again(const struct kmem_cache *cache, const void *object,
					   unsigned long caller)
{
	refuse_free_object(cache, object, "double free", caller);
}

void stock_push(void *object, unsigned long flags, unsigned long caller)
{
	struct kmem_cache *cache = object_page(object)->mapping;
	struct array_cache *stock = this_stock(cache);
	unsigned int avail = stock->avail;

	if (unlikely(stock->slot[avail] == object)) {
		arch_irq_restore(flags);
		refuse_again(cache, object, caller);
		return;
	}
	if (!debug_build && unlikely(cache->kind & CACHE_INIT_FREE)) {
		arch_unpoison(object, cache->object_size);
		clear_object(object, cache->object_size);
	}
	if (ARCH_WATCHES)
		watch_given_object(cache, object);
	stock->slot[++avail] = object;
	stock->avail = avail;
	if (avail > stock->limit)
		flush(cache, stock);
	if (avail <= stock->limit || stock->batchcount == 1)
		give_spare_slab(cache, stock);
	arch_irq_restore(flags);
}

/* Something wrote over the number: who goes by it gives back what lies behind the stock. */
static void __cold refuse_number(const struct kmem_cache *cache, const struct array_cache *stock)
{
	const struct bug_report report = {
		.family = "slab",
		.what = "broken stock",
		.object = stock,
		.expected = "no more objects than fit",
		.caller = _RET_IP_,
	};

	bug(&report, "%lu of cache %s; none of them goes back", stock->avail, cache->name);
}

void drain_stock(struct kmem_cache *cache)
{
	unsigned long flags = arch_irq_save();
	struct array_cache *stock = this_stock(cache);
	unsigned int n;

	if (debug_build)
		retire_broken_stock(cache);
	n = stock->avail;
	if (unlikely(n > stock_held(stock))) {
		arch_irq_restore(flags);
		refuse_number(cache, stock);
		return;
	}
	if (n)
		trace(TRACE_SLAB, "%s: drain: %u objects of CPU %u go back", cache->name, n,
		      arch_cpu_id());
	give_back(cache, stock);
	while (give_spare_slab(cache, stock))
		;
	arch_irq_restore(flags);
}
