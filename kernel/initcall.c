/*
 * initcall.c - runs the functions registered for a boot stage, by name, and times each
 *
 * Read next: kernel/main.c, which says when.
 */
#include <string.h>

#include "kernel/initcall.h"
#include "arch/arch.h"
#include "kernel/bootstage.h"
#include "kernel/printk.h"

REGISTRY(initcalls, const struct initcall);

/* The initcall of this stage whose name follows `after` (NULL: the first), or NULL. */
static const struct initcall *next_initcall(enum initcall_stage stage, const char *after)
{
	const struct initcall *const *p, *best = NULL;

	for_each_registered(p, initcalls) {
		if ((*p)->stage != stage || (after && strcmp((*p)->name, after) <= 0))
			continue;
		if (!best || strcmp((*p)->name, best->name) < 0)
			best = *p;
	}
	return best;
}

void initcalls_run(enum initcall_stage stage)
{
	const struct initcall *call = NULL;

	while ((call = next_initcall(stage, call ? call->name : NULL))) {
		u64 start = arch_clock_ticks();
		char cost[COST_TEXT];

		call->call();
		pr_info("initcall: %s (%s)", call->name,
			cost_text(arch_clock_ticks() - start, cost));
	}
}
