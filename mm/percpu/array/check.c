/*
 * check.c - are the per-CPU objects' tables what leaves.c and array.c say they are?
 *
 *	leaf ──> each CPU's root (S1), queue of free slots (S2), open or not (S3)
 *	     └─> each object: its note, each CPU's copy of each piece (S4, A1)
 *
 * Locking: percpu_slots.lock throughout.
 * Read next: leaves.c and array.c for the invariants.
 */
#include "kernel/check/check.h"
#include "mm/early/early.h"
#include "mm/percpu/array/array_impl.h"
#include "mm/slab/own.h"

/* S1: for all CPUs or for none, and each uses its own. */
static bool leaf_is_whole(struct check *check, unsigned long n)
{
	const struct leaf *leaf = &percpu_slots.leaf[n];
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		void **used = per_cpu(percpu_root, cpu).leaf[n];

		if (used != leaf->table[cpu] || !used != !leaf->notes)
			return check_broken(check, "S1: leaf %lu is %s, but CPU %u has %p for %p",
					    n, leaf->notes ? "there" : "not there", cpu,
					    (void *)used, (void *)leaf->table[cpu]);
	}
	return true;
}

static unsigned int live_of(const struct leaf *leaf)
{
	unsigned int live = 0;

	for (unsigned int i = 0; i < PERCPU_LEAF_SLOTS; i++)
		live += (leaf->notes[i] & NOTE_LIVE) != 0;
	return live;
}

/* S2: follows the queue, which must end after as many slots as there is room for. */
static bool queue_is_sound(struct check *check, unsigned long n)
{
	const struct leaf *leaf = &percpu_slots.leaf[n];
	const unsigned int step = leaf->wide ? WIDE_SLOTS : 1;
	unsigned int free = 0, i = leaf->first, last = NO_SLOT, live = live_of(leaf);

	for (; i < PERCPU_LEAF_SLOTS; i = leaf->notes[i], free++) {
		if (free > PERCPU_LEAF_SLOTS / step)
			return check_broken(check, "S2: leaf %lu: the queue is cyclic at slot %u",
					    n, i);
		if ((leaf->notes[i] & NOTE_LIVE) || i % step)
			return check_broken(
				check, "S2: leaf %lu: slot %u is in the queue, and not free", n, i);
		last = i;
	}
	if (free != leaf->room || free + live != leaf->capacity ||
	    leaf->capacity != PERCPU_LEAF_SLOTS / step || (free && last != leaf->last))
		return check_broken(
			check,
			"S2: leaf %lu: room for %u of %u, %u live, %u in the queue, which ends at %u, not %u",
			n, leaf->room, leaf->capacity, live, free, last, leaf->last);
	check_counted(check, live, "objects");
	return true;
}

/* S3 */
static bool is_open_rightly(struct check *check, unsigned long n)
{
	const struct leaf *leaf = &percpu_slots.leaf[n];

	for (unsigned int wide = 0; wide < WIDTHS; wide++) {
		bool right = leaf->notes && leaf->wide == wide && leaf->room;

		if (test_bit(n, percpu_slots.open[wide]) != right)
			return check_broken(check, "S3: leaf %lu: room for %u of %u, and %s", n,
					    leaf->room, leaf->capacity,
					    right ? "not open" : "open");
	}
	return true;
}

/* S4: that CPU's pointers, of an object's first slot and of those that follow it. */
static bool pointers_are_sound(struct check *check, unsigned long slot, const char *copy,
			       unsigned int cpu)
{
	const u32 note = leaf_of(slot)->notes[index_in_leaf(slot)];
	const unsigned int step = leaf_of(slot)->wide ? WIDE_SLOTS : 1;
	const size_t size = note & NOTE_LIVE ? note_size(note) : 0;
	void *const *entry = slot_copy(slot, cpu);

	for (unsigned int i = 0; i < step; i++) {
		const void *want = i * SLOT_BYTES < size ? copy + i * SLOT_BYTES : NULL;

		if (entry[i] != want)
			return check_broken(
				check,
				"S4: slot %lu is %s, CPU %u's copy of its piece %u is %p, not %p",
				slot, note & NOTE_LIVE ? "live" : "free", cpu, i, entry[i], want);
	}
	return true;
}

/* Are the copies in memory that is for such: an object of kmalloc's, or whole pages (memory.c)? */
static bool block_is_memory(const char *block, u32 note)
{
	const struct page *page;

	if ((unsigned long)block - PAGE_OFFSET >= (unsigned long)high_memory - PAGE_OFFSET)
		return false;
	if (!early_is_over(NODE_DATA(0)))
		return true; /* there are no pages yet that could say whose they are */
	if (!pfn_valid(virt_to_phys(block) >> PAGE_SHIFT))
		return false;
	page = virt_to_page(block);
	if (!(note & NOTE_PAGES))
		return is_own_object(block);
	return page_state(page) == PAGE_RESERVED ||
	       (page_state(page) == PAGE_USED && page_owner(page) == OWNER_PERCPU);
}

/* S4, and A1. */
static bool object_is_sound(struct check *check, unsigned long slot)
{
	u32 note = leaf_of(slot)->notes[index_in_leaf(slot)];
	unsigned long align = max(note_align(note), (size_t)L1_CACHE_BYTES);
	const char *block = *slot_copy(slot, 0);
	unsigned int cpu;

	if ((note & NOTE_LIVE) && (!block || !IS_ALIGNED((unsigned long)block, align)))
		return check_broken(check, "A1: slot %lu: the copies begin at %p", slot,
				    (const void *)block);
	if ((note & NOTE_LIVE) && !block_is_memory(block, note))
		return check_broken(check, "A1: slot %lu: at %p is no memory of objects", slot,
				    (const void *)block);
	if ((note & NOTE_LIVE) && note_is_wide(note) != leaf_of(slot)->wide)
		return check_broken(check, "A1: slot %lu: %u bytes, in a leaf of %s objects", slot,
				    (unsigned int)note_size(note),
				    leaf_of(slot)->wide ? "wide" : "narrow");
	for_each_possible_cpu(cpu) {
		if (!pointers_are_sound(check, slot, block + cpu * note_stride(note), cpu))
			return false;
	}
	return true;
}

/* S3: the lowest one with room is known. */
static bool lowest_open_is_sound(struct check *check, bool wide)
{
	unsigned long lowest = find_first_bit(percpu_slots.open[wide], PERCPU_LEAVES);
	const struct leaf *known = percpu_slots.lowest_open[wide];

	return known == (lowest < PERCPU_LEAVES ? &percpu_slots.leaf[lowest] : NULL) ||
	       check_broken(check, "S3: leaf %lu is the lowest with room, not %p", lowest,
			    (const void *)known);
}

static bool check_leaf(struct check *check, unsigned long n)
{
	const struct leaf *leaf = &percpu_slots.leaf[n];
	const unsigned long first = n << PERCPU_LEAF_SHIFT;

	check_at(check, leaf);
	if (!leaf_is_whole(check, n) || !is_open_rightly(check, n))
		return false;
	if (!leaf->notes)
		return true;
	if (!queue_is_sound(check, n))
		return false;
	for (unsigned int i = 0; i < PERCPU_LEAF_SLOTS; i += leaf->wide ? WIDE_SLOTS : 1)
		if (!object_is_sound(check, first + i))
			return false;
	check_counted(check, 1, "leaves");
	return true;
}

static bool check_leaves(struct check *check)
{
	check_counted(check, 0, "objects");
	check_counted(check, 0, "leaves");
	for (unsigned long n = 0; n < PERCPU_LEAVES; n++)
		if (!check_leaf(check, n))
			return false;
	return lowest_open_is_sound(check, false) && lowest_open_is_sound(check, true);
}

CHECKER(percpu_check, "percpu", "each CPU's area; objects, their notes and copies")
{
	bool sound;

	if (!check_lock(check, &percpu_slots.lock))
		return;
	sound = check_leaves(check);
	check_unlock(check, &percpu_slots.lock);
	if (sound)
		percpu_areas_check(check);
}
