/*
 * percpu.c - PERCPU=array: what a handle and a note say, of every object that there may be
 *
 *	handle   PERCPU_START + slot * SLOT_BYTES + byte        note   live, size - 1, log2 of align
 *
 * Locking: none: nothing is allocated.
 * Read next: mm/percpu/array/array_impl.h.
 */
#include "kernel/selftest/selftest.h"
#include "mm/percpu/array/array_impl.h"
#include "range.h"

SELFTEST(exhaustive, percpu_notes,
	 "a note says of each size and alignment what was noted, and no more")
{
	for (size_t size = 1; size <= PERCPU_OBJECT_MAX; size++)
		for (size_t align = 1; align <= PAGE_SIZE; align *= 2) {
			const u32 note = note_of(size, align);
			const size_t apart = max(align, (size_t)L1_CACHE_BYTES);
			const size_t stride = note_stride(note);

			EXPECT(note_size(note) == size && note_align(note) == align);
			EXPECT((note & NOTE_LIVE) && !(note & NOTE_PAGES));
			EXPECT(stride % apart == 0 && stride >= size && stride - size < apart);
			EXPECT(note_is_wide(note) == (size > SLOT_BYTES));
			EXPECT(note_size(note | NOTE_PAGES) == size);
			EXPECT(note_stride(note | NOTE_PAGES) ==
			       (size + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE);
		}
}

SELFTEST(exhaustive, percpu_handles,
	 "each handle is of one slot, and of a byte in it; others are none")
{
	const unsigned long step = ON_HOST ? 1 : SPARSE;
	unsigned long at;

	for (at = 0; at < PERCPU_END - PERCPU_START; at += step) {
		const char *handle = (char *)PERCPU_START + at;
		const unsigned long slot = handle_slot(handle);

		EXPECT(percpu_is_handle(handle) && slot < PERCPU_SLOTS);
		EXPECT((char *)slot_handle(slot) + handle_byte(handle) == handle);
		EXPECT(handle_byte(handle) < SLOT_BYTES);
	}
	for (at = 0; at < 0x1000000; at++) {
		EXPECT(!percpu_is_handle((char *)PERCPU_END + at));
		EXPECT(!percpu_is_handle((char *)PERCPU_START - 1 - at));
	}
}

SELFTEST(exhaustive, percpu_slots, "each slot has its place in a leaf, and no two have the same")
{
	unsigned long next = 0;

	for (unsigned long leaf = 0; leaf < PERCPU_LEAVES; leaf++)
		for (unsigned int index = 0; index < PERCPU_LEAF_SLOTS; index++, next++)
			EXPECT(leaf_of(next) == &percpu_slots.leaf[leaf] &&
			       index_in_leaf(next) == index);
	EXPECT_EQ(next, PERCPU_SLOTS);
}
