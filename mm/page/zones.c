/*
 * zones.c - cuts every node into zones, and lists for each request which zones to try
 *
 *	node 0  | DMA | Normal | HighMem |    node 1  | Normal |
 *
 *	a request on node 0 for    tries
 *	DMA                        0.DMA
 *	NORMAL                     0.Normal 0.DMA 1.Normal
 *	HIGHMEM                    0.HighMem 0.Normal 0.DMA 1.Normal
 *
 * All is fixed after zones_init().  Read next: memmap.c.
 * Locking: none: written once, by the boot CPU.
 * Linux: mm/page_alloc.c (build_zonelists, free_area_init)
 */
#include "mm/page/memmap.h"
#include "mm/page/page_debug.h"
#include "mm/page/page_impl.h"
#include "mm/page/pcp.h"

/* By the zone and node bits of a page's flags: four places a node, the fourth empty. */
struct zone node_zones[MAX_NUMNODES * (MAX_NR_ZONES + 1)];
struct zone *zonelists[MAX_NUMNODES][MAX_NR_ZONES][ZONELIST_MAX];

static const char *const zone_names[MAX_NR_ZONES] = { "DMA", "Normal", "HighMem" };

enum { DMA_BYTES = 16 * 1024 * 1024, ZONES_A_NODE = MAX_NR_ZONES + 1 };

/* The first populated zone from here on. */
static struct zone *populated(struct zone *zone)
{
	for (; zone < node_zones + ARRAY_SIZE(node_zones); zone++)
		if (zone->present_pages)
			return zone;
	return NULL;
}

struct zone *first_zone(void)
{
	return populated(node_zones);
}

struct zone *next_zone(struct zone *zone)
{
	return populated(zone + 1);
}

/* The frames of a node that lie in a zone's part of the machine. */
static void __init zone_init(struct zone *zone, pg_data_t *pgdat, enum zone_type type)
{
	pfn_t dma_end = phys_to_pfn(PHYS_OFFSET + DMA_BYTES);
	const pfn_t from[MAX_NR_ZONES] = { 0, dma_end, lowmem_end_pfn };
	const pfn_t to[MAX_NR_ZONES] = { dma_end, lowmem_end_pfn, ~0ul };
	pfn_t start = max(pgdat->node_start_pfn, from[type]);
	pfn_t end = min(pgdat_end_pfn(pgdat), to[type]);

	spin_lock_init(&zone->lock, "zone");
	zone->name = zone_names[type];
	zone->type = type;
	zone->zone_pgdat = pgdat;
	zone->page_flags = (u32)(zone - node_zones) << PAGE_ZONE_SHIFT;
	for (unsigned int order = 0; order < MAX_ORDER; order++)
		INIT_LIST_HEAD(&zone->free_area[order].free_list);
	if (start >= end)
		return;
	zone->zone_start_pfn = start;
	zone->spanned_pages = end - start;
	zone->present_pages = present_pages(start, end);
}

/* The zones of `pgdat` up to `type`, highest first, appended at list. */
static struct zone **__init append_zones(struct zone **list, const pg_data_t *pgdat, int type)
{
	for (; type >= 0; type--)
		if (pgdat->node_zones[type].present_pages)
			*list++ = &pgdat->node_zones[type];
	return list;
}

static void __init zonelist_init(int nid, int type)
{
	struct zone **list = append_zones(zonelists[nid][type], NODE_DATA(nid), type);
	pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		if (pgdat->node_id != nid)
			list = append_zones(list, pgdat, type);
	}
}

void __init zones_init(void)
{
	pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		pgdat->node_zones = &node_zones[pgdat->node_id * ZONES_A_NODE];
		for (int type = 0; type < MAX_NR_ZONES; type++)
			zone_init(&pgdat->node_zones[type], pgdat, type);
	}
	for_each_pgdat(pgdat) {
		for (int type = 0; type < MAX_NR_ZONES; type++)
			zonelist_init(pgdat->node_id, type);
	}
	pcp_boot_init();
	if (debug_build)
		page_debug_init();
	mem_map_init();
}
