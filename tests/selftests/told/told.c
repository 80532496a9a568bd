/*
 * told.c - keeps what a refusal says, and compares it field by field
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/selftests/told/told.h"

static struct {
	unsigned int times;
	struct bug_report report;
	char expected[100], found[100];
} seen;

static void note_report(const struct bug_report *report, const char *found)
{
	selftest_excuse_bugs(1);
	seen.times++;
	seen.report = *report;
	strncpy(seen.expected, report->expected, sizeof(seen.expected) - 1);
	strncpy(seen.found, found, sizeof(seen.found) - 1);
}

bug_hook_t told_begin(void)
{
	seen.times = 0;
	return bug_set_hook(note_report);
}

const char *told_line(const char *fmt, ...)
{
	static char line[100];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return line;
}

static bool differ(const char *got, const char *wanted, const char *file, int line)
{
	if (!strcmp(got, wanted))
		return false;
	selftest_fail(file, line, "\"%s\" instead of \"%s\"", got, wanted);
	return true;
}

/* Bytes of code, where each branch is counted, too. */
enum { LARGEST_TEST = 16 * 1024 };

bool told_only(bug_hook_t former, const struct told *wanted, const char *file, int line)
{
	bug_set_hook(former);
	if (seen.times != 1) {
		selftest_fail(file, line, "%u reports, not one of \"%s\"", seen.times,
			      wanted->what);
		return false;
	}
	if (differ(seen.report.family, wanted->family, file, line) ||
	    differ(seen.report.what, wanted->what, file, line) ||
	    differ(seen.expected, wanted->expected, file, line) ||
	    differ(seen.found, wanted->found, file, line))
		return false;
	if (seen.report.object != wanted->object) {
		selftest_fail(file, line, "object %p, not %p", seen.report.object, wanted->object);
		return false;
	}
	if (seen.report.caller - (unsigned long)wanted->place < LARGEST_TEST)
		return true;
	selftest_fail(file, line, "caller 0x%lx, not in 0x%lx", seen.report.caller,
		      (unsigned long)wanted->place);
	return false;
}
