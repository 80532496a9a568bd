/*
 * reap.c - giving pages back that no object in use needs
 *
 *	kmem_cache_shrink(cache)   this CPU's stock ──> slabs; empty slabs ──> pages
 *	slab_reap()                the same for every cache, newest first
 *
 * Newest first, because a cache keeps its off-slab descriptors in one that is older: when the
 * older one's turn comes, the descriptors are free already.
 *
 * Other CPUs' stocks are theirs alone.  A stock is at most ARRAY_LIMIT_MAX objects a cache, which
 * may keep as many slabs alive.
 *
 * Locking: chain_lock while the chain is walked; inside, one node's at a time.  Freed pages go
 * down with chain_lock held, which the order allows; nothing is allocated.
 * Read next: mm/page/reclaim.h, for who asks.
 * Linux 2.6: mm/slab.c (drain_freelist, kmem_cache_shrink, cache_reap)
 */
#include "mm/slab/slab/slab_impl.h"

static void free_empty_of(struct kmem_cache *cache, struct cache_node *node)
{
	LIST_HEAD(dead);
	unsigned long flags;
	struct slab *slab;

	spin_lock_irqsave(&node->lock, flags);
	if (debug_build)
		retire_broken_free(cache, node);
	list_for_each_entry(slab, &node->free, list) {
		node->free_objects -= cache->num; /* keeps I4 */
		node->nr_slabs--;
		node->reaped++;
	}
	list_splice_init(&node->free, &dead);
	spin_unlock_irqrestore(&node->lock, flags);
	slab_destroy_all(cache, &dead);
}

void cache_free_empty(struct kmem_cache *cache)
{
	unsigned int nid;

	for_each_nid(nid)
		free_empty_of(cache, &cache->node[nid]);
}

int kmem_cache_shrink(struct kmem_cache *cache)
{
	unsigned long slabs = 0;
	unsigned int nid;

	if (unlikely(!is_cache(cache))) {
		refuse_cache(cache, "not a cache", "a cache that was created, and not destroyed",
			     _RET_IP_);
		return 0;
	}
	drain_stock(cache);
	cache_free_empty(cache);
	for_each_nid(nid)
		slabs += READ_ONCE(cache->node[nid].nr_slabs);
	return slabs != 0;
}

unsigned long slab_reap(void)
{
	unsigned long before = nr_slab_pages(), after, flags;
	struct kmem_cache *cache;

	spin_lock_irqsave(&chain_lock, flags);
	list_for_each_entry(cache, &cache_chain, chain) {
		drain_stock(cache);
		if (!(cache->flags & SLAB_TYPESAFE_BY_RCU))
			cache_free_empty(cache);
	}
	spin_unlock_irqrestore(&chain_lock, flags);
	after = nr_slab_pages();
	return before > after ? before - after : 0;
}
