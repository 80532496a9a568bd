/*
 * row_count.c - follows the cursor from row to row, escape sequences and wide characters included
 *
 * A row ends with its last column: what fills it and a newline behind it are one row.
 *
 * Locking: none, a count belongs to its caller.
 * Read next: pager.c, watch.c.
 */
#include "kernel/shell/row_count.h"

enum { NO_ESCAPE, ESCAPE, SEQUENCE };
enum { ESC = 0x1b };

static void escape_byte(struct row_count *count, u8 byte)
{
	if (count->escape == ESCAPE)
		count->escape = byte == '[' ? SEQUENCE : NO_ESCAPE;
	else if (byte >= 0x40)
		count->escape = NO_ESCAPE;
}

static unsigned int advance(struct row_count *count, size_t width, size_t columns)
{
	count->column += width;
	if (width)
		count->wrapped = false;
	if (count->column < columns)
		return 0;
	count->column = 0;
	count->wrapped = true;
	return 1;
}

unsigned int row_count(struct row_count *count, u8 byte, size_t columns)
{
	bool wrapped = count->wrapped;

	if (count->escape) {
		escape_byte(count, byte);
		return 0;
	}
	if (byte == ESC)
		count->escape = ESCAPE;
	if (byte == '\n' || byte == '\r')
		count->column = count->wrapped = 0;
	if (byte == '\n')
		return !wrapped;
	if (byte == '\t')
		return advance(count, 8 - count->column % 8, columns);
	if (byte < ' ' || utf8_feed(&count->utf8, byte) != UTF8_DONE)
		return 0;
	return advance(count, utf8_width(count->utf8.code), columns);
}
