/*
 * check.c - are the per-CPU objects' tables what slots.c and array.c say they are?
 *
 * Locking: takes percpu_lock for each leaf in turn, so that interrupts wait for one page's walk at
 * most; percpu_live is compared only if nothing changed meanwhile.
 */
#include "kernel/printk.h"
#include "mm/percpu/array/array_impl.h"

/* S1: for all CPUs or for none. */
static bool leaf_is_whole_locked(unsigned long n)
{
	bool there = percpu_leaves[n].notes;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
	{
		if (!per_cpu(percpu_root, cpu).leaf[n] == there) {
			pr_err("percpu: S1: leaf %lu is %s, but CPU %u has %p", n,
			       there ? "there" : "not there", cpu,
			       (void *)per_cpu(percpu_root, cpu).leaf[n]);
			return false;
		}
	}
	return true;
}

/* S2, S3: follows the queue, which must end after as many slots as are not used. */
static bool queue_is_sound_locked(unsigned long n)
{
	const struct leaf *leaf = &percpu_leaves[n];
	unsigned int free = 0, i = leaf->first, last = NO_SLOT;

	while (i < PERCPU_LEAF_SLOTS && free <= PERCPU_LEAF_SLOTS) {
		if (leaf->notes[i] & NOTE_LIVE) {
			pr_err("percpu: S2: leaf %lu: slot %u is live and in the queue", n, i);
			return false;
		}
		last = i;
		i = leaf->notes[i];
		free++;
	}
	if (free + leaf->used != PERCPU_LEAF_SLOTS || (free && last != leaf->last)) {
		pr_err("percpu: S2: leaf %lu: %u used, %u in the queue, which ends at %u, not %u",
		       n, leaf->used, free, last, leaf->last);
		return false;
	}
	if (!test_bit(n, percpu_open) != !free) {
		pr_err("percpu: S3: leaf %lu has %u free slots", n, free);
		return false;
	}
	return true;
}

static bool copy_is_sound(unsigned long slot, u32 note, unsigned int cpu)
{
	unsigned long align = max(note_align(note), (size_t)L1_CACHE_BYTES);
	void *copy = *slot_copy(slot, cpu);

	if (!copy != !(note & NOTE_LIVE)) {
		pr_err("percpu: S5: slot %lu is %s, CPU %u's copy is %p", slot,
		       note & NOTE_LIVE ? "live" : "free", cpu, copy);
		return false;
	}
	if (copy && (!IS_ALIGNED((unsigned long)copy, align) ||
		     (cpu && copy == *slot_copy(slot, cpu - 1)))) {
		pr_err("percpu: A1: slot %lu: CPU %u's copy at %p", slot, cpu, copy);
		return false;
	}
	return true;
}

static bool copies_are_sound_locked(unsigned long n)
{
	unsigned long slot = n << PERCPU_LEAF_SHIFT;
	unsigned int cpu;

	for (unsigned int i = 0; i < PERCPU_LEAF_SLOTS; i++, slot++)
		for_each_possible_cpu(
			cpu) if (!copy_is_sound(slot, percpu_leaves[n].notes[i], cpu)) return false;
	return true;
}

static bool leaf_check(unsigned long n)
{
	unsigned long flags;
	bool sound;

	spin_lock_irqsave(&percpu_lock, flags);
	sound = leaf_is_whole_locked(n);
	if (sound && percpu_leaves[n].notes)
		sound = queue_is_sound_locked(n) && copies_are_sound_locked(n);
	else if (sound && test_bit(n, percpu_open)) {
		pr_err("percpu: S3: leaf %lu is not there, and open", n);
		sound = false;
	}
	spin_unlock_irqrestore(&percpu_lock, flags);
	return sound;
}

/* S4 */
static bool sum_is_sound(void)
{
	unsigned long flags, used = 0;
	bool sound;

	spin_lock_irqsave(&percpu_lock, flags);
	for (unsigned long n = 0; n < PERCPU_LEAVES; n++)
		used += percpu_leaves[n].notes ? percpu_leaves[n].used : 0;
	sound = used == percpu_live;
	spin_unlock_irqrestore(&percpu_lock, flags);
	if (!sound)
		pr_err("percpu: S4: the leaves have %lu live slots, percpu_live says %lu", used,
		       percpu_live);
	return sound;
}

bool percpu_check(void)
{
	for (unsigned long n = 0; n < PERCPU_LEAVES; n++)
		if (!leaf_check(n))
			return false;
	return sum_is_sound() && percpu_areas_check();
}
