/*
 * percpu_impl.h - what the per-CPU family's own files tell each other
 */
#ifndef MM_PERCPU_IMPL_H
#define MM_PERCPU_IMPL_H

#include "mm/percpu/percpu.h"

/* areas.c: the static variables, their bounds, and the invariants of that file. */
size_t percpu_static_size(void);
bool percpu_is_linked(const void *p);
bool percpu_areas_check(void);

/* The implementation: what it needs of boot memory.  Context: boot. */
void percpu_objects_init(void);

#endif /* MM_PERCPU_IMPL_H */
