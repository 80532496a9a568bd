/*
 * watch.c - claims about SANITIZE=address: which bytes may be touched, to the byte
 *
 *	hand out 13 of 16   [ + + + + + + + + + + + + + - - - ]     + may be touched   - may not
 *	take back           [ - - - - - - - - - - - - - - - - ]
 *
 * Nothing is touched here: the shadow is asked.
 */
#include "arch/user/process.h"
#include "kernel/selftest/selftest.h"
#include "mm/page/page.h"
#include "mm/slab/slab.h"
#include "mm/slab/slab_view.h"

static const char unwatched[] = "make SANITIZE=address watches";

/* May the first n bytes be touched, and the next not? */
static bool ends_after(const u8 *start, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!user_may_touch(start + i))
			return false;
	return !user_may_touch(start + n);
}

SELFTEST(watch, contract,
	 "what is handed out may be touched to the byte, what is taken back may not")
{
	u8 *page = (u8 *)__get_free_page(GFP_KERNEL);
	bool whole, part, none, again;

	if (!ARCH_WATCHES) {
		free_page((unsigned long)page);
		SKIP("%s", unwatched);
	}
	EXPECT(page);
	whole = user_may_touch(page) && user_may_touch(page + PAGE_SIZE - 1);
	arch_hand_out(page, 13, 16);
	part = ends_after(page, 13) && user_may_touch(page + 16);
	arch_take_back(page, 16);
	none = !user_may_touch(page) && user_may_touch(page + 16);
	arch_unpoison(page, 16);
	again = user_may_touch(page) && user_may_touch(page + 15);
	free_page((unsigned long)page);
	EXPECT(whole && part && none && again);
	EXPECT(!user_may_touch(page) && !user_may_touch(page + PAGE_SIZE - 1));
}

/* Of an object that fills its place, the next byte is a neighbour's. */
static bool ends_rightly(const u8 *object, size_t size)
{
	return size == slab_usable_size(object) ? user_may_touch(object + size - 1)
						: ends_after(object, size);
}

SELFTEST(watch, every_size,
	 "of kmalloc's objects of any size the bytes that were asked for may be touched")
{
	if (!ARCH_WATCHES)
		SKIP("%s", unwatched);
	for (size_t size = 1; size <= 3 * PAGE_SIZE; size += size < 300 ? 1 : 97) {
		u8 *object = kmalloc(size, GFP_KERNEL);
		bool right = object && ends_rightly(object, size);

		object = right ? krealloc(object, size + 3, GFP_KERNEL) : object;
		right = right && object && ends_rightly(object, size + 3);
		kfree(object);
		if (!right || user_may_touch(object))
			selftest_fail(__FILE__, __LINE__, "%lu bytes", (unsigned long)size);
	}
}

SELFTEST(watch, ksize, "who asks ksize() may touch all of an object")
{
	u8 *object = kmalloc(13, GFP_KERNEL);
	bool before, after;
	size_t usable;

	EXPECT(object);
	before = user_may_touch(object + 13);
	usable = ksize(object);
	after = user_may_touch(object + usable - 1);
	kfree(object);
	EXPECT(before == !ARCH_WATCHES);
	EXPECT(after);
}
