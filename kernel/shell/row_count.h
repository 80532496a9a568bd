/*
 * row_count.h - how many rows of the terminal a stream of bytes takes
 */
#ifndef KERNEL_SHELL_ROW_COUNT_H
#define KERNEL_SHELL_ROW_COUNT_H

#include "kernel/shell/utf8.h"

/* The cursor stands at the start of a row; zeroes are ready. */
struct row_count {
	size_t column;
	bool wrapped; /* the last character took the last column: the next one goes to a new row */
	u8 escape;    /* how far an escape sequence has been read */
	struct utf8 utf8;
};

/* How many rows (0 or 1) this byte ends on a terminal of so many columns. */
unsigned int row_count(struct row_count *count, u8 byte, size_t columns);

#endif /* KERNEL_SHELL_ROW_COUNT_H */
