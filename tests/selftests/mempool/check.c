/*
 * check.c - claims about pools that somebody has written over, and about what mempool_check() counts
 *
 *	a sound pool ──> one word of it changes ──> the checker names M1 to M4, and the pool
 *	                                        └─> DEBUG: the next use of its reserve mends it
 *
 * Every word is put right again before the test ends.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "mm/page/page_impl.h"
#include "mm/slab/mempool_impl.h"
#include "tests/selftests/told/verdict.h"

enum { RESERVE = 3, LONG_RESERVE = 66, COMPARED = 64 };

/* --- the checker ------------------------------------------------------------------------------ */

#define SAYS(...)     checker_says("mempool", __VA_ARGS__)
#define COUNTED(noun) checker_count("mempool", noun)

SELFTEST(mempool, check_counts, "the checker counts each pool, and each element in reserve")
{
	const unsigned long pools = COUNTED("pools"), elements = COUNTED("elements in reserve");
	mempool_t *a = mempool_create_kmalloc_pool(RESERVE, 64);
	mempool_t *b = mempool_create_page_pool(2, 0);

	EXPECT(a && b);
	EXPECT_EQ(COUNTED("pools"), pools + 2);
	EXPECT_EQ(COUNTED("elements in reserve"), elements + RESERVE + 2);
	mempool_destroy(b);
	EXPECT_EQ(COUNTED("pools"), pools + 1);
	EXPECT_EQ(COUNTED("elements in reserve"), elements + RESERVE);
	mempool_destroy(a);
	EXPECT_EQ(COUNTED("pools"), pools);
}

static bool numbers_are_seen(mempool_t *pool)
{
	static const int wrong[][2] = { { RESERVE + 1, RESERVE }, { -1, RESERVE }, { 0, 0 } };

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		pool->curr_nr = wrong[i][0];
		pool->min_nr = wrong[i][1];
		CHECK(SAYS("M1: pool %p has %d elements of %d", (void *)pool, wrong[i][0],
			   wrong[i][1]));
	}
	pool->min_nr = RESERVE;
	pool->curr_nr = 0;
	CHECK(mempool_check()); /* none left is no fault */
	pool->curr_nr = RESERVE;
	CHECK(mempool_check());
	return true;
}

static bool words_are_seen(mempool_t *pool)
{
	void **elements = pool->elements, *other = kmalloc(64, GFP_KERNEL);
	struct list_head *prev = pool->list.prev;

	CHECK(other);
	pool->in_use = -1;
	CHECK(SAYS("M3: pool %p: -1 in use", (void *)pool));
	pool->in_use = 0;
	pool->magic = 1;
	CHECK(SAYS("M4: pool %p: magic 0x1", (void *)pool));
	pool->magic = MEMPOOL_MAGIC;
	pool->elements = other;
	CHECK(SAYS("M1: pool %p: its reserve at %p is no memory of its own", (void *)pool, other));
	pool->elements = elements;
	pool->list.prev = &pool->list;
	CHECK(checker_verdict("mempool").verdict == CHECK_BROKEN &&
	      strstr(checker_verdict("mempool").text, "the list of pools, at "));
	pool->list.prev = prev;
	kfree(other);
	return mempool_check();
}

/* With element i that one. */
static bool element_is_seen(mempool_t *pool, int i, void *wrong)
{
	void *const right = pool->elements[i];
	bool seen;

	pool->elements[i] = wrong;
	seen = SAYS("M2: pool %p: element %d of its reserve is %p", (void *)pool, i, wrong);
	pool->elements[i] = right;
	return seen && mempool_check();
}

SELFTEST(mempool, check_pool, "each word of a pool that cannot be is named by the checker")
{
	mempool_t *pool = mempool_create_kmalloc_pool(RESERVE, 64);
	char *last;

	EXPECT(pool);
	EXPECT(numbers_are_seen(pool));
	EXPECT(words_are_seen(pool));
	last = pool->elements[RESERVE - 1];
	EXPECT(element_is_seen(pool, 0, NULL));
	EXPECT(element_is_seen(pool, RESERVE - 1, NULL));
	EXPECT(element_is_seen(pool, 1, last + 8)); /* no object begins there */
	EXPECT(element_is_seen(pool, RESERVE - 1, pool->elements[0]));
	EXPECT(element_is_seen(pool, RESERVE - 1, pool->elements[1]));
	mempool_destroy(pool);
}

SELFTEST(mempool, check_pages, "an element of a pool of pages is a block of its order, in use")
{
	mempool_t *pool = mempool_create_page_pool(RESERVE, 1);
	struct page *single = alloc_page(GFP_KERNEL), *block = alloc_pages(GFP_KERNEL, 1);

	EXPECT(pool && single && block);
	EXPECT(element_is_seen(pool, 1, single));
	EXPECT(element_is_seen(pool, 1, block + 1));
	EXPECT(element_is_seen(pool, 1, mem_map + mem_map_pages));
	EXPECT(element_is_seen(pool, 1, mem_map - 1));
	__free_pages(block, 1);
	EXPECT(element_is_seen(pool, 1, block));
	__free_page(single);
	mempool_destroy(pool);
}

/* --- mending ---------------------------------------------------------------------------------- */

static bool dry;

static void *source_alloc(gfp_t gfp, void *pool_data)
{
	return dry ? NULL : mempool_kmalloc(gfp, pool_data);
}

static mempool_t *source_pool(int min_nr)
{
	dry = false;
	return mempool_create(min_nr, source_alloc, mempool_kfree, (void *)64ul);
}

/* What the reserve gives next, after it has been named as broken once. */
static bool gives_after_mending(mempool_t *pool, const void *wanted, int said)
{
	void *element;

	dry = true;
	CHECK_BUG("broken reserve", element = mempool_alloc(pool, GFP_KERNEL | __GFP_NOWARN));
	CHECK(selftest_bug_was("mempool", pool, "elements of the pool, each once", "%d, it said",
			       said));
	CHECK(element == wanted);
	if (element)
		mempool_free(element, pool);
	return mempool_check();
}

SELFTEST(mempool, mend_element, "what is no element, or there twice, is dropped and not handed out")
{
	mempool_t *pool = source_pool(RESERVE);
	void *first, *last;

	EXPECT(pool);
	if (!debug_build) {
		mempool_destroy(pool);
		SKIP("only DEBUG builds look");
	}
	first = pool->elements[0];
	last = pool->elements[RESERVE - 1];
	pool->elements[RESERVE - 1] = NULL;
	EXPECT(gives_after_mending(pool, pool->elements[RESERVE - 2], RESERVE));
	kfree(last);
	EXPECT_EQ(pool->curr_nr, RESERVE - 1);
	last = pool->elements[1];
	pool->elements[1] = first;
	EXPECT(gives_after_mending(pool, first, RESERVE - 1));
	EXPECT_EQ(pool->curr_nr, 1);
	kfree(last);
	mempool_destroy(pool);
}

SELFTEST(mempool, mend_number, "of a reserve that says it has more than it can, nothing is given")
{
	static const int wrong[] = { RESERVE + 1, -1 };

	if (!debug_build)
		SKIP("only DEBUG builds look");
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		mempool_t *pool = source_pool(RESERVE);
		void *element[RESERVE];

		EXPECT(pool);
		memcpy(element, pool->elements, sizeof(element));
		pool->curr_nr = wrong[i];
		EXPECT(gives_after_mending(pool, NULL, wrong[i]));
		EXPECT_EQ(pool->curr_nr, 0);
		for (unsigned int n = 0; n < RESERVE; n++)
			kfree(element[n]);
		mempool_destroy(pool);
	}
}

SELFTEST(mempool, mend_far, "an element is compared with the 64 that came before it")
{
	const int top = LONG_RESERVE - 1;
	mempool_t *pool = source_pool(LONG_RESERVE);
	void *last;

	EXPECT(pool);
	if (!debug_build) {
		mempool_destroy(pool);
		SKIP("only DEBUG builds look");
	}
	last = pool->elements[top];
	pool->elements[top] = pool->elements[top - COMPARED];
	EXPECT(gives_after_mending(pool, pool->elements[top - 1], LONG_RESERVE));
	kfree(last);
	mempool_destroy(pool);
}
