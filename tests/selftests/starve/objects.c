/*
 * objects.c - claims that each allocation in each function may fail, of caches and pools
 *
 * Read next: starve.h.
 */
#include "mm/page/page.h"
#include "mm/slab/mempool.h"
#include "mm/slab/slab_view.h"
#include "tests/selftests/starve/starve.h"

enum { SIZE = 512, FEW = 3, MANY = 700 };

/* --- caches ----------------------------------------------------------------------------------- */

/* So many that what the allocator has left over for new ones does not suffice. */
enum { CACHES = 90 };
SELFTEST_TABLE(struct kmem_cache *, caches, CACHES);

static void give_caches(void *made __unused)
{
	for (unsigned int i = 0; i < CACHES; i++)
		kmem_cache_destroy(caches[i]);
}

/* Objects in use that are the allocators' own, caches and stocks among them. */
static unsigned long own_objects(void)
{
	struct kmem_cache *cache;
	unsigned long objects = 0;

	for (unsigned int n = 0; (cache = nth_cache(n)); n++) {
		struct slabinfo info;

		slab_info(cache, &info);
		objects += slab_is_own(cache) ? info.active_objs : 0;
	}
	return objects;
}

static unsigned long objects_before; /* a try */

static bool caches_are_sound(void)
{
	return own_objects() == objects_before && slab_check();
}

static void *make_caches(unsigned int size)
{
	char name[] = "starved_??";

	objects_before = own_objects();
	for (unsigned int i = 0; i < CACHES; i++)
		caches[i] = NULL;
	for (unsigned int i = 0; i < CACHES; i++) {
		name[sizeof(name) - 3] = (char)('a' + i / 10);
		name[sizeof(name) - 2] = (char)('a' + i % 10);
		caches[i] = kmem_cache_create(name, size, 0, 0, NULL);
		if (!caches[i]) {
			give_caches(NULL);
			return NULL;
		}
	}
	return caches;
}

static void *small_caches(void)
{
	return make_caches(40);
}

static void *large_caches(void)
{
	return make_caches(9000);
}

SELFTEST(slab, every_failure, "whichever allocation of a new cache's fails, nothing of it is left")
{
	static const struct starved_call small = { "kmem_cache_create", small_caches, give_caches,
						   caches_are_sound, 2 },
					 large = { "kmem_cache_create", large_caches, give_caches,
						   caches_are_sound, 2 };

	if (starve(&small, false) && starve(&large, false))
		starve(&small, true);
}

/* --- pools ------------------------------------------------------------------------------------ */

static void *pool_of_pages(void)
{
	return mempool_create_page_pool(FEW, 0);
}

static void *pool_of_blocks(void)
{
	return mempool_create_page_pool(1, 1);
}

static void *pool_of_objects(void)
{
	return mempool_create_kmalloc_pool(MANY, SIZE);
}

static void give_pool(void *pool)
{
	mempool_destroy(pool);
}

SELFTEST(mempool, every_failure,
	 "whichever allocation of a new pool's fails, nothing of it is left")
{
	static const struct starved_call calls[] = {
		{ "mempool_create_page_pool", pool_of_pages, give_pool, mempool_check, FEW },
		{ "mempool_create_page_pool", pool_of_blocks, give_pool, mempool_check, 2 },
		{ "mempool_create_kmalloc_pool", pool_of_objects, give_pool, mempool_check, 20 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++)
		if (!starve(&calls[i], false))
			break;
}

static mempool_t *resized;
static bool left_changed;

/* Its places fail, or succeed without elements to fill them. */
static void *larger_pool(void)
{
	struct mempool_state state;
	const int error = mempool_resize(resized, MANY);

	mempool_state(resized, &state);
	if (state.min_nr != (error ? 1 : MANY) || (error && state.curr_nr != 1))
		left_changed = true;
	return error ? NULL : resized;
}

static void give_places(void *pool)
{
	left_changed = left_changed || mempool_resize(pool, 1);
}

static bool pool_is_sound(void)
{
	return !left_changed && mempool_check();
}

SELFTEST(
	mempool, every_failure_of_size,
	"a pool whose new places cannot be had stays; one that cannot fill them is larger all the same")
{
	static const struct starved_call larger = { "mempool_resize", larger_pool, give_places,
						    pool_is_sound, 1 };

	left_changed = false;
	EXPECT((resized = mempool_create_page_pool(1, 0)));
	starve(&larger, false);
	mempool_destroy(resized);
}
