/*
 * percpu_impl.h - what the per-CPU family's own files tell each other
 */
#ifndef MM_PERCPU_IMPL_H
#define MM_PERCPU_IMPL_H

#include "mm/percpu/percpu.h"

struct check;

/* areas.c: the static variables, their bounds, and the invariants of that file. */
size_t percpu_static_size(void);
bool percpu_is_linked(const void *p);
bool percpu_areas_check(struct check *check);

/* A live dynamic object. */
struct percpu_object {
	const void *handle; /* what alloc_percpu() gave */
	size_t size, align;
	size_t stride; /* from one CPU's copy to the next one's: behind its size nothing is */
};
/* The live object that a per-CPU pointer points to, into, or behind before the next.  Context: any. */
bool percpu_object_at(const void *p, struct percpu_object *object);
/* Moves on to the next one in the order of handles; handle NULL: the first.  False behind the last. */
bool percpu_object_next(struct percpu_object *object);

struct percpu_totals {
	unsigned long objects, objects_max;
	unsigned long
		pages; /* of the page allocator, for tables, and objects older than kmalloc() */
};
void percpu_object_totals(struct percpu_totals *totals);

/* The implementation: the areas stand now, and all CPUs are known.  Context: boot. */
void percpu_objects_init(void);

#endif /* MM_PERCPU_IMPL_H */
