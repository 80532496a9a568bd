/*
 * watch.c - `watch COMMAND`: the screen shows what a command prints, again and again, until a key
 *
 *	clear the screen ──> heading, COMMAND ──> sleep ──time is up──┐
 *	      ^                                     └──a key──> prompt│
 *	      └───────────────────────────────────────────────────────┘
 *
 * What is typed while the command runs counts as well.  A key that sends several bytes (an arrow)
 * is taken whole, so that none of them lands in the next line.
 *
 * Locking: none.
 * Read next: nested.c, the other commands that run commands.
 */
#include <string.h>

#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/shell/complete.h"
#include "kernel/shell/keys.h"
#include "kernel/shell/run.h"

enum { PERIOD_MS = 1000, PERIOD_MIN_MS = 10, PERIOD_MAX_MS = 3600000 };
enum { NS_PER_MS = 1000000, KEY_GAP_MS = 20 /* between two bytes of one key */ };

static u64 ms_from_now(u64 ms)
{
	return arch_clock_ns() + ms * NS_PER_MS;
}

/* Has a key been pressed before the time is up?  Takes all bytes of it. */
static bool key_before(u64 deadline)
{
	struct key_decoder decoder = {};
	int byte = con_getc_until(deadline);

	if (byte < 0)
		return false;
	while (key_decode(&decoder, (u8)byte) == KEY_NONE) {
		byte = con_getc_until(ms_from_now(KEY_GAP_MS));
		if (byte < 0)
			break; /* Escape alone */
	}
	return true;
}

static void print_heading(u64 period_ms, int argc, char **argv)
{
	con_printf("\033[H\033[2Jevery %llu ms, until a key:", (unsigned long long)period_ms);
	for (int i = 0; i < argc; i++) {
		con_putc(' ');
		con_puts(argv[i]);
	}
	con_puts("\n\n");
}

/* The words are the command's.  Its failure ends it, as does a key. */
static int watch(u64 period_ms, int argc, char **argv)
{
	for (unsigned long round = 1;; round++) {
		u64 next = ms_from_now(period_ms);

		print_heading(period_ms, argc, argv);
		if (shell_run(argc, argv) != SHELL_OK)
			return shell_error("round %lu failed", round);
		if (con_interrupted())
			return shell_error("interrupted in round %lu", round);
		if (key_before(next))
			return SHELL_OK;
	}
}

static int command_at(int argc, char **argv)
{
	return argc > 1 && !strncmp(argv[1], "every=", 6) ? 2 : 1;
}

static const char *complete_watch(int argc, char **argv, unsigned int nth)
{
	int first = command_at(argc, argv);

	return complete_command(argc - first, argv + first, nth);
}

SHELL_CMD(watch, "[every=MS] COMMAND...", "run a command again and again until a key is pressed",
	  .group = "shell", .example = "watch every=500 buddyinfo", .complete = complete_watch,
	  .details = "Once a second, or every MS milliseconds; each time on a cleared screen.\n"
		     "The command's failure ends it, too.")
{
	int first = command_at(argc, argv);
	u64 period_ms = PERIOD_MS;

	if (argc <= first)
		return SHELL_USAGE;
	if (first == 2 &&
	    !shell_number(argv[1] + 6, "every", PERIOD_MIN_MS, PERIOD_MAX_MS, &period_ms))
		return SHELL_FAIL;
	if (!shell_interactive())
		return shell_error("only at the prompt: there is nobody here to press a key");
	return watch(period_ms, argc - first, argv + first);
}
