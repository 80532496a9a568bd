/*
 * kmap.c - pages without addresses of their own, kept mapped for as long as they are needed
 *
 *	make EXTRA=tests/examples/kmap.c APPEND=lowmem=32M MEM=128M qemu
 *
 *	crumb> labels                       a table of pages, all mapped at the same time
 *	crumb> turns 2000                  one page after another: watch /proc/pkmap go round
 *	crumb> test kmap_example
 *
 *	kmap(page) ──> address, for every CPU, until ──> kunmap(page)
 *
 * Which one, kmap or kmap_local?  kmap_local is for a moment, on one CPU, last one first, and in
 * interrupt handlers too.  kmap is for what stays: any order, any CPU, up to 512 pages; a page that
 * is mapped already gives the same address again, at next to no cost.
 *
 * Invariants
 *   I1  Each kmap() here is followed by one kunmap() of the same page.
 *
 * Locking: none; the shell runs one command at a time.
 * Read next: mm/window/kmap.h, mm/window/highmem_ops.h; tests/examples/fixmap.c.
 */
#include <string.h>

#include "kernel/console.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/shell.h"
#include "mm/window/highmem_ops.h"
#include "mm/window/kmap.h"

enum { LABELS = 4 };

/* A page at an address, or NULL with nothing held. */
static char *new_label(struct page **page, const char *text)
{
	char *va;

	*page = alloc_page(GFP_HIGHUSER | __GFP_ZERO);
	if (!*page)
		return NULL;
	va = kmap(*page);
	if (!va) {
		__free_page(*page);
		return NULL;
	}
	strcpy(va, text);
	return va;
}

static void drop_label(struct page *page)
{
	kunmap(page); /* keeps I1 */
	__free_page(page);
}

SHELL_CMD(labels, "", "write into four pages that are mapped at once", .group = "example",
	  .example = "labels")
{
	static const char *const text[LABELS] = { "kmap", "gives", "an", "address" };
	struct page *page[LABELS];
	char *va[LABELS];
	int n = 0;

	while (n < LABELS && (va[n] = new_label(&page[n], text[n])))
		n++;
	for (int i = 0; i < n; i++)
		con_printf("%p: pfn 0x%lx says \"%s\"\n", (void *)va[i], page_to_pfn(page[i]),
			   va[i]);
	for (int i = 0; i < n; i++) /* in any order */
		drop_label(page[i]);
	return n == LABELS ? SHELL_OK : shell_error("no page or no slot for label %d", n);
}

SHELL_CMD(turns, "N", "map N pages, one after the other", .group = "example",
	  .example = "turns 2000")
{
	u64 n;

	if (argc != 2)
		return SHELL_USAGE;
	if (!shell_number(argv[1], "N", 1, 100000, &n))
		return SHELL_FAIL;
	for (u64 i = 0; i < n; i++) {
		struct page *page;

		if (!new_label(&page, "a page is mapped"))
			return shell_error("no page or no slot");
		drop_label(page);
	}
	return SHELL_OK;
}

SELFTEST(kmap_example, copy, "a mapped page sees what highmem_ops write into it")
{
	struct page *page;
	char *va = new_label(&page, "old");
	char word[4];

	EXPECT(va);
	memcpy_to_page(page, 0, "new", 4);
	EXPECT(!strcmp(va, "new"));
	memcpy_from_page(word, page, 0, 4);
	EXPECT(!strcmp(word, "new"));
	drop_label(page);
}
