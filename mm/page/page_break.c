/*
 * page_break.c - mistakes of those who free pages, committed on purpose
 *
 * Each takes a block, frees it wrongly, sees the mistake named and the state unchanged, and frees
 * it rightly.
 */
#include "kernel/shell/break.h"
#include "mm/page/page.h"

/* Nothing was freed, and the buddy is sound: the refusal refused. */
static int refused(unsigned long free_before)
{
	if (nr_available_pages() != free_before)
		return shell_error("%ld pages were freed all the same",
				   (long)(nr_available_pages() - free_before));
	return buddy_check() ? SHELL_OK : shell_error("the buddy's invariants do not hold");
}

/* A block of this order, wrongly freed by `mistake`, then rightly. */
static int with_block(unsigned int order, void (*mistake)(struct page *page))
{
	struct page *page = alloc_pages(GFP_KERNEL, order);
	unsigned long before = nr_available_pages();
	int result;

	if (!page)
		return shell_error("no block of order %u left", order);
	mistake(page);
	result = refused(before);
	__free_pages(page, order);
	return result;
}

static void free_with_wrong_order(struct page *page)
{
	__free_pages(page, 3);
}

static void free_tail(struct page *page)
{
	__free_pages(page + 1, 0);
}

static void free_unaligned(struct page *page)
{
	free_pages((unsigned long)lowmem_page_address(page) + 8, 0);
}

static void free_inside_struct_page(struct page *page)
{
	__free_pages((struct page *)((char *)page + 4), 0);
}

BREAK(page_double_free, "page", "free the same page twice")
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long before;

	if (!page)
		return shell_error("no page left");
	__free_page(page);
	before = nr_available_pages();
	__free_page(page);
	return refused(before);
}

BREAK(page_wrong_order, "page", "free a block of order 2 as one of order 3")
{
	return with_block(2, free_with_wrong_order);
}

BREAK(page_tail_free, "page", "free the second page of a block")
{
	return with_block(2, free_tail);
}

BREAK(page_unaligned_free, "page", "free an address inside a page")
{
	return with_block(0, free_unaligned);
}

BREAK(page_wild_free, "page", "free what is no struct page: the middle of one")
{
	return with_block(0, free_inside_struct_page);
}

BREAK(page_foreign_free, "page", "free an address that is not in lowmem")
{
	unsigned long before = nr_available_pages();

	free_pages(VMALLOC_END - PAGE_SIZE, 0);
	return refused(before);
}

BREAK(page_reserved_free, "page", "free a page of the kernel's own text")
{
	unsigned long before = nr_available_pages();

	/* any function's page will do */
	__free_pages(virt_to_page((void *)ALIGN_DOWN((unsigned long)buddy_check, PAGE_SIZE)), 0);
	return refused(before);
}

BREAK(page_bad_order, "page", "ask for a block of order 11")
{
	unsigned long before = nr_available_pages();

	if (alloc_pages(GFP_KERNEL, MAX_ORDER))
		return shell_error("a block was given all the same");
	return refused(before);
}
