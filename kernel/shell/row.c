/*
 * row.c - the smallest change that makes a terminal's row show what is wanted
 *
 *	shown   crumb> alloc pges 2          ^ cursor
 *	want    crumb> alloc pages 2
 *	                      ^^^^^^  only what lies between the first and the last difference is sent
 *
 * A character typed at the end of a line costs one byte, wherever that end is; that is what a
 * serial line at 9600 baud can bear.
 *
 * Invariants
 *   R1  `shown` is what the terminal shows, the rest of the row is blank.
 *   R2  column <= shown.len, and the terminal's cursor stands there.
 *   R3  Nothing is written beyond want's length: the caller keeps the last column free, in which
 *       terminals differ (some wrap at once, some with the next character).
 *   R4  at[len] is the end of the bytes in use, and 4 are left for each column that is not.
 *
 * Where two rows differ in a wide character, they differ in its left half: no half is ever sent.
 *
 * Locking: none, a row belongs to its caller.
 * Read next: row_show().
 * The means are the oldest that there are: backspace, blank, carriage return, and of ECMA-48 only
 * CUF, CUB and EL.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/compiler.h"
#include "kernel/shell/row.h"
#include "kernel/shell/utf8.h"

enum { NEAR = 4 }; /* cells up to which plain bytes are no longer than an escape sequence */

/* --- cells ------------------------------------------------------------------------------------ */

static void add_to_last(struct cells *cells, const char *bytes, size_t n)
{
	size_t end = cells->at[cells->len], room = sizeof(cells->bytes) - end;
	size_t left_half = cells->len;

	if (!cells->len || n + UTF8_BYTES * (ROW_MAX - cells->len) > room)
		return; /* keeps R4 */
	memcpy(cells->bytes + end, bytes, n);
	if (cells->at[cells->len - 1] == end)
		left_half--; /* the last column is a right half and stays empty */
	while (left_half <= cells->len)
		cells->at[left_half++] = (u16)(end + n);
}

static void add_code(struct cells *cells, u32 code)
{
	char bytes[UTF8_BYTES];
	size_t n = utf8_put(code, bytes), end = cells->at[cells->len] + n;
	unsigned int width = utf8_width(code);

	if (!width) {
		add_to_last(cells, bytes, n);
		return;
	}
	memcpy(cells->bytes + end - n, bytes, n);
	while (width--)
		cells->at[++cells->len] = (u16)end;
}

void cells_add(struct cells *cells, const char *text, size_t n)
{
	struct utf8 utf8 = {};

	while (n--)
		if (utf8_feed(&utf8, (u8)*text++) == UTF8_DONE)
			add_code(cells, utf8.code);
}

static bool same_cell(const struct cells *a, const struct cells *b, size_t column)
{
	size_t n = a->at[column + 1] - a->at[column];

	return b->at[column + 1] - b->at[column] == (int)n &&
	       !memcmp(a->bytes + a->at[column], b->bytes + b->at[column], n);
}

/* Does the column only end a wide character? */
static bool right_half(const struct cells *cells, size_t column)
{
	return cells->at[column] == cells->at[column + 1];
}

/* --- the terminal ----------------------------------------------------------------------------- */

void row_begin(struct row *row)
{
	row->shown.len = row->column = 0;
}

void row_emit(struct row *row, const char *bytes)
{
	row->emit(row->context, bytes, strlen(bytes));
}

static void emit_cells(struct row *row, const struct cells *cells, size_t from, size_t to)
{
	row->emit(row->context, cells->bytes + cells->at[from],
		  (size_t)(cells->at[to] - cells->at[from]));
}

static void emit_sequence(struct row *row, size_t n, char final)
{
	char sequence[16];

	snprintf(sequence, sizeof(sequence), "\033[%u%c", (unsigned int)n, final);
	row_emit(row, sequence);
}

static void move_left(struct row *row, size_t n)
{
	if (n <= NEAR)
		row->emit(row->context, "\b\b\b\b", n);
	else if (n == row->column)
		row_emit(row, "\r");
	else
		emit_sequence(row, n, 'D');
}

/* Precondition: the cells from the cursor to the target are in use. */
static void move_right(struct row *row, size_t n)
{
	if (n <= NEAR)
		emit_cells(row, &row->shown, row->column, row->column + n);
	else
		emit_sequence(row, n, 'C');
}

static void move_to(struct row *row, size_t column)
{
	if (column < row->column)
		move_left(row, row->column - column);
	else if (column > row->column)
		move_right(row, column - row->column);
	row->column = column; /* keeps R2 */
}

/* Blanks the n columns behind the last one in use. */
static void erase_behind(struct row *row, size_t n)
{
	move_to(row, row->shown.len);
	if (n <= NEAR) {
		row->emit(row->context, "    ", n);
		row->emit(row->context, "\b\b\b\b", n);
	} else {
		row_emit(row, "\033[K");
	}
}

void row_show(struct row *row, const struct cells *want, size_t column)
{
	size_t len = want->len, before = row->shown.len, first = 0, end = len;

	while (first < min(len, before) && same_cell(want, &row->shown, first))
		first++;
	while (len <= before && end > first && same_cell(want, &row->shown, end - 1))
		end--;
	while (end > first && end < len && right_half(want, end))
		end++;
	if (end > first) {
		move_to(row, first);
		emit_cells(row, want, first, end);
		row->column = end;
	}
	row->shown = *want; /* keeps R1 */
	if (len < before)
		erase_behind(row, before - len);
	move_to(row, column);
}
