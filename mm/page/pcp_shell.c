/*
 * pcp_shell.c - `pcp`: the single pages that CPUs keep, shown and drained
 *
 * Locking: none here; what is shown of another CPU may be changing.
 * Read next: pcp.h.
 *
 * Locking: none here: one shell.
 */
#include <string.h>

#include "kernel/console.h"
#include "kernel/shell/shell.h"
#include "mm/page/pcp.h"

static const char *complete_pcp(int argc, char **argv __unused, unsigned int nth)
{
	static const char *const words[] = { "show", "drain" };

	return argc == 2 && nth < ARRAY_SIZE(words) ? words[nth] : NULL;
}

SHELL_CMD(
	pcp, "[show|drain]", "the single pages that CPUs keep, per zone", .group = "page",
	.example = "pcp show", .complete = complete_pcp,
	.details =
		"A page is taken from the hot list unless __GFP_COLD is asked for.  The\n"
		"list is counted now and then: at or below low, a batch comes from the buddy; with\n"
		"no room for another batch below high, a batch goes back.\n"
		"drain gives all of this CPU's pages back.")
{
	struct zone *zone;

	if (argc > 2)
		return SHELL_USAGE;
	if (argc == 1 || !strcmp(argv[1], "show")) {
		shell_only_looks();
		for_each_zone(zone)
			pcp_show(zone, con_printf);
		return SHELL_OK;
	}
	if (!strcmp(argv[1], "drain")) {
		unsigned long pages = nr_pcp_pages();

		drain_all_pages(NULL);
		con_printf("%lu pages went back, %lu are kept\n", pages - nr_pcp_pages(),
			   nr_pcp_pages());
		return SHELL_OK;
	}
	return SHELL_USAGE;
}
