/*
 * node.h - the machine's memory as nodes: runs of RAM that the allocators treat as one place each
 *
 *	bank 0        hole        bank 1           two nodes: the banks are apart
 *	[#########]               [#########]
 *	[bank 0   ][bank 1]                        one node: they touch
 *
 *	node:  | DMA | Normal |     HighMem      |
 *	       start_pfn      lowmem_end_pfn     start_pfn + spanned
 *
 * The lowest layer of mm/: built from boot_info before any allocator, used by all of them.
 * Linux: include/linux/mmzone.h (struct pglist_data)
 */
#ifndef MM_NODE_H
#define MM_NODE_H

#include "arch/arch.h"

enum { MAX_NUMNODES = 4 };

struct bootmem_data;
struct zone;

/* All fields are fixed after nodes_init(), but the pointers, which their owners fill. */
typedef struct pglist_data {
	int node_id;
	pfn_t node_start_pfn;
	unsigned long node_spanned_pages; /* holes included */
	unsigned long node_present_pages; /* RAM */
	struct bootmem_data *bdata; /* the early allocator's; NULL when the node has no lowmem */
	struct zone *node_zones;    /* MAX_NR_ZONES of them */
} pg_data_t;

extern pg_data_t node_data[MAX_NUMNODES];
extern unsigned int nr_nodes;
#define NODE_DATA(nid) (&node_data[nid])

/* However many are said to be there: what was written over is not followed out of the table. */
static inline unsigned int nodes_there(void)
{
	return min(nr_nodes, (unsigned int)MAX_NUMNODES);
}

/* pgdat: a pg_data_t *, over every node, ascending in address */
#define for_each_pgdat(pgdat) \
	for ((pgdat) = node_data; (pgdat) < node_data + nodes_there(); (pgdat)++)
#define for_each_online_pgdat(pgdat) for_each_pgdat(pgdat)

static inline pfn_t pgdat_end_pfn(const pg_data_t *pgdat)
{
	return pgdat->node_start_pfn + pgdat->node_spanned_pages;
}

/* The first pfn that is not lowmem, and lowmem's end as an address (Linux: high_memory). */
extern pfn_t lowmem_end_pfn;
extern void *high_memory;
/* The lowest and the highest pfn of RAM, the highest exclusive. */
extern pfn_t min_pfn, max_pfn;

/* Pages of RAM in [start, end). */
unsigned long present_pages(pfn_t start, pfn_t end);
/* Is this frame RAM? */
bool pfn_present(pfn_t pfn);

/*
 * Builds the nodes from boot_info's banks, and decides where lowmem ends: at the end of RAM, or
 * where the vmalloc area (vmalloc=) must begin, or where lowmem= says, whichever is lowest.
 * Context: boot, after boot_info_init().
 */
void nodes_init(void);

#endif /* MM_NODE_H */
