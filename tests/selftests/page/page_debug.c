/*
 * page_debug.c - claims about DEBUG builds: writes to free pages are seen, and everybody is named
 *
 *	take a page ──give it back──> write to it ──take it again──> one report, which says it all
 *
 * The same page comes back, since it was freed last.  A production build has no subject.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/inject.h"
#include "kernel/kallsyms.h"
#include "kernel/selftest/selftest.h"
#include "lib/raw.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/page/alloc_impl.h"
#include "mm/page/page_debug.h"
#include "mm/vmap/vmap.h"

/* What the last report said was found, and whose mistake it was. */
static char found[256];
static const void *object;
static unsigned int reports;

static void take_report(const struct bug_report *report, const char *text)
{
	if (!strcmp(report->what, "write to a free page")) {
		snprintf(found, sizeof(found), "%s", text);
		object = report->object;
		reports++;
	}
}

/* Allocates by way of the hook. */
static struct page *take(gfp_t gfp, unsigned int order)
{
	unsigned long before = bug_count();
	bug_hook_t hook = bug_set_hook(take_report);
	struct page *page;

	reports = 0;
	found[0] = '\0';
	page = alloc_pages(gfp, order);
	bug_set_hook(hook);
	selftest_excuse_bugs(bug_count() - before);
	return page;
}

static void write_to(const struct page *page, unsigned int at, unsigned int bytes)
{
	u8 *p = kmap_local_page(page);

	if (!p)
		return; /* then nothing is found, either */
	raw_fill(p + at, 0x5a, bytes);
	kunmap_local(p);
}

/* Writes `bytes` bytes at `at` into page i of a block after it was freed; then it is taken again. */
static bool seen(gfp_t gfp, unsigned int order, unsigned int i, unsigned int at, unsigned int bytes)
{
	struct page *page = alloc_pages(gfp, order), *again;
	char expected[64];
	bool same;

	CHECK(page);
	__free_pages(page, order);
	inject_hold(true); /* what is broken now is mended by being taken */
	write_to(page + i, at, bytes);
	again = take(gfp, order);
	inject_hold(false);
	CHECK(again);
	same = again == page;
	__free_pages(again, order);
	if (!same)
		drain_all_pages(NULL);
	CHECK(same);
	CHECK(reports == 1 && object == page + i);
	snprintf(expected, sizeof(expected), "pfn 0x%lx, bytes 0x%x to 0x%x: 5a",
		 page_to_pfn(page + i), at, at + bytes - 1);
	CHECK(!strncmp(found, expected, strlen(expected)));
	CHECK(strstr(found, "; allocated by ") && strstr(found, ", freed by "));
	again = take(gfp, order); /* named once: what was found is nobody's poison any more */
	CHECK(again == page && reports == 0);
	__free_pages(again, order);
	return true;
}

SELFTEST(page, free_write, "a write to a free page is named when the page is handed out again")
{
	if (!debug_build)
		SKIP("DEBUG=0");
	EXPECT(seen(GFP_KERNEL, 0, 0, 0, 1));
	EXPECT(seen(GFP_KERNEL, 0, 0, PAGE_SIZE - 1, 1));
	EXPECT(seen(GFP_KERNEL, 0, 0, 0x123, 4));
	EXPECT(seen(GFP_KERNEL, 0, 0, 0, PAGE_SIZE));
	EXPECT(seen(GFP_KERNEL, 3, 7, 8, 9));
	EXPECT(seen(GFP_HIGHUSER, 0, 0, 0xffc, 4));
	EXPECT(seen(GFP_HIGHUSER, 2, 3, 0x800, 1));
	EXPECT(buddy_check());
}

static bool quiet(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order), *again;

	CHECK(page);
	__free_pages(page, order);
	again = take(gfp, order);
	CHECK(again);
	__free_pages(again, order);
	CHECK(!reports);
	return true;
}

SELFTEST(page, free_quiet,
	 "a page that nobody wrote to is handed out without a word, clear if asked")
{
	if (!debug_build)
		SKIP("DEBUG=0");
	for (unsigned int order = 0; order < 5; order++) {
		EXPECT(quiet(GFP_KERNEL, order));
		EXPECT(quiet(GFP_KERNEL | __GFP_ZERO, order));
		EXPECT(quiet(GFP_HIGHUSER, order));
	}
}

SELFTEST(page, free_poisoned, "each byte of a freed page is poison, of every page of a block")
{
	struct page *page = alloc_pages(GFP_HIGHUSER, 2);
	u8 wanted = init_on_free ? 0 : POISON_FREE_PAGE;
	bool poisoned = true;

	if (!debug_build) {
		__free_pages(page, 2);
		SKIP("DEBUG=0");
	}
	EXPECT(page);
	__free_pages(page, 2);
	for (unsigned int i = 0; i < 4; i++) {
		const u8 *p = kmap_local_page(page + i);

		EXPECT(p);
		for (unsigned int at = 0; at < PAGE_SIZE; at++)
			poisoned = poisoned && raw_read(&p[at]) == wanted;
		kunmap_local(p);
	}
	EXPECT(poisoned);
}

/* Whether the address, a return address of who did it, lies in this function. */
static bool is_in(unsigned long address, const void *function)
{
	char name[KALLSYMS_NAME], wanted[KALLSYMS_NAME];

	return kallsyms_lookup(address - 1, name, NULL, NULL) &&
	       kallsyms_lookup((unsigned long)function, wanted, NULL, NULL) &&
	       !strcmp(name, wanted);
}

static __noinline struct page *first_holder(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	barrier();
	return page;
}

static __noinline void last_holder(struct page *page, unsigned int order)
{
	__free_pages(page, order);
	barrier();
}

SELFTEST(page, history,
	 "every page of a block knows who had it and who freed it; a double free says so")
{
	const struct page_debug *debug;
	struct page *page;
	char text[PAGE_HISTORY];
	void *exact;

	if (!debug_build)
		SKIP("DEBUG=0");
	page = first_holder(2);
	EXPECT(page);
	debug = page_debug_map + (page - mem_map);
	for (unsigned int i = 0; i < 4; i++)
		EXPECT(is_in(debug[i].allocated_by, first_holder));
	last_holder(page, 2);
	for (unsigned int i = 0; i < 4; i++)
		EXPECT(is_in(debug[i].freed_by, last_holder));
	EXPECT(strstr(page_debug_history(page, text, sizeof(text)),
		      "; allocated by first_holder+"));
	EXPECT(strstr(text, ", freed by last_holder+"));
	EXPECT_BUG("double free", __free_pages(page, 2));
	EXPECT(is_in(debug->freed_by, last_holder)); /* the refused one did not free it */
	exact = alloc_pages_exact(3 * PAGE_SIZE, GFP_KERNEL);
	EXPECT(exact);
	page = virt_to_page(exact);
	debug = page_debug_map + (page - mem_map);
	for (unsigned int i = 0; i < 3; i++)
		EXPECT(is_in(debug[i].allocated_by, selftest_page_history));
	free_pages_exact(exact, 3 * PAGE_SIZE);
	for (unsigned int i = 0; i < 3; i++)
		EXPECT(is_in(debug[i].freed_by, selftest_page_history));
}

static __noinline void *area_maker(unsigned long size)
{
	void *area = vmalloc(size);

	barrier();
	return area;
}

SELFTEST(page, history_area, "an area's pages know who made the area, and who freed it")
{
	enum { MANY = 12 };
	struct page *page[MANY];
	void *area;

	if (!debug_build)
		SKIP("DEBUG=0");
	for (unsigned int n = 1; n <= MANY; n += MANY - 1) { /* one by one, and as a bulk */
		area = area_maker(n * PAGE_SIZE);
		EXPECT(area);
		for (unsigned int i = 0; i < n; i++) {
			page[i] = vmalloc_to_page((u8 *)area + i * PAGE_SIZE);
			EXPECT(is_in(page_debug_map[page[i] - mem_map].allocated_by, area_maker));
		}
		vfree(area);
		for (unsigned int i = 0; i < n; i++)
			EXPECT(is_in(page_debug_map[page[i] - mem_map].freed_by,
				     selftest_page_history_area));
	}
}

SELFTEST(page, history_bulk,
	 "a bulk's pages know who asked for the bulk, freed one by one or as one")
{
	struct page *array[20] = {};

	if (!debug_build)
		SKIP("DEBUG=0");
	EXPECT_EQ(alloc_pages_bulk_array(GFP_KERNEL, ARRAY_SIZE(array), array), ARRAY_SIZE(array));
	for (unsigned int i = 0; i < ARRAY_SIZE(array); i++)
		EXPECT(is_in(page_debug_map[array[i] - mem_map].allocated_by,
			     selftest_page_history_bulk));
	free_pages_bulk_array(ARRAY_SIZE(array), array);
	for (unsigned int i = 0; i < ARRAY_SIZE(array); i++)
		EXPECT(is_in(page_debug_map[array[i] - mem_map].freed_by,
			     selftest_page_history_bulk));
}

SELFTEST(page, slots_held, "freeing and taking highmem works while all kmap_local slots are held")
{
	void *held[KM_MAX_IDX];
	struct page *page = alloc_page(GFP_HIGHUSER), *other = alloc_page(GFP_HIGHUSER), *again;
	unsigned int n = 0, room = KM_MAX_IDX - kmap_local_depth();

	EXPECT(page && other);
	if (!PageHighMem(page) || !PageHighMem(other) || always_gfp || want_init_on_free()) {
		__free_page(page);
		__free_page(other);
		SKIP("no highmem, or init_on_alloc=1 or init_on_free=1, which need a slot");
	}
	while (n < room)
		held[n++] = kmap_local_page(other);
	__free_page(page);
	again = take(GFP_HIGHUSER, 0);
	while (n)
		if (held[--n])
			kunmap_local(held[n]);
	__free_page(other);
	EXPECT(again);
	__free_page(again);
	EXPECT(again == page && !reports);
}
