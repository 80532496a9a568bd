/*
 * alloc.c - vmalloc: addresses side by side, with pages from anywhere behind them
 *
 *	kmalloc      [ vm_struct | page, page, page, ... ]       one object, when the pointers fit
 *	                              |     |     |
 *	pages                        p9    p2    p5              in bulk; of highmem if there is any
 *	                              \     |     /
 *	page tables  addr ->        [ p9 | p2 | p5 | guard ]
 *
 *	too many pointers for a page: they become a (read-write) area themselves, VM_VPAGES
 *
 * An area is in the list, VM_UNINITIALIZED, from when it has addresses until all of it is mapped:
 * nobody can free it in between, and whoever looks at areas knows that its pages are not all there.
 *
 * Invariants (vmap_check() verifies all)
 *   I1  A finished VM_ALLOC area has nr_pages pages, of which each is OWNER_VMALLOC and mapped, in
 *       order.
 *   I2  The pages that are OWNER_VMALLOC are those of the areas: nr_vmalloc_pages() of them.
 *
 * Locking: none held here; areas_insert() and remove_area() take vmlist_lock.
 * Read next: map.c; kvmalloc.c.
 * Linux: mm/vmalloc.c (__vmalloc_node_range, __vmalloc_area_node, __vunmap)
 */
#include <errno.h>
#include <string.h>

#include "kernel/trace.h"
#include "mm/node.h"
#include "mm/vmap/vmap_impl.h"

/* Below this many pages, single ones from the CPU's list cost less than a visit to the zone. */
enum { BULK_MIN = 8 };

static unsigned long nr_pages_held; /* [A] */

unsigned long nr_vmalloc_pages(void)
{
	return READ_ONCE(nr_pages_held);
}

struct request {
	unsigned long size, align; /* bytes */
	unsigned long start, end;  /* of the window, or narrower */
	gfp_t gfp;		   /* as pages are asked for: with __GFP_HIGHMEM or not */
	pgprot_t prot;
	unsigned long flags; /* VM_USERMAP or 0 */
	int node;
	const void *caller;
};

/* --- pages -------------------------------------------------------------------------------------------- */

/* Up to n pages into the empty array; returns how many leading places are filled. */
static unsigned long take_pages(gfp_t gfp, int node, struct page **array, unsigned long n)
{
	unsigned long got = 0;

	if (node != NUMA_NO_NODE) {
		while (got < n && (array[got] = alloc_pages_node(node, gfp, 0)))
			got++;
	} else if (n < BULK_MIN) {
		while (got < n && (array[got] = alloc_page(gfp)))
			got++;
	} else {
		memset(array, 0, n * sizeof(*array));
		got = alloc_pages_bulk_array(gfp, n, array);
	}
	for (unsigned long i = 0; i < got; i++)
		page_set_owner(array[i], OWNER_VMALLOC);
	__atomic_fetch_add(&nr_pages_held, got, __ATOMIC_RELAXED);
	return got;
}

static void give_pages(struct page **array, unsigned long n)
{
	__atomic_fetch_sub(&nr_pages_held, n, __ATOMIC_RELAXED);
	for (unsigned long i = 0; i < n; i++)
		page_set_owner(array[i], OWNER_HELD);
	if (n < BULK_MIN)
		for (unsigned long i = 0; i < n; i++)
			__free_page(array[i]);
	else
		free_pages_bulk_array(n, array);
}

/* --- making ------------------------------------------------------------------------------------------- */

static void give_pointers(struct vm_struct *area)
{
	if (area->flags & VM_VPAGES)
		vfree(area->pages);
}

/* A structure with a place for each page's pointer; not yet inserted. */
static struct vm_struct *new_area(const struct request *r, unsigned long pages)
{
	const unsigned long bytes = pages * sizeof(struct page *);
	const bool fits = bytes + sizeof(struct vm_struct) <= PAGE_SIZE;
	struct vm_struct *area =
		area_new(pages, fits ? pages : 0, r->flags | VM_ALLOC | VM_UNINITIALIZED, r->gfp,
			 r->node, r->caller);

	if (likely(fits) || unlikely(!area)) {
		if (likely(area))
			area->pages = (struct page **)(area + 1);
		return area;
	}
	area->pages = __vmalloc_node(bytes, 1, r->gfp & ~(gfp_t)(GFP_ZONEMASK | __GFP_ZERO),
				     r->node, r->caller);
	if (!area->pages) {
		kfree_own(area);
		return NULL;
	}
	area->flags |= VM_VPAGES;
	return area;
}

/* Gives the area, which has addresses, its pages and maps them; false after a report. */
static bool fill(struct vm_struct *area, const struct request *r, unsigned long pages)
{
	/* What the page allocator would say, this file says better. */
	unsigned long got = take_pages(r->gfp | __GFP_NOWARN, r->node, area->pages, pages);

	area->nr_pages = (unsigned int)got;
	if (unlikely(got < pages)) {
		report_exhaustion(r->size, r->gfp, r->caller, "%lu of %lu pages", got, pages);
		return false;
	}
	if (unlikely(map_pages((vaddr_t)area->addr, area->pages, pages, r->prot,
			       r->gfp | __GFP_NOWARN))) {
		report_exhaustion(r->size, r->gfp, r->caller, "no page for a table");
		return false;
	}
	return true;
}

/* Undoes a making that failed; the area is inserted if it has an address. */
static void __cold unmake(struct vm_struct *area, bool inserted)
{
	area->flags &= ~(unsigned long)VM_UNINITIALIZED;
	if (inserted)
		remove_area((vaddr_t)area->addr, VM_ALLOC, _RET_IP_);
	give_pages(area->pages, area->nr_pages);
	give_pointers(area);
	kfree_own(area);
}

/* Do all but the size mean something?  It was reported when not. */
static bool valid(const struct request *r)
{
	const unsigned long by = (unsigned long)r->caller;

	if (unlikely(!r->align || (r->align & (r->align - 1))))
		refuse_argument("bad alignment", NULL, "a power of two", r->align, by);
	else if (unlikely(r->start < VMALLOC_START || r->end > VMALLOC_END || r->start >= r->end))
		refuse_argument("bad range", (void *)r->start, "part of the window", r->end, by);
	else if (unlikely(r->node != NUMA_NO_NODE && (unsigned int)r->node >= nr_nodes))
		refuse_argument("bad node", NULL, "a node of this machine, or -1",
				(unsigned long)r->node, by);
	else if (unlikely(r->flags & ~(unsigned long)VM_USERMAP))
		refuse_argument("bad flags", NULL, "VM_USERMAP or none", r->flags, by);
	else if (unlikely((r->gfp & GFP_ZONEMASK) == GFP_ZONEMASK))
		refuse_argument("bad zone", NULL, "at most one of DMA and HIGHMEM", r->gfp, by);
	else
		return true;
	return false;
}

/* May this be asked for, here and at all?  It was reported when not. */
static inline bool worth_trying(const struct request *r, unsigned long pages)
{
	const unsigned long by = (unsigned long)r->caller;

	if (in_interrupt("vmalloc", by))
		return false;
	if (unlikely(!pages)) {
		refuse_argument("zero size", NULL, "a byte or more", 0, by);
		return false;
	}
	if (unlikely(pages >= (r->end - r->start) >> PAGE_SHIFT)) {
		report_exhaustion(r->size, r->gfp, r->caller, "there are addresses for %lu bytes",
				  r->end - r->start - PAGE_SIZE);
		return false;
	}
	return true;
}

static void *allocate(const struct request *r)
{
	const unsigned long pages = (r->size >> PAGE_SHIFT) + !!(r->size & ~PAGE_MASK);
	struct vm_struct *area;
	bool inserted;

	if (unlikely(!worth_trying(r, pages)))
		return NULL;
	area = new_area(r, pages);
	if (unlikely(!area))
		return NULL; /* kmalloc() or the inner area has said so */
	inserted = areas_insert(area, max(r->align, PAGE_SIZE), r->start, r->end);
	if (unlikely(!inserted))
		report_exhaustion(r->size, r->gfp, r->caller, "no such hole between %lu areas",
				  nr_vm_areas());
	if (unlikely(!inserted || !fill(area, r, pages))) {
		unmake(area, inserted);
		return NULL;
	}
	trace(TRACE_VMAP, "vmalloc area 0x%lx, %lu pages and a guard page", (vaddr_t)area->addr,
	      pages);
	/* Last of all: pairs with the lock that whoever looks at flags takes. */
	__atomic_store_n(&area->flags, (area->flags & ~(unsigned long)VM_UNINITIALIZED) | VM_MAPPED,
			 __ATOMIC_RELEASE);
	return area->addr;
}

/* --- the family's forms --------------------------------------------------------------------------------- */

/* Anywhere in the window, of any node: nothing to ask but the size. */
static __always_inline void *vmalloc_as(unsigned long size, gfp_t gfp, pgprot_t prot,
					unsigned long flags, const void *caller)
{
	const struct request r = {
		.size = size,
		.align = PAGE_SIZE,
		.start = VMALLOC_START,
		.end = VMALLOC_END,
		.gfp = gfp,
		.prot = prot,
		.flags = flags,
		.node = NUMA_NO_NODE,
		.caller = caller,
	};

	return allocate(&r);
}

enum { GFP_AREA = GFP_KERNEL | __GFP_HIGHMEM };

void *vmalloc(unsigned long size)
{
	return vmalloc_as(size, GFP_AREA, PAGE_KERNEL, 0, __builtin_return_address(0));
}

void *vzalloc(unsigned long size)
{
	return vmalloc_as(size, GFP_AREA | __GFP_ZERO, PAGE_KERNEL, 0, __builtin_return_address(0));
}

void *vmalloc_node(unsigned long size, int node)
{
	return __vmalloc_node(size, 1, GFP_AREA, node, __builtin_return_address(0));
}

void *vzalloc_node(unsigned long size, int node)
{
	return __vmalloc_node(size, 1, GFP_AREA | __GFP_ZERO, node, __builtin_return_address(0));
}

void *vmalloc_32(unsigned long size)
{
	return vmalloc_as(size, GFP_KERNEL, PAGE_KERNEL, 0, __builtin_return_address(0));
}

void *vmalloc_user(unsigned long size)
{
	return vmalloc_as(size, GFP_AREA | __GFP_ZERO, PAGE_KERNEL, VM_USERMAP,
			  __builtin_return_address(0));
}

void *vmalloc_exec(unsigned long size)
{
	return vmalloc_as(size, GFP_AREA, PAGE_KERNEL_EXEC, 0, __builtin_return_address(0));
}

static inline gfp_t with_highmem(gfp_t gfp)
{
	return gfp & __GFP_DMA ? gfp : gfp | __GFP_HIGHMEM;
}

void *__vmalloc(unsigned long size, gfp_t gfp)
{
	return __vmalloc_node(size, 1, gfp, NUMA_NO_NODE, __builtin_return_address(0));
}

void *__vmalloc_node(unsigned long size, unsigned long align, gfp_t gfp, int node,
		     const void *caller)
{
	return __vmalloc_node_range(size, align, VMALLOC_START, VMALLOC_END, gfp, PAGE_KERNEL, 0,
				    node, caller);
}

void *__vmalloc_node_range(unsigned long size, unsigned long align, unsigned long start,
			   unsigned long end, gfp_t gfp, pgprot_t prot, unsigned long vm_flags,
			   int node, const void *caller)
{
	const struct request r = {
		.size = size,
		.align = align,
		.start = start,
		.end = end,
		.gfp = with_highmem(gfp),
		.prot = prot,
		.flags = vm_flags,
		.node = node,
		.caller = caller,
	};

	return valid(&r) ? allocate(&r) : NULL;
}

/* --- giving back -------------------------------------------------------------------------------------------- */

void vfree(const void *addr)
{
	struct vm_struct *area;

	if (!addr)
		return;
	area = take_vm_area(addr, VM_ALLOC, "vmap", _RET_IP_);
	if (unlikely(!area))
		return;
	give_pages(area->pages, area->nr_pages);
	give_pointers(area);
	kfree_own(area);
}

/* --- showing to a user -------------------------------------------------------------------------------------- */

int remap_vmalloc_range(struct vm_area_struct *vma, void *addr, unsigned long pgoff)
{
	const struct vm_struct *area = find_vm_area(addr);
	unsigned long wanted = vma->vm_end - vma->vm_start, has;

	if (vma->vm_end <= vma->vm_start || ((vma->vm_start | vma->vm_end) & ~PAGE_MASK))
		return -EINVAL;
	if (!area || ((vaddr_t)addr & ~PAGE_MASK) || !(area->flags & VM_USERMAP))
		return -EINVAL;
	has = get_vm_area_size(area) -
	      min((vaddr_t)addr - (vaddr_t)area->addr, get_vm_area_size(area));
	if (pgoff > has >> PAGE_SHIFT || wanted > has - (pgoff << PAGE_SHIFT))
		return -EINVAL;
	return -ENOSYS; /* no user space to map it into */
}
