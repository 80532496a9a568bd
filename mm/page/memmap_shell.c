/*
 * memmap_shell.c - `explain` of an address inside mem_map: whose struct page it is
 *
 * Locking: none; where mem_map is does not change.
 */
#include "kernel/console.h"
#include "kernel/explain/explain.h"
#include "mm/page/memmap.h"

EXPLAINER(mem_map, 26)
{
	unsigned long offset = va - (vaddr_t)mem_map, index = offset / sizeof(struct page);
	pfn_t pfn = mem_map_pfn + index, block = ALIGN_DOWN(pfn, (pfn_t)MAX_ORDER_NR_PAGES);

	if (va < (vaddr_t)mem_map || index >= mem_map_pages)
		return false;
	/* The part that would describe a block of hole was never written, and is other memory now. */
	if (!present_pages(block, block + MAX_ORDER_NR_PAGES))
		return false;
	con_printf("mem_map: byte %lu of the struct page of pfn 0x%lx, %s\n",
		   offset % (unsigned long)sizeof(struct page), pfn,
		   pfn_present(pfn) ? "RAM" : "no RAM");
	return true;
}
