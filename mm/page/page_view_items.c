/*
 * page_view_items.c - the page family's lines of /proc/meminfo and /proc/vmstat
 *
 * Each number is what Linux's documentation says that its name means
 * (Documentation/filesystems/proc.rst).  Names whose facts do not exist here (caches, swap, LRU
 * lists) have no line.
 *
 * Locking: none: sums over zones, each read once.
 * Read next: kernel/proc/meminfo.c for the order.
 */
#include "kernel/proc/stat_items.h"
#include "mm/account/account.h"
#include "mm/page/pcp.h"
#include "mm/page/reclaim.h"
#include "mm/page/shown.h"

static unsigned long kib(unsigned long pages)
{
	return pages << (PAGE_SHIFT - 10);
}

static struct sysinfo sums(void)
{
	struct sysinfo info;

	si_meminfo(&info);
	return info;
}

/* What the zone keeps from ordinary requests: its high watermark and the largest reserve. */
static unsigned long kept(const struct zone *zone)
{
	unsigned long reserve = 0;

	for (unsigned int type = 0; type < MAX_NR_ZONES; type++)
		reserve = max(reserve, zone->lowmem_reserve[type]);
	return min(reserve + zone->watermark[WMARK_HIGH], zone->managed_pages);
}

/*
 * Free pages less what all zones keep.  There is no page cache to count in; what slab caches could
 * give back is not counted, so the figure is the lower bound.
 * Linux: mm/page_alloc.c (si_mem_available of 6.1)
 */
static unsigned long available(void)
{
	unsigned long reserved = 0, pages = nr_free_pages();
	struct zone *zone;

	for_each_zone(zone)
		reserved += kept(zone);
	return pages > reserved ? pages - reserved : 0;
}

MEMINFO_ITEM(MemTotal, 10)
{
	return kib(sums().totalram);
}

MEMINFO_ITEM(MemFree, 20)
{
	return kib(nr_free_pages());
}

MEMINFO_ITEM(MemAvailable, 30)
{
	return kib(available());
}

MEMINFO_ITEM(HighTotal, 100)
{
	return kib(sums().totalhigh);
}

MEMINFO_ITEM(HighFree, 110)
{
	return kib(nr_free_highpages());
}

MEMINFO_ITEM(LowTotal, 120)
{
	return kib(sums().totalram - sums().totalhigh);
}

MEMINFO_ITEM(LowFree, 130)
{
	return kib(nr_free_pages() - nr_free_highpages());
}

/* Held by page tables, as mm/account finds them. */
static unsigned long table_pages(void)
{
	struct balance b;

	account_balance(&b);
	return b.pagetables;
}

MEMINFO_ITEM(PageTables, 300)
{
	return kib(table_pages());
}

VMSTAT_ITEM(nr_free_pages, 10)
{
	return nr_free_pages();
}

VMSTAT_ITEM(nr_page_table_pages, 200)
{
	return table_pages();
}

static unsigned long given_from(enum zone_type type)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone(zone)
		pages += zone->type == type ? zone_pgalloc(zone) : 0;
	return pages;
}

VMSTAT_ITEM(pgalloc_dma, 500)
{
	return given_from(ZONE_DMA);
}

VMSTAT_ITEM(pgalloc_normal, 510)
{
	return given_from(ZONE_NORMAL);
}

VMSTAT_ITEM(pgalloc_high, 520)
{
	return given_from(ZONE_HIGHMEM);
}

VMSTAT_ITEM(allocstall_dma, 530)
{
	return allocstalls(ZONE_DMA);
}

VMSTAT_ITEM(allocstall_normal, 540)
{
	return allocstalls(ZONE_NORMAL);
}

VMSTAT_ITEM(allocstall_high, 550)
{
	return allocstalls(ZONE_HIGHMEM);
}

/* Freed while kmap showed them; in DEBUG builds such a free is refused. */
VMSTAT_ITEM(freed_while_shown, 610)
{
	return pages_freed_shown();
}

VMSTAT_ITEM(pgfree, 600)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone(zone)
		pages += zone_pgfree(zone);
	return pages;
}
