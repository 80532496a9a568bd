/*
 * line_show.c - how a long line looks through a short row
 *
 * A line wider than the row is seen through a window that jumps by half its width; `<` and `>`
 * stand where more is hidden:
 *
 *	crumb> <ges 2; alloc pages 3; free #1; alloc pages 4; alloc pages 5; free>
 *	       ^first                            cursor never on a mark          ^ the last column
 *	                                                                           stays blank
 * All is counted in columns: a character takes none, one or two.  A mark takes the place of one
 * whole character; where a wide one would stand half behind the edge, there is a blank.
 *
 * Locking: none, an editor belongs to its caller.
 * Read next: row.c, which sends the difference.
 */
#include "kernel/shell/line_edit_impl.h"

static size_t columns_between(const struct line_edit *edit, size_t from, size_t to)
{
	return utf8_columns(edit->text + from, to - from);
}

/* Columns of the character at an offset; behind the text, of the cursor there. */
static size_t width_at(const struct line_edit *edit, size_t at)
{
	if (at == edit->len)
		return 1;
	return columns_between(edit, at, utf8_after(edit->text, edit->len, at));
}

/* Columns for the text when the last one stays blank. */
static size_t window_width(const struct line_edit *edit)
{
	return edit->columns - 1 - utf8_columns(edit->prompt, strlen(edit->prompt));
}

static bool more_right(const struct line_edit *edit, size_t width)
{
	return columns_between(edit, edit->first, edit->len) > width;
}

/* The cursor stands on a column also before a character that takes none. */
static size_t cursor_width(const struct line_edit *edit)
{
	return max(width_at(edit, edit->cursor), (size_t)1);
}

static bool cursor_hidden(const struct line_edit *edit, size_t width)
{
	if (edit->cursor < edit->first || (edit->first > 0 && edit->cursor == edit->first))
		return true;
	if (!more_right(edit, width))
		return false;
	return columns_between(edit, edit->first, edit->cursor) + cursor_width(edit) > width - 1;
}

/* Moves the window, by half its width so that a row is redrawn seldom. */
static void follow_cursor(struct line_edit *edit, size_t width)
{
	size_t before = edit->cursor;

	if (columns_between(edit, 0, edit->len) <= width) {
		edit->first = 0;
		return;
	}
	if (!cursor_hidden(edit, width))
		return;
	while (before && columns_between(edit, before, edit->cursor) < width / 2)
		before = utf8_before(edit->text, before);
	edit->first =
		columns_between(edit, 0, before) ? before : 0; /* marks alone are not hidden */
}

static void add_text(struct cells *want, const char *text)
{
	cells_add(want, text, strlen(text));
}

/* The text from `first` on, as far as the window goes, with the marks of what is hidden. */
static void add_window(const struct line_edit *edit, struct cells *want, size_t width)
{
	bool more = more_right(edit, width);
	size_t end = want->len + width - more, at = edit->first;

	if (at > 0) {
		add_text(want, width_at(edit, at) > 1 ? "< " : "<");
		at = utf8_after(edit->text, edit->len, at);
	}
	while (at < edit->len && want->len + width_at(edit, at) <= end) {
		size_t next = utf8_after(edit->text, edit->len, at);

		cells_add(want, edit->text + at, next - at);
		at = next;
	}
	while (more && want->len < end)
		add_text(want, " ");
	if (more)
		add_text(want, ">");
}

void line_refresh(struct line_edit *edit)
{
	size_t width = window_width(edit), column;
	struct cells want = {};

	follow_cursor(edit, width);
	add_text(&want, edit->prompt);
	column = want.len + columns_between(edit, edit->first, edit->cursor);
	add_window(edit, &want, width);
	row_show(&edit->row, &want, column);
}

void line_edit_resize(struct line_edit *edit, size_t columns)
{
	bool fits = edit->row.shown.len < columns;

	edit->columns = columns;
	if (!fits) { /* the terminal has wrapped it already */
		row_emit(&edit->row, "\033[H\033[2J");
		row_begin(&edit->row);
	}
	line_refresh(edit);
}
