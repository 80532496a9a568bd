/*
 * shell.c - the prompt: reads a line, remembers it, runs it, for ever
 *
 *	con_getc --byte--> line_edit --line--> history, shell_run_line, its output through fold and pager
 *
 * The commands stand beside what they show, or here in files named after what they do.  Nothing
 * here is from a heap: the shell must also work where the allocators do not.
 *
 * Locking: none; the shell runs on one CPU, in no interrupt handler.
 * Read next: line_edit.c, run.c.
 */
#include "kernel/console.h"
#include "arch/arch.h"
#include "kernel/param.h"
#include "kernel/shell/complete.h"
#include "kernel/shell/fold.h"
#include "kernel/shell/keyboard.h"
#include "kernel/shell/line_edit.h"
#include "kernel/shell/pager.h"
#include "kernel/shell/run.h"
#include "kernel/shell/screen.h"

#include <stdio.h>
#include <string.h>

enum {
	ESCAPE_GAP_NS = 50000000, /* what comes later is no part of an escape sequence */
	PASTE_GAP_NS = 20000000,  /* nor of the same pasted text: no person types faster */
};

static bool at_prompt; /* set for good by shell_loop() */

unsigned int shell_columns(void)
{
	return screen_columns();
}

unsigned int shell_table_columns(void)
{
	return screen_attended() ? screen_columns() : ~0u;
}

bool shell_interactive(void)
{
	return at_prompt && !shell_filtered();
}

static void emit(void *context __unused, const char *bytes, size_t len)
{
	con_write(bytes, len);
}

static void ask_again(void *context __unused)
{
	screen_ask();
}

static char history_bytes[HISTORY_BYTES];
static struct history history;
static struct line_edit edit;

static void set_up(void)
{
	history_init(&history, history_bytes, sizeof(history_bytes));
	edit.history = &history;
	edit.candidate = complete_line;
	edit.keys = &keyboard;
	edit.columns = screen_columns();
	edit.row.emit = emit;
	edit.cleared = ask_again;
}

/*
 * Does nothing more come at once?  What did not come while words were listed is an answer to that.
 * Looks without sleeping: where time is made of instructions, it leaps over a sleep.
 */
static bool is_pause(void)
{
	u64 end = arch_clock_ns() + (edit.listed ? 0 : PASTE_GAP_NS);

	while (!con_waiting() && arch_clock_ns() < end)
		arch_cpu_relax();
	return !con_waiting();
}

/* The next byte's event.  Escape alone is waited for where it means something: in a search. */
static enum line_event next_event(void)
{
	int byte;

	if (edit.refused != KEY_NONE && is_pause())
		line_edit_pause(&edit);
	if (!edit.searching || !key_escape_pending(&keyboard))
		return line_edit_feed(&edit, (u8)con_getc());
	byte = con_getc_until(arch_clock_ns() + ESCAPE_GAP_NS);
	if (byte < 0)
		return line_edit_key(&edit, key_timeout(&keyboard));
	return line_edit_feed(&edit, (u8)byte);
}

static enum line_event read_line(void)
{
	enum line_event event;

	edit.columns = screen_columns();
	line_edit_begin(&edit, "crumb> ");
	do {
		event = next_event();
		if (event == LINE_REPORT && screen_answer(keyboard.params[0], keyboard.params[1]))
			line_edit_resize(&edit, screen_columns());
	} while (event == LINE_MORE || event == LINE_REPORT);
	return event;
}

static void run_line(void)
{
	static struct fold fold;

	history_add(&history, edit.text);
	pager_begin();
	fold_begin(&fold);
	shell_run_line(edit.text, NULL, NULL);
	fold_end(&fold);
	pager_end();
	con_status(NULL);
}

/* Says what is missing where U+FFFD stands. */
static void refuse_line(void)
{
	char byte[] = "byte 0x00";
	const char *lost = byte;

	snprintf(byte + 7, 3, "%02x", (unsigned int)edit.lost & 0xff);
	if (edit.lost == KEY_NONE)
		lost = "no character (UTF-8)";
	else if (edit.lost == KEY_CTRL('I'))
		lost = "a tab";
	else if (edit.lost == KEY_UNKNOWN)
		lost = "an escape sequence";
	shell_error("what stands as \xef\xbf\xbd was %s; the line was not run", lost);
}

void shell_loop(void)
{
	set_up();
	at_prompt = true;
	screen_ask();
	for (;;) {
		enum line_event event = read_line();

		if (event == LINE_TOO_LONG)
			shell_error("a line has at most %d bytes; it was not run",
				    SHELL_LINE_MAX - 1);
		else if (event == LINE_UNREADABLE)
			refuse_line();
		else if (event == LINE_DONE)
			run_line();
	}
}

SHELL_CMD(history, "[-c]", "list the lines typed before, the newest last", .group = "shell",
	  .example = "history | grep alloc",
	  .details = "-c forgets them.  Ctrl-R searches them, the arrows walk them.")
{
	char line[SHELL_LINE_MAX];
	unsigned int lines = 0;
	bool forget = argc == 2 && !strcmp(argv[1], "-c");

	if (argc > 1 && !forget)
		return SHELL_USAGE;
	if (forget)
		history_init(&history, history_bytes, sizeof(history_bytes));
	while (history_get(&history, lines + 1, line, sizeof(line)))
		lines++;
	for (unsigned int age = lines; age && !con_interrupted(); age--) {
		history_get(&history, age, line, sizeof(line));
		con_printf("%5u  ", lines - age + 1);
		con_puts(line);
		con_putc('\n');
	}
	return SHELL_OK;
}
