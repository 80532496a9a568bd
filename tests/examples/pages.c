/*
 * pages.c - blocks of pages from the buddy allocator, and who else uses them
 *
 *	make EXTRA=tests/examples/pages.c qemu
 *
 *	crumb> halves 2                    two blocks of four pages: is one the other's buddy?
 *	crumb> test halves
 *
 *	order 3  [ 0 . . . . . . . ]                a block's number is a multiple of its size, so
 *	order 2  [ 0 . . . ][ 4 . . . ]             its buddy's differs in one bit: pfn ^ (1 << order)
 *
 * A block is at least what one asked for: the allocator has sizes of 2^order pages only.  Pages are
 * counted references: whoever else needs a page takes one, and the last to drop his frees it.
 *
 * Invariants
 *   I1  Nothing is held when a command returns.
 *
 * Locking: none here; the allocator has its own.
 * Read next: mm/page/page.h, mm/page/buddy.c; tests/examples/pcp.c for single pages.
 */
#include "kernel/console.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/shell.h"
#include "mm/page/page.h"

enum { ORDER_MAX = 8 };

static pfn_t buddy_of(const struct page *block, unsigned int order)
{
	return page_to_pfn(block) ^ (1ul << order);
}

static void tell(const struct page *one, const struct page *two, unsigned int order)
{
	const bool buddies = page_to_pfn(two) == buddy_of(one, order);

	con_printf("pfn 0x%lx and pfn 0x%lx: %s\n", page_to_pfn(one), page_to_pfn(two),
		   buddies ? "buddies, freed they are one block"
			   : "strangers, each has a buddy elsewhere");
}

SHELL_CMD(halves, "ORDER", "two blocks of 2^ORDER pages, and whether they are buddies",
	  .group = "example", .example = "halves 2")
{
	struct page *one, *two;
	u64 order;

	if (argc != 2)
		return SHELL_USAGE;
	if (!shell_number(argv[1], "ORDER", 0, ORDER_MAX, &order))
		return SHELL_FAIL;
	one = alloc_pages(GFP_KERNEL, (unsigned int)order);
	two = alloc_pages(GFP_KERNEL, (unsigned int)order);
	if (one && two)
		tell(one, two, (unsigned int)order);
	if (one)
		__free_pages(one, (unsigned int)order); /* keeps I1 */
	if (two)
		__free_pages(two, (unsigned int)order);
	return one && two ? SHELL_OK : shell_error("no two such blocks are left");
}

SELFTEST(halves, aligned,
	 "a block begins at a multiple of its size, and its pages lie side by side")
{
	for (unsigned int order = 0; order <= ORDER_MAX; order++) {
		struct page *block = alloc_pages(GFP_KERNEL, order);
		const u8 *first, *last;

		EXPECT(block);
		first = lowmem_page_address(block);
		last = lowmem_page_address(block + (1u << order) - 1);
		__free_pages(block, order);
		EXPECT_EQ(page_to_pfn(block) % (1ul << order), 0);
		EXPECT_EQ(last - first, ((1ul << order) - 1) * PAGE_SIZE);
	}
}

SELFTEST(halves, shared, "a page that two use is there until both have dropped it")
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long without;

	EXPECT(page);
	without = nr_available_pages();
	get_page(page); /* the second user */
	__free_page(page);
	EXPECT_EQ(page_count(page), 1);
	EXPECT_EQ(nr_available_pages(), without);
	put_page(page); /* the last: it is freed */
	EXPECT_EQ(nr_available_pages(), without + 1);
}
