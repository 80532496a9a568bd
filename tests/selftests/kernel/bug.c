/*
 * bug.c - claims about reports of callers' bugs: counted always, shown 10 times, told how often
 *
 * The reports are made up, their callers too; the console is quiet meanwhile, and the table of call
 * sites is empty again afterwards.
 */
#include "arch/arch.h"
#include "kernel/bug.h"
#include "kernel/bug_sites.h"
#include "kernel/printk.h"
#include "kernel/selftest/selftest.h"

static const char family[] = "kernel", what[] = "made up";

static void report(unsigned long caller, const char *kind)
{
	const struct bug_report made_up = {
		.family = family,
		.what = kind,
		.expected = "nothing",
		.caller = caller,
	};

	bug(&made_up, "%s", "a test");
}

static bug_hook_t hook;
static int loglevel;
static unsigned long reports_before;
static u64 begun;

/* The host may let a machine stand still until all starts anew; half the time is what may pass here. */
#define SKIP_IF_IT_STOOD_STILL()                                             \
	do {                                                                 \
		if (arch_clock_ns() - begun > 2500000000ull)                 \
			SKIP("the machine stood still for more than 2.5 s"); \
	} while (0)

/* Reports go the usual way, but the console keeps silent. */
static void begin(void)
{
	begun = arch_clock_ns();
	bug_sites_forget();
	reports_before = bug_count();
	hook = bug_set_hook(NULL);
	loglevel = console_loglevel;
	console_loglevel = 0;
}

static void end(void)
{
	console_loglevel = loglevel;
	bug_set_hook(hook);
	selftest_excuse_bugs(bug_count() - reports_before);
	bug_sites_forget();
}

static struct bug_site site_of(unsigned long caller, const char *kind)
{
	struct bug_site site;

	for (unsigned int i = 0; bug_site_nth(i, &site); i++)
		if (site.caller == caller && site.what == kind)
			return site;
	return (struct bug_site){};
}

SELFTEST(kernel, bug_limit, "of one call site 10 reports are shown, and every one is counted")
{
	unsigned long before = bug_count();
	struct bug_site at_limit, over, other_kind, other_caller;

	begin();
	for (int i = 0; i < RATELIMIT_BURST; i++)
		report(1, what);
	at_limit = site_of(1, what);
	report(1, what);
	report(1, what);
	over = site_of(1, what);
	report(1, family);
	other_kind = site_of(1, family);
	report(2, what);
	other_caller = site_of(2, what);
	end();
	SKIP_IF_IT_STOOD_STILL();
	EXPECT_EQ(bug_count() - before, RATELIMIT_BURST + 4);
	EXPECT_EQ(at_limit.reports, RATELIMIT_BURST);
	EXPECT_EQ(at_limit.limit.missed, 0);
	EXPECT_EQ(over.reports, RATELIMIT_BURST + 2);
	EXPECT_EQ(over.limit.missed, 2);
	EXPECT_EQ(other_kind.reports, 1);
	EXPECT_EQ(other_caller.reports, 1);
}

SELFTEST(kernel, bug_sites,
	 "a call site that finds no place counts with the others; none is dropped")
{
	unsigned long before = bug_count(), replaced = bug_replaced_reports(), listed = 0;
	struct bug_site others, nth;

	begin();
	for (unsigned long caller = 1; caller <= BUG_SITES + 3; caller++)
		report(caller, what);
	EXPECT(bug_site_nth(BUG_SITES, &others));
	for (unsigned int i = 0; bug_site_nth(i, &nth); i++)
		listed += nth.reports;
	end();
	SKIP_IF_IT_STOOD_STILL();
	EXPECT_EQ(others.reports, 3);
	EXPECT(!others.family);
	EXPECT_EQ(listed, BUG_SITES + 3);
	EXPECT_EQ(bug_count() - before, BUG_SITES + 3);
	EXPECT(bug_replaced_reports() - replaced >= listed); /* forgotten at the end */
	EXPECT(!bug_site_nth(BUG_SITES + 1, &nth));
}

SELFTEST(kernel, bug_hook, "who hooks reports sees every one, however many; no call site is noted")
{
	unsigned long before = bug_count();

	bug_sites_forget();
	for (int i = 0; i < 2 * RATELIMIT_BURST; i++)
		EXPECT_BUG("made up", report(3, what));
	EXPECT_EQ(bug_count() - before, 2 * RATELIMIT_BURST);
	EXPECT_EQ(site_of(3, what).reports, 0);
}

SELFTEST(kernel, ratelimit,
	 "10 in 5 seconds; what was missed is counted, and starts anew when told")
{
	struct ratelimit limit = {};
	unsigned long missed = ratelimit_missed();
	bool allowed;

	begun = arch_clock_ns();
	for (int i = 0; i < RATELIMIT_BURST; i++)
		EXPECT(ratelimit_allows(&limit));
	EXPECT(limit.since >= begun); /* with the first, not with the machine */
	EXPECT_EQ(limit.missed, 0);
	ratelimit_allows(&limit);
	ratelimit(&limit);
	SKIP_IF_IT_STOOD_STILL();
	EXPECT_EQ(limit.missed, 2);
	EXPECT_EQ(ratelimit_missed(), missed + 1);
	limit.reports = 0; /* as after 5 seconds */
	loglevel = console_loglevel;
	console_loglevel = 0;
	allowed = ratelimit(&limit);
	console_loglevel = loglevel;
	EXPECT(allowed);
	EXPECT_EQ(limit.missed, 0);
	EXPECT_EQ(limit.reports, 1);
}
