/*
 * reap.c - giving pages back that no object in use needs
 *
 *	kmem_cache_shrink(cache)   this CPU's stock ──> slabs; empty slabs ──> pages
 *	slab_reap()                the same for every cache, newest first
 *	give_spare_slab(cache)     one empty slab that is one too many ──> pages, after a free (stock.c)
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

/* --- too many empty slabs --------------------------------------------------------------------- */

/* Has the node an empty slab, and more free objects than it should keep? */
static inline bool has_spare(const struct cache_node *node)
{
	return node->free_objects > node->free_limit && !list_empty(&node->free);
}

/* keeps I4 */
static inline void count_out_locked(struct cache_node *node, const struct slab *slab)
{
	node->free_objects -= slab->num;
	node->nr_objects -= slab->num;
	node->nr_slabs--;
	node->reaped++;
}

static inline struct slab *unlist_empty_locked(struct cache_node *node)
{
	struct slab *slab = list_first_entry(&node->free, struct slab, list);

	__list_del_entry(&slab->list);
	count_out_locked(node, slab);
	return slab;
}

/* The first node's first one; the ceiling goes up again when there are no more on any. */
static inline struct slab *take_spare(struct kmem_cache *cache, struct array_cache *stock)
{
	struct slab *slab = NULL;
	unsigned int nid;

	stock->ceiling = stock->limit;
	for_each_nid(nid) {
		struct cache_node *node = &cache->node[nid];

		spin_lock(&node->lock);
		if (debug_build)
			retire_broken_free(cache, node);
		if (!slab && has_spare(node))
			slab = unlist_empty_locked(node);
		if (has_spare(node))
			stock->ceiling = 0;
		spin_unlock(&node->lock);
	}
	return slab;
}

bool give_spare_slab(struct kmem_cache *cache, struct array_cache *stock)
{
	struct page *page = stock->parting;
	struct slab *slab;

	if (page) {
		stock->parting = NULL;
		own_block_free(page);
		return true;
	}
	slab = take_spare(cache, stock);
	if (!slab)
		return false;
	stock->parting = slab_dissolve(cache, slab);
	stock->ceiling = 0;
	return true;
}

/* --- all that are empty ----------------------------------------------------------------------- */

/*
 * Can the node's list be walked to its end?  Reported when not: with the lock held, who follows a link
 * that leads back does so for ever.  DEBUG builds mend it.
 */
static bool free_list_holds(struct kmem_cache *cache, struct cache_node *node)
{
	const struct list_head *at;
	const char *fault;
	struct bug_report report = {
		.family = "slab",
		.what = "broken list of free slabs",
		.expected = "neighbours that know each other",
		.caller = _RET_IP_,
	};

	if (debug_build)
		retire_broken_free(cache, node);
	fault = list_fault(&node->free, &at);
	if (likely(!fault))
		return true;
	report.object = at;
	bug(&report, "%s, cache %s; its pages stay", fault, cache->name);
	return false;
}

static void free_empty_of(struct kmem_cache *cache, struct cache_node *node)
{
	LIST_HEAD(dead);
	unsigned long flags;
	struct slab *slab;

	spin_lock_irqsave(&node->lock, flags);
	if (free_list_holds(cache, node)) {
		list_for_each_entry(slab, &node->free, list)
			count_out_locked(node, slab);
		list_splice_init(&node->free, &dead);
	}
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
	if (chain_holds_locked(_RET_IP_)) {
		list_for_each_entry(cache, &cache_chain, chain) {
			drain_stock(cache);
			if (!(cache->flags & SLAB_TYPESAFE_BY_RCU))
				cache_free_empty(cache);
		}
	}
	spin_unlock_irqrestore(&chain_lock, flags);
	after = nr_slab_pages();
	return before > after ? before - after : 0;
}
