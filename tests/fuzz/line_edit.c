/*
 * line_edit.c - the line editor: the same keys to it and to a model, and a terminal that shows the line
 *
 *	input   [columns] [steps ...]: characters, keys in every form in which terminals send them, pauses,
 *	        sequences that mean nothing, raw bytes, another width
 *
 *	step ──bytes──> line_edit_feed() ──> text, cursor ── equal ──> line_model
 *	                       └──emitted──> terminal_model ─ shows ─> text
 *
 * Behind raw bytes the model takes over what the editor has: of those only the editor's own invariants
 * are claimed.
 *
 * Read next: kernel/shell/line_edit.c, whose invariants E1 to E5 are claimed; line_model.c.
 */
#include "tests/fuzz/exact.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/line_model.h"
#include "tests/selftests/shell/line_shown.h"

#define PROMPT "crumb> "

enum { ESC = 0x1b, STEPS_MAX = 64 };

static const char *const words[] = { "alloc", "allocs", "balance", "free", "/proc/",
				     "echos", "echo",	"free",	   "a=",   NULL };

/* A terminal, the editor that writes to it, and the model that is given the same keys. */
struct desk {
	struct terminal_model terminal;
	struct key_decoder keys;
	struct history history;
	char *history_bytes;
	struct line_edit edit;
	struct line_model model;
	int refused; /* the key that left nothing, and behind which nobody has paused yet */
};

static struct desk *desk;

static const char *candidate(const char *text, size_t cursor, unsigned int nth, size_t *start)
{
	for (*start = cursor; *start && text[*start - 1] != ' ';)
		--*start;
	return words[nth];
}

/* --- claims ----------------------------------------------------------------------------------- */

static void claim_shown(void)
{
	const char *wrong = line_shown_wrong(&desk->edit, &desk->terminal);

	if (wrong)
		fuzz_fail("\"%s\", cursor at byte %zu of %zu columns: %s", desk->edit.text,
			  desk->edit.cursor, desk->edit.columns, wrong);
}

static void claim_same(const char *what)
{
	const struct line_text *line = &desk->model.line;
	char text[4 * SHELL_LINE_MAX];
	size_t cursor = line_model_bytes(line, line->cursor, text);

	line_model_bytes(line, line->nr, text);
	if (strcmp(text, desk->edit.text) != 0)
		fuzz_fail("%s: the line is \"%s\", not \"%s\"", what, desk->edit.text, text);
	if (desk->edit.cursor != cursor)
		fuzz_fail("%s: the cursor is at byte %zu, not %zu, of \"%s\"", what,
			  desk->edit.cursor, cursor, text);
	if (desk->edit.searching != desk->model.searching)
		fuzz_fail("%s: a search goes on in one of the two", what);
}

/* --- bytes ------------------------------------------------------------------------------------ */

static void next_line(void)
{
	line_edit_begin(&desk->edit, PROMPT);
	line_model_begin(&desk->model);
	desk->refused = KEY_NONE;
}

static void end_line(enum line_event event)
{
	if (event == LINE_DONE && desk->edit.overflowed)
		fuzz_fail("a line that lost a character is done");
	if (event == LINE_DONE)
		history_add(&desk->history, desk->edit.text);
}

/* Behind a key that left nothing comes this byte, and at once: what was it? */
static bool expect_mark(u8 first)
{
	bool marked = desk->refused != KEY_NONE && first != desk->refused && first != ESC;

	if (marked)
		line_model_mark(&desk->model);
	if (marked || first == ESC)
		desk->refused = KEY_NONE;
	return marked;
}

/* Bytes that do not end the line. */
static void feed(const char *bytes, size_t n)
{
	if (n)
		expect_mark((u8)bytes[0]);
	for (size_t i = 0; i < n; i++) {
		enum line_event event = line_edit_feed(&desk->edit, (u8)bytes[i]);

		if (event != LINE_MORE && event != LINE_REPORT)
			fuzz_fail("byte %02x ends the line (%d)", (u8)bytes[i], event);
	}
}

/* --- steps ------------------------------------------------------------------------------------ */

static const struct form {
	int key;
	const char *bytes;
} forms[] = {
	{ KEY_LEFT, "\033[D" },
	{ KEY_LEFT, "\033OD" },
	{ KEY_CTRL('B'), "\002" },
	{ KEY_RIGHT, "\033[C" },
	{ KEY_CTRL('F'), "\006" },
	{ KEY_WORD_LEFT, "\033b" },
	{ KEY_WORD_LEFT, "\033[1;5D" },
	{ KEY_WORD_RIGHT, "\033f" },
	{ KEY_WORD_RIGHT, "\033[1;3C" },
	{ KEY_HOME, "\033[H" },
	{ KEY_HOME, "\033[7~" },
	{ KEY_CTRL('A'), "\001" },
	{ KEY_END, "\033OF" },
	{ KEY_END, "\033[4~" },
	{ KEY_CTRL('E'), "\005" },
	{ KEY_BACKSPACE, "\177" },
	{ KEY_BACKSPACE, "\010" },
	{ KEY_DELETE, "\033[3~" },
	{ KEY_CTRL('D'), "\004" },
	{ KEY_CTRL('W'), "\027" },
	{ KEY_CTRL('W'), "\033\177" },
	{ KEY_CTRL('U'), "\025" },
	{ KEY_CTRL('K'), "\013" },
	{ KEY_CTRL('L'), "\014" },
	{ KEY_UP, "\033[A" },
	{ KEY_CTRL('P'), "\020" },
	{ KEY_DOWN, "\033OB" },
	{ KEY_CTRL('N'), "\016" },
	{ KEY_CTRL('I'), "\t" },
	{ KEY_CTRL('R'), "\022" },
	{ KEY_CTRL('G'), "\007" },
	{ KEY_CTRL('Z'), "\032" },
};

/* A key; a control byte that leaves nothing but a bell, or a list of words, is refused. */
static void press(const struct form *form)
{
	const struct line_text *line = &desk->model.line;
	unsigned int nr, cursor, bells = desk->terminal.bells + expect_mark((u8)form->bytes[0]);
	bool searching = desk->model.searching, alone;

	nr = line->nr;
	cursor = line->cursor;
	desk->terminal.log_len = 0;
	for (const char *byte = form->bytes; *byte; byte++)
		line_edit_feed(&desk->edit, (u8)*byte);
	line_model_key(&desk->model, form->key);
	if (searching && desk->model.searching)
		return;
	alone = form->key < ' ' && line->nr == nr && line->cursor == cursor;
	alone &= desk->terminal.bells > bells || desk->terminal.log_len;
	desk->refused = alone ? form->key : KEY_NONE;
}

static void type_code(u32 code)
{
	char bytes[UTF8_BYTES];

	feed(bytes, utf8_put(code, bytes));
	line_model_key(&desk->model, (int)code);
	desk->refused = KEY_NONE;
}

/* Of every width and length; no control character. */
static u32 pick_code(struct fuzz_input *in)
{
	static const u32 codes[] = { 0xe9,   0x65e5, 0x301,   0x1f600, 0xfffd, 0x10ffff,
				     0x200b, 0xa0,   0x1f468, 0xff41,  ' ',    '$' };
	u8 pick = fuzz_u8(in);

	if (pick < 216)
		return " abcefhlnorst/=x-."[pick % 18];
	if (pick < 252)
		return codes[pick % ARRAY_SIZE(codes)];
	return 0x100 + fuzz_u16(in) % 0xd700; /* below the surrogates */
}

static void enter(struct fuzz_input *in)
{
	static const char ends[] = "\r\n";
	char end = ends[fuzz_below(in, 2)];
	enum line_event want, got;

	if (desk->keys.after_cr && end == '\n')
		end = '\r'; /* or it would be the CR's */
	expect_mark((u8)end);
	want = line_model_enter(&desk->model);
	got = line_edit_feed(&desk->edit, (u8)end);
	if (want != got)
		fuzz_fail("Enter ends \"%s\" as %d, not %d", desk->edit.text, got, want);
	claim_same("Enter");
	end_line(got);
	next_line();
}

static void cancel(void)
{
	expect_mark(3);
	if (line_edit_feed(&desk->edit, 3) != LINE_CANCELED || desk->edit.len)
		fuzz_fail("Ctrl-C leaves \"%s\"", desk->edit.text);
	next_line();
}

/* Whatever it is, it is over with the last byte; then the model goes on from there. */
static void feed_raw(struct fuzz_input *in)
{
	unsigned int n = fuzz_below(in, 24);

	for (unsigned int i = 0; i <= n; i++) {
		u8 byte = i < n ? fuzz_u8(in) : KEY_CTRL('E');
		enum line_event event = line_edit_feed(&desk->edit, byte);

		if (event == LINE_DONE) {
			line_model_follow(&desk->model, &desk->edit);
			line_model_enter(&desk->model);
		}
		if (event != LINE_MORE && event != LINE_REPORT) {
			end_line(event);
			next_line();
		}
		claim_shown();
	}
	line_edit_pause(&desk->edit);
	desk->refused = KEY_NONE;
	line_model_follow(&desk->model, &desk->edit);
}

/* Sequences that mean nothing, and the terminal's answer to a question. */
static void feed_foreign(struct fuzz_input *in)
{
	static const char *const foreign[] = { "\033[99~", "\033[?25h", "\033]0;t\007", "\033(B",
					       "\033[[A",  "\033Z",	"\033[24;80R" };
	unsigned int which = fuzz_below(in, ARRAY_SIZE(foreign));

	feed(foreign[which], strlen(foreign[which]));
	if (which < 6)
		desk->refused = KEY_UNKNOWN;
}

static void resize(struct fuzz_input *in)
{
	size_t columns = 20 + fuzz_below(in, MODEL_COLUMNS - 20 + 1);

	if (!desk->model.searching) /* its prompt was made for a width */
		line_edit_resize(&desk->edit, columns);
}

static void pause_typing(void)
{
	line_edit_pause(&desk->edit);
	desk->refused = KEY_NONE;
}

/* The same character some times. */
static void type_many(struct fuzz_input *in)
{
	u32 code = pick_code(in);
	unsigned int most = code < 0x300 ? 16 : 4; /* widths of others are looked up in a table */

	for (unsigned int n = fuzz_below(in, most); n; n--)
		type_code(code);
}

static void take_step(struct fuzz_input *in)
{
	unsigned int step = fuzz_u8(in);
	const struct form *form = &forms[step % ARRAY_SIZE(forms)];

	if (step < 96)
		press(form);
	else if (step < 200)
		type_code(pick_code(in));
	else if (step < 202)
		type_many(in);
	else if (step < 222)
		enter(in);
	else if (step < 226)
		cancel();
	else if (step < 232)
		feed_raw(in);
	else if (step < 238)
		feed_foreign(in);
	else if (step < 242)
		resize(in);
	else
		pause_typing();
	claim_same(step < 96 ? form->bytes + (*form->bytes == ESC) : "a step");
	claim_shown();
}

/* --- an input --------------------------------------------------------------------------------- */

/* Lines to be recalled: one wider than the row, one that almost fills the line. */
static void remember_long_lines(void)
{
	static const unsigned int lengths[] = { SHELL_LINE_MAX - 4, 100 };
	char line[SHELL_LINE_MAX];

	for (unsigned int i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (unsigned int n = 0; n < lengths[i]; n++)
			line[n] = "alloc =b/"[n % 9];
		line[lengths[i]] = '\0';
		history_add(&desk->history, line);
		line_model_remember(&desk->model, line);
	}
}

static void set_up(size_t columns, bool long_lines)
{
	terminal_model_init(&desk->terminal);
	desk->history_bytes = malloc(LINE_MODEL_HISTORY);
	history_init(&desk->history, desk->history_bytes, LINE_MODEL_HISTORY);
	desk->edit.history = &desk->history;
	desk->edit.candidate = candidate;
	desk->edit.keys = &desk->keys;
	desk->edit.row.emit = terminal_model_emit;
	desk->edit.row.context = &desk->terminal;
	desk->edit.columns = columns;
	desk->model.words = words;
	if (long_lines)
		remember_long_lines();
	next_line();
}

static void run(const u8 *data, size_t size)
{
	struct fuzz_input in = fuzz_read(data, size);
	u8 first;

	desk = calloc(1, sizeof(*desk));
	first = fuzz_u8(&in);
	set_up(20 + first % 61, first >= 7 * 32);
	for (unsigned int steps = 0; in.left && steps < STEPS_MAX; steps++)
		take_step(&in);
	line_model_end(&desk->model);
	free(desk->history_bytes);
	free(desk);
}

FUZZ_TARGET(line_edit, "keys at the line editor, against a model and a terminal", run,
	    .pure = true);
