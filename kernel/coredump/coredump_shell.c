/*
 * coredump_shell.c - `dump`: a core of the machine as it stands
 */
#include <string.h>

#include "kernel/console.h"
#include "kernel/coredump/coredump.h"
#include "kernel/shell/shell.h"

static bool goes_on(void)
{
	return !con_interrupted();
}

SHELL_CMD(
	dump, "FILE", "write a core of the machine to a file of the host's, for gdb",
	.group = "debug", .example = "dump build/crumb.core",
	.details =
		"All of RAM, with pages of zeroes as holes, and the registers.  The folder is the one\n"
		"that the emulator was started in.  make gdb CORE=FILE opens it, with every crumb\n"
		"command.  Ctrl-C cuts it off.  panic=dump on the kernel's command line does the same in a panic.")
{
	if (argc != 2)
		return SHELL_USAGE;
	if (!*argv[1] || strlen(argv[1]) >= COREDUMP_PATH_MAX)
		return shell_error("FILE: a name of 1 to %d bytes", COREDUMP_PATH_MAX - 1);
	return coredump_write(argv[1], goes_on) ? SHELL_OK : SHELL_FAIL;
}
