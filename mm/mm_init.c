/*
 * mm_init.c - the bring-up of memory, in order
 *
 *	boot_info ──> nodes ──> early allocator ──> final page tables ──> per-CPU areas
 *	──> zones, mem_map ──> buddy ──> per-CPU pages ──> object caches ──> vmalloc ──> kmap
 *
 * Each function below is one stage: what it needs stands above it, what it makes possible below.
 * Locking: none: the boot has one CPU.
 * Linux: init/main.c (mm_init), arch/arm/mm/mmu.c (paging_init)
 */
#include "boot/boot_info.h"
#include "kernel/bootstage.h"
#include "kernel/bug.h"
#include "kernel/initcall.h"
#include "mm/account/account.h"
#include "mm/early/early.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/mm_init.h"
#include "mm/page/page.h"
#include "mm/page/pcp.h"
#include "mm/slab/slab.h"
#include "mm/page/watermark.h"
#include "mm/percpu/percpu.h"
#include "mm/vmap/vmap.h"
#include "mm/window/kmap.h"

/* Lowmem's frames, less what lies in them already, can be allocated; never by halves of a page. */
static void __init bring_up_early(void)
{
	nodes_init();
	early_init();
	stage_done("early", "%s: %lu pages free, %lu in use, on %u node%s; lowmem ends at %p",
		   early_name, early_free_pages(), early_used_pages(), nr_nodes,
		   nr_nodes == 1 ? "" : "s", high_memory);
}

static void *__init alloc_table(void)
{
	return early_alloc_low(PAGE_SIZE, PAGE_SIZE);
}

/* All of lowmem becomes reachable; text can no longer be written, nor data executed. */
static void __init bring_up_paging(void)
{
	paddr_t end = min(pfn_to_phys(lowmem_end_pfn - 1), pfn_to_phys(max_pfn - 1)) + PAGE_SIZE;
	unsigned int tables = arch_map_lowmem(end, alloc_table);

	early_lowmem_mapped();
	stage_done("paging", "lowmem 0x%lx-0x%lx mapped 1:1, %u table pages", PAGE_OFFSET,
		   (unsigned long)high_memory, tables);
}

/* Each CPU gets its copies of the per-CPU variables; the boot CPU goes over to its own. */
static void __init bring_up_percpu(void)
{
	size_t area;

	cpus_init();
	area = setup_per_cpu_areas();
	kmap_local_init();
	stage_done("per-CPU areas", "%u of at most %d CPUs, %lu bytes each; objects: %s",
		   nr_cpu_ids, NR_CPUS, (unsigned long)area, percpu_name);
}

/* Every frame gets a struct page, and every zone its bounds. */
static void __init bring_up_zones(void)
{
	unsigned long pages[MAX_NR_ZONES] = {};
	struct zone *zone;

	zones_init();
	kmap_local_pages_init();
	for_each_zone(zone)
		pages[zone->type] += zone->present_pages;
	stage_done("zones", "DMA %lu, Normal %lu, HighMem %lu pages; mem_map at %p, %lu KiB",
		   pages[ZONE_DMA], pages[ZONE_NORMAL], pages[ZONE_HIGHMEM], (void *)mem_map,
		   mem_map_pages * (unsigned long)sizeof(struct page) / KiB);
}

/* What the early allocator has left becomes free blocks; from here on pages come and go. */
static void __init bring_up_buddy(void)
{
	unsigned long given = pages_handover();
	struct balance b;

	setup_per_zone_pages_min();
	setup_per_zone_lowmem_reserve();
	account_balance(&b);
	stage_done("buddy", "%lu pages: %lu reserved + %lu managed, %lu handed over, %ld lost",
		   b.present, b.reserved, b.managed, given, b.lost);
	ASSERT(b.lost == 0 && given == b.managed);
}

/* Single pages are kept per CPU, and mostly come and go without a lock. */
static void __init bring_up_pcp(void)
{
	pcp_init();
	stage_done("per-CPU pages", "%s", pcp_name);
}

void __init mm_init(void)
{
	bring_up_early();
	bring_up_paging();
	initcalls_run(INITCALL_BOOTMEM);
	boot_info_keep(early_alloc); /* so far its tables are init memory */
	bring_up_percpu();
	initcalls_run(INITCALL_PERCPU);
	bring_up_zones();
	bring_up_buddy();
	initcalls_run(INITCALL_BUDDY);
	bring_up_pcp();
	initcalls_run(INITCALL_PCP);
	kmem_cache_init();
	initcalls_run(INITCALL_SLAB);
	vmalloc_init();
	initcalls_run(INITCALL_VMALLOC);
	kmap_init();
	initcalls_run(INITCALL_KMAP);
	initcalls_run(INITCALL_FIXMAP);
}
