/*
 * cpuinfo.c - /proc/cpuinfo, in Linux's format for this architecture
 *
 * Locking: none.
 */
#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/proc/proc.h"

PROC_FILE(cpuinfo, "the processor: its identity and what code on it may use")
{
	arch_cpuinfo_print(con_printf);
}
