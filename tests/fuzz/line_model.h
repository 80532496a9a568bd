/*
 * line_model.h - a line being typed, as plainly as can be: code points, and where the cursor stands
 *
 * What the keys mean is said here once more, without bytes, windows or a terminal.  A character of
 * width 0 belongs to the one before it: both are passed and deleted as one.
 */
#ifndef TESTS_FUZZ_LINE_MODEL_H
#define TESTS_FUZZ_LINE_MODEL_H

#include "kernel/shell/line_edit.h"

enum { LINE_MODEL_HISTORY = 2048 /* bytes of the history's ring */, LINE_MODEL_LINES = 1024 };

struct line_text {
	u32 code[SHELL_LINE_MAX];
	unsigned int nr, cursor;
	bool overflowed; /* a character did not fit */
};

struct line_model {
	struct line_text line, draft;
	unsigned int age;	  /* of the recalled line, 0: none */
	const char *const *words; /* that Tab knows, NULL behind the last */

	bool searching;
	unsigned int found;
	struct line_text sought;

	unsigned int nr_history; /* the newest is the last */
	char *history[LINE_MODEL_LINES];
};

void line_model_begin(struct line_model *model);
/* Takes over what an editor has, after bytes that the model does not follow. */
void line_model_follow(struct line_model *model, const struct line_edit *edit);

/* What a character or a key does, Enter and Ctrl-C not among them. */
void line_model_key(struct line_model *model, int key);
/* What stands for a byte that is lost. */
void line_model_mark(struct line_model *model);
/* How Enter ends the line; one that is done is remembered. */
enum line_event line_model_enter(struct line_model *model);

/* Puts a line into the history. */
void line_model_remember(struct line_model *model, const char *line);

/* The text up to a place, as bytes; returns how many. */
size_t line_model_bytes(const struct line_text *text, unsigned int upto, char *bytes);

/* Forgets the history. */
void line_model_end(struct line_model *model);

#endif /* TESTS_FUZZ_LINE_MODEL_H */
