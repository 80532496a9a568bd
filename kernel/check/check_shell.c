/*
 * check_shell.c - `check [FAMILY...]`: a line a family, of what was verified or what is broken
 *
 *	page     sound: 3 zones, 262144 pages, 351 free blocks
 *	vmap     broken: M1: vmalloc area 0xf0805000: at 0xf0806000: another page than its own is mapped
 *	check: 10 sound, 1 broken
 *
 * Locking: none.
 * Read next: check.h.
 */
#include <stdio.h>

#include "kernel/check/check.h"
#include "kernel/console.h"
#include "kernel/shell/run.h"

/* How many families were of each verdict. */
struct tally {
	unsigned int of[CHECK_UNVERIFIED + 1];
};

static void check_one(const struct checker *checker, struct tally *tally)
{
	static const char *const words[] = { "sound", "broken", "not verified" };
	char text[CHECK_TEXT];
	struct check check = {};

	checker_run(checker, &check);
	check_summary(&check, text, sizeof(text));
	con_printf("%-10s %s%s%s\n", checker->family, words[check.verdict], *text ? ": " : "",
		   text);
	tally->of[check.verdict]++;
}

static const char *family_name(unsigned int nth)
{
	const struct checker *checker = checker_after(NULL);

	while (checker && nth--)
		checker = checker_after(checker);
	return checker ? checker->family : NULL;
}

static const char *complete_check(int argc __unused, char **argv __unused, unsigned int nth)
{
	return family_name(nth);
}

/* Says which families there are. */
static int no_such_family(const char *word)
{
	char names[CHECK_TEXT];
	size_t used = 0;
	const char *name;

	for (unsigned int i = 0; (name = family_name(i)) && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, " %s", name);
	return shell_error("no such family \"%s\"; there are:%s", word, names);
}

static int verdict(const struct tally *tally)
{
	con_printf("check: %u sound, %u broken", tally->of[CHECK_SOUND], tally->of[CHECK_BROKEN]);
	if (tally->of[CHECK_UNVERIFIED])
		con_printf(", %u not verified", tally->of[CHECK_UNVERIFIED]);
	con_putc('\n');
	if (tally->of[CHECK_BROKEN])
		return shell_error("%u broken", tally->of[CHECK_BROKEN]);
	return SHELL_OK;
}

SHELL_CMD(check, "[FAMILY...]", "verify the invariants of every family, or of some",
	  .group = "debug", .example = "check page slab", .complete = complete_check,
	  .details =
		  "A line a family: what was verified, or the first invariant that does not hold,\n"
		  "with the object.  Fails when something is broken.")
{
	const struct checker *checker = NULL;
	struct tally tally = {};

	for (int i = 1; i < argc; i++)
		if (!checker_named(argv[i]))
			return no_such_family(argv[i]);
	for (int i = 1; i < argc && !con_interrupted(); i++)
		check_one(checker_named(argv[i]), &tally);
	while (argc == 1 && !con_interrupted() && (checker = checker_after(checker)))
		check_one(checker, &tally);
	return verdict(&tally);
}
