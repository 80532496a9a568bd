/*
 * window.h - what the tests of the fixed window share: is it what it was, and is an address dead?
 */
#ifndef TESTS_FIXMAP_WINDOW_H
#define TESTS_FIXMAP_WINDOW_H

#include "mm/fixmap/fixmap_impl.h"

/* A number that differs when any slot's state, target or setter does. */
static inline u64 window_state(void)
{
	u64 sum = 0;

	for (unsigned int idx = 0; idx < __end_of_fixed_addresses; idx++) {
		struct fixmap_slot slot;

		fixmap_look(idx, &slot);
		sum = sum * 31 + slot.set;
		sum = sum * 31 + slot.phys;
		sum = sum * 31 + slot.set_by;
	}
	return sum;
}

/* Does reading and writing there fault, as nothing is mapped? */
static inline bool is_dead(vaddr_t va)
{
	u32 word;

	return !arch_try_read(va, 4, &word, NULL) && !arch_try_write(va, 4, 0, NULL);
}

/* The nth user slot that is clear; beyond the last user slot when there are not so many. */
static inline unsigned int clear_slot(unsigned int nth)
{
	unsigned int idx = FIX_USER_FIRST;
	struct fixmap_slot slot;

	for (; idx <= FIX_USER_LAST; idx++) {
		fixmap_look(idx, &slot);
		if (!slot.set && nth-- == 0)
			break;
	}
	return idx;
}

#endif /* TESTS_FIXMAP_WINDOW_H */
