/*
 * page_view.c - what each frame is used for, found out block by block
 *
 *	mem_map   [ USED 2 | TAIL | TAIL | TAIL | FREE 1 | TAIL | RESERVED | ...
 *	runs      [         held, 4            |   free, 2     |  res, 1   | ...
 *	cells     [       |        |        |        |         ...            1 << shift frames each
 *
 * Invariants
 *   I1  No struct page of a block that is all hole is read: that memory is somebody else's.
 *   I2  The counts of a survey's cells add up to its frames.
 *
 * Locking: zone->lock during a survey, so that it is of one moment.
 * Read next: page_view_map.c, page_view_page.c.
 */
#include <string.h>
#include <strings.h>

#include "kernel/look.h"
#include "kernel/shell/shell.h"
#include "mm/page/page_impl.h"
#include "mm/page/page_view.h"

const char *page_class_name(enum page_class class)
{
	static const char *const names[PAGE_CLASSES] = {
		[CLASS_ABSENT] = "no RAM",	 [CLASS_FREE] = "free",
		[CLASS_PCP] = "per-CPU lists",	 [CLASS_HELD] = "held",
		[CLASS_SLAB] = "slab",		 [CLASS_VMALLOC] = "vmalloc",
		[CLASS_PERCPU] = "per-CPU data", [CLASS_PAGETABLE] = "page tables",
		[CLASS_RESERVED] = "reserved",	 [CLASS_LOST] = "lost",
	};

	return names[class];
}

const char *page_state_name(enum page_state state)
{
	static const char *const names[] = {
		[PAGE_TAIL] = "tail", [PAGE_FREE] = "free",	    [PAGE_PCP] = "pcp",
		[PAGE_USED] = "used", [PAGE_RESERVED] = "reserved", [PAGE_ABSENT] = "absent",
	};

	return (unsigned int)state < ARRAY_SIZE(names) ? names[state] : "?";
}

const char *page_owner_name(enum page_owner owner)
{
	static const char *const names[] = {
		[OWNER_HELD] = "held",		 [OWNER_SLAB] = "slab",
		[OWNER_VMALLOC] = "vmalloc",	 [OWNER_PERCPU] = "percpu",
		[OWNER_PAGETABLE] = "pagetable", [OWNER_QUARANTINE] = "quarantine",
	};

	return (unsigned int)owner < ARRAY_SIZE(names) ? names[owner] : "?";
}

bool page_has_struct(pfn_t pfn)
{
	pfn_t block = ALIGN_DOWN(pfn, (pfn_t)MAX_ORDER_NR_PAGES);

	return pfn - mem_map_pfn < mem_map_pages &&
	       present_pages(block, block + MAX_ORDER_NR_PAGES) != 0;
}

static enum page_class class_of_head(const struct page *head)
{
	static const enum page_class of_owner[] = {
		[OWNER_HELD] = CLASS_HELD,	     [OWNER_SLAB] = CLASS_SLAB,
		[OWNER_VMALLOC] = CLASS_VMALLOC,     [OWNER_PERCPU] = CLASS_PERCPU,
		[OWNER_PAGETABLE] = CLASS_PAGETABLE,
	};
	enum page_owner owner = page_owner(head);

	if (page_state(head) == PAGE_FREE)
		return CLASS_FREE;
	if (page_state(head) == PAGE_PCP)
		return CLASS_PCP;
	return (unsigned int)owner < ARRAY_SIZE(of_owner) ? of_owner[owner] : CLASS_HELD;
}

static struct page_run block_of(const struct page *head)
{
	return (struct page_run){
		.start = page_to_pfn(head),
		.pages = 1ul << page_order(head),
		.class = class_of_head(head),
	};
}

struct page_run page_run_at(pfn_t pfn)
{
	struct page_run alone = { .start = pfn, .pages = 1, .class = CLASS_LOST };
	const struct page *page, *head;

	if (!page_has_struct(pfn)) /* keeps I1 */
		return (struct page_run){
			.start = ALIGN_DOWN(pfn, (pfn_t)MAX_ORDER_NR_PAGES),
			.pages = MAX_ORDER_NR_PAGES,
			.class = CLASS_ABSENT,
		};
	page = pfn_to_page(pfn);
	switch (page_state(page)) {
	case PAGE_FREE:
	case PAGE_PCP:
	case PAGE_USED:
		return block_of(page);
	case PAGE_TAIL:
		head = page_head_of_tail(page);
		return head ? block_of(head) : alone;
	case PAGE_RESERVED:
		alone.class = CLASS_RESERVED;
		return alone;
	case PAGE_ABSENT:
		alone.class = CLASS_ABSENT;
		return alone;
	}
	return alone;
}

/* Adds the frames [from, to) of one class to their cells. */
static void count(struct page_cell *cells, unsigned int shift, pfn_t start, pfn_t from, pfn_t to,
		  enum page_class class)
{
	while (from < to) {
		pfn_t cell = (from - start) >> shift;
		pfn_t end = min(to, start + ((cell + 1) << shift));

		cells[cell].pages[class] += (unsigned int)(end - from); /* keeps I2 */
		from = end;
	}
}

void page_survey(struct zone *zone, pfn_t start, pfn_t end, unsigned int shift,
		 struct page_cell *cells)
{
	unsigned long flags;

	memset(cells, 0, (((end - start - 1) >> shift) + 1) * sizeof(*cells));
	look_lock_irqsave(&zone->lock, flags);
	for (pfn_t pfn = start; pfn < end;) {
		struct page_run run = page_run_at(pfn);
		pfn_t to = min(run.start + run.pages, end);

		count(cells, shift, start, pfn, to, run.class);
		pfn = to;
	}
	look_unlock_irqrestore(&zone->lock, flags);
}

/* --- zones by name ---------------------------------------------------------------------------- */

const char *zone_name_nth(unsigned int nth)
{
	struct zone *zone, *first;

	for_each_zone(zone) {
		/* Each node has its own: only the first of a name counts. */
		for (first = first_zone(); first->type != zone->type;)
			first = next_zone(first);
		if (first == zone && nth-- == 0)
			return zone->name;
	}
	return NULL;
}

bool zone_argument(const char *arg)
{
	const char *name;

	for (unsigned int i = 0; (name = zone_name_nth(i)); i++)
		if (!strcasecmp(arg, name))
			return true;
	shell_error("%s: no such zone on this machine", arg);
	return false;
}
