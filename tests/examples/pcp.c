/*
 * pcp.c - which of the free pages is next: the one that was used last
 *
 *	make EXTRA=tests/examples/pcp.c qemu
 *
 *	crumb> hot                         a page comes and goes, hot and cold
 *	crumb> pcp                         this CPU's lists, zone by zone
 *	crumb> test hot
 *
 *	this CPU   hot  [ newest | ... | oldest ]   alloc_page(gfp) takes the newest
 *	           cold [ ... ]                     alloc_page(gfp | __GFP_COLD) prefers these
 *
 * What a program has just used is in the cache.  So a freed page is the first to be handed out
 * again, and a page that a device has filled, or that nobody has read for long, is freed as cold,
 * for the next device.  Neither takes a lock: a list is its CPU's own.
 *
 * Locking: interrupts are masked where the next page must be nobody else's.
 * Read next: mm/page/pcp.h, mm/page/hotcold/pcp_hotcold.c
 */
#include <string.h>

#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/shell.h"
#include "mm/page/page.h"
#include "mm/page/pcp.h"

/* A page is freed, and another allocated at once; are they the same? */
static bool comes_back(void (*give)(struct page *page), gfp_t gfp)
{
	unsigned long irqs = arch_irq_save();
	struct page *page = alloc_page(GFP_NOWAIT), *next = NULL;

	if (page) {
		give(page);
		next = alloc_page(gfp);
	}
	if (next)
		__free_page(next);
	arch_irq_restore(irqs);
	return next && next == page;
}

static void tell(const char *how, bool same)
{
	con_printf("%s: %s\n", how, same ? "the same page again" : "another page");
}

SHELL_CMD(hot, "", "which page is next after one was freed", .group = "example", .example = "hot")
{
	con_printf("single pages are kept by: %s\n", pcp_name);
	tell("freed hot, asked for any ", comes_back(free_hot_page, GFP_NOWAIT));
	tell("freed cold, asked for any", comes_back(free_cold_page, GFP_NOWAIT));
	tell("freed cold, asked for cold", comes_back(free_cold_page, GFP_NOWAIT | __GFP_COLD));
	return SHELL_OK;
}

SELFTEST(hot, next,
	 "a page that was freed hot is the next one; one freed cold is the next cold one")
{
	if (!strcmp(pcp_name, "none"))
		SKIP("no pages are kept per CPU (PCP=none)");
	EXPECT(comes_back(free_hot_page, GFP_NOWAIT));
	EXPECT(comes_back(free_cold_page, GFP_NOWAIT | __GFP_COLD));
}
