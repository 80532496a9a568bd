/*
 * break.h - bugs committed on purpose, so that a person sees how each is caught
 *
 *	BREAK(page_double_free, "page", "free the same page twice",
 *	      "__free_page(page); __free_page(page);")
 *	{
 *		...
 *		return SHELL_OK;
 *	}
 *
 * `break` lists them by family, `break page-double-free` commits one (underscores show as
 * dashes).  A body returns SHELL_OK when the bug was caught as it should be and everything is as it
 * was, or it takes the fault and the oops brings the shell back.  After it the command tells what
 * the mistake was in code, and what the machine did: from what was counted meanwhile, and it is an
 * error when that is not how the mistake says that it is caught.
 */
#ifndef KERNEL_SHELL_BREAK_H
#define KERNEL_SHELL_BREAK_H

#include "kernel/shell/shell.h"

/* How a mistake is caught. */
enum break_caught {
	BREAK_REFUSED, /* named, and nothing has changed */
	BREAK_FOUND,   /* it happened, and who looked next found and named it */
	BREAK_FAULTS,  /* the processor refuses it: an oops */
	BREAK_COUNTED, /* it happened: warned of, and counted */
};

struct breakage {
	const char *name; /* with underscores */
	const char *family;
	const char *summary;
	const char *code; /* the mistake as it would stand in a program: a line of C */
	int (*commit)(void);

	/* the optional ones */
	enum break_caught caught;
	bool debug_only; /* production builds would not notice: there it is not committed, */
	bool watched;	 /* unless the port watches memory, and ends the machine at this one */
};

#define BREAK(name_, family_, summary_, code_, ...)                                  \
	static int break_##name_(void);                                              \
	static const struct breakage break_desc_##name_ = { .name = #name_,          \
							    .family = family_,       \
							    .summary = summary_,     \
							    .code = code_,           \
							    .commit = break_##name_, \
							    __VA_ARGS__ };           \
	REGISTER(breakages, const struct breakage, break_desc_##name_);              \
	static int break_##name_(void)

/* What a body ends with that should have faulted: says that it did not. */
int break_not_caught(void);

#endif /* KERNEL_SHELL_BREAK_H */
