/*
 * on_vmalloc.c - what a replay asks of vmalloc(): whole pages, addresses of their own, a guard each
 *
 * Read next: mm/vmap/vmap.h.
 */
#include <string.h>

#include "kernel/replay/replay.h"
#include "mm/vmap/vmap.h"

/* Nothing for nothing: vmalloc(0) is a mistake. */
static void *take(size_t bytes)
{
	return !bytes ? NULL : __vmalloc(bytes, GFP_KERNEL | __GFP_HIGHMEM | __GFP_NOWARN);
}

static size_t usable(const void *object)
{
	struct vm_struct *area = find_vm_area(object);

	return area ? get_vm_area_size(area) : 0;
}

static void release(void *object)
{
	vfree(object);
}

/* There is no such function in the family: another area, unless the pages that are there do. */
static void *resize(void *object, size_t old_bytes, size_t bytes)
{
	void *moved;

	if (DIV_ROUND_UP(bytes, PAGE_SIZE) == DIV_ROUND_UP(old_bytes, PAGE_SIZE)) {
		arch_unpoison(object, bytes); /* they are the area's */
		return object;
	}
	moved = take(bytes);
	if (!moved && bytes)
		return NULL;
	if (moved && object)
		memcpy(moved, object, min(old_bytes, bytes));
	vfree(object);
	return moved;
}

REPLAY_ALLOCATOR(vmalloc, "areas of whole pages, with a guard page each", take, resize, release,
		 usable);
