/*
 * array.c - PERCPU=array: an object of kmalloc for each CPU, and a handle for all of them (Linux 2.6)
 *
 *	alloc_percpu(64)     kmalloc ─> [ CPU 0's copy ]   [ CPU 1's copy ]
 *	                                     ^                  ^
 *	handle 0x40018000 = slot 3    CPU 0's table [3]   CPU 1's table [3]
 *
 * Above: pages, object caches.  The copies are counted as slab pages in the balance, leaves of the
 * table as per-CPU ones.  2.6 handed out the address of the array of pointers, disguised; why this
 * is a handle instead is told in percpu_inline.h.
 *
 * What differs from PERCPU=chunk for a user: an object costs kmalloc's size for each CPU and no
 * less than a cache line; there are at most PERCPU_SLOTS objects.
 *
 * Invariants (percpu_check() verifies all)
 *   A1  The copies of an object are distinct, aligned as asked for, and begin on cache lines: two
 *       CPUs never write to one line.
 *   A2  A copy is zeroed when its handle is handed out.
 *
 * Life of an object
 *   copies allocated -> slot taken, pointers set: live -> slot freed, pointers NULL -> copies freed
 *
 * Locking: none here; slots.c has percpu_lock, and kmalloc() and kfree() are called outside it.
 * A copy is reached without a lock: whoever has the handle keeps the object alive.
 * Read next: percpu_alloc(), then slots.c.
 * Linux: mm/slab.c of 2.6.15 (__alloc_percpu, free_percpu)
 */
#include "kernel/kallsyms.h"
#include "kernel/printk.h"
#include "kernel/ratelimit.h"
#include "kernel/trace.h"
#include "mm/percpu/array/array_impl.h"
#include "mm/slab/own.h"

const char percpu_name[] = "array";

/* --- refusals and reports ------------------------------------------------------------------------ */

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
	if (unlikely(!slab_is_available()))
		return refuse("too early", NULL, "the object caches up", "a request for %lu bytes",
			      size, caller);
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
		kallsyms_format(caller, name, sizeof(name)), percpu_live);
}

void *percpu_dead(const volatile void *handle)
{
	refuse("use after free", (const void *)handle, "a live object", "slot %lu is free",
	       handle_slot((const void *)handle), _RET_IP_);
	return NULL;
}

/* --- copies ---------------------------------------------------------------------------------------- */

static void copies_free(void **copies, unsigned int n)
{
	while (n)
		kfree_own(copies[--n]);
}

/* Zeroed, one for each CPU; none when there are not as many. */
static bool copies_alloc(void **copies, size_t size, size_t align, gfp_t gfp)
{
	/* kmalloc aligns to the largest power of two in the size (keeps A1). */
	size_t bytes = ALIGN(size, max(align, (size_t)L1_CACHE_BYTES));
	unsigned int cpu;

	for_each_possible_cpu(cpu)
	{
		copies[cpu] = kzalloc_own(bytes, gfp); /* keeps A2 */
		if (unlikely(!copies[cpu])) {
			copies_free(copies, cpu);
			return false;
		}
	}
	return true;
}

/* --- allocating -------------------------------------------------------------------------------------- */

static inline void *percpu_alloc(size_t size, size_t align, gfp_t gfp, unsigned long caller)
{
	void *copies[NR_CPUS];
	long slot;

	if (!request_is_sound(size, align, gfp, caller))
		return NULL;
	if (unlikely(!copies_alloc(copies, size, align, gfp))) {
		report_exhaustion(size, gfp, "memory", caller);
		return NULL;
	}
	while (unlikely((slot = slot_publish(copies, size, align)) < 0)) {
		if (leaf_add(gfp))
			continue;
		copies_free(copies, nr_cpu_ids);
		report_exhaustion(size, gfp, "slot", caller);
		return NULL;
	}
	trace(TRACE_PERCPU, "object %p: %lu bytes for each of %u CPUs", slot_handle(slot),
	      (unsigned long)size, nr_cpu_ids);
	return slot_handle((unsigned long)slot);
}

void __percpu *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp)
{
	return percpu_alloc(size, align, gfp, _RET_IP_);
}

void __percpu *__alloc_percpu(size_t size, size_t align)
{
	return percpu_alloc(size, align, GFP_KERNEL, _RET_IP_);
}

/* --- freeing ------------------------------------------------------------------------------------------ */

void free_percpu(void __percpu *ptr)
{
	void *copies[NR_CPUS];
	LIST_HEAD(pages);

	if (!ptr)
		return;
	if (unlikely(!percpu_is_handle(ptr))) {
		refuse(percpu_is_linked(ptr) ? "static variable" : "wild pointer", ptr,
		       "what alloc_percpu() gave", "another address%.0lu", 0, _RET_IP_);
		return;
	}
	if (unlikely(handle_byte(ptr))) {
		refuse("interior pointer", ptr, "the object's first byte", "byte %lu",
		       handle_byte(ptr), _RET_IP_);
		return;
	}
	if (unlikely(!slot_withdraw(handle_slot(ptr), copies, &pages))) {
		refuse("double free", ptr, "a live object", "slot %lu is free", handle_slot(ptr),
		       _RET_IP_);
		return;
	}
	trace(TRACE_PERCPU, "object %p freed", ptr);
	copies_free(copies, nr_cpu_ids);
	if (unlikely(!list_empty(&pages)))
		leaf_pages_free(&pages);
}

/* --- looking at them ------------------------------------------------------------------------------------ */

static void describe_locked(unsigned long slot, struct percpu_object *object)
{
	u32 note = leaf_of(slot)->notes[index_in_leaf(slot)];

	object->handle = slot_handle(slot);
	object->size = note_size(note);
	object->align = note_align(note);
}

bool percpu_object_at(const void *p, struct percpu_object *object)
{
	unsigned long flags;
	bool live;

	if (!percpu_is_handle(p))
		return false;
	spin_lock_irqsave(&percpu_lock, flags);
	live = slot_is_live_locked(handle_slot(p));
	if (live)
		describe_locked(handle_slot(p), object);
	spin_unlock_irqrestore(&percpu_lock, flags);
	return live;
}

/* The next live slot from this one on, or PERCPU_SLOTS; leaves that hold nothing are passed over. */
static unsigned long live_from_locked(unsigned long slot)
{
	while (slot < PERCPU_SLOTS && !slot_is_live_locked(slot))
		slot = leaf_of(slot)->used ? slot + 1 : ALIGN(slot + 1, PERCPU_LEAF_SLOTS);
	return slot;
}

bool percpu_object_next(struct percpu_object *object)
{
	unsigned long flags, slot = object->handle ? handle_slot(object->handle) + 1 : 0;
	bool found;

	spin_lock_irqsave(&percpu_lock, flags);
	slot = live_from_locked(slot);
	found = slot < PERCPU_SLOTS;
	if (found)
		describe_locked(slot, object);
	spin_unlock_irqrestore(&percpu_lock, flags);
	return found;
}

void percpu_object_totals(struct percpu_totals *totals)
{
	*totals = (struct percpu_totals){
		.objects = READ_ONCE(percpu_live),
		.objects_max = PERCPU_SLOTS,
		.table_pages = leaf_pages(),
	};
}
