/*
 * break.h - bugs committed on purpose, so that a person sees how each is caught
 *
 *	BREAK(page_double_free, "page", "free the same page twice")
 *	{
 *		...
 *		return SHELL_OK;
 *	}
 *
 * `break` lists them by family, `break page-double-free` commits one (underscores show as
 * dashes).  A body returns SHELL_OK when the bug was caught as it should be, or it takes the fault
 * and the oops brings the shell back.
 */
#ifndef KERNEL_SHELL_BREAK_H
#define KERNEL_SHELL_BREAK_H

#include "kernel/shell/shell.h"

struct breakage {
	const char *name; /* with underscores */
	const char *family;
	const char *summary;
	int (*commit)(void);
};

#define BREAK(name_, family_, summary_)                                 \
	static int break_##name_(void);                                 \
	static const struct breakage break_desc_##name_ = {             \
		.name = #name_,                                         \
		.family = family_,                                      \
		.summary = summary_,                                    \
		.commit = break_##name_,                                \
	};                                                              \
	REGISTER(breakages, const struct breakage, break_desc_##name_); \
	static int break_##name_(void)

#endif /* KERNEL_SHELL_BREAK_H */
