/*
 * core_highmem.c - a page that has no address, shown at one for a moment
 *
 * kmap() and its like are not asked: they count and lock, and a panic may have come of just that.
 *
 * Locking: none, see the header.
 */
#include "kernel/coredump/core_highmem.h"

#include "arch/arch.h"
#include "mm/fixmap/fixmap.h"

const void *core_highmem_show(paddr_t phys)
{
	pte_t *entry = arch_pte_find(FIXMAP_SPARE_VA);

	if (!entry) /* a panic before the fixmap stands */
		return NULL;
	arch_pte_set(entry, arch_pte_make(phys, PAGE_KERNEL_RO));
	return (const void *)FIXMAP_SPARE_VA;
}

void core_highmem_hide(void)
{
	arch_pte_clear_local(arch_pte_find(FIXMAP_SPARE_VA), FIXMAP_SPARE_VA);
}
