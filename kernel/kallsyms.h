/*
 * kallsyms.h - the image's own symbol table: which function or object holds an address
 *
 * Made by tools/kallsyms.py from the linked image; empty in the first link.  Constant, so every
 * function here may be called from anywhere, an oops included.
 */
#ifndef KERNEL_KALLSYMS_H
#define KERNEL_KALLSYMS_H

#include "lib/compiler.h"

enum {
	KALLSYMS_NAME = 121, /* room for any name; NAME_LENGTH in tools/kallsyms.py, and a zero */
	KALLSYMS_LINE = 160, /* the same with its offset */
};

/*
 * The symbol that holds addr (an absolute one holds none): its name, how far in addr lies, and how far it is to the next symbol
 * (each pointer may be NULL).  False outside the image's symbols.
 */
bool kallsyms_lookup(unsigned long addr, char name[KALLSYMS_NAME], unsigned long *offset,
		     unsigned long *size);

/* The address of the symbol of that name; the lowest one when several files have a static so called. */
bool kallsyms_find(const char *name, unsigned long *addr);

/* The nth symbol in the order of addresses; false behind the last. */
bool kallsyms_nth(unsigned int nth, unsigned long *addr, char *type, char name[KALLSYMS_NAME]);

/*
 * Writes "symbol+0x10/0x40" (or "0xc0012345" where there is no symbol) into buf, and returns buf.
 * kallsyms_format_return() is for a return address: after a call of a function that never
 * returns, it may already belong to the next symbol.
 */
char *kallsyms_format(unsigned long addr, char *buf, size_t n);
char *kallsyms_format_return(unsigned long addr, char *buf, size_t n);
/* The same as "symbol+0x10", for the one-line reports. */
char *kallsyms_format_caller(unsigned long addr, char *buf, size_t n);

#endif /* KERNEL_KALLSYMS_H */
