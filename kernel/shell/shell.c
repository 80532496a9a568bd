/*
 * shell.c - the prompt: reads a line, remembers it, runs it, for ever
 *
 *	con_getc --byte--> line_edit --line--> history, shell_run_line
 *
 * The commands stand beside what they show, or here in files named after what they do.  Nothing
 * here is from a heap: the shell must also work where the allocators do not.
 *
 * Locking: none; the shell runs on one CPU, in no interrupt handler.
 * Read next: line_edit.c, run.c.
 */
#include "kernel/console.h"
#include "kernel/param.h"
#include "kernel/shell/complete.h"
#include "kernel/shell/line_edit.h"

enum { COLUMNS_MIN = 20, COLUMNS_DEFAULT = 80 };

static size_t terminal_columns = COLUMNS_DEFAULT;

static bool set_columns(const char *value, const struct param *param __unused)
{
	u64 columns;

	if (!parse_number(value, &columns) || columns < COLUMNS_MIN || columns > ROW_MAX)
		return false;
	terminal_columns = (size_t)columns;
	return true;
}
PARAM(columns, set_columns, "width of the terminal, 20 to 256 (default 80)");

static bool at_prompt; /* set for good by shell_loop() */

unsigned int shell_columns(void)
{
	return (unsigned int)terminal_columns;
}

bool shell_interactive(void)
{
	return at_prompt;
}

static void emit(void *context __unused, const char *bytes, size_t len)
{
	con_write(bytes, len);
}

static char history_bytes[HISTORY_BYTES];
static struct history history;
static struct line_edit edit;

static void set_up(void)
{
	history_init(&history, history_bytes, sizeof(history_bytes));
	edit.history = &history;
	edit.candidate = complete_line;
	edit.columns = terminal_columns;
	edit.row.emit = emit;
}

static enum line_event read_line(void)
{
	enum line_event event;

	line_edit_begin(&edit, "crumb> ");
	do
		event = line_edit_feed(&edit, (u8)con_getc());
	while (event == LINE_MORE);
	return event;
}

void shell_loop(void)
{
	set_up();
	at_prompt = true;
	for (;;) {
		enum line_event event = read_line();

		if (event == LINE_TOO_LONG)
			shell_error("a line has at most %d characters; it was not run",
				    SHELL_LINE_MAX - 1);
		if (event != LINE_DONE)
			continue;
		history_add(&history, edit.text);
		shell_run_line(edit.text, NULL, NULL);
	}
}
