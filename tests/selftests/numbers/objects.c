/*
 * objects.c - sizes, counts, alignments and nodes of objects: kmalloc, caches, pools, per-CPU
 */
#include <errno.h>

#include "mm/percpu/percpu.h"
#include "mm/slab/mempool.h"
#include "mm/slab/names.h"
#include "mm/slab/own.h"
#include "mm/slab/slab.h"
#include "mm/slab/slab_view.h"
#include "limit.h"
#include "walk.h"

enum { QUIET = GFP_KERNEL | __GFP_NOWARN };

static char text[] = "text";

static void give_object(void *object)
{
	kfree(object);
}

static void give_own(void *object)
{
	kfree_own(object);
}

TAKE(take_kmalloc, kmalloc(n, QUIET))
TAKE(take_kzalloc, kzalloc(n, QUIET))
TAKE(take_kmalloc_node, kmalloc_node(n, QUIET, 0))
TAKE(take_for_node, __kmalloc_node_track_caller(n, QUIET, 0, _RET_IP_))
TAKE(take_kzalloc_node, kzalloc_node(n, QUIET, 0))
TAKE(take_kmalloc_array, kmalloc_array(n, 64, QUIET))
TAKE(take_kmalloc_array_size, kmalloc_array(64, n, QUIET))
TAKE(take_kcalloc, kcalloc(n, 4096, QUIET))
TAKE(take_kcalloc_size, kcalloc(4096, n, QUIET))
TAKE(take_krealloc, krealloc(NULL, n, QUIET))
TAKE(take_resized_for, __krealloc_track_caller(NULL, n, QUIET, (unsigned long)text))
TAKE(take_track_caller, kmalloc_track_caller(n, QUIET))
TAKE(take_own, kmalloc_own(n, QUIET))
TAKE(take_own_zeroed, kzalloc_own(n, QUIET))
TAKE(take_own_node, kmalloc_own_node(n, QUIET, 0))

/* An object that is to grow: it stays what it was when it cannot. */
static void *take_grown(unsigned long n)
{
	char *object = kmalloc(64, QUIET), *grown;

	if (!object || n == 0)
		return object;
	grown = krealloc(object, n, QUIET);
	if (!grown)
		kfree(object);
	return grown;
}

/* A copy of the first n bytes of the largest object; of none, when there cannot be so many. */
static void *copy_of(unsigned long n, void *(*copy)(const void *, size_t, gfp_t))
{
	void *source = kmalloc(KMALLOC_MAX_SIZE, QUIET), *result = NULL;

	if (source || n > KMALLOC_MAX_SIZE)
		result = copy(source, n, QUIET);
	kfree(source);
	return result;
}

static void *with_nul(const void *from, size_t n, gfp_t gfp)
{
	return kmemdup_nul(from, n, gfp);
}

TAKE(take_kmemdup, copy_of(n, kmemdup))
TAKE(take_kmemdup_nul, copy_of(n, with_nul))

/* At most so many: any number will do, and is a size only as far as there is text. */
TAKE(take_kstrndup, kstrndup(text, n, QUIET))

SELFTEST(numbers, objects,
	 "sizes and counts of objects are looked at before they are reckoned with")
{
	static const struct walked table[] = {
		{ "kmalloc", 1, KMALLOC_MAX_SIZE, true, take_kmalloc, give_object },
		{ "kzalloc", 1, KMALLOC_MAX_SIZE, true, take_kzalloc, give_object },
		{ "kmalloc_node", 1, KMALLOC_MAX_SIZE, true, take_kmalloc_node, give_object },
		{ "its track_caller", 1, KMALLOC_MAX_SIZE, true, take_for_node, give_object },
		{ "kzalloc_node", 1, KMALLOC_MAX_SIZE, true, take_kzalloc_node, give_object },
		{ "kmalloc_array", 64, KMALLOC_MAX_SIZE / 64, true, take_kmalloc_array,
		  give_object },
		{ "kmalloc_array size", 64, KMALLOC_MAX_SIZE / 64, true, take_kmalloc_array_size,
		  give_object },
		{ "kcalloc", 4096, KMALLOC_MAX_SIZE / 4096, true, take_kcalloc, give_object },
		{ "kcalloc size", 4096, KMALLOC_MAX_SIZE / 4096, true, take_kcalloc_size,
		  give_object },
		{ "krealloc", 1, KMALLOC_MAX_SIZE, true, take_krealloc, give_object },
		{ "krealloc of 64", 1, KMALLOC_MAX_SIZE, true, take_grown, give_object },
		{ "__krealloc_track_caller", 1, KMALLOC_MAX_SIZE, true, take_resized_for,
		  give_object },
		{ "kmalloc_track_caller", 1, KMALLOC_MAX_SIZE, true, take_track_caller,
		  give_object },
		{ "kmalloc_own", 1, KMALLOC_MAX_SIZE, true, take_own, give_own },
		{ "kzalloc_own", 1, KMALLOC_MAX_SIZE, true, take_own_zeroed, give_own },
		{ "kmalloc_own_node", 1, KMALLOC_MAX_SIZE, true, take_own_node, give_own },
		{ "kmemdup", 1, KMALLOC_MAX_SIZE, true, take_kmemdup, give_object },
		{ "kmemdup_nul", 1, KMALLOC_MAX_SIZE - 1, true, take_kmemdup_nul, give_object },
		{ "kstrndup", 1, ~0ul, true, take_kstrndup, give_object },
	};

	EXPECT_WALK(table);
	EXPECT(slab_check());
}

/* --- caches and their bulks ------------------------------------------------------------------- */

TAKE(take_cache, kmem_cache_create("numbers", as_unsigned(n), 0, 0, NULL))

static void give_cache(void *cache)
{
	kmem_cache_destroy(cache);
}

/* Alignments: 0 and powers of two, up to a page. */
static void *take_cache_align(unsigned long n)
{
	struct kmem_cache *cache = kmem_cache_create("numbers", 8, as_unsigned(n), 0, NULL);

	if (!cache || (n && !is_power_up_to(n, PAGE_SIZE)))
		return cache;
	kmem_cache_destroy(cache);
	return NULL;
}

/* Up to here an array may be meant: it would be read, so it is not asked about more than there are. */
static bool bulk_is_refused(unsigned long n)
{
	return n > (lowmem_end_pfn - min_pfn) * (PAGE_SIZE / KMALLOC_MIN_SIZE);
}

/* The array has room for two: whoever writes a third has not looked at the number. */
static void *take_bulk(unsigned long n)
{
	struct kmem_cache *cache = kmem_cache_find("kmalloc-64");
	void *object[3] = { NULL, NULL, text };
	int got = n <= 2 || bulk_is_refused(n) ? kmem_cache_alloc_bulk(cache, QUIET, n, object) : 0;

	if (n <= 2)
		kmem_cache_free_bulk(cache, (size_t)got, object);
	return got || object[2] != text ? text : NULL;
}

static bool frees_bulk(struct kmem_cache *cache, unsigned long n)
{
	void *object[2] = { kmalloc(64, QUIET), kmalloc(64, QUIET) };
	bool foreseen = n <= 2, sound = true;

	if (!object[0] || !object[1]) {
		kfree(object[0]);
		kfree(object[1]);
		return true;
	}
	if (foreseen || bulk_is_refused(n))
		kmem_cache_free_bulk(cache, n, object);
	for (unsigned long i = 0; i < 2; i++) {
		bool freed = foreseen && i < n;

		sound = sound && slab_object_live(object[i]) != freed;
		if (!freed)
			kfree(object[i]);
	}
	return sound;
}

TAKE(take_free_bulk, frees_bulk(kmem_cache_find("kmalloc-64"), n) ? NULL : text)
TAKE(take_kfree_bulk, frees_bulk(NULL, n) ? NULL : text)

SELFTEST(numbers, bulks, "counts of objects in an array are looked at first")
{
	static const struct walked table[] = {
		{ "kmem_cache_alloc_bulk", sizeof(void *), 2, false, take_bulk, NULL },
		{ "kmem_cache_free_bulk", sizeof(void *), 0, false, take_free_bulk, NULL },
		{ "kfree_bulk", sizeof(void *), 0, false, take_kfree_bulk, NULL },
	};

	EXPECT_WALK(table);
	EXPECT(slab_check());
}

SELFTEST(numbers, caches, "sizes and alignments of caches are looked at first")
{
	static const struct walked table[] = {
		{ "kmem_cache_create", 1, KMALLOC_MAX_SIZE, false, take_cache, give_cache },
		{ "kmem_cache_create align", 1, 0, false, take_cache_align, give_cache },
	};

	EXPECT_WALK(table);
	EXPECT(slab_check());
}

/* --- nodes ------------------------------------------------------------------------------------ */

/* NUMA_NO_NODE is a node like any other. */
#define TAKE_NODE(name_, expression) TAKE(name_, as_int(n) == NUMA_NO_NODE ? NULL : (expression))

TAKE_NODE(take_on_node, kmalloc_node(64, QUIET, as_int(n)))
TAKE_NODE(take_for_on_node, __kmalloc_node_track_caller(64, QUIET, as_int(n), _RET_IP_))
TAKE_NODE(take_zeroed_on_node, kzalloc_node(64, QUIET, as_int(n)))
TAKE_NODE(take_own_on_node, kmalloc_own_node(64, QUIET, as_int(n)))

static struct kmem_cache *cache;

TAKE_NODE(take_cached_on_node, kmem_cache_alloc_node(cache, QUIET, as_int(n)))

static void give_cached(void *object)
{
	kmem_cache_free(cache, object);
}

SELFTEST(numbers, nodes_of_objects, "a node that this machine has not is no index")
{
	const unsigned long max = nr_nodes - 1;
	const struct walked table[] = {
		{ "kmalloc_node", 1, max, true, take_on_node, give_object },
		{ "its track_caller", 1, max, true, take_for_on_node, give_object },
		{ "kzalloc_node", 1, max, true, take_zeroed_on_node, give_object },
		{ "kmalloc_own_node", 1, max, true, take_own_on_node, give_own },
		{ "kmem_cache_alloc_node", 1, max, true, take_cached_on_node, give_cached },
	};
	const char *wrong;

	cache = kmem_cache_create("numbers_nodes", 64, 0, 0, NULL);
	EXPECT(cache);
	wrong = walk_all(table, ARRAY_SIZE(table));
	kmem_cache_destroy(cache);
	if (wrong)
		selftest_fail(__FILE__, __LINE__, "%s", wrong);
	EXPECT(slab_check());
}

/* --- pools ------------------------------------------------------------------------------------ */

/* So large that memory ends before a reserve of a million is filled, which takes long in DEBUG. */
enum { ELEMENT = 1024 };

TAKE(take_pool, mempool_create_kmalloc_pool(as_int(n), ELEMENT))
TAKE(take_pool_size, mempool_create_kmalloc_pool(1, n))
TAKE(take_pool_order, mempool_create_page_pool(1, as_int(n)))

static void give_pool(void *pool)
{
	mempool_destroy(pool);
}

/* Elements without memory: a reserve that had a million may be asked for one more. */
static void *take_number(gfp_t gfp __unused, void *last)
{
	return (void *)++*(unsigned long *)last;
}

static void drop_number(void *element __unused, void *last __unused)
{
}

/* A pool of one that is to have n: it has them, or is as it was. */
static void *take_resized(unsigned long n)
{
	static unsigned long last;
	mempool_t *pool = mempool_create(1, take_number, drop_number, &last);
	struct mempool_state state;
	int error;

	if (!pool)
		return NULL;
	error = mempool_resize(pool, as_int(n));
	mempool_state(pool, &state);
	if (error && state.min_nr == 1) {
		mempool_destroy(pool);
		return NULL;
	}
	return pool;
}

SELFTEST(numbers, pools, "a reserve of more elements, or of larger ones, than there are is refused")
{
	static const struct walked table[] = {
		{ "mempool min_nr", sizeof(void *), ~0ul / 128, false, take_pool, give_pool },
		{ "mempool size", 1, KMALLOC_MAX_SIZE, false, take_pool_size, give_pool },
		{ "mempool order", 1, MAX_ORDER - 1, true, take_pool_order, give_pool },
		{ "mempool_resize", sizeof(void *), KMALLOC_MAX_SIZE / sizeof(void *), false,
		  take_resized, give_pool },
	};

	EXPECT_WALK(table);
	EXPECT(mempool_check());
}

/* --- per-CPU objects -------------------------------------------------------------------------- */

static void give_percpu(void *what)
{
	free_percpu((void __percpu *)what);
}

TAKE(take_percpu, __alloc_percpu_gfp(n, 8, QUIET))

/* Alignments: powers of two up to a page. */
static void *take_percpu_align(unsigned long n)
{
	void __percpu *object = __alloc_percpu_gfp(8, n, QUIET);

	if (!object || !is_power_up_to(n, PAGE_SIZE))
		return (void *)object;
	free_percpu(object);
	return NULL;
}

SELFTEST(numbers, percpu,
	 "sizes of per-CPU objects are looked at before they are multiplied by CPUs")
{
	static const struct walked table[] = {
		{ "__alloc_percpu_gfp", 1, PERCPU_OBJECT_MAX, false, take_percpu, give_percpu },
		{ "__alloc_percpu_gfp align", 1, 0, false, take_percpu_align, give_percpu },
	};

	EXPECT_WALK(table);
	EXPECT(percpu_check());
}

/* --- at the limit ----------------------------------------------------------------------------- */

SELFTEST(numbers, limits_objects, "objects may have 4 MiB, by whichever function they are had")
{
	const unsigned int order = MAX_ORDER - 1;
	const struct limit table[] = {
		{ "kmalloc", KMALLOC_MAX_SIZE, take_kmalloc, give_object, order },
		{ "kzalloc", KMALLOC_MAX_SIZE, take_kzalloc, give_object, order },
		{ "kmalloc_node", KMALLOC_MAX_SIZE, take_kmalloc_node, give_object, order },
		{ "kzalloc_node", KMALLOC_MAX_SIZE, take_kzalloc_node, give_object, order },
		{ "kmalloc_array", KMALLOC_MAX_SIZE / 64, take_kmalloc_array, give_object, order },
		{ "kcalloc", KMALLOC_MAX_SIZE / 4096, take_kcalloc, give_object, order },
		{ "krealloc", KMALLOC_MAX_SIZE, take_krealloc, give_object, order },
		{ "kmalloc_own", KMALLOC_MAX_SIZE, take_own, give_own, order },
		{ "kmemdup", KMALLOC_MAX_SIZE, take_kmemdup, give_object, order },
		{ "kmemdup_nul", KMALLOC_MAX_SIZE - 1, take_kmemdup_nul, give_object, order },
		{ "kmalloc_node node", nr_nodes - 1, take_on_node, give_object, 0 },
	};

	EXPECT_LIMITS(table);
	EXPECT(slab_check());
}

/* 2^n. */
TAKE(take_cache_align_bits, kmem_cache_create("limits", 8, 1u << n, 0, NULL))

/* A name of n characters. */
static void *take_cache_name(unsigned long n)
{
	char name[KMEM_CACHE_NAME_MAX + 2];

	__builtin_memset(name, 'x', n);
	name[n] = '\0';
	return kmem_cache_create(name, 8, 0, 0, NULL);
}

/* A pool of n elements less: so that one more is none. */
enum { NONE_BELOW = 1000 };
TAKE(take_pool_least, mempool_create_kmalloc_pool(NONE_BELOW + 1 - as_int(n), 8))

TAKE(take_percpu_plain, __alloc_percpu(n, 8))
TAKE(take_percpu_align_bits, __alloc_percpu(8, 1ul << n))

SELFTEST(numbers, limits_caches, "sizes, alignments and names of caches, pools and per-CPU objects")
{
	static const struct limit table[] = {
		{ "kmem_cache_create", KMALLOC_MAX_SIZE, take_cache, give_cache, 0 },
		{ "kmem_cache_create align", PAGE_SHIFT, take_cache_align_bits, give_cache, 0 },
		{ "kmem_cache_create name", KMEM_CACHE_NAME_MAX - 1, take_cache_name, give_cache,
		  0 },
		{ "mempool_create_page_pool order", MAX_ORDER - 1, take_pool_order, give_pool,
		  MAX_ORDER - 1 },
		{ "mempool_create_kmalloc_pool", KMALLOC_MAX_SIZE, take_pool_size, give_pool,
		  MAX_ORDER - 1 },
		{ "mempool min_nr", NONE_BELOW, take_pool_least, give_pool, 0 },
		{ "__alloc_percpu", PERCPU_OBJECT_MAX, take_percpu_plain, give_percpu, 5 },
		{ "__alloc_percpu_gfp", PERCPU_OBJECT_MAX, take_percpu, give_percpu, 5 },
		{ "__alloc_percpu align", PAGE_SHIFT, take_percpu_align_bits, give_percpu, 0 },
	};

	EXPECT_LIMITS(table);
	EXPECT(slab_check() && percpu_check());
}
