/*
 * line_shown.c - the row that a terminal must show, laid out anew from the text
 *
 *	text      alloc pages 2; alloc pages 3; free #1        laid out in a row without an end
 *	row       crumb> <ges 2; alloc pages 3; fr>            the part that the cursor's place tells
 *
 * Read next: kernel/shell/line_show.c; line_edit.c beside this file.
 */
#include <string.h>

#include "line_shown.h"

enum { CELLS = 2 * SHELL_LINE_MAX + MODEL_COLUMNS };

/* Text as it would stand in a row without an end.  Returns its columns; before: those before `upto`. */
static size_t lay_out(char *cells, const char *text, size_t len, size_t upto, size_t *before)
{
	struct utf8 utf8 = {};
	size_t columns = 0;

	*before = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned int width;

		if (utf8_feed(&utf8, (u8)text[i]) != UTF8_DONE)
			continue;
		width = utf8.code < 0x80 ? 1 : utf8_width(utf8.code);
		if (width)
			cells[columns++] = terminal_model_cell(utf8.code);
		if (width > 1)
			cells[columns++] = (char)MODEL_RIGHT_HALF;
		if (i < upto)
			*before = columns;
	}
	return columns;
}

/* What of the line is in the window. */
struct window {
	const char *row; /* the text from the window's first place on */
	size_t width;
	bool hidden_left, hidden_right;
};

/* What must stand at this place of it. */
static char cell_at(const struct window *w, size_t place)
{
	const char right_half = (char)MODEL_RIGHT_HALF;

	if (place == 0 && w->hidden_left)
		return '<';
	if (place == 1 && w->hidden_left && w->row[1] == right_half)
		return ' ';
	if (place == w->width - 1 && w->hidden_right)
		return '>';
	if (place == w->width - 2 && w->hidden_right && w->row[w->width - 1] == right_half)
		return ' ';
	return w->row[place];
}

/* Those of C1 are 0xc2 and a byte below 0xa0. */
static bool control_at(const char *text)
{
	return (u8)*text < ' ' || *text == 0x7f || ((u8)text[0] == 0xc2 && (u8)text[1] < 0xa0);
}

static bool text_right(const struct line_edit *edit)
{
	if (edit->cursor > edit->len || edit->len >= SHELL_LINE_MAX)
		return false;
	for (size_t i = 0; i < edit->len; i++)
		if (control_at(edit->text + i))
			return false;
	return !edit->text[edit->len] && utf8_sound(edit->text);
}

static const char *window_wrong(const struct line_edit *edit, const struct terminal_model *model,
				size_t prompt)
{
	static char cells[CELLS];
	struct window w = { .width = edit->columns - 1 - prompt };
	size_t cursor, columns, first, place = model->column - prompt;

	columns = lay_out(cells, edit->text, edit->len, edit->cursor, &cursor);
	if (model->column < prompt || place > cursor)
		return "the terminal's cursor is not where the line's is";
	first = cursor - place;
	if (first && !place)
		return "the cursor stands on a mark";
	if ((first && columns <= w.width) || (place >= w.width - 1 && first + w.width < columns))
		return "the window is not where it should be";
	memset(cells + columns, ' ', CELLS - columns);
	w.row = cells + first;
	w.hidden_left = first;
	w.hidden_right = first + w.width < columns;
	for (size_t i = 0; i < w.width; i++)
		if (model->cells[prompt + i] != cell_at(&w, i))
			return "the terminal does not show the line";
	return NULL;
}

const char *line_shown_wrong(const struct line_edit *edit, const struct terminal_model *model)
{
	char prompt[CELLS];
	size_t columns, none;

	if (!text_right(edit))
		return "the text is no line: E1";
	if (model->errors || model->state != MODEL_TEXT)
		return "what was sent is not what every terminal understands";
	columns = lay_out(prompt, edit->prompt, strlen(edit->prompt), 0, &none);
	if (memcmp(model->cells, prompt, columns) != 0)
		return "the terminal does not show the prompt";
	if (terminal_model_used(model) >= edit->columns)
		return "the row's last column is not blank";
	return window_wrong(edit, model, columns);
}
