/*
 * bug.c - the report of a caller's bug: counted always, shown as often as a person can read
 *
 *	bug() ──> hook?  the self-test's                              every report
 *	      └─> site (caller, family, what) ──ratelimit──> the line 10 in 5 seconds, the rest counted
 *
 *	sites  [ free_single double free | foo wild pointer | ... ]  others
 *	         reports 12000                                         what found no place in the table
 *	         hidden  11990 ──> told before the site's next line, in `bugs` and /proc/bugs
 *
 * Invariants
 *   I1  Every bug() counts, whoever takes the report, and whether it is shown.
 *   I2  With panic_on_bug=1 the first one panics, shown.
 *   I3  reports of all sites, of the others and of sites replaced are those that no hook took.
 *   I4  What was not shown is told when its site is shown again, or replaced.
 *
 * Locking  lock covers the table; nothing is printed and no other lock taken inside.
 * Read next: bug_shell.c, ratelimit.c; panic.c for the kernel's own bugs.
 */
#include "kernel/bug.h"
#include "kernel/bug_sites.h"
#include "kernel/kallsyms.h"
#include "kernel/param.h"
#include "kernel/printk.h"
#include "kernel/spinlock.h"

#include <stdarg.h>
#include <stdio.h>

enum { FOUND_MAX = 224 };

static bool panic_on_bug;
PARAM_BOOL(panic_on_bug, panic_on_bug, "a BUG report ends in a panic (0 or 1)");

static unsigned long bugs; /* [A] */
static bug_hook_t bug_hook;

static DEFINE_SPINLOCK(lock);
static struct bug_site sites[BUG_SITES + 1]; /* [lock] the last: all that have no place */
static unsigned long replaced_reports;	     /* [lock] of sites that made room */

/* What bug() has to print, found out under the lock. */
struct verdict {
	bool show, last;      /* last: the next ones will not be shown */
	unsigned long hidden; /* of this site, before */
	struct bug_site gone; /* made room, with hidden reports to tell; reports 0: none */
};

unsigned long bug_count(void)
{
	return __atomic_load_n(&bugs, __ATOMIC_RELAXED);
}

bug_hook_t bug_set_hook(bug_hook_t hook)
{
	return __atomic_exchange_n(&bug_hook, hook, __ATOMIC_ACQ_REL);
}

/* --- sites ------------------------------------------------------------------------------------ */

static bool is_site_of(const struct bug_site *site, const struct bug_report *report)
{
	return site->reports && site->caller == report->caller && site->what == report->what &&
	       site->family == report->family;
}

/* The report's site; or an unused one, or one that was quiet for long; at worst that of the others. */
static struct bug_site *find_site_locked(const struct bug_report *report)
{
	struct bug_site *best = &sites[BUG_SITES];

	for (struct bug_site *site = sites; site < sites + BUG_SITES; site++) {
		if (is_site_of(site, report))
			return site;
		if (site->reports && !ratelimit_is_idle(&site->limit))
			continue;
		/* an unused one counts as quiet since 0 */
		if (best == &sites[BUG_SITES] || site->limit.since < best->limit.since)
			best = site;
	}
	return best;
}

/* Makes an unused or a quiet site the report's. */
static void occupy_locked(struct bug_site *site, const struct bug_report *report,
			  struct verdict *verdict)
{
	if (site->limit.missed)
		verdict->gone = *site;	   /* keeps I4 */
	replaced_reports += site->reports; /* keeps I3 */
	*site = (struct bug_site){
		.caller = report->caller,
		.family = report->family,
		.what = report->what,
	};
}

/* Counts the report at its site, and decides whether it is shown. */
static void note_site(const struct bug_report *report, struct verdict *verdict)
{
	struct bug_site *site;
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	site = find_site_locked(report);
	if (site != &sites[BUG_SITES] && !is_site_of(site, report))
		occupy_locked(site, report, verdict);
	site->reports++; /* keeps I3 */
	verdict->hidden = site->limit.missed;
	verdict->show = ratelimit_allows(&site->limit) || panic_on_bug; /* keeps I2 */
	verdict->last = site->limit.reports == RATELIMIT_BURST;
	if (verdict->show)
		site->limit.missed = 0;
	spin_unlock_irqrestore(&lock, flags);
}

bool bug_site_nth(unsigned int nth, struct bug_site *site)
{
	unsigned long flags;

	if (nth > BUG_SITES)
		return false;
	spin_lock_irqsave(&lock, flags);
	*site = sites[nth];
	spin_unlock_irqrestore(&lock, flags);
	return true;
}

void bug_sites_forget(void)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	for (unsigned int i = 0; i <= BUG_SITES; i++) {
		replaced_reports += sites[i].reports; /* keeps I3 */
		sites[i] = (struct bug_site){};
	}
	spin_unlock_irqrestore(&lock, flags);
}

unsigned long bug_replaced_reports(void)
{
	return READ_ONCE(replaced_reports);
}

/* --- reporting -------------------------------------------------------------------------------- */

static void tell_hidden(const char *family, const char *what, unsigned long caller,
			unsigned long hidden)
{
	char name[KALLSYMS_LINE];

	pr_err("bug: %s: %s: %lu more of caller=%s were counted, not shown", family, what, hidden,
	       kallsyms_format_caller(caller, name, sizeof(name)));
}

static void show(const struct bug_report *report, const char *found, const struct verdict *verdict)
{
	char caller[KALLSYMS_LINE];

	if (verdict->hidden)
		tell_hidden(report->family, report->what, report->caller, verdict->hidden);
	kallsyms_format_caller(report->caller, caller, sizeof(caller));
	pr_err("BUG: %s: %s: object=0x%lx expected=%s found=%s caller=%s", report->family,
	       report->what, (unsigned long)report->object, report->expected, found, caller);
	if (verdict->last)
		pr_err("bug: %s: %s: for 5 seconds more of this call site are counted, not shown: "
		       "see `bugs`",
		       report->family, report->what);
}

void bug(const struct bug_report *report, const char *found_fmt, ...)
{
	bug_hook_t hook = __atomic_load_n(&bug_hook, __ATOMIC_ACQUIRE);
	struct verdict verdict = {};
	char found[FOUND_MAX];
	va_list ap;

	__atomic_fetch_add(&bugs, 1, __ATOMIC_RELAXED); /* keeps I1 */
	if (!hook) {
		note_site(report, &verdict);
		if (verdict.gone.reports)
			tell_hidden(verdict.gone.family, verdict.gone.what, verdict.gone.caller,
				    verdict.gone.limit.missed);
		if (!verdict.show)
			return;
	}
	va_start(ap, found_fmt);
	vsnprintf(found, sizeof(found), found_fmt, ap);
	va_end(ap);
	if (hook) {
		hook(report, found);
		return;
	}
	show(report, found, &verdict);
	if (panic_on_bug)
		panic("panic_on_bug: %s: %s", report->family, report->what);
}
