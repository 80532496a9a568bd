/*
 * ksize.c - what follows from an object's address: its size, and a larger one with the same contents
 *
 *	address ──> page ──> cache ──> object_size
 *
 * What was asked for is known in DEBUG builds only (debug.c).  Elsewhere the object's size stands
 * for it, and krealloc() with __GFP_ZERO keeps what lies behind the request zero, so that an object
 * which was cleared at first, and resized with __GFP_ZERO each time, always grows by zeros.
 *
 * Locking: none; the object is its holder's, and its cache's geometry is fixed.
 * Linux: mm/slab_common.c (krealloc, ksize)
 */
#include <string.h>

#include "mm/slab/slab/slab_impl.h"
#include "mm/slab/slab_view.h"

/* Bytes of the object; 0 after a report when there is none at this address. */
static unsigned int usable_size(const void *object, unsigned long caller)
{
	const struct page *page = far_page(object);
	const struct kmem_cache *cache = page ? page->mapping : NULL;
	u32 index;

	if (!page || !(page->flags & PG_SLAB)) {
		refuse_object(NULL, object, caller);
		return 0;
	}
	index = slab_index(cache, page_slab(page), object);
	if (index >= page_slab(page)->num) {
		refuse_object(NULL, object, caller);
		return 0;
	}
	if (cache->kind & CACHE_OWN) {
		refuse_own(cache, object, caller);
		return 0;
	}
	if (debug_build && debug_is_free(page_slab(page), index)) {
		refuse_free_object(cache, object, "use after free", caller);
		return 0;
	}
	return cache->object_size;
}

size_t slab_usable_size(const void *object)
{
	return ZERO_OR_NULL_PTR(object) ? 0 : usable_size(object, _RET_IP_);
}

struct kmem_cache *slab_cache_of(const void *object)
{
	return object_page(object)->mapping;
}

size_t ksize(const void *object)
{
	size_t size = ZERO_OR_NULL_PTR(object) ? 0 : usable_size(object, _RET_IP_);

	if (debug_build && size)
		debug_lift_request(object_page(object)->mapping, (void *)object, _RET_IP_);
	if (ARCH_WATCHES && size)
		arch_unpoison(object, size);
	return size;
}

/* What is known to have been asked for, at least. */
static size_t requested(const void *object, size_t usable)
{
	return debug_build ? debug_request(object_page(object)->mapping, object) : usable;
}

/* It stays where it is; `usable` bytes are there. */
static void *resize_in_place(void *object, size_t usable, size_t new_size, gfp_t gfp)
{
	size_t old_size = requested(object, usable);

	arch_unpoison(object, usable);
	if (want_init_on_alloc(gfp)) {
		size_t from = min(old_size, new_size);

		memset((u8 *)object + from, 0, usable - from);
	}
	if (debug_build)
		debug_set_request(object_page(object)->mapping, object, (u32)new_size);
	if (ARCH_WATCHES)
		watch_request(object_page(object)->mapping, object, new_size);
	return object;
}

/* Production builds keep no history, and have nothing to refuse of it: it was found to be an object. */
static inline void free_moved(const void *object, unsigned long caller)
{
	if (debug_build)
		kfree_for(object, caller);
	else
		kfree(object);
}

void *__krealloc_track_caller(const void *object, size_t new_size, gfp_t gfp, unsigned long caller)
{
	size_t usable;
	void *moved;

	if (new_size == 0) {
		kfree_for(object, caller);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(object))
		return __kmalloc_track_caller(new_size, gfp, caller);
	usable = usable_size(object, caller);
	if (usable == 0)
		return NULL;
	if (new_size <= usable)
		return resize_in_place((void *)object, usable, new_size, gfp);
	moved = __kmalloc_track_caller(new_size, gfp, caller);
	if (!moved)
		return NULL;
	arch_unpoison(object, usable); /* a production build moves all of it */
	memcpy(moved, object, requested(object, usable));
	free_moved(object, caller);
	return moved;
}

void *krealloc(const void *object, size_t new_size, gfp_t gfp)
{
	return __krealloc_track_caller(object, new_size, gfp, _RET_IP_);
}
