/*
 * exhaust.c - `exhaust KIND`: an allocator down to nothing and back, with nothing lost
 *
 *	balance --> body: take all, be refused, give all back --> balance: must be equal
 *
 * The bodies are written beside the allocators: EXHAUST() in exhaust.h.
 *
 * Locking: none here.
 * Read next: exhaust.h, mm/account/account.h.
 */
#include <string.h>

#include "kernel/console.h"
#include "kernel/shell/exhaust.h"
#include "kernel/registry.h"
#include "kernel/shell/run.h"
#include "mm/account/account.h"

REGISTRY(exhaustions, const struct exhaustion);

static const char *exhaustion_name(unsigned int i)
{
	const struct exhaustion *const *entry = __start_exhaustions + i;

	return entry < __stop_exhaustions ? (*entry)->name : NULL;
}

static const struct exhaustion *find_exhaustion(const char *name)
{
	const struct exhaustion *const *entry;

	for_each_registered(entry, exhaustions)
		if (strcmp((*entry)->name, name) == 0)
			return *entry;
	return NULL;
}

static void list_exhaustions(void)
{
	const struct exhaustion *exhaustion = NULL;

	while ((exhaustion = registry_after(__start_exhaustions, __stop_exhaustions,
					    registry_by_name, exhaustion)))
		con_printf("  %-12s %s\n", exhaustion->name, exhaustion->summary);
}

static int balance_differs(const struct balance *before, const struct balance *after)
{
	return shell_error("pages before: managed=%lu free=%lu held=%lu lost=%ld; "
			   "after: managed=%lu free=%lu held=%lu lost=%ld",
			   before->managed, before->free, before->held, before->lost,
			   after->managed, after->free, after->held, after->lost);
}

/* Runs the body; whatever it returns, the balance must be what it was. */
static int exhaust(const struct exhaustion *exhaustion)
{
	struct balance before, after;
	int result;

	account_settle();
	account_balance(&before);
	result = exhaustion->run();
	account_settle();
	account_balance(&after);
	if (!account_equal(&before, &after))
		return balance_differs(&before, &after);
	if (result == SHELL_OK)
		con_printf("%s: the balance is what it was: free=%lu held=%lu lost=%ld\n",
			   exhaustion->name, after.free, after.held, after.lost);
	return result;
}

static const char *complete_exhaust(int argc, char **argv __unused, unsigned int nth)
{
	return argc == 2 ? exhaustion_name(nth) : NULL;
}

SHELL_CMD(exhaust, "[KIND]", "take all there is, be refused, give all back", .group = "memory",
	  .example = "exhaust pages", .complete = complete_exhaust,
	  .details = "Fails when the page balance afterwards is not what it was.  Without KIND:\n"
		     "lists the kinds.")
{
	const struct exhaustion *exhaustion;

	if (argc > 2)
		return SHELL_USAGE;
	if (argc == 1) {
		list_exhaustions();
		return SHELL_OK;
	}
	exhaustion = find_exhaustion(argv[1]);
	if (!exhaustion)
		return shell_no_such("kind", argv[1], exhaustion_name);
	return exhaust(exhaustion);
}
