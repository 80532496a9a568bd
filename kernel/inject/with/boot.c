/*
 * boot.c - inject=N: the Nth allocation that the boot makes fails
 *
 *	command line read ──1──2── … ──N fails── … ──> "inject: the boot made M allocations"
 *
 * A stage that cannot go on without it panics, with a sentence; any other goes on.  inject=0 lets none
 * fail: so one learns how many there are.
 *
 * Locking: none; one CPU.
 * Read next: kernel/inject.h.
 */
#include "kernel/inject/inject.h"
#include "kernel/inject/with/trial.h"
#include "kernel/param.h"
#include "kernel/printk.h"

static u64 asked, fails_at;
static bool counting;

static bool choose(const struct inject_request *request)
{
	char text[200];

	if (++asked != fails_at)
		return false;
	pr_notice("inject: allocation %llu fails: %s", (unsigned long long)asked,
		  trial_tell(request, text, sizeof(text)));
	return true;
}

static bool set_inject(const char *value, const struct param *param __unused)
{
	if (!parse_number(value, &fails_at))
		return false;
	counting = true;
	inject_set_hook(choose);
	return true;
}
PARAM(inject, set_inject, "the Nth allocation of the boot fails; 0: none, they are counted",
      .refused = "not a number");

void inject_boot_over(void)
{
	if (!counting)
		return;
	inject_set_hook(NULL);
	pr_notice("inject: the boot made %llu allocations", (unsigned long long)asked);
}
