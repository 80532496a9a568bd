/*
 * glossary.h - the words of memory management, each explained where its family is: `help WORD`
 *
 *	TERM(red_zone, "red zone",
 *	     "DEBUG builds put a known pattern before and behind each object.  "
 *	     "...",
 *	     "break slab-overrun");
 *
 * Two to five lines' worth of text, which is broken where the terminal ends, and a line of commands
 * that may be typed as it stands and shows the thing: a test types each.  A family's terms stand in its X_terms.c.
 */
#ifndef KERNEL_SHELL_GLOSSARY_H
#define KERNEL_SHELL_GLOSSARY_H

#include "lib/compiler.h"

struct term {
	const char *
		name; /* as it is written; `-` and `_` are as good as a blank when it is asked for */
	const char *text;
	const char *see;
};

#define TERM(id_, name_, text_, see_)                \
	static const struct term term_desc_##id_ = { \
		.name = name_,                       \
		.text = text_,                       \
		.see = see_,                         \
	};                                           \
	REGISTER(terms, const struct term, term_desc_##id_)

/* The term of that name, or NULL. */
const struct term *term_find(const char *name);
/* The nth term's name as it may be typed, without blanks; NULL behind the last. */
const char *term_name(unsigned int nth);
void term_explain(const struct term *term);
/* Prints the names of all. */
void terms_list(void);

#endif /* KERNEL_SHELL_GLOSSARY_H */
