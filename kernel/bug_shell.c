/*
 * bug_shell.c - `bugs`, /proc/bugs: which mistakes were made, by whom, how often
 *
 * Locking: none here; each place is one moment's.
 * Read next: bug.c.
 */
#include <string.h>

#include "kernel/bug.h"
#include "kernel/bug_sites.h"
#include "kernel/console.h"
#include "kernel/kallsyms.h"
#include "kernel/proc/proc.h"
#include "kernel/shell/shell.h"

static void print_site(const struct bug_site *site)
{
	char caller[KALLSYMS_LINE];

	con_printf("%9lu %9lu  ", site->reports, site->limit.missed);
	if (site->family)
		con_printf("%s: %s, by %s\n", site->family, site->what,
			   kallsyms_format_caller(site->caller, caller, sizeof(caller)));
	else
		con_puts("of further call sites\n");
}

/* What is in no place was a self-test's. */
static void print_rest(unsigned long listed)
{
	unsigned long replaced = bug_replaced_reports();

	if (replaced)
		con_printf("%9lu %9u  of call sites that made room or were forgotten\n", replaced,
			   0);
	con_printf("%lu reports since boot, %lu of them wanted by self-tests; "
		   "%lu warnings were not shown\n",
		   bug_count(), bug_count() - listed - replaced, ratelimit_missed());
}

PROC_FILE(bugs, "callers' bugs: how many, by whom, and how many were not shown")
{
	unsigned long listed = 0;
	struct bug_site site;

	con_printf("%9s %9s  %s\n", "reports", "not shown", "what, and who");
	for (unsigned int i = 0; bug_site_nth(i, &site) && !con_interrupted(); i++) {
		if (site.reports)
			print_site(&site);
		listed += site.reports;
	}
	if (!con_interrupt_seen())
		print_rest(listed);
}

static const char *complete_bugs(int argc, char **argv __unused, unsigned int nth)
{
	return argc == 2 && nth == 0 ? "-c" : NULL;
}

SHELL_CMD(bugs, "[-c]", "callers' bugs: how many, by whom, and how many were not shown",
	  .group = "debug", .example = "bugs", .complete = complete_bugs,
	  .details =
		  "A call site shows 10 reports in 5 seconds; the rest is counted, and told with\n"
		  "the next one that is shown.  `not shown` counts those not told of yet.\n"
		  "-c forgets the call sites after printing all of them.")
{
	bool forget = argc == 2 && strcmp(argv[1], "-c") == 0;

	if (argc > 1 && !forget)
		return SHELL_USAGE;
	proc_show_bugs();
	if (forget && !con_interrupt_seen()) {
		bug_sites_forget();
		con_puts("forgotten\n");
	}
	return SHELL_OK;
}
