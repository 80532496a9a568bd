/*
 * break.c - `break NAME` commits one caller's bug, to show how it is caught
 *
 *	break                     page    double-free … what each one does
 *	break page-double-free    the refusal, or the oops, and the prompt again
 *
 * The bugs are written beside the code that catches them: BREAK() in break.h.
 *
 * Locking: none here; a bug must leave no lock held.
 * Read next: break.h, kernel/bug.h.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/shell/break.h"
#include "kernel/shell/registry.h"
#include "kernel/shell/run.h"

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

SHELL_CMD(break, "[NAME]", "commit a bug on purpose; without NAME: list them", .group = "debug",
	  .example = "break", .complete = complete_break,
	  .details = "Each shows how that bug is caught: a refusal, or an oops after which the\n"
		     "command counts as failed and the shell goes on.")
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
			return (*entry)->commit();
	return shell_no_such("bug", argv[1], breakage_name);
}
