/*
 * page_view.h - what a frame is to a person who looks: one word for it, and the block around it
 *
 * Only the views, the reports of mistakes, and their tests include this.
 */
#ifndef MM_PAGE_VIEW_H
#define MM_PAGE_VIEW_H

#include "mm/page/page.h"

/* State and owner as one: what a frame is used for. */
enum page_class {
	CLASS_ABSENT,
	CLASS_FREE,
	CLASS_PCP,
	CLASS_HELD,
	CLASS_SLAB,
	CLASS_VMALLOC,
	CLASS_PERCPU,
	CLASS_PAGETABLE,
	CLASS_RESERVED,
	CLASS_LOST, /* a tail of no block: the allocator is broken */
	PAGE_CLASSES,
};

/* "free", "held", … */
const char *page_class_name(enum page_class class);
/* "tail", "free", …; "?" when it is none. */
const char *page_state_name(enum page_state state);
const char *page_owner_name(enum page_owner owner);

/* The frames around one that are one thing: a block, a reserved page, a block of hole. */
struct page_run {
	pfn_t start;
	unsigned long pages;
	enum page_class class;
};

/* Has the frame a struct page that may be looked at?  (memmap.c gives those of holes back.) */
bool page_has_struct(pfn_t pfn);
/* Context: any; of one moment only with the zone's lock held. */
struct page_run page_run_at(pfn_t pfn);

/*
 * Counts what [start, end) is used for, cell by cell: cell i holds the frames that follow
 * start + (i << shift), 1 << shift of them.  Block by block, so the cost grows with blocks and
 * cells, not with frames.  Takes the zone's lock, which all of the frames lie in.
 */
struct page_cell {
	unsigned int pages[PAGE_CLASSES];
};
void page_survey(struct zone *zone, pfn_t start, pfn_t end, unsigned int shift,
		 struct page_cell *cells);

/* The node's frames that are used for this; each largest block is of its own moment. */
unsigned long page_count_class(unsigned int nid, enum page_class class);

/* Prints what the frame is, in two lines: `page: …`.  RAM only. */
void page_explain(pfn_t pfn);

/*
 * Reads an argument that names a frame: a frame number, an address mapped to RAM, a symbol, or the
 * #N of something allocated.  Says what is wrong with a bad one, and returns false.
 */
bool page_argument(const char *arg, pfn_t *pfn);

/* The nth name of a zone that this machine has, each once; NULL behind the last. */
const char *zone_name_nth(unsigned int nth);
/* Is it the name of one of them?  Capitals do not matter; says so if not. */
bool zone_argument(const char *arg);

#endif /* MM_PAGE_VIEW_H */
