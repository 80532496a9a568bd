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
 *   R1  cells[0, len) is what the terminal shows, the rest of the row is blank.
 *   R2  column <= len, and the terminal's cursor stands there.
 *   R3  Nothing is written beyond want's length: the caller keeps the last column free, in which
 *       terminals differ (some wrap at once, some with the next character).
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

enum { NEAR = 4 }; /* cells up to which plain bytes are no longer than an escape sequence */

void row_begin(struct row *row)
{
	row->len = row->column = 0;
}

void row_emit(struct row *row, const char *bytes)
{
	row->emit(row->context, bytes, strlen(bytes));
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
		row->emit(row->context, row->cells + row->column, n);
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

static void write_cells(struct row *row, const char *want, size_t n)
{
	memcpy(row->cells + row->column, want, n);
	row->emit(row->context, want, n);
	row->column += n;
	row->len = max(row->len, row->column);
}

/* Blanks the row from len on. */
static void erase_from(struct row *row, size_t len)
{
	size_t n = row->len - len;

	move_to(row, len);
	if (n <= NEAR) {
		row->emit(row->context, "    ", n);
		row->emit(row->context, "\b\b\b\b", n);
	} else {
		row_emit(row, "\033[K");
	}
	row->len = len; /* keeps R1 */
}

void row_show(struct row *row, const char *want, size_t len, size_t column)
{
	size_t common = min(len, row->len), first = 0, end = len;

	while (first < common && want[first] == row->cells[first])
		first++;
	while (len <= row->len && end > first && want[end - 1] == row->cells[end - 1])
		end--;
	if (end > first) {
		move_to(row, first);
		write_cells(row, want + first, end - first);
	}
	if (len < row->len)
		erase_from(row, len);
	move_to(row, column);
}
