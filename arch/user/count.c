/*
 * count.c - --icount: instructions, counted one by one
 *
 *	arch_count_begin() ──> trap flag on ──> an instruction ──> SIGTRAP: user_cpu.steps++ ──┐
 *	                                          ^────────────────────────────────────────────┘
 *	arch_count_end() ────> trap flag off
 *
 * So a host needs neither counters of performance nor the right to read them, and the same program gives the
 * same digits everywhere; each counted instruction costs a signal.  That a page is missed is the machine's
 * work, as with a MMU that walks tables: handlers run with the flag off, and are not counted.
 *
 * Locking: a CPU counts its own.
 * Read next: port.h, where the flag is set; kernel/bench/bench.c, which subtracts what that costs.
 */
#include <signal.h>

#include "arch/user/process.h"

bool user_counts;

static void on_step(int signal __unused)
{
	user_cpu.steps++;
}

void user_count_init(void)
{
	const struct sigaction action = { .sa_handler = on_step,
					  .sa_flags = SA_ONSTACK | SA_NODEFER };

	user_counts = sigaction(SIGTRAP, &action, NULL) == 0;
}

/* Emulations of a processor may not step: then it is time that is told. */
static bool steps_are_seen(void)
{
	const u32 begin = arch_count_begin();

	return arch_count_end() != begin;
}

bool arch_count_exact(void)
{
	return user_counts && steps_are_seen();
}
