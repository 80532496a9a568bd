/*
 * check.c - are the per-CPU objects' tables what leaves.c and array.c say they are?
 *
 * Locking: takes percpu_lock for a few steps at a time.  What must be seen at one moment is copied
 * under it and looked at afterwards; one caller at a time.
 */
#include <string.h>

#include "kernel/printk.h"
#include "mm/percpu/array/array_impl.h"

enum { SLOTS_AT_ONCE = 16 };

/* A leaf as it was at one moment. */
static struct leaf then;
static u32 notes_then[PERCPU_LEAF_SLOTS];
static bool open_then[WIDTHS];

/* S1: for all CPUs or for none, and each uses its own. */
static bool leaf_is_whole_locked(unsigned long n)
{
	const struct leaf *leaf = &percpu_leaves[n];
	unsigned int cpu;

	for_each_possible_cpu(cpu)
	{
		void **used = per_cpu(percpu_root, cpu).leaf[n];

		if (used == leaf->table[cpu] && !used == !leaf->notes)
			continue;
		pr_err("percpu: S1: leaf %lu is %s, but CPU %u has %p for %p", n,
		       leaf->notes ? "there" : "not there", cpu, (void *)used,
		       (void *)leaf->table[cpu]);
		return false;
	}
	return true;
}

static bool take_snapshot(unsigned long n)
{
	unsigned long flags;
	bool whole;

	spin_lock_irqsave(&percpu_lock, flags);
	whole = leaf_is_whole_locked(n);
	then = percpu_leaves[n];
	if (then.notes)
		memcpy(notes_then, then.notes, sizeof(notes_then));
	for (unsigned int wide = 0; wide < WIDTHS; wide++)
		open_then[wide] = test_bit(n, percpu_open[wide]);
	spin_unlock_irqrestore(&percpu_lock, flags);
	return whole;
}

static unsigned int live_then(void)
{
	unsigned int live = 0;

	for (unsigned int i = 0; i < PERCPU_LEAF_SLOTS; i++)
		live += (notes_then[i] & NOTE_LIVE) != 0;
	return live;
}

/* S2: follows the queue, which must end after as many slots as there is room for. */
static bool queue_was_sound(unsigned long n)
{
	const unsigned int step = then.wide ? WIDE_SLOTS : 1;
	unsigned int free = 0, i = then.first, last = NO_SLOT;

	while (i < PERCPU_LEAF_SLOTS && free <= then.capacity) {
		if ((notes_then[i] & NOTE_LIVE) || i % step) {
			pr_err("percpu: S2: leaf %lu: slot %u is in the queue, and not free", n, i);
			return false;
		}
		last = i;
		i = notes_then[i];
		free++;
	}
	if (free != then.room || free + live_then() != then.capacity ||
	    then.capacity != PERCPU_LEAF_SLOTS / step || (free && last != then.last)) {
		pr_err("percpu: S2: leaf %lu: room for %u of %u, %u live, %u in the queue, which ends at %u, not %u",
		       n, then.room, then.capacity, live_then(), free, last, then.last);
		return false;
	}
	return true;
}

/* S3 */
static bool was_open_rightly(unsigned long n)
{
	for (unsigned int wide = 0; wide < WIDTHS; wide++) {
		bool right = then.notes && then.wide == wide && then.room;

		if (open_then[wide] == right)
			continue;
		pr_err("percpu: S3: leaf %lu: room for %u of %u, and %s", n, then.room,
		       then.capacity, right ? "not open" : "open");
		return false;
	}
	return true;
}

/* S4: that CPU's pointers, of an object's first slot and of those that follow it. */
static bool pointers_are_sound_locked(unsigned long slot, u32 note, const char *copy,
				      unsigned int cpu)
{
	const unsigned int step = leaf_of(slot)->wide ? WIDE_SLOTS : 1;
	const size_t size = note & NOTE_LIVE ? note_size(note) : 0;
	void *const *entry = slot_copy(slot, cpu);

	for (unsigned int i = 0; i < step; i++) {
		const void *want = i * SLOT_BYTES < size ? copy + i * SLOT_BYTES : NULL;

		if (entry[i] == want)
			continue;
		pr_err("percpu: S4: slot %lu is %s, CPU %u's copy of its piece %u is %p, not %p",
		       slot, note & NOTE_LIVE ? "live" : "free", cpu, i, entry[i], want);
		return false;
	}
	return true;
}

static bool object_is_sound_locked(unsigned long slot)
{
	u32 note = leaf_of(slot)->notes[index_in_leaf(slot)];
	unsigned long align = max(note_align(note), (size_t)L1_CACHE_BYTES);
	const char *block = *slot_copy(slot, 0);
	unsigned int cpu;

	if ((note & NOTE_LIVE) && (!block || !IS_ALIGNED((unsigned long)block, align))) {
		pr_err("percpu: A1: slot %lu: the copies begin at %p", slot, (const void *)block);
		return false;
	}
	for_each_possible_cpu(cpu)
	{
		if (!pointers_are_sound_locked(slot, note, block + cpu * note_stride(note), cpu))
			return false;
	}
	return true;
}

/* A few objects from this slot on; the leaf may have gone meanwhile. */
static bool objects_are_sound(unsigned long slot)
{
	const struct leaf *leaf = leaf_of(slot);
	unsigned long flags, end = slot + SLOTS_AT_ONCE;
	bool sound = true;

	spin_lock_irqsave(&percpu_lock, flags);
	for (; leaf->notes && sound && slot < end; slot += leaf->wide ? WIDE_SLOTS : 1)
		sound = object_is_sound_locked(slot);
	spin_unlock_irqrestore(&percpu_lock, flags);
	return sound;
}

/* S3: the lowest one with room is known. */
static bool lowest_open_is_sound(bool wide)
{
	unsigned long flags, lowest;
	const struct leaf *known;

	spin_lock_irqsave(&percpu_lock, flags);
	lowest = find_first_bit(percpu_open[wide], PERCPU_LEAVES);
	known = percpu_lowest_open[wide];
	spin_unlock_irqrestore(&percpu_lock, flags);
	if (known == (lowest < PERCPU_LEAVES ? &percpu_leaves[lowest] : NULL))
		return true;
	pr_err("percpu: S3: leaf %lu is the lowest with room, not %p", lowest, (const void *)known);
	return false;
}

static bool leaf_check(unsigned long n)
{
	if (!take_snapshot(n) || !was_open_rightly(n))
		return false;
	if (!then.notes)
		return true;
	if (!queue_was_sound(n))
		return false;
	for (unsigned int i = 0; i < PERCPU_LEAF_SLOTS; i += SLOTS_AT_ONCE)
		if (!objects_are_sound((n << PERCPU_LEAF_SHIFT) + i))
			return false;
	return true;
}

bool percpu_check(void)
{
	for (unsigned long n = 0; n < PERCPU_LEAVES; n++)
		if (!leaf_check(n))
			return false;
	return lowest_open_is_sound(false) && lowest_open_is_sound(true) && percpu_areas_check();
}
