/*
 * pieces.c - claims about slabs of more than one shape: little in use, and memory that is in pieces
 *
 *	all of lowmem      [#|#|#|#|#|#|#|#]     held, a page at a time; what is more than some, in blocks
 *	in pieces          [#| |#| |#| |#| ]     every second one given back: no block of two pages
 *
 * Read next: mm/slab/slab/create.c (set_shapes), grow.c.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "mm/page/reclaim.h"
#include "mm/slab/slab/slab_impl.h"

/* --- memory in pieces ------------------------------------------------------------------------- */

/* Pages that are held, each with the address of the next; by whether the frame's number is odd. */
static void *held[2];
/* Large blocks, likewise: a machine may have more than need be in pieces. */
static void *blocks;
enum { IN_PIECES = 32 << (20 - PAGE_SHIFT) }; /* the half of it is well above the marks */

static void hold_blocks(void)
{
	void *block;

	while (nr_free_pages() - nr_free_highpages() > IN_PIECES &&
	       (block = (void *)__get_free_pages(GFP_KERNEL | __GFP_NOWARN, MAX_ORDER - 1))) {
		*(void **)block = blocks;
		blocks = block;
	}
}

static void let_go(unsigned int odd)
{
	while (!odd && blocks) {
		void *block = blocks;

		blocks = *(void **)block;
		free_pages((unsigned long)block, MAX_ORDER - 1);
	}
	while (held[odd]) {
		void *page = held[odd];

		held[odd] = *(void **)page;
		free_page((unsigned long)page);
	}
	drain_all_pages(NULL);
}

static void hold_everything(void)
{
	void *page;

	reclaim_all();
	hold_blocks();
	while ((page = (void *)__get_free_page(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN))) {
		void **list = &held[page_to_pfn(virt_to_page(page)) & 1];

		*(void **)page = *list;
		*list = page;
	}
}

/* Is there no block of two pages, down to the last? */
static bool all_in_pieces(void)
{
	struct page *pair = alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 1);

	if (pair)
		__free_pages(pair, 1);
	return !pair;
}

/* --- objects, each with its number in it ------------------------------------------------------ */

enum { OBJECTS = 300 };
SELFTEST_TABLE(void *, objects, OBJECTS);

/* All of them, or none. */
static bool take(struct kmem_cache *cache, unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++) {
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN);
		for (unsigned int got = i; !objects[i] && got-- > from;)
			kmem_cache_free(cache, objects[got]);
		CHECK(objects[i]);
		memset(objects[i], (int)i, cache->object_size);
	}
	return true;
}

static bool still_written(const u8 *object, unsigned int size, u8 number)
{
	for (unsigned int at = 0; at < size; at++)
		if (object[at] != number)
			return false;
	return true;
}

/* Every third, and that three times, so that slabs get empty in another order than they were filled in. */
static bool give(struct kmem_cache *cache, unsigned int n)
{
	bool whole = true;

	for (unsigned int first = 0; first < 3; first++) {
		for (unsigned int i = first; i < n; i += 3) {
			whole &= still_written(objects[i], cache->object_size, (u8)i);
			kmem_cache_free(cache, objects[i]);
		}
	}
	return whole;
}

/* How many of these objects lie in slabs of so many pages. */
static unsigned int in_slabs_of(unsigned int pages, const struct kmem_cache *cache,
				unsigned int from, unsigned int to)
{
	unsigned int n = 0;

	for (unsigned int i = from; i < to; i++)
		n += shape_of(cache, object_slab(objects[i]))->pages == pages;
	return n;
}

/* --- claims ----------------------------------------------------------------------------------- */

static const u16 sizes[] = { 8, 64, 256, 1024, 2048, 2720, 4088, 4096 };

/* In DEBUG builds the last two do not fit into a page, with what is watched round them. */
static unsigned int sizes_in_a_page(void)
{
	return ARRAY_SIZE(sizes) - (debug_build ? 2 : 0);
}

/* So many objects as at least fill two slabs of the least shape. */
static unsigned int some_of(const struct kmem_cache *cache)
{
	return max(2u * cache->shape[SHAPE_LEAST].num, 20u);
}

static bool comes_in_pages(struct kmem_cache *cache)
{
	const unsigned int n = min(some_of(cache), (unsigned int)OBJECTS);
	bool whole;

	CHECK(take(cache, 0, n));
	CHECK(in_slabs_of(1, cache, 0, n) == n);
	CHECK(slab_check());
	whole = give(cache, n);
	CHECK(whole && slab_check());
	return kmem_cache_shrink(cache) == 0;
}

SELFTEST(slab, pieces,
	 "where no two pages are free side by side, objects of up to a page still come, and go")
{
	struct kmem_cache *caches[ARRAY_SIZE(sizes)];
	char name[] = "test-0";
	unsigned int failed = 0;
	bool pieces;

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++, name[5]++)
		caches[i] = kmem_cache_create(name, sizes[i], 0, 0, NULL);
	hold_everything();
	let_go(1);
	pieces = all_in_pieces();
	for (unsigned int i = 0; pieces && i < sizes_in_a_page(); i++)
		if (!failed && !(caches[i] && comes_in_pages(caches[i])))
			failed = sizes[i];
	let_go(0);
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++)
		kmem_cache_destroy(caches[i]);
	EXPECT(pieces);
	EXPECT_EQ(failed, 0);
}

static bool goes_on_in_pages(struct kmem_cache *cache, unsigned int from)
{
	const unsigned int wanted = cache->shape[SHAPE_WANTED].pages;

	CHECK(take(cache, from, OBJECTS));
	CHECK(in_slabs_of(wanted, cache, 0, OBJECTS) > 0 &&
	      in_slabs_of(1, cache, from, OBJECTS) > 0);
	CHECK(in_slabs_of(wanted, cache, 0, OBJECTS) + in_slabs_of(1, cache, 0, OBJECTS) +
		      in_slabs_of(cache->shape[SHAPE_FIRST].pages, cache, 0, OBJECTS) ==
	      OBJECTS);
	CHECK(slab_check());
	return true;
}

SELFTEST(slab, both_orders,
	 "a cache that has slabs of several orders gives back each as what it was")
{
	struct kmem_cache *cache = kmem_cache_create("test", 1024, 0, 0, NULL);
	const unsigned long pages = nr_slab_pages();
	bool went, whole;

	EXPECT(cache);
	EXPECT(take(cache, 0, OBJECTS / 2));
	hold_everything();
	let_go(1);
	went = goes_on_in_pages(cache, OBJECTS / 2);
	let_go(0);
	EXPECT(went);
	whole = give(cache, OBJECTS);
	EXPECT(whole);
	EXPECT(slab_check());
	EXPECT_EQ(kmem_cache_shrink(cache), 0);
	EXPECT_EQ(cache->node[0].nr_objects, 0);
	EXPECT(nr_slab_pages() <= pages);
	kmem_cache_destroy(cache);
}

SELFTEST(slab, doubling,
	 "a cache takes a page for its first objects, and each slab at most twice what is full")
{
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct kmem_cache *cache = kmem_cache_create("test", sizes[i], 0, 0, NULL);
		unsigned long pages = 0, before, slabs = 0;

		EXPECT(cache);
		for (unsigned int n = 0; n < OBJECTS; n++) {
			before = pages;
			EXPECT(take(cache, n, n + 1));
			if (cache->node[0].nr_slabs == slabs)
				continue;
			slabs = cache->node[0].nr_slabs;
			pages += shape_of(cache, object_slab(objects[n]))->pages;
			EXPECT(pages <= 3 * before + (sizes[i] > 2720 ? 4 : 1));
		}
		EXPECT(give(cache, OBJECTS));
		kmem_cache_destroy(cache);
	}
}

/* --- runs of pages ---------------------------------------------------------------------------- */

SELFTEST(slab, runs,
	 "a slab of objects of more than a page has as many pages as they fill, and no more")
{
	/* In DEBUG builds they fill none: a descriptor is before them, and more behind each. */
	static const struct {
		unsigned int size, pages, debug_pages;
	} some[] = { { 4608, 9, 8 },	   { 5120, 5, 14 },  { 6656, 13, 5 },
		     { 8192, 2, 15 },	   { 12288, 3, 13 }, { 20480, 5, 11 },
		     { 26624, 13, 7 },	   { 36864, 9, 10 }, { 1u << 20, 256, 257 },
		     { 1310720, 320, 321 } };

	for (unsigned int i = 0; i < ARRAY_SIZE(some); i++) {
		const unsigned long before = nr_slab_pages();
		struct kmem_cache *cache = kmem_cache_create("test", some[i].size, 0, 0, NULL);

		EXPECT(cache);
		EXPECT_EQ(cache->shape[SHAPE_WANTED].pages,
			  debug_build ? some[i].debug_pages : some[i].pages);
		EXPECT(take(cache, 0, some[i].size > 100000 ? 1 : 20));
		EXPECT(slab_check() && buddy_check());
		EXPECT(give(cache, some[i].size > 100000 ? 1 : 20));
		kmem_cache_destroy(cache);
		slab_reap();
		EXPECT(nr_slab_pages() <= before);
		EXPECT(buddy_check());
	}
}

/* What objects leave of so many pages, of which `before` bytes are no place for them. */
static unsigned long left_of(unsigned long pages, unsigned long before, unsigned long size)
{
	return before + ((pages << PAGE_SHIFT) - before) % size;
}

/* Would no other number of pages, up to 15, leave less of each page? */
static bool wastes_least(const struct kmem_cache *cache)
{
	const struct slab_shape *shape = &cache->shape[SHAPE_WANTED];
	const unsigned long before = debug_build ? shape->mgmt_size : 0, size = cache->size;

	for (unsigned long pages = 1; pages <= 15; pages++)
		if (pages << PAGE_SHIFT >= before + size)
			CHECK(left_of(shape->pages, before, size) * pages <=
			      left_of(pages, before, size) * shape->pages);
	return true;
}

SELFTEST(slab, runs_waste_least,
	 "no number of pages up to 15 leaves less of each page than the chosen one")
{
	for (unsigned int size = PAGE_SIZE + 64; size < 15 * PAGE_SIZE - 64; size += 320) {
		struct kmem_cache *cache = kmem_cache_create("test", size, 0, 0, NULL);
		bool least;

		EXPECT(cache);
		least = wastes_least(cache);
		kmem_cache_destroy(cache);
		EXPECT(least);
	}
}

SELFTEST(slab, large_sizes,
	 "of kmalloc() of any size above a page less than an eighth is not asked for")
{
	for (size_t size = PAGE_SIZE + 1; size <= KMALLOC_MAX_SIZE / 4;) {
		void *object = kmalloc(size, GFP_KERNEL);
		size_t usable = object ? ksize(object) : 0;

		EXPECT(object);
		kfree(object);
		EXPECT(usable >= size && (usable - size) * 8 < usable);
		size = usable + 1;
	}
}
