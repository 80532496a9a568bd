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

/*
 * An object of at most a slot's handles has one slot; a larger one has WIDE_SLOTS in a row, each of
 * which leads to its piece of the object.  A leaf has objects of one of the two kinds.
 */
enum {
	SLOT_BYTES = 1 << PERCPU_BYTE_SHIFT,
	WIDE_SHIFT = 2,
	WIDE_SLOTS = 1 << WIDE_SHIFT,
	WIDTHS = 2, /* narrow: 0, wide: 1 */
};

static_assert((int)PERCPU_OBJECT_MAX == (int)SLOT_BYTES * (int)WIDE_SLOTS,
	      "an object fits its handles");
static_assert(PERCPU_SLOTS % PERCPU_LEAF_SLOTS == 0, "leaves are whole");

/*
 * A slot's note
 *	31     21    20       19    18            4 3            0
 *	[        | live=1 | pages |    size - 1    |  log2 align  ]	the object's first slot
 *	[        | live=0 |  next free slot of the leaf, or NO_SLOT  ]
 *
 * pages: its copies are whole pages, made before there was kmalloc().
 */
enum {
	NOTE_ALIGN_MASK = 0xf,
	NOTE_SIZE_SHIFT = 4,
	NOTE_SIZE_MASK = PERCPU_OBJECT_MAX - 1,
	NOTE_PAGES = 1u << 19,
	NOTE_LIVE = 1u << 20,
	NO_SLOT =
		PERCPU_LEAF_SLOTS, /* ends a list of free slots; the note of a wide object's others */
};

static_assert((int)PERCPU_OBJECT_MAX << NOTE_SIZE_SHIFT == (int)NOTE_PAGES, "a size fits its note");

/*
 * Locks: [L] percpu_slots.lock
 *
 * Slots that share a page of pointers in each CPU's table.  Freed ones are handed out again last,
 * so that a pointer which was freed stays recognisable for long.
 */
struct leaf {
	u32 *notes;	 /* [L] one for each slot; NULL: the leaf is not there, and the rest is 0 */
	u16 room;	 /* [L] objects that it can take yet */
	u16 capacity;	 /* [L] objects that it has room for when it is empty */
	u16 first, last; /* [L] the queue of free slots; first is NO_SLOT when it is empty */
	bool wide;	 /* [L] */
	u16 nth;	 /* [L] its place in percpu_slots.leaf[] */
	void **table[NR_CPUS]; /* [L] what each CPU's root has for it */
};

/* All slots, behind one address. */
struct percpu_slots {
	spinlock_t lock; /* interrupts are off inside */
	unsigned int
		copies; /* that kmalloc() makes of an object: 0 while there is none, nr_cpu_ids then */
	struct leaf *lowest_open[WIDTHS];			  /* [L] NULL: none */
	unsigned long open[WIDTHS][BITS_TO_LONGS(PERCPU_LEAVES)]; /* [L] with a free slot */
	struct leaf leaf[PERCPU_LEAVES];
};
extern struct percpu_slots percpu_slots;

static inline struct leaf *leaf_of(unsigned long slot)
{
	return &percpu_slots.leaf[slot >> PERCPU_LEAF_SHIFT];
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
	return ((unsigned long)handle - PERCPU_START) & (SLOT_BYTES - 1);
}

/* The first slot of the object that this one is of, if it is of any. */
static inline unsigned long object_slot(unsigned long slot)
{
	return leaf_of(slot)->wide ? slot & ~(WIDE_SLOTS - 1ul) : slot;
}

static inline u32 note_of(size_t size, size_t align)
{
	return NOTE_LIVE | (u32)(size - 1) << NOTE_SIZE_SHIFT | (u32)__builtin_ctzl(align);
}

static inline size_t note_size(u32 note)
{
	return (note >> NOTE_SIZE_SHIFT & NOTE_SIZE_MASK) + 1;
}

static inline size_t note_align(u32 note)
{
	return (size_t)1 << (note & NOTE_ALIGN_MASK);
}

/* Has the object more than one slot? */
static inline bool note_is_wide(u32 note)
{
	return note_size(note) > SLOT_BYTES;
}

/* From one CPU's copy to the next one's. */
static inline size_t copy_stride(size_t size, size_t align)
{
	return ALIGN(size, max(align, (size_t)L1_CACHE_BYTES));
}

static inline size_t note_stride(u32 note)
{
	return note & NOTE_PAGES ? ALIGN(note_size(note), PAGE_SIZE)
				 : copy_stride(note_size(note), note_align(note));
}

/* Live objects. */
static inline unsigned int leaf_used(const struct leaf *leaf)
{
	return leaf->capacity - leaf->room;
}

/* That CPU's pointer for a slot whose leaf is there. */
static inline void **slot_copy(unsigned long slot, unsigned int cpu)
{
	return &leaf_of(slot)->table[cpu][index_in_leaf(slot)];
}

/* Does a live object begin here?  Its leaf need not be there. */
static inline bool slot_is_live_locked(unsigned long slot)
{
	const u32 *notes = leaf_of(slot)->notes;

	return notes && (notes[index_in_leaf(slot)] & NOTE_LIVE);
}

/* --- array.c ---------------------------------------------------------------------------------- */

/* Sets the pointers of an object's slots to its copies: block, and what follows by strides. */
void copies_enter_locked(unsigned long slot, char *block, u32 note);
unsigned long percpu_live(void);

/* --- leaves.c --------------------------------------------------------------------------------- */

/* Adds a leaf.  False when there is no memory or no room for one.  Context: any, no lock held. */
bool leaf_add(bool wide, gfp_t gfp, unsigned long caller);
/* It has a free slot, or no more. */
void leaf_opens_locked(unsigned long n);
void leaf_closes_locked(unsigned long n);
/* Its pages join a chain, when it holds nothing and may go. */
void leaf_remove_locked(unsigned long n, void **chain);
/* Frees the pages of removed leaves.  Context: any, no lock held. */
void leaf_pages_free(void *chain);

/* --- mend.c ----------------------------------------------------------------------------------- */

/*
 * Makes the leaf's queue anew when one of its ends is broken, after a report; false when it was sound.
 * The leaf is closed when no slot of it is free beyond doubt.
 */
bool leaf_mend_locked(struct leaf *leaf);

/* --- memory.c --------------------------------------------------------------------------------- */

/* Is there any memory yet? */
bool percpu_memory_stands(void);
/* Pages in a row, zeroed, of whoever has them at this stage; NULL when there are none. */
void *percpu_pages_alloc(unsigned long pages, gfp_t gfp, unsigned long caller);
void percpu_pages_free(void *start, unsigned long pages);
/* How many of them are of the page allocator.  Context: any. */
unsigned long percpu_pages_held(void);

#endif /* MM_PERCPU_ARRAY_IMPL_H */
