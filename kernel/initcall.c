/*
 * initcall.c - runs the functions registered for a boot stage, by name, and times each
 *
 * Locking: none: the boot has one CPU.
 * Read next: kernel/main.c, which says when.
 */
#include <string.h>

#include "kernel/initcall.h"
#include "arch/arch.h"
#include "kernel/bootstage.h"
#include "kernel/printk.h"
#include "kernel/registry.h"

REGISTRY(initcalls, const struct initcall);

static int by_stage(const void *a, const void *b)
{
	const struct initcall *x = a, *y = b;

	return x->stage == y->stage ? strcmp(x->name, y->name) : (int)x->stage - (int)y->stage;
}

/* In order of stage and name; static functions of two files may have one name, and both count. */
static const struct initcall *initcall_after(const struct initcall *call)
{
	return registry_after(__start_initcalls, __stop_initcalls, by_stage, call);
}

void initcalls_run(enum initcall_stage stage)
{
	const struct initcall *call = NULL;

	while ((call = initcall_after(call))) {
		u64 start = arch_clock_ticks();
		char cost[COST_TEXT];

		if (call->stage != stage)
			continue;
		call->call();
		pr_debug("initcall: %s (%s)", call->name,
			 cost_text(arch_clock_ticks() - start, cost));
	}
}
