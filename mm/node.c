/*
 * node.c - makes nodes of the banks, and draws the line between lowmem and highmem
 *
 * Invariants
 *   I1  Nodes ascend, do not overlap, and hold every bank.
 *   I2  lowmem_end_pfn is a multiple of MAX_ORDER_NR_PAGES, so that no block spans the line.
 *
 * Banks that only no-map memory keeps apart are one node: it was cut out of one place.  When there
 * are more separate banks than MAX_NUMNODES, the last node takes the rest, holes and all.
 * Read next: mm/mm_init.c.
 */
#include "mm/node.h"

#include <limits.h>

#include "boot/boot_info.h"
#include "kernel/param.h"
#include "kernel/printk.h"

pg_data_t node_data[MAX_NUMNODES];
unsigned int nr_nodes;
pfn_t lowmem_end_pfn, min_pfn, max_pfn;
void *high_memory;

/* lowmem: as much as there is room for. */
static unsigned long lowmem_param = ULONG_MAX, vmalloc_param = 240 * MiB;
PARAM_SIZE(lowmem, lowmem_param, "map at most this much RAM 1:1; what lies above is highmem");
PARAM_SIZE(vmalloc, vmalloc_param, "size of the vmalloc area; lowmem ends 8M below it");

enum { LOWMEM_MIN = ARCH_BOOT_MAPPED, VMALLOC_MIN = 16 * 1024 * 1024 };

static pfn_t bank_start(const struct boot_bank *bank)
{
	return phys_to_pfn(bank->base);
}

static pfn_t bank_end(const struct boot_bank *bank)
{
	return phys_to_pfn(bank->base + bank->size);
}

unsigned long present_pages(pfn_t start, pfn_t end)
{
	unsigned long pages = 0;

	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		pfn_t from = max(start, bank_start(&boot_info.bank[i]));
		pfn_t to = min(end, bank_end(&boot_info.bank[i]));

		if (from < to)
			pages += to - from;
	}
	return pages;
}

/* Asked on the way of every page that is freed on a machine with holes, so by halves. */
bool pfn_present(pfn_t pfn)
{
	unsigned int low = 0, high = boot_info.nr_banks;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (pfn < bank_start(&boot_info.bank[middle]))
			high = middle;
		else if (pfn >= bank_end(&boot_info.bank[middle]))
			low = middle + 1;
		else
			return true;
	}
	return false;
}

/* Is there nothing, or nothing but memory that must not be mapped, between two banks? */
static bool __init no_map_fills(pfn_t start, pfn_t end)
{
	return boot_all_nomap(pfn_to_phys(start), pfn_to_phys(end) - pfn_to_phys(start));
}

static void __init add_bank(const struct boot_bank *bank)
{
	pg_data_t *last = nr_nodes ? &node_data[nr_nodes - 1] : NULL;
	bool touches = last && no_map_fills(pgdat_end_pfn(last), bank_start(bank));

	if (!touches && nr_nodes < MAX_NUMNODES) {
		last = &node_data[nr_nodes];
		last->node_id = nr_nodes++;
		last->node_start_pfn = bank_start(bank);
	}
	last->node_spanned_pages = bank_end(bank) - last->node_start_pfn;
	last->node_present_pages += bank_end(bank) - bank_start(bank);
}

static unsigned long __init taken_as(const char *name, unsigned long given, unsigned long fits)
{
	bool whole = given % KiB == 0;

	if (given != fits)
		pr_warn("param: %s=%lu%s: taken as %luK", name, whole ? given / KiB : given,
			whole ? "K" : "", fits / KiB);
	return fits;
}

/* Bytes of lowmem that leave room for the vmalloc area; puts an impossible vmalloc= right. */
static unsigned long __init lowmem_room(void)
{
	unsigned long window = VMALLOC_END - VMALLOC_GAP - PAGE_OFFSET;
	unsigned long fits = max(vmalloc_param, 0ul + VMALLOC_MIN);

	fits = min(fits, window - LOWMEM_MIN);
	vmalloc_param = taken_as("vmalloc", vmalloc_param, fits);
	return ALIGN_DOWN(window - vmalloc_param, TABLE_SPAN); /* keeps I2 */
}

static void __init place_lowmem_end(void)
{
	unsigned long room = lowmem_room(), ram;

	if (lowmem_param != ULONG_MAX)
		room = taken_as("lowmem", lowmem_param,
				min(room,
				    ALIGN_DOWN(max(lowmem_param, 0ul + LOWMEM_MIN), TABLE_SPAN)));
	ram = pfn_to_phys(max_pfn) - PHYS_OFFSET;
	high_memory = (void *)(PAGE_OFFSET + min(room, ram));
	lowmem_end_pfn =
		phys_to_pfn(PHYS_OFFSET) + (min(room, ALIGN(ram, TABLE_SPAN)) >> PAGE_SHIFT);
}

void __init nodes_init(void)
{
	for (unsigned int i = 0; i < boot_info.nr_banks; i++)
		add_bank(&boot_info.bank[i]);
	min_pfn = node_data[0].node_start_pfn;
	max_pfn = pgdat_end_pfn(&node_data[nr_nodes - 1]);
	place_lowmem_end();
}
