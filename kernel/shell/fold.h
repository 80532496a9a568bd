/*
 * fold.h - rows of a terminal end between words
 */
#ifndef KERNEL_SHELL_FOLD_H
#define KERNEL_SHELL_FOLD_H

#include "kernel/console.h"

enum { FOLD_WORD_MAX = 128 /* bytes; of a longer word's line the rest is left alone */ };

/* One stage of output; zeroes are ready. */
struct fold {
	struct con_stage stage; /* first: a stage's address is its fold's */
	size_t column;		/* where the cursor stands, of what was handed on */
	size_t hang;		/* where the line's further rows begin */
	bool begun;		/* the line has a word */
	bool hung;		/* the hang is at the line's second column of text */
	bool alone;		/* the rest of the line passes as it is */
	size_t gap;		/* blanks before the word */
	size_t len;
	char word[FOLD_WORD_MAX + 1]; /* held until it is whole */
};

/* From now on output is folded, if somebody is at the terminal; a command's or a line's. */
void fold_begin(struct fold *fold);
/* Hands on what is held, and takes the stage away. */
void fold_end(struct fold *fold);

#endif /* KERNEL_SHELL_FOLD_H */
