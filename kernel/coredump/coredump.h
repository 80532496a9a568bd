/*
 * coredump.h - a core of the whole machine on the host, for gdb: all of RAM, and the registers
 *
 *	make gdb CORE=FILE     opens it; every `crumb` command works on it
 */
#ifndef KERNEL_COREDUMP_COREDUMP_H
#define KERNEL_COREDUMP_COREDUMP_H

#include "lib/compiler.h"

enum { COREDUMP_PATH_MAX = 256 };

/*
 * Writes the core to a file of the host's, by semihosting, over what was there; prints a line that
 * says how to open it, or what failed.  False when it failed; what was written so far stays.  pages
 * of zeroes are left out as holes of the file.  The frames of this call and of its callers are the
 * first that gdb shows.
 *
 * go_on     asked before each MiB of RAM; when it says no, the file is cut off there, and that is
 *           said.  NULL: nobody is asked, as in a panic
 *
 * Context: any in which the page tables still stand; interrupts are off meanwhile.  Takes no lock and
 * no memory: a panic may have come of just those.
 */
bool coredump_write(const char *path, bool (*go_on)(void));

#endif /* KERNEL_COREDUMP_COREDUMP_H */
