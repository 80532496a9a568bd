/*
 * exhaust.h - `exhaust KIND`: take all there is, show the refusal, give all back, prove the balance
 *
 * Each allocator registers how to do that to itself.  The command checks the page balance around
 * the body and fails when it differs.
 */
#ifndef KERNEL_SHELL_EXHAUST_H
#define KERNEL_SHELL_EXHAUST_H

#include "kernel/shell/shell.h"

struct exhaustion {
	const char *name;
	const char *summary;
	/*
	 * SHELL_OK, or shell_error().  Asks shell_progress() while it takes, and when that says so
	 * gives all back and returns SHELL_FAIL.
	 */
	int (*run)(void);
};

#define EXHAUST(name_, summary_)                                              \
	static int exhaust_##name_(void);                                     \
	static const struct exhaustion exhaust_desc_##name_ = {               \
		.name = #name_,                                               \
		.summary = summary_,                                          \
		.run = exhaust_##name_,                                       \
	};                                                                    \
	REGISTER(exhaustions, const struct exhaustion, exhaust_desc_##name_); \
	static int exhaust_##name_(void)

#endif /* KERNEL_SHELL_EXHAUST_H */
