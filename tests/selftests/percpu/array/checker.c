/*
 * checker.c - PERCPU=array: does percpu_check() see what is wrong in the tables?
 *
 * Each corruption is of one word, and put right again before the test says what it saw.
 */
#include "kernel/selftest/selftest.h"
#include "mm/percpu/array/array_impl.h"

static unsigned long slot_of(const void *object)
{
	return handle_slot(object);
}

/* Is the word at `at` seen to be wrong when it is `wrong`? */
#define SEES(at, wrong)                       \
	({                                    \
		__typeof__(at) right_ = (at); \
		bool sound_;                  \
                                              \
		(at) = (wrong);               \
		sound_ = percpu_check();      \
		(at) = right_;                \
		!sound_;                      \
	})

static bool sees_wrong_copies(const u8 *object)
{
	unsigned int last = nr_cpu_ids - 1;
	void **entry = slot_copy(slot_of(object), last);

	CHECK(SEES(*entry, NULL));
	CHECK(SEES(*entry, (char *)*entry + 4));
	CHECK(SEES(*entry, (char *)*entry + L1_CACHE_BYTES / 2));
	/* Aligned, and in the image, which is no allocator's. */
	CHECK(SEES(*entry, (void *)ALIGN_DOWN((vaddr_t)selftest_run, L1_CACHE_BYTES)));
	CHECK(SEES(*entry, (void *)PERCPU_START));
	/* The copies of all CPUs are one block: none may lie elsewhere. */
	if (last)
		CHECK(SEES(*entry, (char *)*slot_copy(slot_of(object), last - 1)));
	return true;
}

SELFTEST(percpu, checker_sees_copies,
	 "the checker sees a copy that is missing, misplaced or shared, and one of a free slot")
{
	u8 *object = __alloc_percpu(40, 8),
	   *large = __alloc_percpu(PERCPU_OBJECT_MAX - SLOT_BYTES, 8);
	bool seen, pieces, beyond, freed;
	void **entry, *someone = &seen;

	if (!object || !large)
		SKIP("no memory for two objects");
	seen = sees_wrong_copies(object);
	entry = slot_copy(slot_of(large), nr_cpu_ids - 1);
	pieces = SEES(entry[1], NULL) && SEES(entry[2], (char *)entry[1]);
	beyond = SEES(entry[3], someone); /* its size ends before that piece */
	free_percpu(large);
	free_percpu(object);
	entry = slot_copy(slot_of(object), 0);
	freed = SEES(*entry, someone);
	EXPECT(seen);
	EXPECT(pieces && beyond);
	EXPECT(freed);
	EXPECT(percpu_check());
}

SELFTEST(percpu, checker_sees_queue,
	 "the checker sees a queue of free slots that is cut, ends elsewhere, or holds a live one")
{
	struct leaf *leaf = &percpu_slots.leaf[0];
	u8 *object = __alloc_percpu(8, 8);
	unsigned int index;
	bool live, cut, ends, room, note;

	EXPECT(object);
	index = index_in_leaf(slot_of(object));
	live = SEES(leaf->first, (u16)index);
	cut = SEES(leaf->notes[leaf->first], NO_SLOT);
	ends = SEES(leaf->last, leaf->first);
	room = SEES(leaf->room, (u16)(leaf->room - 1)) &&
	       SEES(leaf->capacity, (u16)(leaf->capacity - 1));
	note = SEES(leaf->notes[index], NO_SLOT);
	free_percpu(object);
	EXPECT(live);
	EXPECT(cut);
	EXPECT(ends);
	EXPECT(room);
	EXPECT(note);
	EXPECT(percpu_check());
}

SELFTEST(
	percpu, checker_sees_leaves,
	"the checker sees a table that is another CPU's, a leaf that is there for some, and which have room")
{
	struct percpu_root *root = per_cpu_ptr(&percpu_root, nr_cpu_ids - 1);
	void **somewhere = (void **)root;
	const unsigned long absent = PERCPU_LEAVES - 1;
	bool table, gone, extra, open, lowest, closed;

	table = SEES(root->leaf[0], somewhere) && SEES(percpu_slots.leaf[0].table[0], somewhere);
	gone = SEES(root->leaf[0], NULL);
	extra = SEES(root->leaf[absent], somewhere);
	open = SEES(percpu_slots.open[0][BIT_WORD(absent)], BIT_MASK(absent)) &&
	       SEES(percpu_slots.open[1][0], percpu_slots.open[1][0] | 1);
	closed = SEES(percpu_slots.open[0][0], percpu_slots.open[0][0] & ~1ul);
	lowest = SEES(percpu_slots.lowest_open[0], NULL) &&
		 SEES(percpu_slots.lowest_open[1], &percpu_slots.leaf[absent]);
	EXPECT(table);
	EXPECT(gone);
	EXPECT(extra);
	EXPECT(open);
	EXPECT(closed);
	EXPECT(lowest);
	EXPECT(percpu_check());
}

SELFTEST(percpu, checker_sees_static_areas, "the checker sees two CPUs whose areas overlap")
{
	bool overlap = true;

	if (nr_cpu_ids < 2)
		SKIP("one CPU has one area");
	overlap = SEES(__per_cpu_offset[1], __per_cpu_offset[0] + L1_CACHE_BYTES);
	EXPECT(overlap);
	EXPECT(percpu_check());
}
