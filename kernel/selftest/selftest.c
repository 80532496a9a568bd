/*
 * selftest.c - runs registered tests and speaks KTAP version 1 on the console
 *
 *	KTAP version 1
 *	1..N
 *	ok 1 buddy.merges
 *	not ok 2 buddy.splits # tests/selftests/page/buddy.c:40: zone
 *	ok 3 page.highmem # SKIP no highmem on this machine
 *	# totals: pass:1 fail:1 skip:1
 *
 * Ctrl-C skips the tests that have not begun: each still has its line, as its plan promised.
 *
 * After each test the page balance must be what it was before it.
 *
 * Locking: none; tests run one at a time, from the shell or at boot.
 * Read next: selftest.h for how a test is written, kernel/shell/test_cmd.c for who calls.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "arch/arch.h"
#include "kernel/bug.h"
#include "kernel/check/check.h"
#include "kernel/console.h"
#include "kernel/inject.h"
#include "kernel/param.h"
#include "kernel/registry.h"
#include "mm/account/account.h"

REGISTRY(selftests, const struct selftest);
REGISTRY(selftest_cleaners, const struct selftest_cleaner);

enum outcome { PASSED, FAILED, SKIPPED };
enum { REASON_MAX = 200 };

char selftest_room[SELFTEST_ROOM];

static enum outcome outcome; /* of the running test */
static char reason[REASON_MAX];
static const char *wanted_bug;		   /* NULL: none */
static const char *awaited_bug;		   /* the last one wanted */
static unsigned int bugs_seen, bugs_wrong; /* since selftest_expect_bug() */
static unsigned long bugs_taken;	   /* by the hook, since the test began */
static struct bug_report last_bug;	   /* of those */
static char last_found[80];
static u32 fixed_seed; /* 0: from the clock */

static bool set_seed(const char *value, const struct param *param __unused)
{
	u64 seed;

	if (!parse_number(value, &seed) || seed > UINT32_MAX)
		return false;
	fixed_seed = (u32)seed;
	return true;
}
PARAM(seed, set_seed, "seed for the randomness of self-tests; 0 takes it from the clock",
      .refused = "not from 0 to 4294967295, the default is 0: from the clock");

void selftest_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	int used;

	if (outcome == FAILED)
		return;
	outcome = FAILED;
	used = snprintf(reason, sizeof(reason), "%s:%d: ", file, line);
	va_start(ap, fmt);
	vsnprintf(reason + used, sizeof(reason) - used, fmt, ap);
	va_end(ap);
}

void selftest_unmet_text(const char *file, int line, const char *text)
{
	selftest_fail(file, line, "%s", text);
}

void selftest_unmet(const char *file, int line)
{
	selftest_unmet_text(file, line, "not so");
}

void selftest_unequal_text(u64 got, u64 want, const char *file, int line, const char *text)
{
	selftest_fail(file, line, "%s is 0x%llx, expected 0x%llx", text, (unsigned long long)got,
		      (unsigned long long)want);
}

void selftest_unequal_wide(u64 got, u64 want, const char *file, int line)
{
	selftest_unequal_text(got, want, file, line, "it");
}

void selftest_unequal(uintptr_t got, uintptr_t want, const char *file, int line)
{
	selftest_unequal_wide(got, want, file, line);
}

void selftest_unreported_text(const char *file, int line, const char *text)
{
	selftest_fail(file, line, "%s: no report \"%s\"", text, awaited_bug);
}

void selftest_unreported(const char *file, int line)
{
	selftest_unreported_text(file, line, "the statement");
}

void selftest_skip(const char *fmt, ...)
{
	va_list ap;

	if (outcome != PASSED)
		return;
	outcome = SKIPPED;
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
}

void selftest_note(const char *fmt, ...)
{
	va_list ap;

	con_puts("# ");
	va_start(ap, fmt);
	con_vprintf(fmt, ap);
	va_end(ap);
	con_putc('\n');
}

u32 selftest_seed(void)
{
	u32 seed = fixed_seed ? fixed_seed : (u32)arch_clock_ticks() | 1;

	selftest_note("seed=%lu", (unsigned long)seed);
	return seed;
}

void selftest_set_seed(u32 seed)
{
	fixed_seed = seed;
}

/* --- reports that a test provokes ------------------------------------------------------------- */

static void take_bug(const struct bug_report *report, const char *found)
{
	selftest_note("wanted: BUG: %s: %s: object=%p expected=%s found=%s", report->family,
		      report->what, report->object, report->expected, found);
	last_bug = *report;
	snprintf(last_found, sizeof(last_found), "%s", found);
	bugs_seen++;
	bugs_taken++;
	if (strcmp(report->what, wanted_bug))
		bugs_wrong++;
}

void selftest_expect_bug(const char *what)
{
	inject_hold(true); /* what is to be refused is not starved: the report would not come */
	wanted_bug = awaited_bug = what;
	bugs_seen = bugs_wrong = 0;
	bug_set_hook(take_bug);
}

bool selftest_bug_seen(void)
{
	bug_set_hook(NULL);
	wanted_bug = NULL;
	inject_hold(false);
	return bugs_seen == 1 && bugs_wrong == 0;
}

bool selftest_bug_was(const char *family, const void *object, const char *expected, const char *fmt,
		      ...)
{
	char found[sizeof(last_found)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(found, sizeof(found), fmt, ap);
	va_end(ap);
	return !strcmp(last_bug.family, family) && last_bug.object == object &&
	       !strcmp(last_bug.expected, expected) && !strcmp(last_found, found) &&
	       last_bug.caller;
}

void selftest_excuse_bugs(unsigned long n)
{
	bugs_taken += n;
}

/* --- running ---------------------------------------------------------------------------------- */

static bool matches(const struct selftest *test, const char *pattern)
{
	size_t family = strlen(test->family);

	if (!pattern || !strcmp(pattern, test->family))
		return true;
	return !strncmp(pattern, test->family, family) && pattern[family] == '.' &&
	       !strcmp(pattern + family + 1, test->name);
}

static int by_family(const void *a, const void *b)
{
	const struct selftest *x = a, *y = b;
	int order = strcmp(x->family, y->family);

	return order ? order : strcmp(x->name, y->name);
}

/* The test that matches and follows in order (NULL: the first), or NULL.  Of one name all come. */
static const struct selftest *next_test(const char *pattern, const struct selftest *test)
{
	do
		test = registry_after(__start_selftests, __stop_selftests, by_family, test);
	while (test && !matches(test, pattern));
	return test;
}

static void note_what_there_is(void)
{
	const struct selftest_cleaner *const *cleaner;

	for_each_registered(cleaner, selftest_cleaners)
		(*cleaner)->begin();
}

static void put_away_what_is_left(void)
{
	const struct selftest_cleaner *const *cleaner;

	for_each_registered(cleaner, selftest_cleaners)
		(*cleaner)->clean();
}

/* A test that failed in the middle may have left them so. */
static void unmask_interrupts(bool masked_before)
{
	if (masked_before || !arch_irqs_disabled())
		return;
	arch_irq_enable();
	selftest_fail("interrupts", 0, "were left masked");
}

/* The test's body, and what it may have left of this file's when it ended in the middle. */
static void run_body(const struct selftest *test)
{
	bool masked = arch_irqs_disabled();

	outcome = PASSED;
	bugs_taken = 0;
	note_what_there_is();
	test->run();
	if (wanted_bug)
		selftest_bug_seen();
	unmask_interrupts(masked);
}

static void run_one(const struct selftest *test)
{
	struct balance before, after;
	unsigned long bugs = bug_count();

	account_settle();
	account_balance(&before);
	run_body(test);
	account_settle();
	account_balance(&after);
	if (!account_equal(&before, &after))
		selftest_fail(test->family, 0,
			      "page balance changed: free %lu -> %lu, held %lu -> %lu, lost %ld",
			      before.free, after.free, before.held, after.held, after.lost);
	bugs = bug_count() - bugs - bugs_taken;
	if (bugs)
		selftest_fail(test->family, 0, "%lu reports of bugs that were not wanted", bugs);
	if (!check_all_hold())
		selftest_fail(test->family, 0, "the invariants do not hold: see `check`");
	if (outcome == FAILED)
		put_away_what_is_left();
}

const struct selftest *selftest_after(const char *pattern, const struct selftest *test)
{
	return next_test(pattern, test);
}

const char *selftest_try(const struct selftest *test)
{
	run_body(test);
	if (outcome == PASSED)
		return NULL;
	put_away_what_is_left();
	return reason;
}

bool selftest_was_skipped(void)
{
	return outcome == SKIPPED;
}

void selftest_give_up(void)
{
	wanted_bug = NULL;
	put_away_what_is_left();
}

unsigned long selftest_excused(void)
{
	return bugs_taken;
}

static void print_result(const struct selftest *test, unsigned int number)
{
	con_printf("%s %u %s.%s", outcome == FAILED ? "not ok" : "ok", number, test->family,
		   test->name);
	if (outcome != PASSED)
		con_printf(" # %s%s", outcome == SKIPPED ? "SKIP " : "", reason);
	con_putc('\n');
}

static unsigned int count_tests(const char *pattern)
{
	const struct selftest *const *p;
	unsigned int n = 0;

	for_each_registered(p, selftests) {
		if (matches(*p, pattern))
			n++;
	}
	return n;
}

int selftest_run(const char *pattern)
{
	unsigned int totals[3] = {}, ran = 0, planned = count_tests(pattern);
	const struct selftest *test = NULL;

	if (!planned)
		return -ENOENT;
	con_printf("KTAP version 1\n1..%u\n", planned);
	while (!con_interrupted() && (test = next_test(pattern, test))) {
		run_one(test);
		print_result(test, ++ran);
		totals[outcome]++;
	}
	if (ran < planned)
		con_puts("Bail out! interrupted\n");
	con_printf("# totals: pass:%u fail:%u skip:%u\n", totals[PASSED], totals[FAILED],
		   totals[SKIPPED]);
	if (ran < planned) {
		selftest_note("interrupted: %u of %u tests ran", ran, planned);
		return totals[FAILED] ? (int)totals[FAILED] : -EINTR;
	}
	if (totals[PASSED] + totals[FAILED] == 0) {
		selftest_note("every test was skipped, so nothing was tested");
		return 1;
	}
	return (int)totals[FAILED];
}
