/*
 * on_kmalloc.c - what a replay asks of kmalloc()
 *
 * Read next: mm/slab/slab.h.
 */
#include "kernel/replay/replay.h"
#include "mm/slab/slab_view.h"

static void *take(size_t bytes)
{
	return kmalloc(bytes, GFP_KERNEL | __GFP_NOWARN);
}

static void *resize(void *object, size_t old_bytes __unused, size_t bytes)
{
	return krealloc(object, bytes, GFP_KERNEL | __GFP_NOWARN);
}

static void release(void *object)
{
	kfree(object);
}

REPLAY_ALLOCATOR(kmalloc, "objects of the kmalloc caches", take, resize, release, slab_usable_size);
