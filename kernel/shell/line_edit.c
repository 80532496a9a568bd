/*
 * line_edit.c - what each key does to the line
 *
 *	bytes --keys.c--> key --bindings[]--> text, cursor --line_show.c--> wanted row --row.c--> bytes
 *
 * Invariants (after each line_edit_feed())
 *   E1  cursor <= len < SHELL_LINE_MAX, text[len] == 0, text is sound UTF-8 without control
 *       characters.
 *   E2  The terminal shows prompt and window, its cursor stands at text[cursor].
 *   E3  A line that lost a character is never LINE_DONE: one that did not fit is remembered, and
 *       where bytes were no character U+FFFD stands, with which a line is refused.
 *   E4  Editing a recalled line leaves the history as it was.
 *   E5  A key that means nothing here leaves nothing, but the bell: a person hears it and goes on.
 *       With more right behind it, it was a byte of a pasted text, where a tab is no wish for
 *       completion either: U+FFFD stands for it.
 *
 * Locking: none, an editor belongs to its caller.
 * Read next: bindings[], then line_show.c, line_complete.c, search.c.
 * The keys are those of Emacs and GNU readline.
 */
#include "kernel/shell/line_edit_impl.h"

void line_bell(struct line_edit *edit)
{
	edit->rang = true;
	row_emit(&edit->row, "\a");
}

/* --- changing the text ------------------------------------------------------------------------ */

void line_set_text(struct line_edit *edit, const char *text)
{
	edit->len = edit->cursor = strlen(text);
	memmove(edit->text, text, edit->len + 1);
	edit->first = 0; /* the old window may begin within a character of the new text */
	edit->overflowed = false;
}

bool line_insert(struct line_edit *edit, const char *s, size_t n)
{
	char *at = edit->text + edit->cursor;

	if (n >= SHELL_LINE_MAX - edit->len)
		return false; /* keeps E1 */
	memmove(at + n, at, edit->len - edit->cursor + 1);
	memcpy(at, s, n);
	edit->len += n;
	edit->cursor += n;
	return true;
}

static void type(struct line_edit *edit, u32 code)
{
	char bytes[UTF8_BYTES];
	size_t n = utf8_put(code, bytes);

	if (line_insert(edit, bytes, n))
		return;
	edit->overflowed = true; /* keeps E3 */
	line_bell(edit);
}

/* Removes [from, to) and leaves the cursor at from. */
static void cut(struct line_edit *edit, size_t from, size_t to)
{
	if (from == to)
		line_bell(edit);
	memmove(edit->text + from, edit->text + to, edit->len - to + 1);
	edit->len -= to - from;
	edit->cursor = from;
	if (!edit->len)
		edit->overflowed = false; /* nothing is left of the line that was too long */
}

static void move(struct line_edit *edit, size_t to)
{
	if (edit->cursor == to)
		line_bell(edit);
	edit->cursor = to;
}

/* One character to the left or right of the cursor, as far as there is one. */
static size_t place_before(const struct line_edit *edit)
{
	return edit->cursor ? utf8_before(edit->text, edit->cursor) : 0;
}

static size_t place_after(const struct line_edit *edit)
{
	bool more = edit->cursor < edit->len;

	return more ? utf8_after(edit->text, edit->len, edit->cursor) : edit->len;
}

/* Words end at blanks. */
static size_t word_start(const struct line_edit *edit)
{
	size_t at = edit->cursor;

	while (at > 0 && edit->text[at - 1] == ' ')
		at--;
	while (at > 0 && edit->text[at - 1] != ' ')
		at--;
	return at;
}

static size_t word_end(const struct line_edit *edit)
{
	size_t at = edit->cursor;

	while (edit->text[at] == ' ')
		at++;
	while (edit->text[at] && edit->text[at] != ' ')
		at++;
	return at;
}

/* --- what the keys do ------------------------------------------------------------------------- */

static void go_left(struct line_edit *edit)
{
	move(edit, place_before(edit));
}

static void go_right(struct line_edit *edit)
{
	move(edit, place_after(edit));
}

static void go_word_left(struct line_edit *edit)
{
	move(edit, word_start(edit));
}

static void go_word_right(struct line_edit *edit)
{
	move(edit, word_end(edit));
}

static void go_home(struct line_edit *edit)
{
	edit->cursor = 0;
}

static void go_end(struct line_edit *edit)
{
	edit->cursor = edit->len;
}

static void delete_left(struct line_edit *edit)
{
	cut(edit, place_before(edit), edit->cursor);
}

static void delete_here(struct line_edit *edit)
{
	if (edit->len) /* Ctrl-D on an empty line does nothing at all */
		cut(edit, edit->cursor, place_after(edit));
}

static void delete_word(struct line_edit *edit)
{
	cut(edit, word_start(edit), edit->cursor);
}

static void delete_to_start(struct line_edit *edit)
{
	cut(edit, 0, edit->cursor);
}

static void delete_to_end(struct line_edit *edit)
{
	cut(edit, edit->cursor, edit->len);
}

static void clear_screen(struct line_edit *edit)
{
	row_emit(&edit->row, "\033[H\033[2J");
	row_begin(&edit->row);
	if (edit->cleared)
		edit->cleared(edit->row.context);
}

void line_keep_draft(struct line_edit *edit)
{
	memcpy(edit->draft, edit->text, edit->len + 1);
	edit->draft_overflowed = edit->overflowed;
}

void line_restore_draft(struct line_edit *edit)
{
	edit->age = 0;
	line_set_text(edit, edit->draft);
	edit->overflowed = edit->draft_overflowed; /* keeps E3 */
}

static void recall_older(struct line_edit *edit)
{
	if (edit->age == 0)
		line_keep_draft(edit);
	if (!history_get(edit->history, edit->age + 1, edit->text, sizeof(edit->text))) {
		line_bell(edit);
		return;
	}
	edit->age++;
	line_set_text(edit, edit->text);
}

static void recall_newer(struct line_edit *edit)
{
	if (edit->age == 0) {
		line_bell(edit);
		return;
	}
	if (--edit->age == 0)
		line_restore_draft(edit);
	else if (history_get(edit->history, edit->age, edit->text, sizeof(edit->text)))
		line_set_text(edit, edit->text);
}

/* --- keys ------------------------------------------------------------------------------------- */

static const struct binding {
	int key;
	void (*act)(struct line_edit *edit);
} bindings[] = {
	{ KEY_LEFT, go_left },
	{ KEY_CTRL('B'), go_left },
	{ KEY_RIGHT, go_right },
	{ KEY_CTRL('F'), go_right },
	{ KEY_WORD_LEFT, go_word_left },
	{ KEY_WORD_RIGHT, go_word_right },
	{ KEY_HOME, go_home },
	{ KEY_CTRL('A'), go_home },
	{ KEY_END, go_end },
	{ KEY_CTRL('E'), go_end },
	{ KEY_BACKSPACE, delete_left },
	{ KEY_DELETE, delete_here },
	{ KEY_CTRL('D'), delete_here },
	{ KEY_CTRL('W'), delete_word },
	{ KEY_CTRL('U'), delete_to_start },
	{ KEY_CTRL('K'), delete_to_end },
	{ KEY_CTRL('L'), clear_screen },
	{ KEY_UP, recall_older },
	{ KEY_CTRL('P'), recall_older },
	{ KEY_DOWN, recall_newer },
	{ KEY_CTRL('N'), recall_newer },
	{ KEY_CTRL('I'), line_complete },
	{ KEY_CTRL('R'), line_search },
};

static void press(struct line_edit *edit, int key)
{
	if (key >= ' ' && key < KEY_UP) {
		type(edit, (u32)key);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(bindings); i++)
		if (bindings[i].key == key) {
			bindings[i].act(edit);
			return;
		}
	if (key != KEY_ESCAPE)
		line_bell(edit); /* a control byte without a meaning */
}

/* Does a character stand for bytes that were none?  A typed one cannot be told from it. */
static bool unreadable(const struct line_edit *edit)
{
	char mark[UTF8_BYTES + 1] = {};

	utf8_put(UTF8_REPLACEMENT, mark);
	return strstr(edit->text, mark);
}

static enum line_event end_line(struct line_edit *edit)
{
	row_emit(&edit->row, "\n");
	if (edit->overflowed)
		return LINE_TOO_LONG;
	return unreadable(edit) ? LINE_UNREADABLE : LINE_DONE;
}

static enum line_event cancel_line(struct line_edit *edit)
{
	go_end(edit); /* or ^C would stand on the text */
	line_refresh(edit);
	row_emit(&edit->row, edit->row.column + 2 < edit->columns ? "^C\n" : "\n^C\n");
	line_set_text(edit, "");
	return LINE_CANCELED;
}

static bool left_nothing(const struct line_edit *edit, int key, size_t len, size_t cursor)
{
	bool control = key >= 0 && key < ' ';

	return control && (edit->rang || edit->listed) && edit->len == len &&
	       edit->cursor == cursor;
}

enum line_event line_edit_key(struct line_edit *edit, int key)
{
	size_t len = edit->len, cursor = edit->cursor;

	if (edit->searching && line_search_key(edit, key)) {
		line_refresh(edit);
		return LINE_MORE;
	}
	if (key == KEY_ENTER)
		return end_line(edit);
	if (key == KEY_CTRL('C'))
		return cancel_line(edit);
	if (key != KEY_CTRL('I'))
		edit->after_tab = false;
	edit->rang = edit->listed = false;
	press(edit, key);
	edit->refused = left_nothing(edit, key, len, cursor) ? key : KEY_NONE;
	line_refresh(edit);
	return LINE_MORE;
}

/* A mark for what is not in the line, which the line is refused for (keeps E3). */
static void mark(struct line_edit *edit, int lost)
{
	line_search_end(edit);
	edit->lost = lost;
	edit->rang = false;
	type(edit, UTF8_REPLACEMENT);
	if (!edit->rang) /* of a full line it has rung already */
		line_bell(edit);
	line_refresh(edit);
}

/* Keeps E5; a key that repeats itself, and one that begins with Escape, may come as fast. */
static void mark_refused(struct line_edit *edit, u8 byte)
{
	int refused = edit->refused;

	if (refused == KEY_NONE || byte == refused)
		return;
	edit->refused =
		KEY_NONE; /* or a sequence's second byte would be the one that comes too soon */
	if (byte != KEY_CTRL('['))
		mark(edit, refused);
}

void line_edit_pause(struct line_edit *edit)
{
	edit->refused = KEY_NONE;
}

enum line_event line_edit_feed(struct line_edit *edit, u8 byte)
{
	int key;

	mark_refused(edit, byte);
	key = key_decode(edit->keys, byte);
	for (; edit->keys->unreadable; edit->keys->unreadable--)
		mark(edit, KEY_NONE);
	if (key == KEY_UNKNOWN)
		edit->refused = key;
	if (key == KEY_NONE || key == KEY_UNKNOWN)
		return LINE_MORE;
	return key == KEY_REPORT ? LINE_REPORT : line_edit_key(edit, key);
}

void line_edit_begin(struct line_edit *edit, const char *prompt)
{
	edit->prompt = prompt;
	edit->first = edit->age = 0;
	edit->after_tab = edit->searching = false;
	edit->refused = KEY_NONE;
	line_set_text(edit, "");
	row_begin(&edit->row);
	line_refresh(edit);
}
