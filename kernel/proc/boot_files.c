/*
 * boot_files.c - /proc/cmdline: what the boot loader said
 *
 * Locking: none; constant after boot.
 */
#include "boot/boot_info.h"
#include "kernel/console.h"
#include "kernel/proc/proc.h"

PROC_FILE(cmdline, "the kernel's command line")
{
	con_puts(boot_info.cmdline);
	con_putc('\n');
}
