/*
 * fixmap_break.c - mistakes of those who use the fixed window, committed on purpose
 *
 * Each is named and refused; each then asks whether the window is what it was.
 *
 * Locking: none here; the functions that are misused take their own.
 */
#include "kernel/bug.h"
#include "kernel/shell/break.h"
#include "mm/fixmap/fixmap.h"

/* An index that the compiler does not know, or it would refuse it. */
static unsigned int at_run_time(unsigned int idx)
{
	return READ_ONCE(idx);
}

/* Was it reported, and nothing changed? */
static int refused(unsigned long bugs_before)
{
	if (bug_count() != bugs_before + 1)
		return shell_error("%lu reports instead of one", bug_count() - bugs_before);
	return fixmap_check() ? SHELL_OK : shell_error("the fixmap's invariants do not hold");
}

BREAK(fixmap_bad_index, "fixmap", "set a slot beyond the last one",
      "set_fixmap(__end_of_fixed_addresses, phys);")
{
	unsigned long bugs = bug_count();

	set_fixmap(at_run_time(__end_of_fixed_addresses), PHYS_OFFSET);
	return refused(bugs);
}

BREAK(fixmap_bad_address, "fixmap", "ask for the slot of an address that lies in none",
      "virt_to_fix(PAGE_OFFSET);")
{
	unsigned long bugs = bug_count();

	if (virt_to_fix(PAGE_OFFSET) != __end_of_fixed_addresses)
		return shell_error("a slot was found all the same");
	return refused(bugs);
}

BREAK(fixmap_device_slot, "fixmap", "set the slot through which the console's device is reached",
      "set_fixmap(FIX_PORT_FIRST, phys);")
{
	unsigned long bugs = bug_count();

	set_fixmap(at_run_time(FIX_PORT_FIRST), PHYS_OFFSET);
	return refused(bugs);
}

/* A user slot that is clear, or __end_of_fixed_addresses. */
static unsigned int clear_slot(void)
{
	unsigned int idx = FIX_USER_FIRST;

	while (idx <= FIX_USER_LAST && arch_pte_present(*arch_pte_find(__fix_to_virt(idx))))
		idx++;
	return idx;
}

BREAK(fixmap_set_twice, "fixmap", "set a slot that somebody has set",
      "set_fixmap(idx, phys); set_fixmap(idx, phys + PAGE_SIZE);")
{
	unsigned int idx = clear_slot();
	unsigned long bugs = bug_count();
	int result;

	if (idx > FIX_USER_LAST)
		return shell_error("all user slots are set");
	set_fixmap(idx, PHYS_OFFSET);
	set_fixmap(idx, PHYS_OFFSET + PAGE_SIZE);
	result = refused(bugs);
	if (arch_pte_phys(*arch_pte_find(fix_to_virt(idx))) != PHYS_OFFSET)
		result = shell_error("the slot shows another page now");
	clear_fixmap(idx);
	return result;
}

BREAK(fixmap_clear_twice, "fixmap", "clear a slot that is clear",
      "clear_fixmap(idx); clear_fixmap(idx);")
{
	unsigned int idx = clear_slot();
	unsigned long bugs = bug_count();

	if (idx > FIX_USER_LAST)
		return shell_error("all user slots are set");
	clear_fixmap(idx);
	return refused(bugs);
}
