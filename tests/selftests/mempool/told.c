/*
 * told.c - claims that what pools refuse is named field by field; and what they ask their allocator for
 */
#include <errno.h>

#include "kernel/irq.h"
#include "mm/page/page.h"
#include "mm/slab/mempool_impl.h"
#include "tests/selftests/told/told.h"

enum { SIZE = 512 };

SELFTEST(mempool, told, "a pool that cannot be made or used is refused with what was asked for")
{
	mempool_t *pool = mempool_create_kmalloc_pool(2, SIZE), none = {};
	void *element, *small = kmalloc(32, GFP_KERNEL), *other = kmalloc(SIZE, GFP_KERNEL);
#define TOLD(...) TOLD_BY("mempool", selftest_mempool_told, __VA_ARGS__)

	EXPECT(pool && small && other);
	TOLD("bad request", NULL, "1 element or more, two functions", "0 elements",
	     EXPECT(!mempool_create_kmalloc_pool(0, SIZE)));
	TOLD("bad request", NULL, "1 element or more, two functions", "-7 elements",
	     EXPECT(!mempool_create_kmalloc_pool(-7, SIZE)));
	TOLD("bad request", NULL, "1 element or more, two functions", "1 elements",
	     EXPECT(!mempool_create(1, mempool_kmalloc, NULL, (void *)8ul)));
	TOLD("bad request", NULL, "elements of 1 byte or more", "0 bytes",
	     EXPECT(!mempool_create_kmalloc_pool(1, 0)));
	TOLD("bad request", NULL, "a cache", "NULL", EXPECT(!mempool_create_slab_pool(1, NULL)));
	TOLD("bad request", pool, "1 element or more", "0",
	     EXPECT_EQ(mempool_resize(pool, 0), -EINVAL));
	TOLD("NULL pool", NULL, "a pool that lives", "magic 0x0",
	     EXPECT_EQ(mempool_resize(NULL, 1), -EINVAL));
	TOLD("no pool", &none, "a pool that lives", "magic 0x0", mempool_destroy(&none));
	TOLD("cannot clear", pool, "no __GFP_ZERO",
	     told_line("gfp 0x%lx", (unsigned long)(GFP_KERNEL | __GFP_ZERO)),
	     EXPECT(!mempool_alloc(pool, GFP_KERNEL | __GFP_ZERO)));
	TOLD("more freed than taken", other, "an element in use",
	     debug_build ? "0 in use" : "0 in use, or one was freed twice before",
	     mempool_free(other, pool));
	EXPECT((element = mempool_alloc(pool, GFP_KERNEL)));
	TOLD("wrong pool", small, "an element of the pool's size", "32 bytes",
	     mempool_free(small, pool));
	TOLD("destroyed in use", pool, "no element in use", "1", mempool_destroy(pool));
	mempool_free(element, pool);
	mempool_destroy(pool);
	kfree(small);
	kfree(other);
#undef TOLD
}

SELFTEST(mempool, told_of_pages, "what is no block of a pool's order is named, beside mem_map too")
{
	const char *const expected = "a block of the pool's order", *const found = "not of order 1";
	mempool_t *pool = mempool_create_page_pool(1, 1);
	struct page *single = alloc_page(GFP_KERNEL), *block, *end = mem_map + mem_map_pages;
#define TOLD(...) TOLD_BY("mempool", selftest_mempool_told_of_pages, "wrong pool", __VA_ARGS__)

	EXPECT(pool && single && (block = mempool_alloc(pool, GFP_KERNEL)));
	TOLD(single, expected, found, mempool_free(single, pool));
	TOLD(block + 1, expected, found, mempool_free(block + 1, pool));
	TOLD(mem_map - 1, expected, found, mempool_free(mem_map - 1, pool));
	TOLD(end, expected, found, mempool_free(end, pool));
	mempool_free(block, pool);
	mempool_destroy(pool);
	__free_page(single);
#undef TOLD
}

/* --- in an interrupt -------------------------------------------------------------------------- */

struct call {
	mempool_t *pool;
	int result;
};

static void create_it(void *arg)
{
	struct call *call = arg;

	call->pool = mempool_create_kmalloc_pool(1, SIZE);
	call->result = 1; /* so that this is no call that it returns past */
}

static void resize_it(void *arg)
{
	struct call *call = arg;

	call->result = mempool_resize(call->pool, 5);
}

static void destroy_it(void *arg)
{
	struct call *call = arg;

	mempool_destroy(call->pool);
	call->result = 2;
}

SELFTEST(mempool, told_of_interrupts, "pools are not made, resized or destroyed in an interrupt")
{
	struct call call = {};
	struct mempool_state state;
	mempool_t *pool;
#define TOLD(...) TOLD_BY("mempool", __VA_ARGS__)

	if (arch_irqs_disabled())
		SKIP("interrupts are masked");
	TOLD(create_it, "may not wait here", NULL, "no interrupt", "one",
	     irq_call(create_it, &call));
	EXPECT(!call.pool);
	EXPECT((pool = call.pool = mempool_create_kmalloc_pool(1, SIZE)));
	TOLD(resize_it, "may not wait here", pool, "no interrupt", "one",
	     irq_call(resize_it, &call));
	EXPECT_EQ(call.result, -EINVAL);
	TOLD(destroy_it, "may not wait here", pool, "no interrupt", "one",
	     irq_call(destroy_it, &call));
	mempool_state(pool, &state);
	EXPECT_EQ(state.min_nr, 1);
	EXPECT_EQ(state.curr_nr, 1);
	EXPECT(mempool_check());
	mempool_destroy(pool);
#undef TOLD
}

/* --- what is asked of the allocator ----------------------------------------------------------- */

static struct {
	bool dry;
	unsigned int times;
	gfp_t gfp[4];
} asked;

static void *asked_alloc(gfp_t gfp, void *pool_data)
{
	if (asked.times < ARRAY_SIZE(asked.gfp))
		asked.gfp[asked.times] = gfp;
	asked.times++;
	return asked.dry ? NULL : mempool_kmalloc(gfp, pool_data);
}

static void *ask(mempool_t *pool, gfp_t gfp)
{
	asked.times = 0;
	return mempool_alloc(pool, gfp);
}

SELFTEST(mempool, asks, "reclaim is for when the reserve is used up, and for who may wait for it")
{
	const gfp_t easy = (GFP_KERNEL & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN;
	const gfp_t quiet = GFP_KERNEL | __GFP_NOWARN;
	mempool_t *pool;
	void *element;
	int resized;

	asked.dry = false;
	EXPECT((pool = mempool_create(1, asked_alloc, mempool_kfree, (void *)64ul)));
	asked.dry = true;
	EXPECT((element = ask(pool, GFP_KERNEL)));
	EXPECT_EQ(asked.times, 1);
	EXPECT_EQ(asked.gfp[0], easy);
	EXPECT(!ask(pool, quiet));
	EXPECT_EQ(asked.times, 2);
	EXPECT_EQ(asked.gfp[0], easy);
	EXPECT_EQ(asked.gfp[1], quiet);
	EXPECT(!ask(pool, GFP_ATOMIC | __GFP_NOWARN));
	EXPECT_EQ(asked.times, 1);
	EXPECT_EQ(asked.gfp[0], GFP_ATOMIC | __GFP_NOWARN);
	resized = mempool_resize(pool, 2); /* asks once, quietly, and is content */
	mempool_free(element, pool);
	mempool_destroy(pool);
	EXPECT_EQ(resized, 0);
}
