/*
 * watched.c - claims about DEBUG builds: each byte behind what was asked for is watched, the track's too
 *
 *	| request | red zone | alloc by, free by, request, seal |  guard  | next object
 *	          |<------------- each of these, one by one ----------->|
 */
#include <string.h>

#include "kernel/bug.h"
#include "kernel/selftest/selftest.h"
#include "lib/raw.h"
#include "mm/slab/slab/slab_impl.h"

/* By whom allocated and freed; what was asked for, and the seal. */
enum { TRACK_SIZE = 2 * sizeof(long) + 2 * sizeof(u32) };

/* Does a change of the byte show, and does nothing once it is as it was? */
static bool is_watched(volatile u8 *at)
{
	const u8 right = raw_read(at);
	bool seen;

	raw_write(at, (u8)(right + 1));
	seen = !slab_check();
	raw_write(at, right);
	return seen && slab_check();
}

SELFTEST(slab_debug, every_byte,
	 "each byte behind what was asked for, up to the next object, is watched")
{
	static const size_t sizes[] = { 1, 8, 100, 104, 700 };

	if (!debug_build)
		SKIP("only DEBUG builds look");
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *object = kmalloc(sizes[i], GFP_KERNEL), *at;
		unsigned int size;

		EXPECT(object);
		kfree(object); /* so that it was freed before, and by whom is noted */
		EXPECT(kmalloc(sizes[i], GFP_KERNEL) == object);
		size = ((struct kmem_cache *)object_page(object)->mapping)->size;
		for (at = object + sizes[i]; at < object + size - GUARD_SIZE; at++)
			EXPECT(is_watched(at));
		EXPECT(is_watched(object - 1) && is_watched(object - GUARD_SIZE));
		kfree(object);
	}
}

SELFTEST(slab_debug, each_edge,
	 "of an object of any size the first and the last byte of what is watched round it are")
{
	static const size_t sizes[] = { 2048, 2049, 3000, 4088, 4089,  4096,   5120,
					5121, 8192, 9216, 9217, 65536, 100000, 524288 };

	if (!debug_build)
		SKIP("only DEBUG builds look");
	slab_reap(); /* slabs that were made when memory was in pieces */
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *object = kmalloc(sizes[i], GFP_KERNEL), *track;
		const struct kmem_cache *cache;
		const struct slab *slab;

		EXPECT(object);
		cache = object_page(object)->mapping;
		slab = object_slab(object);
		track = object + cache->size - GUARD_SIZE - TRACK_SIZE;
		EXPECT(cache->kind & CACHE_RED);
		EXPECT(is_watched(object + sizes[i]));
		if (sizes[i] < cache->object_size)
			EXPECT(is_watched(object - 1 +
					  min(sizes[i] + PAGE_SIZE, cache->object_size)));
		EXPECT(is_watched(object + cache->object_size) && is_watched(track - 1));
		EXPECT(is_watched(track) && is_watched(track + TRACK_SIZE - 1));
		if (!shape_of(cache, slab)->descriptors)
			EXPECT(is_watched(object - 1) && is_watched(object - GUARD_SIZE));
		else /* it begins its slab, so that it is aligned to itself */
			EXPECT(object == slab->s_mem && sizes[i] > PAGE_SIZE &&
			       !(cache->object_size & (cache->object_size - 1)));
		kfree(object);
	}
}

SELFTEST(slab_debug, broken_track,
	 "of a track that was overwritten nothing is believed, nor written by it")
{
	u8 *object, *track;
	unsigned int size;

	if (!debug_build)
		SKIP("only DEBUG builds look");
	EXPECT((object = kmalloc(100, GFP_KERNEL)));
	size = ((struct kmem_cache *)object_page(object)->mapping)->size;
	track = object + size - GUARD_SIZE - TRACK_SIZE;
	memset(object, 0x11, 100);
	raw_fill(track, 0xff, TRACK_SIZE); /* as if 4 GiB had been asked for */
	EXPECT_BUG("broken track", EXPECT(ksize(object) >= 100));
	raw_fill(track, 0xff, TRACK_SIZE);
	EXPECT_BUG("broken track", object = krealloc(object, 300, GFP_KERNEL));
	EXPECT(object && object[0] == 0x11 && object[99] == 0x11);
	kfree(object);
	EXPECT(slab_check());
}
