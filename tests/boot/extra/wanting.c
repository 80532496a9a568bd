/*
 * wanting.c - EXTRA for tests/boot: faults while it takes the reports of bugs for itself
 *
 * Locking: none.
 * Read next: tests/boot/test_status.py
 */
#include "kernel/selftest/selftest.h"
#include "kernel/shell/shell.h"

SHELL_CMD(wanting, "", "want a report, and read through NULL before it comes")
{
	selftest_expect_bug("never");
	__asm__ volatile("ldr r0, [%0]" : : "r"(0) : "r0", "memory");
	return SHELL_OK;
}
