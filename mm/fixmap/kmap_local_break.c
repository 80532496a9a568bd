/*
 * kmap_local_break.c - mistakes of those who map for a moment, committed on purpose
 *
 * Each takes what it needs, errs, sees the mistake named and the slots unchanged, and unmaps in order.
 * Most need highmem, since lowmem takes no slot: on a small machine boot with lowmem=32M.
 *
 * Locking: none; a stack of slots is its CPU's.
 */
#include "kernel/bug.h"
#include "kernel/shell/break.h"
#include "mm/fixmap/fixmap.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/node.h"

/* Any highmem frame will do: it is mapped and not touched. */
static bool highmem_pfn(pfn_t *pfn)
{
	*pfn = max_pfn - 1;
	if (lowmem_end_pfn < max_pfn)
		return true;
	shell_error("there is no highmem: boot with lowmem=32M");
	return false;
}

/* One report, and the depth as before the mistake; then everything above `depth` is unmapped. */
static int refused(unsigned long bugs_before, unsigned int depth_before, unsigned int depth)
{
	int result = SHELL_OK;

	if (bug_count() != bugs_before + 1)
		result = shell_error("%lu reports instead of one", bug_count() - bugs_before);
	else if (kmap_local_depth() != depth_before)
		result = shell_error("depth %u became %u", depth_before, kmap_local_depth());
	else if (!fixmap_check())
		result = shell_error("the invariants do not hold");
	kmap_local_unwind(depth);
	return result;
}

BREAK(kmap_local_too_deep, "kmap_local", "map a 17th page on one CPU",
      "for (n = 0; n < KM_MAX_IDX + 1; n++) kmap_local_pfn(pfn);")
{
	unsigned int depth = kmap_local_depth();
	unsigned long bugs = bug_count();
	pfn_t pfn;

	if (!highmem_pfn(&pfn))
		return SHELL_FAIL;
	while (kmap_local_depth() < KM_MAX_IDX)
		kmap_local_pfn(pfn);
	kmap_local_pfn(pfn);
	return refused(bugs, KM_MAX_IDX, depth);
}

BREAK(kmap_local_out_of_order, "kmap_local", "unmap the page that was mapped first, not last",
      "a = kmap_local_pfn(pfn); b = kmap_local_pfn(pfn); kunmap_local(a);")
{
	unsigned int depth = kmap_local_depth();
	unsigned long bugs = bug_count();
	pfn_t pfn;
	void *first;

	if (!highmem_pfn(&pfn))
		return SHELL_FAIL;
	first = kmap_local_pfn(pfn);
	kmap_local_pfn(pfn);
	kunmap_local(first);
	return refused(bugs, depth + 2, depth);
}

BREAK(kmap_local_unmap_twice, "kmap_local", "unmap the same page twice",
      "kunmap_local(va); kunmap_local(va);")
{
	unsigned int depth = kmap_local_depth();
	unsigned long bugs = bug_count();
	pfn_t pfn;
	void *va;

	if (!highmem_pfn(&pfn))
		return SHELL_FAIL;
	va = kmap_local_pfn(pfn);
	kunmap_local(va);
	kunmap_local(va);
	return refused(bugs, depth, depth);
}

BREAK(kmap_local_other_cpu, "kmap_local", "unmap what another CPU has mapped",
      "kunmap_local(va); /* mapped by another CPU */")
{
	unsigned int depth = kmap_local_depth(), cpu = (arch_cpu_id() + 1) % NR_CPUS;
	unsigned long bugs = bug_count();

	kunmap_local((void *)fix_to_virt(FIX_KMAP_BEGIN + cpu * KM_MAX_IDX));
	return refused(bugs, depth, depth);
}

BREAK(kmap_local_wild_unmap, "kmap_local", "unmap an address that is neither a slot nor lowmem",
      "kunmap_local((void *)fix_to_virt(FIX_USER_FIRST));")
{
	unsigned int depth = kmap_local_depth();
	unsigned long bugs = bug_count();

	kunmap_local((void *)fix_to_virt(FIX_USER_FIRST));
	return refused(bugs, depth, depth);
}

BREAK(kmap_local_not_ram, "kmap_local", "map a frame behind which there is no memory",
      "kmap_local_pfn(max_pfn);")
{
	unsigned int depth = kmap_local_depth();
	unsigned long bugs = bug_count();

	if (kmap_local_pfn(max_pfn))
		return shell_error("it was mapped all the same");
	return refused(bugs, depth, depth);
}

BREAK(kmap_local_stale_page, "kmap_local", "ask for the page behind an address after unmapping it",
      "kunmap_local(va); kmap_atomic_to_page(va);")
{
	unsigned int depth = kmap_local_depth();
	unsigned long bugs = bug_count();
	pfn_t pfn;
	void *va;

	if (!highmem_pfn(&pfn))
		return SHELL_FAIL;
	va = kmap_local_pfn(pfn);
	kunmap_local(va);
	if (kmap_atomic_to_page(va))
		return shell_error("a page was found all the same");
	return refused(bugs, depth, depth);
}

/* The fault ends the command while it holds a page: the shell gives that slot back. */
BREAK(kmap_local_use_after_unmap, "kmap_local", "read a highmem page after unmapping it: faults",
      "kunmap_local(va); byte = *va;", .caught = BREAK_FAULTS)
{
	volatile const char *va;
	pfn_t pfn;

	if (!highmem_pfn(&pfn))
		return SHELL_FAIL;
	kmap_local_pfn(pfn);
	va = kmap_local_pfn(pfn);
	kunmap_local((const char *)va);
	return shell_error("read %d from %p all the same", *va, (const void *)va);
}
