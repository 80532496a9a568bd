/*
 * debug.c - what DEBUG builds see besides: late double frees, writing beyond, before and after
 */
#include <stdio.h>
#include <string.h>

#include "kernel/bug.h"
#include "kernel/selftest/selftest.h"
#include "lib/raw.h"
#include "mm/node.h"
#include "mm/slab/names.h"
#include "mm/slab/slab_view.h"

enum { MANY = 100 };
static const char only_debug[] = "only DEBUG builds look";

SELFTEST(slab_debug, double_free, "a double free is found however many frees lie between")
{
	SELFTEST_TABLE(void *, objects, MANY);

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
		raw_write(&object[size], 1);
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
	raw_write(&object[-1], 1);
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
	raw_write(&object[63], 0);
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
	EXPECT_EQ(object[0], want_init_on_alloc(0) ? 0 : 0x5a);
	EXPECT_EQ(object[63], object[0]);
	kfree(object);
	EXPECT_EQ(raw_read(&object[0]), 0x6b);
	EXPECT_EQ(raw_read(&object[62]), 0x6b);
	EXPECT_EQ(raw_read(&object[63]), 0xa5);
}

/* --- the bytes that were asked for ------------------------------------------------------------ */

/* Every way to ask kmalloc's caches for bytes. */
static void *ask(unsigned int way, size_t size)
{
	void *object = kmalloc(1, GFP_KERNEL);

	switch (way) {
	case 0:
		return krealloc(object, size, GFP_KERNEL); /* in place, or moved */
	case 1:
		kfree(object);
		return kmalloc(size, GFP_KERNEL);
	case 2:
		kfree(object);
		return kzalloc(size, GFP_KERNEL);
	case 3:
		kfree(object);
		return kmalloc_array(1, size, GFP_KERNEL);
	case 4:
		kfree(object);
		return kcalloc(1, size, GFP_KERNEL);
	case 5:
		kfree(object);
		return kmalloc_node(size, GFP_KERNEL, (int)nr_nodes - 1);
	case 6:
		kfree(object);
		return kmalloc(size, GFP_KERNEL | __GFP_DMA);
	default:
		kfree(object);
		return kmemdup(only_debug, sizeof(only_debug), GFP_KERNEL);
	}
}

SELFTEST(slab_debug, request,
	 "one byte behind what was asked for is seen, however it was asked for")
{
	static const size_t sizes[] = { 1,   7,	   9,	 20,   100,  130,  250,
					300, 1000, 1025, 2047, 3000, 5000, 70000 };

	if (!debug_build)
		SKIP("%s", only_debug);
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (unsigned int way = 0; way < 8; way++) {
			size_t size = way < 7 ? sizes[i] : sizeof(only_debug);
			volatile u8 *object = ask(way, size);

			EXPECT(object);
			object[size - 1] = 1;
			EXPECT(slab_check());
			raw_write(&object[size], 1);
			EXPECT(!slab_check());
			EXPECT_BUG("overrun", kfree((void *)object));
		}
	}
}

static char told[256];

static void keep_text(const struct bug_report *report, const char *text)
{
	snprintf(told, sizeof(told), "%s: %s", report->what, text);
}

/* What a free of what may not be freed, or of what was written round, says. */
static void free_told(void *object)
{
	unsigned long before = bug_count();
	bug_hook_t hook = bug_set_hook(keep_text);

	told[0] = '\0';
	kfree(object);
	bug_set_hook(hook);
	selftest_excuse_bugs(bug_count() - before);
}

/* --- large objects ---------------------------------------------------------------------------- */

/* kmalloc's next size above this one; 0: no memory. */
static size_t size_above(size_t size)
{
	void *object = kmalloc(size + 1, GFP_KERNEL | __GFP_NOWARN);
	size_t next = slab_usable_size(object);

	kfree(object);
	return next;
}

/* Is a byte written `at` bytes from the start of an object that was asked for whole told when it is freed? */
static bool is_told(size_t size, long at, const char *what)
{
	volatile u8 *object = kmalloc(size, GFP_KERNEL);
	char where[48];

	CHECK(object && slab_usable_size((void *)object) == size);
	memset((void *)object, 0x11, size);
	CHECK(slab_check());
	raw_write(&object[at], 1);
	CHECK(!slab_check());
	snprintf(where, sizeof(where), "0x01 at %+ld of %lu bytes of kmalloc-", at,
		 (unsigned long)size);
	free_told((void *)object);
	CHECK(strstr(told, what) && strstr(told, where));
	return slab_check();
}

SELFTEST(slab_debug, whole_object,
	 "one byte behind or before all of an object is told, of each of kmalloc's sizes")
{
	size_t size = 0, last;

	if (!debug_build)
		SKIP("%s", only_debug);
	slab_reap(); /* slabs that were made when memory was in pieces */
	while ((last = size, size = size_above(size)) && size < KMALLOC_MAX_SIZE) {
		EXPECT(is_told(size, (long)size, "overrun"));
		EXPECT(is_told(size, (long)size + 7, "overrun"));
		/* Before a power of two above a page, which is alone in its slab, is nobody's guard. */
		if (size <= PAGE_SIZE || (size & (size - 1)))
			EXPECT(is_told(size, -1, "underrun"));
	}
	EXPECT(last >= KMALLOC_MAX_SIZE / 8); /* as far as there must be memory */
}

/* --- who had it ------------------------------------------------------------------------------- */

SELFTEST(slab_debug, moved_by, "who has an object resized is who freed it where it was")
{
	void *volatile old, *volatile moved;

	if (!debug_build)
		SKIP("%s", only_debug);
	old = kmalloc(100, GFP_KERNEL);
	moved = krealloc(old, 5000, GFP_KERNEL);
	EXPECT(old && moved && old != moved);
	free_told(old);
	EXPECT(strstr(told, "freed before by selftest_slab_debug_moved_by+"));
	kfree(moved);
}

SELFTEST(slab_debug, ksize_lifts,
	 "who asks ksize() may use it all, and finds zeros behind what was asked for")
{
	u8 *object = kmalloc(97, GFP_KERNEL);
	size_t usable, size;

	if (!debug_build) {
		kfree(object);
		SKIP("%s", only_debug);
	}
	EXPECT(object);
	usable = slab_usable_size(object); /* who only asks changes nothing */
	EXPECT(usable > 98);
	raw_write(&object[98], 1);
	EXPECT_BUG("overrun", size = ksize(object));
	EXPECT_EQ(size, usable);
	for (unsigned int i = 97; i < size; i++)
		EXPECT_EQ(object[i], 0);
	memset(object, 0x11, size);
	EXPECT(slab_check());
	kfree(object);
	object = kmalloc(97, GFP_KERNEL); /* of the next holder nothing is known of that */
	EXPECT(object);
	raw_write(&object[usable - 1], 1);
	EXPECT_BUG("overrun", kfree(object));
}

/* Is the byte that is wrong seen twice, told as no bug, and left as it is? */
static bool only_looked_at(volatile u8 *at)
{
	const unsigned long bugs = bug_count();
	const u8 right = raw_read(at), wrong = (u8)~right;
	bool seen;

	raw_write(at, wrong);
	seen = !slab_check() && !slab_check() && raw_read(at) == wrong && bug_count() == bugs;
	raw_write(at, right);
	return seen;
}

SELFTEST(slab_debug, check_only_looks,
	 "the checker sees red zones, patterns and owners, and repairs none")
{
	volatile u8 *object, *freed;
	bool red, guard, pattern, owner;

	if (!debug_build)
		SKIP("%s", only_debug);
	freed = kmalloc(40, GFP_KERNEL);
	object = kmalloc(40, GFP_KERNEL);
	EXPECT(object && freed);
	kfree((void *)freed);
	red = only_looked_at(object + 40);
	guard = only_looked_at(object - 1);
	pattern = only_looked_at(freed);
	/* Behind 8 bytes of red zone at least: who allocated it, who freed it, what was asked for; a guard. */
	owner = only_looked_at(object - 8 - 4 - 4 - 1);
	kfree((void *)object);
	EXPECT(red);
	EXPECT(guard);
	EXPECT(pattern);
	EXPECT(owner);
	EXPECT(slab_check());
}
