/*
 * options.h - what machine was asked for
 */
#ifndef ARCH_USER_OPTIONS_H
#define ARCH_USER_OPTIONS_H

#include <stdio.h>

#include "arch/arch.h"

extern struct options {
	unsigned long mem;			 /* bytes of RAM */
	bool once;				 /* a restart is the end */
	bool icount;				 /* instructions are counted */
	const char *append, *run, *dtb, *initrd; /* "" or NULL: none */
} options;

/* Takes them from the words; ends the program, with status 64 and a sentence, when one is wrong. */
void read_options(int argc, char **argv);
/* Ends the program with that status and sentence. */
void refuse_option(const char *what, const char *why) __noreturn;
/* The same, with the status of a panic, when nobody's option is to blame: the host has refused. */
enum { CANNOT_START = 2 };
void cannot_start(const char *what, const char *why) __noreturn;

/*
 * The device tree in the file, in which /chosen says the line, unless it is "", and where the initrd is
 * (start, bytes; 0: none).  NULL: errno says why (tree.c).
 */
FILE *tree_with(const char *path, const char *line, const u32 initrd[2]);

#endif /* ARCH_USER_OPTIONS_H */
