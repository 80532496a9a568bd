/*
 * twin_second.c - EXTRA for tests/boot: the same names as its twin, which is another file
 *
 * Static functions of two files may be called the same; both initcalls and both tests have to run.
 *
 * Locking: none.
 * Read next: tests/boot/test_status.py
 */
#include "kernel/console.h"
#include "kernel/initcall.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/shell.h"
#include "tests/boot/extra/twins.h"

unsigned int twins_initialised; /* by both files */

static void __init remember(void)
{
	twins_initialised++;
}
login_initcall(remember);

SELFTEST(twins, run, "a test whose name another file has, too, is run")
{
	EXPECT(twins_initialised);
}

SHELL_CMD(twins, "", "say whether the initcalls of both files ran")
{
	if (twins_initialised != 2)
		return shell_error("%u of 2 initcalls ran", twins_initialised);
	con_printf("both initcalls ran\n");
	return SHELL_OK;
}
