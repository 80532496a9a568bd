/*
 * leaves.c - the tables that lead from the number of a per-CPU object to its copies
 *
 *	percpu_slots.leaf[]        CPU 0's root    CPU 1's root
 *	[ 0 ] notes [....]     leaf ─> [....]  leaf ─> [....]     1024 slots: a page of pointers for
 *	[ 1 ] notes [....]     leaf ─> [....]  leaf ─> [....]     each CPU, a page of notes for all
 *	[ 2 ] -                NULL            NULL
 *
 * Leaf 0 is narrow, made at boot, and stays; the others come when all slots of their width are
 * taken, and go when their last object does.
 *
 * Invariants (percpu_check() verifies all)
 *   S1  A leaf is there for all possible CPUs or for none: each one's root has the table noted.
 *   S2  room == length of the queue, which holds just the free slots that an object may begin at.
 *   S3  percpu_slots.open of its width has the bit of a leaf exactly if its queue is not empty, and
 *       percpu_slots.lowest_open is the leaf of the lowest bit.
 *   S4  Each CPU's pointers lead to its copy of a live object, and are NULL for all else.
 *
 * Until setup_per_cpu_areas() one CPU is possible, and there is one root, as linked.  What exists by
 * then gets tables and copies for the other CPUs there, with what was written to the first one's: as
 * static variables do.
 *
 * Locking: percpu_slots.lock covers everything here; no page is allocated or freed inside it.
 * Read next: array.c.
 */
#include <string.h>

#include "kernel/trace.h"
#include "mm/percpu/array/array_impl.h"

DEFINE_PER_CPU(struct percpu_root, percpu_root);
struct percpu_slots percpu_slots = { .lock = { .name = "percpu_slots" } };

/* --- chains of pages, linked through their first words ---------------------------------------- */

static void chain_put(void **chain, void *page)
{
	*(void **)page = *chain;
	*chain = page;
}

/* The page is all zero again, if it was when it was put there. */
static void *chain_take(void **chain)
{
	void **page = *chain;

	*chain = *page;
	*page = NULL;
	return page;
}

void leaf_pages_free(void *chain)
{
	while (chain)
		percpu_pages_free(chain_take(&chain), 1);
}

/* One for each CPU and one more; none when there are not as many. */
static bool leaf_pages_alloc(void **chain, gfp_t gfp, unsigned long caller)
{
	for (unsigned int i = 0; i <= nr_cpu_ids; i++) {
		void *page = percpu_pages_alloc(1, gfp, caller);

		if (!page) {
			leaf_pages_free(*chain);
			return false;
		}
		chain_put(chain, page);
	}
	return true;
}

/* --- which have room -------------------------------------------------------------------------- */

static void find_lowest_open_locked(bool wide)
{
	unsigned long n = find_first_bit(percpu_slots.open[wide], PERCPU_LEAVES);

	percpu_slots.lowest_open[wide] =
		n < PERCPU_LEAVES ? &percpu_slots.leaf[n] : NULL; /* keeps S3 */
}

void leaf_opens_locked(unsigned long n)
{
	__set_bit(n, percpu_slots.open[percpu_slots.leaf[n].wide]);
	find_lowest_open_locked(percpu_slots.leaf[n].wide);
}

void leaf_closes_locked(unsigned long n)
{
	__clear_bit(n, percpu_slots.open[percpu_slots.leaf[n].wide]);
	find_lowest_open_locked(percpu_slots.leaf[n].wide);
}

/* --- adding and removing ---------------------------------------------------------------------- */

/* From now on that CPU finds its pointers there: keeps S1. */
static void table_enter_locked(unsigned long n, unsigned int cpu, void **table)
{
	percpu_slots.leaf[n].table[cpu] = table;
	per_cpu(percpu_root, cpu).leaf[n] = table;
}

/* All slots are free, in ascending order; nothing begins in the midst of a wide object's. */
static void notes_fill(u32 *notes, unsigned int step)
{
	for (unsigned int i = 0; step > 1 && i < PERCPU_LEAF_SLOTS; i++)
		notes[i] = NO_SLOT;
	for (unsigned int i = 0; i < PERCPU_LEAF_SLOTS; i += step)
		notes[i] = i + step; /* the last one's is NO_SLOT */
}

/* The lowest one that is not there, or PERCPU_LEAVES.  The first stays free for narrow ones. */
static unsigned long absent_leaf_locked(bool wide)
{
	unsigned long n = wide;

	while (n < PERCPU_LEAVES && percpu_slots.leaf[n].notes)
		n++;
	return n;
}

/* The leaf gets the notes, and each CPU a page of the chain. */
static void leaf_place_locked(unsigned long n, u32 *notes, bool wide, void **chain)
{
	unsigned int step = wide ? WIDE_SLOTS : 1, cpu;

	percpu_slots.leaf[n] = (struct leaf){
		.notes = notes,
		.room = (u16)(PERCPU_LEAF_SLOTS / step),
		.capacity = (u16)(PERCPU_LEAF_SLOTS / step),
		.last = (u16)(PERCPU_LEAF_SLOTS - step),
		.wide = wide,
		.nth = (u16)n,
	};
	for_each_possible_cpu(cpu)
		table_enter_locked(n, cpu, chain_take(chain));
	leaf_opens_locked(n);
	trace(TRACE_PERCPU, "leaf %lu added: %u pages, for %u more objects", n, nr_cpu_ids + 1,
	      percpu_slots.leaf[n].capacity);
}

bool leaf_add(bool wide, gfp_t gfp, unsigned long caller)
{
	unsigned long flags, n;
	void *chain = NULL;
	u32 *notes;
	bool added;

	if (!leaf_pages_alloc(&chain, gfp, caller))
		return false;
	notes = chain_take(&chain);
	notes_fill(notes, wide ? WIDE_SLOTS : 1);
	spin_lock_irqsave(&percpu_slots.lock, flags);
	n = absent_leaf_locked(wide);
	if (!percpu_slots.lowest_open[wide] && n < PERCPU_LEAVES) { /* nobody else has added one */
		leaf_place_locked(n, notes, wide, &chain);
		notes = NULL;
	}
	added = percpu_slots.lowest_open[wide];
	spin_unlock_irqrestore(&percpu_slots.lock, flags);
	if (notes)
		percpu_pages_free(notes, 1);
	leaf_pages_free(chain);
	return added;
}

void leaf_remove_locked(unsigned long n, void **chain)
{
	struct leaf *leaf = &percpu_slots.leaf[n];
	unsigned int cpu;

	if (n == 0 || leaf_used(leaf))
		return;
	chain_put(chain, leaf->notes);
	for_each_possible_cpu(cpu) {
		chain_put(chain, leaf->table[cpu]);
		table_enter_locked(n, cpu, NULL);
	}
	leaf_closes_locked(n);
	*leaf = (struct leaf){};
	trace(TRACE_PERCPU, "leaf %lu holds nothing: its %u pages go back", n, nr_cpu_ids + 1);
}

/* --- when the areas come ---------------------------------------------------------------------- */

/* An object of boot memory, so far with one copy, gets one for each CPU. */
static void __init spread_object(unsigned long slot)
{
	u32 note = leaf_of(slot)->notes[index_in_leaf(slot)];
	size_t stride = note_stride(note);
	void *old = *slot_copy(slot, 0);
	char *block = percpu_pages_alloc(nr_cpu_ids * (stride >> PAGE_SHIFT), GFP_KERNEL, _RET_IP_);
	unsigned int cpu;

	if (!block)
		panic("percpu: no memory for %lu bytes on each of %u CPUs",
		      (unsigned long)note_size(note), nr_cpu_ids);
	for_each_possible_cpu(cpu)
		memcpy(block + cpu * stride, old, note_size(note));
	copies_enter_locked(slot, block, note); /* nobody else is there yet */
	percpu_pages_free(old, stride >> PAGE_SHIFT);
}

/* The other CPUs' areas were copied with the first one's pointers in their roots. */
static void __init spread_leaf(unsigned long n)
{
	unsigned int cpu;

	for (cpu = 1; cpu < nr_cpu_ids; cpu++) {
		void **table = percpu_pages_alloc(1, GFP_KERNEL, _RET_IP_);

		if (!table)
			panic("percpu: no memory for CPU %u's table of leaf %lu", cpu, n);
		table_enter_locked(n, cpu, table);
	}
	for (unsigned long slot = n << PERCPU_LEAF_SHIFT; slot < (n + 1) << PERCPU_LEAF_SHIFT;
	     slot++)
		if (slot_is_live_locked(slot))
			spread_object(slot);
}

void __init percpu_objects_init(void)
{
	for (unsigned long n = 0; nr_cpu_ids > 1 && n < PERCPU_LEAVES; n++)
		if (percpu_slots.leaf[n].notes)
			spread_leaf(n);
	if (!percpu_slots.leaf[0].notes && !leaf_add(false, GFP_KERNEL, _RET_IP_))
		panic("percpu: no memory for the first tables");
}
