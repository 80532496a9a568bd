/*
 * trial.c - runs a piece of work with one allocation failing, and judges what is left of it
 *
 *	settled, balance counted ──> work, console closed, one request fails ──> put away ──> settled
 *	                                                                                   balance equal?
 *	                                                              checkers, reports, oopses, words?
 *
 * No request is counted but the work's own; nothing here allocates.
 *
 * Invariants
 *   T1  At most one request of a run fails.
 *   T2  Each run begins with what families keep in stock given back, so that equal runs ask for
 *       the same, as far as the work does.
 *
 * Locking: none; one trial at a time, on the shell's CPU.
 * Read next: fail.c, tests.c, who choose.
 */
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"
#include "kernel/check/check.h"
#include "kernel/console.h"
#include "kernel/inject/with/trial.h"
#include "kernel/kallsyms.h"
#include "kernel/oops.h"
#include "mm/account/account.h"

/* --- the request that fails ------------------------------------------------------------------- */

static struct {
	struct trial *trial; /* NULL: none runs */
	u64 from;
	trial_wants_t wants;
} now;

bool trial_runs(void)
{
	return now.trial;
}

static bool choose(const struct inject_request *request)
{
	struct trial *trial = now.trial;
	const u64 nth = ++trial->asked;

	if (trial->nth || !now.wants || nth < now.from || !now.wants(request, nth))
		return false;
	trial->nth = nth; /* keeps T1 */
	trial->request = *request;
	return true;
}

char *trial_tell(const struct inject_request *request, char *buf, size_t n)
{
	static const struct {
		const char *before, *after;
	} words[] = {
		[INJECT_EARLY] = { "", " bytes of boot memory" },
		[INJECT_LAST_EARLY] = { "", " bytes of boot memory" },
		[INJECT_PAGES] = { "a block of order ", "" },
		[INJECT_OBJECT] = { "an object of ", " bytes" },
		[INJECT_ADDRESSES] = { "addresses for ", " pages" },
		[INJECT_PERCPU] = { "", " bytes for each CPU" },
		[INJECT_SLOT] = { "a slot", "" },
	};
	char caller[KALLSYMS_LINE], amount[24] = "";

	if (request->kind != INJECT_SLOT)
		snprintf(amount, sizeof(amount), "%lu", request->amount);
	kallsyms_format_caller(request->caller, caller, sizeof(caller));
	snprintf(buf, n, "%s%s%s for %s", words[request->kind].before, amount,
		 words[request->kind].after, caller);
	return buf;
}

/* --- what it says ----------------------------------------------------------------------------- */

/* Lets nothing through, and keeps the last line that is an error. */
struct listener {
	struct con_stage stage; /* first: a stage's address is its listener's */
	char *said;
	size_t len;
	char line[SAID_MAX];
};

static void hear_line(struct listener *listener)
{
	static const char error[] = "error: ";

	listener->line[listener->len] = 0;
	if (!strncmp(listener->line, error, sizeof(error) - 1))
		strcpy(listener->said, listener->line + sizeof(error) - 1);
	listener->len = 0;
}

static void hear(struct con_stage *stage, const char *s, size_t len)
{
	struct listener *listener = (struct listener *)stage;

	for (; len; len--, s++) {
		if (*s == '\n')
			hear_line(listener);
		else if (listener->len < sizeof(listener->line) - 1)
			listener->line[listener->len++] = *s;
	}
}

/* --- the verdict ------------------------------------------------------------------------------ */

/* What there was before. */
struct scene {
	struct balance balance;
	unsigned long bugs, oopses;
};

static void look_round(struct scene *scene)
{
	account_settle(); /* keeps T2 */
	account_balance(&scene->balance);
	scene->bugs = bug_count();
	scene->oopses = oops_count();
}

static void __printf(2, 3) break_it(struct trial *trial, const char *fmt, ...)
{
	va_list ap;

	if (trial->verdict == TRIAL_BROKEN)
		return; /* the first reason counts */
	trial->verdict = TRIAL_BROKEN;
	va_start(ap, fmt);
	vsnprintf(trial->why, sizeof(trial->why), fmt, ap);
	va_end(ap);
}

static void compare_balance(struct trial *trial, const struct balance *before,
			    const struct balance *after)
{
	if (account_equal(before, after))
		return;
	break_it(trial,
		 "pages are missing: free %+ld, pcp %+ld, slab %+ld, vmalloc %+ld, percpu %+ld, "
		 "pagetables %+ld, held %+ld, lost %+ld",
		 (long)(after->free - before->free), (long)(after->pcp - before->pcp),
		 (long)(after->slab - before->slab), (long)(after->vmalloc - before->vmalloc),
		 (long)(after->percpu - before->percpu),
		 (long)(after->pagetables - before->pagetables), (long)(after->held - before->held),
		 after->lost - before->lost);
	trial->fatal = after->lost;
}

static void judge(struct trial *trial, const struct work *work, const struct scene *before)
{
	struct scene after;
	unsigned long bugs;

	look_round(&after);
	bugs = after.bugs - before->bugs - (work->excused ? work->excused() : 0);
	trial->verdict = !trial->nth	    ? TRIAL_SPARED
			 : trial->succeeded ? TRIAL_UNHARMED
					    : TRIAL_REFUSED;
	if (after.oopses != before->oopses)
		break_it(trial, "an oops");
	if (bugs)
		break_it(trial, "%lu BUG reports (`bugs`, `dmesg`)", bugs);
	compare_balance(trial, &before->balance, &after.balance);
	if (!check_all_hold()) {
		break_it(trial, "invariants do not hold (`check`)");
		trial->fatal = true;
	}
	if (trial->verdict == TRIAL_REFUSED && !*trial->said)
		break_it(trial, "it failed without a word");
}

static void perform(struct trial *trial, const struct work *work)
{
	struct listener listener = { .stage.write = hear, .said = trial->said };

	con_push_stage(&listener.stage);
	inject_set_hook(choose);
	trial->succeeded = work->run(work->arg);
	inject_set_hook(NULL);
	if (work->put_away)
		work->put_away(trial->succeeded);
	con_pop_stage(&listener.stage);
}

void trial_run(struct trial *trial, const struct work *work, u64 from, trial_wants_t wants)
{
	struct scene before;

	*trial = (struct trial){ .verdict = TRIAL_SPARED };
	look_round(&before);
	now.trial = trial;
	now.from = from;
	now.wants = wants;
	perform(trial, work);
	now.trial = NULL;
	judge(trial, work, &before);
}
