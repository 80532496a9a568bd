/*
 * bootstage.c - tells each boot stage and its cost, and remembers both
 *
 * Locking: none: the boot has one CPU.
 */
#include <stdarg.h>
#include <stdio.h>

#include "kernel/bootstage.h"
#include "arch/arch.h"
#include "kernel/printk.h"

enum { STAGES_MAX = 32 }; /* kept for boot_stage_nth(); later ones are only told */

static u64 last; /* the clock when the stage before ended */
static struct boot_stage stages[STAGES_MAX];
static unsigned int nr_stages;
u64 boot_ready_ticks;

const struct boot_stage *boot_stage_nth(unsigned int n)
{
	return n < nr_stages ? &stages[n] : NULL;
}

const char *cost_text(u64 ticks, char text[COST_TEXT])
{
	if (arch_clock_exact())
		snprintf(text, COST_TEXT, "%llu instructions",
			 (unsigned long long)arch_ticks_to_instructions(ticks));
	else
		snprintf(text, COST_TEXT, "%llu us",
			 (unsigned long long)(ticks * ARCH_TICK_NS / 1000));
	return text;
}

void stage_done(const char *name, const char *fmt, ...)
{
	u64 now = arch_clock_ticks();
	char what[PRINTK_LINE], cost[COST_TEXT];
	va_list ap;

	if (nr_stages < STAGES_MAX)
		stages[nr_stages++] = (struct boot_stage){ name, now - last };
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	pr_info("%s: %s (%s)", name, what, cost_text(now - last, cost));
	last = arch_clock_ticks();
}
