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
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/shell/complete.h"
#include "kernel/shell/fold.h"
#include "kernel/shell/keyboard.h"
#include "kernel/shell/pager.h"
#include "kernel/shell/row.h"
#include "kernel/shell/row_count.h"
#include "kernel/shell/run.h"
#include "kernel/shell/screen.h"

enum { PERIOD_MS = 1000, PERIOD_MIN_MS = 10, PERIOD_MAX_MS = 3600000 };
enum { NS_PER_MS = 1000000, HEADING_ROWS = 2 };

/* What the screen has no room for is counted. */
struct fit {
	struct con_stage stage;
	struct row_count count;
	unsigned int rows, hidden;
};

static void fit_write(struct con_stage *stage, const char *s, size_t len)
{
	struct fit *fit = (struct fit *)stage;

	for (; len; len--, s++) {
		unsigned int more = row_count(&fit->count, (u8)*s, screen_columns());

		/* one row is kept for the note */
		if (fit->rows >= screen_rows() - HEADING_ROWS - 1)
			fit->hidden += more;
		else
			con_pass(stage, s, 1);
		fit->rows += more;
	}
}

/* As much of the words as fits into the row. */
static void print_heading(u64 period_ms, int argc, char **argv)
{
	char text[ROW_MAX];
	size_t len, end = screen_columns() - 1;

	snprintf(text, sizeof(text), "every %llu ms, until a key:", (unsigned long long)period_ms);
	for (int i = 0; i < argc; i++) {
		len = strlen(text);
		snprintf(text + len, sizeof(text) - len, " %s", argv[i]);
	}
	for (len = strlen(text); utf8_columns(text, len) > end;)
		len = utf8_before(text, len);
	con_puts("\033[H\033[2J");
	con_write(text, len);
	con_puts("\n\n");
}

/* One word with blanks in it is a line: so it may have filters. */
static int run_words(int argc, char **argv)
{
	if (argc == 1 && strpbrk(argv[0], " |;"))
		return shell_run_line(argv[0], NULL, NULL);
	return shell_run(argc, argv);
}

static int run_fitted(int argc, char **argv, unsigned int *rows_hidden)
{
	struct fit fit = { .stage.write = fit_write };
	struct fold fold;
	int result;

	con_push_stage(&fit.stage);
	fold_begin(&fold); /* before the rows are counted */
	result = run_words(argc, argv);
	fold_end(&fold);
	con_pop_stage(&fit.stage);
	if (fit.hidden)
		con_printf("(%u more row%s) ", fit.hidden, fit.hidden == 1 ? "" : "s");
	*rows_hidden = fit.hidden;
	return result;
}

/* One round; *more: another one follows.  The note of what is hidden has no line end, which would move the heading. */
static int watch_once(unsigned long round, u64 period_ms, int argc, char **argv, bool *more)
{
	u64 next = arch_clock_ns() + period_ms * NS_PER_MS;
	unsigned int hidden;
	int result;

	print_heading(period_ms, argc, argv);
	result = run_fitted(argc, argv, &hidden);
	*more = result == SHELL_OK && !con_interrupted() && keyboard_get_until(next) == KEY_NONE;
	if (!*more && hidden)
		con_putc('\n');
	if (con_interrupt_seen())
		return shell_interrupted(" in round %lu", round);
	return result == SHELL_OK ? SHELL_OK : shell_error("round %lu failed", round);
}

/* The words are the command's.  Its failure ends it, as does a key. */
static int watch(u64 period_ms, int argc, char **argv)
{
	unsigned long round = 1;
	bool more;
	int result;

	do
		result = watch_once(round++, period_ms, argc, argv, &more);
	while (more);
	return result;
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

SHELL_CMD(
	watch, "[every=MS] COMMAND...", "run a command again and again until a key is pressed",
	.group = "shell", .example = "watch every=500 buddyinfo", .complete = complete_watch,
	.details =
		"Once a second, or every MS milliseconds; each time on a cleared screen,\n"
		"of as much as fits.  The command's failure ends it, too.  A line with filters is\n"
		"put in quotes: watch \"slabinfo | grep kmalloc\"")
{
	int first = command_at(argc, argv);
	u64 period_ms = PERIOD_MS;
	int result;
	bool held;

	if (argc <= first)
		return SHELL_USAGE;
	if (first == 2 &&
	    !shell_number(argv[1] + 6, "every", PERIOD_MIN_MS, PERIOD_MAX_MS, &period_ms))
		return SHELL_FAIL;
	if (!shell_interactive())
		return shell_error("only at the prompt, not into a filter: there is nobody here to "
				   "press a key");
	held = pager_hold(true);
	result = watch(period_ms, argc - first, argv + first);
	pager_hold(held);
	return result;
}
