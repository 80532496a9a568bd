/*
 * param_impl.h - parsing a parameter line against any table: for param.c and its self-tests
 */
#ifndef KERNEL_PARAM_IMPL_H
#define KERNEL_PARAM_IMPL_H

#include "kernel/param.h"

struct param_parser {
	const struct param *const *first, *const *last; /* the table: [first, last) */
	/* Is told each thing that is skipped: the word (or its name), and why. */
	void (*warn)(const char *word, const char *why);
	char *copy;	  /* the line is copied here, and values point into it */
	size_t copy_size; /* at least 1 */
};

/* param_parse() with these means.  Returns how many warnings there were. */
unsigned int param_parse_with(const struct param_parser *parser, const char *command_line);

#endif /* KERNEL_PARAM_IMPL_H */
