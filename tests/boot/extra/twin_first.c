/*
 * twin_first.c - EXTRA for tests/boot: the same names as its twin, which is another file
 *
 * Static functions of two files may be called the same; both initcalls and both tests have to run.
 *
 * Locking: none.
 * Read next: tests/boot/test_status.py
 */
#include "kernel/initcall.h"
#include "kernel/selftest/selftest.h"
#include "tests/boot/extra/twins.h"

static void __init remember(void)
{
	twins_initialised++;
}
login_initcall(remember);

SELFTEST(twins, run, "a test whose name another file has, too, is run")
{
	EXPECT(twins_initialised);
}
