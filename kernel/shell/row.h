/*
 * row.h - one row of a plain terminal, changed with as few bytes as possible
 *
 * The caller says what the row shall show and where the cursor shall stand; the row knows what
 * stands there already and sends the difference.
 */
#ifndef KERNEL_SHELL_ROW_H
#define KERNEL_SHELL_ROW_H

#include "lib/types.h"

enum { ROW_MAX = 256 /* columns at most */, ROW_BYTES = 4 * ROW_MAX };

/*
 * What stands in the columns of a row.  Column i shows bytes[at[i]] up to bytes[at[i + 1]]: a
 * character with its accents; none of its own in the right half of a wide one.
 */
struct cells {
	size_t len; /* columns in use */
	u16 at[ROW_MAX + 1];
	char bytes[ROW_BYTES];
};

/*
 * Puts sound text of n bytes behind what there is; precondition: its columns fit.  Accents for which
 * there is no room are not shown.
 */
void cells_add(struct cells *cells, const char *text, size_t n);

struct row {
	/* Where bytes for the terminal go; a "\n" means the start of the next row. */
	void (*emit)(void *context, const char *bytes, size_t len);
	void *context;
	size_t column; /* of the cursor */
	struct cells shown;
};

/* From here on the cursor stands at the start of an empty row. */
void row_begin(struct row *row);
/* Shows exactly these cells, the cursor at column (0 to want->len). */
void row_show(struct row *row, const struct cells *want, size_t column);
/* Sends the bytes of a string as they are: a bell, a newline; for what the row need not know. */
void row_emit(struct row *row, const char *bytes);

#endif /* KERNEL_SHELL_ROW_H */
