/*
 * line_edit.c - the line editor, key by key, against a model of the terminal
 *
 *	bytes --> line_edit_feed() --> text, cursor ------+
 *	                 |                                 compared after every key
 *	                 +-- emitted bytes --> model ------+
 *
 * Read next: kernel/shell/line_edit.c, whose invariants E1 to E4 are checked here.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "kernel/shell/line_edit.h"
#include "lib/random.h"
#include "line_shown.h"

#define PROMPT "crumb> "

#define LEFT  "\033[D"
#define RIGHT "\033[C"
#define UP    "\033[A"
#define DOWN  "\033[B"

enum { PROMPT_LEN = sizeof(PROMPT) - 1, WIDTH = MODEL_COLUMNS - 1 - PROMPT_LEN };

/* All that a test needs; too much for a stack. */
struct desk {
	struct terminal_model model;
	char history_bytes[2048];
	struct history history;
	struct line_edit edit;
	struct key_decoder keys;
};
SELFTEST_TABLE(struct desk, desk, 1);

static const char *const words[] = { "alloc",  "allocs", "balance", "free",
				     "/proc/", "echos",	 "echo",    "free" };

/* Offers all words for the last blank-delimited one. */
static const char *candidate(const char *text, size_t cursor, unsigned int nth, size_t *start)
{
	for (*start = cursor; *start && text[*start - 1] != ' ';)
		--*start;
	return nth < ARRAY_SIZE(words) ? words[nth] : NULL;
}

static void start(void)
{
	terminal_model_init(&desk->model);
	history_init(&desk->history, desk->history_bytes, sizeof(desk->history_bytes));
	memset(&desk->edit, 0, sizeof(desk->edit));
	memset(&desk->keys, 0, sizeof(desk->keys));
	desk->edit.keys = &desk->keys;
	desk->edit.history = &desk->history;
	desk->edit.candidate = candidate;
	desk->edit.columns = MODEL_COLUMNS;
	desk->edit.row.emit = terminal_model_emit;
	desk->edit.row.context = &desk->model;
	line_edit_begin(&desk->edit, PROMPT);
}

/* E1 and E2. */
static bool consistent(void)
{
	const char *wrong = line_shown_wrong(&desk->edit, &desk->model);

	if (wrong)
		selftest_fail(__FILE__, __LINE__, "%s", wrong);
	return !wrong;
}

/* Feeds bytes, at once or with a pause behind each; the model must agree after each. */
static bool feed(const char *bytes, size_t n, bool pauses)
{
	for (size_t i = 0; i < n; i++) {
		CHECK(line_edit_feed(&desk->edit, (u8)bytes[i]) == LINE_MORE);
		CHECK(consistent());
		if (pauses)
			line_edit_pause(&desk->edit);
	}
	return true;
}

/* As a person does. */
static bool type(const char *bytes)
{
	return feed(bytes, strlen(bytes), true);
}

/* The line that a pasted text leaves, and how Enter right behind it ends. */
static enum line_event pasted(const char *bytes, size_t n)
{
	start();
	if (!feed(bytes, n, false))
		return LINE_MORE;
	return line_edit_feed(&desk->edit, '\r');
}

static bool line_is(const char *text, size_t cursor)
{
	CHECK(strcmp(desk->edit.text, text) == 0);
	CHECK(desk->edit.cursor == cursor);
	return true;
}

/* From an empty line: these bytes leave this text and cursor. */
static bool gives(const char *bytes, const char *text, size_t cursor)
{
	start();
	CHECK(type(bytes));
	return line_is(text, cursor);
}

static bool enter(const char *line)
{
	CHECK(type(line));
	CHECK(line_edit_feed(&desk->edit, '\r') == LINE_DONE);
	history_add(&desk->history, desk->edit.text);
	line_edit_begin(&desk->edit, PROMPT);
	return true;
}

SELFTEST(shell, edit_moves, "every cursor key moves, and typing inserts where the cursor stands")
{
	EXPECT(gives("abc", "abc", 3));
	EXPECT(gives("abc" LEFT LEFT "X", "aXbc", 2));
	EXPECT(gives("abc" LEFT LEFT RIGHT "X", "abXc", 3));
	EXPECT(gives("abc\002\002\006X", "abXc", 3)); /* Ctrl-B, Ctrl-F */
	EXPECT(gives("abc\033OD\033OD\033OCX", "abXc", 3));
	EXPECT(gives("abc\001X\005Y", "XabcY", 5)); /* Ctrl-A, Ctrl-E */
	EXPECT(gives("one two\033bX\033fY", "one XtwoY", 9));
	EXPECT(gives("one two\033[1;5D\033[1;3D\033[1;5CX", "oneX two", 4));
	EXPECT(gives("abc" RIGHT, "abc", 3));
	EXPECT_EQ(desk->model.bells, 1);
	EXPECT(gives(LEFT, "", 0));
	EXPECT_EQ(desk->model.bells, 1);
}

SELFTEST(shell, edit_home_end, "Home and End work in every form in which terminals send them")
{
	static const char *const homes[] = { "\033[H", "\033[1~", "\033[7~", "\033OH",
					     "\033[1;1H" };
	static const char *const ends[] = { "\033[F", "\033[4~", "\033[8~", "\033OF" };

	for (size_t i = 0; i < ARRAY_SIZE(homes); i++) {
		start();
		EXPECT(type("middle") && type(homes[i]) && line_is("middle", 0));
	}
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		start();
		EXPECT(type("middle\001") && type(ends[i]) && line_is("middle", 6));
	}
}

SELFTEST(shell, edit_deletes, "every deleting key takes away what it should and nothing else")
{
	EXPECT(gives("abc\177", "ab", 2));
	EXPECT(gives("abc\010", "ab", 2));
	EXPECT(gives("abc" LEFT "\177", "ac", 1));
	EXPECT(gives("abc\001\033[3~", "bc", 0));
	EXPECT(gives("abc\001\004", "bc", 0));	   /* Ctrl-D */
	EXPECT(gives("one two  \027", "one ", 4)); /* Ctrl-W */
	EXPECT(gives("one two" LEFT "\027", "one o", 4));
	EXPECT(gives("one two\033\177", "one ", 4));	     /* Alt-Backspace */
	EXPECT(gives("abcdef" LEFT LEFT "\025", "ef", 0));   /* Ctrl-U */
	EXPECT(gives("abcdef" LEFT LEFT "\013", "abcd", 4)); /* Ctrl-K */
	EXPECT(gives("aaaa" LEFT LEFT "\177", "aaa", 1));
	EXPECT(gives("\004", "", 0)); /* Ctrl-D on nothing: not even a bell */
	EXPECT_EQ(desk->model.bells, 0);
	EXPECT(gives("\177", "", 0));
	EXPECT_EQ(desk->model.bells, 1);
}

SELFTEST(shell, edit_screen,
	 "Ctrl-L clears the screen and shows the line again; Ctrl-C gives it up")
{
	EXPECT(gives("some words" LEFT LEFT "\014", "some words", 8));
	EXPECT_EQ(desk->model.clears, 1);
	EXPECT_EQ(line_edit_feed(&desk->edit, 3), LINE_CANCELED);
	EXPECT_EQ(strcmp(desk->model.log, "crumb> some words^C\n"), 0);
	EXPECT(line_is("", 0));
	line_edit_begin(&desk->edit, PROMPT);
	EXPECT(type("next") && line_is("next", 4));
}

SELFTEST(shell, edit_cancel_full, "Ctrl-C is shown without a write to the terminal's last column")
{
	for (size_t len = WIDTH - 4; len <= WIDTH + 1; len++) {
		start();
		for (size_t i = 0; i < len; i++)
			EXPECT(type("x"));
		EXPECT_EQ(line_edit_feed(&desk->edit, 3), LINE_CANCELED);
		EXPECT_EQ(desk->model.errors, 0);
		EXPECT(strstr(desk->model.log, "^C\n"));
	}
}

SELFTEST(shell, edit_enter, "CR, LF, CR LF and CR NUL each end a line exactly once")
{
	start();
	EXPECT_EQ(line_edit_feed(&desk->edit, '\r'), LINE_DONE);
	line_edit_begin(&desk->edit, PROMPT);
	EXPECT_EQ(line_edit_feed(&desk->edit, '\n'), LINE_MORE); /* the CR's */
	EXPECT_EQ(line_edit_feed(&desk->edit, '\n'), LINE_DONE);
	line_edit_begin(&desk->edit, PROMPT);
	EXPECT_EQ(line_edit_feed(&desk->edit, '\n'), LINE_DONE);
	line_edit_begin(&desk->edit, PROMPT);
	EXPECT(type("a"));
	EXPECT_EQ(line_edit_feed(&desk->edit, '\r'), LINE_DONE);
	line_edit_begin(&desk->edit, PROMPT);
	EXPECT(type("b"));
	EXPECT_EQ(line_edit_feed(&desk->edit, '\n'),
		  LINE_DONE); /* not the CR's: a key lies between */
	line_edit_begin(&desk->edit, PROMPT);
	EXPECT_EQ(line_edit_feed(&desk->edit, '\r'), LINE_DONE);
	line_edit_begin(&desk->edit, PROMPT);
	EXPECT_EQ(line_edit_feed(&desk->edit, 0), LINE_MORE); /* telnet's CR NUL */
	EXPECT_EQ(desk->model.bells, 0);
	EXPECT_EQ(line_edit_feed(&desk->edit, '\r'), LINE_DONE);
}

SELFTEST(shell, edit_noise, "noise and unknown sequences leave the line as it was")
{
	EXPECT(gives("a\001\033[99~\033[?25h\033[1;2;3;4;5R\033[123456789012345678Zb", "ba", 1));
	EXPECT(gives("a\033]0;title\007b\033P1;2\033\\c\033(Bd\033[[Ae\033Zf", "abcdef", 6));
	EXPECT(gives("a\033[200~b\033[<0;1;2Mc\033[ qd", "abcd", 4));
	EXPECT(gives("a\033[?D\033[>1~\033[ Hb", "ab", 2)); /* like keys, but not quite */
	EXPECT_EQ(desk->model.bells, 0);
	EXPECT(gives("a\007\023\036b", "ab", 2));
	EXPECT_EQ(desk->model.bells, 3);
	EXPECT_EQ(line_edit_feed(&desk->edit, 0), LINE_MORE);
	EXPECT(line_is("ab", 2));
	EXPECT_EQ(desk->model.bells, 4);
}

/* On the way to what a test is about: the model is compared once, at the end. */
static bool prepare(size_t n, const char *bytes)
{
	while (n--)
		for (const char *byte = bytes; *byte; byte++)
			CHECK(line_edit_feed(&desk->edit, (u8)*byte) == LINE_MORE);
	return consistent();
}

static bool type_many(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		CHECK(line_edit_feed(&desk->edit, (u8)('a' + i % 26)) == LINE_MORE);
		CHECK(consistent());
	}
	return true;
}

#define MARK	 "\357\277\275" /* U+FFFD */
#define E_ACUTE	 "\303\251"	/* one column */
#define SUN	 "\346\227\245" /* two */
#define OVER	 "\314\201"	/* an accent: none */
#define LAUGHING "\360\237\230\200"

SELFTEST(shell, edit_utf8, "a character of several bytes is typed, passed and deleted as one")
{
	EXPECT(gives("a" E_ACUTE "b", "a" E_ACUTE "b", 4));
	EXPECT(gives("a" SUN LAUGHING, "a" SUN LAUGHING, 8));
	EXPECT_EQ(desk->model.column, PROMPT_LEN + 5);
	EXPECT(gives("a" SUN "b" LEFT LEFT "X", "aX" SUN "b", 2));
	EXPECT(gives("a" SUN LEFT RIGHT "X", "a" SUN "X", 5));
	EXPECT(gives("a" SUN "b" LEFT "\177", "ab", 1));
	EXPECT(gives("a" SUN "b" LEFT LEFT "\033[3~", "ab", 1));
	EXPECT(gives("xe" OVER "y" LEFT LEFT "Z", "xZe" OVER "y",
		     2)); /* an accent goes with its letter */
	EXPECT(gives("xe" OVER "\177", "x", 1));
	EXPECT(gives("e" OVER "x\001\004", "x", 0));
	EXPECT(gives("\001" E_ACUTE " " SUN "\027", E_ACUTE " ", 3));
	EXPECT_EQ(desk->model.bells, 0);
}

SELFTEST(shell, edit_before_mark,
	 "before a mark without a character the cursor has a place of its own")
{
	start();
	EXPECT(type("\342\200\213ab\001"));
	for (unsigned int i = 0; i < WIDTH; i++)
		EXPECT(type("b"));
}

/* Half a row to the left, the window would begin behind the marks. */
SELFTEST(shell, edit_behind_marks, "marks alone at a line's beginning are not shown as hidden text")
{
	start();
	line_edit_resize(&desk->edit, 24);
	EXPECT(type("\342\200\213\342\200\213bbbbbbbbbbbbbbbb bbbb\001\033f"));
	for (unsigned int i = 0; i < 16; i++)
		EXPECT(type(LEFT));
}

SELFTEST(shell, edit_full_mark, "a mark for which a full line has no room rings once")
{
	unsigned int bells;

	start();
	EXPECT(prepare(SHELL_LINE_MAX - 1, "b"));
	bells = desk->model.bells;
	EXPECT(type("\303b")); /* half a character: a mark; then one that has no room either */
	EXPECT_EQ(desk->model.bells, bells + 2);
}

SELFTEST(shell, edit_unreadable, "what is no UTF-8 leaves a mark, with which the line is refused")
{
	static const char *const broken[] = { "\200",
					      "\377",
					      "\300\200",
					      "\340\237\277",
					      "\355\240\200",
					      "\364\220\200\200",
					      "\360\217\277\277",
					      "\302\200" };

	EXPECT(gives("a\303b", "a" MARK "b", 5));
	EXPECT_EQ(desk->model.bells, 1);
	EXPECT_EQ(line_edit_feed(&desk->edit, '\r'), LINE_UNREADABLE);
	EXPECT(gives("a\346\227" E_ACUTE "b", "a" MARK E_ACUTE "b", 7));
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		start();
		EXPECT(type("a") && type(broken[i]) && type("b"));
		EXPECT(desk->model.bells > 0 && strstr(desk->edit.text, MARK));
		EXPECT_EQ(line_edit_feed(&desk->edit, '\r'), LINE_UNREADABLE);
	}
	start();
	EXPECT(type("a\303"));
	EXPECT_EQ(line_edit_feed(&desk->edit, '\r'), LINE_UNREADABLE); /* torn by Enter */
	EXPECT(gives("a\377\177b", "ab", 2));
	EXPECT_EQ(line_edit_feed(&desk->edit, '\r'),
		  LINE_DONE); /* what was left is what is shown */
}

/* What means nothing in the middle of a word that nothing continues; "" is a NUL. */
static const char *const losses[] = { "\t", "\t\t", "", "\007", "\032", "\033[31m", "\033x" };

SELFTEST(shell, edit_pasted, "what a pasted line would lose is marked")
{
	char line[16];

	for (size_t i = 0; i < ARRAY_SIZE(losses); i++) {
		size_t n = max(strlen(losses[i]), (size_t)1);

		memcpy(line, "zz", 2);
		memcpy(line + 2, losses[i], n);
		line[2 + n] = 'b';
		EXPECT_EQ(pasted(line, 3 + n), LINE_UNREADABLE);
		EXPECT(strcmp(desk->edit.text, "zz" MARK "b") == 0);
		EXPECT_EQ(desk->edit.lost, *losses[i] == 27 ? KEY_UNKNOWN : *losses[i]);
		EXPECT_EQ(pasted(line, 2 + n), LINE_UNREADABLE); /* Enter comes at once, too */
		start(); /* a person hears the bell, and goes on */
		EXPECT(feed(line, 2 + n, false));
		line_edit_pause(&desk->edit);
		EXPECT(type("b") && line_is("zzb", 3));
		EXPECT_EQ(line_edit_feed(&desk->edit, '\r'), LINE_DONE);
	}
	EXPECT_EQ(pasted("b\t2", 3), LINE_DONE); /* a word is completed, and a blank stands there */
	EXPECT(strcmp(desk->edit.text, "balance 2") == 0);
	EXPECT_EQ(pasted("a\033[20~\033[20~", 11), LINE_UNREADABLE);
	EXPECT_EQ(pasted("zz\tb" LEFT "\177", 8), LINE_DONE); /* what was left is what is shown */
	EXPECT_EQ(pasted("zz\t" LEFT "\032\033[24;80R", 14), LINE_DONE); /* keys, and an answer */
}

SELFTEST(shell, edit_wide,
	 "a long line of wide characters is seen through the window, none of it halved")
{
	start();
	for (unsigned int i = 0; i < WIDTH; i++)
		EXPECT(type(i % 3 ? SUN : "x"));
	for (unsigned int i = 0; i < WIDTH; i++)
		EXPECT(type(LEFT));
	for (unsigned int i = 0; i < WIDTH; i++)
		EXPECT(type(i % 7 ? RIGHT : "\033[3~"));
	for (unsigned int i = 0; i < WIDTH / 3; i++)
		EXPECT(type("\177"));
	start();
	EXPECT(prepare(SHELL_LINE_MAX / 3, SUN));
	EXPECT_EQ(desk->model.bells, 0);
	EXPECT(type(SUN)); /* not a part of it */
	EXPECT_EQ(desk->model.bells, 1);
	EXPECT_EQ(line_edit_feed(&desk->edit, '\r'), LINE_TOO_LONG);
	start();
	EXPECT(type("e") &&
	       prepare(SHELL_LINE_MAX / 2 - 2, OVER)); /* more than a row has room for */
	EXPECT_EQ(desk->model.column, PROMPT_LEN + 1);
}

SELFTEST(shell, edit_resize, "a narrower or wider terminal shows the line again, as far as it fits")
{
	start();
	EXPECT(type_many(60));
	line_edit_resize(&desk->edit, 40);
	EXPECT_EQ(desk->model.clears, 1);
	EXPECT(terminal_model_used(&desk->model) < 40 && desk->edit.cursor == 60);
	line_edit_resize(&desk->edit, MODEL_COLUMNS);
	EXPECT_EQ(desk->model.clears, 1);
	EXPECT(consistent());
}

SELFTEST(shell, edit_reports, "the terminal's answer is told, and leaves the line as it was")
{
	start();
	EXPECT(type("ab\033[50;132"));
	EXPECT_EQ(line_edit_feed(&desk->edit, 'R'), LINE_REPORT);
	EXPECT(desk->keys.params[0] == 50 && desk->keys.params[1] == 132);
	EXPECT(type("c") && line_is("abc", 3));
	EXPECT_EQ(desk->model.bells, 0);
}

static bool fill_history(void)
{
	start();
	return enter("alloc pages 1") && enter("balance") && enter("alloc kmalloc 64") &&
	       enter("help");
}

/* Feeds without looking at the prompt, which is another one during a search. */
static bool seek(const char *bytes)
{
	for (; *bytes; bytes++)
		CHECK(line_edit_feed(&desk->edit, (u8)*bytes) == LINE_MORE);
	CHECK(desk->model.errors == 0);
	return true;
}

SELFTEST(shell, search_finds,
	 "Ctrl-R finds the newest line that holds what is typed, then older ones")
{
	EXPECT(fill_history());
	EXPECT(seek("\022al") && line_is("alloc kmalloc 64", 0));
	EXPECT(!strncmp(desk->model.cells, "search al: alloc kmalloc 64 ", 28));
	EXPECT(seek("\022") && line_is("balance", 1));
	EXPECT(seek("\022") && line_is("alloc pages 1", 0));
	EXPECT_EQ(desk->model.bells, 0);
	EXPECT(seek("\022") && line_is("alloc pages 1", 0));
	EXPECT_EQ(desk->model.bells, 1);
	EXPECT(!strncmp(desk->model.cells, "failed al: ", 11));
	EXPECT(seek("\177") && line_is("alloc kmalloc 64", 0)); /* from the newest again */
	EXPECT_EQ(line_edit_feed(&desk->edit, '\r'), LINE_DONE);
	EXPECT(line_is("alloc kmalloc 64", 0));
}

SELFTEST(shell, search_ends, "Ctrl-G and Escape give a search up; another key takes its line")
{
	EXPECT(fill_history() && seek("dra" LEFT "\022kmal") && line_is("alloc kmalloc 64", 6));
	EXPECT(seek("\007") && consistent() && line_is("dra", 3));
	EXPECT(seek("\022help"));
	EXPECT_EQ(line_edit_key(&desk->edit, KEY_ESCAPE), LINE_MORE);
	EXPECT(consistent() && line_is("dra", 3));
	EXPECT(seek("\022pages\001X") && consistent() && line_is("Xalloc pages 1", 1));
	EXPECT(type(DOWN) && line_is("balance", 7)); /* one newer than what was found */
}

SELFTEST(shell, search_ends_at_once, "what is searched for has a limit, and Ctrl-C ends it all")
{
	EXPECT(fill_history());
	EXPECT(seek("\022"));
	for (unsigned int i = 0; i < SOUGHT_MAX; i++)
		EXPECT(seek("z"));
	EXPECT_EQ(desk->model.bells, SOUGHT_MAX); /* none is found */
	EXPECT_EQ(strlen(desk->edit.sought), SOUGHT_MAX);
	EXPECT(seek("z"));
	EXPECT_EQ(strlen(desk->edit.sought), SOUGHT_MAX);
	EXPECT_EQ(line_edit_feed(&desk->edit, 3), LINE_CANCELED);
}

SELFTEST(shell, edit_no_lock, "Enter ends the line in the midst of any escape sequence")
{
	static const char *const begun[] = { "\033",	 "\033[", "\033[1", "\033[1;", "\033O",
					     "\033]0;x", "\033P", "\033(",  "\033[[" };

	for (size_t i = 0; i < ARRAY_SIZE(begun); i++) {
		start();
		EXPECT(type("x") && type(begun[i]));
		EXPECT_EQ(line_edit_feed(&desk->edit, '\r'), LINE_DONE);
		EXPECT(line_is("x", 1));
	}
}

static bool press_often(const char *key, size_t n)
{
	while (n--)
		CHECK(type(key));
	return true;
}

SELFTEST(shell, edit_long, "a line longer than the row is edited rightly through the window")
{
	start();
	EXPECT(type_many(WIDTH));
	EXPECT_EQ(terminal_model_used(&desk->model), PROMPT_LEN + WIDTH);
	EXPECT(type_many(200));
	EXPECT(press_often(LEFT, 230));
	EXPECT(type("MIDDLE"));
	EXPECT(press_often("\177", 10));
	EXPECT(press_often(RIGHT, 100));
	EXPECT(press_often("\033[3~", 20));
	EXPECT(type("\001\005\013\027"));
	EXPECT(line_is("", 0));
}

SELFTEST(shell, edit_full, "a character too many rings, and the line is refused as too long")
{
	start();
	EXPECT(prepare(SHELL_LINE_MAX - 1, "x"));
	EXPECT_EQ(desk->model.bells, 0);
	EXPECT(type("xyz"));
	EXPECT_EQ(desk->edit.len, SHELL_LINE_MAX - 1);
	EXPECT_EQ(desk->model.bells, 3);
	EXPECT(type("\177")); /* it is still not what was typed */
	EXPECT_EQ(line_edit_feed(&desk->edit, '\r'), LINE_TOO_LONG);
	line_edit_begin(&desk->edit, PROMPT);
	EXPECT(prepare(SHELL_LINE_MAX - 1, "x"));
	EXPECT_EQ(line_edit_feed(&desk->edit, '\r'), LINE_DONE);
	line_edit_begin(&desk->edit, PROMPT);
	EXPECT(prepare(SHELL_LINE_MAX, "x") && type("\025ok"));
	EXPECT_EQ(line_edit_feed(&desk->edit, '\r'), LINE_DONE);
}

SELFTEST(shell, edit_full_draft, "walking through the history does not make a cut line whole")
{
	start();
	EXPECT(enter("older"));
	EXPECT(prepare(SHELL_LINE_MAX, "x"));
	EXPECT(type(UP) && line_is("older", 5));
	EXPECT(type(DOWN));
	EXPECT_EQ(desk->edit.len, SHELL_LINE_MAX - 1);
	EXPECT_EQ(line_edit_feed(&desk->edit, '\r'), LINE_TOO_LONG);
}

SELFTEST(shell, edit_recalled_window, "a recalled line's window begins with a whole character")
{
	for (size_t typed = WIDTH; typed < 2ul * WIDTH; typed += 3) { /* odd and even columns */
		start();
		EXPECT(prepare(WIDTH / 2 + 1, SUN));
		EXPECT(enter(""));
		EXPECT(prepare(typed, "a"));
		EXPECT(type(UP DOWN UP));
	}
}

SELFTEST(shell, edit_cheap, "a character at the end of a line costs one byte on the wire")
{
	size_t before;

	start();
	before = desk->model.bytes;
	EXPECT(type_many(WIDTH));
	EXPECT_EQ(desk->model.bytes - before, WIDTH);
	before = desk->model.bytes;
	EXPECT(type_many(700)); /* the window jumps now and then */
	EXPECT(desk->model.bytes - before < 700ul * 5);
	EXPECT(gives("abcdefgh", "abcdefgh", 8));
	before = desk->model.bytes;
	EXPECT(type("\177"));
	EXPECT(desk->model.bytes - before <= 3);
	start();
	EXPECT(enter("get 1 of these words") && enter("get 2 of these words") && type(UP));
	before = desk->model.bytes;
	EXPECT(type(UP) && line_is("get 1 of these words", 20));
	EXPECT(desk->model.bytes - before <= 11); /* to the digit, the digit, and back */
}

SELFTEST(shell, edit_history, "the arrows walk the history; what was being typed comes back")
{
	start();
	EXPECT(enter("first") && enter("second") && enter("second") && enter("third"));
	EXPECT(type("dra" UP) && line_is("third", 5));
	EXPECT(type(UP) && line_is("second", 6));
	EXPECT(type("\020") && line_is("first", 5)); /* Ctrl-P */
	EXPECT_EQ(desk->model.bells, 0);
	EXPECT(type(UP) && line_is("first", 5));
	EXPECT_EQ(desk->model.bells, 1);
	EXPECT(type("-edited" DOWN UP) && line_is("first", 5)); /* E4 */
	EXPECT(type(DOWN "\016" DOWN) && line_is("dra", 3));	/* Ctrl-N */
	EXPECT(type(DOWN) && line_is("dra", 3));
	EXPECT_EQ(desk->model.bells, 2);
}

SELFTEST(shell, edit_completes, "Tab completes the only word, the common beginning, or rings")
{
	EXPECT(gives("b\t", "balance ", 8));
	EXPECT(gives("x b\t", "x balance ", 10));
	EXPECT(gives("fre\t", "free ", 5)); /* offered twice, but the same */
	EXPECT(gives("a\t", "alloc", 5));
	EXPECT(gives("e\t", "echo", 4));
	EXPECT(gives("/\t", "/proc/", 6)); /* wants to go on: no blank */
	EXPECT_EQ(desk->model.bells, 0);
	EXPECT(gives("zz\t", "zz", 2));
	EXPECT_EQ(desk->model.bells, 1);
	EXPECT(gives("ba end\001" RIGHT RIGHT "\t", "balance end", 8));
}

SELFTEST(shell, edit_lists, "a second Tab lists the words in order and shows the line again")
{
	EXPECT(gives("a\t", "alloc", 5));
	EXPECT(type("\t") && line_is("alloc", 5));
	EXPECT_EQ(strcmp(desk->model.log, "crumb> alloc\nalloc   allocs\n"), 0);
	EXPECT(gives("\t", "", 0));
	EXPECT(type("\t") && line_is("", 0));
	EXPECT_EQ(strcmp(desk->model.log,
			 "crumb>\n/proc/   alloc    allocs   balance  echo     echos    free\n"),
		  0);
	EXPECT(gives("al\tx\177\t", "alloc", 5)); /* a key lies between: not the second */
	EXPECT_EQ(strlen(desk->model.log), 0);
}

SELFTEST(shell, edit_complete_full, "completion never makes a line longer than it may be")
{
	start();
	EXPECT(type_many(SHELL_LINE_MAX - 4) && type(" b\t"));
	EXPECT_EQ(desk->edit.len, SHELL_LINE_MAX - 2);
	EXPECT_EQ(desk->model.bells, 1);
}

static const char *const sequences[] = { LEFT,	   RIGHT,     UP,	  DOWN,	   "\033[H",
					 "\033[F", "\033[3~", "\033b",	  "\033f", "\033OD",
					 "\033[",  "\033]",   "\303\251", SUN,	   ("e" OVER),
					 LAUGHING, SUN };

static bool feed_random(u8 byte)
{
	enum line_event event = line_edit_feed(&desk->edit, byte);

	if (event == LINE_MORE || event == LINE_REPORT)
		return true;
	if (event == LINE_DONE)
		history_add(&desk->history, desk->edit.text);
	CHECK(event != LINE_DONE || !desk->edit.overflowed); /* E3 */
	line_edit_begin(&desk->edit, PROMPT);
	return true;
}

static bool random_key(struct rng *rng)
{
	u32 kind = rng_below(rng, 100);
	const char *sequence = sequences[rng_below(rng, ARRAY_SIZE(sequences))];

	if (kind < 50)
		return feed_random((u8)(' ' + rng_below(rng, 95)));
	if (kind < 65)
		return feed_random((u8)rng_below(rng, 256));
	if (kind < 75)
		return feed_random((u8)rng_below(rng, 32));
	for (; *sequence; sequence++)
		CHECK(feed_random((u8)*sequence));
	return true;
}

SELFTEST(shell, edit_fuzz, "no bytes bring text, cursor and terminal apart")
{
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	start();
	for (unsigned int i = 0; i < 1500; i++) {
		u32 burst = rng_below(&rng, 400) ? 0 : rng_below(&rng, SHELL_LINE_MAX + 100);

		while (burst--)
			EXPECT(feed_random((u8)(' ' + rng_below(&rng, 95))));
		EXPECT(random_key(&rng));
		EXPECT(desk->edit.searching || consistent());
	}
}
