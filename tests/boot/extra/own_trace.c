/*
 * own_trace.c - EXTRA for tests/boot: a trace and an allocator of one's own, for `replay`
 *
 *	replay own blocks
 *
 * Locking: none.
 * Read next: kernel/replay/replay.h, tests/boot/test_replay.py
 */
#include <string.h>

#include "kernel/replay/replay.h"
#include "mm/page/page.h"

REPLAY_TRACE(own, "tests/boot/extra/own.trace", "a trace from outside");

static void *take(size_t bytes)
{
	return (void *)__get_free_pages(GFP_KERNEL | __GFP_NOWARN, get_order(bytes));
}

static size_t usable(const void *object)
{
	return PAGE_SIZE << page_order(virt_to_page(object));
}

static void release(void *object)
{
	free_pages((unsigned long)object, page_order(virt_to_page(object)));
}

static void *resize(void *object, size_t old_bytes, size_t bytes)
{
	void *moved = take(bytes);

	if (!moved)
		return NULL;
	memcpy(moved, object, min(old_bytes, bytes));
	release(object);
	return moved;
}

REPLAY_ALLOCATOR(blocks, "blocks of 2^order pages", take, resize, release, usable);
