/*
 * oops.h - telling everything about a fault that nobody wanted, and deciding how to go on
 *
 * The port fills struct oops (what happened, in words, and how to print its registers), and oops()
 * prints it section by section.
 */
#ifndef KERNEL_OOPS_H
#define KERNEL_OOPS_H

#include "lib/compiler.h"

struct pt_regs;

struct oops_section {
	const char *name; /* "registers" */
	void (*print)(const struct pt_regs *regs);
};

struct oops {
	const char *headline; /* "page translation fault at 0x00000010 (write)" */
	const char *advice;   /* what it most likely means, one sentence */
	const struct pt_regs *regs;
	unsigned long pc; /* where */
	bool unlocked;	  /* the interrupted code held no lock */
	const struct oops_section *sections;
	unsigned int nr_sections;
};

/*
 * In a command that only looks, one line, its error, and true.  Else:
 * prints `Oops: headline`, the advice, the sections, a backtrace.  True when a shell command ran
 * and held no lock: the caller goes on at shell_recover().  Else it panics and does not return.
 * A fault while a section is printed ends that section only.
 * Context: an exception's handler.
 */
bool oops(const struct oops *oops);

/*
 * Makes the next oops meet a fault of its own, in a section added for that: what shows, in
 * `break nested`, that the others are printed all the same.
 */
void oops_provoke_nested(void);

/* Oopses since boot. */
unsigned long oops_count(void);

/*
 * Prints `[<c0012345>] symbol+0x10/0x40` for each frame, from an exception's registers or (NULL)
 * from here, with `--- data abort ---` where one interrupted another.  Context: any.
 */
void backtrace_print(const struct pt_regs *regs);

/* panic() without a backtrace: an oops has just printed it. */
void panic_after_oops(const char *why) __noreturn __cold;

/* Is it the first panic?  Only that one is told at length, and only once does this say so. */
bool panic_is_first(void);

#endif /* KERNEL_OOPS_H */
