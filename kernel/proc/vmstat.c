/*
 * vmstat.c - /proc/vmstat and `vmstat`: how many pages are what, and what happened since boot
 *
 *	nr_free_pages 258455
 *	pgfree 258970
 *
 * In Linux 6.1's format and order.  Each line is registered by the family that knows its number
 * (stat_items.h); a line whose fact does not exist here is not printed.  Ranks follow Linux's order:
 *
 *	10-   nr_free_pages and what else zones count      mm/page
 *	100-  nr_slab_reclaimable nr_slab_unreclaimable    mm/slab
 *	190   nr_kernel_stack, in KiB                      meminfo.c
 *	200   nr_page_table_pages                          mm/account
 *	500-  pgalloc_* allocstall_* pgfree                mm/page
 *	700-  what reclaim did (slabs_scanned ...)         mm/slab
 *
 * Locking: none here; each item's value() takes what it needs.
 * Linux: mm/vmstat.c
 */
#include "kernel/console.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/stat_items.h"
#include "kernel/shell/shell.h"

REGISTRY(vmstat_items, const struct stat_item);

static void show_line(const char *name, unsigned long value)
{
	con_printf("%s %lu\n", name, value);
}

PROC_FILE(vmstat, "counters of pages, and of events since boot")
{
	stat_items_show(__start_vmstat_items, __stop_vmstat_items, "", show_line);
}

static const char *complete_vmstat(int argc __unused, char **argv __unused, unsigned int nth)
{
	const struct stat_item *const *entry = __start_vmstat_items + nth;

	return entry < __stop_vmstat_items ? (*entry)->name : NULL;
}

SHELL_CMD(vmstat, "[NAME...]", "counters of pages, and of events since boot", .looks = true,
	  .group = "memory", .example = "vmstat pgalloc pgfree", .complete = complete_vmstat,
	  .details = "Each NAME shows the lines that begin so; without one, all.\n"
		     "nr_*: pages now.  pgalloc_*, pgfree: pages given and taken back, by zone.\n"
		     "allocstall_*: requests that had to reclaim first.")
{
	return stat_items_command(__start_vmstat_items, __stop_vmstat_items, argv + 1, show_line);
}
