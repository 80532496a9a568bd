/*
 * bootmem_early.c - bootmem as the bring-up's early allocator: coming up, serving, handing over
 *
 *	banks      [######################]      [#########]
 *	reserved      [im]   [dt]                   [initrd]
 *	bits        00111100011000000000000      00011110000      and a bitmap a node, low in RAM
 *
 * A bitmap must lie in memory that the first table maps, so all of them stand in the first
 * ARCH_BOOT_MAPPED bytes, often on another node than their own.
 *
 * The hand-over goes node by node.  A node's bitmap becomes free pages with the node that it lies
 * on, when that one is still to come; so the nodes go from the last to the first.
 *
 * Locking: none; boot, one CPU.
 * Read next: mm/page/handover.c.
 */
#include "mm/early/bootmem.h"
#include "mm/early/bootmem_impl.h"
#include "mm/early/early.h"
#include "mm/early/records.h"
#include "boot/boot_info.h"
#include "kernel/bug.h"
#include "kernel/trace.h"
#include "lib/bitmap.h"

const char early_name[] = "bootmem";

/* --- coming up -------------------------------------------------------------------------------- */

/* Is [start, end) nobody's?  If not, *next is where one may try next. */
static bool __init is_unclaimed(paddr_t start, paddr_t end, paddr_t *next)
{
	const struct boot_range *found = bootmem_found(start, end);

	if (found)
		*next = ALIGN(found->base + found->size, PAGE_SIZE);
	return !found;
}

/* The lowest place for a bitmap: in a bank, in nobody's way, mapped already, of lowmem. */
static paddr_t __init place_bitmap(unsigned long bytes, paddr_t from)
{
	paddr_t reach = min(bootmem_last_byte, pfn_to_phys(lowmem_end_pfn) - 1) + 1;

	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		const struct boot_bank *bank = &boot_info.bank[i];
		paddr_t at = max(bank->base, from);
		paddr_t end = min(bank->base + bank->size, reach);

		while (at + bytes <= end)
			if (is_unclaimed(at, at + bytes, &at))
				return at;
	}
	panic("bootmem: no room for a bitmap of %lu bytes in the first %lu MiB", bytes,
	      ARCH_BOOT_MAPPED / MiB);
}

/* Clears the bits of RAM in the node, then sets those of what boot_info says is taken. */
static void __init register_memory(struct bootmem_data *b)
{
	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		const struct boot_bank *bank = &boot_info.bank[i];
		pfn_t from = max(phys_to_pfn(bank->base), b->start);
		pfn_t to = min(phys_to_pfn(bank->base + bank->size), b->end);

		if (from < to)
			bootmem_clear(b, from - b->start, to - b->start);
	}
	for (unsigned int i = 0; i < boot_info.nr_reserved; i++) {
		const struct boot_range *r = &boot_info.reserved[i];
		pfn_t from = max(phys_to_pfn(r->base), b->start);
		pfn_t to = min(phys_to_pfn(r->base + r->size), b->end);

		if (from < to)
			bootmem_set(b, from - b->start, to - b->start);
	}
}

/* The frames of a bitmap. */
static void bitmap_frames(const struct bootmem_data *b, pfn_t *from, pfn_t *to)
{
	*from = phys_to_pfn(virt_to_phys(b->map));
	*to = *from + bootmem_bootmap_pages(b->end - b->start);
}

static void __init reserve_bitmap(const struct bootmem_data *b)
{
	struct bootmem_data *host;
	pfn_t from, to;

	bitmap_frames(b, &from, &to);
	host = bootmem_of(from);
	ASSERT(host && bootmem_set(host, from - host->start, to - host->start) == to - from);
	early_record_add(EARLY_ALLOCATED, pfn_to_phys(from), (to - from) << PAGE_SHIFT, _RET_IP_);
}

/* Nobody may touch what is nobody's, from the beginning on. */
static void __init poison_free(const struct bootmem_data *b)
{
	const unsigned long pages = b->end - b->start;

	for (unsigned long i = 0, end; i < pages; i = end) {
		i = find_next_zero_bit(b->map, pages, i);
		end = find_next_bit(b->map, pages, i);
		arch_poison(phys_to_virt(pfn_to_phys(b->start + i)), (end - i) << PAGE_SHIFT);
	}
}

void __init early_init(void)
{
	paddr_t at = PHYS_OFFSET;
	pg_data_t *pgdat;

	bootmem_last_byte = at + ARCH_BOOT_MAPPED - 1;
	for_each_pgdat(pgdat) {
		pfn_t end = min(pgdat_end_pfn(pgdat), lowmem_end_pfn);
		unsigned long bytes;

		if (pgdat->node_start_pfn >= end)
			continue; /* all of it is highmem */
		bytes = bootmem_bootmap_pages(end - pgdat->node_start_pfn) << PAGE_SHIFT;
		at = place_bitmap(bytes, at);
		ASSERT(bootmem_init_node(pgdat, phys_to_pfn(at), pgdat->node_start_pfn, end,
					 _RET_IP_));
		register_memory(pgdat->bdata);
		at += bytes;
	}
	for_each_pgdat(pgdat) {
		if (pgdat->bdata)
			reserve_bitmap(pgdat->bdata);
	}
	for_each_pgdat(pgdat) {
		if (ARCH_WATCHES && pgdat->bdata)
			poison_free(pgdat->bdata);
	}
}

void __init early_lowmem_mapped(void)
{
	bootmem_last_byte = ~(paddr_t)0;
}

/* --- serving ---------------------------------------------------------------------------------- */

void *early_alloc(size_t size, size_t align)
{
	return bootmem_allocate(
		&(struct bootmem_request){ NULL, size, align, MAX_DMA_ADDRESS, 0, 0, _RET_IP_ });
}

void *early_alloc_low(size_t size, size_t align)
{
	return bootmem_allocate(&(struct bootmem_request){ NULL, size, align, 0, 0, 0, _RET_IP_ });
}

void *early_alloc_raw(size_t size, size_t align)
{
	return bootmem_allocate(&(struct bootmem_request){ NULL, size, align, MAX_DMA_ADDRESS, 0,
							   BOOTMEM_RAW, _RET_IP_ });
}

void *early_alloc_nopanic(size_t size, size_t align, unsigned long caller)
{
	return bootmem_allocate(&(struct bootmem_request){ NULL, size, align, MAX_DMA_ADDRESS, 0,
							   BOOTMEM_NOPANIC, caller });
}

void early_free(paddr_t pa, size_t size)
{
	bootmem_release(pa, size, _RET_IP_);
}

/* --- handing over ----------------------------------------------------------------------------- */

static void for_each_run(const struct bootmem_data *b,
			 void (*visit)(pfn_t start, pfn_t end, bool free, void *arg), void *arg)
{
	unsigned long pages = b->end - b->start, i = 0;

	while (i < pages) {
		bool free = !test_bit(i, b->map);
		unsigned long end = free ? find_next_bit(b->map, pages, i)
					 : find_next_zero_bit(b->map, pages, i);

		trace(TRACE_EARLY, "hand over frames 0x%lx-0x%lx, %s", b->start + i,
		      b->start + end - 1, free ? "free" : "not free");
		visit(b->start + i, b->start + end, free, arg);
		i = end;
	}
}

/* The bitmap's pages become free where they lie; they stay reserved when that node is over. */
static void free_bitmap(struct bootmem_data *b)
{
	struct bootmem_data *host;
	pfn_t from, to;

	bitmap_frames(b, &from, &to);
	host = from >= b->start && from < b->end ? b : bootmem_of(from);
	if (!host)
		return;
	bootmem_clear(host, from - host->start, to - host->start);
	early_record_gone(pfn_to_phys(from), pfn_to_phys(to), EARLY_HANDED);
}

bool early_hand_over(pg_data_t *pgdat, void (*visit)(pfn_t start, pfn_t end, bool free, void *arg),
		     void *arg, unsigned long caller)
{
	struct bootmem_data *b = pgdat->bdata;

	if (b ? !b->map : early_is_over(NODE_DATA(0))) {
		bootmem_refuse_idle(b, caller);
		return false;
	}
	if (!b)
		return true; /* all of it is highmem */
	free_bitmap(b);
	b->handed_over = true;
	for_each_run(b, visit, arg); /* still reads the bits: nobody writes to those pages yet */
	if (ARCH_WATCHES)
		arch_take_back(b->map, bootmem_bootmap_pages(b->end - b->start) << PAGE_SHIFT);
	b->map = NULL;
	return true;
}

bool early_is_over(const pg_data_t *pgdat)
{
	return pgdat->bdata && pgdat->bdata->handed_over;
}

/* --- telling ---------------------------------------------------------------------------------- */

bool early_account(const pg_data_t *pgdat, struct early_account *account)
{
	const struct bootmem_data *b = pgdat->bdata;

	if (!b)
		return false;
	account->start = b->start;
	account->end = b->end;
	account->present = present_pages(b->start, b->end);
	account->free = b->free;
	account->reserved = account->present - account->free;
	return true;
}

unsigned long early_free_pages(void)
{
	struct early_account account;
	unsigned long pages = 0;
	const pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		if (early_account(pgdat, &account))
			pages += account.free;
	}
	return pages;
}

unsigned long early_used_pages(void)
{
	struct early_account account;
	unsigned long pages = 0;
	const pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		if (early_account(pgdat, &account))
			pages += account.reserved;
	}
	return pages;
}
