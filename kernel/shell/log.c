/*
 * log.c - dmesg: what the kernel has said since it booted
 *
 * Locking: printk's own.
 * Read next: kernel/printk.h.
 */
#include <string.h>

#include "kernel/console.h"
#include "kernel/printk.h"
#include "kernel/shell/shell.h"

static const char *complete_dmesg(int argc, char **argv __unused, unsigned int nth)
{
	return argc == 2 && nth == 0 ? "-c" : NULL;
}

SHELL_CMD(dmesg, "[-c]", "print the kernel's log", .group = "debug", .example = "dmesg",
	  .complete = complete_dmesg, .details = "-c forgets the lines after printing all of them.")
{
	bool forget = argc == 2 && strcmp(argv[1], "-c") == 0;

	if (argc > 1 && !forget)
		return SHELL_USAGE;
	printk_dump();
	if (forget && !con_interrupt_seen())
		printk_clear();
	return SHELL_OK;
}
