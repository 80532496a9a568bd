/*
 * init.c - claims about objects with init_on_alloc=1 and init_on_free=1
 *
 *	soiled, freed ──────────> free ──────────> handed out
 *	                 ▲ init_on_free    ▲ init_on_alloc
 *
 * tests/boot/test_memory.py boots with each.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "lib/raw.h"
#include "mm/node.h"
#include "mm/slab/own.h"
#include "mm/slab/slab.h"

static bool is_all(const void *object, u8 byte, size_t size)
{
	const u8 *bytes = object;

	for (size_t i = 0; i < size; i++)
		if (raw_read(&bytes[i]) != byte) /* it may be free */
			return false;
	return true;
}

enum way { KMALLOC, NODE, TRACKED, OF_CACHE, ON_NODE, BULK, OWN, WAYS };

static void *take(enum way way, struct kmem_cache *cache, size_t size)
{
	void *object = NULL;

	switch (way) {
	case KMALLOC:
		return kmalloc(size, GFP_KERNEL);
	case NODE:
		return kmalloc_node(size, GFP_KERNEL, (int)nr_nodes - 1);
	case TRACKED:
		return kmalloc_track_caller(size, GFP_ATOMIC);
	case OF_CACHE:
		return kmem_cache_alloc(cache, GFP_KERNEL);
	case ON_NODE:
		return kmem_cache_alloc_node(cache, GFP_KERNEL, 0);
	case BULK:
		return kmem_cache_alloc_bulk(cache, GFP_KERNEL, 1, &object) ? object : NULL;
	default:
		return kmalloc_own(size, GFP_KERNEL);
	}
}

static void give(enum way way, void *object)
{
	if (way == OWN)
		kfree_own(object);
	else
		kfree(object);
}

/* Some soiled ones, freed, so that those taken next were somebody's before. */
static bool comes_clear(enum way way, struct kmem_cache *cache, size_t size)
{
	enum { SOME = 20 };
	void *objects[SOME];
	bool clear = true;

	for (unsigned int i = 0; i < SOME; i++) {
		CHECK((objects[i] = take(way, cache, size)));
		clear = clear && is_all(objects[i], 0, size);
		memset(objects[i], 0xa7, size);
	}
	for (unsigned int i = 0; i < SOME; i++)
		give(way, objects[i]);
	for (unsigned int i = 0; i < SOME; i++) {
		CHECK((objects[i] = take(way, cache, size)));
		clear = clear && is_all(objects[i], 0, size);
	}
	for (unsigned int i = 0; i < SOME; i++)
		give(way, objects[i]);
	return clear;
}

SELFTEST(slab, init_on_alloc, "with init_on_alloc=1 objects come clear, however they are asked for")
{
	static const size_t sizes[] = { 8, 60, 64, 250, 1000, 3000, 4096, 9000 };

	if (!want_init_on_alloc(0))
		SKIP("boot with init_on_alloc=1");
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct kmem_cache *cache = kmem_cache_create("test", sizes[i], 0, 0, NULL);
		bool clear = true;

		EXPECT(cache);
		for (enum way way = KMALLOC; way < WAYS; way++)
			clear = comes_clear(way, cache, sizes[i]) && clear;
		kmem_cache_destroy(cache);
		EXPECT(clear);
	}
	EXPECT(slab_check());
}

/* An object grows to `to` bytes, where it is or elsewhere, after somebody has soiled one of that size. */
static bool grows_clear(size_t from, size_t to)
{
	u8 *object = kmalloc(to, GFP_KERNEL), *grown;
	bool clear;

	CHECK(object);
	memset(object, 0xa7, to);
	kfree(object);
	CHECK((object = kmalloc(from, GFP_KERNEL)));
	memset(object, 0xb8, from);
	grown = krealloc(object, to, GFP_KERNEL);
	if (!grown)
		kfree(object);
	CHECK(grown);
	clear = is_all(grown, 0xb8, from) && is_all(grown + from, 0, to - from);
	kfree(grown);
	return clear;
}

SELFTEST(slab, init_grown, "with init_on_alloc=1 what krealloc() adds to an object is clear")
{
	static const struct {
		size_t from, to;
	} steps[] = { { 60, 64 }, { 60, 100 }, { 100, 1000 }, { 3000, 4096 }, { 4096, 9000 } };

	if (!want_init_on_alloc(0))
		SKIP("boot with init_on_alloc=1");
	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
		bool clear = grows_clear(steps[i].from, steps[i].to);

		if (!clear)
			selftest_fail(__FILE__, __LINE__, "step %u", i);
		EXPECT(clear);
	}
}

SELFTEST(slab, init_on_free, "with init_on_free=1 a free object is clear, or has DEBUG's pattern")
{
	enum { SIZE = 64 };
	u8 *object = kmalloc(SIZE, GFP_KERNEL), *kept = kmalloc(SIZE, GFP_KERNEL);

	EXPECT(object && kept);
	memset(object, 0xa7, SIZE);
	kfree(object);
	kfree(kept);
	if (!want_init_on_free())
		SKIP("boot with init_on_free=1");
	EXPECT(is_all(object, debug_build ? 0x6b : 0, SIZE - 1));
}

static void construct(void *object)
{
	memset(object, 0xc7, 64);
}

SELFTEST(slab, init_excepts, "what a constructor made, or a reader may look at, is never cleared")
{
	struct kmem_cache *made = kmem_cache_create("made", 64, 0, 0, construct);
	struct kmem_cache *typesafe = kmem_cache_create("safe", 64, 0, SLAB_TYPESAFE_BY_RCU, NULL);
	void *a, *b, *again;
	bool kept;

	EXPECT(made && typesafe);
	a = kmem_cache_alloc(made, GFP_KERNEL);
	b = kmem_cache_alloc(typesafe, GFP_KERNEL);
	EXPECT(a && b);
	memset(b, 0x55, 64);
	kept = is_all(a, 0xc7, 64);
	kmem_cache_free(made, a);
	kmem_cache_free(typesafe, b);
	kept = kept && is_all(a, 0xc7, 64) && is_all(b, 0x55, 64);
	again = kmem_cache_alloc(typesafe, GFP_KERNEL);
	EXPECT(again);
	kept = kept && again == b && is_all(b, 0x55, 64);
	kmem_cache_free(typesafe, again);
	kmem_cache_destroy(made);
	kmem_cache_destroy(typesafe);
	EXPECT(kept);
}
