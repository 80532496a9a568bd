/*
 * screen.c - the terminal's size, asked for in the way that every terminal since the VT100 answers
 *
 *	ESC 7                save the cursor
 *	ESC [ 999 ; 999 H    go to the last row and column: as far as there are any
 *	ESC [ 6 n            where am I?            --> ESC [ 50 ; 132 R, among the keys (keys.c)
 *	ESC 8                back
 *
 * Whoever does not answer has 24 rows of 80 columns.  What columns= and rows= say stays.
 *
 * Invariants
 *   N1  An answer that nobody asked for is none: xterm's Shift-F3 looks like one.
 *
 * Locking: none; the shell's CPU only.
 * Read next: keyboard.c, which finds the answer.
 * Source: ECMA-48 8.3.14 (CPR), 8.3.35 (DSR); DEC's DECSC and DECRC.
 */
#include "kernel/console.h"
#include "kernel/param.h"
#include "kernel/shell/row.h"
#include "kernel/shell/screen.h"
#include "lib/compiler.h"

enum { COLUMNS_MIN = 20, COLUMNS_DEFAULT = 80, ROWS_MIN = 4, ROWS_MAX = 1000, ROWS_DEFAULT = 24 };

static unsigned int columns = COLUMNS_DEFAULT, rows = ROWS_DEFAULT;
static bool columns_given, rows_given; /* on the command line */
static bool asked, answered;

static bool read_size(const char *value, unsigned int low, unsigned int high, unsigned int *size)
{
	u64 number;

	if (!parse_number(value, &number) || number < low || number > high)
		return false;
	*size = (unsigned int)number;
	return true;
}

static bool set_columns(const char *value, const struct param *param __unused)
{
	columns_given = read_size(value, COLUMNS_MIN, ROW_MAX, &columns);
	return columns_given;
}
PARAM(columns, set_columns, "width of the terminal, 20 to 256 (default: it is asked, or 80)",
      .refused = "not from 20 to 256");

static bool set_rows(const char *value, const struct param *param __unused)
{
	rows_given = read_size(value, ROWS_MIN, ROWS_MAX, &rows);
	return rows_given;
}
PARAM(rows, set_rows, "height of the terminal, 4 to 1000 (default: it is asked, or 24)",
      .refused = "not from 4 to 1000");

unsigned int screen_rows(void)
{
	return rows;
}

unsigned int screen_columns(void)
{
	return columns;
}

bool screen_attended(void)
{
	return answered || rows_given;
}

void screen_ask(void)
{
	asked = true;
	con_puts("\0337\033[999;999H\033[6n\0338");
}

bool screen_answer(unsigned int new_rows, unsigned int new_columns)
{
	unsigned int old_rows = rows, old_columns = columns;

	if (!asked)
		return false; /* keeps N1 */
	asked = false;
	answered = true;
	if (!columns_given)
		columns = min(max(new_columns, (unsigned int)COLUMNS_MIN), (unsigned int)ROW_MAX);
	if (!rows_given)
		rows = min(max(new_rows, (unsigned int)ROWS_MIN), (unsigned int)ROWS_MAX);
	return rows != old_rows || columns != old_columns;
}
