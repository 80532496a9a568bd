/*
 * told.h - what a refusal says, field by field
 *
 *	TOLD_BY("vmap", selftest_vmap_arguments, "zero size", NULL, "a byte or more", "0x0", vmalloc(0));
 *
 * The statement must cause exactly one report, with these fields, whose caller is in that function,
 * the one that the statement stands in.
 */
#ifndef TESTS_TOLD_TOLD_H
#define TESTS_TOLD_TOLD_H

#include "kernel/bug.h"
#include "kernel/selftest/selftest.h"

/* One report, as it should be. */
struct told {
	const void *place; /* the function that the caller is in */
	const char *family, *what;
	const void *object;
	const char *expected, *found;
};

/* From here on reports are wanted, and kept.  Returns the hook before. */
bug_hook_t told_begin(void);
/* Was it just this one?  If not the test fails, and the field that differs is named. */
bool told_only(bug_hook_t former, const struct told *wanted, const char *file, int line);

/* A string for a field, good until the next call. */
const char *told_line(const char *fmt, ...) __printf(1, 2);

#define TOLD_BY(family_, place_, what_, object_, expected_, found_, ...) \
	do {                                                             \
		const struct told wanted_ = {                            \
			(const void *)(place_),	 family_,   what_,       \
			(const void *)(object_), expected_, found_,      \
		};                                                       \
		bug_hook_t former_ = told_begin();                       \
                                                                         \
		__VA_ARGS__;                                             \
		if (!told_only(former_, &wanted_, __FILE__, __LINE__))   \
			return;                                          \
	} while (0)

#endif /* TESTS_TOLD_TOLD_H */
