/*
 * random.c - thousands of random steps against a model; all of memory taken, and given back
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "mm/slab/slab.h"

/*
 * The model: which objects are held, and how large each is.  It says what must be: objects do not
 * overlap, are of their cache, and keep what is written into them.
 */
enum { HELD_MAX = 400, STEPS = 6000, CHECK_EVERY = 500, OWN_CACHES = 3 };

struct held {
	u8 *object;
	size_t size;
	struct kmem_cache *cache; /* NULL: of kmalloc */
	u8 mark;
};

SELFTEST_TABLE(struct held, held, HELD_MAX);
static unsigned int nr_held;
static struct kmem_cache *own[OWN_CACHES];

static bool overlaps(const u8 *object, size_t size)
{
	for (unsigned int i = 0; i < nr_held; i++)
		if (object < held[i].object + held[i].size && held[i].object < object + size)
			return true;
	return false;
}

/* Large objects are marked at both ends, small ones throughout. */
static size_t marked_part(size_t size)
{
	return min(size, (size_t)256);
}

static void mark(const struct held *h)
{
	size_t part = marked_part(h->size);

	memset(h->object, h->mark, part);
	memset(h->object + h->size - part, h->mark, part);
}

static bool marked(const struct held *h)
{
	size_t part = marked_part(h->size);

	for (size_t i = 0; i < part; i++)
		if (h->object[i] != h->mark || h->object[h->size - 1 - i] != h->mark)
			return false;
	return true;
}

/* Small sizes most of the time, up to 64 KiB now and then. */
static size_t random_size(struct rng *rng)
{
	unsigned int bits = rng_below(rng, 8) ? rng_below(rng, 9) : rng_below(rng, 17);

	return 1 + rng_below(rng, 1u << bits);
}

static bool model_alloc(struct rng *rng)
{
	struct held *h = &held[nr_held];
	unsigned int which = rng_below(rng, OWN_CACHES + 3);

	*h = (struct held){ .mark = (u8)rng_next(rng) };
	if (which < OWN_CACHES) {
		h->cache = own[which];
		h->object = kmem_cache_alloc(h->cache, GFP_KERNEL | __GFP_NOWARN);
		h->size = kmem_cache_size(h->cache);
	} else {
		h->size = random_size(rng);
		h->object = kmalloc(h->size, GFP_KERNEL | __GFP_NOWARN);
	}
	if (!h->object)
		return true; /* exhaustion is ordinary */
	CHECK(ksize(h->object) >= h->size);
	CHECK(!overlaps(h->object, h->size));
	mark(h);
	nr_held++;
	return true;
}

static bool model_free(unsigned int i)
{
	struct held h = held[i];

	CHECK(marked(&h));
	held[i] = held[--nr_held];
	if (h.cache)
		kmem_cache_free(h.cache, h.object);
	else
		kfree(h.object);
	return true;
}

static bool model_realloc(struct rng *rng, unsigned int i)
{
	struct held *h = &held[i];
	size_t size = random_size(rng), kept = min(size, h->size);
	u8 *moved;

	if (h->cache)
		return true;
	CHECK(marked(h));
	moved = krealloc(h->object, size, GFP_KERNEL | __GFP_NOWARN);
	if (!moved)
		return true;
	for (size_t n = 0; n < marked_part(h->size) && n < kept; n++)
		CHECK(moved[n] == h->mark);
	h->object = moved;
	h->size = size;
	mark(h);
	return true;
}

static bool model_step(struct rng *rng)
{
	if (nr_held == 0 || (nr_held < HELD_MAX && rng_below(rng, 2)))
		return model_alloc(rng);
	if (rng_below(rng, 8) == 0)
		return model_realloc(rng, rng_below(rng, nr_held));
	if (rng_below(rng, 300) == 0)
		slab_reap();
	return model_free(rng_below(rng, nr_held));
}

static bool random_steps(struct rng *rng)
{
	for (unsigned int step = 0; step < STEPS; step++) {
		CHECK(model_step(rng));
		if (step % CHECK_EVERY == 0)
			CHECK(slab_check());
	}
	return true;
}

SELFTEST(slab, random, "random sizes and caches agree with a model of what is held")
{
	static const unsigned int sizes[OWN_CACHES] = { 24, 200, 1500 };
	static const char *const names[OWN_CACHES] = { "test-24", "test-200", "test-1500" };
	struct rng rng;
	bool sound;

	for (unsigned int i = 0; i < OWN_CACHES; i++)
		EXPECT((own[i] = kmem_cache_create(names[i], sizes[i], 0, 0, NULL)));
	rng_seed(&rng, selftest_seed());
	nr_held = 0;
	sound = random_steps(&rng);
	while (nr_held)
		sound = model_free(nr_held - 1) && sound;
	EXPECT(slab_check());
	for (unsigned int i = 0; i < OWN_CACHES; i++)
		kmem_cache_destroy(own[i]);
	EXPECT(sound);
}

/* --- all of it -------------------------------------------------------------------------------- */

/* Takes objects, chained through their first word, until there are none. */
static unsigned long take_all(struct kmem_cache *cache, size_t size, void ***chain)
{
	unsigned long n = 0;
	void **object;

	for (;; n++) {
		object = cache ? kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN)
			       : kmalloc(size, GFP_KERNEL | __GFP_NOWARN);
		if (!object)
			return n;
		*object = *chain;
		*chain = object;
	}
}

/* The same, but what is left of the largest ones, and two of those: machines may be large. */
static void take_most(void ***chain)
{
	take_all(NULL, KMALLOC_MAX_SIZE, chain);
	for (unsigned int n = 0; n < 2 && *chain; n++) {
		void **object = *chain;

		*chain = *object;
		kfree(object);
	}
}

static void give_all(void **chain)
{
	while (chain) {
		void **object = chain;

		chain = *object;
		kfree(object);
	}
}

SELFTEST(slab, exhaustion,
	 "lowmem is taken down to the reserve by objects of all sizes, and all comes back")
{
	unsigned long before, taken = 0;
	void **chain = NULL;

	slab_reap();
	before = nr_slab_pages();
	for (size_t size = KMALLOC_MAX_SIZE; size >= KMALLOC_MIN_SIZE; size /= 2)
		taken += take_all(NULL, size, &chain);
	EXPECT(!kmalloc(8, GFP_KERNEL | __GFP_NOWARN));
	EXPECT(!alloc_page(GFP_KERNEL | __GFP_NOWARN));
	give_all(chain);
	EXPECT(taken > 0);
	EXPECT(slab_check());
	slab_reap();
	EXPECT_EQ(nr_slab_pages(), before);
}

SELFTEST(slab, exhaustion_cache, "a cache takes all there is, is refused, and gives it all back")
{
	struct kmem_cache *cache = kmem_cache_create("test", 2000, 0, 0, NULL);
	unsigned long taken;
	void **chain = NULL;

	EXPECT(cache);
	take_most(&chain);
	taken = take_all(cache, 0, &chain);
	EXPECT(taken > 1000);
	EXPECT(!kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN));
	give_all(chain);
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
}

SELFTEST(slab, reclaim,
	 "empty slabs are given up when a page is needed, but not for GFP_ATOMIC's sake")
{
	struct kmem_cache *cache = kmem_cache_create("test", 512, 0, SLAB_HWCACHE_ALIGN, NULL);
	void *objects[64], **chain = NULL;
	unsigned long kept;
	void *got;

	EXPECT(cache);
	EXPECT_EQ(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 64, objects), 64);
	take_most(&chain);
	take_all(NULL, 512, &chain);		  /* whose slabs are as large */
	kmem_cache_free_bulk(cache, 64, objects); /* the cache keeps some of the pages */
	kept = nr_slab_pages();
	while ((got = kmalloc(512, GFP_NOWAIT | __GFP_NOWARN))) {
		*(void **)got = chain;
		chain = got;
	}
	EXPECT(nr_slab_pages() >= kept);
	got = kmalloc(512, GFP_KERNEL | __GFP_NOWARN);
	give_all(chain);
	kfree(got);
	EXPECT(got);
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
}
