/*
 * told.h - what a refusal says, field by field
 *
 *	TOLD(selftest_vmap_arguments, "zero size", NULL, "a byte or more", "0x0", vmalloc(0));
 *
 * The statement must cause exactly one report of family "vmap", with these fields, whose caller is
 * in that function, the one that the statement stands in.
 */
#ifndef TESTS_VMAP_TOLD_H
#define TESTS_VMAP_TOLD_H

#include <string.h>

#include "kernel/bug.h"
#include "kernel/selftest/selftest.h"

static struct told {
	unsigned int times;
	const char *family, *what;
	const void *object;
	unsigned long caller;
	char expected[100], found[100];
} told;

static inline void note_report(const struct bug_report *report, const char *found)
{
	selftest_excuse_bugs(1);
	told.times++;
	told.family = report->family;
	told.what = report->what;
	told.object = report->object;
	told.caller = report->caller;
	strncpy(told.expected, report->expected, sizeof(told.expected) - 1);
	strncpy(told.found, found, sizeof(told.found) - 1);
}

/* A field that differs fails the test, which names it. */
static inline bool told_only(const void *place, const char *family, const char *what,
			     const void *object, const char *expected, const char *found)
{
	const char *const got[] = { told.family, told.what, told.expected, told.found };
	const char *const want[] = { family, what, expected, found };

	CHECK(told.times == 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(got); i++) {
		if (!strcmp(got[i], want[i]))
			continue;
		selftest_fail(__FILE__, __LINE__, "\"%s\" instead of \"%s\"", got[i], want[i]);
		return false;
	}
	CHECK(told.object == object);
	CHECK(told.caller - (unsigned long)place < 0x1000);
	return true;
}

#define TOLD(place, what_, object_, expected_, found_, ...) \
	TOLD_BY("vmap", place, what_, object_, expected_, found_, __VA_ARGS__)

/* The same of another family. */
#define TOLD_BY(family_, place, what_, object_, expected_, found_, ...)                        \
	do {                                                                                   \
		bug_hook_t former_;                                                            \
                                                                                               \
		told = (struct told){ .family = "", .what = "" };                              \
		former_ = bug_set_hook(note_report);                                           \
		__VA_ARGS__;                                                                   \
		bug_set_hook(former_);                                                         \
		if (!told_only((const void *)(place), family_, what_, (const void *)(object_), \
			       expected_, found_))                                             \
			return;                                                                \
	} while (0)

#endif /* TESTS_VMAP_TOLD_H */
