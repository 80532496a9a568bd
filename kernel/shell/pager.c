/*
 * pager.c - stops long output when the screen is full, until a key is pressed
 *
 *	PASS ──screen full──> ask() ──space, Enter──> PASS
 *	  ^                     ├──/, a word──> SEEK: lines are held until one has the word ──> PASS
 *	  │                     └──q, Ctrl-C──> DROP: nothing is shown, and the command is interrupted;
 *	  │                                     after Ctrl-C it may say so, and what it left
 *	  └────────────────────────────────────────────────── the command ends ──────────────────┘
 *
 * Invariants
 *   P1  It never waits with interrupts off: a lock may be held.  What comes then passes, and it asks
 *       with the next byte after that.
 *   P2  It asks when a byte more would push the first row of the page off the screen, not before: what
 *       just fits is not asked about.
 *
 * Locking: none; it is entered by one at a time (console.c, I3).
 * Read next: row_count.c.
 */
#include <string.h>

#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/shell/keyboard.h"
#include "kernel/shell/pager.h"
#include "kernel/shell/row_count.h"
#include "kernel/shell/screen.h"
#include "kernel/shell/shell.h"

enum { WORD_MAX = 60, LINE_MAX = 512 /* of a longer line each part is searched by itself */ };

static void pager_write(struct con_stage *stage, const char *s, size_t len);

static struct pager {
	struct con_stage stage;
	enum { PASS, SEEK, DROP } mode;
	bool in_place, held;
	bool quit;    /* by q, so that the next command goes on */
	bool newline; /* a row's end that was asked behind has been shown */
	struct row_count count;
	unsigned int rows; /* shown since it was asked last */
	char word[WORD_MAX + 1];
	char line[LINE_MAX + 1];
	size_t len;
} pager = { .stage.write = pager_write };

static bool wanted = true; /* pager on|off */

static void show(const char *text)
{
	con_pass(&pager.stage, text, strlen(text));
}

/* --- asking ----------------------------------------------------------------------------------- */

/* One key of the word that is searched for; false when it is finished, or given up (word empty). */
static bool word_key(int key, size_t *len)
{
	char bytes[UTF8_BYTES + 1] = {};

	if (key == KEY_ESCAPE || key == KEY_CTRL('C') || key == KEY_CTRL('G'))
		*len = 0;
	if (!*len && key != KEY_ENTER && key < ' ')
		return false;
	if (key == KEY_ENTER || key == KEY_ESCAPE)
		return false;
	if (key == KEY_BACKSPACE && *len) {
		*len = utf8_before(pager.word, *len);
	} else if (key >= ' ' && key < KEY_UP && *len + UTF8_BYTES <= WORD_MAX) {
		size_t n = utf8_put((u32)key, bytes);

		memcpy(pager.word + *len, bytes, n);
		*len += n;
	}
	pager.word[*len] = 0;
	show("\r\033[K/");
	show(pager.word);
	return true;
}

/* Reads a word; an empty one is the one before. */
static bool read_word(void)
{
	char before[WORD_MAX + 1];
	size_t len = 0;
	int key;

	strcpy(before, pager.word);
	show("/");
	do
		key = keyboard_get();
	while (word_key(key, &len));
	show("\r\033[K");
	if (key == KEY_ENTER && len)
		return true;
	strcpy(pager.word, before);
	return key == KEY_ENTER && *pager.word;
}

static void quit(bool by_ctrl_c)
{
	pager.mode = DROP;
	pager.len = 0;
	pager.quit = !by_ctrl_c;
	if (by_ctrl_c)
		show("^C\n");
	con_interrupt();
}

/* True when the key was one that means something here. */
static bool act(int key)
{
	if (key == ' ' || key == KEY_CTRL('F'))
		pager.rows = 0;
	else if (key == KEY_ENTER || key == KEY_DOWN)
		pager.rows--;
	else if (key == 'q' || key == 'Q' || key == KEY_ESCAPE || key == KEY_CTRL('C'))
		quit(key == KEY_CTRL('C'));
	else if (key == '/' && read_word())
		pager.mode = SEEK;
	else
		return false;
	return true;
}

static void ask(void)
{
	static const char keys[] = " space: page, Enter: line, /: search, q: quit ";
	int key;

	pager.newline = pager.count.wrapped;
	pager.count.wrapped = false;
	if (pager.newline)
		show("\n"); /* the cursor stood behind the last column */
	do {
		show("\033[7m more \033[m");
		show(screen_columns() > sizeof(keys) + 6 ? keys : "");
		key = keyboard_get();
		show("\r\033[K");
	} while (!act(key));
}

/* --- what is printed -------------------------------------------------------------------------- */

static void pass(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		pager.rows += row_count(&pager.count, (u8)s[i], screen_columns());
	con_pass(&pager.stage, s, len);
}

/* Holds the byte until its line is whole, and shows the line if it has the word. */
static void seek(char c)
{
	pager.line[pager.len++] = c;
	if (c != '\n' && pager.len < LINE_MAX)
		return;
	pager.line[pager.len] = 0;
	if (strstr(pager.line, pager.word)) {
		pager.mode = PASS;
		pager.rows = 0;
		pass("...\n", 4);
		pass(pager.line, pager.len);
	}
	pager.len = 0;
}

/* Of what an interrupted command still prints, only what it says of its end. */
static void drop(char c)
{
	static const char said[] = "error: ";

	if (pager.quit)
		return;
	pager.line[pager.len++] = c;
	if (c != '\n' && pager.len < LINE_MAX)
		return;
	if (!strncmp(pager.line, said, sizeof(said) - 1))
		con_pass(&pager.stage, pager.line, pager.len);
	pager.len = 0;
}

static bool full(void)
{
	return pager.rows >= screen_rows() - 1 && !arch_irqs_disabled(); /* P1, P2 */
}

static void pager_write(struct con_stage *stage, const char *s, size_t len)
{
	if (pager.held) {
		con_pass(stage, s, len);
		return;
	}
	for (; len; len--, s++) {
		pager.newline = false;
		if (pager.mode == PASS && full())
			ask();
		if (pager.newline && *s == '\n')
			continue;
		if (pager.mode == PASS)
			pass(s, 1);
		else if (pager.mode == SEEK)
			seek(*s);
		else
			drop(*s);
	}
}

/* --- around a line ---------------------------------------------------------------------------- */

void pager_begin(void)
{
	if (!wanted || !screen_attended())
		return;
	pager.mode = PASS;
	pager.rows = 0;
	pager.len = 0;
	pager.count = (struct row_count){};
	pager.in_place = true;
	con_push_stage(&pager.stage);
}

void pager_command_done(void)
{
	if (pager.in_place && pager.mode == SEEK) {
		show("nothing further has \"");
		show(pager.word);
		show("\"\n");
	}
	if (pager.in_place && pager.mode == DROP) {
		pager.rows = 0;
		if (pager.quit)
			con_clear_interrupt();
	}
	pager.mode = PASS;
	pager.len = 0;
}

void pager_end(void)
{
	if (!pager.in_place)
		return;
	con_pop_stage(&pager.stage);
	pager.in_place = pager.held = false;
}

bool pager_hold(bool hold)
{
	bool before = pager.held;

	pager.held = hold;
	return before;
}

/* --- the command ------------------------------------------------------------------------------ */

SHELL_CMD(
	pager, "[on|off]", "show long output by pages, or all at once", .group = "shell",
	.example = "pager",
	.details =
		"When the screen is full: space shows the next page, Enter one line more, / and a\n"
		"word go on where it stands next, q drops the rest and ends the command.  Off in\n"
		"run=, and where no terminal has said how large it is (rows= says it).")
{
	if (argc > 2 || (argc == 2 && strcmp(argv[1], "on") && strcmp(argv[1], "off")))
		return SHELL_USAGE;
	if (argc == 2)
		wanted = argv[1][1] == 'n';
	con_printf("pager %s%s\n", wanted ? "on" : "off",
		   wanted && !screen_attended() ? ", but no terminal has said its size" : "");
	return SHELL_OK;
}
