/*
 * vmap_impl.h - what the family's files ask of each other, and of what keeps the areas (VMAP=)
 *
 *	alloc.c  kvmalloc.c     pages, and vmalloc()
 *	area.c                  vm_structs, vmap()
 *	map.c                   page tables
 *	list.c                  which addresses are whose (VMAP=)
 *
 * Locking: vmlist_lock.  It covers the areas, the table of recent frees, and the making of tables;
 * nothing is allocated or freed while it is held.
 */
#ifndef MM_VMAP_IMPL_H
#define MM_VMAP_IMPL_H

#include "mm/node.h"
#include "mm/slab/own.h"
#include "mm/vmap/vmap.h"

/* --- what keeps the areas --------------------------------------------------------------------- */

/* Once, when the window is known. */
void areas_init(void);

/*
 * Gives the area (its size is set) the lowest addresses of the window that are free, and keeps it.
 * False when there are none.
 */
bool areas_insert(struct vm_struct *area);
/* The same in [start, end), aligned to a power of two, of PAGE_SIZE or more. */
bool areas_insert_in(struct vm_struct *area, unsigned long align, vaddr_t start, vaddr_t end);

/*
 * Takes out the area that begins at addr, has one of those flags, and is neither being made nor
 * taken apart, nor the family's own (VM_POINTERS): unmapped, flushed from every TLB, its size without the guard page.  One of more than
 * at_once bytes is marked VM_UNINITIALIZED and left in: the caller unmaps it without the lock, then
 * calls areas_unlink_locked().  NULL when there is no such area; or, after a report, when something
 * of it is broken (debug builds look), and then nothing is changed.
 */
struct vm_struct *areas_take_locked(vaddr_t addr, unsigned long kinds, unsigned long at_once);
/* False, after a report: the areas are broken. */
bool areas_unlink_locked(struct vm_struct *area);

/*
 * The area whose addresses, guard page included, hold addr; the lowest that begins at addr or above.
 * NULL when there is none.
 */
struct vm_struct *areas_find_locked(vaddr_t addr);
struct vm_struct *areas_from_locked(vaddr_t addr);

/* What was kept has been found broken, and is not used any more: every call above finds nothing. */
bool areas_broken(void);
/* How it is broken, in words; NULL: it was not found so. */
const char *areas_fault(void);
/* It was mended by who broke it: the self-tests. */
void areas_mended_locked(void);

/* What the implementation alone can verify. */
struct check;
bool areas_check_locked(struct check *check);

/* --- vmap_check.c ----------------------------------------------------------------------------- */

/*
 * What does not hold of an area that nobody makes or takes apart (its size, its pages, what its
 * addresses show), and at which address; NULL: all holds.  Context: vmlist_lock held.
 */
const char *area_fault(const struct vm_struct *area, vaddr_t *at);

/* --- area.c ----------------------------------------------------------------------------------- */

/* What was freed lately, so that a second free is told from a wild one. */
struct recent_free {
	vaddr_t addr;
	unsigned long caller;
};
/* The newest of them at that address; false when there is none. */
bool freed_lately_locked(vaddr_t addr, struct recent_free *found);

/*
 * remove_vm_area() and take_vm_area() in one: an area that has one of those flags, of which there
 * may be several, and that is nobody's to finish; NULL without a report.
 */
struct vm_struct *remove_area(vaddr_t addr, unsigned long kinds, unsigned long caller);

/* A node of this machine, or any. */
static inline bool is_node(int node)
{
	return node == NUMA_NO_NODE || (unsigned int)node < nr_nodes;
}

/* The pages that hold so many bytes: no size is too large for that. */
static inline unsigned long pages_of(unsigned long bytes)
{
	return (bytes >> PAGE_SHIFT) + !!(bytes & ~PAGE_MASK);
}

/* Copies the lowest area that begins at addr or above; false when there is none. */
bool area_copy_from(vaddr_t addr, struct vm_struct *copy);

/* "ioremap", "vmalloc", "vmap" */
const char *area_kind(const struct vm_struct *area);

/*
 * A structure for an area of that many pages, not yet inserted, with room for `pointers` page
 * pointers behind it.  NULL when there is no memory.
 */
static inline struct vm_struct *area_new(unsigned long pages, unsigned long pointers,
					 unsigned long flags, gfp_t gfp, int node,
					 const void *caller)
{
	const size_t bytes = sizeof(struct vm_struct) + pointers * sizeof(struct page *);
	struct vm_struct *area;

	gfp &= ~(gfp_t)(GFP_ZONEMASK | __GFP_ZERO | __GFP_COMP);
	area = node == NUMA_NO_NODE ? kmalloc_own(bytes, gfp) : kmalloc_own_node(bytes, gfp, node);
	if (unlikely(!area))
		return NULL;
	area->size = (pages + 1) << PAGE_SHIFT;
	area->flags = flags;
	area->pages = NULL;
	area->nr_pages = 0;
	area->phys_addr = 0;
	area->caller = caller;
	return area;
}

/*
 * get_vm_area() for who knows that his arguments mean something: so many pages, 1 or more, anywhere
 * in the window; of the second, aligned as areas for registers are.
 */
struct vm_struct *area_make(unsigned long pages, unsigned long flags, const void *caller);
struct vm_struct *area_make_aligned(unsigned long pages, unsigned long flags, const void *caller);

/* --- map.c ------------------------------------------------------------------------------------ */

/* Where RAM that is like any other is, among mem_map's pages. */
void map_init(void);

/*
 * May these be mapped so: are all of them RAM, and does none get a right that the image keeps from
 * it?  False after a report.
 */
bool may_show(struct page *const *pages, unsigned long n, pgprot_t prot, unsigned long caller);
/* Maps pages[0 .. n - 1] from addr on.  0, or -ENOMEM with nothing mapped. */
int map_pages(vaddr_t addr, struct page *const *pages, unsigned long n, pgprot_t prot, gfp_t gfp);
/*
 * The same of frames from phys on, for the whole of an area that is new, so that nothing is mapped
 * there.  The caller knows that the frames may be shown so.
 */
int map_frames(vaddr_t addr, vaddr_t end, paddr_t phys, pgprot_t prot);
/* Clears the entries of [addr, end) and flushes the TLBs. */
void unmap_range(vaddr_t addr, vaddr_t end);
/* The same under vmlist_lock, of a range of one area's, in a time that does not grow with it. */
void unmap_range_locked(vaddr_t addr, vaddr_t end);

/* [V] Where the table of addr's span is noted, in force or hidden; NULL there: it was never made. */
pte_t **table_of(vaddr_t addr);
/* What the tables alone can verify. */
bool tables_check_locked(struct check *check);

/* --- refuse.c --------------------------------------------------------------------------------- */

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
/* No addresses, or no memory, for so many pages: a warning, rate limited, unless __GFP_NOWARN. */
void report_exhaustion(unsigned long pages, gfp_t gfp, const void *caller, const char *fmt, ...)
	__printf(4, 5);

#endif /* MM_VMAP_IMPL_H */
