/*
 * break.c - `break NAME` commits one caller's bug, to show how it is caught
 *
 *	break                     page    double-free … what each one does
 *	break page-double-free    the refusal, or the oops; then in two lines
 *	                          mistake: what it was in code
 *	                          machine: what was done about it
 *
 * What was done is told from what was counted while the mistake was made (oopses, reports, frees of
 * pages that a window showed, pages), never from what should have been.
 *
 * The bugs are written beside the code that catches them: BREAK() in break.h.
 *
 * Locking: none here; a bug must leave no lock held.
 * Read next: break.h, kernel/bug.h.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/banner.h"
#include "kernel/bug.h"
#include "kernel/console.h"
#include "kernel/oops.h"
#include "kernel/shell/break.h"
#include "kernel/registry.h"
#include "kernel/shell/run.h"
#include "mm/account/account.h"
#include "mm/page/shown.h"

REGISTRY(breakages, const struct breakage);

enum { NAME_MAX = 48 };

/* The ith name as it is typed; valid until the next call. */
static const char *shown_name(const char *name)
{
	static char shown[NAME_MAX];

	snprintf(shown, sizeof(shown), "%s", name);
	for (char *c = shown; *c; c++)
		*c = *c == '_' ? '-' : *c;
	return shown;
}

static const char *breakage_name(unsigned int i)
{
	const struct breakage *const *entry = __start_breakages + i;

	return entry < __stop_breakages ? shown_name((*entry)->name) : NULL;
}

static int by_family(const void *a, const void *b)
{
	const struct breakage *x = a, *y = b;
	int order = strcmp(x->family, y->family);

	return order ? order : strcmp(x->name, y->name);
}

static void list_breakages(void)
{
	const struct breakage *breakage = NULL;
	const char *family = "";

	while ((breakage =
			registry_after(__start_breakages, __stop_breakages, by_family, breakage))) {
		if (strcmp(family, breakage->family) != 0) {
			family = breakage->family;
			con_printf("%s\n", family);
		}
		con_printf("  %-28s %s\n", shown_name(breakage->name), breakage->summary);
	}
}

static const char *complete_break(int argc, char **argv __unused, unsigned int nth)
{
	return argc == 2 ? breakage_name(nth) : NULL;
}

/* Does this build see it? */
static bool is_seen(const struct breakage *breakage)
{
	return debug_build || !breakage->debug_only || (ARCH_WATCHES && breakage->watched);
}

/* --- what was done about it ------------------------------------------------------------------- */

/* What is counted: before a mistake, and then since. */
struct counts {
	unsigned long oopses, bugs, freed_shown;
	long lost;
};

static struct counts count_now(void)
{
	struct balance balance;

	account_balance(&balance);
	return (struct counts){
		.oopses = oops_count(),
		.bugs = bug_count(),
		.freed_shown = pages_freed_shown(),
		.lost = balance.lost,
	};
}

static struct counts count_since(const struct counts *before)
{
	struct counts now = count_now();

	return (struct counts){
		.oopses = now.oopses - before->oopses,
		.bugs = now.bugs - before->bugs,
		.freed_shown = now.freed_shown - before->freed_shown,
		.lost = now.lost - before->lost,
	};
}

static bool was_caught(enum break_caught how, const struct counts *since, int result)
{
	if (since->lost)
		return false;
	if (how == BREAK_FAULTS)
		return since->oopses == 1;
	return result == SHELL_OK && !since->oopses &&
	       (how == BREAK_COUNTED ? since->freed_shown : since->bugs);
}

/* False when it was not caught as it says. */
static bool tell_machine(const struct breakage *breakage, const struct counts *since, int result)
{
	static const char *const texts[] = {
		[BREAK_REFUSED] = "refused: named it (BUG) and changed nothing",
		[BREAK_FOUND] = "did not see it happen, but found it afterwards and named it (BUG)",
		[BREAK_FAULTS] =
			"faulted (Oops): the command ended, the shell goes on, no page is lost",
		[BREAK_COUNTED] =
			"did it all the same, warned, and counted it (vmstat freed_while_shown)",
	};
	bool caught = was_caught(breakage->caught, since, result);

	con_puts("machine: ");
	if (!is_seen(breakage))
		con_puts("would not have noticed, so it was not made: only DEBUG builds see it\n");
	else if (caught)
		con_printf("%s\n", texts[breakage->caught]);
	else if (since->bugs || since->oopses || since->lost)
		con_printf(
			"did not catch it as it should: %lu reports, %lu oopses, %ld pages lost\n",
			since->bugs, since->oopses, since->lost);
	else
		con_puts("did nothing: the error above says why\n");
	return caught;
}

static const struct breakage *committing; /* the shell is one */

static int commit(int argc __unused, char **argv __unused)
{
	if (!is_seen(committing))
		return shell_error("only DEBUG builds see this one: %s DEBUG=1", crumb_make);
	return committing->commit();
}

/* As a command of its own, so that a fault comes back here. */
static int commit_and_tell(const struct breakage *breakage, int argc, char **argv)
{
	static const struct shell_cmd command = { .name = "break", .args = "", .run = commit };
	struct counts before = count_now(), since;
	int result;

	committing = breakage;
	result = shell_run_cmd(&command, argc, argv);
	since = count_since(&before);
	con_printf("mistake: %s\n", breakage->code);
	return tell_machine(breakage, &since, result) ? result : SHELL_FAIL;
}

SHELL_CMD(break, "[NAME]", "commit a bug on purpose; without NAME: list them", .group = "debug",
	  .example = "break", .complete = complete_break,
	  .details =
		  "Each shows how that bug is caught: a refusal, or an oops after which the\n"
		  "command counts as failed and the shell goes on.  The last two lines tell what\n"
		  "the mistake was in code, and what the machine did about it.")
{
	const struct breakage *const *entry;

	if (argc > 2)
		return SHELL_USAGE;
	if (argc == 1) {
		list_breakages();
		return SHELL_OK;
	}
	for_each_registered(entry, breakages)
		if (strcmp(shown_name((*entry)->name), argv[1]) == 0)
			return commit_and_tell(*entry, argc, argv);
	return shell_no_such("bug", argv[1], breakage_name);
}
