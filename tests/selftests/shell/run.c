/*
 * run.c - numbers, the commands of a line, and the way back from a fault
 *
 * The commands here are not registered: shell_run_cmd() is given their descriptors.
 *
 * Read next: kernel/shell/run.c, whose invariants S1 to S3 are checked here.
 */
#include <string.h>

#include "arch/arch.h"
#include "kernel/selftest/selftest.h"
#include "kernel/registry.h"
#include "kernel/shell/run.h"

static bool number_is(const char *arg, enum number_check check, u64 expected)
{
	u64 value = 4711;

	CHECK(shell_check_number(arg, 1, 1 * MiB, &value) == check);
	CHECK(value == (check == NUMBER_OK ? expected : 4711)); /* untouched when refused */
	return true;
}

SELFTEST(shell, numbers, "a bad number and one out of range are refused, and are never 0")
{
	EXPECT(number_is("1", NUMBER_OK, 1));
	EXPECT(number_is("0x10", NUMBER_OK, 16));
	EXPECT(number_is("4K", NUMBER_OK, 4096));
	EXPECT(number_is("1m", NUMBER_OK, MiB));
	EXPECT(number_is("0", NUMBER_OUT_OF_RANGE, 0));
	EXPECT(number_is("1048577", NUMBER_OUT_OF_RANGE, 0));
	EXPECT(number_is("", NUMBER_MALFORMED, 0));
	EXPECT(number_is("-1", NUMBER_MALFORMED, 0));
	EXPECT(number_is("12z", NUMBER_MALFORMED, 0));
	EXPECT(number_is("0x", NUMBER_MALFORMED, 0));
	EXPECT(number_is("K", NUMBER_MALFORMED, 0));
	EXPECT(number_is("1 ", NUMBER_MALFORMED, 0));
	EXPECT(number_is("99999999999999999999", NUMBER_MALFORMED, 0));
}

static unsigned int calls;

static int run_counted(int argc __unused, char **argv __unused)
{
	calls++;
	return SHELL_OK;
}

static int run_failing(int argc __unused, char **argv __unused)
{
	return SHELL_FAIL;
}

/* What the oops code does after a fault, on a CPU whose command was in a critical section. */
static int run_faulting(int argc __unused, char **argv __unused)
{
	if (!shell_may_recover())
		return SHELL_OK;
	arch_irq_disable();
	shell_recover();
}

static const struct shell_cmd counted = { .name = "counted", .args = "", .run = run_counted };
static const struct shell_cmd failing = { .name = "failing", .args = "", .run = run_failing };
static const struct shell_cmd faulting = { .name = "faulting", .args = "", .run = run_faulting };

static int run_one(const struct shell_cmd *cmd)
{
	static char name[] = "selftest";
	char *argv[] = { name, NULL };

	return shell_run_cmd(cmd, 1, argv);
}

static unsigned int inner_failures;

/* Goes on after the fault of an inner command, like `repeat` and `time`. */
static int run_nesting(int argc __unused, char **argv __unused)
{
	inner_failures += run_one(&faulting) == SHELL_FAIL;
	inner_failures += run_one(&faulting) == SHELL_FAIL;
	run_one(&counted);
	return shell_may_recover() ? SHELL_OK : SHELL_FAIL;
}

static const struct shell_cmd nesting = { .name = "nesting", .args = "", .run = run_nesting };

SELFTEST(shell, run_results, "a command's result comes back through the dispatcher")
{
	calls = 0;
	EXPECT_EQ(run_one(&counted), SHELL_OK);
	EXPECT_EQ(run_one(&failing), SHELL_FAIL);
	EXPECT_EQ(calls, 1);
}

SELFTEST(shell, run_recovers, "a fault ends its command only, and leaves interrupts as they were")
{
	bool inside = shell_may_recover(), masked = arch_irqs_disabled();

	EXPECT_EQ(run_one(&faulting), SHELL_FAIL);
	EXPECT_EQ(arch_irqs_disabled(), masked);
	EXPECT_EQ(shell_may_recover(), inside); /* S2 */
}

SELFTEST(shell, run_nests, "after an inner command's fault the outer command goes on")
{
	bool inside = shell_may_recover();

	calls = inner_failures = 0;
	EXPECT_EQ(run_one(&nesting), SHELL_OK);
	EXPECT_EQ(inner_failures, 2);
	EXPECT_EQ(calls, 1);
	EXPECT_EQ(shell_may_recover(), inside);
}

SELFTEST(shell, run_counts, "each command of a line counts once, empty ones do not")
{
	unsigned int ok = 0, failed = 0;

	EXPECT_EQ(shell_run_line("", &ok, &failed), SHELL_OK);
	EXPECT_EQ(shell_run_line(" ; ;; ", &ok, &failed), SHELL_OK);
	EXPECT_EQ(ok + failed, 0);
	EXPECT_EQ(shell_run_line("echo '# one'; ; echo \\# two;", &ok, &failed), SHELL_OK);
	EXPECT_EQ(ok, 2);
	EXPECT_EQ(failed, 0);
	EXPECT_EQ(shell_run_line("repeat 3 echo '# again'", &ok, NULL), SHELL_OK);
	EXPECT_EQ(ok, 3);
}

SELFTEST(shell, commands_sorted, "the walk over the commands meets each once, by group and name")
{
	const struct shell_cmd *cmd = NULL, *prev = NULL;
	unsigned int walked = 0, registered = 0;

	while (shell_cmd_name(registered))
		registered++;
	while ((cmd = shell_cmd_after(prev))) {
		int order = prev ? strcmp(shell_cmd_group(prev), shell_cmd_group(cmd)) : -1;

		EXPECT(order < 0 || (order == 0 && strcmp(prev->name, cmd->name) <= 0));
		EXPECT(cmd->args && cmd->summary && *cmd->summary);
		prev = cmd;
		walked++;
	}
	EXPECT(registered > 0);
	EXPECT_EQ(walked, registered);
}

SELFTEST(shell, registry_equals, "descriptors of equal names are all met, and in order")
{
	static const char *const names[] = { "b", "a", "b", "c", "b" };
	const char *const *entries[ARRAY_SIZE(names)], *const *entry = NULL;
	char met[ARRAY_SIZE(names) + 1] = "";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		entries[i] = &names[i];
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		entry = registry_after(entries, entries + ARRAY_SIZE(names), registry_by_name,
				       entry);
		EXPECT(entry);
		met[i] = **entry;
	}
	EXPECT_EQ(strcmp(met, "abbbc"), 0);
	EXPECT(!registry_after(entries, entries + ARRAY_SIZE(names), registry_by_name, entry));
}

static const char *nth_fruit(unsigned int i)
{
	static const char *const fruits[] = { "apple", "banana", "cherry", "fig" };

	return i < ARRAY_SIZE(fruits) ? fruits[i] : NULL;
}

static bool suggests(const char *word, const char *fruit)
{
	const char *meant = registry_suggest(word, nth_fruit);

	CHECK(fruit ? meant && strcmp(meant, fruit) == 0 : !meant);
	return true;
}

SELFTEST(shell, suggestions, "a name is suggested for a slip of the finger, not for another word")
{
	EXPECT(suggests("aple", "apple"));
	EXPECT(suggests("appple", "apple"));
	EXPECT(suggests("bnaana", "banana"));
	EXPECT(suggests("charry", "cherry"));
	EXPECT(suggests("ba", "banana") && suggests("b", NULL));
	EXPECT(suggests("gif", NULL));
	EXPECT(suggests("fgi", "fig"));
	EXPECT(suggests("", NULL));
	EXPECT(suggests("orange", NULL));
	EXPECT(suggests("a-word-that-is-longer-than-anything-in-the-list", NULL));
}
