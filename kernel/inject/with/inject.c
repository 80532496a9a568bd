/*
 * inject.c - what the allocators ask: has this request to fail?
 *
 *	mm/ ──inject_fails()──> armed? ──> my CPU, no handler? ──> the hook
 *
 * Locking: one CPU sets the hook, and only its requests are shown to it.
 * Read next: trial.c, which sets it for a command or a test; boot.c.
 */
#include "arch/arch.h"
#include "kernel/inject.h"

bool inject_armed;
static inject_hook_t inject_hook;
static unsigned int inject_cpu;
static unsigned int held[NR_CPUS]; /* how often */

void inject_set_hold(bool hold)
{
	unsigned int *here = &held[arch_cpu_id()];

	if (hold)
		++*here;
	else if (*here)
		--*here;
}

void inject_set_hook(inject_hook_t hook)
{
	inject_hook = hook;
	inject_cpu = arch_cpu_id();
	held[inject_cpu] = 0; /* who held it may have ended in the middle */
	WRITE_ONCE(inject_armed, hook);
}

bool inject_asked(enum inject_kind kind, unsigned long amount, unsigned long caller)
{
	const struct inject_request request = { .kind = kind, .amount = amount, .caller = caller };

	return arch_cpu_id() == inject_cpu && !held[inject_cpu] && !arch_in_exception() &&
	       inject_hook(&request);
}
