/*
 * twice.c - claims about what a production build says later of an object that was freed twice
 *
 *	free(a) free(b) free(a)      not seen: a is not the one that was freed last
 *	├─ a is given to two    ──> the second one's free       "double free"
 *	├─ its slab goes back   ──> who had another object of it "wild pointer"
 *	└─ its slab's list loops ─> kmem_cache_destroy()         "live objects"
 *
 * Each is told to somebody who did nothing wrong, so each says that an object may have been freed
 * twice before.  A build with DEBUG=1 names the third free, and none of this comes to pass.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "mm/slab/slab/slab_impl.h"
#include "mm/slab/slab_view.h"
#include "tests/selftests/told/told.h"

#define TOLD(...) TOLD_BY("slab", __VA_ARGS__)

enum { HAD = 4 };

/* Clearing objects goes past the stock, in which all of this happens. */
#define SKIP_WITHOUT_STOCK(cache)                                            \
	do {                                                                 \
		if ((cache)->kind & (CACHE_INIT_ALLOC | CACHE_INIT_FREE)) {  \
			kmem_cache_free_bulk(cache, HAD, object);            \
			kmem_cache_destroy(cache);                           \
			SKIP("boot without init_on_alloc and init_on_free"); \
		}                                                            \
	} while (0)

/* Some objects of a cache of their own, all of one slab. */
static struct kmem_cache *make(void *object[HAD])
{
	struct kmem_cache *cache = kmem_cache_create("twice", 64, 0, 0, NULL);

	if (!cache || !kmem_cache_alloc_bulk(cache, GFP_KERNEL, HAD, object))
		return NULL;
	drain_stock(cache);
	return cache;
}

/* In a build that sees it, it is the double free itself that is told. */
static void free_twice(void *a, void *b)
{
	kfree(a);
	kfree(b);
	if (debug_build)
		EXPECT_BUG("double free", kfree(a));
	else
		kfree(a);
}

SELFTEST(
	slab, twice_given_to_two,
	"who frees what another one was given, too, learns that it may have been freed twice before")
{
	void *object[HAD], *one, *two, *three;
	struct kmem_cache *cache = make(object);

	EXPECT(cache);
	SKIP_WITHOUT_STOCK(cache);
	free_twice(object[0], object[1]);
	one = kmem_cache_alloc(cache, GFP_KERNEL);
	two = kmem_cache_alloc(cache, GFP_KERNEL);
	three = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT(one && two && three);
	EXPECT_EQ(one == three, !debug_build);
	kfree(two);
	kfree(one);
	if (debug_build)
		kfree(three);
	else
		TOLD(selftest_slab_twice_given_to_two, "double free", three, "an object in use",
		     "a free object of twice, or one that was freed twice before and given to two",
		     kfree(three));
	EXPECT(slab_check());
	kmem_cache_free_bulk(cache, HAD - 2, object + 2);
	kmem_cache_destroy(cache);
}

SELFTEST(
	slab, twice_slab_gone,
	"whose object's slab went back under him learns that another one may have been freed twice")
{
	void *object[HAD];
	struct kmem_cache *cache = make(object);

	EXPECT(cache);
	SKIP_WITHOUT_STOCK(cache);
	kfree(object[2]);
	free_twice(object[0], object[1]);
	EXPECT_EQ(kmem_cache_shrink(cache), debug_build);
	if (debug_build)
		kfree(object[3]);
	else
		TOLD(selftest_slab_twice_slab_gone, "wild pointer", object[3],
		     "an object of a cache",
		     "a free page, or of a slab that went back when an object of it was freed "
		     "twice before",
		     kfree(object[3]));
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
	EXPECT(!kmem_cache_find("twice"));
}

/* All that the frees of objects change of their slab. */
struct snapshot {
	u8 bufctl[SLAB_OBJECTS_MAX];
	struct slab slab;
	unsigned long free_objects;
};

static void keep(const struct slab *slab, struct snapshot *kept)
{
	memcpy(kept->bufctl, slab->bufctl, slab->num);
	kept->slab = *slab;
	kept->free_objects = slab->node->free_objects;
}

static void restore(struct slab *slab, const struct snapshot *kept)
{
	memcpy(slab->bufctl, kept->bufctl, slab->num);
	slab->free = kept->slab.free;
	slab->inuse = kept->slab.inuse;
	slab->node->free_objects = kept->free_objects;
}

SELFTEST(
	slab, twice_destroyed,
	"who destroys a cache whose counts are wrong is told so, and that an object was freed twice")
{
	void *object[HAD];
	struct kmem_cache *cache;
	struct snapshot kept;
	struct slab *slab;

	if (debug_build)
		SKIP("a double free is named at once");
	EXPECT((cache = make(object)));
	SKIP_WITHOUT_STOCK(cache);
	slab = object_slab(object[0]);
	keep(slab, &kept);
	free_twice(object[0], object[1]);
	drain_stock(cache);
	TOLD(selftest_slab_twice_destroyed, "live objects", cache, "every object freed",
	     told_line("cache twice, 1 objects in use, if that is counted right: "
		       "I2: cache twice, at %p: the freelist meets an object twice: freed twice",
		       (void *)slab),
	     kmem_cache_destroy(cache));
	restore(slab, &kept);
	EXPECT(slab_check());
	kmem_cache_free_bulk(cache, HAD, object);
	kmem_cache_destroy(cache);
}
