/*
 * row.h - one row of a plain terminal, changed with as few bytes as possible
 *
 * The caller says what the row shall show and where the cursor shall stand; the row knows what
 * stands there already and sends the difference.
 */
#ifndef KERNEL_SHELL_ROW_H
#define KERNEL_SHELL_ROW_H

#include "lib/types.h"

enum { ROW_MAX = 256 }; /* cells at most */

struct row {
	/* Where bytes for the terminal go; a "\n" means the start of the next row. */
	void (*emit)(void *context, const char *bytes, size_t len);
	void *context;
	size_t len;	     /* cells in use */
	size_t column;	     /* of the cursor */
	char cells[ROW_MAX]; /* what the terminal shows */
};

/* From here on the cursor stands at the start of an empty row. */
void row_begin(struct row *row);
/* Shows exactly the len (up to ROW_MAX) printable characters, the cursor at column (0 to len). */
void row_show(struct row *row, const char *want, size_t len, size_t column);
/* Sends the bytes of a string as they are: a bell, a newline; for what the row need not know. */
void row_emit(struct row *row, const char *bytes);

#endif /* KERNEL_SHELL_ROW_H */
