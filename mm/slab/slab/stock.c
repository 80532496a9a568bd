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
 * Invariants: I2 to I5 of slab.c.
 * Locking: the node's lock around slabs, taken anew only when the next object is of another node;
 * interrupts off throughout.  Slabs that are to be given back are collected first, and given back
 * when the lock is released.
 * Read next: grow.c.
 * Linux 2.6: mm/slab.c (cache_alloc_refill, cache_flusharray, free_block)
 */
#include "kernel/trace.h"
#include "mm/slab/slab/slab_impl.h"

/* --- taking ---------------------------------------------------------------------------------------- */

struct slab *usable_slab_locked(struct kmem_cache *cache, struct cache_node *node)
{
	assert_spin_locked(&node->lock);
	if (debug_build)
		retire_broken_first(cache, node);
	if (!list_empty(&node->partial))
		return list_first_entry(&node->partial, struct slab, list);
	return list_first_entry_or_null(&node->free, struct slab, list);
}

unsigned int take_run_locked(struct kmem_cache *cache, struct cache_node *node, struct slab *slab,
			     void **to, unsigned int want)
{
	const unsigned int size = cache->size, num = cache->num;
	unsigned int free = slab->free, taken = 0;
	u8 *objects = slab->s_mem;
	bool was_free = slab->inuse == 0;

	for (; taken < want && free < num; taken++) { /* what leaves the slab ends the list */
		u16 *const next = &slab->bufctl[free];

		to[taken] = objects + free * size;
		free = *next;
		if (debug_build)
			*next = BUFCTL_OUT;
	}
	slab->free = (u16)free;
	slab->inuse = (u16)(slab->inuse + taken); /* keeps I2 */
	node->free_objects -= taken;		  /* keeps I4 */
	if (was_free || free >= num) {		  /* keeps I3 */
		__list_del_entry(&slab->list);
		list_add(&slab->list, free >= num ? &node->full : &node->partial);
	}
	return taken;
}

/* Up to a batch of one node's objects into an empty stock. */
static bool refill_from(struct kmem_cache *cache, struct cache_node *node,
			struct array_cache *stock)
{
	unsigned int want = stock->batchcount, got = 0;
	struct slab *slab;

	spin_lock(&node->lock);
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
		if (refill_from(cache, &cache->node[nid], stock))
			return true;
	}
	return false;
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
	do {
		unsigned long flags = arch_irq_save();
		struct array_cache *stock = this_stock(cache);

		if (unlikely(stock == &no_stock)) {
			arch_irq_restore(flags);
			refuse_cache(cache, "not a cache",
				     "a cache that was created, and not destroyed", caller);
			return NULL;
		}
		/* An interrupt may have filled it meanwhile. */
		if (stock->avail || refill(cache, stock)) {
			void *object = stock->slot[stock->avail--];

			arch_irq_restore(flags);
			return cleared(cache, object);
		}
		arch_irq_restore(flags);
	} while (slab_grow(cache, gfp, NUMA_NO_NODE));
	report_no_memory(cache, gfp, caller);
	return NULL;
}

/* --- giving back ------------------------------------------------------------------------------------- */

/*
 * Puts objects[0 …] on the freelist of their common slab, up to the first that is of another;
 * returns how many.  Node's lock held.
 */
static unsigned int return_run_locked(struct kmem_cache *cache, struct cache_node *node,
				      struct slab *slab, void **objects, unsigned int n)
{
	const unsigned long s_mem = (unsigned long)slab->s_mem, span = cache->span;
	const u32 inverse = cache->inverse, shift = cache->shift;
	unsigned int free = slab->free, i = 0, refused = 0;

	do {
		unsigned long offset = (unsigned long)objects[i] - s_mem;
		u32 index;

		if (offset >= span)
			break;
		index = exact_quotient((u32)offset, inverse, shift);
		if (unlikely(index == free)) {
			/* Freed again while it was in no stock's top slot: caught at the last gate. */
			refuse_free_object(cache, objects[i], "double free", _RET_IP_);
			refused++;
			continue;
		}
		slab->bufctl[index] = (u16)free;
		free = index;
	} while (++i < n);
	slab->free = (u16)free;
	slab->inuse = (u16)(slab->inuse - (i - refused)); /* keeps I2 */
	node->free_objects += i - refused;		  /* keeps I4 */
	return i;
}

/* Where the slab belongs now; one too many that is empty goes onto `dead`. */
static void relist_locked(struct kmem_cache *cache, struct cache_node *node, struct slab *slab,
			  bool was_full, struct list_head *dead)
{
	if (slab->inuse == 0 && node->free_objects > node->free_limit) {
		node->free_objects -= cache->num;
		node->nr_slabs--;
		node->reaped++;
		__list_del_entry(&slab->list);
		list_add(&slab->list, dead);
	} else if (slab->inuse == 0 || was_full) { /* keeps I3 */
		__list_del_entry(&slab->list);
		list_add_tail(&slab->list, list_for(cache, node, slab));
	}
}

/* Its descriptor says which node; a broken one would lead to what is no lock. */
static __always_inline struct cache_node *node_of(struct kmem_cache *cache, const struct slab *slab,
						  const void *object)
{
	return debug_build ? &cache->node[page_to_nid(object_page(object))] : slab->node;
}

void give_back(struct kmem_cache *cache, void **objects, unsigned int n)
{
	struct cache_node *node = NULL;
	LIST_HEAD(dead);

	for (unsigned int i = 0; i < n;) {
		struct slab *slab = object_slab(objects[i]);
		struct cache_node *owner = node_of(cache, slab, objects[i]);
		bool was_full;

		if (node != owner) {
			if (node)
				spin_unlock(&node->lock);
			node = owner;
			spin_lock(&node->lock);
		}
		if (debug_build && retire_if_broken(cache, node, slab)) {
			i++; /* it is out for ever */
			continue;
		}
		was_full = slab->free == BUFCTL_END;
		i += return_run_locked(cache, node, slab, objects + i, n - i);
		relist_locked(cache, node, slab, was_full, &dead);
	}
	if (node)
		spin_unlock(&node->lock);
	if (unlikely(!list_empty(&dead)))
		slab_destroy_all(cache, &dead);
}

/* Words, to a lower address that they may overlap: a stock is short, and memmove() slow to start. */
static void move_down(void **to, void **from, unsigned int n)
{
	for (; n >= 4; n -= 4, to += 4, from += 4) {
		void *a = from[0], *b = from[1], *c = from[2], *d = from[3];

		to[0] = a;
		to[1] = b;
		to[2] = c;
		to[3] = d;
		barrier(); /* or the compiler makes a memmove() of the loop */
	}
	while (n--) {
		*to++ = *from++;
		barrier();
	}
}

static void flush(struct kmem_cache *cache, struct array_cache *stock)
{
	unsigned int batch = stock->batchcount, rest = stock->avail - batch;

	trace(TRACE_SLAB, "%s: flush: %u objects of CPU %u go back", cache->name, batch,
	      arch_cpu_id());
	give_back(cache, &stock->slot[1], batch);
	move_down(&stock->slot[1], &stock->slot[1 + batch], rest);
	stock->avail = rest;
}

void stock_push(void *object, unsigned long caller)
{
	struct kmem_cache *cache = object_page(object)->mapping;
	unsigned long flags = arch_irq_save();
	struct array_cache *stock = this_stock(cache);
	bool again = stock->slot[stock->avail] == object;

	if (!again) {
		if (!debug_build && unlikely(cache->kind & CACHE_INIT_FREE))
			clear_object(object, cache->object_size);
		stock->slot[++stock->avail] = object;
		if (stock->avail > stock->limit)
			flush(cache, stock);
	}
	arch_irq_restore(flags);
	if (unlikely(again))
		refuse_free_object(cache, object, "double free", caller);
}

void drain_stock(struct kmem_cache *cache)
{
	unsigned long flags = arch_irq_save();
	struct array_cache *stock = this_stock(cache);
	unsigned int n;

	if (debug_build)
		retire_broken_stock(cache);
	n = stock->avail;
	if (n)
		trace(TRACE_SLAB, "%s: drain: %u objects of CPU %u go back", cache->name, n,
		      arch_cpu_id());
	give_back(cache, &stock->slot[1], n);
	stock->avail = 0;
	arch_irq_restore(flags);
}
