/*
 * account_shell.c - `balance`: where every page is, in one line
 *
 * Locking: none here; see account.c.
 */
#include "kernel/shell/shell.h"
#include "mm/account/account.h"

SHELL_CMD(balance, "", "where every page of the machine is, and whether one is lost", .looks = true,
	  .group = "page", .example = "balance",
	  .details = "present = reserved + managed; managed = the sum of the rest; all in pages.")
{
	struct balance b;

	if (argc > 1)
		return SHELL_USAGE;
	account_balance(&b);
	account_print(&b);
	return b.lost ? shell_error("%ld pages are lost", b.lost) : SHELL_OK;
}
