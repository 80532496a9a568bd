/*
 * refs.c - references to blocks, compound pages, and blocks taken apart
 *
 *	get_page   one more user        put_page   one less; the last frees the block
 *
 *	compound   [ USED COMPOUND 2 | TAIL | TAIL | TAIL ]   any of its pages stands for all
 *	split      [ USED 0 | USED 0 | USED 0 | USED 0 ]      four blocks, freed one by one
 *	halved     [ USED 1 | TAIL   | USED 1 | TAIL   ]      two, of the next lower order
 *
 * A tail holds no pointer to its head: the heads that it could belong to are looked at, order by
 * order, so nothing has to be written into tails when a compound page is made.
 *
 * Locking: references are atomic; the rest belongs to the block's holder.
 * Linux: mm/swap.c (put_page), mm/page_alloc.c (split_page, alloc_pages_exact)
 */
#include "kernel/bug.h"
#include "mm/page/alloc_impl.h"
#include "mm/page/page_debug.h"

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
	char history[PAGE_HISTORY];

	bug(&report, "pfn 0x%lx, flags 0x%lx, %d references%s", page_to_pfn(page),
	    (unsigned long)page->flags, page_count(page),
	    page_debug_history(page, history, sizeof(history)));
}

/* Reports to caller what is no struct page at all: nothing of it may be read, or written. */
static inline bool is_readable(const struct page *page, unsigned int order, unsigned long caller)
{
	return likely(is_struct_page(page, page_fast.mem_map_pages)) ||
	       is_page(page, order, caller);
}

void get_page(struct page *page)
{
	if (!is_readable(page, 0, _RET_IP_))
		return;
	page = compound_head(page);
	if (unlikely(page_state(page) != PAGE_USED)) {
		refuse(page, "reference to a page that is not in use", _RET_IP_);
		return;
	}
	__atomic_add_fetch(&page->_refcount, 1, __ATOMIC_RELAXED);
}

void put_page(struct page *page)
{
	if (is_readable(page, 0, _RET_IP_))
		put_block(compound_head(page), _RET_IP_);
}

void split_page(struct page *page, unsigned int order)
{
	u32 single;

	if (!is_readable(page, order, _RET_IP_))
		return;
	if (unlikely(PageCompound(page) || !is_freeable(page, order))) {
		refuse(page, "split of what is no plain block of this order", _RET_IP_);
		return;
	}
	single = page_zone(page)->page_flags | head_bits(PAGE_USED, 0);
	page->flags &= ~(u32)PAGE_ORDER_MASK; /* its references, and what shows it, stay */
	for (unsigned long i = 1; i < 1ul << order; i++) {
		page[i].flags = single;
		page[i]._refcount = 1;
	}
}

void halve_block(struct page *page, unsigned int order)
{
	struct page *upper;

	if (!is_readable(page, order, _RET_IP_))
		return;
	if (unlikely(order == 0 || PageCompound(page) || !is_freeable(page, order))) {
		refuse(page, "split of what is no plain block of this order", _RET_IP_);
		return;
	}
	upper = page + (1ul << (order - 1));
	page->flags--; /* the order: its lowest bits */
	upper->flags = page_zone(page)->page_flags | head_bits(PAGE_USED, order - 1);
	upper->_refcount = 1;
}

unsigned int get_order(unsigned long size)
{
	unsigned long last =
		size ? (size - 1) >> PAGE_SHIFT : 0; /* size + PAGE_SIZE may overflow */

	return last ? BITS_PER_LONG - (unsigned int)__builtin_clzl(last) : 0;
}

/* Can so many bytes be one block's?  Reports it when not. */
static bool is_block_size(size_t size, unsigned long caller)
{
	const struct bug_report report = {
		.family = "page",
		.what = "bad size",
		.expected = "1 byte to 4 MiB",
		.caller = caller,
	};

	if (size > 0 && size <= MAX_ORDER_NR_PAGES * PAGE_SIZE)
		return true;
	bug(&report, "%lu bytes", (unsigned long)size);
	return false;
}

void *alloc_pages_exact(size_t size, gfp_t gfp)
{
	unsigned int order = get_order(size);
	unsigned long address;

	if (!is_block_size(size, _RET_IP_))
		return NULL;
	address = __get_free_pages(gfp & ~(gfp_t)__GFP_COMP, order);
	if (!address)
		return NULL;
	split_page(virt_to_page((void *)address), order);
	if (debug_build)
		page_debug_name(virt_to_page((void *)address), 1ul << order, _RET_IP_);
	for (unsigned long at = ALIGN(size, PAGE_SIZE); at < PAGE_SIZE << order; at += PAGE_SIZE)
		free_page(address + at);
	return (void *)address;
}

void free_pages_exact(void *address, size_t size)
{
	if (!address || !is_block_size(size, _RET_IP_))
		return;
	for (unsigned long at = 0; at < size; at += PAGE_SIZE)
		free_address((unsigned long)address + at, 0, _RET_IP_);
}
