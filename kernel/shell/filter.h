/*
 * filter.h - CMD | grep WORD, CMD | head N: what of a command's output is let through
 */
#ifndef KERNEL_SHELL_FILTER_H
#define KERNEL_SHELL_FILTER_H

#include "kernel/console.h"
#include "kernel/shell/shell.h"

enum { FILTERS_MAX = 4 /* behind one command */, FILTER_WORD_MAX = 127 };

struct filter {
	struct con_stage stage; /* first: a stage's address is its filter's */
	char word[FILTER_WORD_MAX + 1];
	bool without;		   /* let lines pass that do not hold it */
	bool any_case;		   /* A is a */
	u64 lines;		   /* head: how many it still lets through */
	size_t len;		   /* grep: of the line that is gathered */
	char text[SHELL_LINE_MAX]; /* a longer line is looked at in parts */
};

/* Makes a filter of its words: `grep WORD`.  False after saying what is wrong with them. */
bool filter_init(struct filter *filter, int argc, char **argv);
/* Hands on what it still holds.  The stage is the first. */
void filter_finish(struct filter *filter);

/* Is there a filter of that name?  And the nth name, NULL after the last. */
bool filter_known(const char *name);
const char *filter_name(unsigned int nth);

#endif /* KERNEL_SHELL_FILTER_H */
