/*
 * areas.c - areas of addresses, and per-CPU objects, that a test has left
 *
 * Read next: leftover.h.
 */
#include "mm/percpu/percpu_impl.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap_impl.h"
#include "mm/window/ioremap.h"
#include "tests/selftests/leftover/debug/leftover.h"

/* --- areas ------------------------------------------------------------------------------------ */

static void give(const struct vm_struct *area)
{
	if (area->flags & VM_MAP_PUT_PAGES || (area->flags & VM_ALLOC && area->pages))
		vfree(area->addr);
	else if (area->flags & VM_IOREMAP && area->flags & VM_MAPPED)
		iounmap(area->addr);
	else
		kfree(remove_vm_area(area->addr));
}

void leftover_areas(void)
{
	vaddr_t at = VMALLOC_START;
	struct vm_struct area;

	for (; area_copy_from(at, &area); at = (vaddr_t)area.addr + area.size)
		if (is_of_tests((unsigned long)area.caller) && !(area.flags & VM_POINTERS))
			give(&area);
}

/* --- per-CPU objects -------------------------------------------------------------------------- */

enum { NOTED_MAX = 256 };

static const void *noted[NOTED_MAX];
static unsigned int nr_noted;

void leftover_note_percpu(void)
{
	struct percpu_object object = { .handle = NULL };

	nr_noted = 0;
	while (nr_noted < NOTED_MAX && percpu_object_next(&object))
		noted[nr_noted++] = object.handle;
}

static bool was_there(const void *handle)
{
	for (unsigned int n = 0; n < nr_noted; n++)
		if (noted[n] == handle)
			return true;
	return nr_noted == NOTED_MAX; /* nobody knows */
}

void leftover_percpu(void)
{
	struct percpu_object object = { .handle = NULL };

	while (percpu_object_next(&object))
		if (!was_there(object.handle))
			free_percpu((void *)object.handle);
}
