/*
 * page_debug.c - an array beside mem_map, and the poison in free pages
 *
 *	mem_map         [ page | page | page | ... ]    32 bytes each, in every build
 *	page_debug_map  [  by  |  by  |  by  | ... ]    12 bytes each, in DEBUG builds
 *
 * A page is poisoned when it is freed and verified when it is handed out, outside of every lock.  At
 * the hand-over nothing is poisoned: a page that was never in use has nobody who could still write
 * to it, and the boot stays quick.
 *
 * Invariant  D1  While poisoned, each byte of a free page is ->poison, unless somebody wrote to it.
 *
 * Locking: the words of a frame are whose the frame is; `areas` is atomic.
 * Read next: free.c and alloc.c, which call this; shown.c.
 * Linux: mm/page_poison.c, mm/page_owner.c
 */
#include <stdio.h>
#include <string.h>

#include "kernel/bug.h"
#include "kernel/kallsyms.h"
#include "mm/early/early.h"
#include "kernel/inject.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/page/alloc_impl.h"
#include "mm/page/memmap.h"
#include "mm/page/page_debug.h"

struct page_debug *page_debug_map;

void __init page_debug_init(void)
{
	page_debug_map = early_alloc(mem_map_frames() * sizeof(*page_debug_map), PAGE_SIZE);
}

static struct page_debug *debug_of(const struct page *page)
{
	return page_debug_map + (page - mem_map);
}

/* --- a page's bytes --------------------------------------------------------------------------- */

/* NULL for a page of highmem when this CPU holds all its slots: that is no mistake here. */
static void *map(const struct page *page)
{
	void *bytes;

	if (!PageHighMem(page))
		return lowmem_page_address(page);
	if (kmap_local_depth() >= KM_MAX_IDX)
		return NULL;
	inject_hold(true);
	bytes = kmap_local_page(page);
	inject_hold(false);
	return bytes;
}

/* Is each byte this one?  All words are `all` if their AND and their OR are. */
static bool is_filled(const void *bytes, u8 byte)
{
	const u64 all = byte * 0x0101010101010101ull;
	u64 every = all, any = all;

	for (const u64 *p = bytes, *end = p + PAGE_SIZE / sizeof(*p); p < end; p += 4) {
		every &= p[0] & p[1] & p[2] & p[3];
		any |= p[0] | p[1] | p[2] | p[3];
	}
	return every == all && any == all;
}

enum { SHOWN_BYTES = 8 };

/* Names the bytes from the first to the last that are not the poison, and who had the page. */
static void __noinline __cold report_write(const struct page *page, const u8 *bytes,
					   const struct page_debug *debug, unsigned long caller)
{
	const struct bug_report report = {
		.family = "page",
		.what = "write to a free page",
		.object = page,
		.expected = "poison",
		.caller = caller,
	};
	char hex[3 * SHOWN_BYTES + 1] = "", history[PAGE_HISTORY];
	unsigned int first = 0, last = PAGE_SIZE - 1;

	while (bytes[first] == debug->poison)
		first++;
	while (bytes[last] == debug->poison)
		last--;
	for (unsigned int i = 0; i < SHOWN_BYTES && first + i <= last; i++)
		snprintf(hex + 3 * i, sizeof(hex) - 3 * i, " %02x", bytes[first + i]);
	bug(&report, "pfn 0x%lx, bytes 0x%x to 0x%x:%s%s%s", page_to_pfn(page), first, last, hex,
	    last - first >= SHOWN_BYTES ? " .." : "",
	    page_debug_history(page, history, sizeof(history)));
}

static void verify(const struct page *page, struct page_debug *debug, unsigned long caller)
{
	const void *bytes;

	if (!debug->poisoned)
		return;
	debug->poisoned = false;
	bytes = map(page);
	if (!bytes)
		return;
	if (unlikely(!is_filled(bytes, debug->poison)))
		report_write(page, bytes, debug, caller);
	kunmap_local(bytes);
}

static void poison(const struct page *page, struct page_debug *debug, u8 byte)
{
	void *bytes = map(page);

	debug->poison = byte;
	debug->poisoned = bytes; /* keeps D1 */
	if (!bytes)
		return;
	memset(bytes, byte, PAGE_SIZE);
	kunmap_local(bytes);
}

/* --- coming and going ------------------------------------------------------------------------- */

void page_debug_name(struct page *page, unsigned long pages, unsigned long caller)
{
	for (; pages; pages--, page++)
		debug_of(page)->allocated_by = caller;
}

void page_debug_allocated(struct page *page, unsigned int order, unsigned long caller)
{
	for (unsigned long i = 0; i < 1ul << order; i++)
		verify(page + i, debug_of(page + i), caller);
	page_debug_name(page, 1ul << order, caller);
}

void page_debug_freed(struct page *page, unsigned int order, unsigned long caller)
{
	for (struct page *end = page + (1ul << order); page < end; page++) {
		struct page_debug *debug = debug_of(page);

		debug->freed_by = caller;
		poison(page, debug, init_on_free ? 0 : POISON_FREE_PAGE);
	}
}

void page_debug_poisoned(struct page *page, u8 byte, unsigned long caller)
{
	struct page_debug *debug = debug_of(page);

	debug->freed_by = caller;
	debug->poison = byte;
	debug->poisoned = true;
}

bool page_debug_holds(const struct page *page)
{
	const struct page_debug *debug = debug_of(page);

	return !debug->poisoned || PageHighMem(page) ||
	       *(const u32 *)lowmem_page_address(page) == debug->poison * 0x01010101u;
}

/* --- telling ---------------------------------------------------------------------------------- */

char *page_debug_history(const struct page *page, char *buf, size_t n)
{
	char allocated[KALLSYMS_LINE], freed[KALLSYMS_LINE];
	const struct page_debug *debug;

	buf[0] = '\0';
	if (!debug_build || !page_debug_map)
		return buf;
	debug = debug_of(page);
	kallsyms_format_caller(debug->allocated_by, allocated, sizeof(allocated));
	kallsyms_format_caller(debug->freed_by, freed, sizeof(freed));
	if (debug->allocated_by && debug->freed_by)
		snprintf(buf, n, "; allocated by %s, freed by %s", allocated, freed);
	else if (debug->allocated_by)
		snprintf(buf, n, "; allocated by %s", allocated);
	else if (debug->freed_by)
		snprintf(buf, n, "; freed by %s", freed);
	return buf;
}

void page_debug_shown(pfn_t pfn, bool shown)
{
	if (pfn_valid(pfn))
		__atomic_fetch_add(&page_debug_map[pfn - mem_map_pfn].areas, shown ? 1 : -1,
				   __ATOMIC_RELAXED);
}
