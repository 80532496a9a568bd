/*
 * windows.c - slots of kmap() and of the fixmap that a test has left mapped
 *
 * Read next: leftover.h.
 */
#include "mm/fixmap/fixmap_impl.h"
#include "mm/window/kmap_impl.h"
#include "tests/selftests/leftover/debug/leftover.h"

static void unmap(const struct pkmap_slot *slot)
{
	struct page *page = mem_map + slot->page;

	for (u32 users = slot->count; users > 1; users--)
		kunmap(page);
}

void leftover_windows(void)
{
	struct fixmap_slot slot;

	for (unsigned int n = 0; pkmap.slot && n < LAST_PKMAP; n++)
		if (pkmap.slot[n].count > 1 && is_of_tests(pkmap.slot[n].by))
			unmap(&pkmap.slot[n]);
	kmap_flush_unused();
	for (unsigned int n = 0; n < __end_of_fixed_addresses; n++) {
		fixmap_look(n, &slot);
		if (slot.set && slot.use == FIXMAP_USER && is_of_tests(slot.set_by))
			fixmap_clear(n);
	}
}
