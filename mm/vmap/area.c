/*
 * area.c - areas of addresses: made, mapped, found, taken out; and vmap(), which shows pages again
 *
 *	own.h ───> vm_struct ──areas_insert──> addresses ──map──> reachable
 *	                 free <──areas_unlink_locked<──unmapped, flushed<──┘
 *
 * An area's structure is allocated before vmlist_lock is taken and freed after it is let go.  What
 * is freed is remembered for a while, so that a second free can be named as one.
 *
 * An area of up to UNMAP_AT_ONCE bytes is found, unmapped and taken out under one hold of the lock.
 * A larger one is marked VM_UNINITIALIZED, so that nobody else frees it; unmapped and flushed with
 * interrupts on; and taken out when that is done.  __remove_vm_area(), whose caller holds the lock,
 * has the tables of its spans hidden instead (map.c).  Either way its addresses are nobody's, and
 * its pages are not freed, before no CPU translates to them.
 *
 * Locking: vmlist_lock, inside the functions that take it.
 * Read next: list.c (VMAP=list), map.c, alloc.c.
 * Linux: mm/vmalloc.c
 */
#include <errno.h>

#include "kernel/look.h"
#include "kernel/bootstage.h"
#include "kernel/trace.h"
#include "mm/node.h"
#include "mm/vmap/vmap_impl.h"

DEFINE_SPINLOCK(vmlist_lock);
vaddr_t vmalloc_start __ro_after_init = VMALLOC_END; /* no window yet */

void __init vmalloc_init(void)
{
	vmalloc_start = ALIGN((vaddr_t)high_memory + VMALLOC_GAP, TABLE_SPAN);
	areas_init();
	map_init();
	stage_done("vmalloc", "0x%lx-0x%lx, %lu MiB; areas: %s", VMALLOC_START,
		   (vaddr_t)VMALLOC_END - 1, (unsigned long)(VMALLOC_TOTAL / MiB), vmap_name);
}

const char *area_kind(const struct vm_struct *area)
{
	return area->flags & VM_IOREMAP ? "ioremap" : area->flags & VM_ALLOC ? "vmalloc" : "vmap";
}

/* --- structures ------------------------------------------------------------------------------- */

/* The power of two that holds size, of at least a page and at most IOREMAP_MAX_ORDER. */
static unsigned long ioremap_align(unsigned long size)
{
	unsigned long align = PAGE_SIZE;

	while (align < size && align < 1ul << IOREMAP_MAX_ORDER)
		align <<= 1;
	return align;
}

/* Anywhere in the window, of any node. */
#define ANYWHERE VMALLOC_START, VMALLOC_END, NUMA_NO_NODE

/* Before they become bytes; false after a report. */
static inline bool window_holds(unsigned long pages, const void *caller)
{
	const unsigned long most = VMALLOC_TOTAL >> PAGE_SHIFT;

	if (likely(pages < most))
		return true;
	report_exhaustion(pages, GFP_KERNEL, caller, "the window has %lu", most);
	return false;
}

static struct vm_struct *__noinline __cold no_hole(struct vm_struct *area)
{
	report_exhaustion(get_vm_area_size(area) >> PAGE_SHIFT, GFP_KERNEL, area->caller,
			  "no such hole between %lu areas", nr_vm_areas());
	kfree_own(area);
	return NULL;
}

static inline void tell_made(const struct vm_struct *area, unsigned long pages)
{
	trace(TRACE_VMAP, "%s area 0x%lx, %lu pages and a guard page", area_kind(area),
	      (vaddr_t)area->addr, pages);
}

struct vm_struct *area_make(unsigned long pages, unsigned long flags, const void *caller)
{
	struct vm_struct *area;

	if (unlikely(!window_holds(pages, caller)))
		return NULL;
	area = area_new(pages, 0, flags, GFP_KERNEL, NUMA_NO_NODE, caller);
	if (unlikely(!area))
		return NULL;
	if (unlikely(!areas_insert(area)))
		return no_hole(area);
	arch_hand_out(area->addr, pages << PAGE_SHIFT, pages << PAGE_SHIFT);
	tell_made(area, pages);
	return area;
}

/* The same in [start, end) of the window, aligned, its structure of that node's memory. */
static struct vm_struct *area_make_in(unsigned long pages, unsigned long flags, unsigned long align,
				      vaddr_t start, vaddr_t end, int node, const void *caller)
{
	struct vm_struct *area;

	if (unlikely(!window_holds(pages, caller)))
		return NULL;
	area = area_new(pages, 0, flags, GFP_KERNEL, node, caller);
	if (unlikely(!area))
		return NULL;
	if (unlikely(!areas_insert_in(area, align, start, end)))
		return no_hole(area);
	arch_hand_out(area->addr, pages << PAGE_SHIFT, pages << PAGE_SHIFT);
	tell_made(area, pages);
	return area;
}

struct vm_struct *area_make_aligned(unsigned long pages, unsigned long flags, const void *caller)
{
	if (pages == 1)
		return area_make(pages, flags, caller);
	return area_make_in(pages, flags, ioremap_align(pages << PAGE_SHIFT), ANYWHERE, caller);
}

static bool one_kind(unsigned long flags)
{
	unsigned long kinds = flags & VM_KINDS;

	return kinds && !(kinds & (kinds - 1)) &&
	       !(flags & ~(unsigned long)(VM_KINDS | VM_USERMAP));
}

/* Do the arguments mean something?  It was reported when not. */
static bool may_get(unsigned long size, unsigned long flags, vaddr_t start, vaddr_t end, int node,
		    unsigned long by)
{
	if (in_interrupt("get_vm_area", by))
		return false;
	if (unlikely(!size))
		refuse_argument("zero size", NULL, "a byte or more", size, by);
	else if (unlikely(!one_kind(flags)))
		refuse_argument("bad flags", NULL, "one of the kinds, and VM_USERMAP or not", flags,
				by);
	else if (unlikely(start < VMALLOC_START || end > VMALLOC_END || start >= end))
		refuse_argument("bad range", (void *)start, "part of the window", end, by);
	else if (unlikely(!is_node(node)))
		refuse_argument("bad node", NULL, "a node of this machine, or -1",
				(unsigned long)node, by);
	else
		return true;
	return false;
}

static struct vm_struct *get_area(unsigned long size, unsigned long flags, vaddr_t start,
				  vaddr_t end, int node, const void *caller)
{
	if (!may_get(size, flags, start, end, node, (unsigned long)caller))
		return NULL;
	return area_make_in(pages_of(size), flags,
			    flags & VM_IOREMAP ? ioremap_align(size) : PAGE_SIZE, start, end, node,
			    caller);
}

struct vm_struct *get_vm_area(unsigned long size, unsigned long flags)
{
	return get_area(size, flags, ANYWHERE, __builtin_return_address(0));
}

struct vm_struct *get_vm_area_caller(unsigned long size, unsigned long flags, const void *caller)
{
	return get_area(size, flags, ANYWHERE, caller);
}

struct vm_struct *get_vm_area_node(unsigned long size, unsigned long flags, int node)
{
	return get_area(size, flags, VMALLOC_START, VMALLOC_END, node, __builtin_return_address(0));
}

struct vm_struct *__get_vm_area_node(unsigned long size, unsigned long flags, unsigned long start,
				     unsigned long end, int node)
{
	return get_area(size, flags, start, end, node, __builtin_return_address(0));
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

/* --- taking out ------------------------------------------------------------------------------- */

enum { RECENT_FREES = 16, UNMAP_AT_ONCE = 256 * PAGE_SIZE };
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

static inline void remember_free_locked(vaddr_t addr, unsigned long caller)
{
	recent[next_recent++ % RECENT_FREES] = (struct recent_free){ addr, caller };
}

/* It is marked: until it is unlinked here nobody else has to do with it. */
static struct vm_struct *unlink_marked_locked(struct vm_struct *area)
{
	if (unlikely(!areas_unlink_locked(area)))
		return NULL;
	area->flags &= ~(unsigned long)VM_UNINITIALIZED;
	return area;
}

static struct vm_struct *__noinline remove_marked(struct vm_struct *area)
{
	unsigned long flags;

	unmap_range((vaddr_t)area->addr, (vaddr_t)area->addr + get_vm_area_size(area));
	spin_lock_irqsave(&vmlist_lock, flags);
	area = unlink_marked_locked(area);
	spin_unlock_irqrestore(&vmlist_lock, flags);
	return area;
}

/* The same without letting go of the lock. */
static struct vm_struct *remove_marked_locked(struct vm_struct *area)
{
	unmap_range_locked((vaddr_t)area->addr, (vaddr_t)area->addr + get_vm_area_size(area));
	return unlink_marked_locked(area);
}

struct vm_struct *remove_area(vaddr_t addr, unsigned long kinds, unsigned long caller)
{
	struct vm_struct *area;
	unsigned long flags;

	spin_lock_irqsave(&vmlist_lock, flags);
	area = areas_take_locked(addr, kinds, UNMAP_AT_ONCE);
	if (likely(area))
		remember_free_locked(addr, caller);
	spin_unlock_irqrestore(&vmlist_lock, flags);
	if (unlikely(area && (area->flags & VM_UNINITIALIZED)))
		area = remove_marked(area);
	if (ARCH_WATCHES && area)
		arch_take_back(area->addr, area->size);
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
	struct vm_struct *area;

	assert_spin_locked(&vmlist_lock);
	area = areas_take_locked((vaddr_t)addr, VM_KINDS, UNMAP_AT_ONCE);
	if (area)
		remember_free_locked((vaddr_t)addr, _RET_IP_);
	if (area && (area->flags & VM_UNINITIALIZED))
		area = remove_marked_locked(area);
	if (ARCH_WATCHES && area)
		arch_take_back(area->addr, area->size);
	return handed_over(area);
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

bool area_copy_from(vaddr_t addr, struct vm_struct *copy)
{
	const struct vm_struct *area;
	unsigned long flags;

	look_lock_irqsave(&vmlist_lock, flags);
	area = areas_from_locked(addr);
	if (area)
		*copy = *area;
	look_unlock_irqrestore(&vmlist_lock, flags);
	return area;
}

/* --- mapping ---------------------------------------------------------------------------------- */

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
	if (!may_show(*pages, n, prot, _RET_IP_))
		return -EINVAL;
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

/* --- vmap ------------------------------------------------------------------------------------- */

/*
 * Are the arguments what vmap() takes?  It was reported when not.  A count that the window cannot
 * hold is no bug; the array is not looked at then, for it cannot be so long.
 */
static bool may_vmap(struct page **pages, unsigned int count, pgprot_t prot, const void *caller)
{
	const unsigned long by = (unsigned long)caller;

	if (in_interrupt("vmap", by))
		return false;
	if (unlikely(!pages || !count)) {
		refuse_argument("no pages", pages, "one page or more", count, by);
		return false;
	}
	if (unlikely(count >= VMALLOC_TOTAL >> PAGE_SHIFT)) {
		report_exhaustion(count, GFP_KERNEL, caller, "the window has %lu",
				  VMALLOC_TOTAL >> PAGE_SHIFT);
		return false;
	}
	return may_show(pages, count, prot, by);
}

/* With flags of the caller's, of whichever sort. */
static inline struct vm_struct *get_vmap_area(unsigned int count, unsigned long flags,
					      const void *caller)
{
	const unsigned long kept = (flags & ~(unsigned long)VM_OWN_FLAGS) | VM_MAP;

	return unlikely(flags & VM_IOREMAP) ? area_make_aligned(count, kept, caller)
					    : area_make(count, kept, caller);
}

void *vmap(struct page **pages, unsigned int count, unsigned long flags, pgprot_t prot)
{
	const void *caller = __builtin_return_address(0);
	struct vm_struct *area;

	if (!may_vmap(pages, count, prot, caller))
		return NULL;
	area = get_vmap_area(count, flags, caller);
	if (unlikely(!area))
		return NULL;
	if (unlikely(map_pages((vaddr_t)area->addr, pages, count, prot, GFP_KERNEL))) {
		kfree(remove_vm_area(area->addr));
		return NULL;
	}
	if (unlikely(flags & VM_MAP_PUT_PAGES))
		area->pages = pages;
	area->nr_pages = count;
	area->flags |= VM_MAPPED;
	return area->addr;
}

void vunmap(const void *addr)
{
	if (addr)
		kfree_own(take_vm_area(addr, VM_MAP, "vmap", _RET_IP_));
}
