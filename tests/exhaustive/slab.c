/*
 * slab.c - which cache serves a size, how slabs are laid out, and which object an address is
 *
 *	slab   [ descriptor | freelist ][ colour ][ object 0 ][ object 1 ] … [ rest ]
 *	                                          ^ s_mem      ^ s_mem + size
 *
 * Every size of kmalloc; caches of every size up to a few pages, of each alignment; in each, every byte of
 * a slab, and of one size every number of 32 bits.
 *
 * Locking: none.
 * Read next: mm/slab/slab/slab_impl.h, create.c.
 */
#include "kernel/selftest/selftest.h"
#include "mm/slab/slab/sizes.h"
#include "mm/slab/slab/slab_impl.h"
#include "range.h"

/* --- kmalloc's sizes -------------------------------------------------------------------------- */

/* Not less, and no more than its share is wasted: of small ones and DMA's nothing is said. */
static bool size_holds(unsigned int size, unsigned int smaller, unsigned int found)
{
	CHECK(found >= size && smaller < size);
	CHECK(size <= 64 || size > KMALLOC_MAX_SIZE || (found - size) * 8ul < found);
	return true;
}

/* As sizes ascend, a cache serves from one above the size of the one before to its own. */
SELFTEST(exhaustive, kmalloc_sizes,
	 "each size is served by the cache of the smallest one that holds it")
{
	unsigned int smaller = 0, found = 0, caches = 0;

	for (unsigned int size = 1; size <= KMALLOC_MAX_SIZE; size++) {
		const struct kmem_cache *cache = size_cache(size, false);

		if (size > found) {
			smaller = found;
			caches++;
		}
		found = cache->object_size;
		EXPECT(size_holds(size, smaller, found));
		EXPECT(size & (size - 1) || size < KMALLOC_MIN_SIZE || found == size);
	}
	EXPECT_EQ(caches, KMALLOC_SIZES + OCTAVES * STEPS);
}

SELFTEST(exhaustive, dma_sizes, "so is each of DMA memory, where there are fewer")
{
	unsigned int smaller = 0, found = 0, caches = 0;

	for (unsigned int size = 1; size <= KMALLOC_MAX_SIZE; size++) {
		const struct kmem_cache *cache = size_cache(size, true);

		if (size > found) {
			smaller = found;
			caches++;
		}
		found = cache->object_size;
		EXPECT(found >= size && smaller < size && (cache->flags & SLAB_CACHE_DMA));
	}
	EXPECT_EQ(caches, COARSE_SIZES + OCTAVES);
}

/* --- an object's number ----------------------------------------------------------------------- */

/* The multiple of size that it is; or more than there can be of it. */
static inline bool quotient_holds(u32 offset, u32 size, u32 most, u32 inverse, u32 shift)
{
	const u32 quotient = exact_quotient(offset, inverse, shift);

	return offset % size ? quotient > most : quotient == offset / size;
}

/* Of a multiple, and of all that lies between it and the next one; up to 32 bits' end. */
static bool multiple_holds(const struct kmem_cache *cache, u32 nth, u32 most)
{
	const u32 offset = nth * cache->size, last = min(cache->size - 1, ~0u - offset);
	bool holds = exact_quotient(offset, cache->inverse, cache->shift) == nth;

	for (u32 byte = 1; byte <= last; byte++)
		holds &= exact_quotient(offset + byte, cache->inverse, cache->shift) > most;
	return holds;
}

/* 24 is odd * 2^3. */
SELFTEST(exhaustive, slab_index_wide,
	 "of any address in 32 bits it is told which object begins there")
{
	struct kmem_cache *cache = kmem_cache_create("exhaustive", 24, 0, 0, NULL);
	u32 most = cache ? ~0u / cache->size : 0;
	bool holds = true;

	EXPECT(cache);
	for (u64 nth = 0; nth <= most; nth += ON_HOST ? 1 : SPARSE)
		holds &= multiple_holds(cache, (u32)nth, most);
	kmem_cache_destroy(cache);
	EXPECT(holds);
}

/* --- slabs ------------------------------------------------------------------------------------ */

/* Of each byte of the longest slab, and of as many before it. */
static bool indexes_hold(const struct kmem_cache *cache)
{
	const u32 bytes = (u32)cache->shape[SHAPE_WANTED].pages << PAGE_SHIFT;
	const u32 size = cache->size, most = ~0u / size;

	for (u32 offset = 0; offset < bytes; offset++) {
		CHECK(quotient_holds(offset, size, most, cache->inverse, cache->shift));
		CHECK(object_index(cache, 0 - offset - 1) >= cache->shape[SHAPE_WANTED].num);
	}
	return true;
}

/* The same by what the slab itself keeps, from the address. */
static bool addresses_hold(unsigned int size)
{
	struct kmem_cache *cache = kmem_cache_create("exhaustive", size, 0, 0, NULL);
	void *object = cache ? kmem_cache_alloc(cache, GFP_KERNEL) : NULL;
	const struct slab *slab = object ? object_slab(object) : NULL;
	bool holds = object;

	for (u32 byte = 0; holds && byte < slab->num * cache->size; byte++) {
		const u32 index = object_at(slab, (char *)slab->s_mem + byte);

		holds = byte % cache->size ? index >= slab->num : index == byte / cache->size;
		holds &= object_at(slab, (char *)slab->s_mem - 1 - byte) >= slab->num;
	}
	kmem_cache_free(cache, object);
	kmem_cache_destroy(cache);
	return holds;
}

SELFTEST(exhaustive, slab_addresses,
	 "of each address in a slab, and as many before, its object is told")
{
	const unsigned int most = ON_HOST ? 2 * PAGE_SIZE : 256;

	for (unsigned int size = 8; size <= most; size += 8)
		EXPECT(addresses_hold(size));
}

/*
 * The descriptor and as many objects as are said fit, of each colour; one more would not, but where the
 * descriptor stays in a slab of small objects, or a freelist's byte counts no further.
 */
static bool shape_holds(const struct kmem_cache *cache, const struct slab_shape *shape)
{
	const unsigned long bytes = (unsigned long)shape->pages << PAGE_SHIFT;
	const unsigned long objects = (unsigned long)shape->num * cache->size;
	const unsigned long inside = shape->descriptors ? 0 : shape->mgmt_size;
	const unsigned long colour = (shape->nr_colours - 1ul) * cache->colour_unit;

	CHECK(shape->num >= 1 && shape->num <= SLAB_OBJECTS_MAX);
	CHECK(inside % cache->align == 0 && cache->colour_unit % cache->align == 0);
	CHECK(inside + objects + colour <= bytes);
	CHECK(inside + objects + colour + cache->colour_unit > bytes);
	CHECK(shape->mgmt_size >= sizeof(struct slab) + shape->num);
	CHECK(1u << shape->order <= shape->pages && shape->pages < 2u << shape->order);
	return shape->num == SLAB_OBJECTS_MAX ||
	       inside + objects + cache->size + (inside ? cache->align : 0) > bytes;
}

static bool cache_holds(const struct kmem_cache *cache, unsigned int size, unsigned int align)
{
	const struct slab_shape *shape = cache->shape;

	CHECK(cache->object_size == size && cache->size >= size && cache->align >= align);
	CHECK(cache->size % cache->align == 0 && cache->align % MIN_ALIGN == 0);
	CHECK(debug_build || cache->size - size < cache->align);
	CHECK((cache->size >> cache->shift) % 2 == 1);
	CHECK((u32)(cache->inverse * (cache->size >> cache->shift)) == 1);
	for (unsigned int i = 0; i < SHAPES; i++)
		CHECK(shape_holds(cache, &shape[i]));
	CHECK(shape[SHAPE_WANTED].pages >= shape[SHAPE_FIRST].pages);
	CHECK(shape[SHAPE_FIRST].pages >= shape[SHAPE_LEAST].pages ||
	      shape[SHAPE_LEAST].pages == 1);
	return true;
}

static bool made_cache_holds(unsigned int size, unsigned int align, slab_flags_t flags,
			     bool indexes)
{
	struct kmem_cache *cache = kmem_cache_create("exhaustive", size, align, flags, NULL);
	bool holds;

	CHECK(cache);
	holds = cache_holds(cache, size, align) && (!indexes || indexes_hold(cache));
	kmem_cache_destroy(cache);
	if (!holds)
		selftest_note("size %u align %u flags 0x%x", size, align, flags);
	return holds;
}

/* Multiples of eight have all the quotients there are: a size is rounded up to one. */
SELFTEST(exhaustive, slab_index,
	 "of each byte of a slab it is told which object begins there, if one does")
{
	const unsigned int most = ON_HOST ? 4 * PAGE_SIZE : 512, step = debug_build ? 56 : 8;

	for (unsigned int size = 8; size <= most; size += step)
		EXPECT(made_cache_holds(size, 0, 0, true));
}

SELFTEST(exhaustive, slab_layout, "descriptor, objects and colours fill a slab, and do not overlap")
{
	const unsigned int most = ON_HOST ? 3 * PAGE_SIZE : 256, step = debug_build ? 7 : 1;

	for (unsigned int align = 0; align <= PAGE_SIZE; align = align ? 2 * align : 1)
		for (unsigned int size = 1; size <= most; size += align < 64 ? step : 16 * step - 1)
			EXPECT(made_cache_holds(size, align, 0, false));
	for (unsigned int size = 1; size <= most; size += step)
		EXPECT(made_cache_holds(size, 0, SLAB_HWCACHE_ALIGN, false));
	for (unsigned int size = most; size < KMALLOC_MAX_SIZE / 2; size += 4093)
		EXPECT(made_cache_holds(size, 0, 0, false));
}

SELFTEST(exhaustive, block_order, "the first block of a run of pages is the largest that is in it")
{
	for (unsigned int pages = 1; pages <= MAX_ORDER_NR_PAGES; pages++) {
		const unsigned int first = 1u << block_order(pages);

		EXPECT(first <= pages && 2 * first > pages);
	}
}
