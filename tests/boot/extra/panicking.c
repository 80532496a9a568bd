/*
 * panicking.c - EXTRA for tests/boot: a command whose invariant does not hold
 *
 * The machine must end with status 2.
 *
 * Locking: none.
 * Read next: tests/boot/test_status.py
 */
#include "kernel/bug.h"
#include "kernel/shell/shell.h"

SHELL_CMD(panicking, "", "end the kernel by a broken invariant")
{
	ASSERT(argc == 0);
	return SHELL_OK;
}
