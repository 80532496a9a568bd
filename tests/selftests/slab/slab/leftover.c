/*
 * leftover.c - what a test that failed has left of pools and caches is put away
 *
 * Read next: kernel/selftest/selftest.h (SELFTEST_CLEANER).
 */
#include "kernel/selftest/selftest.h"
#include "mm/slab/mempool_impl.h"
#include "mm/slab/slab/slab_impl.h"
#include "mm/slab/slab_view.h"

static unsigned int caches_before, pools_before;

static unsigned int count_pools(void)
{
	unsigned int n = 0;

	for (mempool_t *pool = mempool_next(NULL); pool; pool = mempool_next(pool))
		n++;
	return n;
}

static void note(void)
{
	caches_before = nr_caches();
	pools_before = count_pools();
}

/* Elements that are in use are put away as what they are, objects or pages, where that is known: the pool forgets them. */
static void destroy_last_pool(void)
{
	mempool_t *last = mempool_next(NULL);

	for (mempool_t *pool = last; pool; pool = mempool_next(pool))
		last = pool;
	if (!last)
		return;
	last->in_use = 0;
	mempool_destroy(last);
}

static void free_objects_of(struct kmem_cache *cache, const struct slab *slab)
{
	for (unsigned int i = 0; i < slab->num; i++) {
		void *object = index_object(cache, slab, i);

		if (slab_object_live(object))
			kmem_cache_free(cache, object);
	}
}

static struct slab *some_slab_in_use(struct kmem_cache *cache)
{
	unsigned int nid;

	for_each_nid(nid) {
		struct cache_node *node = &cache->node[nid];

		if (!list_empty(&node->full))
			return list_first_entry(&node->full, struct slab, list);
		if (!list_empty(&node->partial))
			return list_first_entry(&node->partial, struct slab, list);
	}
	return NULL;
}

static void destroy_with_its_objects(struct kmem_cache *cache)
{
	unsigned long most = 10000; /* it is a test that failed: no list can be trusted */
	struct slab *slab;

	drain_stock(cache);
	while (most-- && (slab = some_slab_in_use(cache))) {
		free_objects_of(cache, slab);
		drain_stock(cache);
	}
	kmem_cache_destroy(cache);
}

static void put_away(void)
{
	unsigned int n = count_pools();
	struct kmem_cache *cache;

	while (n-- > pools_before)
		destroy_last_pool();
	for (n = nr_caches(); n-- > caches_before;)
		if ((cache = nth_cache(n)))
			destroy_with_its_objects(cache);
}

SELFTEST_CLEANER(slab, note, put_away);
