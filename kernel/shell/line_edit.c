/*
 * line_edit.c - what each key does to the line, and how a long line looks through a short row
 *
 *	bytes --keys.c--> key --bindings[]--> text, cursor --refresh()--> wanted row --row.c--> bytes
 *
 * A line longer than the row is seen through a window that jumps by half its width; `<` and `>`
 * stand where more is hidden:
 *
 *	crumb> <ges 2; alloc pages 3; free #1; alloc pages 4; alloc pages 5; free>
 *	       ^first + 0                        cursor never on a mark          ^ the last column
 *	                                                                           stays blank
 * Invariants (after each line_edit_feed())
 *   E1  cursor <= len < SHELL_LINE_MAX, text[len] == 0, text holds only 0x20 to 0x7e.
 *   E2  The terminal shows prompt and window, its cursor stands at text[cursor].
 *   E3  A line that lost a character is never LINE_DONE.
 *   E4  Editing a recalled line leaves the history as it was.
 *
 * Locking: none, an editor belongs to its caller.
 * Read next: bindings[], then refresh().
 * The keys are those of Emacs and GNU readline.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/shell/line_edit.h"

/* --- showing ------------------------------------------------------------------------------ */

static void bell(struct line_edit *edit)
{
	row_emit(&edit->row, "\a");
}

/* Characters of text that fit behind the prompt when the last column stays blank. */
static size_t window_width(const struct line_edit *edit)
{
	return edit->columns - 1 - strlen(edit->prompt);
}

static bool cursor_hidden(const struct line_edit *edit, size_t width)
{
	bool more_left = edit->first > 0, more_right = edit->first + width < edit->len;

	return edit->cursor < edit->first + more_left ||
	       edit->cursor > edit->first + width - (more_right ? 2 : 0);
}

/* Moves the window, by half its width so that a row is redrawn seldom. */
static void follow_cursor(struct line_edit *edit, size_t width)
{
	if (edit->len <= width)
		edit->first = 0;
	else if (cursor_hidden(edit, width))
		edit->first = edit->cursor > width / 2 ? edit->cursor - width / 2 : 0;
}

/* Brings the terminal up to date: keeps E2. */
static void refresh(struct line_edit *edit)
{
	size_t prompt = strlen(edit->prompt), width = window_width(edit), shown;
	char want[ROW_MAX];

	follow_cursor(edit, width);
	shown = min(edit->len - edit->first, width);
	memcpy(want, edit->prompt, prompt);
	memcpy(want + prompt, edit->text + edit->first, shown);
	if (edit->first > 0)
		want[prompt] = '<';
	if (edit->first + width < edit->len)
		want[prompt + width - 1] = '>';
	row_show(&edit->row, want, prompt + shown, prompt + edit->cursor - edit->first);
}

/* --- changing the text -------------------------------------------------------------------- */

static void set_text(struct line_edit *edit, const char *text)
{
	edit->len = edit->cursor = strlen(text);
	memmove(edit->text, text, edit->len + 1);
	edit->overflowed = false;
}

/* Inserts at the cursor; all or nothing. */
static bool insert(struct line_edit *edit, const char *s, size_t n)
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

static void type(struct line_edit *edit, char c)
{
	if (insert(edit, &c, 1))
		return;
	edit->overflowed = true; /* keeps E3 */
	bell(edit);
}

/* Removes [from, to) and leaves the cursor at from. */
static void cut(struct line_edit *edit, size_t from, size_t to)
{
	if (from == to)
		bell(edit);
	memmove(edit->text + from, edit->text + to, edit->len - to + 1);
	edit->len -= to - from;
	edit->cursor = from;
	if (!edit->len)
		edit->overflowed = false; /* nothing is left of the line that was too long */
}

static void move(struct line_edit *edit, size_t to)
{
	if (edit->cursor == to)
		bell(edit);
	edit->cursor = to;
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

/* --- what the keys do --------------------------------------------------------------------- */

static void go_left(struct line_edit *edit)
{
	move(edit, edit->cursor - (edit->cursor > 0));
}

static void go_right(struct line_edit *edit)
{
	move(edit, edit->cursor + (edit->cursor < edit->len));
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
	cut(edit, edit->cursor - (edit->cursor > 0), edit->cursor);
}

static void delete_here(struct line_edit *edit)
{
	if (edit->len) /* Ctrl-D on an empty line does nothing at all */
		cut(edit, edit->cursor, edit->cursor + (edit->cursor < edit->len));
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
}

static void recall_older(struct line_edit *edit)
{
	if (edit->age == 0) {
		memcpy(edit->draft, edit->text, edit->len + 1);
		edit->draft_overflowed = edit->overflowed;
	}
	if (!history_get(edit->history, edit->age + 1, edit->text, sizeof(edit->text))) {
		bell(edit);
		return;
	}
	edit->age++;
	set_text(edit, edit->text);
}

static void recall_newer(struct line_edit *edit)
{
	if (edit->age == 0) {
		bell(edit);
		return;
	}
	if (--edit->age == 0) {
		set_text(edit, edit->draft);
		edit->overflowed = edit->draft_overflowed; /* keeps E3 */
	} else if (history_get(edit->history, edit->age, edit->text, sizeof(edit->text))) {
		set_text(edit, edit->text);
	}
}

/* --- completion --------------------------------------------------------------------------- */

enum { LISTED_MAX = 200 }; /* more words than that help nobody */

struct match {
	size_t start;		    /* of the unfinished word */
	unsigned int count;	    /* words that continue it */
	bool differ;		    /* not all of them are equal */
	char common[CANDIDATE_MAX]; /* what they begin with */
};

/* Is it a word that may be typed without quotes?  Keeps E1. */
static bool is_plain(const char *word)
{
	for (; *word; word++)
		if (*word <= ' ' || *word > '~' || strchr("'\";\\", *word))
			return false;
	return true;
}

/* The nth candidate when it continues the unfinished word, else "". */
static const char *continuation(struct line_edit *edit, unsigned int nth, size_t *start)
{
	const char *word = edit->candidate(edit->text, edit->cursor, nth, start);

	if (!word)
		return NULL;
	if (strlen(word) >= CANDIDATE_MAX || !is_plain(word) ||
	    strncmp(word, edit->text + *start, edit->cursor - *start) != 0)
		return "";
	return word;
}

static void find_matches(struct line_edit *edit, struct match *match)
{
	const char *word;

	*match = (struct match){ .start = edit->cursor };
	for (unsigned int i = 0; (word = continuation(edit, i, &match->start)); i++) {
		size_t same = 0;

		if (!*word)
			continue;
		if (!match->count++)
			strcpy(match->common, word);
		while (word[same] && word[same] == match->common[same])
			same++;
		match->differ |= word[same] || match->common[same];
		match->common[same] = 0;
	}
}

/* Copies the first word in the alphabet behind `last` over it; false when there is none. */
static bool next_match(struct line_edit *edit, char *last)
{
	char best[CANDIDATE_MAX] = "";
	const char *word;
	size_t start;

	for (unsigned int i = 0; (word = continuation(edit, i, &start)); i++)
		if (strcmp(word, last) > 0 && (!*best || strcmp(word, best) < 0))
			strcpy(best, word);
	strcpy(last, best);
	return *best;
}

static size_t longest_match(struct line_edit *edit)
{
	size_t longest = 0, start;
	const char *word;

	for (unsigned int i = 0; (word = continuation(edit, i, &start)); i++)
		longest = max(longest, strlen(word));
	return longest;
}

static void list_matches(struct line_edit *edit)
{
	size_t width = longest_match(edit) + 2;
	size_t per_row = max((edit->columns - 1) / width, (size_t)1), column = 0;
	char word[CANDIDATE_MAX] = "", blanks[CANDIDATE_MAX + 2] = ""; /* before a word */

	row_emit(&edit->row, "\n");
	while (next_match(edit, word)) {
		row_emit(&edit->row, blanks);
		row_emit(&edit->row, word);
		if (++column % per_row)
			snprintf(blanks, sizeof(blanks), "%*s", (int)(width - strlen(word)), "");
		else
			strcpy(blanks, "\n");
	}
	row_emit(&edit->row, "\n");
	row_begin(&edit->row);
}

static void refuse_to_list(struct line_edit *edit, unsigned int count)
{
	char line[48];

	snprintf(line, sizeof(line), "\n%u words begin so\n", count);
	row_emit(&edit->row, line);
	row_begin(&edit->row);
}

/* After a finished word comes a blank, but not where the word itself wants to go on. */
static void finish_word(struct line_edit *edit)
{
	char last = edit->cursor ? edit->text[edit->cursor - 1] : 0;

	if (last && strchr("/=.", last))
		return;
	if (edit->text[edit->cursor] == ' ')
		edit->cursor++;
	else
		insert(edit, " ", 1);
}

static void complete(struct line_edit *edit)
{
	bool second_tab = edit->after_tab;
	struct match match;
	size_t have, more;

	edit->after_tab = false;
	find_matches(edit, &match);
	have = edit->cursor - match.start;
	more = match.count ? strlen(match.common) - have : 0;
	if (!match.count || !insert(edit, match.common + have, more)) {
		bell(edit);
		return;
	}
	if (!match.differ) {
		finish_word(edit);
		return;
	}
	if (!more && second_tab && match.count > LISTED_MAX)
		refuse_to_list(edit, match.count);
	else if (!more && second_tab)
		list_matches(edit);
	else
		bell(edit); /* there is more than one */
	edit->after_tab = true;
}

/* --- keys --------------------------------------------------------------------------------- */

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
	{ KEY_CTRL('I'), complete },
};

static void press(struct line_edit *edit, int key)
{
	if (key >= ' ' && key <= '~') {
		type(edit, (char)key);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(bindings); i++)
		if (bindings[i].key == key) {
			bindings[i].act(edit);
			return;
		}
	bell(edit); /* a control byte without a meaning, or noise */
}

static enum line_event end_line(struct line_edit *edit)
{
	row_emit(&edit->row, "\n");
	return edit->overflowed ? LINE_TOO_LONG : LINE_DONE;
}

static enum line_event cancel_line(struct line_edit *edit)
{
	go_end(edit); /* or ^C would stand on the text */
	refresh(edit);
	row_emit(&edit->row, edit->row.column + 2 < edit->columns ? "^C\n" : "\n^C\n");
	set_text(edit, "");
	return LINE_CANCELED;
}

enum line_event line_edit_feed(struct line_edit *edit, u8 byte)
{
	int key = key_decode(&edit->keys, byte);

	if (key == KEY_NONE)
		return LINE_MORE;
	if (key == KEY_ENTER)
		return end_line(edit);
	if (key == KEY_CTRL('C'))
		return cancel_line(edit);
	if (key != KEY_CTRL('I'))
		edit->after_tab = false;
	press(edit, key);
	refresh(edit);
	return LINE_MORE;
}

void line_edit_begin(struct line_edit *edit, const char *prompt)
{
	edit->prompt = prompt;
	edit->first = edit->age = 0;
	edit->after_tab = false;
	set_text(edit, "");
	row_begin(&edit->row);
	refresh(edit);
}
