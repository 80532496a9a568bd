/*
 * slab.c - kmalloc, krealloc, caches of one's own, bulk; against who has which bytes
 *
 *	object   [ from kmalloc, 100 bytes | - | of cache 2 | … ]     its bytes are its mark's
 *	cache    [ - | 24 bytes, constructed, 3 in use | … ]
 *
 * Claims: an object is aligned and nobody else's, since each keeps the bytes that were written into it; it
 * comes zeroed, constructed or moved as was asked for; a cache with objects in use is not destroyed; a
 * mistake is refused.  (That an object is freed twice is promised of the one freed last; of any, in DEBUG.)
 *
 * Read next: mm/slab/slab.h; mempool.c for pools.
 */
#include <string.h>

#include "mm/slab/slab.h"
#include "tests/fuzz/fuzz.h"

enum { OBJECTS = 64, CACHES = 4, BULK = 16, CONSTRUCTED = 0xc0de };

static struct cache {
	struct kmem_cache *cache; /* NULL: there is none */
	unsigned int size, align, in_use;
	bool constructed;
} caches[CACHES];

static struct object {
	void *at; /* NULL: there is none */
	size_t bytes;
	struct cache *of; /* NULL: kmalloc */
	u32 mark;
} objects[OBJECTS];

/* --- the model -------------------------------------------------------------------------------- */

static struct object *empty_place(void)
{
	for (struct object *o = objects; o < objects + OBJECTS; o++)
		if (!o->at)
			return o;
	return NULL;
}

static struct object *choose(struct fuzz_input *in)
{
	const unsigned int first = fuzz_below(in, OBJECTS);

	for (unsigned int i = 0; i < OBJECTS; i++)
		if (objects[(first + i) % OBJECTS].at)
			return &objects[(first + i) % OBJECTS];
	return NULL;
}

static struct cache *choose_cache(struct fuzz_input *in)
{
	struct cache *c = &caches[fuzz_below(in, CACHES)];

	return c->cache ? c : NULL;
}

static void hold(void *at, size_t bytes, struct cache *of)
{
	u32 mark;
	struct object *o = empty_place();

	mark = fuzz_new_mark();
	*o = (struct object){ at, bytes, of, mark };
	FUZZ_CHECK((vaddr_t)at % (of ? max(of->align, 8u) : 8u) == 0);
	FUZZ_CHECK((vaddr_t)at >= PAGE_OFFSET && (vaddr_t)at < (vaddr_t)high_memory);
	fuzz_mark(at, bytes, mark);
	if (of)
		of->in_use++;
}

static void construct(void *at)
{
	*(u16 *)at = CONSTRUCTED;
}

/* The object is about to go: it is what its holder left, and constructed when it has to be. */
static void *let_go(struct object *o)
{
	void *at = o->at;

	FUZZ_CHECK(fuzz_is_marked(at, o->bytes, o->mark));
	if (o->of && o->of->constructed)
		construct(at);
	if (o->of)
		o->of->in_use--;
	o->at = NULL;
	return at;
}

static void expect_zeroed(const void *at, size_t bytes)
{
	static const u8 zeroes[64];
	const u8 *byte = at;

	for (size_t i = 0; i < bytes; i += sizeof(zeroes))
		FUZZ_CHECK(!memcmp(byte + i, zeroes, min(sizeof(zeroes), bytes - i)));
}

/* --- kmalloc ---------------------------------------------------------------------------------- */

/* Of objects, of pages, and now and then of what is at the ends of what there is. */
static size_t read_size(struct fuzz_input *in)
{
	const u8 kind = fuzz_u8(in);

	if (kind < 0xa0)
		return 1 + fuzz_u8(in);
	if (kind < 0xe0)
		return 1 + fuzz_below(in, 4096);
	if (kind < 0xf8)
		return 1 + fuzz_below(in, 0x8000);
	return kind < 0xfc   ? 1ul << fuzz_below(in, KMALLOC_SHIFT_HIGH)
	       : kind < 0xfe ? 0
			     : KMALLOC_MAX_SIZE + fuzz_u16(in);
}

static gfp_t read_gfp(struct fuzz_input *in)
{
	static const gfp_t kinds[] = { GFP_KERNEL, GFP_KERNEL, GFP_ATOMIC, GFP_NOWAIT };

	return kinds[fuzz_u8(in) % ARRAY_SIZE(kinds)] | __GFP_NOWARN;
}

static void expect_aligned(const void *at, size_t bytes)
{
	FUZZ_CHECK((bytes & (bytes - 1)) || (vaddr_t)at % bytes == 0);
}

static void take(struct fuzz_input *in)
{
	const size_t bytes = read_size(in);
	const gfp_t gfp = read_gfp(in) | (fuzz_u8(in) & 1 ? __GFP_ZERO : 0);
	void *at;

	if (!empty_place())
		return;
	at = kmalloc(bytes, gfp);
	FUZZ_CHECK((at == ZERO_SIZE_PTR) == !bytes);
	FUZZ_CHECK(!at || bytes <= KMALLOC_MAX_SIZE);
	if (ZERO_OR_NULL_PTR(at))
		return;
	expect_aligned(at, bytes);
	if (gfp & __GFP_ZERO)
		expect_zeroed(at, bytes);
	hold(at, bytes, NULL);
}

static void take_array(struct fuzz_input *in)
{
	const size_t n = fuzz_below(in, 32), bytes = fuzz_u8(in);
	u8 *at = empty_place() ? kcalloc(n, bytes, GFP_KERNEL | __GFP_NOWARN) : NULL;

	FUZZ_CHECK(!kmalloc_array(~(size_t)0 / 8, 9 + bytes, GFP_KERNEL | __GFP_NOWARN));
	if (ZERO_OR_NULL_PTR(at))
		return;
	expect_zeroed(at, n * bytes);
	hold(at, n * bytes, NULL);
}

static void resize(struct fuzz_input *in)
{
	struct object *o = choose(in);
	const size_t bytes = read_size(in);
	u8 before[128], *at;
	size_t kept;

	if (!o || o->of)
		return;
	FUZZ_CHECK(fuzz_is_marked(o->at, o->bytes, o->mark));
	kept = min(min(o->bytes, bytes), sizeof(before));
	memcpy(before, o->at, kept);
	at = krealloc(o->at, bytes, GFP_KERNEL | __GFP_NOWARN);
	if (!at)
		return; /* and it is still the holder's */
	o->at = NULL;
	if (at == ZERO_SIZE_PTR)
		return;
	FUZZ_CHECK(!memcmp(at, before, kept));
	hold(at, bytes, NULL);
}

static void give(struct fuzz_input *in)
{
	struct object *o = choose(in);

	if (o)
		kfree(let_go(o));
}

/* What the object has beyond what was asked for may be used from now on. */
static void measure(struct fuzz_input *in)
{
	struct object *o = choose(in);

	if (!o)
		return;
	FUZZ_CHECK(ksize(o->at) >= o->bytes);
	if (!o->of)
		o->bytes = ksize(o->at);
	fuzz_mark(o->at, o->bytes, o->mark);
}

/* --- caches ----------------------------------------------------------------------------------- */

static void create(struct fuzz_input *in)
{
	struct cache *c = &caches[fuzz_below(in, CACHES)];
	const u8 how = fuzz_u8(in);
	char name[] = "fuzz-0";
	slab_flags_t flags = how & 2 ? SLAB_HWCACHE_ALIGN : 0;

	if (c->cache)
		return;
	name[5] = (char)('0' + (c - caches));
	flags |= (how & 0xc) == 0xc ? SLAB_TYPESAFE_BY_RCU : 0;
	flags |= (how & 0x30) == 0x30 ? SLAB_CACHE_DMA : 0;
	*c = (struct cache){
		.size = 2 + (how & 0x80 ? fuzz_below(in, 6000) : fuzz_u8(in)),
		.align = 1u << fuzz_below(in, 13),
		.constructed = how & 1,
	};
	c->cache = kmem_cache_create(name, c->size, c->align, flags,
				     c->constructed ? construct : NULL);
	FUZZ_CHECK(!c->cache || kmem_cache_size(c->cache) == c->size);
	FUZZ_CHECK(kmem_cache_find(name) == c->cache);
}

static void create_wrongly(struct fuzz_input *in)
{
	static const char *const names[] = { "kmalloc-64", "", "a\nb", "fuzz-wrong",
					     "0123456789012345678901234567890123456789" };
	const unsigned int nth = fuzz_below(in, ARRAY_SIZE(names));
	const unsigned int size = nth == 3 && fuzz_u8(in) & 1 ? 0 : 64;
	struct kmem_cache *made = NULL;

	FUZZ_REFUSED("duplicate name|bad name|bad size|bad alignment",
		     made = kmem_cache_create(names[nth], size, 48, 0, NULL));
	FUZZ_CHECK(!made);
}

static void destroy(struct fuzz_input *in)
{
	struct cache *c = choose_cache(in);

	if (!c)
		return;
	if (c->in_use && fuzz_u8(in) >= 0xc0) /* the report looks for them in all the slabs */
		FUZZ_REFUSED("live objects", kmem_cache_destroy(c->cache));
	if (c->in_use)
		return;
	kmem_cache_destroy(c->cache);
	c->cache = NULL;
}

static void shrink(struct fuzz_input *in)
{
	struct cache *c = choose_cache(in);

	if (fuzz_u8(in) >= 0xc0)
		slab_reap();
	if (c)
		FUZZ_CHECK(kmem_cache_shrink(c->cache) || !c->in_use);
}

static void expect_fresh(const struct cache *c, const void *at, bool zeroed)
{
	FUZZ_CHECK(!c->constructed || *(const u16 *)at == CONSTRUCTED);
	if (zeroed)
		expect_zeroed(at, c->size);
}

static void take_of_cache(struct fuzz_input *in)
{
	struct cache *c = choose_cache(in);
	const bool zeroed = fuzz_u8(in) & 1 && c && !c->constructed;
	void *at = NULL;

	if (c && empty_place())
		at = zeroed ? kmem_cache_zalloc(c->cache, read_gfp(in))
			    : kmem_cache_alloc(c->cache, read_gfp(in));
	if (!at)
		return;
	expect_fresh(c, at, zeroed);
	hold(at, c->size, c);
}

static unsigned int places_left(void)
{
	unsigned int n = 0;

	for (struct object *o = objects; o < objects + OBJECTS; o++)
		n += !o->at;
	return n;
}

static void take_bulk(struct fuzz_input *in)
{
	struct cache *c = choose_cache(in);
	const unsigned int n = min(1 + fuzz_below(in, BULK), places_left());
	void *array[BULK];
	int got = 0;

	if (c && n)
		got = kmem_cache_alloc_bulk(c->cache, read_gfp(in), n, array);
	FUZZ_CHECK(!got || got == (int)n);
	for (int i = 0; i < got; i++) {
		expect_fresh(c, array[i], false);
		hold(array[i], c->size, c);
	}
}

/* Each to its own cache. */
static void give_bulk(struct fuzz_input *in)
{
	const unsigned int want = 1 + fuzz_below(in, BULK);
	void *array[BULK];
	size_t n = 0;

	for (unsigned int i = 0; i < want; i++) {
		struct object *o = choose(in);

		if (o)
			array[n++] = let_go(o);
	}
	kfree_bulk(n, array);
}

static void give_to_cache(struct fuzz_input *in)
{
	struct object *o = choose(in);
	struct cache *c = o ? o->of : NULL;

	if (c)
		kmem_cache_free(c->cache, let_go(o));
}

/* --- mistakes --------------------------------------------------------------------------------- */

static void give_twice(struct fuzz_input *in)
{
	struct object *o = choose(in);
	void *at = o ? let_go(o) : NULL;

	if (!at)
		return;
	kfree(at);
	FUZZ_REFUSED("double free|wild pointer", kfree(at));
}

static void give_inside(struct fuzz_input *in)
{
	struct object *o = choose(in);
	const size_t inside = o ? fuzz_u16(in) % o->bytes : 0;
	u8 *at = o ? (u8 *)o->at + inside : NULL;

	if (!inside)
		return;
	FUZZ_REFUSED("interior pointer", kfree(at));
	FUZZ_CHECK(fuzz_is_marked(o->at, o->bytes, o->mark));
}

static void give_to_another(struct fuzz_input *in)
{
	struct object *o = choose(in);
	struct cache *c = choose_cache(in);

	if (!o || !c || o->of == c)
		return;
	FUZZ_REFUSED("wrong cache", kmem_cache_free(c->cache, o->at));
	FUZZ_CHECK(fuzz_is_marked(o->at, o->bytes, o->mark));
}

static void give_wild(struct fuzz_input *in)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_NOWARN);
	static u64 variable[2];

	if (!page)
		return;
	FUZZ_REFUSED("wild pointer", kfree((u8 *)lowmem_page_address(page) + fuzz_below(in, 4096)));
	FUZZ_REFUSED("wild pointer", kfree(&variable[fuzz_u8(in) & 1]));
	__free_page(page);
}

static void check(struct fuzz_input *in)
{
	fuzz_ask(in, slab_check);
}

/* --- one input -------------------------------------------------------------------------------- */

static void (*const operations[])(struct fuzz_input *in) = {
	take,	       take,	  take_array,	 resize,	  give,		 give,
	measure,       create,	  create,	 create_wrongly,  destroy,	 shrink,
	take_of_cache, take_bulk, take_of_cache, give_bulk,	  give_to_cache, give_twice,
	give_inside,   give_wild, resize,	 give_to_another, check,
};

static void give_all(void)
{
	for (struct object *o = objects; o < objects + OBJECTS; o++)
		if (o->at)
			kfree(let_go(o));
	for (struct cache *c = caches; c < caches + CACHES; c++) {
		FUZZ_CHECK(!c->in_use);
		kmem_cache_destroy(c->cache);
	}
}

static void run(const u8 *data, size_t size)
{
	struct fuzz_input in = fuzz_read(data, size);

	memset(caches, 0, sizeof(caches));
	memset(objects, 0, sizeof(objects));
	while (fuzz_next(&in))
		operations[fuzz_below(&in, ARRAY_SIZE(operations))](&in);
	give_all();
	FUZZ_CHECK(slab_check());
	fuzz_expect_whole();
}

FUZZ_TARGET(slab, "kmalloc, krealloc, caches, bulk, and mistakes with them", run);
