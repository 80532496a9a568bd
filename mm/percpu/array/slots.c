/*
 * slots.c - the numbers of per-CPU objects, and the tables that lead from a number to the copies
 *
 *	percpu_leaves[]        CPU 0's root    CPU 1's root
 *	[ 0 ] notes [....]     leaf ─> [....]  leaf ─> [....]     1024 slots: a page of pointers for
 *	[ 1 ] notes [....]     leaf ─> [....]  leaf ─> [....]     each CPU, a page of notes for all
 *	[ 2 ] -                NULL            NULL
 *
 * Leaf 0 is of boot memory and stays; the others come from the page allocator when all slots are
 * taken, and go back when their last object does.
 *
 * Invariants (percpu_check() verifies all)
 *   S1  A leaf is there for all possible CPUs or for none.
 *   S2  used + length of the queue == PERCPU_LEAF_SLOTS, and the queue holds just the free slots.
 *   S3  percpu_open has the bit of a leaf exactly if its queue is not empty.
 *   S4  percpu_live is the sum of used.
 *   S5  Each CPU's pointer is set for a live slot and NULL for a free one.
 *
 * Locking: percpu_lock covers everything here; no page is allocated or freed inside it.
 * Read next: array.c.
 */
#include "mm/early/early.h"
#include "mm/percpu/array/array_impl.h"
#include "kernel/trace.h"

DEFINE_PER_CPU(struct percpu_root, percpu_root);
DEFINE_SPINLOCK(percpu_lock);
struct leaf percpu_leaves[PERCPU_LEAVES];
unsigned long percpu_open[BITS_TO_LONGS(PERCPU_LEAVES)];
unsigned long percpu_live;

/* --- slots ------------------------------------------------------------------------------------------ */

/* The lowest leaf with a free slot, or PERCPU_LEAVES. */
static unsigned long first_open(void)
{
	/* Nearly always the first one, and looking is much of what an allocation costs. */
	return likely(percpu_leaves[0].first != NO_SLOT)
		       ? 0
		       : find_first_bit(percpu_open, PERCPU_LEAVES);
}

/* Makes a free slot live, or returns -1 when no leaf has one. */
static long take_locked(size_t size, size_t align)
{
	unsigned long n = first_open();
	struct leaf *leaf = &percpu_leaves[n];
	unsigned int index;

	if (unlikely(n >= PERCPU_LEAVES))
		return -1;
	index = leaf->first;
	leaf->first = leaf->notes[index];
	if (unlikely(leaf->first == NO_SLOT))
		__clear_bit(n, percpu_open); /* keeps S3 */
	leaf->notes[index] =
		NOTE_LIVE | (u32)__builtin_ctzl(align) << NOTE_ALIGN_SHIFT | (u32)(size - 1);
	leaf->used++;
	percpu_live++; /* keeps S4 */
	return (long)(n << PERCPU_LEAF_SHIFT | index);
}

/* The slot, which is live and has no copies any more, becomes free. */
static void give_locked(unsigned long slot)
{
	struct leaf *leaf = leaf_of(slot);
	unsigned int index = index_in_leaf(slot);

	leaf->notes[index] = NO_SLOT;
	if (unlikely(leaf->first == NO_SLOT)) {
		leaf->first = index;
		__set_bit(slot >> PERCPU_LEAF_SHIFT, percpu_open); /* keeps S3 */
	} else {
		leaf->notes[leaf->last] = index; /* keeps S2 */
	}
	leaf->last = index;
	leaf->used--;
	percpu_live--;
}

/* --- leaves ----------------------------------------------------------------------------------------- */

/* All its slots are free, in ascending order. */
static void leaf_install(unsigned long n, u32 *notes)
{
	struct leaf *leaf = &percpu_leaves[n];

	for (unsigned int i = 0; i < PERCPU_LEAF_SLOTS; i++)
		notes[i] = i + 1; /* the last one is NO_SLOT */
	*leaf = (struct leaf){ .notes = notes, .last = PERCPU_LEAF_SLOTS - 1 };
	__set_bit(n, percpu_open);
}

static struct page *leaf_page(gfp_t gfp)
{
	struct page *page = alloc_page((gfp & ~GFP_ZONEMASK) | __GFP_ZERO);

	if (page)
		page_set_owner(page, OWNER_PERCPU);
	return page;
}

void leaf_pages_free(struct list_head *pages)
{
	while (!list_empty(pages)) {
		struct page *page = list_first_entry(pages, struct page, lru);

		list_del(&page->lru);
		page_set_owner(page, OWNER_HELD);
		__free_page(page);
	}
}

/* A page of notes and one of pointers for each CPU; none when there are not as many. */
static bool leaf_pages_alloc(gfp_t gfp, struct list_head *pages)
{
	for (unsigned int i = 0; i <= nr_cpu_ids; i++) {
		struct page *page = leaf_page(gfp);

		if (!page) {
			leaf_pages_free(pages);
			return false;
		}
		list_add(&page->lru, pages);
	}
	return true;
}

static void *take_first(struct list_head *pages)
{
	struct page *page = list_first_entry(pages, struct page, lru);

	list_del(&page->lru);
	return lowmem_page_address(page);
}

/* Puts the pages at the lowest leaf that is not there; false when all are. */
static bool leaf_place_locked(struct list_head *pages)
{
	unsigned int cpu;

	for (unsigned long n = 0; n < PERCPU_LEAVES; n++) {
		if (percpu_leaves[n].notes)
			continue;
		leaf_install(n, take_first(pages));
		for_each_possible_cpu(cpu) per_cpu(percpu_root, cpu).leaf[n] =
			take_first(pages); /* keeps S1 */
		trace(TRACE_PERCPU, "leaf %lu added: %u pages, for %d more objects", n,
		      nr_cpu_ids + 1, PERCPU_LEAF_SLOTS);
		return true;
	}
	return false;
}

bool leaf_add(gfp_t gfp)
{
	unsigned long flags;
	LIST_HEAD(pages);
	bool added = true;

	if (!leaf_pages_alloc(gfp, &pages))
		return false;
	spin_lock_irqsave(&percpu_lock, flags);
	/* Another CPU may have added one meanwhile. */
	if (first_open() >= PERCPU_LEAVES)
		added = leaf_place_locked(&pages);
	spin_unlock_irqrestore(&percpu_lock, flags);
	leaf_pages_free(&pages);
	return added;
}

/* Moves the pages of a leaf that holds nothing to the list. */
static void leaf_remove_locked(struct leaf *leaf, struct list_head *pages)
{
	unsigned long n = (unsigned long)(leaf - percpu_leaves);
	unsigned int cpu;

	list_add(&virt_to_page(leaf->notes)->lru, pages);
	for_each_possible_cpu(cpu)
	{
		void ***entry = &per_cpu(percpu_root, cpu).leaf[n];

		list_add(&virt_to_page(*entry)->lru, pages);
		*entry = NULL; /* keeps S1 */
	}
	leaf->notes = NULL;
	__clear_bit(n, percpu_open);
	trace(TRACE_PERCPU, "leaf %lu holds nothing: its %u pages go back", n, nr_cpu_ids + 1);
}

unsigned long leaf_pages(void)
{
	unsigned long leaves = 0;

	for (unsigned long n = 1; n < PERCPU_LEAVES; n++)
		leaves += READ_ONCE(percpu_leaves[n].notes) != NULL;
	return leaves * (nr_cpu_ids + 1);
}

/* Holds nothing, and is of the page allocator's pages? */
static bool leaf_is_idle_locked(const struct leaf *leaf)
{
	return leaf->used == 0 && leaf != percpu_leaves;
}

/* --- objects ---------------------------------------------------------------------------------------- */

long slot_publish(void *const *copies, size_t size, size_t align)
{
	unsigned long flags;
	unsigned int cpu;
	long slot;

	spin_lock_irqsave(&percpu_lock, flags);
	slot = take_locked(size, align);
	if (likely(slot >= 0)) {
		for_each_possible_cpu(cpu) * slot_copy((unsigned long)slot, cpu) =
			copies[cpu]; /* keeps S5 */
	}
	spin_unlock_irqrestore(&percpu_lock, flags);
	return slot;
}

bool slot_withdraw(unsigned long slot, void **copies, struct list_head *pages)
{
	unsigned long flags;
	unsigned int cpu;
	bool live;

	spin_lock_irqsave(&percpu_lock, flags);
	live = slot_is_live_locked(slot);
	if (likely(live)) {
		for_each_possible_cpu(cpu)
		{
			void **copy = slot_copy(slot, cpu);

			copies[cpu] = *copy;
			*copy = NULL; /* keeps S5 */
		}
		give_locked(slot);
		if (unlikely(leaf_is_idle_locked(leaf_of(slot))))
			leaf_remove_locked(leaf_of(slot), pages);
	}
	spin_unlock_irqrestore(&percpu_lock, flags);
	return live;
}

void __init percpu_objects_init(void)
{
	unsigned int cpu;

	leaf_install(0, early_alloc(PERCPU_LEAF_SLOTS * sizeof(u32), L1_CACHE_BYTES));
	for_each_possible_cpu(cpu) per_cpu(percpu_root, cpu).leaf[0] =
		early_alloc(PAGE_SIZE, L1_CACHE_BYTES);
}
