/*
 * kmap_break.c - mistakes of those who map pages with kmap(), committed on purpose
 *
 * Each is named and refused; each then asks whether the slots are what they were.
 */
#include "kernel/bug.h"
#include "kernel/irq.h"
#include "kernel/shell/break.h"
#include "mm/node.h"
#include "mm/window/kmap.h"

/* A highmem page, or NULL after saying why there is none. */
static struct page *highmem_page(void)
{
	struct page *page = alloc_page(GFP_HIGHUSER | __GFP_NOWARN);

	if (page && PageHighMem(page))
		return page;
	if (page)
		__free_page(page);
	shell_error(lowmem_end_pfn < max_pfn ? "no highmem page is left"
					     : "there is no highmem: boot with lowmem=32M");
	return NULL;
}

/* Was it reported, once, with nothing changed? */
static int refused(unsigned long bugs_before)
{
	if (bug_count() != bugs_before + 1)
		return shell_error("%lu reports instead of one", bug_count() - bugs_before);
	return pkmap_check() ? SHELL_OK : shell_error("the invariants do not hold");
}

BREAK(kmap_never_mapped, "kmap", "unmap a page that was never mapped",
      "kunmap(page); /* without kmap(page) */")
{
	struct page *page = highmem_page();
	unsigned long bugs = bug_count();
	int result;

	if (!page)
		return SHELL_FAIL;
	kmap_flush_unused(); /* it may still be in a slot, of a former holder's */
	kunmap(page);
	result = refused(bugs);
	__free_page(page);
	return result;
}

BREAK(kmap_unmap_twice, "kmap", "unmap a page twice", "kmap(page); kunmap(page); kunmap(page);")
{
	struct page *page = highmem_page();
	unsigned long bugs = bug_count();
	int result = SHELL_FAIL;

	if (!page)
		return SHELL_FAIL;
	if (kmap(page)) {
		kunmap(page);
		kunmap(page);
		result = refused(bugs);
	}
	__free_page(page);
	return result;
}

BREAK(kmap_unmap_address, "kmap", "give kunmap() the address instead of the page",
      "va = kmap(page); kunmap(va);")
{
	struct page *page = highmem_page();
	unsigned long bugs = bug_count();
	int result = SHELL_FAIL;
	void *va;

	if (!page)
		return SHELL_FAIL;
	va = kmap(page);
	if (va) {
		kunmap((struct page *)va);
		result = refused(bugs);
		kunmap(page);
	}
	__free_page(page);
	return result;
}

BREAK(kmap_wild_page, "kmap", "map what is no page",
      "kmap((struct page *)((uintptr_t)mem_map + 5));")
{
	unsigned long bugs = bug_count();

	if (kmap((struct page *)((uintptr_t)mem_map + 5)))
		return shell_error("it was mapped all the same");
	return refused(bugs);
}

static void map_it(void *page)
{
	kmap(page);
}

static void unmap_it(void *page)
{
	kunmap(page);
}

/* Lowmem will do: the refusal comes first. */
static int commit_in_interrupt(void (*mistake)(void *page))
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long bugs = bug_count();
	int result;

	if (!page)
		return shell_error("no page is left");
	if (!irq_call(mistake, page))
		result = shell_error("interrupts are masked");
	else
		result = refused(bugs);
	__free_page(page);
	return result;
}

BREAK(kmap_in_interrupt, "kmap", "map a page in an interrupt handler",
      "kmap(page); /* in a handler */")
{
	return commit_in_interrupt(map_it);
}

BREAK(kmap_unmap_in_interrupt, "kmap", "unmap a page in an interrupt handler",
      "kunmap(page); /* in a handler */")
{
	return commit_in_interrupt(unmap_it);
}

BREAK(kmap_stale_address, "kmap", "ask for the page behind a slot after it was flushed",
      "kunmap(page); kmap_flush_unused(); kmap_to_page(va);")
{
	struct page *page = highmem_page();
	unsigned long bugs = bug_count();
	int result = SHELL_FAIL;
	void *va;

	if (!page)
		return SHELL_FAIL;
	va = kmap(page);
	if (va) {
		kunmap(page);
		kmap_flush_unused();
		result = kmap_to_page(va) ? shell_error("a page was found all the same")
					  : refused(bugs);
	}
	__free_page(page);
	return result;
}

/* An unused slot is readable until the flush: the mistake that works most of the time. */
BREAK(kmap_use_after_unmap, "kmap", "read a page after unmapping it and a flush: faults",
      "kunmap(page); kmap_flush_unused(); byte = *va;", .caught = BREAK_FAULTS)
{
	struct page *page = highmem_page();
	volatile const char *va;

	if (!page)
		return SHELL_FAIL;
	va = kmap(page);
	if (va)
		kunmap(page);
	__free_page(page);
	if (!va)
		return SHELL_FAIL;
	kmap_flush_unused();
	return shell_error("read %d from %p all the same", *va, (const void *)va);
}
