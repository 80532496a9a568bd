/*
 * array.c - PERCPU=array: one object for each CPU, and a handle for all of them (Linux 2.6)
 *
 *	alloc_percpu(64)     one kmalloc ─> [ CPU 0's copy | CPU 1's copy ]      strides of cache lines
 *	                                      ^               ^
 *	handle 0x40006000 = slot 3     CPU 0's table [3]   CPU 1's table [3]
 *
 * Above: pages, object caches.  The copies are counted as slab pages in the balance, leaves of the
 * table as per-CPU ones.  2.6 handed out the address of the array of pointers, disguised; why this
 * is a handle instead is told in percpu_inline.h.  2.6 called kmalloc() for each CPU; one block costs
 * one call whatever the CPUs, and its parts are as far apart as cache lines ask.
 *
 * Before the object caches stand the block is of whole pages (memory.c), and is so until it is freed.
 *
 * Invariants (percpu_check() verifies all)
 *   A1  The copies of an object are aligned as asked for, and a stride of whole cache lines apart:
 *       two CPUs never write to one line.
 *   A2  A copy is zeroed when its handle is handed out.
 *
 * Life of an object
 *   block allocated -> slot taken, pointers set: live -> slot freed, pointers NULL -> block freed
 *
 * Locking: percpu_slots.lock covers slots and pointers; kmalloc() and kfree() are called outside it.
 * A copy is reached without a lock: whoever has the handle keeps the object alive.
 * Read next: percpu_alloc(), then leaves.c.
 * Linux: mm/slab.c of 2.6.15 (__alloc_percpu, free_percpu)
 */
#include <string.h>

#include "kernel/inject.h"
#include "kernel/kallsyms.h"
#include "kernel/printk.h"
#include "kernel/ratelimit.h"
#include "mm/percpu/array/array_impl.h"
#include "mm/slab/own.h"

const char percpu_name[] = "array";

/* --- refusals and reports --------------------------------------------------------------------- */

static bool refuse(const char *what, const void *object, const char *expected, const char *found,
		   unsigned long value, unsigned long caller)
{
	const struct bug_report report = {
		.family = "percpu",
		.what = what,
		.object = object,
		.expected = expected,
		.caller = caller,
	};

	bug(&report, found, value);
	return false;
}

static bool request_is_sound(size_t size, size_t align, gfp_t gfp, unsigned long caller)
{
	if (unlikely(size == 0 || size > PERCPU_OBJECT_MAX))
		return refuse("bad size", NULL, "1 to 32768 bytes", "%lu bytes", size, caller);
	if (unlikely(align == 0 || align > PAGE_SIZE || (align & (align - 1))))
		return refuse("bad alignment", NULL, "a power of two up to a page", "%lu", align,
			      caller);
	if (unlikely(gfp & __GFP_HIGHMEM))
		return refuse("bad zone", NULL, "lowmem", "gfp 0x%lx", gfp, caller);
	if (unlikely((gfp & __GFP_DIRECT_RECLAIM) && arch_in_exception()))
		return refuse("may not wait here", NULL, "GFP_ATOMIC or GFP_NOWAIT in an interrupt",
			      "gfp 0x%lx", gfp, caller);
	return true;
}

static void __noinline __cold report_exhaustion(size_t size, gfp_t gfp, const char *what,
						unsigned long caller)
{
	static struct ratelimit limit;
	char name[KALLSYMS_LINE];

	if ((gfp & __GFP_NOWARN) || !ratelimit(&limit))
		return;
	pr_warn("percpu: no %s for %lu bytes on each of %u CPUs (gfp 0x%x) for %s; %lu objects live",
		what, (unsigned long)size, nr_cpu_ids, gfp,
		kallsyms_format(caller, name, sizeof(name)), percpu_live());
}

void *percpu_dead(const volatile void *handle)
{
	refuse("use after free", (const void *)handle, "a live object", "slot %lu is free",
	       handle_slot((const void *)handle), _RET_IP_);
	return NULL;
}

/* --- slots ------------------------------------------------------------------------------------ */

/* The leaf that the next object of that width is put into; NULL when none has room. */
static inline struct leaf *open_leaf_locked(bool wide)
{
	struct leaf *leaf = percpu_slots.lowest_open[wide];

	while (debug_build && leaf && leaf_mend_locked(leaf))
		leaf = percpu_slots.lowest_open[wide];
	return leaf;
}

/* Makes the next free slot of the leaf live; its index. */
static inline unsigned int slot_take_locked(struct leaf *leaf, u32 note)
{
	unsigned int index = leaf->first, room = leaf->room - 1u;
	u32 *notes = leaf->notes;

	leaf->first = (u16)notes[index];
	notes[index] = note;
	leaf->room = (u16)room;
	if (unlikely(room == 0))
		leaf_closes_locked((unsigned long)(leaf - percpu_slots.leaf)); /* keeps S3 */
	return index;
}

/* A live slot of a leaf with room joins the end of the queue. */
static inline void slot_give_locked(struct leaf *leaf, unsigned int index)
{
	u32 *notes = leaf->notes;

	notes[index] = NO_SLOT;
	notes[leaf->last] = index; /* keeps S2 */
	leaf->last = (u16)index;
	leaf->room++;
}

void copies_enter_locked(unsigned long slot, char *block, u32 note)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		void **entry = slot_copy(slot, cpu);

		for (size_t at = 0; at < note_size(note); at += SLOT_BYTES)
			*entry++ = block + at; /* keeps S4 */
		block += note_stride(note);
	}
}

static void copies_leave_locked(unsigned long slot, u32 note)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		void **entry = slot_copy(slot, cpu);

		for (size_t at = 0; at < note_size(note); at += SLOT_BYTES)
			*entry++ = NULL; /* keeps S4 */
	}
}

unsigned long percpu_live(void)
{
	unsigned long live = 0;

	for (unsigned long n = 0; n < PERCPU_LEAVES; n++)
		live += leaf_used(&percpu_slots.leaf[n]);
	return live;
}

/* --- blocks of copies ------------------------------------------------------------------------- */

/* Whole pages for each CPU's copy. */
static void *pages_block(size_t size, gfp_t gfp, unsigned long caller)
{
	if (percpu_memory_stands())
		return percpu_pages_alloc(nr_cpu_ids * DIV_ROUND_UP(size, PAGE_SIZE), gfp, caller);
	refuse("too early", NULL, "the early allocator up", "a request for %lu bytes", size,
	       caller);
	return NULL;
}

static void block_free(void *block, u32 note)
{
	if (note & NOTE_PAGES)
		percpu_pages_free(block, nr_cpu_ids * (note_stride(note) >> PAGE_SHIFT));
	else
		kfree_own(block);
}

/* For a port that watches memory: behind each copy lies what fills its cache lines. */
static void watch_copies(const char *block, size_t size, size_t stride, unsigned int copies)
{
	for (; copies; copies--, block += stride)
		arch_poison(block + size, stride - size);
}

/* --- allocating ------------------------------------------------------------------------------- */

/* The block becomes an object.  Its slot, or -1 when no leaf of its width has a free one. */
static long publish_any(void *block, u32 note)
{
	unsigned long flags;
	struct leaf *leaf;
	long slot = -1;

	spin_lock_irqsave(&percpu_slots.lock, flags);
	leaf = open_leaf_locked(note_is_wide(note));
	if (leaf) {
		slot = (leaf - percpu_slots.leaf) << PERCPU_LEAF_SHIFT;
		slot += slot_take_locked(leaf, note);
		copies_enter_locked((unsigned long)slot, block, note);
	}
	spin_unlock_irqrestore(&percpu_slots.lock, flags);
	return slot;
}

/* The same; leaves are added until there is a slot.  NULL, and the block freed, when there is none. */
static void *__noinline publish_slowly(void *block, u32 note, gfp_t gfp, unsigned long caller)
{
	long slot;

	while ((slot = publish_any(block, note)) < 0) {
		if (leaf_add(note_is_wide(note), gfp, caller))
			continue;
		block_free(block, note);
		report_exhaustion(note_size(note), gfp, "slot", caller);
		return NULL;
	}
	return slot_handle((unsigned long)slot);
}

static void *__noinline __cold alloc_before_kmalloc(u32 note, gfp_t gfp, unsigned long caller)
{
	void *block = pages_block(note_size(note), gfp, caller);

	if (block)
		return publish_slowly(block, note | NOTE_PAGES, gfp, caller);
	report_exhaustion(note_size(note), gfp, "memory", caller);
	return NULL;
}

/* percpu_slots.copies, if kmalloc() stands by now. */
static unsigned int __noinline __cold kmalloc_comes(void)
{
	if (slab_is_available())
		percpu_slots.copies = nr_cpu_ids;
	return percpu_slots.copies;
}

/* Whatever is asked for. */
static void *__noinline alloc_slowly(size_t size, size_t align, gfp_t gfp, unsigned long caller)
{
	const unsigned int copies =
		likely(percpu_slots.copies) ? percpu_slots.copies : kmalloc_comes();
	const size_t bytes = copy_stride(size, align) * copies;
	void *block;

	if (!request_is_sound(size, align, gfp, caller))
		return NULL;
	if (!copies)
		return alloc_before_kmalloc(note_of(size, align), gfp, caller);
	block = kmalloc_own(bytes, gfp); /* aligned to the largest power of two in it: keeps A1 */
	if (unlikely(!block)) {
		report_exhaustion(size, gfp, "memory", caller);
		return NULL;
	}
	memset(block, 0, bytes); /* keeps A2 */
	if (ARCH_WATCHES)
		watch_copies(block, size, copy_stride(size, align), copies);
	return publish_slowly(block, note_of(size, align), gfp, caller);
}

/* An object of one slot and of cache lines' alignment, for who may ask for it, wherever he is. */
static inline bool request_is_plain(size_t size, size_t align, gfp_t gfp)
{
	return size - 1 < SLOT_BYTES && align - 1 < L1_CACHE_BYTES && !(align & (align - 1)) &&
	       !(gfp & __GFP_HIGHMEM) && !arch_in_exception();
}

/* publish_any() of such an object.  False: nothing was done, no leaf has room. */
static inline bool publish_plain(char *block, size_t stride, unsigned int copies, u32 note,
				 void **handle)
{
	unsigned long flags;
	unsigned int index;
	struct leaf *leaf;
	void ***table;

	spin_lock_irqsave(&percpu_slots.lock, flags);
	leaf = open_leaf_locked(false);
	if (unlikely(!leaf)) {
		spin_unlock_irqrestore(&percpu_slots.lock, flags);
		return false;
	}
	index = slot_take_locked(leaf, note);
	*handle = slot_handle((unsigned long)leaf->nth << PERCPU_LEAF_SHIFT | index);
	table = leaf->table;
	do {
		(*table++)[index] = block; /* keeps S4 */
		block += stride;
	} while (--copies);
	spin_unlock_irqrestore(&percpu_slots.lock, flags);
	return true;
}

static void *__noinline percpu_alloc(size_t size, size_t align, gfp_t gfp, unsigned long passed)
{
	const size_t stride = ALIGN(size, L1_CACHE_BYTES);
	const unsigned int copies = percpu_slots.copies;
	const unsigned long caller = RET_IP_PASSED(passed);
	void *block, *handle;
	u32 note;

	if (inject_fails(INJECT_PERCPU, size, caller))
		return NULL;
	if (unlikely(!request_is_plain(size, align, gfp)))
		return alloc_slowly(size, align, gfp, caller);
	if (unlikely(!copies))
		return alloc_slowly(size, align, gfp, caller);
	note = note_of(size, align);
	block = kmalloc_own(stride * copies, gfp); /* aligned as slabs' objects are: keeps A1 */
	if (unlikely(!block)) {
		report_exhaustion(note_size(note), gfp, "memory", caller);
		return NULL;
	}
	arch_clear_lines(block, stride * copies); /* keeps A2 */
	if (ARCH_WATCHES)
		watch_copies(block, size, stride, copies);
	if (unlikely(!publish_plain(block, stride, copies, note, &handle)))
		return publish_slowly(block, note, gfp, caller);
	return handle;
}

void __percpu *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp)
{
	return percpu_alloc(size, align, gfp, RET_IP_TO_PASS);
}

void __percpu *__alloc_percpu(size_t size, size_t align)
{
	return percpu_alloc(size, align, GFP_KERNEL, RET_IP_TO_PASS);
}

/* --- freeing ---------------------------------------------------------------------------------- */

/*
 * Frees the object's slots; its block is the caller's from here on, and so are the pages of its leaf
 * when that holds nothing else.  Returns the object's note, 0 when none begins in the slot.
 */
static u32 withdraw_any(unsigned long slot, void **block, void **chain)
{
	unsigned long flags, n = slot >> PERCPU_LEAF_SHIFT;
	struct leaf *leaf = leaf_of(slot);
	u32 note = 0;

	spin_lock_irqsave(&percpu_slots.lock, flags);
	if (debug_build)
		leaf_mend_locked(leaf);
	if (slot_is_live_locked(slot)) {
		note = leaf->notes[index_in_leaf(slot)];
		*block = *slot_copy(slot, 0);
		copies_leave_locked(slot, note);
		if (leaf->room == 0)
			leaf->first = leaf->last = (u16)index_in_leaf(slot);
		slot_give_locked(leaf, index_in_leaf(slot));
		leaf->notes[leaf->last] = NO_SLOT; /* it leads to itself, if it is the only one */
		if (leaf->room == 1)
			leaf_opens_locked(n); /* keeps S3 */
		leaf_remove_locked(n, chain);
	}
	spin_unlock_irqrestore(&percpu_slots.lock, flags);
	return note;
}

static void __noinline __cold refuse_free(const void *ptr, unsigned long caller)
{
	struct percpu_object object = { .size = (size_t)-1 };
	unsigned long byte = handle_byte(ptr);

	if (!percpu_is_handle(ptr)) {
		refuse(percpu_is_linked(ptr) ? "static variable" : "wild pointer", ptr,
		       "what alloc_percpu() gave", "another address%.0lu", 0, caller);
		return;
	}
	if (percpu_object_at(ptr, &object))
		byte = (unsigned long)ptr - (unsigned long)object.handle;
	if (byte >= object.size)
		refuse("wild pointer", ptr, "what alloc_percpu() gave",
		       "+0x%lx behind the end of an object", byte - object.size, caller);
	else if (byte)
		refuse("interior pointer", ptr, "the object's first byte", "byte %lu", byte,
		       caller);
	else
		refuse("double free", ptr, "a live object", "slot %lu is free", handle_slot(ptr),
		       caller);
}

/* Whatever it is. */
static void __noinline free_slowly(void *ptr, unsigned long caller)
{
	void *block = NULL, *chain = NULL;
	u32 note = 0;

	if (!ptr)
		return;
	if (percpu_is_handle(ptr) && !handle_byte(ptr))
		note = withdraw_any(handle_slot(ptr), &block, &chain);
	if (!note) {
		refuse_free(ptr, caller);
		return;
	}
	block_free(block, note);
	leaf_pages_free(chain);
}

/* A live object of one slot, from kmalloc(). */
static inline bool note_is_plain(u32 note)
{
	const u32 more = (NOTE_SIZE_MASK & ~(SLOT_BYTES - 1)) << NOTE_SIZE_SHIFT;

	return (note & (NOTE_LIVE | NOTE_PAGES | more)) == NOTE_LIVE;
}

/*
 * withdraw_any() where it is quick: the leaf has room, and does not become idle.  Returns the block;
 * NULL: nothing was done.
 */
static inline void *withdraw_plain(unsigned long slot)
{
	unsigned int copies = percpu_slots.copies, index = index_in_leaf(slot);
	struct leaf *leaf = leaf_of(slot);
	void *block = NULL, ***table;
	unsigned long flags;

	spin_lock_irqsave(&percpu_slots.lock, flags);
	if (debug_build)
		leaf_mend_locked(leaf);
	if (likely(leaf->room && (!(slot >> PERCPU_LEAF_SHIFT) || leaf_used(leaf) > 1) &&
		   note_is_plain(leaf->notes[index]))) {
		table = leaf->table;
		block = (*table)[index];
		do {
			(*table++)[index] = NULL; /* keeps S4 */
		} while (--copies);
		slot_give_locked(leaf, index);
	}
	spin_unlock_irqrestore(&percpu_slots.lock, flags);
	return block;
}

/*
 * The number of the slot whose first handle it is; what is no such handle becomes too large a number:
 * of one within a slot, the byte becomes the highest bits.
 */
static inline unsigned long handle_number(const void *ptr)
{
	const unsigned long at = (unsigned long)ptr - PERCPU_START;

	return at >> PERCPU_BYTE_SHIFT | at << (BITS_PER_LONG - PERCPU_BYTE_SHIFT);
}

void free_percpu(void __percpu *ptr)
{
	const unsigned long slot = handle_number(ptr);
	void *block = NULL;

	if (likely(slot < PERCPU_SLOTS))
		block = withdraw_plain(slot);
	if (likely(block))
		kfree_own(block);
	else
		free_slowly(ptr, _RET_IP_);
}
