/*
 * list.c - VMAP=list: the areas in one list, ascending; whoever wants addresses walks it
 *
 *	vmlist ──> [ area | g ] ──> [ area | g ] ──> [ area | g ] ──> NULL
 *	VMALLOC_START           ^hole            ^
 *	                        first fit: the first hole that is large enough, aligned
 *
 * Nothing is kept but the list itself, so what is free is what lies between two areas.  A new area
 * costs a walk past all that lie below it, a free the same: cheap while areas are few, and linear
 * in their number.  (That is what the augmented tree of later kernels was written against.)
 *
 * Invariants (areas_check_locked() verifies all)
 *   I1  Areas ascend and do not overlap, guard pages included.
 *   I2  Every area lies in [VMALLOC_START, VMALLOC_END), on whole pages, at least two of them.
 *   I3  nr_areas is the length of the list.
 *
 * Life of an area
 *   hole ──areas_insert──> in the list ──areas_remove_locked──> unmapped, flushed ──> hole
 *
 * Locking: vmlist_lock.
 * Read next: area.c, map.c.
 * Linux 2.6: mm/vmalloc.c (__get_vm_area_node, __remove_vm_area)
 */
#include "kernel/printk.h"
#include "mm/vmap/vmap_impl.h"

const char vmap_name[] = "list";

static struct vm_struct *vmlist; /* [V] */
static unsigned long nr_areas;	 /* [V] */

static vaddr_t area_start(const struct vm_struct *area)
{
	return (vaddr_t)area->addr;
}

/*
 * The link behind which [*addr, *addr + size) is free, *addr being raised from where the search
 * begins to the first fit; NULL when there is none below end.
 */
static struct vm_struct **first_fit_locked(vaddr_t *addr, unsigned long size, unsigned long align,
					   vaddr_t end)
{
	struct vm_struct **link = &vmlist, *area;
	const unsigned long low_bits = align - 1;
	vaddr_t from = (*addr + low_bits) & ~low_bits;

	for (; (area = *link) && from + size > area_start(area); link = &area->next) {
		vaddr_t behind = area_start(area) + area->size;

		if (behind > from) /* else it lies below the search's range */
			from = (behind + low_bits) & ~low_bits;
	}
	/* A sum that wrapped round is below where the search began. */
	if (from < *addr || from > end - size)
		return NULL;
	*addr = from;
	return link;
}

bool areas_insert(struct vm_struct *area, unsigned long align, vaddr_t start, vaddr_t end)
{
	struct vm_struct **link = NULL;
	unsigned long flags;

	if (end <= start || area->size > end - start)
		return false;
	spin_lock_irqsave(&vmlist_lock, flags);
	link = first_fit_locked(&start, area->size, align, end);
	if (link) {
		area->addr = (void *)start;
		area->next = *link; /* keeps I1 */
		*link = area;
		nr_areas++;
	}
	spin_unlock_irqrestore(&vmlist_lock, flags);
	return link;
}

struct vm_struct *areas_remove_locked(vaddr_t addr, unsigned long kinds)
{
	struct vm_struct **link = &vmlist, *area;

	assert_spin_locked(&vmlist_lock);
	while ((area = *link) && area_start(area) < addr)
		link = &area->next;
	if (!area || area_start(area) != addr || !(area->flags & kinds) ||
	    (area->flags & VM_UNINITIALIZED))
		return NULL;
	/* Before the lock is let go: then the addresses may be given to another. */
	unmap_range(addr, addr + get_vm_area_size(area));
	*link = area->next;
	nr_areas--;
	return area;
}

struct vm_struct *areas_find_locked(vaddr_t addr)
{
	struct vm_struct *area = vmlist;

	assert_spin_locked(&vmlist_lock);
	while (area && area_start(area) + area->size <= addr)
		area = area->next;
	return area && area_start(area) <= addr ? area : NULL;
}

struct vm_struct *areas_first_locked(void)
{
	return vmlist;
}

unsigned long nr_vm_areas(void)
{
	return READ_ONCE(nr_areas);
}

static bool wrong(const struct vm_struct *area, const char *invariant, const char *what)
{
	pr_err("vmap: %s: area 0x%lx of %lu bytes: %s", invariant, area_start(area), area->size,
	       what);
	return false;
}

bool areas_check_locked(void)
{
	vaddr_t behind = VMALLOC_START;
	unsigned long length = 0;

	for (const struct vm_struct *area = vmlist; area; area = area->next) {
		if (area_start(area) < behind)
			return wrong(area, "I1", "begins before the one below it ends");
		if (area->size < 2 * PAGE_SIZE || (area->size & ~PAGE_MASK) ||
		    (area_start(area) & ~PAGE_MASK) || area->size > VMALLOC_END - area_start(area))
			return wrong(area, "I2", "not whole pages of the window");
		if (++length > nr_areas)
			return wrong(area, "I3", "the list is longer than its count");
		behind = area_start(area) + area->size;
	}
	if (length == nr_areas)
		return true;
	pr_err("vmap: I3: %lu areas are counted, %lu are in the list", nr_areas, length);
	return false;
}
