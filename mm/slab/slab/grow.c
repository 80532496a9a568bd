/*
 * grow.c - slabs made of pages, and pages made of slabs again
 *
 *	slab_grow()      shape ──> pages ──> descriptor, colour ──> pages marked ──> freelist, ctor
 *	slab_dissolve()  pages unmarked ──> descriptor freed
 *	own_block_free()                                     ──> pages freed
 *
 * A slab whose pages are no power of two is a run of blocks, cut out of the next larger block:
 *
 *	order 4    [ 8 pages of the slab | 2 | 1 ]( 1 | 4 go back )
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

static __always_inline void mark_block(struct kmem_cache *cache, struct slab *slab,
				       struct page *page, unsigned int order)
{
	const u32 head = page->flags, tail = tail_flags(page) | PG_SLAB;
	struct page *const end = page + (1ul << order), *at = page;

	do {
		at->flags = tail;
		at->private = (unsigned long)slab;
		at->mapping = cache;
	} while (++at != end);
	page->flags = head | PG_SLAB;
	page_claim(page, OWNER_SLAB);
}

static void __noinline mark_rest(struct kmem_cache *cache, struct slab *slab, struct page *page,
				 unsigned int left)
{
	for (unsigned int order; left; page += 1ul << order, left -= 1u << order) {
		order = block_order(left);
		mark_block(cache, slab, page, order);
	}
}

/* keeps I1 */
static void mark_pages(struct kmem_cache *cache, struct slab *slab, struct page *page,
		       const struct slab_shape *shape)
{
	const unsigned int pages = shape->pages, block = 1u << shape->order;

	mark_block(cache, slab, page, shape->order);
	if (unlikely(pages != block))
		mark_rest(cache, slab, page + block, pages - block);
	__atomic_fetch_add(&slab_pages, pages, __ATOMIC_RELAXED);
}

static void unmark_block(struct page *page, unsigned int order)
{
	const u32 head = page->flags, tail = tail_flags(page);
	struct page *const end = page + (1ul << order);

	for (struct page *at = page; at < end; at++) {
		at->flags = tail;
		at->mapping = NULL;
	}
	page->flags = head & ~(u32)PG_SLAB;
}

/* All but the first of its blocks go back at once. */
static void unmark_pages(struct page *page, const struct slab_shape *shape)
{
	unsigned int left = shape->pages - (1u << shape->order), order;
	struct page *at = page + (1ul << shape->order);

	unmark_block(page, shape->order);
	for (; unlikely(left); at += 1ul << order, left -= 1u << order) {
		order = block_order(left);
		unmark_block(at, order);
		own_block_free(at);
	}
}

/* --- making ----------------------------------------------------------------------------------- */

/* Without the lock: that two CPUs may make slabs of one colour is no harm. */
static unsigned int next_colour(const struct slab_shape *shape, struct cache_node *node)
{
	unsigned int colour = READ_ONCE(node->colour_next);

	if (colour >= shape->nr_colours) /* the slab before was of the other shape */
		colour = 0;
	WRITE_ONCE(node->colour_next, colour + 1);
	return colour;
}

/* The descriptor's place: in the block, behind the colour, or where it was allocated. */
static struct slab *place_descriptor(struct kmem_cache *cache, const struct slab_shape *shape,
				     struct page *page, void *elsewhere)
{
	struct cache_node *node = &cache->node[page_to_nid(page)];
	unsigned int colour = next_colour(shape, node);
	unsigned int offset = colour * cache->colour_unit;
	u8 *block = lowmem_page_address(page);
	struct slab *slab = elsewhere;

	if (!slab) {
		slab = (struct slab *)(block + offset);
		offset += shape->mgmt_size;
	}
	slab->s_mem = block + offset; /* keeps I6 */
	slab->colour_off = offset;
	slab->inverse = cache->inverse;
	slab->bias = -(u32)(unsigned long)slab->s_mem * cache->inverse; /* keeps I9 */
	slab->shift = (u8)cache->shift;
	slab->colour = (u16)colour;
	slab->free = 0;
	slab->node = node;
	slab->numbers = shape->numbers; /* keeps I9 */
	return slab;
}

/*
 * Each object is followed by the next one.  Four at a time, and so up to three more than there are:
 * descriptor_size() has room for them.
 */
static void string_up(u8 *bufctl, unsigned int num)
{
	u32 *word = (u32 *)bufctl, *end = word + DIV_ROUND_UP(num, sizeof(*word));

	for (u32 next = 0x04030201;; next += 0x04040404) {
		*word++ = next;
		if (word >= end)
			break;
	}
	bufctl[num - 1] = BUFCTL_END;
}

/* All objects free, in ascending order. */
static void make_objects(struct kmem_cache *cache, struct slab *slab)
{
	string_up(slab->bufctl, slab->num);
	if (debug_build)
		debug_new_slab(cache, slab);
	for (unsigned int i = 0; cache->ctor && i < slab->num; i++)
		cache->ctor(index_object(cache, slab, i));
	if (ARCH_WATCHES)
		watch_new_slab(cache, slab);
}

void slab_list_locked(struct slab *slab)
{
	struct cache_node *node = slab->node;

	assert_spin_locked(&node->lock);
	list_add_tail(&slab->list, &node->free);
	node->nr_objects += slab->num; /* keeps I4 */
	node->free_objects += slab->num;
	node->nr_slabs++;
}

/* The page allocator's report would name this file: ours names who asked. */
static struct page *slab_alloc_pages(const struct kmem_cache *cache, unsigned int order, gfp_t gfp,
				     int nid)
{
	gfp = (gfp & ~(gfp_t)(__GFP_ZERO | __GFP_COMP)) | cache->gfp | __GFP_NOWARN;
	if (nid == NUMA_NO_NODE)
		return order ? alloc_pages(gfp, order) : alloc_page_alone(gfp);
	return alloc_pages_node(nid, gfp, order);
}

/* What is behind the run goes back: from a block of the next higher order, halved and halved again. */
static void trim(struct page *page, unsigned int order, unsigned int pages)
{
	while (pages < 1u << order) {
		struct page *upper;

		halve_block(page, order--);
		upper = page + (1ul << order);
		if (pages <= 1u << order) {
			__free_pages(upper, order);
		} else {
			pages -= 1u << order;
			page = upper;
		}
	}
}

static struct page *__noinline alloc_run(const struct kmem_cache *cache,
					 const struct slab_shape *shape, gfp_t gfp, int nid)
{
	const unsigned int order = shape->order + 1;
	struct page *page = slab_alloc_pages(cache, order, gfp, nid);

	if (page)
		trim(page, order, shape->pages);
	return page;
}

static inline struct page *alloc_shape(const struct kmem_cache *cache,
				       const struct slab_shape *shape, gfp_t gfp, int nid)
{
	if (unlikely(shape->pages != 1u << shape->order))
		return alloc_run(cache, shape, gfp, nid);
	return slab_alloc_pages(cache, shape->order, gfp, nid);
}

static void *alloc_descriptor(struct kmem_cache *descriptors, gfp_t gfp)
{
	return kmem_cache_alloc(descriptors,
				(gfp & ~(gfp_t)(GFP_ZONEMASK | __GFP_ZERO)) | __GFP_NOWARN);
}

static void __noinline __cold narrate(const struct kmem_cache *cache, const struct slab *slab)
{
	trace(TRACE_SLAB, "%s: grow: slab %p of %u pages, %u objects, colour %u, first at %p",
	      cache->name, (const void *)slab, shape_of(cache, slab)->pages, slab->num,
	      slab->colour, slab->s_mem);
}

static struct slab *grow_as(struct kmem_cache *cache, const struct slab_shape *shape, gfp_t gfp,
			    int nid)
{
	void *elsewhere = NULL;
	struct page *page;
	struct slab *slab;

	if (shape->descriptors && !(elsewhere = alloc_descriptor(shape->descriptors, gfp)))
		return NULL;
	page = alloc_shape(cache, shape, gfp, nid);
	if (!page) {
		if (elsewhere)
			free_own(shape->descriptors, elsewhere);
		return NULL;
	}
	slab = place_descriptor(cache, shape, page, elsewhere);
	mark_pages(cache, slab, page, shape);
	make_objects(cache, slab);
	if (trace_on(TRACE_SLAB))
		narrate(cache, slab);
	return slab;
}

/* What is only better than nothing is asked for without reclaim, and not of anybody's reserve. */
static gfp_t easily(gfp_t gfp)
{
	const gfp_t hard =
		__GFP_DIRECT_RECLAIM | __GFP_NOFAIL | __GFP_MEMALLOC | __GFP_HIGH | __GFP_ATOMIC;

	return gfp & ~hard;
}

/* What the cache has use for. */
static const struct slab_shape *choose_shape(const struct kmem_cache *cache, int nid)
{
	const struct cache_node *node = &cache->node[nid == NUMA_NO_NODE ? 0 : nid];
	unsigned long objects = READ_ONCE(node->nr_objects);

	if (objects >= cache->first_below)
		return &cache->shape[SHAPE_WANTED];
	return &cache->shape[objects < cache->single_below ? SHAPE_LEAST : SHAPE_FIRST];
}

/* Where that block is not at hand, the least one does: its caller is better off with that than with none. */
struct slab *slab_grow(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	struct slab *slab = grow_as(cache, choose_shape(cache, nid), easily(gfp), nid);

	return likely(slab) ? slab : grow_as(cache, &cache->shape[SHAPE_LEAST], gfp, nid);
}

/* --- unmaking --------------------------------------------------------------------------------- */

struct page *slab_dissolve(struct kmem_cache *cache, struct slab *slab)
{
	const struct slab_shape *shape = shape_of(cache, slab);
	struct page *page = slab_page(slab);

	trace(TRACE_SLAB, "%s: destroy: slab %p, %u pages go back", cache->name, (void *)slab,
	      shape->pages);
	for (unsigned int i = 0; debug_build && i < slab->num; i++)
		debug_check_object(cache, slab, i, _RET_IP_);
	unmark_pages(page, shape);
	if (shape->descriptors)
		free_own(shape->descriptors, slab);
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
	arch_poison((u8 *)lowmem_page_address(page) + size, (PAGE_SIZE << order) - size);
	return lowmem_page_address(page);
}

void own_block_free(struct page *page)
{
	unsigned int order = page_order(page);

	arch_unpoison(lowmem_page_address(page), PAGE_SIZE << order); /* DEBUG fills it */
	page_set_owner(page, OWNER_HELD);
	__atomic_fetch_sub(&slab_pages, 1ul << order, __ATOMIC_RELAXED);
	__free_pages(page, order);
}
