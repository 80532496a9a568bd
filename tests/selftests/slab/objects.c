/*
 * objects.c - claims about kmalloc and caches that hold for every implementation
 *
 * Read next: mm/slab/slab.h, whose contracts these are.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "mm/slab/slab.h"
#include "mm/slab/slab_view.h"
#include "tests/selftests/page/node_room.h"

static const unsigned int sizes[] = { 1,    7,	  8,	9,    16,   33,	   64,	   65,
				      96,   97,	  128,	192,  193,  256,   511,	   512,
				      1024, 1025, 4096, 5000, 8192, 40000, 131072, 200000 };

/* Writes the whole object and reads it back. */
static bool usable(void *object, size_t size)
{
	u8 *bytes = object;

	memset(bytes, 0x3c, size);
	CHECK(bytes[0] == 0x3c && bytes[size - 1] == 0x3c);
	return true;
}

SELFTEST(slab, kmalloc, "an object of each size holds as much as ksize() says, which is enough")
{
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *object = kmalloc(sizes[i], GFP_KERNEL);

		EXPECT(object);
		EXPECT(ksize(object) >= sizes[i]);
		EXPECT(usable(object, ksize(object)));
		kfree(object);
	}
	EXPECT(slab_check());
}

SELFTEST(
	slab, ksize,
	"ksize() is exact; up to a page a byte more than a size wastes less than an eighth of the next")
{
	size_t below = 0;

	for (size_t usable; below < PAGE_SIZE; below = usable) {
		void *least = kmalloc(below + 1, GFP_KERNEL), *most;

		EXPECT(least);
		usable = ksize(least);
		EXPECT(usable > below && usable % KMALLOC_MIN_SIZE == 0);
		EXPECT(usable <= 64 || (usable - below - 1) * 8 < usable);
		most = kmalloc(usable, GFP_KERNEL);
		EXPECT(most);
		EXPECT_EQ(ksize(most), usable);
		kfree(least);
		kfree(most);
	}
	for (size_t power = KMALLOC_MIN_SIZE; power <= KMALLOC_MAX_SIZE; power *= 2) {
		void *object = kmalloc(power, GFP_KERNEL | __GFP_NOWARN);

		EXPECT(!object || ksize(object) == power);
		kfree(object);
	}
	EXPECT_EQ(ksize(NULL), 0);
	EXPECT_EQ(ksize(ZERO_SIZE_PTR), 0);
}

/* A cache of that size gives an object, which is as large, and takes it back; no part of it is one. */
static bool serves_size(unsigned int size)
{
	struct kmem_cache *cache = kmem_cache_create("test", size, 0, 0, NULL);
	u8 *object;

	CHECK(cache);
	object = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN);
	if (object) {
		CHECK(ksize(object) == size);
		object[0] = object[size - 1] = 1;
		CHECK(slab_object_live(object));
		for (unsigned int inside = 1; inside < size; inside *= 3)
			CHECK(!slab_object_live(object + inside));
		kmem_cache_free(cache, object);
	}
	kmem_cache_destroy(cache);
	return true;
}

SELFTEST(slab, any_size,
	 "caches of any size from 1 byte to 4 MiB serve: in steps, and around kmalloc's")
{
	for (unsigned int size = 1; size <= KMALLOC_MAX_SIZE; size += 61 + size / 16)
		EXPECT(serves_size(size));
	for (unsigned int size = 1, usable = 0; size < 2 * PAGE_SIZE; size = usable + 1) {
		void *object = kmalloc(size, GFP_KERNEL);

		EXPECT(object);
		usable = (unsigned int)ksize(object);
		kfree(object);
		EXPECT(serves_size(usable - 1) && serves_size(usable) && serves_size(usable + 1));
	}
	EXPECT(serves_size(KMALLOC_MAX_SIZE) && serves_size(KMALLOC_MAX_SIZE - 1));
	EXPECT(slab_check());
}

SELFTEST(slab, alignment, "an object is aligned to the largest power of two that divides its size")
{
	for (unsigned int size = 8; size <= KMALLOC_MAX_SIZE / 8; size *= 2) {
		void *object = kmalloc(size, GFP_KERNEL);

		EXPECT(object);
		EXPECT_EQ((unsigned long)object & (size - 1), 0);
		kfree(object);
	}
	for (unsigned int size = 96; size <= 192; size += 96) {
		void *object = kmalloc(size, GFP_KERNEL);

		EXPECT(object);
		EXPECT_EQ((unsigned long)object & ((size & -size) - 1), 0);
		kfree(object);
	}
}

SELFTEST(slab, largest, "4 MiB is the largest size; one byte more is NULL")
{
	void *object = kmalloc(KMALLOC_MAX_SIZE, GFP_KERNEL | __GFP_NOWARN);

	EXPECT(!kmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL | __GFP_NOWARN));
	EXPECT(!kmalloc(~(size_t)0, GFP_KERNEL | __GFP_NOWARN));
	if (!object)
		SKIP("no block of 4 MiB free");
	EXPECT_EQ(ksize(object), KMALLOC_MAX_SIZE);
	((u8 *)object)[KMALLOC_MAX_SIZE - 1] = 1;
	kfree(object);
}

SELFTEST(slab, zero_size, "kmalloc(0) is an address that may be freed and must not be read")
{
	void *nothing = kmalloc(0, GFP_KERNEL);
	u32 value;

	EXPECT_EQ(nothing, ZERO_SIZE_PTR);
	EXPECT(!arch_try_read((vaddr_t)nothing, 4, &value, NULL));
	kfree(nothing);
	kfree(NULL);
	kmem_cache_free(kmem_cache_find("kmalloc-64"), NULL);
	EXPECT_EQ(kzalloc(0, GFP_KERNEL), ZERO_SIZE_PTR);
	EXPECT_EQ(kcalloc(0, 8, GFP_KERNEL), ZERO_SIZE_PTR);
}

static bool is_clear(const u8 *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		CHECK(bytes[i] == 0);
	return true;
}

SELFTEST(slab, kzalloc, "what kzalloc() gives is clear to the last usable byte, whatever it held")
{
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *object = kmalloc(sizes[i], GFP_KERNEL);

		EXPECT(object);
		memset(object, 0xff, ksize(object));
		kfree(object);
		object = kzalloc(sizes[i], GFP_KERNEL);
		EXPECT(object);
		EXPECT(is_clear(object, ksize(object)));
		kfree(object);
	}
}

SELFTEST(slab, arrays, "kmalloc_array() and kcalloc() refuse a product that no size_t holds")
{
	u32 *array = kcalloc(100, sizeof(*array), GFP_KERNEL);

	EXPECT(array);
	EXPECT(is_clear((u8 *)array, 100 * sizeof(*array)));
	kfree(array);
	array = kmalloc_array(100, sizeof(*array), GFP_KERNEL);
	EXPECT(array);
	EXPECT(ksize(array) >= 100 * sizeof(*array));
	kfree(array);
	EXPECT(!kmalloc_array(~(size_t)0 / 8 + 1, 8, GFP_KERNEL));
	EXPECT(!kcalloc(~(size_t)0 / 8 + 1, 8, GFP_KERNEL));
	EXPECT(!kcalloc(~(size_t)0, ~(size_t)0, GFP_KERNEL));
}

SELFTEST(slab, krealloc, "krealloc() keeps the contents, and the object where it is large enough")
{
	char *object = krealloc(NULL, 20, GFP_KERNEL), *same, *moved;

	EXPECT(object);
	strcpy(object, "kept contents");
	same = krealloc(object, ksize(object), GFP_KERNEL);
	EXPECT_EQ(same, object);
	same = krealloc(object, sizeof("kept contents"), GFP_KERNEL);
	EXPECT_EQ(same, object);
	moved = krealloc(object, 5000, GFP_KERNEL);
	EXPECT(moved && moved != object);
	EXPECT(!strcmp(moved, "kept contents"));
	EXPECT(!krealloc(moved, KMALLOC_MAX_SIZE + 1, GFP_KERNEL | __GFP_NOWARN));
	EXPECT(!strcmp(moved, "kept contents")); /* refused: nothing changed */
	EXPECT_EQ(krealloc(moved, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	EXPECT_EQ(krealloc(ZERO_SIZE_PTR, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	EXPECT(slab_check());
}

SELFTEST(slab, krealloc_zero,
	 "krealloc() with __GFP_ZERO grows by zeros, in place and moved, up, down and up again")
{
	static const size_t sizes[] = { 20, 30, 9, 32, 33, 60, 34, 5000, 4097, 8192, 9000 };
	u8 *object = kzalloc(10, GFP_KERNEL);
	size_t old = 10;

	EXPECT(object);
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); old = sizes[i++]) {
		memset(object, 0xff, old);
		object = krealloc(object, sizes[i], GFP_KERNEL | __GFP_ZERO);
		EXPECT(object);
		for (size_t byte = 0; byte < sizes[i]; byte++)
			EXPECT_EQ(object[byte], byte < old ? 0xff : 0);
	}
	kfree(object);
}

SELFTEST(
	slab, krealloc_zero_known,
	"a build that knows what was asked for clears all that was not, even if nothing was clear at first")
{
	u8 *object = kmalloc(64, GFP_KERNEL);

	EXPECT(object);
	memset(object, 0xff, 64);
	kfree(object);
	object = kmalloc(40, GFP_KERNEL);
	EXPECT(object);
	memset(object, 0x77, 40);
	object = krealloc(object, 60, GFP_KERNEL | __GFP_ZERO);
	EXPECT(object && object[39] == 0x77);
	for (unsigned int i = 40; debug_build && i < 60; i++)
		EXPECT_EQ(object[i], 0);
	object = krealloc(object, 50, GFP_KERNEL);
	object = krealloc(object, 200, GFP_KERNEL | __GFP_ZERO);
	EXPECT(object && object[39] == 0x77);
	for (unsigned int i = 64; i < 200; i++)
		EXPECT_EQ(object[i], 0);
	kfree(object);
}

SELFTEST(slab, dma, "GFP_DMA objects lie in the first 16 MiB")
{
	void *object = kmalloc(300, GFP_KERNEL | __GFP_DMA), *clear;

	EXPECT(object);
	EXPECT_EQ(page_zonenum(virt_to_page(object)), ZONE_DMA);
	clear = kzalloc(3000, GFP_KERNEL | __GFP_DMA);
	EXPECT(clear);
	EXPECT_EQ(page_zonenum(virt_to_page(clear)), ZONE_DMA);
	EXPECT(is_clear(clear, ksize(clear)));
	kfree(object);
	kfree(clear);
}

/* Is what was asked for on that node there, if it has room? */
static bool node_serves(int nid)
{
	/* A node all of highmem, or of too few pages, has none to give: then another serves. */
	bool room = nid != NUMA_NO_NODE && node_has_room(nid, ZONE_NORMAL, 3);
	struct kmem_cache *cache = kmem_cache_find("kmalloc-64");
	void *object[] = { kmalloc_node(100, GFP_KERNEL, nid), kzalloc_node(100, GFP_KERNEL, nid),
			   kmem_cache_alloc_node(cache, GFP_KERNEL, nid) };
	bool there = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(object); i++) {
		CHECK(object[i]);
		there = there && (!room || page_to_nid(virt_to_page(object[i])) == nid);
		CHECK(i != 1 || is_clear(object[i], 100));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(object); i++)
		kfree(object[i]);
	return there;
}

SELFTEST(slab, node, "a node may be wished for; one that is not there is refused")
{
	/* Each after all others, whose objects were freed last: who may have any gets those. */
	for (int round = 0; round < 2; round++)
		for (int nid = NUMA_NO_NODE; nid < (int)nr_nodes; nid++)
			EXPECT(node_serves(nid));
	EXPECT_BUG("no such node", EXPECT(!kmalloc_node(100, GFP_KERNEL, (int)nr_nodes)));
	EXPECT(slab_check());
}

SELFTEST(slab, lifo, "the object freed last is the one handed out next")
{
	void *one = kmalloc(64, GFP_KERNEL), *two = kmalloc(64, GFP_KERNEL), *again;

	EXPECT(one && two && one != two);
	kfree(one);
	kfree(two);
	again = kmalloc(64, GFP_KERNEL);
	EXPECT_EQ(again, two);
	kfree(again);
}

SELFTEST(slab, atomic, "objects can be had with interrupts off and GFP_ATOMIC, slabs included")
{
	enum { MANY = 500 };
	SELFTEST_TABLE(void *, objects, MANY);
	unsigned long flags = arch_irq_save();
	unsigned int n;

	for (n = 0; n < MANY && (objects[n] = kmalloc(128, GFP_ATOMIC)); n++)
		;
	for (unsigned int i = 0; i < n; i++)
		kfree(objects[i]);
	EXPECT(arch_irqs_disabled());
	arch_irq_restore(flags);
	EXPECT_EQ(n, MANY);
	EXPECT(slab_check());
}

/* --- caches ----------------------------------------------------------------------------------- */

struct sample {
	u64 number;
	char text[50];
};

SELFTEST(slab, create,
	 "a cache knows its name and size, is found by name, and is gone when destroyed")
{
	unsigned int before = nr_caches();
	struct kmem_cache *cache = KMEM_CACHE(sample, SLAB_HWCACHE_ALIGN);

	EXPECT(cache);
	EXPECT(!strcmp(kmem_cache_name(cache), "sample"));
	EXPECT_EQ(kmem_cache_size(cache), sizeof(struct sample));
	EXPECT_EQ(kmem_cache_find("sample"), cache);
	EXPECT_EQ(nr_caches(), before + 1);
	kmem_cache_destroy(cache);
	EXPECT(!kmem_cache_find("sample"));
	EXPECT_EQ(nr_caches(), before);
	kmem_cache_destroy(NULL);
	EXPECT_EQ(kmem_cache_size(NULL), 0);
	EXPECT(!strcmp(kmem_cache_name(NULL), "?"));
	EXPECT(slab_check());
}

SELFTEST(slab, name_with_blanks, "a cache's name may have blanks, and as many characters as fit")
{
	static const char longest[] = "a name with blanks and thirty-nine char"; /* and the 0 */
	struct kmem_cache *cache = kmem_cache_create(longest, 64, 0, 0, NULL);

	EXPECT_EQ(sizeof(longest), KMEM_CACHE_NAME_MAX);
	EXPECT(cache);
	EXPECT(!strcmp(kmem_cache_name(cache), longest));
	EXPECT_EQ(kmem_cache_find(longest), cache);
	kmem_cache_destroy(cache);
	EXPECT(!kmem_cache_find(longest));
}

SELFTEST(slab, cache_objects,
	 "a cache's objects are distinct, aligned, and of the size it was made for")
{
	enum { MANY = 100, SIZE = 52, ALIGNED = 128 };
	SELFTEST_TABLE(u8 *, objects, MANY);
	struct kmem_cache *cache = kmem_cache_create("test", SIZE, ALIGNED, 0, NULL);

	EXPECT(cache);
	for (unsigned int i = 0; i < MANY; i++) {
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		EXPECT(objects[i]);
		EXPECT_EQ((unsigned long)objects[i] % ALIGNED, 0);
		EXPECT_EQ(ksize(objects[i]), SIZE);
		memset(objects[i], (int)i, SIZE);
	}
	for (unsigned int i = 0; i < MANY; i++) {
		for (unsigned int byte = 0; byte < SIZE; byte++)
			EXPECT_EQ(objects[i][byte], i);
		kmem_cache_free(cache, objects[i]);
	}
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
}

SELFTEST(slab, hwcache,
	 "SLAB_HWCACHE_ALIGN puts large objects on cache lines, small ones on parts of one")
{
	static const unsigned int cases[][2] = { { 100, 32 }, { 33, 32 }, { 17, 32 }, { 16, 16 },
						 { 9, 16 },   { 8, 8 },	  { 3, 8 } };

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kmem_cache *cache =
			kmem_cache_create("test", cases[i][0], 0, SLAB_HWCACHE_ALIGN, NULL);
		void *one, *two;

		EXPECT(cache);
		one = kmem_cache_alloc(cache, GFP_KERNEL);
		two = kmem_cache_alloc(cache, GFP_KERNEL);
		EXPECT(one && two);
		EXPECT_EQ((unsigned long)one % cases[i][1], 0);
		EXPECT_EQ((unsigned long)two % cases[i][1], 0);
		kmem_cache_free(cache, one);
		kmem_cache_free(cache, two);
		kmem_cache_destroy(cache);
	}
}

SELFTEST(slab, zalloc, "kmem_cache_zalloc() clears an object of any length")
{
	for (unsigned int size = 1; size < 140; size += 13) {
		struct kmem_cache *cache = kmem_cache_create("test", size, 0, 0, NULL);
		void *object;

		EXPECT(cache);
		object = kmem_cache_alloc(cache, GFP_KERNEL);
		EXPECT(object);
		memset(object, 0xee, size);
		kmem_cache_free(cache, object);
		object = kmem_cache_zalloc(cache, GFP_KERNEL);
		EXPECT(object);
		EXPECT(is_clear(object, size));
		kmem_cache_free(cache, object);
		kmem_cache_destroy(cache);
	}
}

SELFTEST(slab, alloc_node,
	 "kmem_cache_alloc_node() serves from each node, and kfree() takes it back")
{
	struct kmem_cache *cache = kmem_cache_create("test", 80, 0, 0, NULL);

	EXPECT(cache);
	for (int nid = NUMA_NO_NODE; nid < (int)nr_nodes; nid++) {
		void *object = kmem_cache_alloc_node(cache, GFP_KERNEL, nid);

		EXPECT(object);
		kfree(object);
	}
	EXPECT_BUG("no such node", EXPECT(!kmem_cache_alloc_node(cache, GFP_KERNEL, 99)));
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
}

SELFTEST(slab, cache_dma, "a SLAB_CACHE_DMA cache's objects lie in the first 16 MiB, unasked")
{
	struct kmem_cache *cache = kmem_cache_create("test", 80, 0, SLAB_CACHE_DMA, NULL);
	void *object;

	EXPECT(cache);
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT(object);
	EXPECT_EQ(page_zonenum(virt_to_page(object)), ZONE_DMA);
	kmem_cache_free(cache, object);
	kmem_cache_destroy(cache);
}

/* --- constructors ----------------------------------------------------------------------------- */

static unsigned int constructed;

static void construct(void *object)
{
	*(u32 *)object = 0xc0ffee;
	constructed++;
}

SELFTEST(slab, ctor, "the constructor runs once on each object, which keeps its state when freed")
{
	enum { MANY = 100 }; /* what a cache keeps on the smallest machine, too */
	SELFTEST_TABLE(u32 *, objects, MANY);
	struct kmem_cache *cache = kmem_cache_create("test", 60, 0, 0, construct);
	unsigned int after_first;

	EXPECT(cache);
	constructed = 0;
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < MANY; i++) {
			objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
			EXPECT(objects[i]);
			EXPECT_EQ(*objects[i], 0xc0ffee);
		}
		if (round == 0)
			after_first = constructed;
		for (unsigned int i = 0; i < MANY; i++)
			kmem_cache_free(cache, objects[i]);
	}
	EXPECT(after_first >= MANY);
	EXPECT_EQ(constructed, after_first); /* no slab was made anew */
	EXPECT_BUG("bad gfp", EXPECT(!kmem_cache_zalloc(cache, GFP_KERNEL)));
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
}

SELFTEST(slab, typesafe,
	 "of a SLAB_TYPESAFE_BY_RCU cache a free keeps contents, and reclaim the pages")
{
	enum { MANY = 200 };
	SELFTEST_TABLE(u32 *, objects, MANY);
	struct kmem_cache *cache = kmem_cache_create("test", 256, 0, SLAB_TYPESAFE_BY_RCU, NULL);
	unsigned long pages;

	EXPECT(cache);
	for (unsigned int i = 0; i < MANY; i++) {
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		EXPECT(objects[i]);
		memset(objects[i], 0x77, 256);
	}
	pages = nr_slab_pages();
	for (unsigned int i = 0; i < MANY; i++)
		kmem_cache_free(cache, objects[i]);
	EXPECT_EQ(nr_slab_pages(), pages);
	slab_reap();
	/* Who still looks finds an object of this cache, as the last user left it. */
	for (unsigned int i = 0; i < MANY; i++) {
		EXPECT(virt_to_page(objects[i])->flags & PG_SLAB);
		EXPECT_EQ(objects[i][0], 0x77777777);
		EXPECT_EQ(objects[i][63], 0x77777777);
	}
	EXPECT_EQ(kmem_cache_shrink(cache), 0); /* its owner says that nobody does any more */
	EXPECT(nr_slab_pages() <= pages - MANY / 16);
	EXPECT(!(virt_to_page(objects[0])->flags & PG_SLAB));
	kmem_cache_destroy(cache);
}

/* --- many at once ----------------------------------------------------------------------------- */

SELFTEST(slab, bulk,
	 "a bulk of objects is distinct, and given back at once, to one cache or to each its own")
{
	enum { MANY = 150 };
	SELFTEST_TABLE(void *, objects, MANY);
	struct kmem_cache *cache = kmem_cache_create("test", 100, 0, 0, NULL);

	EXPECT(cache);
	EXPECT_EQ(kmem_cache_alloc_bulk(cache, GFP_KERNEL, MANY, objects), MANY);
	for (unsigned int i = 0; i < MANY; i++)
		*(unsigned int *)objects[i] = i;
	for (unsigned int i = 0; i < MANY; i++)
		EXPECT_EQ(*(unsigned int *)objects[i], i);
	kmem_cache_free_bulk(cache, MANY, objects);
	EXPECT(slab_check());
	EXPECT_EQ(kmem_cache_alloc_bulk(cache, GFP_KERNEL, MANY / 2, objects), MANY / 2);
	for (unsigned int i = MANY / 2; i < MANY; i++)
		EXPECT((objects[i] = kmalloc(i, GFP_KERNEL)));
	kfree_bulk(MANY, objects);
	EXPECT_EQ(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 0, objects), 0);
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
}

SELFTEST(slab, bulk_all_or_nothing, "a bulk that cannot be served in full takes nothing")
{
	enum { MANY = 512, SIZE = 2 * 1024 * 1024 };
	SELFTEST_TABLE(void *, objects, MANY);
	struct kmem_cache *cache = kmem_cache_create("test", SIZE, 0, 0, NULL);
	int got;

	EXPECT(cache);
	got = kmem_cache_alloc_bulk(cache, GFP_KERNEL | __GFP_NOWARN, MANY, objects);
	EXPECT_EQ(got, 0); /* 1 GiB of lowmem there is nowhere */
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
}

/* --- giving back ------------------------------------------------------------------------------ */

SELFTEST(slab, shrink, "shrinking gives back every page that holds no object in use")
{
	enum { MANY = 200 };
	SELFTEST_TABLE(void *, objects, MANY);
	struct kmem_cache *cache = kmem_cache_create("test", 500, 0, 0, NULL);
	unsigned long before;

	EXPECT(cache);
	slab_reap();
	before = nr_slab_pages();
	for (unsigned int i = 0; i < MANY; i++)
		EXPECT((objects[i] = kmem_cache_alloc(cache, GFP_KERNEL)));
	EXPECT(nr_slab_pages() >= before + MANY / 8);
	for (unsigned int i = 1; i < MANY; i++)
		kmem_cache_free(cache, objects[i]);
	EXPECT_EQ(kmem_cache_shrink(cache), 1);
	EXPECT(nr_slab_pages() <= before + 4);
	kmem_cache_free(cache, objects[0]);
	EXPECT_EQ(kmem_cache_shrink(cache), 0);
	slab_reap(); /* descriptors, if they lay outside */
	EXPECT_EQ(nr_slab_pages(), before);
	kmem_cache_destroy(cache);
}

SELFTEST(slab, reap,
	 "reaping empties all caches of what nobody uses, and says how many pages that was")
{
	unsigned long before, grown, got;

	slab_reap();
	before = nr_slab_pages();
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *object = kmalloc(sizes[i], GFP_KERNEL);

		EXPECT(object);
		kfree(object);
	}
	grown = nr_slab_pages();
	EXPECT(grown > before);
	got = slab_reap();
	EXPECT_EQ(got, grown - before);
	EXPECT_EQ(nr_slab_pages(), before);
	EXPECT_EQ(slab_reap(), 0);
}

SELFTEST(slab, owner,
	 "pages under objects are counted as the slab's, and are back when it is destroyed")
{
	struct kmem_cache *cache = kmem_cache_create("test", 3000, 0, 0, NULL);
	struct page *page;
	void *object;

	EXPECT(cache);
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT(object);
	page = virt_to_page(object);
	EXPECT(page->flags & PG_SLAB);
	kmem_cache_free(cache, object);
	kmem_cache_destroy(cache);
	EXPECT(!(page->flags & PG_SLAB));
}

SELFTEST(slab, available, "the object allocator is available once it is up")
{
	EXPECT(slab_is_available());
}
