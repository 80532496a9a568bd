/*
 * highmem_ops.c - claims about what works on pages of any zone: exactly the part that was said changes
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "mm/window/highmem_ops.h"
#include "tests/selftests/window/block.h"

enum { OLD = 0x5a, NEW = 0xc3 };

/* A page of the zone, or of what stands in for it, filled with OLD. */
static struct page *old_page(gfp_t gfp)
{
	struct page *page = alloc_page(gfp);

	if (page)
		memset_page(page, 0, OLD, PAGE_SIZE);
	return page;
}

/* Is the page OLD but for [start, end), which is `fill`? */
static bool holds(struct page *page, size_t start, size_t end, u8 fill)
{
	const u8 *va = kmap_local_page(page);
	bool right = true;

	CHECK(va);
	for (size_t i = 0; i < PAGE_SIZE && right; i++)
		right = va[i] == (i >= start && i < end ? fill : OLD);
	kunmap_local(va);
	return right;
}

static bool try_fills(struct page *page)
{
	static const struct {
		size_t offset, len;
	} parts[] = { { 0, 0 },		{ 0, 1 },      { PAGE_SIZE - 1, 1 },
		      { PAGE_SIZE, 0 }, { 100, 1000 }, { 0, PAGE_SIZE } };

	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t offset = parts[i].offset, len = parts[i].len;

		memset_page(page, offset, NEW, len);
		CHECK(holds(page, offset, offset + len, NEW));
		memset_page(page, 0, OLD, PAGE_SIZE);
		zero_user(page, (unsigned int)offset, (unsigned int)len);
		CHECK(holds(page, offset, offset + len, 0));
		memset_page(page, 0, OLD, PAGE_SIZE);
		zero_user_segment(page, (unsigned int)offset, (unsigned int)(offset + len));
		CHECK(holds(page, offset, offset + len, 0));
		memset_page(page, 0, OLD, PAGE_SIZE);
	}
	return true;
}

SELFTEST(highmem, fill, "a part of a page is filled or zeroed, and nothing beside it, in any zone")
{
	struct page *low = old_page(GFP_KERNEL), *high = old_page(GFP_HIGHUSER);

	EXPECT(low && high);
	EXPECT(try_fills(low));
	EXPECT(try_fills(high));
	__free_page(low);
	__free_page(high);
	EXPECT_EQ(kmap_local_depth(), 0);
}

SELFTEST(highmem, segments,
	 "two segments are zeroed; an empty one, or one that ends before it begins, is none")
{
	struct page *page = old_page(GFP_HIGHUSER);
	char bytes[4];

	EXPECT(page);
	zero_user_segments(page, 1, 2, 3, 4);
	memcpy_from_page(bytes, page, 0, 4);
	EXPECT(!memcmp(bytes, (const char[]){ OLD, 0, OLD, 0 }, 4));
	memset_page(page, 0, OLD, PAGE_SIZE);
	zero_user_segments(page, 5, 5, 9, 3);
	EXPECT(holds(page, 0, 0, 0));
	zero_user_segments(page, 9, 3, PAGE_SIZE - 8, PAGE_SIZE);
	EXPECT(holds(page, PAGE_SIZE - 8, PAGE_SIZE, 0));
	__free_page(page);
}

SELFTEST(highmem, whole_pages, "a page is cleared, and copied from any zone to any zone")
{
	struct page *low = old_page(GFP_KERNEL), *high = old_page(GFP_HIGHUSER);

	EXPECT(low && high);
	clear_highpage(high);
	EXPECT(holds(high, 0, PAGE_SIZE, 0));
	memset_page(low, 0, NEW, PAGE_SIZE);
	copy_highpage(high, low);
	EXPECT(holds(high, 0, PAGE_SIZE, NEW));
	memset_page(high, 8, 1, PAGE_SIZE - 16);
	copy_highpage(low, high);
	clear_highpage(high);
	memset_page(low, 0, OLD, 8);
	memset_page(low, PAGE_SIZE - 8, OLD, 8);
	EXPECT(holds(low, 8, PAGE_SIZE - 8, 1));
	__free_page(low);
	__free_page(high);
	EXPECT_EQ(kmap_local_depth(), 0);
}

SELFTEST(highmem, bytes, "bytes are copied into a page, out of it, and from page to page")
{
	struct page *a = old_page(GFP_HIGHUSER), *b = old_page(GFP_HIGHUSER);
	char bytes[8] = { NEW, NEW, NEW, NEW, NEW, NEW, NEW, NEW }, back[8];

	EXPECT(a && b);
	memcpy_to_page(a, PAGE_SIZE - 8, bytes, 8);
	EXPECT(holds(a, PAGE_SIZE - 8, PAGE_SIZE, NEW));
	memcpy_from_page(back, a, PAGE_SIZE - 8, 8);
	EXPECT(!memcmp(bytes, back, 8));
	memcpy_page(b, 0, a, PAGE_SIZE - 8, 8);
	EXPECT(holds(b, 0, 8, NEW));
	memcpy_page(b, 100, b, 0, 8);
	memset_page(b, 0, OLD, 8);
	EXPECT(holds(b, 100, 108, NEW));
	__free_page(a);
	__free_page(b);
	EXPECT_EQ(kmap_local_depth(), 0);
}

SELFTEST(highmem, past_the_end,
	 "a part that does not lie in its page is refused, and nothing changes")
{
	struct page *page = old_page(GFP_HIGHUSER);
	const size_t all = ~(size_t)0;
	char bytes[8] = {};

	EXPECT(page);
	EXPECT_BUG("past the page's end", memset_page(page, PAGE_SIZE - 1, 0, 2));
	EXPECT_BUG("past the page's end", memset_page(page, PAGE_SIZE + 1, 0, 0));
	EXPECT_BUG("past the page's end", memset_page(page, 1, 0, all));
	EXPECT_BUG("past the page's end", memset_page(page, all, 0, 2));
	EXPECT_BUG("past the page's end", memcpy_to_page(page, PAGE_SIZE - 4, bytes, 8));
	EXPECT_BUG("past the page's end", memcpy_from_page(bytes, page, PAGE_SIZE, 1));
	EXPECT_BUG("past the page's end", memcpy_page(page, 0, page, PAGE_SIZE - 4, 8));
	EXPECT_BUG("past the page's end", memcpy_page(page, PAGE_SIZE - 4, page, 0, 8));
	EXPECT_BUG("past the page's end", zero_user(page, 4095, 2));
	EXPECT_BUG("past the page's end", zero_user(page, ~0u, 2));
	EXPECT_BUG("past the page's end", zero_user_segment(page, 0, PAGE_SIZE + 1));
	EXPECT_BUG("past the page's end", zero_user_segments(page, 0, 8, 4000, 5000));
	EXPECT(holds(page, 0, 0, 0));
	__free_page(page);
	EXPECT_EQ(kmap_local_depth(), 0);
}
