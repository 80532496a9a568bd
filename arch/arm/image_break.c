/*
 * image_break.c - mistakes with the image, committed on purpose, that only a port whose image lies in RAM can make
 *
 *	.text        read-only: no slot may show its frame with more rights
 *	.init.text   given back after the boot: a call of it finds pages that cannot be executed
 *
 * Locking: none here: one shell.
 * Read next: image.c; mm/page/reserved.c, which gives back; mm/fixmap/fixmap.c, which refuses.
 */
#include "arch/arch.h"
#include "kernel/bug.h"
#include "kernel/shell/break.h"
#include "mm/fixmap/fixmap.h"

static void __init boot_only(void)
{
	barrier();
}

BREAK(init_call, "fault", "call a function of the boot, whose memory was freed",
      "boot_only(); /* it was __init */", .caught = BREAK_FAULTS)
{
	void (*volatile gone)(void) = boot_only;

	gone();
	return shell_error("the function ran");
}

BREAK(fixmap_text, "fixmap", "make the kernel's code writable through a slot",
      "set_fixmap(idx, virt_to_phys(text));")
{
	unsigned int idx = FIX_USER_FIRST;
	const unsigned long bugs = bug_count();

	while (arch_pte_present(*arch_pte_find(__fix_to_virt(idx))))
		if (idx++ == FIX_USER_LAST)
			return shell_error("all user slots are set");
	set_fixmap(idx, virt_to_phys((void *)((vaddr_t)break_fixmap_text & PAGE_MASK)));
	if (bug_count() != bugs + 1)
		return shell_error("%lu reports instead of one", bug_count() - bugs);
	return fixmap_check() ? SHELL_OK : shell_error("the fixmap's invariants do not hold");
}
