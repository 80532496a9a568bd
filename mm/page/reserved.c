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
#include "mm/page/page_impl.h"
#include "mm/page/reserved.h"

static bool initmem_freed;

static bool free_reserved_page(struct page *page, unsigned long caller)
{
	const struct bug_report report = {
		.family = "page",
		.what = "not a reserved page",
		.object = page,
		.expected = "a page that the allocator was never given",
		.caller = caller,
	};
	struct zone *zone = page_zone(page);
	unsigned long flags;

	if (page_state(page) != PAGE_RESERVED) {
		bug(&report, "pfn 0x%lx, flags 0x%lx", page_to_pfn(page),
		    (unsigned long)page->flags);
		return false;
	}
	spin_lock_irqsave(&zone->lock, flags);
	zone->managed_pages++; /* keeps I1 */
	buddy_give_locked(zone, page, 0);
	spin_unlock_irqrestore(&zone->lock, flags);
	return true;
}

unsigned long free_reserved_area(void *start, void *end, int poison, const char *name)
{
	unsigned long pages = 0;

	for (u8 *p = start; p < (u8 *)end; p += PAGE_SIZE) {
		if (poison >= 0 && page_state(virt_to_page(p)) == PAGE_RESERVED)
			memset(p, poison, PAGE_SIZE);
		pages += free_reserved_page(virt_to_page(p), _RET_IP_) ? 1 : 0;
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
