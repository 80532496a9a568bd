/*
 * fail.c - `fail COMMAND`: the command again and again, each time with another allocation failing
 *
 *	run 1   a b c d e        a fails: the command says so, and nothing is left
 *	run 2   a b c d e        b fails: …
 *	  …
 *	run 6   a b c d e        none does: the command does what it should, and had 5
 *
 * The requests are not counted first: what is made once and stays (a table of the window's) would be
 * there then, and could never fail.
 *
 * What the command leaves on purpose is undone after each run: its handles, its pools and caches.
 *
 * Locking: none; the shell runs one command at a time.
 * Read next: trial.c; tests.c for `test --fail`.
 */
#include <string.h>

#include "kernel/check/check.h"
#include "kernel/console.h"
#include "kernel/inject/inject.h"
#include "kernel/inject/with/trial.h"
#include "kernel/kallsyms.h"
#include "kernel/shell/complete.h"
#include "kernel/shell/handle.h"
#include "kernel/shell/run.h"
#include "mm/slab/mempool_named.h"
#include "mm/slab/slab_view.h"

/* --- what cannot be run again and again ------------------------------------------------------- */

static const struct {
	const char *command, *why;
} forbidden[] = {
	{ "fail", "it is running" },
	{ "test", "`test --fail` does that" },
	{ "stress", "no two of its runs are alike" },
	{ "break", "what it does is a bug already" },
	{ "watch", "it waits for a key" },
	{ "poweroff", "it ends the machine" },
	{ "reboot", "it ends the machine" },
};

static const char *why_not(const char *command)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(forbidden); i++)
		if (!strcmp(command, forbidden[i].command))
			return forbidden[i].why;
	return NULL;
}

const char *inject_forbids(const char *command)
{
	return trial_runs() ? why_not(command) : NULL;
}

/* --- the command as work ---------------------------------------------------------------------- */

struct words {
	int argc;
	char **argv;
};

/* One word with blanks in it is a line: so it may have filters, and several commands. */
static bool run_words(void *arg)
{
	const struct words *words = arg;

	if (words->argc == 1 && strpbrk(words->argv[0], " |;"))
		return shell_run_line(words->argv[0], NULL, NULL) == SHELL_OK;
	return shell_run(words->argc, words->argv) == SHELL_OK;
}

static unsigned int last_handle, caches;
static u32 pools;

static void note_what_there_is(void)
{
	last_handle = handle_last();
	pools = mempools_named();
	caches = nr_caches();
}

static void undo(bool succeeded __unused)
{
	handle_release_after(last_handle);
	mempools_destroy_others(pools);
	for (unsigned int n = nr_caches(); n-- > caches;)
		kmem_cache_destroy(nth_cache(n));
}

/* --- which requests fail ---------------------------------------------------------------------- */

/* As the words before COMMAND say. */
static struct {
	u64 every;
	const char *site;	  /* NULL: any */
	unsigned long start, end; /* of that function */
} wanted;

static bool is_wanted(const struct inject_request *request __unused, u64 nth __unused)
{
	return !wanted.site || path_leads_through(wanted.start, wanted.end);
}

static bool find_site(const char *name)
{
	unsigned long size;
	char found[KALLSYMS_NAME];

	if (!kallsyms_find(name, &wanted.start) ||
	    !kallsyms_lookup(wanted.start, found, NULL, &size)) {
		shell_error("site: no function \"%s\" (one that was inlined has no symbol)", name);
		return false;
	}
	wanted.site = name;
	wanted.end = wanted.start + size;
	return true;
}

/* Reads every=N and site=SYMBOL; the index of COMMAND's first word, 0 after an error. */
static int read_options(int argc, char **argv)
{
	int i = 1;

	wanted.every = 1;
	wanted.site = NULL;
	for (; i < argc; i++) {
		if (!strncmp(argv[i], "every=", 6)) {
			if (!shell_number(argv[i] + 6, "every", 1, 1000000000, &wanted.every))
				return 0;
		} else if (!strncmp(argv[i], "site=", 5)) {
			if (!find_site(argv[i] + 5))
				return 0;
		} else {
			break;
		}
	}
	return i;
}

/* --- all runs --------------------------------------------------------------------------------- */

/* The last run: none failed, or no further one means anything. */
static int conclude(const struct tally *tally, const struct trial *last)
{
	con_printf("fail: %llu allocation%s, %llu run%s: %llu refused, %llu went on, %llu broken\n",
		   (unsigned long long)tally->most, tally->most == 1 ? "" : "s",
		   (unsigned long long)tally->runs, tally->runs == 1 ? "" : "s",
		   (unsigned long long)tally->of[TRIAL_REFUSED],
		   (unsigned long long)tally->of[TRIAL_UNHARMED],
		   (unsigned long long)tally->of[TRIAL_BROKEN]);
	if (con_interrupted())
		return shell_interrupted(" after %llu runs", (unsigned long long)tally->runs);
	if (last->fatal)
		return shell_error("after this nothing can be told from another run");
	if (!last->nth && !last->succeeded)
		return shell_error("the command fails by itself: %s", last->said);
	if (!last->nth && last->verdict == TRIAL_BROKEN)
		return shell_error("the command breaks something by itself: %s", last->why);
	if (wanted.site && tally->most && !tally->runs)
		return shell_error("none of %llu allocations came through %s",
				   (unsigned long long)tally->most, wanted.site);
	return tally->of[TRIAL_BROKEN] ? SHELL_FAIL : SHELL_OK;
}

static int fail(struct words *words)
{
	const struct work work = { .run = run_words, .arg = words, .put_away = undo };
	struct trial trial = { .nth = 0 };
	struct tally tally;

	note_what_there_is();
	tally_begin(&tally);
	do {
		trial_run(&trial, &work, trial.nth ? trial.nth + wanted.every : 1, is_wanted);
		tally_add(&tally, &trial);
		if (trial.nth)
			tally_tell("", &trial);
	} while (trial.nth && !trial.fatal && shell_step(tally.runs, 0));
	return conclude(&tally, &trial);
}

static const char *complete_fail(int argc, char **argv, unsigned int nth)
{
	int first = 1;

	while (first < argc - 1 &&
	       (!strncmp(argv[first], "every=", 6) || !strncmp(argv[first], "site=", 5)))
		first++;
	return complete_command(argc - first, argv + first, nth);
}

SHELL_CMD(
	fail, "[every=N] [site=SYMBOL] COMMAND...", "make each allocation fail once",
	.group = "debug", .example = "fail vmalloc 20K", .complete = complete_fail,
	.details =
		"The command is run once for each allocation that it makes, with just that one\n"
		"failing: each page block, object, per-CPU object, range of addresses and slot.\n"
		"After each run the checkers and the page balance are verified, and what it left is\n"
		"freed.  A line tells what failed and what the command said; it is printed once where\n"
		"it would come again.  every=N: only each Nth.  site=SYMBOL: only those that function\n"
		"made, itself or through others.  Several commands, or filters, are put in quotes.\n"
		"`test --fail` does the same to self-tests: of the requests that come by the same\n"
		"calls the first and the last fail.  inject=N at boot: the boot's Nth.")
{
	int first = read_options(argc, argv);

	if (!first)
		return SHELL_FAIL;
	if (first >= argc)
		return SHELL_USAGE;
	if (why_not(argv[first]))
		return shell_error("%s: cannot be run so: %s", argv[first], why_not(argv[first]));
	if (!check_all_hold())
		return shell_error("the invariants do not hold even now: see `check`");
	return fail(&(struct words){ argc - first, argv + first });
}
