/*
 * hanging.c - EXTRA for tests/boot: a kernel that goes silent, in a command or before the shell
 *
 * The time limit must end the machine, with status 124.  With `hang=1` on the command line it
 * hangs at the login stage, as a boot would that never comes to its prompt.
 *
 * Locking: none.
 * Read next: tests/boot/test_status.py
 */
#include "kernel/initcall.h"
#include "kernel/param.h"
#include "kernel/shell/shell.h"

static bool hang_at_boot; /* [I] fixed after init */
PARAM_BOOL(hang, hang_at_boot, "never reach the prompt");

static void __noreturn hang(void)
{
	for (;;)
		__asm__ volatile("wfe");
}

static void __init hang_when_asked(void)
{
	if (hang_at_boot)
		hang();
}
login_initcall(hang_when_asked);

SHELL_CMD(hanging, "", "never come back")
{
	hang();
}
