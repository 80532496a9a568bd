/*
 * test_cmd.c - runs self-tests from the prompt, and fixes the seed of their randomness
 *
 *	test                 all
 *	test shell           a family
 *	test shell.parses    one
 *
 * Locking: none.
 * Read next: kernel/selftest/selftest.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/inject/inject.h"
#include "kernel/selftest/selftest.h"
#include "kernel/registry.h"
#include "kernel/shell/run.h"

REGISTRY(selftests, const struct selftest);

static const struct selftest *nth_test(unsigned int i)
{
	const struct selftest *const *entry = __start_selftests + i;

	return entry < __stop_selftests ? *entry : NULL;
}

static const char *family_name(unsigned int i)
{
	const struct selftest *test = nth_test(i);

	return test ? test->family : NULL;
}

/* The ith test as "family.name"; valid until the next call. */
static const char *full_name(unsigned int i)
{
	static char name[96];
	const struct selftest *test = nth_test(i);

	if (!test)
		return NULL;
	snprintf(name, sizeof(name), "%s.%s", test->family, test->name);
	return name;
}

/* Families first; their tests once the `.` is typed. */
static const char *complete_test(int argc, char **argv, unsigned int nth)
{
	if (argc != 2)
		return NULL;
	return strchr(argv[argc - 1], '.') ? full_name(nth) : registry_distinct(family_name, nth);
}

static int no_such_test(const char *pattern)
{
	if (!nth_test(0))
		return shell_error("this image has no self-tests (it was built with SELFTESTS=0)");
	return shell_no_such("test", pattern, strchr(pattern, '.') ? full_name : family_name);
}

SHELL_CMD(test, "[--fail] [FAMILY[.NAME]]", "run self-tests: all, a family's, or one",
	  .group = "debug", .example = "test shell", .complete = complete_test,
	  .details = "Speaks KTAP version 1.  Fails when a test fails or none is run.")
{
	bool fail = argc > 1 && !strcmp(argv[1], "--fail");
	const char *pattern = argv[1 + fail];
	int failed;

	if (argc > 2 + fail)
		return SHELL_USAGE;
	failed = fail ? inject_tests(pattern) : selftest_run(pattern);
	if (failed == -ENOENT)
		return no_such_test(pattern);
	if (failed == -EINTR)
		return SHELL_FAIL; /* which the shell says */
	return failed ? shell_error("%d failed", failed) : SHELL_OK;
}

SHELL_CMD(
	seed, "N", "fix the seed of the self-tests; 0: fresh ones", .group = "debug",
	.example = "seed 12345; test shell",
	.details = "A test that uses randomness prints its seed: give it here to repeat a failure.")
{
	u64 seed;

	if (argc != 2)
		return SHELL_USAGE;
	if (!shell_number(argv[1], "N", 0, UINT32_MAX, &seed))
		return SHELL_FAIL;
	selftest_set_seed((u32)seed);
	if (seed)
		con_printf("self-tests: seed %lu from now on\n", (unsigned long)seed);
	else
		con_puts("self-tests: a fresh seed each\n");
	return SHELL_OK;
}
