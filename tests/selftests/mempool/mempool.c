/*
 * mempool.c - claims about pools: the reserve, its order, its size, refusals, and memory used up
 */
#include <errno.h>

#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "mm/page/page.h"
#include "mm/slab/mempool.h"
#include "mm/vmap/vmap.h"

enum { SIZE = 512, RESERVE = 6 };

/* --- memory used up --------------------------------------------------------------------------- */

struct taken {
	struct taken *next;
};

/*
 * Every page, reclaimed ones included, large blocks first, and every object of that size that
 * kmalloc still has: in turn, for what the one gives back by its reclaim the other may have.
 */
static void use_up_memory(struct list_head *pages, struct taken **objects)
{
	struct page *page;
	struct taken *object;

	*objects = NULL;
	do {
		for (unsigned int order = MAX_ORDER; order-- > 0;)
			while ((page = alloc_pages(GFP_HIGHUSER | __GFP_NOWARN, order))) {
				page->private = order;
				list_add(&page->lru, pages);
			}
		while ((object = kmalloc(SIZE, GFP_KERNEL | __GFP_NOWARN))) {
			object->next = *objects;
			*objects = object;
		}
		page = alloc_page(GFP_KERNEL | __GFP_NOWARN);
		if (page) {
			page->private = 0;
			list_add(&page->lru, pages);
		}
	} while (page);
}

static void give_memory_back(struct list_head *pages, struct taken *objects)
{
	struct page *page, *next;

	while (objects) {
		struct taken *object = objects;

		objects = object->next;
		kfree(object);
	}
	list_for_each_entry_safe(page, next, pages, lru)
		__free_pages(page, (unsigned int)page->private);
}

/* Takes until the pool has none; returns how many. */
static unsigned int drain(mempool_t *pool, void **got, unsigned int max)
{
	unsigned int n = 0;

	while (n < max && (got[n] = mempool_alloc(pool, GFP_KERNEL | __GFP_NOWARN)))
		n++;
	return n;
}

static bool drain_without_memory(mempool_t *pool, unsigned int expected)
{
	void *got[2 * RESERVE];
	struct taken *objects;
	LIST_HEAD(pages);
	unsigned int n;

	use_up_memory(&pages, &objects);
	n = drain(pool, got, ARRAY_SIZE(got));
	give_memory_back(&pages, objects);
	for (unsigned int i = 0; i < n; i++)
		mempool_free(got[i], pool);
	CHECK(n == expected);
	CHECK(mempool_check());
	return true;
}

SELFTEST(mempool, kmalloc_reserve, "with memory used up, the reserve is served to its last element")
{
	mempool_t *pool = mempool_create_kmalloc_pool(RESERVE, SIZE);
	bool sound;

	EXPECT(pool);
	sound = drain_without_memory(pool, RESERVE);
	mempool_destroy(pool);
	EXPECT(sound);
}

SELFTEST(mempool, page_reserve, "a pool of pages is served when the buddy is empty")
{
	mempool_t *pool = mempool_create_page_pool(RESERVE, 0);
	bool sound;

	EXPECT(pool);
	sound = drain_without_memory(pool, RESERVE);
	mempool_destroy(pool);
	EXPECT(sound);
}

SELFTEST(mempool, slab_reserve, "a pool of a cache's objects has them when the cache cannot grow")
{
	struct kmem_cache *cache = kmem_cache_create("mempool_test", SIZE, 0, 0, NULL);
	mempool_t *pool;
	bool sound;

	EXPECT(cache);
	pool = mempool_create_slab_pool(RESERVE, cache);
	EXPECT(pool);
	{
		void *got[64];
		struct taken *objects;
		LIST_HEAD(pages);
		unsigned int n, left = 0;

		use_up_memory(&pages, &objects);
		n = drain(pool, got, ARRAY_SIZE(got));
		give_memory_back(&pages, objects);
		while (left < n)
			mempool_free(got[left++], pool);
		sound = n >= RESERVE && n < ARRAY_SIZE(got) && mempool_check();
	}
	mempool_destroy(pool);
	kmem_cache_destroy(cache);
	EXPECT(sound);
}

/* --- the reserve ------------------------------------------------------------------------------ */

/* An allocator that may be switched off: what comes while it is, is the reserve's. */
static bool source_dry;
static unsigned int source_out;

static void *source_alloc(gfp_t gfp, void *pool_data)
{
	void *element = source_dry ? NULL : mempool_kmalloc(gfp, pool_data);

	source_out += element != NULL;
	return element;
}

static void source_free(void *element, void *pool_data)
{
	source_out--;
	mempool_kfree(element, pool_data);
}

static mempool_t *source_pool(int min_nr)
{
	source_dry = false;
	source_out = 0;
	return mempool_create(min_nr, source_alloc, source_free, (void *)64ul);
}

SELFTEST(mempool, order, "the reserve is last in, first out, and is filled before memory is freed")
{
	mempool_t *pool = source_pool(3);
	struct mempool_state s;
	void *a, *b, *c;

	EXPECT(pool);
	EXPECT_EQ(source_out, 3);
	source_dry = true;
	a = mempool_alloc(pool, GFP_KERNEL);
	b = mempool_alloc(pool, GFP_KERNEL);
	c = mempool_alloc(pool, GFP_KERNEL);
	EXPECT(a && b && c && a != b && b != c && a != c);
	EXPECT(!mempool_alloc(pool, GFP_KERNEL | __GFP_NOWARN));
	mempool_free(b, pool);
	EXPECT_EQ(mempool_alloc(pool, GFP_ATOMIC), b);
	mempool_free(a, pool);
	mempool_free(c, pool);
	EXPECT_EQ(mempool_alloc(pool, GFP_ATOMIC), c);
	mempool_free(c, pool);
	mempool_free(b, pool);
	mempool_state(pool, &s);
	EXPECT_EQ(s.curr_nr, 3);
	EXPECT_EQ(s.in_use, 0);
	EXPECT_EQ(source_out, 3);
	source_dry = false;
	a = mempool_alloc(pool, GFP_KERNEL);
	EXPECT_EQ(source_out, 4); /* the reserve is not touched while there is memory */
	mempool_free(a, pool);
	EXPECT_EQ(source_out, 3);
	mempool_destroy(pool);
	EXPECT_EQ(source_out, 0);
}

SELFTEST(mempool, resize, "a reserve grows and shrinks, elements in use notwithstanding")
{
	mempool_t *pool = source_pool(4);
	struct mempool_state s;
	void *element;

	EXPECT(pool);
	element = mempool_alloc(pool, GFP_KERNEL);
	EXPECT_EQ(mempool_resize(pool, 10), 0);
	EXPECT_EQ(source_out, 11);
	EXPECT_EQ(mempool_resize(pool, 2), 0);
	EXPECT_EQ(source_out, 3);
	source_dry = true;
	EXPECT_EQ(mempool_resize(pool, 5), 0); /* what is missing comes with frees */
	mempool_state(pool, &s);
	EXPECT_EQ(s.curr_nr, 2);
	mempool_free(element, pool);
	mempool_state(pool, &s);
	EXPECT_EQ(s.curr_nr, 3);
	EXPECT_EQ(s.min_nr, 5);
	EXPECT(mempool_check());
	mempool_destroy(pool);
	EXPECT_EQ(source_out, 0);
}

SELFTEST(mempool, create_fails, "a reserve that cannot be filled gives no pool and loses nothing")
{
	source_dry = true;
	source_out = 0;
	EXPECT(!mempool_create(3, source_alloc, source_free, (void *)64ul));
	EXPECT_EQ(source_out, 0);
}

SELFTEST(mempool, listed, "every pool is on the list while it lives")
{
	mempool_t *a = source_pool(1), *b = source_pool(1), *seen;
	unsigned int found = 0;

	EXPECT(a && b);
	for (seen = mempool_next(NULL); seen; seen = mempool_next(seen))
		found += seen == a || seen == b;
	EXPECT_EQ(found, 2);
	mempool_destroy(a);
	mempool_destroy(b);
	for (seen = mempool_next(NULL); seen; seen = mempool_next(seen))
		EXPECT(seen != a && seen != b);
}

/* --- refusals: named, and nothing changed ----------------------------------------------------- */

SELFTEST(mempool, refusals, "bad requests, wrong elements and a destruction in use are refused")
{
	mempool_t *pool = mempool_create_kmalloc_pool(2, SIZE);
	void *element, *small = kmalloc(32, GFP_KERNEL), *other = kmalloc(SIZE, GFP_KERNEL);
	struct mempool_state s;

	EXPECT(pool && small && other);
	EXPECT_BUG("more freed than taken", mempool_free(other, pool));
	element = mempool_alloc(pool, GFP_KERNEL);
	EXPECT(element);
	EXPECT_BUG("destroyed in use", mempool_destroy(pool));
	EXPECT_BUG("wrong pool", mempool_free(small, pool));
	EXPECT_BUG("NULL pool", mempool_free(element, NULL));
	EXPECT_BUG("NULL pool", EXPECT(!mempool_alloc(NULL, GFP_KERNEL)));
	EXPECT_BUG("cannot clear", EXPECT(!mempool_alloc(pool, GFP_KERNEL | __GFP_ZERO)));
	EXPECT_BUG("bad request", EXPECT_EQ(mempool_resize(pool, 0), -EINVAL));
	EXPECT_BUG("bad request", EXPECT(!mempool_create_kmalloc_pool(0, SIZE)));
	EXPECT_BUG("bad request", EXPECT(!mempool_create_kmalloc_pool(1, 0)));
	EXPECT_BUG("bad request", EXPECT(!mempool_create(1, NULL, mempool_kfree, NULL)));
	mempool_free(NULL, pool);
	mempool_destroy(NULL);
	mempool_state(pool, &s);
	mempool_free(element, pool);
	EXPECT_EQ(s.in_use, 1);
	EXPECT_EQ(s.curr_nr, 2);
	EXPECT_EQ(s.min_nr, 2);
	EXPECT(mempool_check());
	mempool_destroy(pool);
	kfree(small);
	kfree(other);
}

SELFTEST(mempool, wrong_cache,
	 "a cache's pool refuses another cache's object of its size, and counts on")
{
	struct kmem_cache *cache = kmem_cache_create("test", 64, 0, 0, NULL);
	void *object, *foreign = kmalloc(64, GFP_KERNEL);
	struct mempool_state state;
	mempool_t *pool;

	EXPECT(cache && foreign);
	pool = mempool_create_slab_pool(1, cache);
	EXPECT(pool);
	object = mempool_alloc(pool, GFP_KERNEL);
	EXPECT(object);
	EXPECT_BUG("wrong pool", mempool_free(foreign, pool));
	mempool_state(pool, &state);
	EXPECT_EQ(state.in_use, 1);
	mempool_free(object, pool);
	mempool_destroy(pool);
	kmem_cache_destroy(cache);
	kfree(foreign);
}

SELFTEST(mempool, wrong_page, "a pool of pages refuses what is no block of its order")
{
	mempool_t *pool = mempool_create_page_pool(1, 1);
	struct page *single = alloc_page(GFP_KERNEL), *block;

	EXPECT(pool && single);
	block = mempool_alloc(pool, GFP_KERNEL);
	EXPECT(block);
	EXPECT_BUG("wrong pool", mempool_free(single, pool));
	EXPECT_BUG("wrong pool", mempool_free(block + 1, pool));
	EXPECT_BUG("wrong pool", mempool_free((void *)8, pool));
	mempool_free(block, pool);
	mempool_destroy(pool);
	__free_page(single);
}

SELFTEST(mempool, wrong_family,
	 "a pool of pages refuses a page that another family has, and counts on")
{
	mempool_t *pool = mempool_create_page_pool(1, 0);
	void *object = kmalloc(64, GFP_KERNEL), *area = vmalloc(PAGE_SIZE);
	struct mempool_state state;
	struct page *page;

	EXPECT(pool && object && area);
	page = mempool_alloc(pool, GFP_KERNEL);
	EXPECT(page && page_order(virt_to_page(object)) == 0);
	EXPECT_BUG("wrong pool", mempool_free(virt_to_page(object), pool));
	EXPECT_BUG("wrong pool", mempool_free(vmalloc_to_page(area), pool));
	mempool_state(pool, &state);
	EXPECT_EQ(state.in_use, 1);
	mempool_free(page, pool);
	mempool_destroy(pool);
	vfree(area);
	kfree(object);
}

SELFTEST(mempool, double_free, "an element that is in reserve already is seen in DEBUG builds")
{
	mempool_t *pool = source_pool(2);
	void *a, *b;

	EXPECT(pool);
	source_dry = true;
	a = mempool_alloc(pool, GFP_KERNEL);
	b = mempool_alloc(pool, GFP_KERNEL);
	EXPECT(a && b);
	mempool_free(a, pool);
	if (debug_build)
		EXPECT_BUG("double free", mempool_free(a, pool));
	mempool_free(b, pool);
	EXPECT_BUG(debug_build ? "double free" : "more freed than taken", mempool_free(b, pool));
	EXPECT(mempool_check());
	mempool_destroy(pool);
	EXPECT_EQ(source_out, 0);
}

/* --- against a model -------------------------------------------------------------------------- */

/*
 * The model: elements that are held, and how large the reserve may be.  What was taken is what the
 * source gave out, less the reserve.
 */
static bool random_steps(struct rng *rng, mempool_t *pool)
{
	enum { HELD_MAX = 40, STEPS = 3000 };
	void *held[HELD_MAX];
	unsigned int n = 0;
	struct mempool_state s;

	for (unsigned int step = 0; step < STEPS; step++) {
		source_dry = rng_below(rng, 3) == 0;
		if (rng_below(rng, 50) == 0)
			CHECK(mempool_resize(pool, 1 + (int)rng_below(rng, 20)) == 0);
		if (n < HELD_MAX && rng_below(rng, 2)) {
			held[n] = mempool_alloc(pool, GFP_KERNEL | __GFP_NOWARN);
			CHECK(held[n] || source_dry);
			n += held[n] != NULL;
		} else if (n) {
			unsigned int i = rng_below(rng, n);

			mempool_free(held[i], pool);
			held[i] = held[--n];
		}
		mempool_state(pool, &s);
		CHECK(s.in_use == (int)n && s.curr_nr <= s.min_nr);
		CHECK(source_out == n + (unsigned int)s.curr_nr);
		CHECK(step % 100 || mempool_check());
	}
	while (n)
		mempool_free(held[--n], pool);
	return true;
}

SELFTEST(mempool, random, "random takes, frees and resizes agree with a count of what is out")
{
	mempool_t *pool = source_pool(5);
	struct rng rng;

	EXPECT(pool);
	rng_seed(&rng, selftest_seed());
	EXPECT(random_steps(&rng, pool));
	mempool_destroy(pool);
	EXPECT_EQ(source_out, 0);
}
