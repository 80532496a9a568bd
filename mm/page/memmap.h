/*
 * memmap.h - building mem_map: one struct page for each frame, as cheaply as memory can be written
 */
#ifndef MM_PAGE_MEMMAP_H
#define MM_PAGE_MEMMAP_H

#include "mm/page/page.h"

/* Frames that mem_map describes, whole blocks of the largest order.  Context: nodes known. */
static inline unsigned long mem_map_frames(void)
{
	return ALIGN(max_pfn, (pfn_t)MAX_ORDER_NR_PAGES) -
	       ALIGN_DOWN(min_pfn, (pfn_t)MAX_ORDER_NR_PAGES);
}

/*
 * Allocates mem_map from the early allocator and makes every frame a tail of its zone; frames that
 * are no RAM are PAGE_ABSENT.  The parts that describe only holes are given back.
 * Context: boot, zones known.
 */
void mem_map_init(void);

#endif /* MM_PAGE_MEMMAP_H */
