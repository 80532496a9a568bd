/*
 * fail.c - production builds make no allocation fail: none of them is asked
 *
 * Read next: kernel/inject/with/fail.c.
 */
#include "kernel/banner.h"
#include "kernel/inject/inject.h"
#include "kernel/shell/shell.h"

int inject_tests(const char *pattern __unused)
{
	return shell_error("needs an image of `%s DEBUG=1`", crumb_make);
}

SHELL_CMD(fail, "COMMAND...", "make each allocation fail once", .group = "debug",
	  .example = "fail vmalloc 20K")
{
	return inject_tests(NULL);
}
