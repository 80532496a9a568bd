/*
 * mmu.c - writes the kernel's page tables: single entries, whole tables, and the final lowmem map
 *
 *	swapper_pg_dir          second-level table page (4 KiB, four tables)
 *	[ ... | 4 entries ] --> [ 256 entries | 256 | 256 | 256 ] --> pages
 *	        TABLE_SPAN
 *
 * The final map is written over head.S's while it is in use: an entry is replaced by one that
 * translates the same addresses in use to the same places, and the TLB is flushed at the end.
 *
 * Invariants
 *   I1  A table page serves the four first-level entries of one TABLE_SPAN, and nothing else.
 *   I2  Every store to a table is followed by a DSB before it is relied on: the walker reads
 *       through the data cache (TTBR0 says write-back), so no cleaning is needed.
 *   I3  In lowmem nothing is both writable and executable, and nothing but the image's code is
 *       executable.  Frames that lowmem shows read-only are writable nowhere, and no frame has an
 *       executable address unless lowmem shows it so (arch_may_alias()); but for the pages of
 *       vmalloc's executable areas, which are their own, and the only memory to be had that is
 *       writable and executable at one address.
 *
 * Locking: none here; an entry is changed by the owner of its address range.
 * ARM ARM DDI 0406C, B3.5.
 */
#include "arch/arm/mmu.h"
#include "arch/arm/sections.h"
#include "boot/boot_info.h"
#include "kernel/bug.h"

enum { TABLE_ENTRIES = 256, TABLE_BYTES = TABLE_ENTRIES * 4 };

static void write_barrier(void)
{
	__asm__ volatile("dsb ishst" ::: "memory"); /* keeps I2 */
}

void arch_table_install(vaddr_t va, paddr_t table)
{
	u32 *pmd = pmd_entry(ALIGN_DOWN(va, TABLE_SPAN));

	for (unsigned int i = 0; i < TABLE_SPAN >> SECTION_SHIFT; i++) {
		ASSERT((pmd[i] & PMD_TYPE) == 0);
		WRITE_ONCE(pmd[i], (u32)(table + i * TABLE_BYTES) | PMD_TABLE);
	}
	write_barrier();
}

void arch_tables_remove(vaddr_t start, vaddr_t end)
{
	__builtin_memset(pmd_entry(start), 0, (end - start) / SECTION_SIZE * sizeof(u32));
	write_barrier();
}

/* --- the final map ---------------------------------------------------------------------------- */

struct part {
	const u8 *start, *end;
	pgprot_t prot;
};

static bool part_has(const struct part *part, vaddr_t va)
{
	return va >= (vaddr_t)part->start && va < (vaddr_t)part->end;
}

static bool is_guard_page(vaddr_t va)
{
	static const struct part stacks[] = {
		{ svc_stack, svc_stack_top, {} }, { abt_stack, abt_stack_top, {} },
		{ und_stack, und_stack_top, {} }, { irq_stack, irq_stack_top, {} },
		{ fiq_stack, fiq_stack_top, {} }, { emergency_stack, emergency_stack_top, {} },
	};

	if (va < (vaddr_t)_stacks || va >= (vaddr_t)_estacks)
		return false;
	for (unsigned int i = 0; i < ARRAY_SIZE(stacks); i++)
		if (part_has(&stacks[i], va))
			return false;
	return true;
}

/* The permissions of a page of lowmem: the image's parts have their own (keeps I3). */
static pgprot_t lowmem_prot(vaddr_t va)
{
	const struct part parts[] = {
		{ _text, _etext, PAGE_KERNEL_ROX },
		{ _init_text, _einit_text, PAGE_KERNEL_ROX },
		{ _rodata, _erodata, PAGE_KERNEL_RO },
		{ _kallsyms, _ekallsyms, PAGE_KERNEL_RO },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++)
		if (part_has(&parts[i], va))
			return parts[i].prot;
	return PAGE_KERNEL;
}

/* How much of [start, start + size) the banks have below end: all, some or nothing; no-map memory
 * is in none of them. */
static paddr_t bytes_in_banks(paddr_t start, paddr_t size, paddr_t end)
{
	paddr_t sum = 0;

	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		const struct boot_bank *bank = &boot_info.bank[i];
		paddr_t from = max(start, bank->base);
		paddr_t to = min(min(start + size, bank->base + bank->size), end);

		if (from < to)
			sum += to - from;
	}
	return sum;
}

static bool holds_image(vaddr_t mib)
{
	return mib + SECTION_SIZE > (vaddr_t)_image_start && mib < (vaddr_t)_image_end;
}

/* Fills the second-level table for the MiB at va: a page each, where there is RAM. */
static void fill_table(pte_t *table, vaddr_t va, paddr_t end)
{
	for (unsigned int i = 0; i < TABLE_ENTRIES; i++, va += PAGE_SIZE) {
		paddr_t pa = virt_to_phys((void *)va);

		if (bytes_in_banks(pa, PAGE_SIZE, end) == PAGE_SIZE && !is_guard_page(va))
			table[i] = arch_pte_make(pa, lowmem_prot(va));
	}
	write_barrier();
}

/* Replaces the entries of one TABLE_SPAN; returns how many table pages that took (keeps I1). */
static unsigned int map_span(vaddr_t span, paddr_t end, void *(*alloc_table)(void))
{
	pte_t *tables = NULL;
	unsigned int i = 0;

	for (vaddr_t va = span; i < TABLE_SPAN >> SECTION_SHIFT; i++, va += SECTION_SIZE) {
		paddr_t pa = virt_to_phys((void *)va);
		paddr_t ram = bytes_in_banks(pa, SECTION_SIZE, end);

		if (ram == 0) {
			WRITE_ONCE(*pmd_entry(va), 0);
		} else if (ram == SECTION_SIZE && !holds_image(va)) {
			WRITE_ONCE(*pmd_entry(va), (u32)pa | PMD_SECT | PMD_SECT_NORMAL |
							   PMD_SECT_AP0 | PMD_SECT_XN);
		} else {
			if (!tables)
				tables = alloc_table();
			fill_table(tables + i * TABLE_ENTRIES, va, end);
			WRITE_ONCE(*pmd_entry(va),
				   (u32)virt_to_phys(tables + i * TABLE_ENTRIES) | PMD_TABLE);
		}
	}
	return tables ? 1 : 0;
}

unsigned int arch_map_lowmem(paddr_t lowmem_end, void *(*alloc_table)(void))
{
	paddr_t mapped = max(lowmem_end, (paddr_t)PHYS_OFFSET + ARCH_BOOT_MAPPED);
	vaddr_t last = (vaddr_t)phys_to_virt(mapped - 1);
	unsigned int tables = 0;

	for (vaddr_t va = PAGE_OFFSET; va <= last; va += TABLE_SPAN)
		tables += map_span(va, lowmem_end, alloc_table);
	write_barrier();
	arch_tlb_flush_all();
	return tables;
}

void arch_protect_lowmem(vaddr_t start, vaddr_t end, pgprot_t prot)
{
	for (vaddr_t va = start; va < end; va += PAGE_SIZE) {
		pte_t *entry = arch_pte_find(va);

		ASSERT(entry && arch_pte_present(*entry));
		arch_pte_set(entry, arch_pte_make(virt_to_phys((void *)va), prot));
	}
	arch_tlb_flush_range(start, end);
}

/* --- other mappings of the same frames -------------------------------------------------------- */

paddr_t arch_image_end(void)
{
	return virt_to_phys(_image_end);
}

bool arch_may_alias(paddr_t phys, pgprot_t prot)
{
	const paddr_t image = virt_to_phys(_image_start);
	pgprot_t shown = PAGE_KERNEL;
	const pte_t *own = NULL;

	if (phys - image < arch_image_end() - image)
		own = arch_pte_find((vaddr_t)phys_to_virt(phys));
	/* Before arch_map_lowmem(), in a guard page and outside the image: as data. */
	if (own && arch_pte_present(*own))
		shown.bits = own->bits;
	return (arch_prot_write(shown) || !arch_prot_write(prot)) &&
	       (arch_prot_exec(shown) || !arch_prot_exec(prot)); /* keeps I3 */
}

const struct arch_device arch_devices[] = {
	{ "system registers", SYSREG_PHYS, FIX_SYSREG_VA },
	{ "uart0 (pl011)", UART0_PHYS, FIX_UART_VA },
	{ "scu, gic cpu interface, timers", PERIPH_PHYS, FIX_PERIPH_VA },
	{ "gic distributor", GICD_PHYS, FIX_GICD_VA },
};
const unsigned int arch_nr_devices = ARRAY_SIZE(arch_devices);

void arch_map_devices(void)
{
	for (unsigned int i = 0; i < arch_nr_devices; i++)
		arch_pte_set(arch_pte_find(arch_devices[i].va),
			     arch_pte_make(arch_devices[i].base, PAGE_KERNEL_IO));
}
