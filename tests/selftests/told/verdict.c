/*
 * verdict.c - asks one family's checker, and compares its answer
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "tests/selftests/told/verdict.h"

struct check checker_verdict(const char *family)
{
	struct check check = {};

	checker_run(checker_named(family), &check);
	return check;
}

bool checker_says(const char *family, const char *fmt, ...)
{
	const struct check check = checker_verdict(family);
	char wanted[CHECK_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(wanted, sizeof(wanted), fmt, ap);
	va_end(ap);
	if (check.verdict == CHECK_BROKEN && !strcmp(check.text, wanted))
		return true;
	selftest_fail(family, 0, "\"%s\" instead of \"%s\"", check.text, wanted);
	return false;
}

unsigned long checker_count(const char *family, const char *noun)
{
	const struct check check = checker_verdict(family);

	for (unsigned int i = 0; i < CHECK_NOUNS; i++)
		if (check.counted[i].noun && !strcmp(check.counted[i].noun, noun))
			return check.counted[i].n;
	return 0;
}
