/*
 * account.c - claims about the balance: each page is counted where it belongs, and what is nowhere is lost
 *
 * Between two counts of a test nothing else allocates, so they differ by what the test did.
 */
#include <string.h>

#include "kernel/check/check.h"
#include "kernel/selftest/selftest.h"
#include "mm/account/account.h"
#include "mm/page/page_impl.h"

static struct balance counted(void)
{
	struct balance b;

	account_balance(&b);
	return b;
}

/* What an owner's pages are counted as. */
static unsigned long *part(struct balance *b, enum page_owner owner)
{
	switch (owner) {
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

/* A block that changes hands from nobody's: the two parts differ by its pages, and nothing else does. */
static bool counted_as(struct page *page, unsigned int order, enum page_owner owner)
{
	struct balance held = counted(), owned;

	page_set_owner(page, owner);
	owned = counted();
	page_set_owner(page, OWNER_HELD);
	held.held -= 1ul << order;
	*part(&held, owner) += 1ul << order;
	return memcmp(&held, &owned, sizeof(held)) == 0;
}

SELFTEST(account, owners, "a block of any order is counted as its owner's, and as nobody else's")
{
	for (unsigned int order = 0; order < 6; order++) {
		struct page *page = alloc_pages(GFP_KERNEL, order);
		bool right = true;

		EXPECT(page);
		for (enum page_owner owner = OWNER_HELD; owner <= OWNER_QUARANTINE; owner++)
			right = right && counted_as(page, order, owner);
		__free_pages(page, order);
		EXPECT(right);
	}
}

SELFTEST(account, held,
	 "what is taken is held and no longer free, what comes back is free or a CPU's")
{
	struct balance before, with, after;
	struct page *page;

	account_settle();
	before = counted();
	page = alloc_pages(GFP_KERNEL, 3);
	EXPECT(page);
	with = counted();
	__free_pages(page, 3);
	after = counted();
	EXPECT_EQ(with.held, before.held + 8);
	EXPECT_EQ(with.free + with.pcp, before.free + before.pcp - 8);
	EXPECT(memcmp(&before, &after, sizeof(before)) == 0);
}

SELFTEST(account, settle, "after settling CPUs keep no pages")
{
	struct page *page = alloc_page(GFP_KERNEL);

	EXPECT(page);
	__free_page(page);
	account_settle();
	EXPECT_EQ(counted().pcp, 0);
}

/* --- what is lost ----------------------------------------------------------------------------- */

/* With another number in that word; and is that what the checker says, too? */
#define LOST_WHEN(word, number)                          \
	({                                               \
		const __typeof__(word) before_ = (word); \
		struct balance b_;                       \
		bool sound_;                             \
                                                         \
		(word) = (number);                       \
		b_ = counted();                          \
		sound_ = balance_check();                \
		(word) = before_;                        \
		sound_ ? 0 : b_.lost;                    \
	})

SELFTEST(account, lost,
	 "pages that are in no block, or in too many, are lost, and their number is told")
{
	struct page *page = alloc_pages(GFP_KERNEL, 2);
	struct zone *zone;
	u32 bits;
	long tail, reserved, more, less, free;

	EXPECT(page);
	zone = page_zone(page);
	bits = zone->page_flags;
	tail = LOST_WHEN(page->flags, bits);
	reserved = LOST_WHEN(page->flags, bits | head_bits(PAGE_RESERVED, 0));
	more = LOST_WHEN(zone->managed_pages, zone->managed_pages + 1);
	less = LOST_WHEN(zone->managed_pages, zone->managed_pages - 1);
	free = LOST_WHEN(zone->free_pages, zone->free_pages + 3);
	__free_pages(page, 2);
	EXPECT_EQ(tail, 4);
	EXPECT_EQ(reserved, 4);
	EXPECT_EQ(more, 1);
	EXPECT_EQ(less, -1);
	EXPECT_EQ(free, -3);
	EXPECT(balance_check());
}

/* Of a reserved page: managed is right, present is not. */
SELFTEST(account, lost_reserved, "a reserved page that is in no block is lost as well")
{
	struct zone *zone;
	long lost = 0;

	for_each_zone(zone)
		for (pfn_t pfn = zone->zone_start_pfn; pfn < zone_end_pfn(zone) && !lost; pfn++)
			if (pfn_valid(pfn) && page_state(pfn_to_page(pfn)) == PAGE_RESERVED)
				lost = LOST_WHEN(pfn_to_page(pfn)->flags, zone->page_flags);
	EXPECT_EQ(lost, 1);
	EXPECT(balance_check());
}

SELFTEST(account, locked, "while a zone is locked nothing is counted, and the checker says so")
{
	struct zone *zone = first_zone();
	struct check check = {};
	unsigned long flags;
	bool may;

	EXPECT(account_may_count(&check));
	spin_lock_irqsave(&zone->lock, flags);
	may = account_may_count(&check);
	spin_unlock_irqrestore(&zone->lock, flags);
	EXPECT(!may);
	EXPECT_EQ(check.verdict, CHECK_UNVERIFIED);
}

/* --- comparing -------------------------------------------------------------------------------- */

SELFTEST(account, equal,
	 "two balances are equal when each number is, but for page tables made of free pages")
{
	const struct balance before = {
		.present = 100,
		.reserved = 10,
		.managed = 90,
		.free = 50,
		.pagetables = 3,
		.held = 37,
	};
	enum { NUMBERS = sizeof(struct balance) / sizeof(unsigned long) };
	struct balance after = before;

	static_assert(sizeof(struct balance) == NUMBERS * sizeof(unsigned long), "words");
	EXPECT(account_equal(&before, &after));
	for (unsigned int i = 0; i < NUMBERS; i++) {
		after = before;
		((unsigned long *)&after)[i]++;
		EXPECT(!account_equal(&before, &after));
		EXPECT(!account_equal(&after, &before));
	}
	after = before;
	after.pagetables++;
	after.free--;
	EXPECT(account_equal(&before, &after));
	EXPECT(!account_equal(&after, &before));
	after.free--;
	EXPECT(!account_equal(&before, &after));
}
