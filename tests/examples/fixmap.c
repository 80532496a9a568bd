/*
 * fixmap.c - a page of any memory at an address of your own, for a while and for a moment
 *
 *	make EXTRA=tests/examples/fixmap.c qemu
 *
 *	crumb> peek 0x10000000             a word of physical memory, through a slot of the fixmap
 *	crumb> swap                        two pages without addresses exchange their contents
 *	crumb> test window
 *
 *	fixmap       set_fixmap_offset() ──> address ──> clear_fixmap()     a slot that you chose; all CPUs
 *	kmap_local   kmap_local_page()   ──> address ──> kunmap_local()     the next slot of this CPU,
 *	                                                                    the last one goes first
 *
 * Which one?  kmap_local costs some fifty instructions and takes no decision; it is for RAM, on one
 * CPU, between two lines of code.  The fixmap is for what is no RAM (a device), for other rights or
 * memory types, and for addresses that must be known at compile time.
 *
 * Invariants
 *   I1  Whatever is mapped here is unmapped before the function returns.
 *
 * Locking: PEEK_SLOT belongs to this file; the shell runs one command at a time.
 * Read next: mm/fixmap/fixmap.h, mm/fixmap/kmap_local.h; tests/examples/hello.c.
 */
#include "kernel/console.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/address.h"
#include "kernel/shell/shell.h"
#include "mm/fixmap/fixmap.h"
#include "mm/fixmap/kmap_local.h"

enum { PEEK_SLOT = FIX_USER_LAST };

SHELL_CMD(peek, "PHYS", "read a word of physical memory, a device's or RAM's", .group = "example",
	  .example = "peek 0x10000000")
{
	paddr_t phys;
	vaddr_t va;

	if (argc != 2)
		return SHELL_USAGE;
	if (!shell_physical(argv[1], "PHYS", &phys))
		return SHELL_FAIL;
	va = set_fixmap_offset_io(PEEK_SLOT, phys & ~(paddr_t)3);
	if (!va)
		return shell_error("the slot is in use: `fixmap` shows by whom");
	con_printf("0x%08lx: 0x%08lx\n", phys & ~(paddr_t)3, (unsigned long)*(volatile u32 *)va);
	clear_fixmap(PEEK_SLOT); /* keeps I1 */
	return SHELL_OK;
}

/* Exchanges the contents of two pages, of any zone.  Context: any. */
static void swap_pages(struct page *one, struct page *two)
{
	unsigned long *a = kmap_local_page(one), *b = kmap_local_page(two);

	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*a); i++) {
		unsigned long word = a[i];

		a[i] = b[i];
		b[i] = word;
	}
	kunmap_local(b); /* keeps I1, the last one first */
	kunmap_local(a);
}

static void write_first(struct page *page, unsigned long word)
{
	unsigned long *va = kmap_local_page(page);

	*va = word;
	kunmap_local(va);
}

static unsigned long read_first(struct page *page)
{
	const unsigned long *va = kmap_local_page(page);
	unsigned long word = *va;

	kunmap_local(va);
	return word;
}

SHELL_CMD(swap, "", "two pages exchange their contents", .group = "example", .example = "swap")
{
	struct page *one = alloc_page(GFP_HIGHUSER | __GFP_ZERO);
	struct page *two = alloc_page(GFP_HIGHUSER | __GFP_ZERO);

	if (one && two) {
		write_first(one, 1);
		write_first(two, 2);
		swap_pages(one, two);
		con_printf("one holds %lu, two holds %lu\n", read_first(one), read_first(two));
	}
	if (one)
		__free_page(one);
	if (two)
		__free_page(two);
	return one && two ? SHELL_OK : shell_error("no two pages left");
}

SELFTEST(window, swap, "two pages of any zone exchange their contents, to the last word")
{
	struct page *one = alloc_page(GFP_HIGHUSER), *two = alloc_page(GFP_KERNEL);

	EXPECT(one && two);
	write_first(one, 1);
	write_first(two, 2);
	swap_pages(one, two);
	EXPECT_EQ(read_first(one), 2);
	EXPECT_EQ(read_first(two), 1);
	EXPECT_EQ(kmap_local_depth(), 0);
	__free_page(one);
	__free_page(two);
}
