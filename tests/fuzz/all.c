/*
 * all.c - every family in one input, the ones' memory being the others', and allocations that fail
 *
 *	object   [ pages | kmalloc | cache | vmalloc | per CPU | pool | kmap ]   its bytes are its mark's
 *	input    operation, …; "of the next requests the nth fails"
 *
 * DEBUG builds let allocations fail when the input says so: what was asked for is then there or not, and
 * nothing is lost.  Other builds go on without.
 *
 * Claims: contents are kept, all checkers hold, no page is lost.
 *
 * Read next: kernel/inject.h; stress.c in kernel/stress, which does the like at the prompt.
 */
#include <string.h>

#include "mm/account/account.h"
#include "kernel/inject.h"
#include "mm/page/page.h"
#include "mm/percpu/percpu.h"
#include "mm/slab/mempool.h"
#include "mm/vmap/vmap.h"
#include "mm/window/kmap.h"
#include "tests/fuzz/fuzz.h"

enum { OBJECTS = 64 };

/* What there is of everything: each takes an object of so many bytes, and gives it back. */
struct source {
	size_t most; /* bytes */
	void *(*take)(size_t bytes);
	void (*give)(void *object, size_t bytes);
	void *(*contents)(void *object); /* NULL: where an access costs a fault */
};

static struct object {
	const struct source *of; /* NULL: none */
	void *at;
	size_t bytes;
	u32 mark;
} objects[OBJECTS];

static struct kmem_cache *cache;
static mempool_t *pool;

/* --- sources ---------------------------------------------------------------------------------- */

static void *take_pages(size_t bytes)
{
	return (void *)__get_free_pages(GFP_KERNEL | __GFP_NOWARN, get_order(bytes));
}

static void give_pages(void *object, size_t bytes)
{
	free_pages((unsigned long)object, get_order(bytes));
}

static void *take_exact(size_t bytes)
{
	return alloc_pages_exact(bytes, GFP_KERNEL | __GFP_NOWARN);
}

static void *take_kmalloc(size_t bytes)
{
	return kmalloc(bytes, GFP_KERNEL | __GFP_NOWARN);
}

static void *take_atomic(size_t bytes)
{
	return kmalloc(bytes, GFP_ATOMIC | __GFP_NOWARN);
}

static void give_kmalloc(void *object, size_t bytes __unused)
{
	kfree(object);
}

static void *take_either(size_t bytes)
{
	return kvmalloc(bytes, GFP_KERNEL | __GFP_NOWARN);
}

static void give_either(void *object, size_t bytes __unused)
{
	kvfree(object);
}

static void *take_cached(size_t bytes __unused)
{
	return cache ? kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN) : NULL;
}

static void give_cached(void *object, size_t bytes __unused)
{
	kmem_cache_free(cache, object);
}

static void *take_vmalloc(size_t bytes)
{
	return __vmalloc(bytes, GFP_KERNEL | __GFP_NOWARN);
}

static void give_vmalloc(void *object, size_t bytes __unused)
{
	vfree(object);
}

static void *take_percpu(size_t bytes)
{
	return __alloc_percpu_gfp(bytes, 8, GFP_KERNEL | __GFP_NOWARN);
}

static void give_percpu(void *object, size_t bytes __unused)
{
	free_percpu(object);
}

static void *take_pooled(size_t bytes __unused)
{
	return pool ? mempool_alloc(pool, GFP_NOWAIT | __GFP_NOWARN) : NULL;
}

static void give_pooled(void *object, size_t bytes __unused)
{
	mempool_free(object, pool);
}

/* A page of highmem, with an address by kmap(). */
static void *take_shown(size_t bytes __unused)
{
	struct page *page = alloc_page(GFP_HIGHUSER | __GFP_NOWARN);
	void *at = page ? kmap(page) : NULL;

	if (page && !at)
		__free_page(page);
	return at;
}

static void give_shown(void *object, size_t bytes __unused)
{
	struct page *page = kmap_to_page(object);

	kunmap(page);
	kmap_flush_unused();
	__free_page(page);
}

static void *as_it_is(void *object)
{
	return object;
}

static void *this_cpus(void *object)
{
	return this_cpu_ptr((char *)object);
}

static const struct source sources[] = {
	{ 3 * PAGE_SIZE, take_pages, give_pages, as_it_is },
	{ 5 * PAGE_SIZE, take_exact, free_pages_exact, as_it_is },
	{ 3 * PAGE_SIZE, take_kmalloc, give_kmalloc, as_it_is },
	{ 300, take_kmalloc, give_kmalloc, as_it_is },
	{ 300, take_atomic, give_kmalloc, as_it_is },
	{ 40, take_cached, give_cached, as_it_is },
	{ 5 * PAGE_SIZE, take_vmalloc, give_vmalloc, NULL },
	{ 5 * PAGE_SIZE, take_either, give_either, NULL },
	{ 600, take_percpu, give_percpu, this_cpus },
	{ 72, take_pooled, give_pooled, as_it_is },
	{ PAGE_SIZE, take_shown, give_shown, NULL },
};

/* --- operations ------------------------------------------------------------------------------- */

static struct object *empty_place(void)
{
	for (struct object *o = objects; o < objects + OBJECTS; o++)
		if (!o->of)
			return o;
	return NULL;
}

static struct object *choose(struct fuzz_input *in)
{
	const unsigned int first = fuzz_below(in, OBJECTS);

	for (unsigned int i = 0; i < OBJECTS; i++)
		if (objects[(first + i) % OBJECTS].of)
			return &objects[(first + i) % OBJECTS];
	return NULL;
}

static void expect_marked(const struct object *o)
{
	if (o->of->contents)
		FUZZ_CHECK(fuzz_is_marked(o->of->contents(o->at), o->bytes, o->mark));
}

static void take(struct fuzz_input *in)
{
	const struct source *of = &sources[fuzz_below(in, ARRAY_SIZE(sources))];
	const size_t bytes = 1 + fuzz_below(in, (u32)of->most);
	struct object *o = empty_place();
	void *at = o ? of->take(bytes) : NULL;

	if (!at)
		return;
	*o = (struct object){ of, at, bytes, fuzz_step * 0x9e3779b9u };
	if (of->contents)
		fuzz_mark(of->contents(at), bytes, o->mark);
}

static void give_one(struct object *o)
{
	const struct source *of = o->of;

	expect_marked(o);
	o->of = NULL;
	of->give(o->at, o->bytes);
}

static void give(struct fuzz_input *in)
{
	struct object *o = choose(in);

	if (o)
		give_one(o);
}

static void look(struct fuzz_input *in)
{
	struct object *o = choose(in);

	if (o)
		expect_marked(o);
}

static void settle(struct fuzz_input *in)
{
	const u8 how = fuzz_u8(in);

	if (how & 1)
		drain_all_pages(NULL);
	if (how >= 0xc0)
		slab_reap();
	if (how & 2)
		kmap_flush_unused();
}

static void create(struct fuzz_input *in)
{
	if (!cache)
		cache = kmem_cache_create("fuzz-all", 40, 0,
					  fuzz_u8(in) & 1 ? SLAB_HWCACHE_ALIGN : 0, NULL);
	if (!pool)
		pool = mempool_create_kmalloc_pool(1 + (int)fuzz_below(in, 5), 72);
}

static void check(struct fuzz_input *in)
{
	fuzz_ask(in, balance_check);
}

/* --- requests that fail ----------------------------------------------------------------------- */

static u64 fails; /* bit n: the nth request from now on */

static bool has_to_fail(const struct inject_request *request __unused)
{
	const bool now = fails & 1;

	fails >>= 1;
	return now;
}

static void starve(struct fuzz_input *in)
{
	fails = fuzz_u8(in);
	fails |= fuzz_u8(in) & 1 ? (u64)fuzz_u32(in) << 8 : 0;
}

/* --- one input -------------------------------------------------------------------------------- */

static void (*const operations[])(struct fuzz_input *in) = {
	take, take, take, take, take, give, give, give, look, settle, create, starve, check,
};

static void give_all(void)
{
	for (struct object *o = objects; o < objects + OBJECTS; o++)
		if (o->of)
			give_one(o);
	kmem_cache_destroy(cache);
	mempool_destroy(pool);
}

static void run(const u8 *data, size_t size)
{
	struct fuzz_input in = fuzz_read(data, size);

	memset(objects, 0, sizeof(objects));
	cache = NULL;
	pool = NULL;
	fails = 0;
	if (debug_build)
		inject_set_hook(has_to_fail);
	while (fuzz_next(&in))
		operations[fuzz_below(&in, ARRAY_SIZE(operations))](&in);
	if (debug_build)
		inject_set_hook(NULL);
	give_all();
	fuzz_expect_whole();
}

FUZZ_TARGET(all, "every family at once, and allocations that fail (DEBUG=1)", run);
