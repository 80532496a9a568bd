/*
 * watch.c - for a port that watches memory: which bytes of a slab may be touched
 *
 *	|colour| struct slab | bufctl |pad| object   | object   | …        | rest |
 *	  ----   ++++++++++++++++++++  ---  ++++++---  ---------
 *	                                    asked for  free
 *
 * + may be touched, - may not.  What kmalloc() was asked for ends to the byte; of other caches' objects
 * all is the user's.  DEBUG's red zones and tracks are forbidden to all but debug.c.
 *
 * What lies in a free object of SLAB_TYPESAFE_BY_RCU may be read for ever: those are not forbidden again
 * once they were handed out.  Nor are caches: one that is used after it was destroyed is named by its magic.
 *
 * Locking: none: the object, or the slab, is the caller's.
 * Read next: arch/arch.h.
 * Linux: mm/kasan/common.c (kasan_poison_slab, kasan_kmalloc, kasan_slab_free)
 */
#include "mm/slab/slab/slab_impl.h"
#include "mm/slab/slab_view.h"

void watch_new_slab(const struct kmem_cache *cache, const struct slab *slab)
{
	const struct slab_shape *shape = shape_of(cache, slab);

	arch_poison(lowmem_page_address(slab_page(slab)), (size_t)shape->pages << PAGE_SHIFT);
	if (!shape->descriptors)
		arch_unpoison(slab, shape->mgmt_size);
}

void watch_taken_object(const struct kmem_cache *cache, const void *object)
{
	arch_hand_out(object, cache->object_size, cache->size);
}

void watch_request(const struct kmem_cache *cache, const void *object, size_t request)
{
	arch_poison((const u8 *)object + request, cache->object_size - request);
}

void watch_given_object(const struct kmem_cache *cache, const void *object)
{
	if (!(cache->flags & SLAB_TYPESAFE_BY_RCU) && cache != &cache_cache)
		arch_take_back(object, cache->size);
}

void slab_set_aside(const void *object)
{
	watch_given_object(object_page(object)->mapping, object);
}

void slab_take_up(const void *object, size_t request)
{
	const struct kmem_cache *cache = object_page(object)->mapping;

	watch_taken_object(cache, object);
	watch_request(cache, object, request ? request : cache->object_size);
}
