/*
 * core.c - a core of the machine, in a process: the host's debugger makes it
 *
 * Locking: none.
 */
#include "kernel/console.h"
#include "kernel/coredump/coredump.h"

bool coredump_write(const char *path, bool (*go_on)(void) __unused)
{
	con_printf(
		"no core in %s: this machine is a process, of which `gcore` makes one, or the host's kernel\n",
		path);
	return false;
}
