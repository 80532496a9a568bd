/*
 * debug.c - what DEBUG builds see besides: late double frees, writing beyond, before and after
 */
#include <string.h>

#include "kernel/bug.h"
#include "kernel/selftest/selftest.h"
#include "mm/slab/slab.h"

enum { MANY = 100 };
static const char only_debug[] = "only DEBUG builds look";

SELFTEST(slab_debug, double_free, "a double free is found however many frees lie between")
{
	static void *objects[MANY];

	if (!debug_build)
		SKIP("%s", only_debug);
	for (unsigned int i = 0; i < MANY; i++)
		EXPECT((objects[i] = kmalloc(100, GFP_KERNEL)));
	for (unsigned int i = 0; i < MANY; i++)
		kfree(objects[i]);
	for (unsigned int i = 0; i < MANY; i++)
		if (virt_to_page(objects[i])->flags & PG_SLAB)
			EXPECT_BUG("double free", kfree(objects[i]));
	EXPECT(slab_check());
}

SELFTEST(slab_debug, overrun, "one byte behind an object's end is seen when it is freed")
{
	for (unsigned int size = 1; debug_build && size <= 2000; size += 333) {
		struct kmem_cache *cache = kmem_cache_create("test", size, 0, 0, NULL);
		volatile u8 *object;

		EXPECT(cache);
		object = kmem_cache_alloc(cache, GFP_KERNEL);
		EXPECT(object);
		object[size - 1] = 1;
		EXPECT(slab_check());
		object[size] = 1;
		EXPECT_BUG("overrun", kmem_cache_free(cache, (void *)object));
		EXPECT(slab_check()); /* it was repaired */
		kmem_cache_destroy(cache);
	}
	if (!debug_build)
		SKIP("%s", only_debug);
}

SELFTEST(slab_debug, underrun, "one byte before an object's start is seen when it is freed")
{
	volatile u8 *object;

	if (!debug_build)
		SKIP("%s", only_debug);
	object = kmalloc(40, GFP_KERNEL);
	EXPECT(object);
	object[-1] = 1;
	EXPECT_BUG("underrun", kfree((void *)object));
	EXPECT(slab_check());
}

SELFTEST(slab_debug, use_after_free, "a write to a free object is seen when it is handed out again")
{
	volatile u8 *object, *again;

	if (!debug_build)
		SKIP("%s", only_debug);
	object = kmalloc(64, GFP_KERNEL);
	EXPECT(object);
	kfree((void *)object);
	object[63] = 0;
	EXPECT_BUG("use after free", again = kmalloc(64, GFP_KERNEL));
	EXPECT_EQ(again, object);
	kfree((void *)again);
	EXPECT_BUG("use after free", EXPECT(!ksize((void *)object)));
	EXPECT(slab_check());
}

SELFTEST(slab_debug, patterns, "an object is filled with 0x5a when given, 0x6b and 0xa5 when freed")
{
	u8 *object;

	if (!debug_build)
		SKIP("%s", only_debug);
	object = kmalloc(64, GFP_KERNEL);
	EXPECT(object);
	EXPECT_EQ(object[0], 0x5a);
	EXPECT_EQ(object[63], 0x5a);
	kfree(object);
	EXPECT_EQ(object[0], 0x6b);
	EXPECT_EQ(object[62], 0x6b);
	EXPECT_EQ(object[63], 0xa5);
}
