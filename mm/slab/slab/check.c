/*
 * check.c - slab_check(): every invariant of every cache, verified from the structures alone
 *
 *	cache ──> node ──> full, partial, free ──> slab ──> pages, freelist, (DEBUG: each object)
 *	      └─> stocks ──> each object ──> its slab
 *
 * The first thing that does not hold is printed, with the number that objects.c gives it.
 *
 * Locking: chain_lock, then one node's lock at a time.  Other CPUs' stocks are looked into, so what
 * is said of them holds only while nobody allocates there.
 * Read next: objects.c for the invariants.
 */
#include "kernel/check/check.h"
#include "lib/bitmap.h"
#include "mm/slab/slab/slab_impl.h"

static struct check *told; /* who is told.  Guarded by chain_lock. */

/* Which objects of the slab in hand are on its freelist.  Guarded by chain_lock. */
static DECLARE_BITMAP(on_freelist, SLAB_OBJECTS_MAX);

static bool wrong(const struct kmem_cache *cache, const char *invariant, const void *where,
		  const char *what)
{
	return check_broken(told, "%s: cache %s, at %p: %s", invariant, cache->name, where, what);
}

/* Marks the freelist's objects; false when it leaves the slab or meets an object twice. */
static bool walk_freelist(const struct kmem_cache *cache, const struct slab *slab,
			  unsigned int *length)
{
	bitmap_zero(on_freelist, SLAB_OBJECTS_MAX);
	*length = 0;
	for (unsigned int i = slab->free; i != BUFCTL_END; i = slab->bufctl[i]) {
		if (i >= slab->num)
			return wrong(cache, "I2", slab, "the freelist leaves the slab");
		if (test_bit(i, on_freelist))
			return wrong(cache, "I2", slab,
				     "the freelist meets an object twice: freed twice");
		bitmap_set(on_freelist, i, 1);
		++*length;
	}
	return true;
}

static bool check_shape(const struct kmem_cache *cache, const struct slab *slab)
{
	if (slab->shape >= SHAPES)
		return wrong(cache, "I9", slab, "a shape that its cache has not");
	if (slab->num != shape_of(cache, slab)->num ||
	    slab->free_num != shape_of(cache, slab)->free_num)
		return wrong(cache, "I9", slab, "not as many objects as its shape has");
	if (object_at(slab, slab->s_mem) != 0 || slab->inverse != cache->inverse ||
	    slab->shift != cache->shift)
		return wrong(cache, "I9", slab, "its first object would not be found");
	return true;
}

static bool check_pages(const struct kmem_cache *cache, const struct slab *slab)
{
	const struct page *page = slab_page(slab);
	const unsigned int pages = shape_of(cache, slab)->pages;

	for (unsigned int at = 0; at < pages; at += 1u << block_order(pages - at))
		if (page_state(page + at) != PAGE_USED || page_owner(page + at) != OWNER_SLAB ||
		    page_order(page + at) != block_order(pages - at))
			return wrong(cache, "I1", slab,
				     "a block is not one of its order of OWNER_SLAB");
	for (unsigned int i = 0; i < pages; i++) {
		if (!(page[i].flags & PG_SLAB))
			return wrong(cache, "I1", page + i, "a page of a slab without PG_SLAB");
		if (page[i].mapping != cache || page_slab(&page[i]) != slab)
			return wrong(cache, "I1", page + i, "the page names another slab or cache");
	}
	return true;
}

static bool check_colour(const struct kmem_cache *cache, const struct slab *slab)
{
	const struct slab_shape *shape = shape_of(cache, slab);
	unsigned long mgmt = shape->descriptors ? 0 : shape->mgmt_size;

	if (slab->colour >= shape->nr_colours)
		return wrong(cache, "I6", slab, "the colour is out of range");
	if (slab->colour_off != mgmt + slab->colour * cache->colour_unit)
		return wrong(cache, "I6", slab, "the objects do not begin where the colour says");
	if (!IS_ALIGNED((unsigned long)slab->s_mem, cache->align))
		return wrong(cache, "I6", slab, "the objects are not aligned");
	if (slab->colour_off + slab_span(cache, slab) > (unsigned long)shape->pages << PAGE_SHIFT)
		return wrong(cache, "I6", slab, "the objects reach beyond the block");
	return true;
}

/* DEBUG: red zones and patterns; and no object on the freelist is marked as in use. */
static bool check_objects(const struct kmem_cache *cache, const struct slab *slab)
{
	for (unsigned int i = 0; i < slab->num; i++) {
		if (test_bit(i, on_freelist) && !debug_is_free(slab, i))
			return wrong(cache, "I7", index_object(cache, slab, i),
				     "on the freelist, but not marked as free");
		if (!debug_check_object(cache, slab, i, DEBUG_LOOK))
			return wrong(cache, "I7", index_object(cache, slab, i),
				     "somebody wrote where nothing may be written");
	}
	return true;
}

static bool check_slab(struct kmem_cache *cache, struct cache_node *node, struct slab *slab,
		       const struct list_head *list)
{
	unsigned int length;

	if (!check_shape(cache, slab) || !check_pages(cache, slab) || !check_colour(cache, slab) ||
	    !walk_freelist(cache, slab, &length))
		return false;
	if (slab->inuse + length != slab->num)
		return wrong(cache, "I2", slab, "inuse and the freelist's length do not add up");
	if (list_for(node, slab) != list)
		return wrong(cache, "I3", slab, "on a list where it does not belong");
	if (slab->node != node)
		return wrong(cache, "I3", slab, "on a list of another node");
	return !debug_build || check_objects(cache, slab);
}

static bool check_node_locked(struct kmem_cache *cache, struct cache_node *node)
{
	struct list_head *lists[] = { &node->full, &node->partial, &node->free };
	unsigned long slabs = 0, objects = 0, free = 0;
	struct slab *slab;

	for (unsigned int i = 0; i < ARRAY_SIZE(lists); i++) {
		const struct list_head *at;
		const char *fault = list_fault(lists[i], &at);

		if (fault)
			return wrong(cache, "I3", at, fault);
		list_for_each_entry(slab, lists[i], list) {
			if (!check_slab(cache, node, slab, lists[i]))
				return false;
			slabs++;
			objects += slab->num;
			free += (unsigned long)slab->num - slab->inuse;
		}
	}
	if (slabs != node->nr_slabs)
		return wrong(cache, "I4", node, "nr_slabs is not the lists' length");
	if (objects != node->nr_objects)
		return wrong(cache, "I4", node, "nr_objects is not what the slabs sum up to");
	if (free != node->free_objects)
		return wrong(cache, "I4", node, "free_objects is not what the slabs sum up to");
	return true;
}

static bool check_node(struct kmem_cache *cache, struct cache_node *node)
{
	bool sound;

	if (!check_lock(told, &node->lock))
		return false;
	sound = check_node_locked(cache, node);
	check_unlock(told, &node->lock);
	return sound;
}

/* How often the object is in any stock of its cache. */
static unsigned int times_stocked(const struct kmem_cache *cache, const void *object)
{
	unsigned int times = 0;

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		for (unsigned int i = 1; i <= stock_held(cache->array[cpu]); i++)
			times += cache->array[cpu]->slot[i] == object;
	return times;
}

static bool check_stocked(const struct kmem_cache *cache, const void *object)
{
	const struct page *page = far_page(object);
	const struct slab *slab;
	unsigned int length, index;

	if (!page || !(page->flags & PG_SLAB) || page->mapping != cache)
		return wrong(cache, "I5", object, "in a stock, but not of this cache");
	slab = page_slab(page);
	if (slab->free == BUFCTL_RETIRED)
		return true;
	index = slab_index(cache, slab, object);
	if (index >= slab->num)
		return wrong(cache, "I5", object, "in a stock, but no object begins there");
	if (!walk_freelist(cache, slab, &length))
		return false;
	if (test_bit(index, on_freelist))
		return wrong(cache, "I5", object, "in a stock and on its slab's freelist");
	if (times_stocked(cache, object) != 1)
		return wrong(cache, "I5", object, "in a stock twice: freed twice");
	if (debug_build && !debug_is_free(slab, index))
		return wrong(cache, "I7", object, "in a stock, but not marked as free");
	return true;
}

static bool check_stock(const struct kmem_cache *cache, const struct array_cache *stock)
{
	if (stock->slot[0])
		return wrong(cache, "I5", stock, "slot[0] is not NULL");
	if (stock->avail > stock->limit)
		return wrong(cache, "I5", stock, "more in the stock than its limit");
	if (max(stock->limit, stock->batchcount) > ARRAY_LIMIT_MAX)
		return wrong(cache, "I5", stock, "a limit or batch that no stock has");
	if (stock->ceiling && stock->ceiling != stock->limit)
		return wrong(cache, "I8", stock, "the ceiling is neither 0 nor the limit");
	if (stock->parting &&
	    (page_state(stock->parting) != PAGE_USED || page_owner(stock->parting) != OWNER_SLAB ||
	     (stock->parting->flags & PG_SLAB) || stock->ceiling))
		return wrong(cache, "I8", stock, "no block that is on its way back");
	for (unsigned int i = 1; i <= stock_held(stock); i++)
		if (!check_stocked(cache, stock->slot[i]))
			return false;
	return true;
}

static bool shape_holds(const struct kmem_cache *cache, const struct slab_shape *shape)
{
	return shape->num && shape->nr_colours &&
	       (u64)shape->num * cache->size <= (u64)shape->pages << PAGE_SHIFT;
}

/* I10 */
static bool numbers_hold(const struct kmem_cache *cache)
{
	return cache->object_size && cache->object_size <= cache->size &&
	       cache->inverse * (cache->size >> (cache->shift & 31)) == 1 &&
	       cache->colour_unit == max(cache->align, (unsigned int)CACHE_LINE) &&
	       shape_holds(cache, &cache->shape[SHAPE_WANTED]) &&
	       shape_holds(cache, &cache->shape[SHAPE_FIRST]) &&
	       shape_holds(cache, &cache->shape[SHAPE_LEAST]);
}

static bool check_cache(struct kmem_cache *cache)
{
	unsigned int nid;

	if (!is_cache(cache))
		return wrong(cache, "C1", cache, "on the chain, but no cache");
	if (!numbers_hold(cache))
		return wrong(cache, "I10", cache, "its numbers do not fit");
	for_each_nid(nid) {
		if (!check_node(cache, &cache->node[nid]))
			return false;
	}
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		if (!check_stock(cache, cache->array[cpu]))
			return false;
	return true;
}

CHECKER(slab_check, "slab", "caches, slabs, freelists, stocks; in DEBUG builds each object's marks")
{
	struct kmem_cache *cache;
	const char *fault;

	if (!check_lock(check, &chain_lock))
		return;
	told = check;
	fault = list_fault(&cache_chain, NULL);
	if (fault)
		check_broken(check, "C1: the chain of caches: %s", fault);
	list_for_each_entry(cache, &cache_chain, chain) {
		check_at(check, cache);
		if (fault || !check_cache(cache))
			break;
		check_counted(check, 1, "caches");
	}
	check_unlock(check, &chain_lock);
}
