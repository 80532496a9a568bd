/*
 * page_view_zones.c - /proc/zoneinfo and `zoneinfo`: each zone's frames, watermarks and reserve
 *
 * In Linux 6.1's format, with the lines whose facts exist here.  What there is no such thing of
 * (boost, cma, the lists of reclaim, kswapd's failures) has no line, rather than a made-up 0.
 *
 * Locking: none: each number is of its own moment.
 * Linux: mm/vmstat.c (/proc/zoneinfo)
 */
#include <strings.h>

#include "kernel/console.h"
#include "kernel/cpu.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/stat_items.h"
#include "kernel/shell/shell.h"
#include "mm/page/page_view.h"
#include "mm/page/pcp.h"

static void print_pages(const struct zone *zone)
{
	con_printf("  pages free     %lu\n", READ_ONCE(zone->free_pages));
	con_printf("        min      %lu\n", zone->watermark[WMARK_MIN]);
	con_printf("        low      %lu\n", zone->watermark[WMARK_LOW]);
	con_printf("        high     %lu\n", zone->watermark[WMARK_HIGH]);
	con_printf("        spanned  %lu\n", zone->spanned_pages);
	con_printf("        present  %lu\n", zone->present_pages);
	con_printf("        managed  %lu\n", zone->managed_pages);
}

static void print_protection(const struct zone *zone)
{
	con_puts("        protection: (");
	for (unsigned int type = 0; type < MAX_NR_ZONES; type++)
		con_printf("%s%lu", type ? ", " : "", zone->lowmem_reserve[type]);
	con_puts(")\n");
}

static void print_pagesets(const struct zone *zone)
{
	struct pcp_stock stock;
	unsigned int cpu;

	if (!pcp_stock(zone, 0, &stock))
		return; /* PCP=none */
	con_puts("  pagesets\n");
	for_each_online_cpu(cpu) {
		pcp_stock(zone, cpu, &stock);
		con_printf("    cpu: %u\n", cpu);
		con_printf("              count: %u\n", stock.count);
		con_printf("              high:  %u\n", stock.high);
		con_printf("              batch: %u\n", stock.batch);
	}
}

/* Frames of the zone that are of this class; a largest block at a time with its lock held. */
static unsigned long count_in_zone(struct zone *zone, enum page_class class)
{
	struct page_cell cell;
	unsigned long pages = 0;
	pfn_t end = zone_described_end(zone), next;

	for (pfn_t pfn = zone->zone_start_pfn; pfn < end; pfn = next) {
		next = min(ALIGN_DOWN(pfn, (pfn_t)MAX_ORDER_NR_PAGES) + MAX_ORDER_NR_PAGES, end);
		page_survey(zone, pfn, next, MAX_ORDER - 1, &cell);
		pages += cell.pages[class];
	}
	return pages;
}

unsigned long page_count_class(unsigned int nid, enum page_class class)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone(zone) {
		if (zone->zone_pgdat == NODE_DATA(nid))
			pages += count_in_zone(zone, class);
	}
	return pages;
}

NODE_ITEM(nr_page_table_pages, 200)
{
	return page_count_class(nid, CLASS_PAGETABLE);
}

static void print_node_item(const char *name, unsigned long value)
{
	con_printf("      %-12s %lu\n", name, value);
}

/* Above the node's first zone that has pages, as in Linux. */
static void print_node_stats(const struct zone *zone)
{
	for (const struct zone *lower = zone->zone_pgdat->node_zones; lower < zone; lower++)
		if (lower->present_pages)
			return;
	con_puts("  per-node stats\n");
	stat_node_items_show((unsigned int)zone->zone_pgdat->node_id, print_node_item);
}

static void print_zone(const struct zone *zone)
{
	con_printf("Node %d, zone %8s\n", zone->zone_pgdat->node_id, zone->name);
	if (zone->present_pages)
		print_node_stats(zone);
	print_pages(zone);
	print_protection(zone);
	if (!zone->present_pages)
		return; /* an empty one has no more to tell */
	con_printf("      nr_free_pages %lu\n", READ_ONCE(zone->free_pages));
	print_pagesets(zone);
	con_printf("  start_pfn:           %lu\n", (unsigned long)zone->zone_start_pfn);
}

/* Every zone of every node, the empty ones too, as in Linux; or those of that name. */
static void print_zones(const char *name)
{
	pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		for (unsigned int type = 0; type < MAX_NR_ZONES; type++) {
			const struct zone *zone = &pgdat->node_zones[type];

			if (!name || !strcasecmp(name, zone->name))
				print_zone(zone);
		}
	}
}

PROC_FILE(zoneinfo, "each zone's frames, watermarks and reserve")
{
	print_zones(NULL);
}

static const char *complete_zoneinfo(int argc, char **argv __unused, unsigned int nth)
{
	return argc == 2 ? zone_name_nth(nth) : NULL;
}

SHELL_CMD(
	zoneinfo, "[ZONE]", "each zone's frames, watermarks and reserve", .looks = true,
	.group = "page", .example = "zoneinfo Normal", .complete = complete_zoneinfo,
	.details =
		"All in pages.  A request stops at min; the first pass stops at low.\n"
		"Above a node's first zone stand the node's lines; what they add up to is vmstat's.\n"
		"spanned = present + holes; present = managed + reserved.\n"
		"protection: kept from requests that could use a higher zone, by zone.")
{
	if (argc > 2)
		return SHELL_USAGE;
	if (argc == 2 && !zone_argument(argv[1]))
		return SHELL_FAIL;
	print_zones(argc == 2 ? argv[1] : NULL);
	return SHELL_OK;
}
