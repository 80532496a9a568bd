/*
 * array_view.c - looking at the live objects of PERCPU=array
 *
 * Locking: takes percpu_slots.lock for a few slots at a time, so that interrupts never wait for long;
 * objects that come and go meanwhile may be met or not.
 */
#include "kernel/look.h"
#include "mm/percpu/array/array_impl.h"

enum { SLOTS_AT_ONCE = 64 };

static void describe_locked(unsigned long slot, struct percpu_object *object)
{
	u32 note = leaf_of(slot)->notes[index_in_leaf(slot)];

	object->handle = slot_handle(slot);
	object->size = note_size(note);
	object->align = note_align(note);
	object->stride = note_stride(note);
}

bool percpu_object_at(const void *p, struct percpu_object *object)
{
	unsigned long flags, slot;
	bool live;

	if (!percpu_is_handle(p))
		return false;
	look_lock_irqsave(&percpu_slots.lock, flags);
	slot = object_slot(handle_slot(p));
	live = slot_is_live_locked(slot);
	if (live)
		describe_locked(slot, object);
	look_unlock_irqrestore(&percpu_slots.lock, flags);
	return live;
}

/*
 * Looks at some slots from this one on: true when it has described a live one.  *slot moves on;
 * leaves that hold nothing are passed over.
 */
static bool find_live_locked(unsigned long *slot, struct percpu_object *object)
{
	for (unsigned int i = 0; i < SLOTS_AT_ONCE && *slot < PERCPU_SLOTS; i++) {
		if (slot_is_live_locked(*slot)) {
			describe_locked(*slot, object);
			return true;
		}
		*slot = leaf_used(leaf_of(*slot)) ? *slot + 1 : ALIGN(*slot + 1, PERCPU_LEAF_SLOTS);
	}
	return false;
}

bool percpu_object_next(struct percpu_object *object)
{
	unsigned long flags, slot = object->handle ? handle_slot(object->handle) + 1 : 0;
	bool found = false;

	while (!found && slot < PERCPU_SLOTS) {
		look_lock_irqsave(&percpu_slots.lock, flags);
		found = find_live_locked(&slot, object);
		look_unlock_irqrestore(&percpu_slots.lock, flags);
	}
	return found;
}

void percpu_object_totals(struct percpu_totals *totals)
{
	*totals = (struct percpu_totals){
		.objects = percpu_live(),
		.objects_max = PERCPU_SLOTS,
		.pages = percpu_pages_held(),
	};
}
