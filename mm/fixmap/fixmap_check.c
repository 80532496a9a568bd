/*
 * fixmap_check.c - do the invariants of fixmap.c and kmap_local.c hold?
 *
 *	slot by slot: use, owner, entry ──> F2, F3        beyond the last: F4        this CPU: K1
 *
 * Locking  interrupts are off throughout, so that no handler of this CPU moves its stack; each slot
 *          is read under the fixmap's lock (fixmap_look()).  Another CPU's kmap_local slots may
 *          change at any moment, so only their CPU can check them.
 */
#include "kernel/printk.h"
#include "mm/fixmap/fixmap_impl.h"

static bool slot_holds(unsigned int idx)
{
	struct fixmap_slot slot;
	bool owned;

	fixmap_look(idx, &slot);
	owned = slot.use == FIXMAP_PORT ? slot.device != NULL : slot.set_by != 0;
	if (slot.use == FIXMAP_KMAP || slot.set == owned)
		return true;
	pr_err("fixmap: slot %u (%s) is %s and has %s owner (%s)", idx,
	       fixmap_ranges[slot.use].name, slot.set ? "set" : "clear", owned ? "an" : "no",
	       slot.use == FIXMAP_PORT ? "F3" : "F2");
	return false;
}

static bool rest_is_clear(void)
{
	for (vaddr_t va = __fix_to_virt(__end_of_fixed_addresses); va < FIXADDR_END;
	     va += PAGE_SIZE) {
		if (!arch_pte_present(*arch_pte_find(va)))
			continue;
		pr_err("fixmap: 0x%lx is mapped, beyond the last slot (F4)", va);
		return false;
	}
	return true;
}

bool fixmap_check(void)
{
	unsigned long flags = arch_irq_save();
	bool holds = rest_is_clear() && kmap_local_check();

	for (unsigned int idx = 0; holds && idx < __end_of_fixed_addresses; idx++)
		holds = slot_holds(idx);
	arch_irq_restore(flags);
	return holds;
}
