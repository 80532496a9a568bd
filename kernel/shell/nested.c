/*
 * nested.c - repeat and time: commands that run another command
 *
 *	repeat 3 time alloc pages 0
 *	   |       |     +-- shell_run(): a frame of its own
 *	   |       +-------- shell_run(): frame->outer is repeat's
 *	   +---------------- shell_run(): frame->outer is NULL
 *
 * The words that follow are run as they are, they are not parsed again.  When the inner command
 * fails, so does the outer; the inner one has said why.
 *
 * Locking: none.
 * Read next: run.c.
 */
#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/shell/complete.h"
#include "kernel/shell/run.h"

static const char *complete_repeat(int argc, char **argv, unsigned int nth)
{
	return complete_command(argc - 2, argv + 2, nth); /* argv[1] is the number */
}

SHELL_CMD(repeat, "N COMMAND...", "run a command N times", .group = "shell",
	  .example = "repeat 3 echo again", .complete = complete_repeat,
	  .details = "The first failure ends it, and so does Ctrl-C.")
{
	unsigned long long rounds;
	u64 wanted;

	if (argc < 3)
		return SHELL_USAGE;
	if (!shell_number(argv[1], "N", 1, 1000000000, &wanted))
		return SHELL_FAIL;
	rounds = wanted;
	for (unsigned long long round = 1; round <= rounds; round++) {
		if (shell_run(argc - 2, argv + 2) != SHELL_OK)
			return con_interrupt_seen()
				       ? shell_interrupted(" in round %llu of %llu", round, rounds)
				       : shell_error("round %llu of %llu failed", round, rounds);
		if (con_interrupted() && round < rounds)
			return shell_interrupted(" after round %llu of %llu", round, rounds);
	}
	return SHELL_OK;
}

static void print_duration(u64 ticks)
{
	if (arch_clock_exact())
		con_printf("time: %llu instructions\n",
			   (unsigned long long)arch_ticks_to_instructions(ticks));
	else
		con_printf("time: %llu us\n", (unsigned long long)(ticks * ARCH_TICK_NS / 1000));
}

static const char *complete_time(int argc, char **argv, unsigned int nth)
{
	return complete_command(argc - 1, argv + 1, nth);
}

SHELL_CMD(time, "COMMAND...", "run a command and print how long it took", .group = "shell",
	  .example = "time alloc pages 0", .complete = complete_time,
	  .details = "In instructions when the emulator counts them exactly (qemu.sh --icount),\n"
		     "else in microseconds; with what the shell and the console take of it.")
{
	u64 start;
	int result;

	if (argc < 2)
		return SHELL_USAGE;
	start = arch_clock_ticks();
	result = shell_run(argc - 1, argv + 1);
	print_duration(arch_clock_ticks() - start);
	return result;
}
