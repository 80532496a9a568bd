/*
 * layout.c - claims about SLAB=slab alone: colours, descriptors in and out, lists, stocks
 *
 * Read next: mm/slab/slab/slab_impl.h, which is looked into here.
 */
#include <stdarg.h>
#include <string.h>

#include "kernel/kallsyms.h"
#include "kernel/selftest/selftest.h"
#include "mm/slab/names.h"
#include "mm/slab/slab/slab_impl.h"
#include "mm/vmap/vmap.h"
#include "tests/selftests/told/told.h"

/* Objects enough for a few slabs. */
enum { SLABS = 6, OBJECTS_MAX = 1000 };
SELFTEST_TABLE(void *, objects, OBJECTS_MAX);

static bool fill(struct kmem_cache *cache, unsigned int n)
{
	CHECK(n <= OBJECTS_MAX);
	for (unsigned int i = 0; i < n; i++)
		CHECK((objects[i] = kmem_cache_alloc(cache, GFP_KERNEL)));
	return true;
}

static void empty(struct kmem_cache *cache, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		kmem_cache_free(cache, objects[i]);
}

static const struct slab_shape *wanted(const struct kmem_cache *cache)
{
	return &cache->shape[SHAPE_WANTED];
}

/* Fills the slabs that come before, and so many of the wanted shape.  How many objects; 0: no memory. */
static unsigned int fill_wanted(struct kmem_cache *cache, unsigned int slabs)
{
	unsigned int left = slabs * wanted(cache)->num, n = 0;

	while (left && n < OBJECTS_MAX) {
		objects[n] = kmem_cache_alloc(cache, GFP_KERNEL);
		if (!objects[n])
			return 0;
		left -= shape_of(cache, object_slab(objects[n++])) == wanted(cache);
	}
	return left ? 0 : n;
}

/* Where in its first page a slab's first object begins. */
static unsigned int first_offset(const void *object)
{
	return object_slab(object)->colour_off;
}

SELFTEST(slab, colours, "successive slabs begin their objects at different offsets, and then anew")
{
	struct kmem_cache *cache = kmem_cache_create("test", 392, 0, 0, NULL);
	unsigned int seen = 0, last = ~0u, n;

	EXPECT(cache);
	EXPECT(wanted(cache)->nr_colours > 1);
	EXPECT((n = fill_wanted(cache, SLABS)));
	for (unsigned int i = 0; i < n; i++) {
		const struct slab *slab = object_slab(objects[i]);
		const struct slab_shape *shape = shape_of(cache, slab);
		unsigned int begin = shape->descriptors ? 0 : shape->mgmt_size;

		EXPECT_EQ(first_offset(objects[i]), begin + slab->colour * cache->colour_unit);
		EXPECT_EQ(first_offset(objects[i]) % CACHE_LINE, begin % CACHE_LINE);
		if (shape != wanted(cache) || first_offset(objects[i]) == last)
			continue;
		last = first_offset(objects[i]);
		seen |= 1u << slab->colour;
	}
	EXPECT_EQ(__builtin_popcount(seen),
		  min((unsigned int)wanted(cache)->nr_colours, (unsigned int)SLABS));
	EXPECT(slab_check());
	empty(cache, n);
	kmem_cache_destroy(cache);
}

SELFTEST(slab, on_slab, "small objects' descriptor lies in their slab, before the first")
{
	struct kmem_cache *cache = kmem_cache_create("test", 100, 0, 0, NULL);
	void *object;

	EXPECT(cache);
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT(object);
	EXPECT_EQ((unsigned long)object_slab(object) & PAGE_MASK,
		  (unsigned long)object & PAGE_MASK);
	EXPECT((void *)object_slab(object) < object_slab(object)->s_mem);
	kmem_cache_free(cache, object);
	kmem_cache_destroy(cache);
}

SELFTEST(slab, off_slab,
	 "large objects fill their slab: the descriptor is an object of kmalloc elsewhere")
{
	void *object = kmalloc(8192, GFP_KERNEL);
	struct slab *slab;

	EXPECT(object);
	slab = object_slab(object);
	EXPECT((unsigned long)slab - ((unsigned long)object & PAGE_MASK) >= PAGE_SIZE);
	EXPECT(virt_to_page(slab)->flags & PG_SLAB);
	EXPECT(virt_to_page(slab)->mapping != virt_to_page(object)->mapping);
	EXPECT_EQ((uintptr_t)virt_to_page(slab)->mapping,
		  (uintptr_t)wanted(kmem_cache_find("kmalloc-8k"))->descriptors);
	EXPECT_EQ(slab->s_mem, object);
	kfree(object);
}

SELFTEST(slab, own_descriptor,
	 "a descriptor elsewhere and a cache's stocks are refused by every free")
{
	struct kmem_cache *cache = kmem_cache_find("kmalloc-8k");
	void *object;

	EXPECT(cache);
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT(object);
	EXPECT_BUG("an allocator's own", kfree(object_slab(object)));
	EXPECT_BUG("an allocator's own",
		   kmem_cache_free(wanted(cache)->descriptors, object_slab(object)));
	EXPECT_BUG("an allocator's own", kfree(cache->array[0]));
	EXPECT_BUG("an allocator's own", kmem_cache_free(&stock_cache, cache->array[0]));
	EXPECT(slab_check());
	kmem_cache_free(cache, object);
}

SELFTEST(slab, page_pointers,
	 "each page of a slab leads to the cache and the slab, and forgets them")
{
	struct page *page;
	void *object = kmalloc(8 * PAGE_SIZE, GFP_KERNEL);

	EXPECT(object);
	page = virt_to_page(object);
	for (unsigned int i = 0; i < 8; i++) {
		EXPECT(page[i].flags & PG_SLAB);
		EXPECT_EQ(page[i].mapping, kmem_cache_find("kmalloc-32k"));
		EXPECT_EQ(page_slab(&page[i]), page_slab(page));
	}
	kfree(object);
	slab_reap();
	for (unsigned int i = 0; i < 8; i++)
		EXPECT(!(page[i].flags & PG_SLAB) && !page[i].mapping);
}

static unsigned long length(const struct list_head *list)
{
	const struct list_head *at;
	unsigned long n = 0;

	list_for_each(at, list)
		n++;
	return n;
}

SELFTEST(slab, lists, "slabs go from free to partial to full and back as objects come and go")
{
	struct kmem_cache *cache = kmem_cache_create("test", 1000, 0, 0, NULL);
	struct cache_node *node;
	struct slab *first;
	unsigned long slabs;
	unsigned int n;

	EXPECT(cache);
	node = &cache->node[0];
	EXPECT((n = fill_wanted(cache, 3)));
	drain_stock(cache);
	first = object_slab(objects[0]);
	slabs = length(&node->full);
	EXPECT(slabs > 3);
	EXPECT_EQ(length(&node->partial), 0);
	for (unsigned int i = 0; i < n; i++) {
		if (i && object_slab(objects[i]) == first)
			continue; /* one of the first slab, and all of the others */
		kmem_cache_free(cache, objects[i]);
		objects[i] = NULL;
	}
	drain_stock(cache);
	EXPECT_EQ(length(&node->full), 0);
	EXPECT_EQ(length(&node->partial), 1);
	EXPECT(length(&node->free) < slabs);
	EXPECT_EQ(length(&node->free) + 1, node->nr_slabs);
	EXPECT(slab_check());
	for (unsigned int i = 0; i < n; i++)
		kmem_cache_free(cache, objects[i]);
	EXPECT_EQ(kmem_cache_shrink(cache), 0);
	EXPECT_EQ(node->nr_slabs, 0);
	kmem_cache_destroy(cache);
}

SELFTEST(slab, stock, "a stock is refilled by a batch, and never holds more than its limit")
{
	struct kmem_cache *cache = kmem_cache_create("test", 64, 0, 0, NULL);
	struct array_cache *stock;

	EXPECT(cache);
	stock = this_stock(cache);
	if (!stock->limit) {
		kmem_cache_destroy(cache);
		SKIP("with init_on_alloc=1 or init_on_free=1 a stock keeps nothing");
	}
	EXPECT_EQ(stock->avail, 0);
	EXPECT(fill(cache, 1));
	EXPECT_EQ(stock->avail, stock->batchcount - 1);
	empty(cache, 1);
	EXPECT_EQ(stock->avail, stock->batchcount);
	EXPECT(fill(cache, 300));
	for (unsigned int i = 0; i < 300; i++) {
		kmem_cache_free(cache, objects[i]);
		EXPECT(stock->avail <= stock->limit);
		EXPECT_EQ(stock->slot[stock->avail], objects[i]);
	}
	EXPECT(!stock->slot[0]);
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
}

SELFTEST(slab, free_limit,
	 "a cache whose stock is drained keeps no more free objects than its limit")
{
	struct kmem_cache *cache = kmem_cache_create("test", 1000, 0, 0, NULL);
	unsigned int n = OBJECTS_MAX;

	EXPECT(cache);
	EXPECT(fill(cache, n));
	empty(cache, n);
	drain_stock(cache);
	EXPECT(cache->node[0].free_objects <= cache->node[0].free_limit);
	EXPECT(cache->node[0].reaped > 0);
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
}

SELFTEST(slab, spare,
	 "frees alone give empty slabs back, a step each, down to the limit and one on its way")
{
	struct kmem_cache *cache = kmem_cache_create("test", 1000, 0, 0, NULL);
	unsigned int n = OBJECTS_MAX;
	struct array_cache *stock;
	struct cache_node *node;

	EXPECT(cache);
	stock = this_stock(cache);
	node = &cache->node[0];
	EXPECT(fill(cache, n));
	for (unsigned int i = 0; i < n; i++) {
		unsigned long reaped = node->reaped;

		kmem_cache_free(cache, objects[i]);
		EXPECT(node->reaped <= reaped + 1);
		EXPECT(!stock->parting || !stock->ceiling);
		EXPECT(node->free_objects <= node->free_limit + 2 * wanted(cache)->num);
	}
	EXPECT(node->reaped > 0);
	EXPECT(slab_check());
	drain_stock(cache);
	EXPECT(!stock->parting);
	EXPECT(node->free_objects <= node->free_limit);
	EXPECT_EQ(stock->ceiling, stock->limit);
	kmem_cache_destroy(cache);
}

SELFTEST(slab, division, "offsets of objects, and no others, divide to an index, for every size")
{
	for (unsigned int size = 8; size <= 4096; size += 8) {
		struct kmem_cache cache = { .shift = (u32)__builtin_ctz(size), .size = size };
		const u32 num = 50;
		u32 odd = size >> cache.shift;

		for (cache.inverse = odd; cache.inverse * odd != 1;)
			cache.inverse *= 2 - odd * cache.inverse;
		for (u32 offset = 0; offset < 4 * size; offset += 4)
			EXPECT_EQ(object_index(&cache, offset) < num, offset % size == 0);
		for (u32 i = 1; i < num; i++) {
			EXPECT_EQ(object_index(&cache, i * size), i);
			EXPECT(object_index(&cache, i * size - 4) >= num);
			EXPECT(object_index(&cache, i * size + 4) >= num);
		}
		EXPECT(object_index(&cache, (u32)-8) >= num);
		EXPECT(object_index(&cache, -size) >= num);
		EXPECT(object_index(&cache, 50 * size) >= num);
	}
}

/* --- the checker sees what is broken ---------------------------------------------------------- */

/* Breaks one thing, and says whether slab_check() saw it; the caller repairs. */
#define EXPECT_SEEN(damage, repair)         \
	do {                                \
		damage;                     \
		bool sound_ = slab_check(); \
		repair;                     \
		EXPECT(!sound_);            \
		EXPECT(slab_check());       \
	} while (0)

SELFTEST(slab, check, "slab_check() sees each invariant broken")
{
	struct kmem_cache *cache = kmem_cache_create("test", 64, 0, 0, NULL);
	struct cache_node *node;
	struct slab *slab;
	struct page *page;
	void *top;
	u8 next;

	EXPECT(cache);
	EXPECT(fill(cache, 5));
	node = &cache->node[0];
	slab = object_slab(objects[0]);
	page = virt_to_page(objects[0]);
	next = slab->bufctl[slab->free];
	EXPECT_SEEN(slab->inuse++, slab->inuse--);
	EXPECT_SEEN(slab->bufctl[slab->free] = slab->free, slab->bufctl[slab->free] = next);
	EXPECT_SEEN(slab->bufctl[slab->free] = slab->num, slab->bufctl[slab->free] = next);
	EXPECT_SEEN(node->free_objects++, node->free_objects--);
	EXPECT_SEEN(node->nr_slabs++, node->nr_slabs--);
	EXPECT_SEEN(node->nr_objects++, node->nr_objects--);
	EXPECT_SEEN(page->private += 4, page->private -= 4);
	EXPECT_SEEN(page->mapping = node, page->mapping = cache);
	EXPECT_SEEN(page->flags &= ~(u32)PG_SLAB, page->flags |= PG_SLAB);
	EXPECT_SEEN(list_move(&slab->list, &node->full), list_move(&slab->list, &node->partial));
	EXPECT_SEEN(slab->colour += 100, slab->colour = (u16)(slab->colour - 100));
	EXPECT_SEEN(this_stock(cache)->slot[0] = objects[0], this_stock(cache)->slot[0] = NULL);
	EXPECT_SEEN(this_stock(cache)->ceiling = this_stock(cache)->limit + 1,
		    this_stock(cache)->ceiling = this_stock(cache)->limit);
	EXPECT_SEEN(this_stock(cache)->parting = page, this_stock(cache)->parting = NULL);
	empty(cache, 5);
	top = this_stock(cache)->slot[1];
	if (this_stock(cache)->limit) /* with init_on_alloc=1 a stock keeps nothing */
		EXPECT_SEEN(this_stock(cache)->slot[1] = objects[4],
			    this_stock(cache)->slot[1] = top);
	kmem_cache_destroy(cache);
}

SELFTEST(slab, check_shape,
	 "slab_check() sees what a slab is not as its shape says, in each of its blocks")
{
	/* Three pages, with what DEBUG builds have round it, too. */
	struct kmem_cache *cache = kmem_cache_create("test", 11776, 0, 0, NULL);
	struct slab *slab;
	struct page *page;

	EXPECT(cache);
	EXPECT(fill(cache, 2));
	slab = object_slab(objects[0]);
	page = virt_to_page(objects[0]);
	EXPECT_EQ(shape_of(cache, slab)->pages, 3); /* a block of two and a single one */
	EXPECT_SEEN(slab->num--, slab->num++);
	EXPECT_SEEN(slab->free_num--, slab->free_num++);
	EXPECT_SEEN(slab->inverse += 2, slab->inverse -= 2);
	EXPECT_SEEN(slab->bias++, slab->bias--);
	EXPECT_SEEN(slab->shift++, slab->shift--);
	EXPECT_SEEN(slab->shape += SHAPES, slab->shape = (u8)(slab->shape - SHAPES));
	EXPECT_SEEN(page->flags++, page->flags--); /* another order */
	EXPECT_SEEN(page[2].flags++, page[2].flags--);
	EXPECT_SEEN(page_set_owner(&page[2], OWNER_HELD), page_set_owner(&page[2], OWNER_SLAB));
	empty(cache, 2);
	kmem_cache_destroy(cache);
}

/* --- what is broken is used no more (retire.c) ------------------------------------------------ */

enum { HELD = 5, MORE = 100 };

static bool is_held(const void *object, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (objects[i] == object)
			return true;
	return false;
}

/* The slab is what it was: those of objects[0 … n - 1] that are its own are out, the rest is free. */
static void mend(struct kmem_cache *cache, struct slab *slab, unsigned int n)
{
	struct cache_node *node = &cache->node[0];
	struct list_head *lists[] = { &node->full, &node->partial, &node->free };
	struct array_cache *stock = this_stock(cache);
	unsigned int kept = 0;
	struct slab *at;

	for (unsigned int i = 1; i <= stock->avail; i++)
		if (object_slab(stock->slot[i]) != slab)
			stock->slot[++kept] = stock->slot[i];
	stock->avail = kept;
	__list_del_entry(&slab->list);
	slab->node = node;
	slab->inuse = 0;
	slab->free = BUFCTL_END;
	for (unsigned int i = 0; i < slab->num; i++) {
		if (is_held(index_object(cache, slab, i), n)) {
			slab->inuse++;
			continue;
		}
		if (debug_build && !debug_is_free(slab, i))
			debug_give(cache, slab, index_object(cache, slab, i), 0);
		slab->bufctl[i] = slab->free;
		slab->free = (u8)i;
	}
	list_add(&slab->list, list_for(node, slab));
	node->retired = node->nr_slabs = node->nr_objects = node->free_objects = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(lists); i++) {
		list_for_each_entry(at, lists[i], list) {
			node->nr_slabs++;
			node->nr_objects += at->num;
			node->free_objects += (unsigned long)at->num - at->inuse;
		}
	}
}

/* What `mw` may do to a slab from which HELD objects are out, and which serves next. */
static void all_ends(struct slab *slab, unsigned int num)
{
	memset(slab->bufctl, 0xff, num * sizeof(slab->bufctl[0]));
}

static void beyond(struct slab *slab, unsigned int num)
{
	slab->bufctl[slab->free] = (u8)(num + 3);
}

static void first_beyond(struct slab *slab, unsigned int num __unused)
{
	slab->free = 0xf0;
}

static void circle(struct slab *slab, unsigned int num __unused)
{
	slab->bufctl[slab->bufctl[slab->free]] = slab->free;
}

static void in_use(struct slab *slab, unsigned int num __unused)
{
	slab->bufctl[slab->free] = 0; /* the first object, which is out */
}

static void too_many_out(struct slab *slab, unsigned int num)
{
	slab->inuse = (u8)(num + 1);
}

static void next_link(struct slab *slab, unsigned int num __unused)
{
	slab->list.next = (void *)0xdeadbeec;
}

static void prev_link(struct slab *slab, unsigned int num __unused)
{
	slab->list.prev = NULL;
}

static void first_link(struct slab *slab, unsigned int num __unused)
{
	slab->list.prev->next = (void *)3;
}

/* Nothing maps the page below a stack, which on some ports lies amid lowmem. */
static void guard_link(struct slab *slab, unsigned int num __unused)
{
	struct arch_image_part stack;

	if (arch_image_part((vaddr_t)&stack, &stack))
		slab->list.next = (void *)(stack.start - PAGE_SIZE / 2);
}

/* The same, of what lies before the guard page but for its last word. */
static void guard_edge(struct slab *slab, unsigned int num __unused)
{
	struct arch_image_part stack;

	if (arch_image_part((vaddr_t)&stack, &stack))
		slab->list.next = (void *)(stack.start - PAGE_SIZE - sizeof(long));
}

static void other_node(struct slab *slab, unsigned int num __unused)
{
	slab->node = NULL;
}

static void other_objects(struct slab *slab, unsigned int num __unused)
{
	slab->s_mem = (void *)~3ul;
}

static const struct harm {
	void (*do_it)(struct slab *slab, unsigned int num);
	bool always; /* production builds live with it, too */
} harms[] = {
	{ all_ends, true },	  { beyond, true },	 { first_beyond, true },
	{ circle, false },	  { in_use, false },	 { too_many_out, false },
	{ next_link, false },	  { prev_link, false },	 { first_link, false },
	{ guard_link, false },	  { guard_edge, false }, { other_node, false },
	{ other_objects, false },
};

/* MORE objects can be had, all different, and none is one that is out. */
static bool serves_on(struct kmem_cache *cache)
{
	for (unsigned int i = HELD; i < HELD + MORE; i++) {
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		CHECK(objects[i] && !is_held(objects[i], i));
	}
	return true;
}

static bool lives_with(struct kmem_cache *cache, const struct harm *harm)
{
	struct slab *slab;
	void *s_mem;
	bool served;

	CHECK(fill(cache, HELD));
	drain_stock(cache);
	slab = object_slab(objects[0]);
	s_mem = slab->s_mem;
	CHECK(slab_check());
	if (debug_build)
		selftest_expect_bug("broken bookkeeping");
	harm->do_it(slab, slab->num);
	served = serves_on(cache);
	CHECK(!debug_build ||
	      (selftest_bug_seen() && slab_check() && slab->free == BUFCTL_RETIRED));
	CHECK(!debug_build || cache->node[0].retired == 1);
	slab->s_mem = s_mem;
	mend(cache, slab, HELD + MORE);
	empty(cache, HELD + MORE);
	kmem_cache_shrink(cache);
	CHECK(slab_check());
	return served;
}

SELFTEST(slab, retire,
	 "a slab that is broken is named once and used no more; nobody waits, or has another's")
{
	for (unsigned int i = 0; i < ARRAY_SIZE(harms); i++) {
		struct kmem_cache *cache;
		bool lived;

		if (!harms[i].always && !debug_build)
			continue;
		cache = kmem_cache_create("test", 64, 0, 0, NULL);
		EXPECT(cache);
		lived = lives_with(cache, &harms[i]);
		kmem_cache_destroy(cache);
		if (!lived)
			selftest_fail(__FILE__, __LINE__, "harm %u", i);
		EXPECT(lived);
	}
}

SELFTEST(slab, retire_on_free,
	 "frees to a slab that is broken, and a broken stock, are named once and survived")
{
	struct kmem_cache *cache = kmem_cache_create("test", 64, 0, 0, NULL);
	struct slab *slab;

	EXPECT(cache);
	if (!debug_build) {
		kmem_cache_destroy(cache);
		SKIP("only DEBUG builds look");
	}
	EXPECT(fill(cache, HELD));
	slab = object_slab(objects[0]);
	circle(slab, slab->num);
	kmem_cache_free(cache, objects[0]);
	EXPECT_BUG("broken bookkeeping", drain_stock(cache));
	kmem_cache_free(cache, objects[1]);
	EXPECT_EQ(this_stock(cache)->avail, 0); /* not to be had again */
	EXPECT_BUG("broken slabs", kmem_cache_destroy(cache));
	objects[0] = objects[1] = NULL;
	mend(cache, slab, HELD);
	empty(cache, HELD);
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
	EXPECT(!kmem_cache_find("test"));
}

SELFTEST(slab, retire_stock, "what a CPU's stock must not hold is named once and not handed out")
{
	struct kmem_cache *cache = kmem_cache_create("test", 64, 0, 0, NULL);
	struct array_cache *stock;
	struct slab *slab;

	EXPECT(cache);
	if (!debug_build) {
		kmem_cache_destroy(cache);
		SKIP("only DEBUG builds look");
	}
	EXPECT(fill(cache, HELD));
	slab = object_slab(objects[0]);
	stock = this_stock(cache);
	empty(cache, 1);
	stock->slot[1] = (void *)0x123;
	EXPECT_BUG("broken bookkeeping", objects[0] = kmem_cache_alloc(cache, GFP_KERNEL));
	stock->slot[1] = objects[1]; /* in use */
	EXPECT_BUG("broken bookkeeping", kmem_cache_free(cache, objects[0]));
	stock->slot[stock->avail - 1] = stock->slot[stock->avail];
	EXPECT_BUG("broken bookkeeping", objects[0] = kmem_cache_alloc(cache, GFP_KERNEL));
	stock->avail = 5000;
	EXPECT_BUG("broken bookkeeping", kmem_cache_free(cache, objects[0]));
	EXPECT_EQ(stock->avail, 1);
	objects[0] = NULL;
	mend(cache, slab, HELD);
	EXPECT(slab_check());
	empty(cache, HELD);
	kmem_cache_destroy(cache);
	EXPECT(!kmem_cache_find("test"));
}

/* --- DEBUG: for whom -------------------------------------------------------------------------- */

/* Was it allocated for the function that holds this return address? */
static bool allocated_for(const void *object, unsigned long function)
{
	char got[KALLSYMS_NAME], wanted[KALLSYMS_NAME];
	unsigned long alloc_by, free_by;

	CHECK(debug_owners(object_page(object)->mapping, object, &alloc_by, &free_by));
	CHECK(kallsyms_lookup(alloc_by, got, NULL, NULL));
	CHECK(kallsyms_lookup(function, wanted, NULL, NULL));
	CHECK(!strcmp(got, wanted));
	return true;
}

static __printf(2, 3) char *__noinline print_for(unsigned long *function, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = kvasprintf(GFP_KERNEL, fmt, ap);
	va_end(ap);
	*function = (unsigned long)print_for;
	return text;
}

SELFTEST(slab_debug, for_whom,
	 "who is noted for a copy, a text or a moved object is who asked for it")
{
	unsigned long me = (unsigned long)selftest_slab_debug_for_whom, printer;
	void *given[10];

	if (!debug_build)
		SKIP("only DEBUG builds look");
	given[0] = krealloc(krealloc(NULL, 10, GFP_KERNEL), 1000, GFP_KERNEL);
	given[1] = kmemdup("bytes", 5, GFP_KERNEL);
	given[2] = kstrdup("text", GFP_KERNEL);
	given[3] = kstrndup("text", 2, GFP_KERNEL);
	given[4] = kasprintf(GFP_KERNEL, "text %d", 1);
	given[5] = print_for(&printer, "text %d", 2);
	given[6] = kmalloc_node(100, GFP_KERNEL, 0);
	given[7] = kvmalloc(100, GFP_KERNEL);
	given[8] = kvmalloc_node(100, GFP_KERNEL, 0);
	given[9] = kvcalloc(10, 10, GFP_KERNEL);
	for (unsigned int i = 0; i < ARRAY_SIZE(given); i++) {
		EXPECT(given[i] && allocated_for(given[i], i == 5 ? printer : me));
		kfree(given[i]);
	}
}

/* --- what is said of an address --------------------------------------------------------------- */

/* How a free of the byte `at` is refused, by where that byte is. */
static const char *said_of(struct kmem_cache *cache, const char *object, const char *where)
{
	return told_line("%s object %lu of a slab of odd, which begins at %p", where,
			 (unsigned long)slab_index(cache, object_slab(object), object),
			 (const void *)object);
}

SELFTEST(slab, behind_the_end, "bytes that rounding puts behind an object are not told as its own")
{
	struct kmem_cache *cache = kmem_cache_create("odd", 22, 0, 0, NULL);
	char *object = cache ? kmem_cache_alloc(cache, GFP_KERNEL) : NULL;

	EXPECT(object);
#define TOLD(at, where)                                                                  \
	TOLD_BY("slab", selftest_slab_behind_the_end, "interior pointer", object + (at), \
		"an object of odd", said_of(cache, object, where),                       \
		kmem_cache_free(cache, object + (at)))
	TOLD(1, "1 bytes into");
	TOLD(21, "21 bytes into");
	TOLD(22, "0 bytes behind the end of");
	TOLD(23, "1 bytes behind the end of");
#undef TOLD
	kmem_cache_free(cache, object);
	kmem_cache_destroy(cache);
}
