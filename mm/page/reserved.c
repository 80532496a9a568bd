/*
 * reserved.c - pages that were reserved at boot become the page allocator's after all
 *
 *	.init.text  r-x ──> rw-, never executable ──poison──> free
 *	.init.data  rw- ────────────────────────────poison──> free
 *
 * Invariant  I1  present == reserved + managed: each page given moves from one sum to the other.
 *
 * Locking: zone->lock, inside.
 */
#include <string.h>

#include "kernel/bug.h"
#include "kernel/printk.h"
#include "mm/page/page_debug.h"
#include "mm/page/page_impl.h"
#include "mm/page/reserved.h"

static bool initmem_freed;

/* Is it the address of a page of lowmem that the allocator was never given?  Reports what is not. */
static bool is_reserved(const void *p, unsigned long caller)
{
	const struct bug_report report = {
		.family = "page",
		.what = "not a reserved page",
		.object = p,
		.expected = "a page of lowmem that the allocator was never given",
		.caller = caller,
	};
	pfn_t pfn = phys_to_pfn(virt_to_phys(p));

	if ((vaddr_t)p - PAGE_OFFSET >= (vaddr_t)high_memory - PAGE_OFFSET || !pfn_valid(pfn)) {
		bug(&report, "%p", p);
		return false;
	}
	if (page_state(pfn_to_page(pfn)) == PAGE_RESERVED)
		return true;
	bug(&report, "pfn 0x%lx, flags 0x%lx", pfn, (unsigned long)pfn_to_page(pfn)->flags);
	return false;
}

static void give_reserved(struct page *page)
{
	struct zone *zone = page_zone(page);
	unsigned long flags;

	watch_given(page, 0);
	spin_lock_irqsave(&zone->lock, flags);
	zone->managed_pages++; /* keeps I1 */
	buddy_give_locked(zone, page, 0);
	spin_unlock_irqrestore(&zone->lock, flags);
}

unsigned long free_reserved_area(void *start, void *end, int poison, const char *name)
{
	unsigned long pages = 0;
	u8 *first = (u8 *)ALIGN((vaddr_t)start, PAGE_SIZE);
	u8 *last = (u8 *)ALIGN_DOWN((vaddr_t)end, PAGE_SIZE);

	if (first < (u8 *)start)
		first = last; /* rounded up past the last address: no page begins there */
	for (u8 *p = first; p < last; p += PAGE_SIZE) {
		if (!is_reserved(p, _RET_IP_))
			continue;
		if (poison >= 0)
			memset(p, poison, PAGE_SIZE);
		if (debug_build && poison >= 0)
			page_debug_poisoned(virt_to_page(p), (u8)poison, _RET_IP_);
		give_reserved(virt_to_page(p));
		pages++;
	}
	if (name)
		pr_info("%s memory: %lu KiB freed (0x%lx-0x%lx)", name, pages * PAGE_SIZE / KiB,
			(unsigned long)start, (unsigned long)end);
	return pages;
}

unsigned long free_initmem(void)
{
	vaddr_t start, end;

	arch_init_memory(&start, &end);
	arch_protect_lowmem(start, end, PAGE_KERNEL);
	initmem_freed = true;
	return free_reserved_area((void *)start, (void *)end, POISON_FREE_INITMEM, NULL);
}

bool is_freed_initmem(vaddr_t va)
{
	vaddr_t start, end;

	arch_init_memory(&start, &end);
	return initmem_freed && va >= start && va < end;
}
