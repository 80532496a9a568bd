/*
 * windows.c - parts of pages, frames and slots: highmem_ops, kmap_local and the fixmap
 */
#include "mm/fixmap/fixmap.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/page/page.h"
#include "mm/window/highmem_ops.h"
#include "limit.h"
#include "walk.h"

static char text[] = "text";

/* --- parts of a page -------------------------------------------------------------------------- */

static struct page *part, *other;

/* Each of these must refuse what leaves the page; what stays in it is not asked for. */
#define TAKE_PART(name_, leaves, statement) \
	static void *name_(unsigned long n) \
	{                                   \
		if (leaves)                 \
			statement;          \
		return NULL;                \
	}

enum { EIGHT = 8, ROOM = PAGE_SIZE - EIGHT };

TAKE_PART(take_memset, n > ROOM, memset_page(part, EIGHT, 0xa5, n))
TAKE_PART(take_memset_offset, n > ROOM, memset_page(part, n, 0xa5, EIGHT))
TAKE_PART(take_copy_to, n > ROOM, memcpy_to_page(part, EIGHT, text, n))
TAKE_PART(take_copy_to_offset, n >= PAGE_SIZE, memcpy_to_page(part, n, text, 1))
TAKE_PART(take_copy_from, n > ROOM, memcpy_from_page(text, part, EIGHT, n))
TAKE_PART(take_copy_from_offset, n >= PAGE_SIZE, memcpy_from_page(text, part, n, 1))
TAKE_PART(take_copy_page, n > ROOM, memcpy_page(part, 0, other, EIGHT, n))
TAKE_PART(take_copy_page_dst, n > ROOM, memcpy_page(part, n, other, 0, EIGHT))
TAKE_PART(take_copy_page_src, n > ROOM, memcpy_page(part, 0, other, n, EIGHT))
TAKE_PART(take_zero_user, n > ROOM, zero_user(part, EIGHT, as_unsigned(n)))
TAKE_PART(take_zero_user_start, n > ROOM, zero_user(part, as_unsigned(n), EIGHT))
TAKE_PART(take_segment_end, n > PAGE_SIZE, zero_user_segment(part, EIGHT, as_unsigned(n)))
TAKE_PART(take_segment_start, n > PAGE_SIZE, zero_user_segment(part, as_unsigned(n), ~0u))
TAKE_PART(take_first_end, n > PAGE_SIZE, zero_user_segments(part, 0, as_unsigned(n), 0, EIGHT))
TAKE_PART(take_second_end, n > PAGE_SIZE, zero_user_segments(part, 0, EIGHT, 0, as_unsigned(n)))

/* The page holds this, and keeps it. */
enum { HELD = 0x5a };

static bool is_untouched(const u8 *page)
{
	for (unsigned int i = 0; i < PAGE_SIZE; i++)
		if (page[i] != HELD)
			return false;
	return text[0] == 't' && text[4] == 0;
}

SELFTEST(numbers, parts, "what would leave a page by offset, length or their sum is refused")
{
	static const struct walked table[] = {
		{ "memset_page", 1, 0, false, take_memset, NULL },
		{ "memset_page offset", 1, 0, false, take_memset_offset, NULL },
		{ "memcpy_to_page", 1, 0, false, take_copy_to, NULL },
		{ "memcpy_to_page offset", 1, 0, false, take_copy_to_offset, NULL },
		{ "memcpy_from_page", 1, 0, false, take_copy_from, NULL },
		{ "memcpy_from_page offset", 1, 0, false, take_copy_from_offset, NULL },
		{ "memcpy_page", 1, 0, false, take_copy_page, NULL },
		{ "memcpy_page dst", 1, 0, false, take_copy_page_dst, NULL },
		{ "memcpy_page src", 1, 0, false, take_copy_page_src, NULL },
		{ "zero_user", 1, 0, false, take_zero_user, NULL },
		{ "zero_user start", 1, 0, false, take_zero_user_start, NULL },
		{ "zero_user_segment end", 1, 0, false, take_segment_end, NULL },
		{ "zero_user_segment start", 1, 0, false, take_segment_start, NULL },
		{ "zero_user_segments end1", 1, 0, false, take_first_end, NULL },
		{ "zero_user_segments end2", 1, 0, false, take_second_end, NULL },
	};
	bool untouched;
	const char *wrong;

	part = alloc_pages(GFP_KERNEL, 1);
	EXPECT(part);
	other = part + 1;
	memset_page(part, 0, HELD, PAGE_SIZE);
	memset_page(other, 0, HELD, PAGE_SIZE);
	wrong = walk_all(table, ARRAY_SIZE(table));
	untouched = is_untouched(lowmem_page_address(part));
	__free_pages(part, 1);
	if (wrong)
		selftest_fail(__FILE__, __LINE__, "%s", wrong);
	EXPECT(untouched);
	EXPECT(fixmap_check());
}

/* --- frames and slots ------------------------------------------------------------------------- */

/* Every frame of RAM may be mapped, and no other. */
static void *take_frame(unsigned long n)
{
	void *va = kmap_local_pfn(n);

	if (va && pfn_valid(n)) {
		kunmap_local(va);
		return NULL;
	}
	return va;
}

/* A slot is the caller's to set only when it is one of the user's. */
static void *take_slot(unsigned long n)
{
	const unsigned int idx = as_unsigned(n);

	if (!fixmap_set(idx, page_to_phys(part), FIXMAP_PAGE_RO))
		return NULL;
	return fixmap_clear(idx) && idx >= FIX_USER_FIRST ? NULL : text;
}

static void *take_clear(unsigned long n)
{
	return fixmap_clear(as_unsigned(n)) ? text : NULL;
}

/* Any physical address has a page. */
static void *take_slot_phys(unsigned long n)
{
	const vaddr_t at = fixmap_set_offset(FIX_USER_LAST, n, FIXMAP_PAGE_RO);

	if (at == 0)
		return NULL;
	fixmap_clear(FIX_USER_LAST);
	return (at ^ n) & ~PAGE_MASK ? text : NULL;
}

TAKE(take_slot_address, fixmap_address(as_unsigned(n)))
TAKE(take_slot_index, fixmap_index(n) != __end_of_fixed_addresses)

static void give_early(void *va)
{
	early_unmap(va);
}

TAKE(take_early, early_map(page_to_phys(part), n))
TAKE(take_early_phys, early_map(n, 2))

/* A slot shows the page, and any range with the page in it is told so. */
static bool shows(pfn_t start, unsigned long frames)
{
	pfn_t pfn = 0;

	return fixmap_shows(start, frames, &pfn) && pfn == page_to_pfn(part);
}

TAKE(take_shows_frames, shows(page_to_pfn(part), n) != (n != 0))

static void *take_shows_start(unsigned long n)
{
	return shows(n, ~0ul - n) != (n <= page_to_pfn(part)) ? text : NULL;
}

SELFTEST(numbers, slots, "frames, slots, and ranges of both are looked at before they are shifted")
{
	const unsigned long early = (FIX_EARLY_LAST - FIX_EARLY_FIRST + 1) << PAGE_SHIFT;
	const unsigned long last_slot = __fix_to_virt(__end_of_fixed_addresses) - 1;
	const struct walked table[] = {
		{ "kmap_local_pfn", PAGE_SIZE, 0, false, take_frame, NULL },
		{ "fixmap_set", PAGE_SIZE, 0, false, take_slot, NULL },
		{ "fixmap_clear", PAGE_SIZE, 0, false, take_clear, NULL },
		{ "fixmap_set phys", 1, 0, false, take_slot_phys, NULL },
		{ "fixmap_address", PAGE_SIZE, __end_of_fixed_addresses - 1, true,
		  take_slot_address, NULL },
		{ "fixmap_index", 1, last_slot, false, take_slot_index, NULL },
		{ "early_map", 1, early, false, take_early, give_early },
		{ "early_map phys", 1, ~0ul - 1, true, take_early_phys, give_early },
	};
	const char *wrong;

	part = alloc_page(GFP_KERNEL);
	EXPECT(part);
	wrong = walk_all(table, ARRAY_SIZE(table));
	__free_page(part);
	if (wrong)
		selftest_fail(__FILE__, __LINE__, "%s", wrong);
	EXPECT(fixmap_check());
}

SELFTEST(numbers, shown, "who asks what shows a range of frames is told, wherever the range ends")
{
	static const struct walked table[] = {
		{ "fixmap_shows frames", PAGE_SIZE, 0, false, take_shows_frames, NULL },
		{ "fixmap_shows start", PAGE_SIZE, 0, false, take_shows_start, NULL },
	};
	const char *wrong;

	part = alloc_page(GFP_KERNEL);
	EXPECT(part);
	fixmap_set(FIX_USER_LAST, page_to_phys(part), FIXMAP_PAGE_RO);
	wrong = walk_all(table, ARRAY_SIZE(table));
	fixmap_clear(FIX_USER_LAST);
	__free_page(part);
	if (wrong)
		selftest_fail(__FILE__, __LINE__, "%s", wrong);
}

/* --- at the limit ----------------------------------------------------------------------------- */

static unsigned long refused;

static void count_refusal(const struct bug_report *report __unused, const char *found __unused)
{
	selftest_excuse_bugs(1);
	refused++;
}

/* 1 when the statement is not reported. */
#define TAKE_QUIET(name_, statement)                             \
	static void *name_(unsigned long n)                      \
	{                                                        \
		const unsigned long before = refused;            \
		bug_hook_t former = bug_set_hook(count_refusal); \
                                                                 \
		statement;                                       \
		bug_set_hook(former);                            \
		return refused == before ? text : NULL;          \
	}

SELFTEST_TABLE(char, whole, PAGE_SIZE + 1);

TAKE_QUIET(fits_memset, memset_page(part, 8, 0, n))
TAKE_QUIET(fits_memset_offset, memset_page(part, n, 0, 8))
TAKE_QUIET(fits_copy_to, memcpy_to_page(part, 8, whole, n))
TAKE_QUIET(fits_copy_to_offset, memcpy_to_page(part, n, whole, 8))
TAKE_QUIET(fits_copy_from, memcpy_from_page(whole, part, 8, n))
TAKE_QUIET(fits_copy_from_offset, memcpy_from_page(whole, part, n, 8))
TAKE_QUIET(fits_copy, memcpy_page(part, 0, other, 8, n))
TAKE_QUIET(fits_copy_dst, memcpy_page(part, n, other, 0, 8))
TAKE_QUIET(fits_copy_src, memcpy_page(part, 0, other, n, 8))
TAKE_QUIET(fits_zero, zero_user(part, 8, as_unsigned(n)))
TAKE_QUIET(fits_zero_start, zero_user(part, as_unsigned(n), 8))
TAKE_QUIET(fits_segment, zero_user_segment(part, 8, as_unsigned(n)))
TAKE_QUIET(fits_first_end, zero_user_segments(part, 8, as_unsigned(n), 0, 0))
TAKE_QUIET(fits_second_end, zero_user_segments(part, 0, 0, 8, as_unsigned(n)))
TAKE_QUIET(fits_constant, fixmap_address(as_unsigned(n)))

static void *fits_slot(unsigned long n)
{
	return fixmap_set(as_unsigned(n), page_to_phys(part), FIXMAP_PAGE_RO) &&
			       fixmap_clear(as_unsigned(n))
		       ? text
		       : NULL;
}

static void *fits_index(unsigned long n)
{
	return fixmap_index(n) != __end_of_fixed_addresses ? text : NULL;
}

TAKE(take_early_end, early_map(~0ul - 9, n))

SELFTEST(numbers, limits_windows, "parts end with their page, slots with the last of their kind")
{
	const unsigned long room = PAGE_SIZE - 8, early = (FIX_EARLY_LAST - FIX_EARLY_FIRST + 1)
							  << PAGE_SHIFT;
	const struct limit table[] = {
		{ "memset_page", room, fits_memset, NULL, 0 },
		{ "memset_page offset", room, fits_memset_offset, NULL, 0 },
		{ "memcpy_to_page", room, fits_copy_to, NULL, 0 },
		{ "memcpy_to_page offset", room, fits_copy_to_offset, NULL, 0 },
		{ "memcpy_from_page", room, fits_copy_from, NULL, 0 },
		{ "memcpy_from_page offset", room, fits_copy_from_offset, NULL, 0 },
		{ "memcpy_page", room, fits_copy, NULL, 0 },
		{ "memcpy_page dst", room, fits_copy_dst, NULL, 0 },
		{ "memcpy_page src", room, fits_copy_src, NULL, 0 },
		{ "zero_user", room, fits_zero, NULL, 0 },
		{ "zero_user start", room, fits_zero_start, NULL, 0 },
		{ "zero_user_segment end", PAGE_SIZE, fits_segment, NULL, 0 },
		{ "zero_user_segments end1", PAGE_SIZE, fits_first_end, NULL, 0 },
		{ "zero_user_segments end2", PAGE_SIZE, fits_second_end, NULL, 0 },
		{ "fixmap_set", FIX_USER_LAST, fits_slot, NULL, 0 },
		{ "fixmap_address", __end_of_fixed_addresses - 1, fits_constant, NULL, 0 },
		{ "fixmap_index", __fix_to_virt(__end_of_fixed_addresses) - 1, fits_index, NULL,
		  0 },
		{ "early_map", early, take_early, give_early, 0 },
		{ "early_map at the end", 10, take_early_end, give_early, 0 },
	};
	const char *wrong;

	part = alloc_pages(GFP_KERNEL, 1);
	EXPECT(part);
	other = part + 1;
	wrong = limits_hold(table, ARRAY_SIZE(table));
	__free_pages(part, 1);
	if (wrong)
		selftest_fail(__FILE__, __LINE__, "%s: not so at its limit", wrong);
	EXPECT(fixmap_check());
}
