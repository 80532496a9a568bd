/*
 * hello.c - your own code in the kernel, with nothing else to edit
 *
 *	make EXTRA=tests/examples/hello.c qemu
 *
 *	crumb> hello 3                     the command below
 *	crumb> test hello                  the self-test below
 *	crumb> cat /proc/hello             the file below
 *	crumb> bench hello                 the benchmark below (counted with make bench EXTRA=… BENCH=hello)
 *
 *	boot stages ── … ── login ──> remember_first_page()    what the init call below does
 *	                    shell ──> hello, test, cat, bench  what was registered is found by its section
 *
 * Copy this file, rename things, and leave out what you do not need.  Each registration puts a
 * pointer into a linker section, which is why no table elsewhere has to name it.
 *
 * Invariants
 *   I1  first_page is allocated once, before the shell, and stays allocated: `balance` counts it
 *       under held.
 *   I2  The self-test gives back what it takes; the runner fails it otherwise.
 *
 * Locking: none; the init call and the shell run on one CPU, one after the other.
 * Read next: kernel/shell/shell.h, kernel/selftest/selftest.h, mm/page/page.h
 */
#include "kernel/bench/bench.h"
#include "kernel/console.h"
#include "kernel/initcall.h"
#include "kernel/proc/proc.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/shell.h"
#include "mm/page/page.h"

static struct page *first_page; /* [I] fixed after init */

/* Runs once, when every allocator is up and before the shell: to meet one earlier, take its stage. */
static void __init remember_first_page(void)
{
	first_page = alloc_page(GFP_KERNEL);
}
login_initcall(remember_first_page);

/* Tab completes the name, `help hello` shows this, and a bad number is refused for us. */
SHELL_CMD(hello, "[TIMES]", "greet the reader", .group = "example", .example = "hello 3")
{
	u64 times = 1;

	if (argc > 2)
		return SHELL_USAGE;
	if (argc == 2 && !shell_number(argv[1], "TIMES", 1, 10, &times))
		return SHELL_FAIL;
	while (times--)
		con_printf("hello from page frame 0x%lx\n", page_to_pfn(first_page));
	return SHELL_OK;
}

PROC_FILE(hello, "the page that the example took")
{
	con_printf("first_page: pfn 0x%lx\n", page_to_pfn(first_page));
}

/* A claim about the allocator; the test fails when an expectation does, or when a page is lost. */
SELFTEST(hello, pages_differ, "two pages allocated at once are two pages")
{
	struct page *one = alloc_page(GFP_KERNEL), *two = alloc_page(GFP_KERNEL);

	EXPECT(one && two);
	EXPECT(one != two && one != first_page && two != first_page);
	__free_page(one);
	__free_page(two);
}

/* What the pair costs; opaque() keeps the compiler from making a constant of the argument. */
BENCH(hello, "hello.page", "alloc_page + __free_page", "as the machine stands")
{
	const gfp_t gfp = opaque(GFP_KERNEL);
	struct page *page;

	BENCH_HOT_PAIRS(b, page, page = alloc_page(gfp), __free_page(page));
}
