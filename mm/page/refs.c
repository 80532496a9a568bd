/*
 * refs.c - references to blocks, compound pages, and blocks taken apart
 *
 *	get_page   one more user        put_page   one less; the last frees the block
 *
 *	compound   [ USED COMPOUND 2 | TAIL | TAIL | TAIL ]   any of its pages stands for all
 *	split      [ USED 0 | USED 0 | USED 0 | USED 0 ]      four blocks, freed one by one
 *
 * A tail holds no pointer to its head: the heads that it could belong to are looked at, order by
 * order, so nothing has to be written into tails when a compound page is made.
 *
 * Locking: references are atomic; the rest belongs to the block's holder.
 * Linux: mm/swap.c (put_page), mm/page_alloc.c (split_page, alloc_pages_exact)
 */
#include "kernel/bug.h"
#include "mm/page/page_impl.h"

const struct page *page_head_of_tail(const struct page *page)
{
	pfn_t pfn = page_to_pfn(page);

	for (unsigned int order = 1; order < MAX_ORDER; order++) {
		pfn_t head = pfn & ~((1ul << order) - 1);
		const struct page *candidate = pfn_to_page(head);

		if (head != pfn && page_state(candidate) != PAGE_TAIL)
			return page_order(candidate) >= order ? candidate : NULL;
	}
	return NULL;
}

struct page *compound_head(struct page *page)
{
	const struct page *head;

	if (page_state(page) != PAGE_TAIL)
		return page;
	head = page_head_of_tail(page);
	return head && PageCompound(head) ? (struct page *)head : page;
}

unsigned int compound_order(struct page *page)
{
	return PageCompound(page) ? page_order(page) : 0;
}

static void __cold refuse(const struct page *page, const char *what, unsigned long caller)
{
	const struct bug_report report = {
		.family = "page",
		.what = what,
		.object = page,
		.expected = "an allocated page",
		.caller = caller,
	};

	bug(&report, "pfn 0x%lx, flags 0x%lx, %d references", page_to_pfn(page),
	    (unsigned long)page->flags, page_count(page));
}

void get_page(struct page *page)
{
	page = compound_head(page);
	if (unlikely(page_state(page) != PAGE_USED)) {
		refuse(page, "reference to a page that is not in use", _RET_IP_);
		return;
	}
	__atomic_add_fetch(&page->_refcount, 1, __ATOMIC_RELAXED);
}

void put_page(struct page *page)
{
	page = compound_head(page);
	free_block(page, compound_order(page), _RET_IP_);
}

void split_page(struct page *page, unsigned int order)
{
	u32 single = page_zone(page)->page_flags | head_bits(PAGE_USED, 0);

	if (unlikely(PageCompound(page) || page_state(page) != PAGE_USED ||
		     page_order(page) != order)) {
		refuse(page, "split of what is no plain block of this order", _RET_IP_);
		return;
	}
	for (unsigned long i = 0; i < 1ul << order; i++) {
		page[i].flags = single;
		page[i]._refcount = 1;
	}
}

unsigned int get_order(unsigned long size)
{
	unsigned long last =
		size ? (size - 1) >> PAGE_SHIFT : 0; /* size + PAGE_SIZE may overflow */

	return last ? BITS_PER_LONG - (unsigned int)__builtin_clzl(last) : 0;
}

void *alloc_pages_exact(size_t size, gfp_t gfp)
{
	unsigned long pages = (size + PAGE_SIZE - 1) >> PAGE_SHIFT, address;
	unsigned int order = get_order(size);

	if (size == 0 || pages > MAX_ORDER_NR_PAGES || pages << PAGE_SHIFT < size)
		return NULL;
	address = __get_free_pages(gfp & ~(gfp_t)__GFP_COMP, order);
	if (!address)
		return NULL;
	split_page(virt_to_page((void *)address), order);
	for (unsigned long i = pages; i < 1ul << order; i++)
		free_page(address + (i << PAGE_SHIFT));
	return (void *)address;
}

void free_pages_exact(void *address, size_t size)
{
	for (unsigned long at = 0; at < size; at += PAGE_SIZE)
		free_page((unsigned long)address + at);
}
