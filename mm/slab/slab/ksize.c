/*
 * ksize.c - what follows from an object's address: its size, and a larger one with the same contents
 *
 *	address ──> page ──> cache ──> object_size
 *
 * Locking: none; the object is its holder's, and its cache's geometry is fixed.
 * Linux: mm/slab_common.c (krealloc, ksize)
 */
#include <string.h>

#include "mm/slab/slab/slab_impl.h"

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
	if (index >= cache->num) {
		refuse_object(NULL, object, caller);
		return 0;
	}
	if (cache->kind & CACHE_OWN) {
		refuse_own(cache, object, caller);
		return 0;
	}
	if (debug_build && debug_is_free(cache, page_slab(page), index)) {
		refuse_free_object(cache, object, "use after free", caller);
		return 0;
	}
	return cache->object_size;
}

size_t ksize(const void *object)
{
	return ZERO_OR_NULL_PTR(object) ? 0 : usable_size(object, _RET_IP_);
}

void *krealloc(const void *object, size_t new_size, gfp_t gfp)
{
	size_t old_size;
	void *moved;

	if (new_size == 0) {
		kfree(object);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(object))
		return kmalloc_track_caller(new_size, gfp);
	old_size = usable_size(object, _RET_IP_);
	if (old_size == 0)
		return NULL;
	if (new_size <= old_size)
		return (void *)object;
	moved = kmalloc_track_caller(new_size, gfp);
	if (!moved)
		return NULL;
	memcpy(moved, object, old_size);
	kfree(object);
	return moved;
}
