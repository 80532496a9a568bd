/*
 * bootmem_break.c - mistakes of those who use boot memory, committed on purpose
 *
 * After boot its nodes are handed over, which is the first mistake to show.  The others are made on
 * a node to practise on.  Each sees one report, and that nothing has changed.
 *
 * Locking: none; the practice node is the command's own.
 */
#include "kernel/bug.h"
#include "kernel/shell/break.h"
#include "mm/early/bootmem_practice.h"
#include "mm/early/early.h"

/* One report since then? */
static int reported(unsigned long bugs_before)
{
	return bug_count() == bugs_before + 1 ? SHELL_OK : shell_error("no report was made");
}

BREAK(bootmem_late_alloc, "bootmem", "allocate boot memory after the hand-over",
      "free_all_bootmem(); alloc_bootmem(100);")
{
	unsigned long bugs = bug_count();

	if (alloc_bootmem(100))
		return shell_error("boot memory was given all the same");
	return reported(bugs);
}

BREAK(bootmem_late_free, "bootmem", "free a page to boot memory after the hand-over",
      "free_all_bootmem(); free_bootmem(phys, PAGE_SIZE);")
{
	unsigned long bugs = bug_count(), before = early_free_pages();

	free_bootmem(pfn_to_phys(lowmem_end_pfn - 1), PAGE_SIZE);
	if (early_free_pages() != before)
		return shell_error("the page was freed all the same");
	return reported(bugs);
}

BREAK(bootmem_late_handover, "bootmem", "hand all boot memory over a second time",
      "free_all_bootmem(); free_all_bootmem();")
{
	unsigned long bugs = bug_count();

	if (free_all_bootmem())
		return shell_error("pages were handed over twice");
	return reported(bugs);
}

/* The mistake on a node of 16 pages, whose free pages and bits must be as before. */
static int on_practice_node(void (*mistake)(struct practice_node *node))
{
	struct practice_node node;
	unsigned long bugs = bug_count();
	int result;

	if (!practice_begin(&node, 4))
		return shell_error("no pages left to practise on");
	mistake(&node);
	result = reported(bugs);
	if (node.data.free != node.free_pages || !bootmem_check(NULL, &node.data))
		result = shell_error("the node's bits were changed");
	practice_end(&node);
	return result;
}

static void free_free_page(struct practice_node *node)
{
	free_bootmem_node(&node->pgdat, node->start, PAGE_SIZE);
}

static void free_outside(struct practice_node *node)
{
	free_bootmem_node(&node->pgdat, node->start - PAGE_SIZE, 2 * PAGE_SIZE);
}

static void free_bitmap(struct practice_node *node)
{
	free_bootmem_node(&node->pgdat, node->start + (node->free_pages << PAGE_SHIFT), PAGE_SIZE);
}

static void align_to_24(struct practice_node *node)
{
	__alloc_bootmem_node(&node->pgdat, 100, 24, 0);
}

static void reserve_allocated(struct practice_node *node)
{
	void *p = __alloc_bootmem_node(&node->pgdat, PAGE_SIZE, PAGE_SIZE, 0);

	reserve_bootmem_node(&node->pgdat, virt_to_phys(p) + 8, 8);
	free_bootmem_node(&node->pgdat, virt_to_phys(p), PAGE_SIZE);
}

BREAK(bootmem_double_free, "bootmem", "free a page of boot memory that is free",
      "free_bootmem_node(pgdat, phys, size); /* twice */")
{
	return on_practice_node(free_free_page);
}

BREAK(bootmem_bad_range, "bootmem", "free a range that begins below its node",
      "free_bootmem_node(pgdat, start - PAGE_SIZE, 2 * PAGE_SIZE);")
{
	return on_practice_node(free_outside);
}

BREAK(bootmem_free_bitmap, "bootmem", "free the page that holds the node's own bits",
      "free_bootmem_node(pgdat, bitmap, PAGE_SIZE);")
{
	return on_practice_node(free_bitmap);
}

BREAK(bootmem_bad_align, "bootmem", "ask for an alignment of 24",
      "__alloc_bootmem_node(pgdat, 100, 24, 0);")
{
	return on_practice_node(align_to_24);
}

BREAK(bootmem_reserve_allocated, "bootmem", "reserve memory that was allocated",
      "p = alloc_bootmem(size); reserve_bootmem_node(pgdat, virt_to_phys(p), 8);")
{
	return on_practice_node(reserve_allocated);
}

/* A stray store, say, has cleared the bit of what was allocated. */
BREAK(bootmem_broken_bitmap, "bootmem", "have a cleared bit offer memory that somebody has",
      "p = alloc_bootmem(size); bitmap[0] = 0; /* a stray store */", .caught = BREAK_FOUND)
{
	struct practice_node node;
	unsigned long bugs = bug_count();
	void *first, *second;

	if (!practice_begin(&node, 4))
		return shell_error("no pages left to practise on");
	first = __alloc_bootmem_node(&node.pgdat, PAGE_SIZE, PAGE_SIZE, 0);
	bootmem_clear(&node.data, 0, 1);
	second = bootmem_allocate(&(struct bootmem_request){ &node.pgdat, PAGE_SIZE, PAGE_SIZE, 0,
							     0, BOOTMEM_NOPANIC, _RET_IP_ });
	practice_end(&node);
	return first == second ? shell_error("it was given to a second owner") : reported(bugs);
}
