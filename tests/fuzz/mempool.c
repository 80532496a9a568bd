/*
 * mempool.c - pools: a reserve that is there when memory is not, against who has which element
 *
 *	pool      [ kmalloc 100, reserve 3, 5 in use | - | pages, order 1 | … ]
 *	element   [ of pool 0 | of pool 2 | - | … ]
 *
 * Claims: what is in use, and what is in reserve, is what was taken and given; elements keep their bytes; a
 * pool in use is not destroyed; an element that was given back is not taken back again.
 *
 * Read next: mm/slab/mempool.h.
 */
#include <string.h>

#include "mm/slab/mempool.h"
#include "tests/fuzz/fuzz.h"

enum { POOLS = 4, ELEMENTS = 48 };
enum kind { KMALLOC, SLAB, PAGES, KINDS };

static struct pool {
	mempool_t *pool; /* NULL: there is none */
	enum kind kind;
	size_t bytes; /* of an element */
	int in_use;
} pools[POOLS];

static struct element {
	void *at; /* NULL: there is none */
	struct pool *of;
	u32 mark;
} elements[ELEMENTS];

static struct kmem_cache *cache; /* of pools of kind SLAB */

/* --- the model -------------------------------------------------------------------------------- */

static struct pool *choose_pool(struct fuzz_input *in)
{
	struct pool *p = &pools[fuzz_below(in, POOLS)];

	return p->pool ? p : NULL;
}

static struct element *choose(struct fuzz_input *in)
{
	const unsigned int first = fuzz_below(in, ELEMENTS);

	for (unsigned int i = 0; i < ELEMENTS; i++)
		if (elements[(first + i) % ELEMENTS].at)
			return &elements[(first + i) % ELEMENTS];
	return NULL;
}

static struct element *empty_place(void)
{
	for (struct element *e = elements; e < elements + ELEMENTS; e++)
		if (!e->at)
			return e;
	return NULL;
}

/* Where the element's bytes are: of a block of pages, at its page's address. */
static void *bytes_of(const struct element *e)
{
	return e->of->kind == PAGES ? lowmem_page_address(e->at) : e->at;
}

static void expect_marked(const struct element *e)
{
	FUZZ_CHECK(fuzz_is_marked(bytes_of(e), e->of->bytes, e->mark));
}

static void expect_state(const struct pool *p)
{
	struct mempool_state state;

	mempool_state(p->pool, &state);
	FUZZ_CHECK(state.in_use == p->in_use);
	FUZZ_CHECK(state.curr_nr >= 0 && state.curr_nr <= state.min_nr);
}

/* --- operations ------------------------------------------------------------------------------- */

static void create(struct fuzz_input *in)
{
	struct pool *p = &pools[fuzz_below(in, POOLS)];
	const int min_nr = 1 + (int)fuzz_below(in, 8);
	const unsigned int order = fuzz_below(in, 3);

	if (p->pool)
		return;
	*p = (struct pool){ .kind = fuzz_below(in, KINDS), .bytes = 1 + fuzz_below(in, 700) };
	if (p->kind == KMALLOC)
		p->pool = mempool_create_kmalloc_pool(min_nr, p->bytes);
	else if (p->kind == SLAB)
		p->pool = mempool_create_slab_pool(min_nr, cache);
	else
		p->pool = mempool_create_page_pool(min_nr, (int)order);
	if (p->kind != KMALLOC)
		p->bytes = p->kind == SLAB ? kmem_cache_size(cache) : PAGE_SIZE << order;
}

static void destroy(struct fuzz_input *in)
{
	struct pool *p = choose_pool(in);

	if (!p)
		return;
	if (p->in_use) {
		FUZZ_REFUSED("destroyed in use", mempool_destroy(p->pool));
		return;
	}
	mempool_destroy(p->pool);
	p->pool = NULL;
}

static void resize(struct fuzz_input *in)
{
	struct pool *p = choose_pool(in);
	const int min_nr = (int)fuzz_below(in, 10);
	struct mempool_state state;
	int result = 0;

	if (!p)
		return;
	if (!min_nr) {
		FUZZ_REFUSED("bad request", result = mempool_resize(p->pool, min_nr));
		FUZZ_CHECK(result);
		return;
	}
	result = mempool_resize(p->pool, min_nr);
	mempool_state(p->pool, &state);
	FUZZ_CHECK(result || state.min_nr == min_nr);
}

static void take(struct fuzz_input *in)
{
	struct pool *p = choose_pool(in);
	struct element *e = empty_place();
	u32 mark;
	void *at;

	if (!p || !e)
		return;
	at = mempool_alloc(p->pool, (fuzz_u8(in) & 1 ? GFP_KERNEL : GFP_NOWAIT) | __GFP_NOWARN);
	if (!at)
		return;
	p->in_use++;
	mark = fuzz_new_mark();
	*e = (struct element){ at, p, mark };
	fuzz_mark(bytes_of(e), p->bytes, mark);
}

static void give_one(struct element *e)
{
	struct pool *p = e->of;
	void *at = e->at;

	expect_marked(e);
	e->at = NULL;
	p->in_use--;
	mempool_free(at, p->pool);
}

static void give(struct fuzz_input *in)
{
	struct element *e = choose(in);

	if (e)
		give_one(e);
}

/* Once more to the pool; it is in the reserve, or it is nobody's. */
static void give_twice(struct fuzz_input *in)
{
	struct element *e = choose(in);
	struct pool *p = e ? e->of : NULL;
	void *at = e ? e->at : NULL;
	struct mempool_state before, after;

	if (!e)
		return;
	mempool_state(p->pool, &before);
	give_one(e);
	mempool_state(p->pool, &after);
	if (after.curr_nr > before.curr_nr)
		FUZZ_REFUSED("double free", mempool_free(at, p->pool));
	else if (!p->in_use)
		FUZZ_REFUSED("more freed than taken|wrong pool", mempool_free(at, p->pool));
	expect_state(p);
}

static void give_to_another(struct fuzz_input *in)
{
	struct element *e = choose(in);
	struct pool *p = choose_pool(in);

	if (!e || !p || p == e->of || p->kind == e->of->kind)
		return;
	if (p->kind == KMALLOC && e->of->kind == SLAB)
		return; /* kfree() takes an object of any cache, so of the pool's size this is no mistake */
	FUZZ_REFUSED("wrong pool|more freed than taken|wild pointer", mempool_free(e->at, p->pool));
	expect_marked(e);
	expect_state(p);
	expect_state(e->of);
}

static void clear(struct fuzz_input *in)
{
	struct pool *p = choose_pool(in);
	void *at = NULL;

	if (!p)
		return;
	FUZZ_REFUSED("cannot clear", at = mempool_alloc(p->pool, GFP_KERNEL | __GFP_ZERO));
	FUZZ_CHECK(!at);
}

static void check(struct fuzz_input *in)
{
	struct pool *p = choose_pool(in);

	fuzz_ask(in, mempool_check);
	if (p)
		expect_state(p);
}

/* --- one input -------------------------------------------------------------------------------- */

static void (*const operations[])(struct fuzz_input *in) = {
	create, create, destroy,    resize,	     take,  take,  take, give,
	give,	give,	give_twice, give_to_another, clear, check,
};

static void give_all(void)
{
	for (struct element *e = elements; e < elements + ELEMENTS; e++)
		if (e->at)
			give_one(e);
	for (struct pool *p = pools; p < pools + POOLS; p++) {
		if (!p->pool)
			continue;
		expect_state(p);
		mempool_destroy(p->pool);
	}
	kmem_cache_destroy(cache);
}

static void run(const u8 *data, size_t size)
{
	struct fuzz_input in = fuzz_read(data, size);

	memset(pools, 0, sizeof(pools));
	memset(elements, 0, sizeof(elements));
	cache = kmem_cache_create("fuzz-pool", 56, 0, 0, NULL);
	FUZZ_CHECK(cache);
	while (fuzz_next(&in))
		operations[fuzz_below(&in, ARRAY_SIZE(operations))](&in);
	give_all();
	FUZZ_CHECK(mempool_check() && slab_check());
	fuzz_expect_whole();
}

FUZZ_TARGET(mempool, "pools of objects and of pages, resized and destroyed", run);
