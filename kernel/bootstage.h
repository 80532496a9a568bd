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

#endif /* KERNEL_BOOTSTAGE_H */
