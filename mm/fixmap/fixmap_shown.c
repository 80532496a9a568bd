/*
 * fixmap_shown.c - does a slot of the fixmap, kmap_local's included, show one of these frames?
 *
 * Locking: none: entries are looked at as they stand; a slot of another CPU may change meanwhile.
 * Read next: mm/page/shown.c, which asks.
 */
#include "mm/fixmap/fixmap_impl.h"
#include "kernel/cpu.h"
#include "mm/fixmap/kmap_local.h"

/* The frame that one of n entries from idx's on shows, if it is one of these. */
static bool any_shows(unsigned int idx, unsigned int n, pfn_t start, unsigned long frames,
		      pfn_t *pfn)
{
	const pte_t *entry = arch_pte_find(__fix_to_virt(idx));

	for (; n; n--, entry++) {
		if (!arch_pte_present(*entry))
			continue;
		*pfn = phys_to_pfn(arch_pte_phys(*entry));
		if (*pfn - start < frames)
			return true;
	}
	return false;
}

const char *fixmap_shows(pfn_t start, unsigned long frames, pfn_t *pfn)
{
	unsigned int cpu;

	if (any_shows(FIX_USER_FIRST, FIX_USER_LAST - FIX_USER_FIRST + 1, start, frames, pfn))
		return "a fixmap slot";
	for_each_possible_cpu(cpu) {
		if (any_shows(FIX_KMAP_BEGIN + cpu * KM_MAX_IDX, kmap_local_depth_of(cpu), start,
			      frames, pfn))
			return "a kmap_local slot";
	}
	return NULL;
}
