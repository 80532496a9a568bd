/*
 * ioremap.c - an area of addresses, mapped to what is no RAM
 *
 *	phys, size ──may it be?──> area_make_aligned(VM_IOREMAP) ──map_frames──> address + offset
 *	address ──take_vm_area: of that kind? unmapped, flushed──> kfree_own
 *
 * Invariants
 *   I1  No address of the window has a page of RAM behind it by way of this file, and none that is
 *       cached has no-map memory.  So no right that the image keeps is given (mm/vmap/map.c, I3).
 *   I2  An area of this file is mapped from its first to its last page, or is not known yet to
 *       anybody else.
 *
 * Locking: none here; the areas have vmlist_lock.
 * Read next: mm/vmap/area.c, mm/vmap/map.c.
 * Linux: arch/arm/mm/ioremap.c (__arm_ioremap_pfn_caller; there only the first page is asked whether
 * it is RAM, here all are)
 */
#include "mm/window/ioremap.h"
#include "boot/boot_info.h"
#include "kernel/bug.h"
#include "kernel/trace.h"
#include "mm/node.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap_impl.h"

static bool __cold refuse(const char *what, paddr_t phys, size_t size, const char *expected,
			  const void *caller)
{
	const struct bug_report report = {
		.family = "ioremap",
		.what = what,
		.object = (void *)(uintptr_t)phys,
		.expected = expected,
		.caller = (unsigned long)caller,
	};

	bug(&report, "0x%lx bytes at 0x%llx", (unsigned long)size, (unsigned long long)phys);
	return false;
}

/* Devices lie outside the window that RAM may lie in: then the banks need not be asked. */
static inline bool holds_ram(paddr_t phys, paddr_t last)
{
	return last >= PHYS_OFFSET && phys < RAM_WINDOW_END &&
	       present_pages(phys_to_pfn(phys), phys_to_pfn(last) + 1);
}

/* What is asked before anything is done; false after a report. */
static inline bool may_map(paddr_t phys, size_t size, const void *caller)
{
	const paddr_t last = phys + size - 1;

	if (unlikely(arch_in_exception()))
		return refuse("in an interrupt", phys, size, "a caller that no handler called",
			      caller);
	if (unlikely(!size))
		return refuse("zero size", phys, size, "a byte or more", caller);
	if (unlikely(last < phys))
		return refuse("wraps round", phys, size, "a range below the last physical address",
			      caller);
	if (unlikely(holds_ram(phys, last)))
		return refuse("RAM", phys, size, "what is no RAM", caller); /* keeps I1 */
	return true;
}

/* Whole pages that hold the range; of one that no integer can say in bytes, all the window's. */
static inline unsigned long pages_that_hold(paddr_t phys, size_t size)
{
	const unsigned long bytes = ALIGN((unsigned long)(phys & ~PAGE_MASK) + size, PAGE_SIZE);

	return (likely(bytes >= size) ? bytes : VMALLOC_TOTAL) >> PAGE_SHIFT;
}

static __always_inline void *map(paddr_t phys, size_t size, pgprot_t prot, const void *caller)
{
	unsigned long pages;
	struct vm_struct *area;
	vaddr_t start;

	if (!may_map(phys, size, caller))
		return NULL;
	pages = pages_that_hold(phys, size);
	area = area_make_aligned(pages, VM_IOREMAP, caller);
	if (unlikely(!area))
		return NULL;
	start = (vaddr_t)area->addr;
	area->phys_addr = phys & PAGE_MASK;
	if (unlikely(map_frames(start, start + (pages << PAGE_SHIFT), phys & PAGE_MASK, prot))) {
		kfree(remove_vm_area(area->addr)); /* keeps I2 */
		return NULL;
	}
	area->flags |= VM_MAPPED;
	trace(TRACE_WINDOW, "ioremap: 0x%lx-0x%lx shows 0x%lx", start,
	      start + (pages << PAGE_SHIFT) - 1, phys & PAGE_MASK);
	return (void *)(start + (vaddr_t)(phys & ~PAGE_MASK));
}

void *ioremap(paddr_t phys, size_t size)
{
	return map(phys, size, PAGE_KERNEL_IO, __builtin_return_address(0));
}

void *ioremap_wc(paddr_t phys, size_t size)
{
	return map(phys, size, PAGE_KERNEL_NOCACHE, __builtin_return_address(0));
}

void *ioremap_cache(paddr_t phys, size_t size)
{
	if (unlikely(boot_touches_nomap(phys, size))) {
		refuse("no-map memory", phys, size,
		       "ioremap() or ioremap_wc(), which speculate on nothing",
		       __builtin_return_address(0));
		return NULL;
	}
	return map(phys, size, PAGE_KERNEL, __builtin_return_address(0));
}

void iounmap(volatile void *addr)
{
	void *start = (void *)((vaddr_t)addr & PAGE_MASK);
	struct vm_struct *area;

	if (!addr)
		return;
	if (unlikely(arch_in_exception())) {
		refuse("in an interrupt", (paddr_t)(vaddr_t)addr, 0,
		       "a caller that no handler called", __builtin_return_address(0));
		return;
	}
	area = take_vm_area(start, VM_IOREMAP, "ioremap", _RET_IP_);
	if (unlikely(!area))
		return;
	trace(TRACE_WINDOW, "ioremap: %p no longer shows 0x%lx", start, area->phys_addr);
	kfree_own(area);
}

bool ioremap_above(const void *addr, struct vm_struct *copy)
{
	vaddr_t at = max((vaddr_t)addr + 1, VMALLOC_START);

	for (; area_copy_from(at, copy); at = (vaddr_t)copy->addr + copy->size)
		if (copy->flags & VM_IOREMAP)
			return true;
	return false;
}

const char *ioremap_fault(void)
{
	return areas_fault();
}
