/*
 * alloc.c - vmalloc: addresses side by side, with pages from anywhere behind them
 *
 *	kmalloc      [ vm_struct | page, page, page, ... ]       one object, when the pointers fit
 *	                              |     |     |
 *	pages                        p9    p2    p5              in bulk; of highmem if there is any
 *	                              \     |     /
 *	page tables  addr ->        [ p9 | p2 | p5 | guard ]
 *
 *	too many pointers for a page: they become a (read-write) area themselves, VM_VPAGES, which
 *	no caller's free takes: it is VM_POINTERS
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

#include "kernel/trace.h"
#include "mm/node.h"
#include "mm/page/page_debug.h"
#include "mm/vmap/vmap_impl.h"

/* Below this many pages, single ones from the CPU's list cost less than a visit to the zone. */
enum { BULK_MIN = 8 };

/* Nothing is counted meanwhile: who asks has the time to look. */
unsigned long nr_vmalloc_pages(void)
{
	vaddr_t at = VMALLOC_START;
	struct vm_struct area;
	unsigned long pages = 0;

	for (; area_copy_from(at, &area); at = (vaddr_t)area.addr + area.size)
		pages += area.flags & VM_ALLOC ? area.nr_pages : 0;
	return pages;
}

struct request {
	unsigned long size; /* bytes */
	gfp_t gfp;	    /* as pages are asked for: with __GFP_HIGHMEM or not */
	pgprot_t prot;
	unsigned long flags; /* VM_USERMAP or 0 */
	const void *caller;
	unsigned long align;	  /* bytes */
	unsigned long start, end; /* of the window, or narrower */
	int node;
};

/* --- pages ------------------------------------------------------------------------------------ */

/* Up to n single pages. */
static inline unsigned long take_singles(gfp_t gfp, int node, struct page **array, unsigned long n)
{
	unsigned long got = 0;

	for (; got < n; got++) {
		struct page *page =
			node == NUMA_NO_NODE ? alloc_page(gfp) : alloc_pages_node(node, gfp, 0);

		if (unlikely(!page))
			break;
		page_claim(page, OWNER_VMALLOC);
		array[got] = page;
	}
	return got;
}

/* Up to n pages into the array; returns how many leading places are filled. */
static inline unsigned long take_pages(gfp_t gfp, int node, struct page **array, unsigned long n)
{
	if (n < BULK_MIN || unlikely(node != NUMA_NO_NODE))
		return take_singles(gfp, node, array, n);
	if (unlikely(n > mem_map_pages))
		return 0; /* the window may be larger than RAM: taking all that there is would not help */
	return alloc_pages_bulk_owned(gfp, n, array, OWNER_VMALLOC);
}

/* DEBUG: who has a page is who asked for the area. */
static void name_pages(struct page **array, unsigned long n, const void *caller)
{
	for (struct page **page = array; page < array + n; page++)
		page_debug_name(*page, 1, (unsigned long)caller);
}

static inline void give_pages(struct page **array, unsigned long n, unsigned long caller)
{
	for (struct page **page = array; page < array + n; page++)
		page_set_owner(*page, OWNER_HELD);
	if (debug_build || n >= BULK_MIN)
		free_pages_bulk_caller(n, array, caller);
	else
		for (struct page **page = array; page < array + n; page++)
			__free_page(*page);
}

/* --- making ----------------------------------------------------------------------------------- */

/* The area of the pointers is the family's own from now on, or as any other. */
static void own_pointers(const struct vm_struct *area, bool own)
{
	struct vm_struct *pointers = find_vm_area(area->pages);

	if (pointers) /* debug builds may have found the areas broken */
		pointers->flags = own ? pointers->flags | VM_POINTERS
				      : pointers->flags & ~(unsigned long)VM_POINTERS;
}

static void __noinline give_pointer_area(struct vm_struct *area)
{
	own_pointers(area, false);
	vfree(area->pages);
}

/* The pointers lie behind the structure; or are an area; or, of __vmalloc_area(), an object. */
static inline void give_pointers(struct vm_struct *area)
{
	if (likely(area->pages == (struct page **)(area + 1)))
		return;
	if (area->flags & VM_VPAGES)
		give_pointer_area(area);
	else
		kfree_own(area->pages);
}

/* An area of pointers to so many pages; false when there is none. */
static bool __noinline get_pointer_area(struct vm_struct *area, unsigned long pages, gfp_t gfp,
					int node, const void *caller)
{
	area->pages = __vmalloc_node(pages * sizeof(struct page *), 1,
				     gfp & ~(gfp_t)(GFP_ZONEMASK | __GFP_ZERO), node, caller);
	if (!area->pages)
		return false;
	own_pointers(area, true);
	area->flags |= VM_VPAGES;
	return true;
}

/* A structure with a place for each page's pointer; not yet inserted. */
static inline struct vm_struct *new_area(const struct request *r, unsigned long pages)
{
	const bool fits = pages <= (PAGE_SIZE - sizeof(struct vm_struct)) / sizeof(struct page *);
	struct vm_struct *area =
		area_new(pages, fits ? pages : 0, r->flags | VM_ALLOC | VM_UNINITIALIZED, r->gfp,
			 r->node, r->caller);

	if (unlikely(!area))
		return NULL;
	if (likely(fits)) {
		area->pages = (struct page **)(area + 1);
	} else if (!get_pointer_area(area, pages, r->gfp, r->node, r->caller)) {
		kfree_own(area);
		return NULL;
	}
	return area;
}

/* Gives the area, which has addresses and room for pointers, its pages and maps them. */
static inline bool fill(struct vm_struct *area, unsigned long pages, gfp_t gfp, pgprot_t prot,
			int node, const void *caller)
{
	/* What the page allocator would say, this file says better. */
	unsigned long got = take_pages(gfp | __GFP_NOWARN, node, area->pages, pages);

	area->nr_pages = (unsigned int)got;
	if (debug_build)
		name_pages(area->pages, got, caller);
	if (unlikely(got < pages)) {
		report_exhaustion(pages, gfp, caller, "%lu of %lu pages", got, pages);
		return false;
	}
	if (unlikely(
		    map_pages((vaddr_t)area->addr, area->pages, pages, prot, gfp | __GFP_NOWARN))) {
		report_exhaustion(pages, gfp, caller, "no page for a table");
		return false;
	}
	return true;
}

/* Undoes a making that failed; the area is inserted if it has an address. */
static void __cold __noinline unmake(struct vm_struct *area, bool inserted)
{
	area->flags &= ~(unsigned long)VM_UNINITIALIZED;
	if (inserted)
		remove_area((vaddr_t)area->addr, VM_ALLOC, _RET_IP_);
	give_pages(area->pages, area->nr_pages, (unsigned long)area->caller);
	give_pointers(area);
	kfree_own(area);
}

/* Last of all: pairs with the lock that whoever looks at flags takes. */
static inline void finish(struct vm_struct *area)
{
	__atomic_store_n(&area->flags, (area->flags & ~(unsigned long)VM_UNINITIALIZED) | VM_MAPPED,
			 __ATOMIC_RELEASE);
}

/* Do all but the size mean something?  It was reported when not. */
static bool valid(const struct request *r)
{
	const unsigned long by = (unsigned long)r->caller;

	if (unlikely(!r->align || (r->align & (r->align - 1))))
		refuse_argument("bad alignment", NULL, "a power of two", r->align, by);
	else if (unlikely(r->start < VMALLOC_START || r->end > VMALLOC_END || r->start >= r->end))
		refuse_argument("bad range", (void *)r->start, "part of the window", r->end, by);
	else if (unlikely(!is_node(r->node)))
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
	if (unlikely(pages >= (r->end - r->start) >> PAGE_SHIFT)) { /* before they become bytes */
		report_exhaustion(pages, r->gfp, r->caller, "there are addresses for %lu",
				  ((r->end - r->start) >> PAGE_SHIFT) - 1);
		return false;
	}
	return true;
}

/* anywhere: start, end and align are what areas_insert() has. */
static __always_inline void *allocate(const struct request *r, bool anywhere)
{
	const unsigned long pages = pages_of(r->size);
	struct vm_struct *area;
	bool inserted;

	if (unlikely(!worth_trying(r, pages)))
		return NULL;
	area = new_area(r, pages);
	if (unlikely(!area))
		return NULL; /* kmalloc() or the inner area has said so */
	inserted = anywhere ? areas_insert(area)
			    : areas_insert_in(area, max(r->align, PAGE_SIZE), r->start, r->end);
	if (unlikely(!inserted))
		report_exhaustion(pages, r->gfp, r->caller, "no such hole between %lu areas",
				  nr_vm_areas());
	if (unlikely(!inserted || !fill(area, pages, r->gfp, r->prot, r->node, r->caller))) {
		unmake(area, inserted);
		return NULL;
	}
	trace(TRACE_VMAP, "vmalloc area 0x%lx, %lu pages and a guard page", (vaddr_t)area->addr,
	      pages);
	arch_hand_out(area->addr, r->size, pages << PAGE_SHIFT);
	finish(area);
	return area->addr;
}

/* --- the family's forms ----------------------------------------------------------------------- */

/* Anywhere in the window, of any node: nothing to ask but the size. */
static void *__noinline vmalloc_as(unsigned long size, gfp_t gfp, pgprot_t prot,
				   unsigned long flags, const void *caller)
{
	const struct request r = {
		.size = size,
		.gfp = gfp,
		.prot = prot,
		.flags = flags,
		.caller = caller,
		.start = VMALLOC_START,
		.end = VMALLOC_END,
		.node = NUMA_NO_NODE,
	};

	return allocate(&r, true);
}

static void *__noinline vmalloc_in(const struct request *r)
{
	return valid(r) ? allocate(r, false) : NULL;
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
		.gfp = with_highmem(gfp),
		.prot = prot,
		.flags = vm_flags,
		.caller = caller,
		.align = align,
		.start = start,
		.end = end,
		.node = node,
	};

	return vmalloc_in(&r);
}

/* --- pages for an area that was made without -------------------------------------------------- */

/* Room for the pointers; false when there is none. */
static bool get_pointers(struct vm_struct *area, unsigned long pages, gfp_t gfp, int node,
			 const void *caller)
{
	const size_t bytes = pages * sizeof(struct page *);

	gfp &= ~(gfp_t)(GFP_ZONEMASK | __GFP_ZERO | __GFP_COMP);
	if (bytes > PAGE_SIZE)
		return get_pointer_area(area, pages, gfp, node, caller);
	area->pages =
		node == NUMA_NO_NODE ? kmalloc_own(bytes, gfp) : kmalloc_own_node(bytes, gfp, node);
	return area->pages;
}

static bool may_have_pages(const struct vm_struct *area, gfp_t gfp, int node, unsigned long caller)
{
	if (in_interrupt("__vmalloc_area", caller))
		return false;
	if (!(area->flags & VM_ALLOC) || area->pages || (area->flags & VM_MAPPED))
		refuse_argument("has pages", area->addr, "a VM_ALLOC area without a page",
				area->flags, caller);
	else if (!is_node(node))
		refuse_argument("bad node", area->addr, "a node of this machine, or -1",
				(unsigned long)node, caller);
	else if ((gfp & GFP_ZONEMASK) == GFP_ZONEMASK)
		refuse_argument("bad zone", area->addr, "at most one of DMA and HIGHMEM", gfp,
				caller);
	else
		return true;
	return false;
}

static void *populate(struct vm_struct *area, gfp_t gfp, pgprot_t prot, int node,
		      const void *caller)
{
	const unsigned long pages = get_vm_area_size(area) >> PAGE_SHIFT;

	if (!may_have_pages(area, gfp, node, (unsigned long)caller))
		return NULL;
	area->flags |= VM_UNINITIALIZED;
	if (!get_pointers(area, pages, gfp, node, caller) ||
	    !fill(area, pages, gfp, prot, node, caller)) {
		unmake(area, true);
		return NULL;
	}
	finish(area);
	return area->addr;
}

void *__vmalloc_area_node(struct vm_struct *area, gfp_t gfp, pgprot_t prot, int node)
{
	return populate(area, gfp, prot, node, __builtin_return_address(0));
}

void *__vmalloc_area(struct vm_struct *area, gfp_t gfp, pgprot_t prot)
{
	return populate(area, gfp, prot, NUMA_NO_NODE, __builtin_return_address(0));
}

/* --- giving back ------------------------------------------------------------------------------ */

/* Of vmap(): the caller left the pages, and the array, to the area. */
static void __noinline put_pages(struct vm_struct *area)
{
	for (unsigned int i = 0; i < area->nr_pages; i++)
		put_page(area->pages[i]);
	kvfree(area->pages);
	kfree_own(area);
}

static void free_area(const void *addr, unsigned long caller)
{
	struct vm_struct *area;

	if (in_interrupt("freeing an area", caller))
		return;
	area = remove_area((vaddr_t)addr, VM_ALLOC | VM_MAP_PUT_PAGES, caller);
	if (unlikely(!area)) {
		refuse_free(addr, VM_ALLOC, "vmap", caller);
		return;
	}
	if (unlikely(area->flags & VM_MAP_PUT_PAGES)) {
		put_pages(area);
		return;
	}
	give_pages(area->pages, area->nr_pages, caller);
	give_pointers(area);
	kfree_own(area);
}

void vfree(const void *addr)
{
	if (addr)
		free_area(addr, _RET_IP_);
}

void __vunmap(const void *addr, int deallocate_pages)
{
	if (!addr)
		return;
	if (deallocate_pages)
		free_area(addr, _RET_IP_);
	else
		kfree_own(take_vm_area(addr, VM_MAP, "vmap", _RET_IP_));
}

/* --- showing to a user ------------------------------------------------------------------------ */

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
