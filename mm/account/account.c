/*
 * account.c - counts where every page is, twice and independently, and compares
 *
 *	what the zones say       free, managed          (kept by every operation)
 *	what mem_map shows       reserved, held, ...    (walked, block by block)
 *
 *	head of 2^o pages ──skip 2^o──> next head ──skip──> ...
 *
 * A frame that no block covers, or a free block that is on no list, makes the two disagree: that
 * is `lost`.
 *
 * Invariant  I1  present == reserved + managed and managed == free + … + held, with lost == 0.
 *
 * Locking: each zone's lock while that zone is walked, so a zone's numbers are of one moment.
 */
#include <string.h>

#include "kernel/check/check.h"
#include "kernel/console.h"
#include "kernel/look.h"
#include "kernel/printk.h"
#include "mm/account/account.h"
#include "mm/page/page.h"
#include "mm/page/reclaim.h"

/* Where an allocated block is counted. */
static unsigned long *holder(struct balance *b, const struct page *head)
{
	switch (page_owner(head)) {
	case OWNER_SLAB:
		return &b->slab;
	case OWNER_VMALLOC:
		return &b->vmalloc;
	case OWNER_PERCPU:
		return &b->percpu;
	case OWNER_PAGETABLE:
		return &b->pagetables;
	case OWNER_HELD:
	case OWNER_QUARANTINE:
		break;
	}
	return &b->held;
}

/* Counts the block that begins at this frame; returns its length in frames. */
static unsigned long count_block(struct balance *b, const struct page *page)
{
	unsigned long pages = 1ul << page_order(page);

	switch (page_state(page)) {
	case PAGE_USED:
		*holder(b, page) += pages;
		return pages;
	case PAGE_PCP:
		b->pcp += pages;
		return pages;
	case PAGE_FREE:
		return pages; /* counted by the zone */
	case PAGE_RESERVED:
		b->reserved++;
		return 1;
	case PAGE_ABSENT:
	case PAGE_TAIL: /* of no block: it will be missing from the sum */
		break;
	}
	return 1;
}

static void count_zone(struct balance *b, struct zone *zone)
{
	pfn_t pfn = zone->zone_start_pfn, end = zone_described_end(zone);
	unsigned long flags;

	look_lock_irqsave(&zone->lock, flags);
	b->free += zone->free_pages;
	b->managed += zone->managed_pages;
	while (pfn < end) {
		/* The mem_map of a hole's whole blocks is not there to be looked at. */
		if (zone->present_pages < zone->spanned_pages && !pfn_present(pfn))
			pfn++;
		else
			pfn += count_block(b, pfn_to_page(pfn));
	}
	look_unlock_irqrestore(&zone->lock, flags);
}

void account_balance(struct balance *b)
{
	struct zone *zone;
	long managed_missing, present_missing;

	memset(b, 0, sizeof(*b));
	b->present = present_pages(min_pfn, max_pfn);
	for_each_zone(zone)
		count_zone(b, zone);
	managed_missing = (long)(b->managed - (b->free + b->pcp + b->slab + b->vmalloc + b->percpu +
					       b->pagetables + b->held));
	present_missing = (long)(b->present - (b->reserved + b->managed));
	b->lost = managed_missing ? managed_missing : present_missing;
}

void account_settle(void)
{
	/* What one family lets go of may become another's stock: pages of slabs, the CPU's lists'. */
	while (reclaim_all())
		;
}

bool account_equal(const struct balance *before, const struct balance *after)
{
	struct balance expected = *before;
	unsigned long tables = after->pagetables - before->pagetables;

	if (after->pagetables > before->pagetables) {
		expected.pagetables += tables;
		expected.free -= tables;
	}
	return !memcmp(&expected, after, sizeof(expected));
}

void account_print(const struct balance *b)
{
	con_printf("present=%lu reserved=%lu managed=%lu free=%lu pcp=%lu slab=%lu vmalloc=%lu "
		   "percpu=%lu pagetables=%lu held=%lu lost=%ld\n",
		   b->present, b->reserved, b->managed, b->free, b->pcp, b->slab, b->vmalloc,
		   b->percpu, b->pagetables, b->held, b->lost);
}

bool account_may_count(struct check *check)
{
	struct zone *zone;

	for_each_zone(zone) {
		if (!check_may_lock(check, &zone->lock))
			return false;
	}
	return true;
}

CHECKER(balance_check, "balance", "every page of RAM is somewhere, and nowhere twice")
{
	struct balance b;

	if (!mem_map_pages) {
		check_unverified(check, "pages have no struct page yet");
		return;
	}
	if (!account_may_count(check))
		return;
	account_balance(&b);
	if (b.lost)
		check_broken(
			check,
			"I1: %ld pages are lost: present %lu, reserved %lu, managed %lu, free %lu",
			b.lost, b.present, b.reserved, b.managed, b.free);
	else if (b.present != b.reserved + b.managed)
		check_broken(check, "I1: %lu pages are present, %lu reserved and %lu managed",
			     b.present, b.reserved, b.managed);
	check_counted(check, b.present, "pages");
}
