/*
 * mend.c - PERCPU=array: claims about a leaf's queue of free slots that was overwritten, in DEBUG builds
 *
 *	a word of the queue is changed ──> three objects are taken ──> one report, three slots apart, none
 *	of which was live; the queue is sound then, and nothing of it is lost
 */
#include "kernel/selftest/selftest.h"
#include "mm/percpu/array/array_impl.h"

enum { TAKEN = 3 };

static unsigned int slot_index(const void *object)
{
	return index_in_leaf(handle_slot(object));
}

/* Takes some; are they others than `live` and each other? */
static bool take_apart(void **object, const void *live)
{
	for (unsigned int i = 0; i < TAKEN; i++) {
		object[i] = __alloc_percpu(8, 8);
		CHECK(object[i] && object[i] != live);
		for (unsigned int j = 0; j < i; j++)
			CHECK(object[j] != object[i]);
	}
	return true;
}

static void give_all(void **object)
{
	for (unsigned int i = 0; i < TAKEN; i++)
		free_percpu(object[i]);
}

/* With the queue as it is now. */
static bool taking_mends(const void *live)
{
	void *object[TAKEN] = { NULL };
	bool apart;

	selftest_expect_bug("broken queue");
	apart = take_apart(object, live);
	give_all(object);
	CHECK(selftest_bug_seen());
	CHECK(apart);
	return percpu_check();
}

SELFTEST(percpu, mend_take, "a queue that was overwritten is made anew, and no slot is given twice")
{
	struct leaf *leaf = &percpu_slots.leaf[0];
	void *live;

	if (!debug_build)
		SKIP("only DEBUG builds look");
	live = __alloc_percpu(8, 8);
	EXPECT(live);
	leaf->notes[leaf->first] = leaf->first; /* a cycle */
	EXPECT(taking_mends(live));
	leaf->notes[leaf->first] = slot_index(live); /* leads to a live one */
	EXPECT(taking_mends(live));
	leaf->notes[leaf->first] = NO_SLOT; /* ends early */
	EXPECT(taking_mends(live));
	leaf->notes[leaf->first] = NO_SLOT + 7; /* no slot of the leaf */
	EXPECT(taking_mends(live));
	leaf->first = (u16)slot_index(live);
	EXPECT(taking_mends(live));
	leaf->first = 0xffff;
	EXPECT(taking_mends(live));
	leaf->last = (u16)slot_index(live);
	EXPECT(taking_mends(live));
	leaf->room = 1;
	EXPECT(taking_mends(live));
	leaf->room = 0xffff;
	EXPECT(taking_mends(live));
	free_percpu(live);
	EXPECT(percpu_check());
}

SELFTEST(percpu, mend_give, "what is freed joins a queue that was overwritten when it is made anew")
{
	struct leaf *leaf = &percpu_slots.leaf[0];
	void *live;

	if (!debug_build)
		SKIP("only DEBUG builds look");
	live = __alloc_percpu(8, 8);
	EXPECT(live);
	leaf->last = (u16)slot_index(live);
	EXPECT_BUG("broken queue", free_percpu(live));
	EXPECT(percpu_check());
}

SELFTEST(percpu, mend_leaves_doubtful, "a slot that is free by its note alone is never given")
{
	struct leaf *leaf = &percpu_slots.leaf[0];
	void *live, *other;
	u32 note;

	if (!debug_build)
		SKIP("only DEBUG builds look");
	live = __alloc_percpu(8, 8);
	EXPECT(live);
	note = leaf->notes[slot_index(live)];
	leaf->notes[slot_index(live)] = leaf->first;
	leaf->first = (u16)slot_index(live);
	selftest_expect_bug("broken queue");
	other = __alloc_percpu(8, 8);
	leaf->notes[slot_index(live)] = note;
	EXPECT(selftest_bug_seen());
	EXPECT(other && other != live);
	free_percpu(other);
	free_percpu(live);
	EXPECT(percpu_check());
}
