/*
 * grow.c - slabs made of pages, and pages made of slabs again
 *
 *	slab_grow()      pages ──> descriptor ──> colour ──> pages marked ──> freelist, ctor ──> free list
 *	slab_dissolve()  pages unmarked ──> descriptor freed
 *	own_block_free()                                     ──> pages freed
 *
 * Colours.  Objects that lie at the same offset of different slabs share cache sets, and the first
 * ones of many slabs would push each other out while other sets lie idle.  So each slab of a cache
 * begins its objects one cache line further than the slab made before, as far as the bytes left
 * over at the end allow, and then begins anew.
 *
 *	slab 0  |desc|o|o|o|..|     slab 1  |.desc|o|o|o|.|     slab 2  |..desc|o|o|o|
 *
 * Growing takes memory from below and must hold no lock of this family: reclaim, which the page
 * allocator may try, comes back to slab_reap().  Interrupts are as the caller of kmalloc() had them.
 *
 * Invariants: I1, I4, I6 of objects.c.
 * Locking: node->lock only to list the slab.
 * Read next: reap.c.
 * Linux 2.6: mm/slab.c (cache_grow, slab_destroy)
 */
#include "kernel/trace.h"
#include "mm/slab/slab/slab_impl.h"

static unsigned long slab_pages; /* of the whole family [A] */

unsigned long nr_slab_pages(void)
{
	return READ_ONCE(slab_pages);
}

/* --- pages ------------------------------------------------------------------------------------ */

/* The tails of a block have nothing in their flags but the bits of their zone (page.h). */
static inline u32 tail_flags(const struct page *page)
{
	return page->flags >> PAGE_ZONE_SHIFT << PAGE_ZONE_SHIFT;
}

/* keeps I1 */
static void mark_pages(struct kmem_cache *cache, struct slab *slab, struct page *page)
{
	const u32 head = page->flags, tail = tail_flags(page) | PG_SLAB;
	struct page *const end = page + (1ul << cache->order);

	for (struct page *at = page; at < end; at++) {
		at->flags = tail;
		at->private = (unsigned long)slab;
		at->mapping = cache;
	}
	page->flags = head | PG_SLAB;
	page_claim(page, OWNER_SLAB);
	__atomic_fetch_add(&slab_pages, 1ul << cache->order, __ATOMIC_RELAXED);
}

static void unmark_pages(struct kmem_cache *cache, struct page *page)
{
	const u32 head = page->flags, tail = tail_flags(page);
	struct page *const end = page + (1ul << cache->order);

	for (struct page *at = page; at < end; at++) {
		at->flags = tail;
		at->mapping = NULL;
	}
	page->flags = head & ~(u32)PG_SLAB;
}

/* --- making ----------------------------------------------------------------------------------- */

/* Without the lock: that two CPUs may make slabs of one colour is no harm. */
static unsigned int next_colour(const struct kmem_cache *cache, struct cache_node *node)
{
	unsigned int colour = READ_ONCE(node->colour_next);

	WRITE_ONCE(node->colour_next, colour + 1 < cache->nr_colours ? colour + 1 : 0);
	return colour;
}

/* The descriptor's place: in the block, behind the colour, or where it was allocated. */
static struct slab *place_descriptor(struct kmem_cache *cache, struct page *page, void *elsewhere)
{
	struct cache_node *node = &cache->node[page_to_nid(page)];
	unsigned int colour = next_colour(cache, node);
	unsigned int offset = colour * cache->colour_unit;
	u8 *block = lowmem_page_address(page);
	struct slab *slab = elsewhere;

	if (!slab) {
		slab = (struct slab *)(block + offset);
		offset += cache->mgmt_size;
	}
	slab->s_mem = block + offset; /* keeps I6 */
	slab->colour_off = offset;
	slab->colour = (u16)colour;
	slab->node = node;
	return slab;
}

/*
 * Each object is followed by the next one.  Four at a time, and so up to three more than there are:
 * descriptor_size() has room for them.
 */
static void string_up(u8 *bufctl, unsigned int num)
{
	u32 *word = (u32 *)bufctl, *end = word + DIV_ROUND_UP(num, sizeof(*word));

	for (u32 next = 0x04030201; word < end; next += 0x04040404)
		*word++ = next;
	bufctl[num - 1] = BUFCTL_END;
}

/* All objects free, in ascending order. */
static void make_objects(struct kmem_cache *cache, struct slab *slab)
{
	slab->inuse = 0;
	slab->free = 0;
	string_up(slab->bufctl, cache->num);
	if (debug_build)
		debug_new_slab(cache, slab);
	for (unsigned int i = 0; cache->ctor && i < cache->num; i++)
		cache->ctor(index_object(cache, slab, i));
}

static void list_slab(struct kmem_cache *cache, struct slab *slab)
{
	struct cache_node *node = slab->node;
	unsigned long flags;

	spin_lock_irqsave(&node->lock, flags);
	list_add_tail(&slab->list, &node->free);
	node->free_objects += cache->num;
	node->nr_slabs++;
	node->grown++;
	spin_unlock_irqrestore(&node->lock, flags);
}

/* The page allocator's report would name this file: ours names who asked. */
static struct page *slab_alloc_pages(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	gfp = (gfp & ~(gfp_t)(__GFP_ZERO | __GFP_COMP)) | cache->gfp | __GFP_NOWARN;
	if (nid == NUMA_NO_NODE)
		return alloc_pages(gfp, cache->order);
	return alloc_pages_node(nid, gfp, cache->order);
}

bool slab_grow(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	struct page *page;
	struct slab *slab;
	void *elsewhere = NULL;

	if (cache->slabp_cache) {
		elsewhere = kmem_cache_alloc(cache->slabp_cache,
					     (gfp & ~(gfp_t)(GFP_ZONEMASK | __GFP_ZERO)) |
						     __GFP_NOWARN);
		if (!elsewhere)
			return false;
	}
	page = slab_alloc_pages(cache, gfp, nid);
	if (!page) {
		if (elsewhere)
			free_own(cache->slabp_cache, elsewhere);
		return false;
	}
	slab = place_descriptor(cache, page, elsewhere);
	mark_pages(cache, slab, page);
	make_objects(cache, slab);
	list_slab(cache, slab);
	trace(TRACE_SLAB, "%s: grow: slab %p of %u objects, colour %u, first at %p", cache->name,
	      (void *)slab, cache->num, slab->colour, slab->s_mem);
	return true;
}

/* --- unmaking --------------------------------------------------------------------------------- */

struct page *slab_dissolve(struct kmem_cache *cache, struct slab *slab)
{
	struct page *page = slab_page(slab);

	trace(TRACE_SLAB, "%s: destroy: slab %p, %u pages go back", cache->name, (void *)slab,
	      1u << cache->order);
	for (unsigned int i = 0; debug_build && i < cache->num; i++)
		debug_check_object(cache, slab, i, _RET_IP_);
	unmark_pages(cache, page);
	if (cache->slabp_cache)
		free_own(cache->slabp_cache, slab);
	return page;
}

void slab_destroy_all(struct kmem_cache *cache, struct list_head *dead)
{
	while (!list_empty(dead)) {
		struct slab *slab = list_first_entry(dead, struct slab, list);

		list_del(&slab->list);
		own_block_free(slab_dissolve(cache, slab));
	}
}

/* --- one large object ------------------------------------------------------------------------- */

void *own_block_alloc(gfp_t gfp, size_t size)
{
	unsigned int order = get_order(size);
	struct page *page = alloc_pages(gfp & ~(gfp_t)__GFP_COMP, order);

	if (!page)
		return NULL;
	page_set_owner(page, OWNER_SLAB);
	__atomic_fetch_add(&slab_pages, 1ul << order, __ATOMIC_RELAXED);
	return lowmem_page_address(page);
}

void own_block_free(struct page *page)
{
	unsigned int order = page_order(page);

	page_set_owner(page, OWNER_HELD);
	__atomic_fetch_sub(&slab_pages, 1ul << order, __ATOMIC_RELAXED);
	__free_pages(page, order);
}
