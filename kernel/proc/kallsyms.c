/*
 * kallsyms.c - /proc/kallsyms: the image's symbols, `c0012345 T name`, in the order of addresses
 *
 * Locking: none; the table is part of the image.
 */
#include "kernel/kallsyms.h"

#include "kernel/console.h"
#include "kernel/proc/proc.h"

PROC_FILE(kallsyms, "every symbol of the image: address, type, name")
{
	char name[KALLSYMS_NAME];
	unsigned long addr;
	char type;

	for (unsigned int i = 0; kallsyms_nth(i, &addr, &type, name) && !con_interrupted(); i++)
		con_printf("%08lx %c %s\n", addr, type, name);
}
