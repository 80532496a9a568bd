/*
 * fixmap_check.c - do the invariants of fixmap.c hold?
 *
 *	slot by slot: use, owner, entry ──> F2, F3        beyond the last: F4
 *	the slots of kmap_local are that family's (kmap_local.c)
 *
 * Locking  interrupts are off throughout; each slot is read under the fixmap's lock (fixmap_look()).
 */
#include "kernel/check/check.h"
#include "mm/fixmap/fixmap_impl.h"

/* F3: a device's slot shows that device's registers. */
static bool shows_its_device(unsigned int idx, const struct fixmap_slot *slot)
{
	for (unsigned int i = 0; i < arch_nr_devices; i++)
		if (arch_devices[i].va == __fix_to_virt(idx))
			return arch_devices[i].base == slot->phys;
	return false;
}

static bool slot_holds(struct check *check, unsigned int idx)
{
	struct fixmap_slot slot;
	bool owned;

	check_at(check, (const void *)__fix_to_virt(idx));
	fixmap_look(idx, &slot);
	owned = slot.use == FIXMAP_PORT ? slot.device != NULL : slot.set_by != 0;
	if (slot.use == FIXMAP_KMAP)
		return true;
	if (slot.set != owned)
		return check_broken(check, "%s: slot %u (%s) is %s and has %s owner",
				    slot.use == FIXMAP_PORT ? "F3" : "F2", idx,
				    fixmap_ranges[slot.use].name, slot.set ? "set" : "clear",
				    owned ? "an" : "no");
	if (slot.use == FIXMAP_PORT && slot.set && !shows_its_device(idx, &slot))
		return check_broken(check, "F3: slot %u shows 0x%lx, not the registers of %s", idx,
				    (unsigned long)slot.phys, slot.device);
	check_counted(check, 1, "slots");
	check_counted(check, slot.set, "set");
	return true;
}

static bool rest_is_clear(struct check *check)
{
	for (vaddr_t va = __fix_to_virt(__end_of_fixed_addresses); va < FIXADDR_END;
	     va += PAGE_SIZE) {
		const pte_t *entry = arch_pte_find(va);

		if (entry && arch_pte_present(*entry))
			return check_broken(check, "F4: 0x%lx is mapped, beyond the last slot", va);
	}
	return true;
}

CHECKER(fixmap_check, "fixmap", "each slot's owner against its entry")
{
	bool holds = fixmap_may_look(check) && rest_is_clear(check);

	for (unsigned int idx = 0; holds && idx < __end_of_fixed_addresses; idx++)
		holds = slot_holds(check, idx);
}
