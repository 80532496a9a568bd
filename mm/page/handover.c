/*
 * handover.c - every free page of the early allocator, and of highmem, becomes the buddy's
 *
 *	bits     1 1 1 0 0 0 0 0 0 0 0 0 0 1
 *	blocks         [0][1  ][    2    ][0]        the largest that fit, aligned
 *
 * Lowmem's runs come from the early allocator, node by node, the last node first; highmem, which it
 * does not know, from the banks less what boot_info has reserved.  What is RAM and not free is
 * marked PAGE_RESERVED.  Nothing is lost: present == reserved + managed, to the page, which
 * mm/account counts again on its own.
 *
 * A bitmap may be wrong, and what it wrongly calls free may be the kernel's own text.  So its word is
 * not enough: frames of a reserved range, of an allocation that is kept, or of no RAM stay reserved,
 * and are named.
 *
 *	the map's run     [ free free free free free free free free ]
 *	said elsewhere         [ image ]         [ allocated ]
 *	handed over       [free]       [  free  ]             [free]
 *
 * The work is per block where pages are free, and per page only where they are reserved.
 *
 * Linux: mm/bootmem.c (free_all_bootmem), arch/arm/mm/init.c (free_highpages)
 */
#include "boot/boot_info.h"
#include "kernel/bug.h"
#include "mm/early/bootmem.h"
#include "mm/early/early.h"
#include "mm/early/records.h"
#include "mm/page/page_impl.h"

/* A block that the allocator does not know yet; the lock is for the rule's sake. */
static void __init give_block(struct page *page, unsigned int order)
{
	struct zone *zone = page_zone(page);
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	buddy_give_locked(zone, page, order);
	zone->managed_pages += 1ul << order;
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* [start, end) in the fewest blocks: as large as its alignment and the rest allow. */
static void __init give_run(pfn_t start, pfn_t end)
{
	while (start < end) {
		unsigned int order = MAX_ORDER - 1;

		if (start & (MAX_ORDER_NR_PAGES - 1))
			order = (unsigned int)__builtin_ctzl(start);
		while (start + (1ul << order) > end)
			order--;
		give_block(pfn_to_page(start), order);
		start += 1ul << order;
	}
}

/* What of [start, end) is RAM: in holes mem_map may not even be there. */
static void __init mark_reserved(pfn_t start, pfn_t end)
{
	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		const struct boot_bank *bank = &boot_info.bank[i];
		pfn_t from = max(start, phys_to_pfn(bank->base));
		pfn_t to = min(end, phys_to_pfn(bank->base + bank->size));

		for (; from < to; from++)
			pfn_to_page(from)->flags |= head_bits(PAGE_RESERVED, 0);
	}
}

/* Frames of a run that is called free, and whose they are. */
struct taken {
	pfn_t start, end;
	const char *by;
};

/* [from, to) is somebody's: of all that is, the first in [start, end) is wanted. */
static void __init note_taken(struct taken *first, pfn_t start, pfn_t end, pfn_t from, pfn_t to,
			      const char *by)
{
	from = max(from, start);
	to = min(to, end);
	if (from < to && from < first->start)
		*first = (struct taken){ from, to, by };
}

/* What lies between banks, before the first, and behind the last. */
static void __init note_holes(struct taken *first, pfn_t start, pfn_t end)
{
	pfn_t hole = 0;

	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		const struct boot_bank *bank = &boot_info.bank[i];

		note_taken(first, start, end, hole, phys_to_pfn(bank->base), "no RAM");
		hole = phys_to_pfn(bank->base + bank->size);
	}
	note_taken(first, start, end, hole, ~0ul, "no RAM");
}

/* The first frames of [start, end) that must not be handed over; none: at `end`. */
static struct taken __init first_taken(pfn_t start, pfn_t end)
{
	struct taken first = { .start = end, .end = end };
	const struct early_record *record;

	for (unsigned int i = 0; i < boot_info.nr_reserved; i++) {
		const struct boot_range *r = &boot_info.reserved[i];

		note_taken(&first, start, end, phys_to_pfn(r->base), phys_to_pfn(r->base + r->size),
			   r->name);
	}
	for (unsigned int nth = 0; (record = early_record(nth)); nth++)
		if (record->fate == EARLY_KEPT)
			note_taken(&first, start, end, phys_to_pfn(record->start),
				   phys_to_pfn(ALIGN(record->start + record->size, PAGE_SIZE)),
				   record->kind == EARLY_RESERVED ? "reserved" : "allocated early");
	note_holes(&first, start, end);
	return first;
}

static void __init __cold name_taken(const struct taken *taken)
{
	const struct bug_report report = {
		.family = "early",
		.what = "free in the map, but taken",
		.object = (void *)pfn_to_phys(taken->start),
		.expected = "frames that are nobody's",
		.caller = _RET_IP_,
	};

	bug(&report, "frames 0x%lx to 0x%lx: %s; not handed over", taken->start, taken->end - 1,
	    taken->by);
}

static void __init hand_over_run(pfn_t start, pfn_t end, bool free, void *arg)
{
	unsigned long *given = arg;

	while (free && start < end) {
		struct taken taken = first_taken(start, end);

		give_run(start, taken.start);
		*given += taken.start - start;
		if (taken.start < taken.end) {
			name_taken(&taken);
			mark_reserved(taken.start, taken.end);
		}
		start = taken.end;
	}
	if (!free)
		mark_reserved(start, end);
}

static unsigned long hand_over_node(pg_data_t *pgdat, unsigned long caller)
{
	unsigned long given = 0;

	early_hand_over(pgdat, hand_over_run, &given, caller);
	return given;
}

/* From the last node to the first: bitmaps lie low.  When all are over, the first one says so. */
static unsigned long hand_over_nodes(unsigned long caller)
{
	unsigned long given = 0;
	bool any = false;

	for (unsigned int nid = nr_nodes; nid-- > 0;) {
		if (!NODE_DATA(nid)->bdata || early_is_over(NODE_DATA(nid)))
			continue;
		given += hand_over_node(NODE_DATA(nid), caller);
		any = true;
	}
	return any ? given : hand_over_node(NODE_DATA(0), caller);
}

unsigned long free_all_bootmem_node(pg_data_t *pgdat)
{
	return hand_over_node(pgdat, _RET_IP_);
}

unsigned long free_all_bootmem(void)
{
	return hand_over_nodes(_RET_IP_);
}

/* The first reserved range that touches [start, end), as frames in *from and *to. */
static bool __init next_reserved(pfn_t start, pfn_t end, pfn_t *from, pfn_t *to)
{
	for (unsigned int i = 0; i < boot_info.nr_reserved; i++) {
		const struct boot_range *r = &boot_info.reserved[i];

		*from = max(start, phys_to_pfn(r->base));
		*to = min(end, phys_to_pfn(r->base + r->size));
		if (*from < *to)
			return true;
	}
	return false;
}

static void __init hand_over_highmem(pfn_t start, pfn_t end, unsigned long *given)
{
	while (start < end) {
		pfn_t from = end, to = end;

		if (!next_reserved(start, end, &from, &to))
			from = to = end;
		hand_over_run(start, from, true, given);
		hand_over_run(from, to, false, given);
		start = to;
	}
}

unsigned long __init pages_handover(void)
{
	unsigned long given = hand_over_nodes(_RET_IP_);

	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		const struct boot_bank *bank = &boot_info.bank[i];

		hand_over_highmem(max(phys_to_pfn(bank->base), lowmem_end_pfn),
				  phys_to_pfn(bank->base + bank->size), &given);
	}
	return given;
}
