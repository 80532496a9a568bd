/*
 * view.c - what a person may see of caches: numbers, and each object of each slab
 *
 *	slab 0xc0a41000 partial colour 0 inuse 5/61
 *	  ##c#.c.......            # in use   c in a CPU's stock   . free
 *
 * Locking: a slab is copied under its node's lock, and printed without it.
 * Read next: slab_shell.c.
 */
#include "mm/slab/slab_view.h"
#include "kernel/look.h"
#include "kernel/console.h"
#include "kernel/kallsyms.h"
#include "mm/slab/slab/slab_impl.h"

struct kmem_cache *nth_cache(unsigned int nth)
{
	struct kmem_cache *cache, *found = NULL;
	unsigned long flags;

	look_lock_irqsave(&chain_lock, flags);
	/* Who asks for one after the other comes to an end. */
	if (!list_fault(&cache_chain, NULL)) {
		list_for_each_entry_reverse(cache, &cache_chain, chain) {
			if (nth-- == 0) {
				found = cache;
				break;
			}
		}
	}
	look_unlock_irqrestore(&chain_lock, flags);
	return found;
}

const char *cache_chain_fault(void)
{
	unsigned long flags;
	const char *fault;

	look_lock_irqsave(&chain_lock, flags);
	fault = list_fault(&cache_chain, NULL);
	look_unlock_irqrestore(&chain_lock, flags);
	return fault;
}

/* 0 of one that is broken. */
static unsigned long list_length(const struct list_head *list)
{
	const struct list_head *at;
	unsigned long n = 0;

	if (list_fault(list, NULL))
		return 0;
	list_for_each(at, list)
		n++;
	return n;
}

/* Adds a node's numbers. */
static void add_node(struct cache_node *node, struct slabinfo *info)
{
	unsigned long flags;

	look_lock_irqsave(&node->lock, flags);
	info->num_slabs += node->nr_slabs;
	info->active_slabs += node->nr_slabs - list_length(&node->free);
	info->num_objs += node->nr_objects;
	info->active_objs += node->nr_objects - node->free_objects;
	look_unlock_irqrestore(&node->lock, flags);
}

void slab_info(struct kmem_cache *cache, struct slabinfo *info)
{
	unsigned int nid;

	*info = (struct slabinfo){
		.name = cache->name,
		.object_size = cache->size,
		.objects_per_slab = cache->shape[SHAPE_WANTED].num,
		.pages_per_slab = cache->shape[SHAPE_WANTED].pages,
		.limit = cache->array[0]->limit,
		.batchcount = cache->array[0]->batchcount,
	};
	for_each_nid(nid)
		add_node(&cache->node[nid], info);
}

unsigned long slab_empty_pages(struct kmem_cache *cache, unsigned int nid)
{
	struct cache_node *node = &cache->node[nid];
	unsigned long pages = 0, flags;
	const struct slab *slab;

	look_lock_irqsave(&node->lock, flags);
	if (!list_fault(&node->free, NULL))
		list_for_each_entry(slab, &node->free, list)
			pages += shape_of(cache, slab)->pages;
	look_unlock_irqrestore(&node->lock, flags);
	return pages;
}

/* --- one slab --------------------------------------------------------------------------------- */

/* A slab as it was at one moment.  One at a time: the shell's. */
struct snapshot {
	const struct slab *slab;
	const void *s_mem;
	const char *list;
	unsigned int colour, inuse, num, pages;
	char objects[SLAB_OBJECTS_MAX];
};
static struct snapshot snapshot;

static bool in_a_stock(const struct kmem_cache *cache, const void *object)
{
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		for (unsigned int i = 1; i <= stock_held(cache->array[cpu]); i++)
			if (cache->array[cpu]->slot[i] == object)
				return true;
	return false;
}

static void copy_slab_locked(const struct kmem_cache *cache, const struct slab *slab,
			     const char *list)
{
	snapshot.slab = slab;
	snapshot.s_mem = slab->s_mem;
	snapshot.list = list;
	snapshot.colour = slab->colour;
	snapshot.inuse = slab->inuse;
	snapshot.num = min((unsigned int)slab->num, (unsigned int)SLAB_OBJECTS_MAX);
	snapshot.pages = shape_of(cache, slab)->pages;
	for (unsigned int i = 0; i < snapshot.num; i++)
		snapshot.objects[i] = in_a_stock(cache, index_object(cache, slab, i)) ? 'c' : '#';
	for (unsigned int i = slab->free; i < snapshot.num && snapshot.objects[i] != '.';
	     i = slab->bufctl[i])
		snapshot.objects[i] = '.'; /* one that is '.' already: the freelist is cyclic */
}

/* Copies the nth slab of the node; false when it has fewer. */
static bool copy_nth_slab(struct kmem_cache *cache, struct cache_node *node, unsigned long nth)
{
	static const char *const names[] = { "full", "partial", "free" };
	struct list_head *const lists[] = { &node->full, &node->partial, &node->free };
	unsigned long flags;
	struct slab *slab;
	bool found = false;

	look_lock_irqsave(&node->lock, flags);
	for (unsigned int i = 0; i < ARRAY_SIZE(lists) && !found; i++) {
		list_for_each_entry(slab, lists[i], list) {
			if (list_fault(lists[i], NULL))
				break; /* print_list_faults() says so */
			if (nth-- == 0) {
				copy_slab_locked(cache, slab, names[i]);
				found = true;
				break;
			}
		}
	}
	look_unlock_irqrestore(&node->lock, flags);
	return found;
}

static void print_snapshot(void)
{
	enum { WIDTH = 64 };

	con_printf("slab %p %-7s %u pages, colour %u, first object at %p, %u of %u out\n",
		   (const void *)snapshot.slab, snapshot.list, snapshot.pages, snapshot.colour,
		   snapshot.s_mem, snapshot.inuse, snapshot.num);
	for (unsigned int i = 0; i < snapshot.num; i += WIDTH) {
		con_puts("  ");
		con_write(&snapshot.objects[i], min(snapshot.num - i, (unsigned int)WIDTH));
		con_putc('\n');
	}
}

/* --- a cache ---------------------------------------------------------------------------------- */

static void print_shape(const struct slab_shape *shape)
{
	con_printf("slabs of %u pages: %u objects, %u colours; descriptor of %u bytes %s%s\n",
		   shape->pages, shape->num, shape->nr_colours, shape->mgmt_size,
		   shape->descriptors ? "in " : "in the slab",
		   shape->descriptors ? shape->descriptors->name : "");
}

static void print_geometry(const struct kmem_cache *cache)
{
	char symbol[KALLSYMS_LINE];

	con_printf("%s: objects of %u bytes, %u apart, aligned to %u\n", cache->name,
		   cache->object_size, cache->size, cache->align);
	for (unsigned int i = 0; i < SHAPES; i++)
		if (i == 0 || cache->shape[i].pages != cache->shape[i - 1].pages)
			print_shape(&cache->shape[i]);
	con_printf("colours are %u bytes apart\n", cache->colour_unit);
	con_printf("flags:%s%s%s%s%s\n", cache->flags & SLAB_HWCACHE_ALIGN ? " hwcache" : "",
		   cache->flags & SLAB_CACHE_DMA ? " dma" : "",
		   cache->flags & SLAB_TYPESAFE_BY_RCU ? " typesafe" : "",
		   cache->kind & CACHE_RED ? " redzone" : "",
		   cache->kind & CACHE_POISON ? " poison" : "");
	if (cache->ctor)
		con_printf("constructor: %s\n",
			   kallsyms_format((unsigned long)cache->ctor, symbol, sizeof(symbol)));
}

static void print_stocks(const struct kmem_cache *cache)
{
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		if (cpu == 0 || cache->array[cpu]->avail)
			con_printf("CPU %u: %lu in stock%s, limit %u, batch %u\n", cpu,
				   cache->array[cpu]->avail,
				   stock_held(cache->array[cpu]) < cache->array[cpu]->avail
					   ? ", more than fit"
					   : "",
				   cache->array[cpu]->limit, cache->array[cpu]->batchcount);
}

/* Says which of a node's lists cannot be followed. */
static void print_list_faults(struct cache_node *node)
{
	static const char *const names[] = { "full", "partial", "free" };
	struct list_head *const lists[] = { &node->full, &node->partial, &node->free };
	const char *faults[ARRAY_SIZE(names)];
	unsigned long flags;

	look_lock_irqsave(&node->lock, flags);
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		faults[i] = list_fault(lists[i], NULL);
	look_unlock_irqrestore(&node->lock, flags);
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (faults[i])
			con_printf("the %s slabs are not shown: %s\n", names[i], faults[i]);
}

static void print_node(struct kmem_cache *cache, unsigned int nid)
{
	enum { SLABS_SHOWN = 16 };
	struct cache_node *node = &cache->node[nid];
	unsigned long shown = 0, slabs = node->nr_slabs;
	unsigned long made = slabs + node->reaped + node->retired;

	con_printf("node %u: %lu slabs, %lu free objects (limit %lu), %lu made, %lu given back\n",
		   nid, slabs, node->free_objects, node->free_limit, made, node->reaped);
	if (node->retired)
		con_printf("node %u: %lu slabs were found broken, and are used no more\n", nid,
			   node->retired);
	print_list_faults(node);
	while (shown < SLABS_SHOWN && copy_nth_slab(cache, node, shown)) {
		print_snapshot();
		shown++;
	}
	if (slabs > shown)
		con_printf("… and %lu more\n", slabs - shown);
}

void slab_show(struct kmem_cache *cache)
{
	unsigned int nid;

	print_geometry(cache);
	print_stocks(cache);
	for_each_nid(nid)
		print_node(cache, nid);
	con_puts("# in use   c in a CPU's stock   . free\n");
}

/* --- an address ------------------------------------------------------------------------------- */

/* page: one of the slab's, which says of which node it is, whatever the slab says. */
static bool on_freelist(struct kmem_cache *cache, const struct page *page, const struct slab *slab,
			unsigned int index)
{
	struct cache_node *node = &cache->node[page_to_nid(page)];
	unsigned int i, left = slab->num; /* a cyclic one ends, too */
	unsigned long flags;

	look_lock_irqsave(&node->lock, flags);
	for (i = slab->free; i < slab->num && i != index && left; i = slab->bufctl[i])
		left--;
	look_unlock_irqrestore(&node->lock, flags);
	return i == index;
}

/* Where an address is, by an object's first byte: among what was asked for, or behind that. */
static void print_byte(const struct kmem_cache *cache, const void *object, unsigned int index,
		       unsigned long byte)
{
	unsigned int size = debug_build ? debug_request(cache, object) : cache->object_size;

	if (byte < size)
		con_printf("slab: byte %lu of object %u", byte, index);
	else
		con_printf("slab: +0x%lx behind the end of object %u (%u bytes)", byte - size,
			   index, size);
	con_printf(" at %p of cache %s: ", object, cache->name);
}

static void explain_object(const struct page *page, struct slab *slab, unsigned int index,
			   unsigned long byte)
{
	struct kmem_cache *cache = page->mapping;
	void *object = index_object(cache, slab, index);
	unsigned long alloc_by, free_by;
	char by[2][KALLSYMS_LINE];

	print_byte(cache, object, index, byte);
	con_puts(on_freelist(cache, page, slab, index) ? "free\n"
		 : in_a_stock(cache, object)	       ? "free, in a CPU's stock\n"
						       : "in use\n");
	if (!debug_build || !debug_owners(cache, object, &alloc_by, &free_by))
		return;
	con_printf("slab: allocated by %s, freed by %s\n",
		   debug_format_owner(alloc_by, by[0], sizeof(by[0])),
		   debug_format_owner(free_by, by[1], sizeof(by[1])));
}

bool slab_explain(unsigned long va)
{
	struct page *page = far_page((void *)va);
	struct kmem_cache *cache;
	struct slab *slab;
	unsigned long offset;

	if (!page || !(page->flags & PG_SLAB))
		return false;
	cache = page->mapping;
	slab = page_slab(page);
	offset = va - (unsigned long)slab->s_mem;
	if (offset < slab_span(cache, slab))
		explain_object(page, slab, (unsigned int)(offset / cache->size),
			       offset % cache->size);
	else
		con_printf(
			"slab: in a slab of cache %s, outside of its objects (descriptor, colour, "
			"rest)\n",
			cache->name);
	return true;
}

bool slab_object_live(const void *object)
{
	struct page *page = far_page(object);
	struct kmem_cache *cache;
	struct slab *slab;
	u32 index;

	if (!page || !(page->flags & PG_SLAB))
		return false;
	cache = page->mapping;
	slab = page_slab(page);
	index = slab_index(cache, slab, object);
	if (debug_build) /* of a slab that is used no more nothing comes back, and yet it is free */
		return index < slab->num && !debug_is_free(slab, index);
	return index < slab->num && !on_freelist(cache, page, slab, index) &&
	       !in_a_stock(cache, object);
}
