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
	volatile const int *nowhere = NULL;

	selftest_expect_bug("never");
	return *nowhere;
}
