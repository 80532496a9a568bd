/*
 * reserved_break.c - calling boot-time code after the boot, on purpose
 *
 * Locking: none here: one shell.
 */
#include "kernel/shell/break.h"
#include "mm/page/reserved.h"

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
