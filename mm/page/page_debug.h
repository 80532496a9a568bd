/*
 * page_debug.h - DEBUG builds: who had each frame, who freed it, what a free one holds, what shows it
 *
 *	alloc ──verify, note who──> in use ──note who, poison──> free ──verify, note who──> ...
 *
 * Everything here is called under `if (debug_build)`; a production build has neither the array nor
 * the code.
 */
#ifndef MM_PAGE_PAGE_DEBUG_H
#define MM_PAGE_PAGE_DEBUG_H

#include "mm/page/page.h"

/* What each byte of a free page is (Linux: PAGE_POISON); with init_on_free=1 it is 0. */
enum { POISON_FREE_PAGE = 0xaa };

struct page_debug {
	unsigned long allocated_by; /* the last one's return address; 0: nobody since boot */
	unsigned long freed_by;
	u16 areas;     /* entries of vmap areas that show the frame */
	u8 poison;     /* what each byte must be, while poisoned */
	bool poisoned; /* not: handed over at boot, or of highmem without a slot to write it through */
};

/* By frame, from mem_map_pfn on; NULL in production builds, and before zones_init(). */
extern struct page_debug *page_debug_map;

/* Makes it.  Context: boot, before mem_map: a panic in between finds no frame half described. */
void page_debug_init(void);

/*
 * The block is handed out: reports writes to it while it was free, and notes who has it now.  Its
 * pages hold whatever was found.  page_debug_name() only notes; for who allocates on others' behalf.
 * Context: any; the block is nobody else's.
 */
void page_debug_allocated(struct page *page, unsigned int order, unsigned long caller);
void page_debug_name(struct page *page, unsigned long pages, unsigned long caller);

/*
 * The block will be free at once: notes who freed it, and poisons it.  page_debug_poisoned(): each of
 * its bytes has been set to `byte` already.  Context: any; the block is nobody else's.
 */
void page_debug_freed(struct page *page, unsigned int order, unsigned long caller);
void page_debug_poisoned(struct page *page, u8 byte, unsigned long caller);

/*
 * Does a free page begin with its poison?  For the checker, who asks of every page: all of it is read when it
 * is handed out.  Of highmem, which would have to be mapped, nothing is known.
 */
bool page_debug_holds(const struct page *page);

/*
 * Writes "; allocated by NAME, freed by NAME" into buf, as far as known, and returns it: an empty
 * string in production builds.  Two names' room is enough.
 */
enum { PAGE_HISTORY = 128 };
char *page_debug_history(const struct page *page, char *buf, size_t n);

/* An entry of a vmap area shows the frame from now on, or no longer.  Frames that are no RAM: nothing. */
void page_debug_shown(pfn_t pfn, bool shown);

#endif /* MM_PAGE_PAGE_DEBUG_H */
