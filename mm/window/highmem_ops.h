/*
 * highmem_ops.h - clearing, copying and filling pages of any zone, without caring about addresses
 *
 *	clear_highpage(page)		all of it, 0
 *	copy_highpage(to, from)		all of it
 *
 *	            offset   len
 *	page  [ ...   |#######|   ... ]      memcpy_to_page, memcpy_from_page, memset_page,
 *	                                     memcpy_page (from page to page)
 *	page  [ ..|000|....|000000|.. ]      zero_user, zero_user_segment, zero_user_segments
 *	          s1  e1   s2    e2
 *
 * Each maps what it needs by kmap_local_page() and unmaps it before it returns.
 *
 * A part that does not lie in its page is refused with nothing changed: BUG: highmem: past the
 * page's end.  kmap_local's own refusals (too deep, not RAM) leave the pages as they are too.
 *
 * Context: any, interrupts included.
 * Names and signatures: Linux 6.1 (include/linux/highmem.h)
 */
#ifndef MM_HIGHMEM_OPS_H
#define MM_HIGHMEM_OPS_H

#include "mm/page/page.h"

void clear_highpage(struct page *page);
void copy_highpage(struct page *to, struct page *from);

void memcpy_to_page(struct page *page, size_t offset, const char *from, size_t len);
void memcpy_from_page(char *to, struct page *page, size_t offset, size_t len);
void memset_page(struct page *page, size_t offset, int val, size_t len);
/* The two parts may not overlap when they are of one page. */
void memcpy_page(struct page *dst_page, size_t dst_off, struct page *src_page, size_t src_off,
		 size_t len);

/* Bytes [start, end) of the page become 0; an empty range, whose end may be below start, is none. */
void zero_user_segments(struct page *page, unsigned int start1, unsigned int end1,
			unsigned int start2, unsigned int end2);
void zero_user_segment(struct page *page, unsigned int start, unsigned int end);
void zero_user(struct page *page, unsigned int start, unsigned int size);

#endif /* MM_HIGHMEM_OPS_H */
