/*
 * reserved.h - pages that were reserved at boot and are needed no more
 */
#ifndef MM_PAGE_RESERVED_H
#define MM_PAGE_RESERVED_H

#include "lib/types.h"

/* What every byte of freed init memory is until somebody else writes it (Linux: POISON_FREE_INITMEM). */
enum { POISON_FREE_INITMEM = 0xcc };

/*
 * Gives the reserved pages that lie whole in [start, end) of lowmem to the page allocator, each byte
 * set to poison (0 to 255; negative: left as it is).  The pages must be mapped writable.  Logs `name`
 * when it is not NULL.  Returns the number of pages.  A page that is not reserved is named and left
 * alone.
 * Context: any.  Linux: mm/page_alloc.c (free_reserved_area)
 */
unsigned long free_reserved_area(void *start, void *end, int poison, const char *name);

/*
 * Takes the image's boot-time text and data out of service: no longer executable, poisoned, and
 * free pages from here on.  Nothing __init may be called or read afterwards: a call is an oops.
 * Context: boot, when all that is __init has run.  Linux: arch/arm/mm/init.c (free_initmem)
 */
unsigned long free_initmem(void);

/* Was this address part of the image's init memory, now freed?  For views and oopses. */
bool is_freed_initmem(vaddr_t va);

#endif /* MM_PAGE_RESERVED_H */
