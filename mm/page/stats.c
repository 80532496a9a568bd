/*
 * stats.c - how many pages there are, how many are free, and the report of both
 *
 * The sums are of one moment only when nobody allocates meanwhile.
 *
 * Locking: none; each counter is read as it stands.
 */
#include <stdio.h>

#include "kernel/printk.h"
#include "mm/page/pcp.h"

unsigned long zone_pgalloc(const struct zone *zone)
{
	unsigned long given, refilled;

	pcp_count(zone, &given, &refilled);
	return zone->pgalloc - refilled + given;
}

unsigned long zone_pgfree(const struct zone *zone)
{
	unsigned long in_use = zone->managed_pages - zone->free_pages - pcp_pages(zone);

	return zone_pgalloc(zone) - in_use;
}

unsigned long nr_free_pages(void)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone(zone)
		pages += READ_ONCE(zone->free_pages);
	return pages;
}

unsigned long nr_pcp_pages(void)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone(zone)
		pages += pcp_pages(zone);
	return pages;
}

unsigned long nr_available_pages(void)
{
	return nr_free_pages() + nr_pcp_pages();
}

unsigned long nr_free_highpages(void)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone(zone)
		pages += is_highmem(zone) ? READ_ONCE(zone->free_pages) : 0;
	return pages;
}

unsigned long nr_free_buffer_pages(void)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone(zone) {
		unsigned long kept = zone->watermark[WMARK_HIGH];

		if (!is_highmem(zone) && zone->managed_pages > kept)
			pages += zone->managed_pages - kept;
	}
	return pages;
}

void si_meminfo(struct sysinfo *info)
{
	struct zone *zone;

	*info = (struct sysinfo){ .mem_unit = PAGE_SIZE };
	for_each_zone(zone) {
		info->totalram += zone->managed_pages;
		info->freeram += READ_ONCE(zone->free_pages);
		if (is_highmem(zone)) {
			info->totalhigh += zone->managed_pages;
			info->freehigh += READ_ONCE(zone->free_pages);
		}
	}
}

static void show_zone(const struct zone *zone)
{
	char line[PRINTK_LINE];
	int used = snprintf(line, sizeof(line),
			    "page: node %d %s: free %lu of %lu pages, min %lu low %lu high %lu:",
			    zone->zone_pgdat->node_id, zone->name, zone->free_pages,
			    zone->managed_pages, zone->watermark[WMARK_MIN],
			    zone->watermark[WMARK_LOW], zone->watermark[WMARK_HIGH]);

	for (unsigned int order = 0; order < MAX_ORDER; order++)
		used += snprintf(line + used, sizeof(line) - used, " %lu*%lukB",
				 zone->free_area[order].nr_free, (PAGE_SIZE / 1024) << order);
	pr_warn("%s", line);
}

void show_free_areas(void)
{
	struct zone *zone;

	for_each_zone(zone)
		show_zone(zone);
}
