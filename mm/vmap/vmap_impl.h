/*
 * vmap_impl.h - what the family's files ask of each other, and of what keeps the areas (VMAP=)
 *
 *	alloc.c  kvmalloc.c     pages, and vmalloc()
 *	area.c                  vm_structs, vmap()
 *	map.c                   page tables
 *	list.c or tree.c        which addresses are whose
 *
 * Locking: vmlist_lock.  It covers the areas, the table of recent frees, and the making of tables;
 * nothing is allocated or freed while it is held.
 */
#ifndef MM_VMAP_IMPL_H
#define MM_VMAP_IMPL_H

#include "mm/slab/own.h"
#include "mm/vmap/vmap.h"

/* --- what keeps the areas ----------------------------------------------------------------------------- */

/*
 * Gives the area (its size is set) the lowest addresses in [start, end) that are free and aligned,
 * and keeps it.  False when there are none.  align: a power of two, PAGE_SIZE or more.
 */
bool areas_insert(struct vm_struct *area, unsigned long align, vaddr_t start, vaddr_t end);

/*
 * Takes out the area that begins at addr if it is of one of those kinds and not being made:
 * unmapped, and flushed from every TLB before its addresses may be another's.  Or NULL.
 */
struct vm_struct *areas_remove_locked(vaddr_t addr, unsigned long kinds);

/* The area whose addresses, guard page included, hold addr; or NULL. */
struct vm_struct *areas_find_locked(vaddr_t addr);

/* The lowest area; the others follow by ->next. */
struct vm_struct *areas_first_locked(void);

/* What the implementation alone can verify. */
bool areas_check_locked(void);

/* --- area.c ------------------------------------------------------------------------------------------- */

/* What was freed lately, so that a second free is told from a wild one. */
struct recent_free {
	vaddr_t addr;
	unsigned long caller;
};
/* The newest of them at that address; false when there is none. */
bool freed_lately_locked(vaddr_t addr, struct recent_free *found);

/* remove_vm_area() and take_vm_area() in one: kinds may be several; NULL without a report. */
struct vm_struct *remove_area(vaddr_t addr, unsigned long kinds, unsigned long caller);

/* "ioremap", "vmalloc", "vmap" */
const char *area_kind(const struct vm_struct *area);

/*
 * A structure for an area of that many pages, not yet inserted, with room for `pointers` page
 * pointers behind it.  NULL when there is no memory.
 */
struct vm_struct *area_new(unsigned long pages, unsigned long pointers, unsigned long flags,
			   gfp_t gfp, int node, const void *caller);

/* --- map.c -------------------------------------------------------------------------------------------- */

/* Maps pages[0 .. n - 1] from addr on.  0, or -ENOMEM with nothing mapped. */
int map_pages(vaddr_t addr, struct page *const *pages, unsigned long n, pgprot_t prot, gfp_t gfp);
/* Clears the entries of [addr, end) and flushes the TLBs. */
void unmap_range(vaddr_t addr, vaddr_t end);

/* --- refuse.c ------------------------------------------------------------------------------------------ */

/* True, after a report, in an interrupt. */
bool refuse_interrupt(const char *function, unsigned long caller);

static inline bool in_interrupt(const char *function, unsigned long caller)
{
	return unlikely(arch_in_exception()) && refuse_interrupt(function, caller);
}

/* An argument that means nothing: `BUG: vmap: WHAT: object=… expected=… found=…`. */
void refuse_argument(const char *what, const void *object, const char *expected,
		     unsigned long found, unsigned long caller);
/* Nothing of that kind is freed there; finds out what the caller did. */
void refuse_free(const void *addr, unsigned long kind, const char *family, unsigned long caller);
/* No addresses, or no pages: a warning, rate limited, unless __GFP_NOWARN. */
void report_exhaustion(unsigned long size, gfp_t gfp, const void *caller, const char *fmt, ...)
	__printf(4, 5);

#endif /* MM_VMAP_IMPL_H */
