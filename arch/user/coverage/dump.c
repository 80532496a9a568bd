/*
 * dump.c - COVERAGE=1: what was counted is written before the process ends without saying so to libc
 *
 *	arch_halt(), arch_reboot() ──> _exit(), which the linker takes here ──> __gcov_dump() ──> the end
 *
 * What ends by exit(), or starts itself again by execv(), has it written by gcc's own library.
 *
 * Locking: none: it is the last thing that the process does.
 * Source: GCC manual, "Profiling and Test Coverage in Freestanding Environments"; ld, --wrap.
 */
#include <gcov.h>

#include "lib/compiler.h"

void __wrap__exit(int status) __noreturn;
void __real__exit(int status) __noreturn;

/* Once: who comes here again has met a fault in it, and would wait for himself. */
void __wrap__exit(int status)
{
	static bool begun;

	if (!begun) {
		begun = true;
		__gcov_dump();
	}
	__real__exit(status);
}
