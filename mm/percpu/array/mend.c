/*
 * mend.c - somebody has written over a leaf's queue of free slots: it is named, and made anew
 *
 *	first ──> [ 3 ] ──> [ 7 ] ──> [ 7 ] …          the note of slot 7 was overwritten
 *	free      [ 3 ] ──> [ 4 ] ──> [ 9 ] ──> NO_SLOT       by notes and pointers, in ascending order
 *
 * Whether a slot is free stands twice: in its note, and in each CPU's pointer, which is NULL.  A slot
 * is handed out only when both say so; so nothing that is live is given to a second user.  One of
 * which they say different things is nobody's from then on, and percpu_check() goes on naming it.
 *
 * DEBUG builds look at the queue's ends before each change of it.
 *
 * Locking: percpu_slots.lock.
 * Read next: array.c; leaves.c for the invariants.
 */
#include "mm/percpu/array/array_impl.h"

static unsigned int step_of(const struct leaf *leaf)
{
	return leaf->wide ? WIDE_SLOTS : 1;
}

/* By its note, and by every pointer of every piece? */
static bool is_free(const struct leaf *leaf, unsigned int index)
{
	unsigned int cpu;

	if (index >= PERCPU_LEAF_SLOTS || index % step_of(leaf) || (leaf->notes[index] & NOTE_LIVE))
		return false;
	for_each_possible_cpu(cpu) {
		for (unsigned int i = 0; i < step_of(leaf); i++)
			if (leaf->table[cpu][index + i])
				return false;
	}
	return true;
}

/* S2 at both ends: what is taken next is free and leads on; what was given last is the end. */
static bool queue_holds(const struct leaf *leaf)
{
	if (leaf->room > leaf->capacity)
		return false;
	if (!leaf->room)
		return true; /* first and last mean nothing */
	if (!is_free(leaf, leaf->first) || !is_free(leaf, leaf->last) ||
	    leaf->notes[leaf->last] != NO_SLOT)
		return false;
	return leaf->room == 1 ? leaf->first == leaf->last
			       : is_free(leaf, leaf->notes[leaf->first]);
}

/* Of the slots that are free beyond doubt, ascending. */
static void make_queue(struct leaf *leaf)
{
	u32 *link = NULL;

	leaf->room = 0;
	leaf->first = NO_SLOT;
	for (unsigned int i = 0; i < PERCPU_LEAF_SLOTS; i += step_of(leaf)) {
		if (!is_free(leaf, i))
			continue;
		if (link)
			*link = i;
		else
			leaf->first = (u16)i;
		link = &leaf->notes[i];
		leaf->last = (u16)i;
		leaf->room++;
	}
	if (link)
		*link = NO_SLOT;
}

bool leaf_mend_locked(struct leaf *leaf)
{
	const struct bug_report report = {
		.family = "percpu",
		.what = "broken queue",
		.object = leaf,
		.expected = "free slots, each of which leads to the next",
		.caller = _RET_IP_,
	};
	const unsigned int first = leaf->first, last = leaf->last, room = leaf->room;

	if (likely(queue_holds(leaf)))
		return false;
	make_queue(leaf);
	bug(&report, "leaf %u, first %u, last %u, room for %u; %u slots go on", leaf->nth, first,
	    last, room, leaf->room);
	if (!leaf->room)
		leaf_closes_locked(leaf->nth); /* keeps S3 */
	return true;
}
