/*
 * highmem_ops.c - a page is mapped, worked on, and unmapped again
 *
 * Invariant  I1  What is mapped here is unmapped before the function returns, last one first.
 *
 * Locking: none; the pages are the caller's.
 * Read next: mm/fixmap/kmap_local.c.
 */
#include <string.h>

#include "kernel/bug.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/window/highmem_ops.h"

static bool __cold refuse(const struct page *page, size_t offset, size_t len, unsigned long caller)
{
	const struct bug_report report = {
		.family = "highmem",
		.what = "past the page's end",
		.object = page,
		.expected = "a part of one page",
		.caller = caller,
	};

	bug(&report, "%lu bytes at offset %lu", (unsigned long)len, (unsigned long)offset);
	return false;
}

/* Does the part lie in its page?  A report when not. */
static inline bool fits(const struct page *page, size_t offset, size_t len, unsigned long caller)
{
	if (likely(offset <= PAGE_SIZE && len <= PAGE_SIZE - offset))
		return true;
	return refuse(page, offset, len, caller);
}

void clear_highpage(struct page *page)
{
	void *va = kmap_local_page(page);

	if (!va)
		return;
	arch_clear_page(va);
	kunmap_local(va); /* keeps I1 */
}

void copy_highpage(struct page *to, struct page *from)
{
	void *source = kmap_local_page(from);
	void *target = source ? kmap_local_page(to) : NULL;

	if (target) {
		arch_copy_page(target, source);
		kunmap_local(target); /* keeps I1 */
	}
	if (source)
		kunmap_local(source);
}

void memcpy_to_page(struct page *page, size_t offset, const char *from, size_t len)
{
	char *va = fits(page, offset, len, _RET_IP_) ? kmap_local_page(page) : NULL;

	if (!va)
		return;
	memcpy(va + offset, from, len);
	kunmap_local(va);
}

void memcpy_from_page(char *to, struct page *page, size_t offset, size_t len)
{
	const char *va = fits(page, offset, len, _RET_IP_) ? kmap_local_page(page) : NULL;

	if (!va)
		return;
	memcpy(to, va + offset, len);
	kunmap_local(va);
}

void memset_page(struct page *page, size_t offset, int val, size_t len)
{
	char *va = fits(page, offset, len, _RET_IP_) ? kmap_local_page(page) : NULL;

	if (!va)
		return;
	memset(va + offset, val, len);
	kunmap_local(va);
}

void memcpy_page(struct page *dst_page, size_t dst_off, struct page *src_page, size_t src_off,
		 size_t len)
{
	const char *source;
	char *target;

	if (!fits(dst_page, dst_off, len, _RET_IP_) || !fits(src_page, src_off, len, _RET_IP_))
		return;
	source = kmap_local_page(src_page);
	target = source ? kmap_local_page(dst_page) : NULL;
	if (target) {
		memcpy(target + dst_off, source + src_off, len);
		kunmap_local(target); /* keeps I1 */
	}
	if (source)
		kunmap_local(source);
}

static inline unsigned int length(unsigned int start, unsigned int end)
{
	return end > start ? end - start : 0;
}

static inline void zero(struct page *page, unsigned int start1, unsigned int len1,
			unsigned int start2, unsigned int len2, unsigned long caller)
{
	char *va;

	if (!fits(page, len1 ? start1 : 0, len1, caller) ||
	    !fits(page, len2 ? start2 : 0, len2, caller))
		return;
	va = kmap_local_page(page);
	if (!va)
		return;
	memset(va + (len1 ? start1 : 0), 0, len1);
	memset(va + (len2 ? start2 : 0), 0, len2);
	kunmap_local(va);
}

void zero_user_segments(struct page *page, unsigned int start1, unsigned int end1,
			unsigned int start2, unsigned int end2)
{
	zero(page, start1, length(start1, end1), start2, length(start2, end2), _RET_IP_);
}

void zero_user_segment(struct page *page, unsigned int start, unsigned int end)
{
	zero(page, start, length(start, end), 0, 0, _RET_IP_);
}

void zero_user(struct page *page, unsigned int start, unsigned int size)
{
	zero(page, start, size, 0, 0, _RET_IP_);
}
