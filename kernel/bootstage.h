/*
 * bootstage.h - one readable line for each stage of the boot: what it did, and what it cost
 */
#ifndef KERNEL_BOOTSTAGE_H
#define KERNEL_BOOTSTAGE_H

#include "lib/compiler.h"

/*
 * Logs `NAME: what it did (cost)`, the cost being what has passed since the last such line (or
 * since reset).  Context: boot.
 */
void stage_done(const char *name, const char *fmt, ...) __printf(2, 3);

/* Writes a span of clock ticks as "1234 instructions" when that is exact, else "56 us"; returns text. */
enum { COST_TEXT = 40 };
const char *cost_text(u64 ticks, char text[COST_TEXT]);

/*
 * What has been told so far, in order: the nth (from 0) stage and its cost in clock ticks; NULL
 * after the last.  Context: any.
 */
struct boot_stage {
	const char *name;
	u64 ticks;
};
const struct boot_stage *boot_stage_nth(unsigned int n);

/* The clock when the machine was ready for its first command; 0 until then. */
extern u64 boot_ready_ticks;

#endif /* KERNEL_BOOTSTAGE_H */
