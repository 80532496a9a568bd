/*
 * array_impl.h - PERCPU=array: slots, their leaves, and what is noted of each
 *
 * Only the files of this folder include it.
 */
#ifndef MM_PERCPU_ARRAY_IMPL_H
#define MM_PERCPU_ARRAY_IMPL_H

#include "kernel/spinlock.h"
#include "lib/bitmap.h"
#include "mm/page/page.h"
#include "mm/percpu/percpu_impl.h"

static_assert(PERCPU_OBJECT_MAX == 1 << PERCPU_BYTE_SHIFT, "an object fits its handles");
static_assert(PERCPU_SLOTS % PERCPU_LEAF_SLOTS == 0, "leaves are whole");

/*
 * A slot's note
 *	31       30             19 18          15 14            0
 *	[ live=1 |              | log2 align     | size - 1      ]
 *	[ live=0 |                 next free slot of the leaf    ]
 */
enum {
	NOTE_LIVE = 1u << 30, /* not bit 31: an enum is an int */
	NOTE_ALIGN_SHIFT = PERCPU_BYTE_SHIFT,
	NOTE_SIZE_MASK = (1 << PERCPU_BYTE_SHIFT) - 1,
	NO_SLOT = PERCPU_LEAF_SLOTS, /* ends a list of free slots */
};

/*
 * Slots that share a page of pointers in each CPU's table.  Freed ones are handed out again last,
 * so that a pointer which was freed stays recognisable for long.
 */
struct leaf {
	u32 *notes;		  /* [L] one for each slot; NULL: the leaf is not there */
	unsigned int used;	  /* [L] live slots */
	unsigned int first, last; /* [L] the queue of free slots; first is NO_SLOT when empty */
};

/* Locks: [L] percpu_lock, interrupts off. */
extern spinlock_t percpu_lock;
extern struct leaf percpu_leaves[PERCPU_LEAVES];
extern unsigned long percpu_open[BITS_TO_LONGS(PERCPU_LEAVES)]; /* [L] leaves with a free slot */
extern unsigned long percpu_live;				/* [L] live slots of all leaves */

static inline struct leaf *leaf_of(unsigned long slot)
{
	return &percpu_leaves[slot >> PERCPU_LEAF_SHIFT];
}

static inline unsigned int index_in_leaf(unsigned long slot)
{
	return slot & (PERCPU_LEAF_SLOTS - 1);
}

static inline void *slot_handle(unsigned long slot)
{
	return (void *)(PERCPU_START + (slot << PERCPU_BYTE_SHIFT));
}

static inline unsigned long handle_slot(const void *handle)
{
	return ((unsigned long)handle - PERCPU_START) >> PERCPU_BYTE_SHIFT;
}

static inline unsigned long handle_byte(const void *handle)
{
	return ((unsigned long)handle - PERCPU_START) & NOTE_SIZE_MASK;
}

static inline size_t note_size(u32 note)
{
	return (note & NOTE_SIZE_MASK) + 1;
}

static inline size_t note_align(u32 note)
{
	return (size_t)1 << (note >> NOTE_ALIGN_SHIFT & 0xf);
}

/* That CPU's pointer for a slot whose leaf is there. */
static inline void **slot_copy(unsigned long slot, unsigned int cpu)
{
	return &per_cpu(percpu_root, cpu).leaf[slot >> PERCPU_LEAF_SHIFT][index_in_leaf(slot)];
}

/* Is there a live object?  Its leaf need not be there. */
static inline bool slot_is_live_locked(unsigned long slot)
{
	const u32 *notes = leaf_of(slot)->notes;

	return notes && (notes[index_in_leaf(slot)] & NOTE_LIVE);
}

/*
 * Makes the copies, one for each possible CPU, a live object; its slot, or -1 when no leaf has a
 * free one.  Context: any.  Takes percpu_lock.
 */
long slot_publish(void *const *copies, size_t size, size_t align);
/*
 * Frees the slot; its copies are the caller's from here on, and so are the pages of its leaf when
 * that holds nothing else.  False when the slot was free.  Context: any.  Takes percpu_lock.
 */
bool slot_withdraw(unsigned long slot, void **copies, struct list_head *pages);

/* Adds a leaf.  False when there is no memory or no room for one.  Context: any, no lock held. */
bool leaf_add(gfp_t gfp);
/* Frees the pages of removed leaves.  Context: any, no lock held. */
void leaf_pages_free(struct list_head *pages);
/* Pages of leaves that came from the page allocator.  Context: any. */
unsigned long leaf_pages(void);

#endif /* MM_PERCPU_ARRAY_IMPL_H */
