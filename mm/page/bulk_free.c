/*
 * bulk_free.c - single pages that lie side by side go back as the block that they are
 *
 *	array   [ p8 p9 p10 p11 | p12 p13 | p40 | ... ]
 *	           order 2         order 1   single
 *	           one free        one free  __free_page()
 *
 * alloc_pages_bulk_array() makes single pages of large blocks, in their order; whoever gives them
 * back together saves the allocator from merging them again two by two.  Only what could be freed
 * by __free_page() without a word is made a block of; everything else takes that way, and its
 * refusals.
 *
 * Locking: zone->lock, inside buddy_free().
 * Read next: bulk.c, free.c.
 */
#include "mm/page/alloc_impl.h"

/* The order of the block that the array begins with, which is free to go as one. */
static unsigned int leading_order(struct page *const *array, unsigned long n)
{
	struct page *first = array[0];
	unsigned long most, run = 1;
	u32 flags;

	/* init_on_free=1 makes it seem that there are no pages. */
	if (!is_struct_page(first, page_fast.mem_map_pages))
		return 0;
	flags = first->flags;
	if ((flags & PAGE_ALLOCATED_MASK) != head_bits(PAGE_USED, 0) || page_count(first) != 1)
		return 0;
	/* aligned to its size, and of MAX_ORDER - 1 at most */
	most = 1ul << __builtin_ctzl(page_to_pfn(first) | MAX_ORDER_NR_PAGES);
	most = min(most, n);
	while (run < most && array[run] == first + run && first[run].flags == flags &&
	       page_count(first + run) == 1)
		run++;
	return BITS_PER_LONG - 1u - (unsigned int)__builtin_clzl(run);
}

static void free_as_block(struct page *first, unsigned int order)
{
	u32 tail = page_zone(first)->page_flags;

	for (unsigned long i = 0; i < 1ul << order; i++) {
		first[i].flags = tail;
		first[i]._refcount = 0;
	}
	buddy_free(first, order);
}

void free_pages_bulk_caller(unsigned long nr_pages, struct page **array, unsigned long caller)
{
	if (!may_bulk(nr_pages, array, caller))
		return;
	for (unsigned long i = 0; i < nr_pages;) {
		unsigned int order = leading_order(array + i, nr_pages - i);

		if (order)
			free_as_block(array[i], order);
		else
			free_block(array[i], 0, caller);
		i += 1ul << order;
	}
}

void free_pages_bulk_array(unsigned long nr_pages, struct page **array)
{
	free_pages_bulk_caller(nr_pages, array, _RET_IP_);
}
