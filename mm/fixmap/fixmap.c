/*
 * fixmap.c - sets and clears the slots of the fixed window
 *
 *	slot ──fix_to_virt──> address ──arch_pte_find──> entry in fixmap_table ──> page
 *
 * Invariants
 *   I1  fixmap_table is installed for the TABLE_SPAN that holds the whole window.
 *   I2  An entry is changed by its slot's owner only, and the TLB is flushed after each change of
 *       an entry that was present.
 *
 * Read next: arch/arch.h (entries), boot/boot_info.c (the first user of early_map()).
 */
#include "mm/fixmap/fixmap.h"
#include "kernel/bug.h"

static_assert(FIXADDR_START / TABLE_SPAN == (FIXADDR_END - 1) / TABLE_SPAN,
	      "one table page must cover the window");

/* A page of the image, since nothing can be allocated yet. */
static u8 fixmap_table[PAGE_SIZE] __aligned(PAGE_SIZE);
static size_t early_pages; /* mapped by early_map() now */

void __init fixmap_init(void)
{
	arch_table_install(FIXADDR_START, virt_to_phys(fixmap_table)); /* I1 */
}

static void change_slot(unsigned int idx, pte_t pte)
{
	vaddr_t va = fix_to_virt(idx);
	pte_t *entry = arch_pte_find(va);
	bool was_present;

	ASSERT(idx < __end_of_fixed_addresses);
	was_present = arch_pte_present(*entry);
	if (arch_pte_present(pte))
		arch_pte_set(entry, pte);
	else
		arch_pte_clear(entry);
	if (was_present)
		arch_tlb_flush_range(va, va + PAGE_SIZE); /* I2 */
}

void __set_fixmap(unsigned int idx, paddr_t phys, pgprot_t prot)
{
	change_slot(idx, arch_pte_make(phys, prot));
}

void clear_fixmap(unsigned int idx)
{
	change_slot(idx, (pte_t){ 0 });
}

void *early_map(paddr_t phys, size_t size)
{
	paddr_t offset = phys & ~PAGE_MASK;
	size_t pages = (offset + size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	size_t slots = FIX_EARLY_LAST - FIX_EARLY_FIRST + 1;

	if (size == 0 || size > slots << PAGE_SHIFT || pages > slots)
		return NULL;
	ASSERT(early_pages == 0);
	early_pages = pages;
	for (size_t i = 0; i < pages; i++)
		__set_fixmap(FIX_EARLY_FIRST + i, phys + (i << PAGE_SHIFT), PAGE_KERNEL_RO);
	return (void *)(fix_to_virt(FIX_EARLY_FIRST) + offset);
}

void early_unmap(void *va)
{
	ASSERT(early_pages && virt_to_fix((vaddr_t)va) == FIX_EARLY_FIRST);
	while (early_pages)
		clear_fixmap(FIX_EARLY_FIRST + --early_pages);
}
