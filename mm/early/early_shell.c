/*
 * early_shell.c - boot memory at the prompt: what was taken at boot, by whom, and where it went
 *
 *	nodes      what of each node's lowmem the page allocator got
 *	reserved   what lay in RAM already: the image, the tree, the initrd
 *	records    what was allocated and reserved since
 *
 * All of it stays readable after the hand-over: nothing here looks at the allocator's bits.
 *
 * Locking: none; constant after the hand-over.
 */
#include "boot/boot_info.h"
#include "kernel/console.h"
#include "kernel/explain/explain.h"
#include "kernel/kallsyms.h"
#include "kernel/proc/proc.h"
#include "kernel/shell/shell.h"
#include "mm/early/early.h"
#include "mm/early/records.h"

/* Pages of the boot loader's reserved ranges in [start, end). */
static unsigned long reserved_at_start(pfn_t start, pfn_t end)
{
	unsigned long pages = 0;

	for (unsigned int i = 0; i < boot_info.nr_reserved; i++) {
		const struct boot_range *r = &boot_info.reserved[i];
		pfn_t from = max(start, phys_to_pfn(r->base));
		pfn_t to = min(end, phys_to_pfn(r->base + r->size));

		if (from < to)
			pages += present_pages(from, to);
	}
	return pages;
}

static void show_node(const pg_data_t *pgdat)
{
	struct early_account a;
	unsigned long given;

	if (!early_account(pgdat, &a)) {
		con_printf("%4d  all %lu pages are highmem\n", pgdat->node_id,
			   pgdat->node_present_pages);
		return;
	}
	given = reserved_at_start(a.start, a.end);
	con_printf("%4d  0x%08lx-0x%08lx  %8lu = %6lu + %9lu + %8lu   %8lu\n", pgdat->node_id,
		   pfn_to_phys(a.start), pfn_to_phys(a.end) - 1, a.present, given,
		   a.reserved - given, a.free, pgdat->node_present_pages - a.present);
}

static void show_nodes(void)
{
	const pg_data_t *pgdat;

	con_printf("%s, %s; lowmem of each node, in pages:\n", early_name,
		   early_is_over(NODE_DATA(0)) ? "handed over to the page allocator" : "in charge");
	con_printf("node  from       to             present   found  allocated     %s    highmem\n",
		   early_is_over(NODE_DATA(0)) ? "given" : " free");
	for_each_pgdat(pgdat)
		show_node(pgdat);
}

static void show_found(void)
{
	con_puts("\nfound in RAM at the start:\n");
	con_puts("from       to            KiB  what\n");
	for (unsigned int i = 0; i < boot_info.nr_reserved; i++) {
		const struct boot_range *r = &boot_info.reserved[i];

		con_printf("0x%08lx-0x%08lx %6lu  %s%s%s\n", r->base, r->base + r->size - 1,
			   r->size / KiB, r->name, boot_range_kind(r),
			   phys_to_pfn(r->base) >= lowmem_end_pfn ? " (highmem)" : "");
	}
}

static const char *const fates[] = {
	[EARLY_KEPT] = "kept",
	[EARLY_FREED] = "freed before the hand-over",
	[EARLY_HANDED] = "given to the page allocator",
};

static void show_record(const struct early_record *r)
{
	char who[KALLSYMS_LINE];

	con_printf("0x%08lx %10lu  %-9s %-32s %s\n", r->start, r->size,
		   r->kind == EARLY_ALLOCATED ? "allocated" : "reserved",
		   kallsyms_format_caller(r->caller, who, sizeof(who)), fates[r->fate]);
}

static void show_records(void)
{
	const struct early_record *r;
	unsigned int n = 0;

	con_puts("\ntaken since:\n");
	con_puts(
		"at              bytes  how       by                               where it went\n");
	while (!con_interrupted() && (r = early_record(n++)))
		show_record(r);
	if (early_records_beyond())
		con_printf("not shown: %u more than fit; the table is broken\n",
			   early_records_beyond());
	if (early_records_replaced() || early_records_missed())
		con_printf("not shown: %lu of memory that was freed, %lu for want of room\n",
			   early_records_replaced(), early_records_missed());
}

static void show_early(void)
{
	show_nodes();
	show_found();
	show_records();
}

PROC_FILE(early, "what was allocated at boot, by whom, and where it went")
{
	show_early();
}

SHELL_CMD(
	early, "", "what was allocated at boot, by whom, and where it went", .looks = true,
	.group = "early", .example = "early",
	.details =
		"present = found (image, tree, initrd) + allocated (and reserved) + given to the\n"
		"page allocator.  Boot with trace=early to see it happen, with early_test to have\n"
		"the allocator tested while it is all there is.")
{
	if (argc > 1)
		return SHELL_USAGE;
	show_early();
	return SHELL_OK;
}

/* --- explain ---------------------------------------------------------------------------------- */

static void explain_record(const struct early_record *r, const char *how, paddr_t pa)
{
	char who[KALLSYMS_LINE];

	con_printf("early: byte %lu of %lu %s at boot by %s\n", pa - r->start, r->size, how,
		   kallsyms_format_caller(r->caller, who, sizeof(who)));
}

EXPLAINER(early, 25)
{
	const struct early_record *allocated, *reserved;
	const struct boot_range *found;
	paddr_t pa;

	if (va < PAGE_OFFSET || va >= (vaddr_t)high_memory)
		return false;
	pa = virt_to_phys((void *)va);
	found = boot_reserved_at(pa);
	allocated = early_record_in(EARLY_ALLOCATED, pa, pa + 1);
	reserved = early_record_in(EARLY_RESERVED, pa, pa + 1);
	if (found)
		con_printf("early: found in RAM at the start: %s%s, 0x%08lx-0x%08lx\n", found->name,
			   boot_range_kind(found), found->base, found->base + found->size - 1);
	if (allocated)
		explain_record(allocated, "allocated", pa);
	if (reserved)
		explain_record(reserved, "reserved", pa);
	return found || allocated || reserved;
}
