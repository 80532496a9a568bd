/*
 * area.c - areas of addresses: made, mapped, found, taken out; and vmap(), which shows pages again
 *
 *	own.h ───> vm_struct ──areas_insert──> addresses ──map──> reachable
 *	                 free <──areas_remove_locked: unmapped, flushed, taken out<──┘
 *
 * An area's structure is allocated before vmlist_lock is taken and freed after it is let go.  What
 * is freed is remembered for a while, so that a second free can be named as one.
 *
 * Locking: vmlist_lock, inside the functions that take it.
 * Read next: list.c (VMAP=list), map.c, alloc.c.
 * Linux: mm/vmalloc.c
 */
#include <errno.h>

#include "kernel/bootstage.h"
#include "kernel/trace.h"
#include "mm/node.h"
#include "mm/vmap/vmap_impl.h"

DEFINE_SPINLOCK(vmlist_lock);
vaddr_t vmalloc_start __ro_after_init = VMALLOC_END; /* no window yet */

void __init vmalloc_init(void)
{
	vmalloc_start = ALIGN((vaddr_t)high_memory + VMALLOC_GAP, TABLE_SPAN);
	stage_done("vmalloc", "0x%lx-0x%lx, %lu MiB; areas: %s", VMALLOC_START,
		   (vaddr_t)VMALLOC_END - 1, (unsigned long)(VMALLOC_TOTAL / MiB), vmap_name);
}

const char *area_kind(const struct vm_struct *area)
{
	return area->flags & VM_IOREMAP ? "ioremap" : area->flags & VM_ALLOC ? "vmalloc" : "vmap";
}

/* --- structures ----------------------------------------------------------------------------------------- */

struct vm_struct *area_new(unsigned long pages, unsigned long pointers, unsigned long flags,
			   gfp_t gfp, int node, const void *caller)
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

/* The power of two that holds size, of at least a page and at most IOREMAP_MAX_ORDER. */
static unsigned long ioremap_align(unsigned long size)
{
	unsigned long align = PAGE_SIZE;

	while (align < size && align < 1ul << IOREMAP_MAX_ORDER)
		align <<= 1;
	return align;
}

static bool one_kind(unsigned long flags)
{
	unsigned long kinds = flags & VM_KINDS;

	return kinds && !(kinds & (kinds - 1)) &&
	       !(flags & ~(unsigned long)(VM_KINDS | VM_USERMAP));
}

static struct vm_struct *get_area(unsigned long size, unsigned long flags, vaddr_t start,
				  vaddr_t end, int node, const void *caller)
{
	const unsigned long by = (unsigned long)caller;
	unsigned long pages = (size >> PAGE_SHIFT) + !!(size & ~PAGE_MASK), align = PAGE_SIZE;
	struct vm_struct *area;

	if (in_interrupt("get_vm_area", by))
		return NULL;
	if (unlikely(!size || !one_kind(flags) || start < VMALLOC_START || end > VMALLOC_END)) {
		refuse_argument(!size		   ? "zero size"
				: !one_kind(flags) ? "bad flags"
						   : "bad range",
				(void *)start, "bytes of one kind inside the window",
				size && !one_kind(flags) ? flags : end, by);
		return NULL;
	}
	if (flags & VM_IOREMAP)
		align = ioremap_align(size);
	if (unlikely(pages >= VMALLOC_TOTAL >> PAGE_SHIFT)) {
		report_exhaustion(size, GFP_KERNEL, caller, "the window has %lu bytes",
				  (unsigned long)VMALLOC_TOTAL);
		return NULL;
	}
	area = area_new(pages, 0, flags, GFP_KERNEL, node, caller);
	if (unlikely(!area))
		return NULL;
	if (likely(areas_insert(area, align, start, end))) {
		trace(TRACE_VMAP, "%s area 0x%lx, %lu pages and a guard page", area_kind(area),
		      (vaddr_t)area->addr, pages);
		return area;
	}
	kfree_own(area);
	report_exhaustion(size, GFP_KERNEL, caller, "no such hole between %lu areas",
			  nr_vm_areas());
	return NULL;
}

struct vm_struct *get_vm_area(unsigned long size, unsigned long flags)
{
	return get_area(size, flags, VMALLOC_START, VMALLOC_END, NUMA_NO_NODE,
			__builtin_return_address(0));
}

struct vm_struct *get_vm_area_caller(unsigned long size, unsigned long flags, const void *caller)
{
	return get_area(size, flags, VMALLOC_START, VMALLOC_END, NUMA_NO_NODE, caller);
}

struct vm_struct *get_vm_area_node(unsigned long size, unsigned long flags, int node)
{
	return get_area(size, flags, VMALLOC_START, VMALLOC_END, node, __builtin_return_address(0));
}

struct vm_struct *__get_vm_area(unsigned long size, unsigned long flags, unsigned long start,
				unsigned long end)
{
	return get_area(size, flags, start, end, NUMA_NO_NODE, __builtin_return_address(0));
}

struct vm_struct *__get_vm_area_caller(unsigned long size, unsigned long flags, unsigned long start,
				       unsigned long end, const void *caller)
{
	return get_area(size, flags, start, end, NUMA_NO_NODE, caller);
}

/* --- taking out ------------------------------------------------------------------------------------------- */

enum { RECENT_FREES = 16 };
static struct recent_free recent[RECENT_FREES]; /* [V] */
static unsigned int next_recent;		/* [V] */

bool freed_lately_locked(vaddr_t addr, struct recent_free *found)
{
	for (unsigned int i = 1; i <= RECENT_FREES; i++) {
		*found = recent[(next_recent - i) % RECENT_FREES];
		if (found->addr == addr)
			return true;
	}
	return false;
}

static inline struct vm_struct *remove_area_locked(vaddr_t addr, unsigned long kinds,
						   unsigned long caller)
{
	struct vm_struct *area = areas_remove_locked(addr, kinds);

	if (likely(area)) {
		recent[next_recent % RECENT_FREES] = (struct recent_free){ addr, caller };
		next_recent++;
	}
	return area;
}

struct vm_struct *remove_area(vaddr_t addr, unsigned long kinds, unsigned long caller)
{
	struct vm_struct *area;
	unsigned long flags;

	spin_lock_irqsave(&vmlist_lock, flags);
	area = remove_area_locked(addr, kinds, caller);
	spin_unlock_irqrestore(&vmlist_lock, flags);
	return area;
}

/* Its caller frees it, by kfree(). */
static struct vm_struct *handed_over(struct vm_struct *area)
{
	if (area)
		own_hand_over(area);
	return area;
}

struct vm_struct *remove_vm_area(const void *addr)
{
	if (in_interrupt(__func__, _RET_IP_))
		return NULL;
	return handed_over(remove_area((vaddr_t)addr, VM_KINDS, _RET_IP_));
}

struct vm_struct *__remove_vm_area(const void *addr)
{
	assert_spin_locked(&vmlist_lock);
	return handed_over(remove_area_locked((vaddr_t)addr, VM_KINDS, _RET_IP_));
}

struct vm_struct *take_vm_area(const void *addr, unsigned long kind, const char *family,
			       unsigned long caller)
{
	struct vm_struct *area;

	if (in_interrupt("freeing an area", caller))
		return NULL;
	area = remove_area((vaddr_t)addr, kind, caller);
	if (unlikely(!area))
		refuse_free(addr, kind, family, caller);
	return area;
}

struct vm_struct *find_vm_area(const void *addr)
{
	struct vm_struct *area;
	unsigned long flags;

	spin_lock_irqsave(&vmlist_lock, flags);
	area = areas_find_locked((vaddr_t)addr);
	spin_unlock_irqrestore(&vmlist_lock, flags);
	return area;
}

/* --- mapping ------------------------------------------------------------------------------------------------ */

int map_vm_area(struct vm_struct *area, pgprot_t prot, struct page ***pages)
{
	unsigned long n = get_vm_area_size(area) >> PAGE_SHIFT;
	int error;

	if (in_interrupt(__func__, _RET_IP_))
		return -EBUSY;
	if (area->flags & VM_MAPPED) {
		refuse_argument("mapped already", area->addr, "an area without a mapping",
				area->flags, _RET_IP_);
		return -EBUSY;
	}
	error = map_pages((vaddr_t)area->addr, *pages, n, prot, GFP_KERNEL);
	if (error)
		return error;
	area->flags |= VM_MAPPED;
	*pages += n;
	return 0;
}

void unmap_vm_area(struct vm_struct *area)
{
	vaddr_t addr = (vaddr_t)area->addr;

	if (in_interrupt(__func__, _RET_IP_))
		return;
	unmap_range(addr, addr + get_vm_area_size(area));
	area->flags &= ~(unsigned long)VM_MAPPED;
}

/* --- vmap ----------------------------------------------------------------------------------------------------- */

/* Are the arguments what vmap() takes?  It was reported when not. */
static bool may_vmap(struct page **pages, unsigned int count, unsigned long flags,
		     unsigned long caller)
{
	if (in_interrupt("vmap", caller))
		return false;
	if (unlikely(!pages || !count)) {
		refuse_argument("no pages", pages, "one page or more", count, caller);
		return false;
	}
	if (unlikely((flags & ~(unsigned long)VM_USERMAP) != VM_MAP)) {
		refuse_argument("bad flags", pages, "VM_MAP", flags, caller);
		return false;
	}
	for (unsigned int i = 0; i < count; i++) {
		if (unlikely((unsigned long)(pages[i] - mem_map) >= mem_map_pages)) {
			refuse_argument("no page", pages[i], "pages of mem_map", i, caller);
			return false;
		}
	}
	return true;
}

void *vmap(struct page **pages, unsigned int count, unsigned long flags, pgprot_t prot)
{
	struct vm_struct *area;

	if (!may_vmap(pages, count, flags, _RET_IP_))
		return NULL;
	area = get_area((unsigned long)count << PAGE_SHIFT, flags, VMALLOC_START, VMALLOC_END,
			NUMA_NO_NODE, __builtin_return_address(0));
	if (unlikely(!area))
		return NULL;
	if (unlikely(map_pages((vaddr_t)area->addr, pages, count, prot, GFP_KERNEL))) {
		kfree(remove_vm_area(area->addr));
		return NULL;
	}
	area->nr_pages = count;
	area->flags |= VM_MAPPED;
	return area->addr;
}

void vunmap(const void *addr)
{
	if (addr)
		kfree_own(take_vm_area(addr, VM_MAP, "vmap", _RET_IP_));
}
