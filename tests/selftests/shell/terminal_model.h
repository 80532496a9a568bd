/*
 * terminal_model.h - a terminal of 80 columns, just enough of one to see what the editor shows
 */
#ifndef TESTS_SHELL_TERMINAL_MODEL_H
#define TESTS_SHELL_TERMINAL_MODEL_H

#include "kernel/shell/utf8.h"
#include "lib/types.h"

enum { MODEL_COLUMNS = 80, MODEL_LOG = 1024 };

struct terminal_model {
	/* the cursor's row, blanks at its end included; NUL behind; see terminal_model_cell() */
	char cells[MODEL_COLUMNS + 1];
	struct utf8 utf8;
	size_t column;
	unsigned int bells;
	unsigned int clears; /* of the whole screen */
	unsigned int errors; /* things that not every terminal does alike, or that mean nothing */
	size_t bytes;	     /* received */

	char log[MODEL_LOG]; /* the rows left behind, without their trailing blanks */
	size_t log_len;

	enum { MODEL_TEXT, MODEL_ESCAPE, MODEL_SEQUENCE } state;
	unsigned int param;
};

/*
 * A character in a cell: itself, or above ASCII a byte that tells it from most others.  A wide one has
 * MODEL_RIGHT_HALF in its second cell; accents leave no trace.
 */
enum { MODEL_RIGHT_HALF = 0xff };
char terminal_model_cell(u32 code);

void terminal_model_init(struct terminal_model *model);
/* struct row's emit, with the model as its context. */
void terminal_model_emit(void *model, const char *bytes, size_t len);
/* How many cells of the row are in use: up to the last one that is not blank. */
size_t terminal_model_used(const struct terminal_model *model);

#endif /* TESTS_SHELL_TERMINAL_MODEL_H */
