/*
 * tests.c - `test --fail`: self-tests again and again, each time with another allocation failing
 *
 *	request   1 2 3 4 5 6 7 8 9      path   a: kmalloc <- new_area <- vmalloc <- the test, line 10
 *	path      a b c a b a a b d             b: …
 *	fails     1 2 3       7 8 9      the first and the last of each path
 *
 * A test may ask a hundred thousand times in a loop, so not each request has its run: requests that
 * came by the same calls, down to the instruction, are tried where the first and the last of them
 * is.  Where a test has more paths than there is room for, or asks more often than LOOKS, the rest
 * is not tried, and its line says so.  Nor is a request without which the machine ends: inject= does
 * that, at boot.
 *
 * A test that is "not ok" when something it needs fails is as it should be.  It must not fault, nor
 * cause a report that it does not want, nor may the balance or an invariant be hurt, once what it left
 * is put away (SELFTEST_CLEANER): but that is only what a test itself has allocated; what mm/ has
 * forgotten is found missing.
 *
 * Locking: none.
 * Read next: trial.c, kernel/selftest/selftest.c.
 */
#include <errno.h>
#include <string.h>

#include "kernel/check/check.h"
#include "kernel/console.h"
#include "kernel/inject/inject.h"
#include "kernel/inject/with/trial.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/run.h"

enum { PATHS_MAX = 256, LOOKS = 20000 };

static struct {
	u32 hash;
	u64 first, last;
} paths[PATHS_MAX]; /* of the test that runs */
static unsigned int nr_paths;
static bool too_many;

/* --- paths ------------------------------------------------------------------------------------ */

static unsigned int path_index(u32 hash)
{
	unsigned int i = 0;

	while (i < nr_paths && paths[i].hash != hash)
		i++;
	return i;
}

static bool may_look(const struct inject_request *request, u64 nth)
{
	too_many = too_many || nth > LOOKS;
	return nth <= LOOKS && request->kind != INJECT_LAST_EARLY;
}

static bool add_path(u32 hash, u64 nth)
{
	too_many = too_many || nr_paths == PATHS_MAX;
	if (nr_paths == PATHS_MAX)
		return false;
	paths[nr_paths].hash = hash;
	paths[nr_paths].first = paths[nr_paths].last = nth;
	nr_paths++;
	return true;
}

/* Has no request come by this way yet? */
static bool is_first(const struct inject_request *request, u64 nth)
{
	u32 hash;

	if (!may_look(request, nth))
		return false;
	hash = path_here();
	return path_index(hash) == nr_paths && add_path(hash, nth);
}

/* Fails none: notes the last request of each path. */
static bool note_last(const struct inject_request *request, u64 nth)
{
	unsigned int i = may_look(request, nth) ? path_index(path_here()) : nr_paths;

	if (i < nr_paths)
		paths[i].last = nth;
	return false;
}

static bool is_last(const struct inject_request *request __unused, u64 nth)
{
	for (unsigned int i = 0; i < nr_paths; i++)
		if (paths[i].last == nth && paths[i].first != nth)
			return true;
	return false;
}

/* --- a test as work --------------------------------------------------------------------------- */

static const struct selftest *tested;
static bool skipped; /* its last run, by itself */

static int body(int argc __unused, char **argv __unused)
{
	const char *why = selftest_try(tested);

	skipped = selftest_was_skipped();
	return why ? shell_error("%s", why) : SHELL_OK;
}

/* In a command's frame, so that a fault comes back. */
static bool run_test(void *arg __unused)
{
	static const struct shell_cmd cmd = { .name = "test", .args = "", .run = body };
	static char name[] = "test";
	char *argv[] = { name, NULL };

	return shell_run_cmd(&cmd, 1, argv) == SHELL_OK;
}

static void give_up(bool succeeded)
{
	if (!succeeded)
		selftest_give_up();
}

/* --- one test --------------------------------------------------------------------------------- */

static void add(struct tally *tally, const struct trial *trial)
{
	tally_add(tally, trial);
	if (trial->verdict == TRIAL_BROKEN)
		tally_tell("# ", trial);
}

/* Runs it until nothing that is wanted is left to fail; false: it makes no sense to go on. */
static bool run_all(struct tally *tally, struct trial *trial, trial_wants_t wants)
{
	static const struct work work = { .run = run_test,
					  .put_away = give_up,
					  .excused = selftest_excused };

	trial->nth = 0;
	do {
		trial_run(trial, &work, trial->nth + 1, wants);
		add(tally, trial);
	} while (trial->nth && !trial->fatal && shell_step(tally->runs, 0));
	return !trial->nth && !trial->fatal;
}

static bool try_test(struct tally *tally, struct trial *trial)
{
	nr_paths = 0;
	too_many = false;
	tally_begin(tally);
	return run_all(tally, trial, is_first) && run_all(tally, trial, note_last) &&
	       run_all(tally, trial, is_last);
}

/* The last run was one in which nothing failed, and so the test passes; and nothing ever broke. */
static bool holds(const struct tally *tally, const struct trial *last)
{
	return !tally->of[TRIAL_BROKEN] && last->verdict == TRIAL_SPARED &&
	       (last->succeeded || skipped);
}

static void print_result(unsigned int number, const struct tally *tally, const struct trial *last)
{
	con_printf("%s %u %s.%s # %s%llu allocations, %llu runs%s",
		   holds(tally, last) ? "ok" : "not ok", number, tested->family, tested->name,
		   skipped ? "SKIP " : "", (unsigned long long)tally->most,
		   (unsigned long long)tally->runs, too_many ? ", not all paths" : "");
	if (tally->of[TRIAL_BROKEN])
		con_printf(", %llu broken", (unsigned long long)tally->of[TRIAL_BROKEN]);
	else if (!last->nth && !last->succeeded && !skipped)
		con_printf(", fails by itself: %s", last->said);
	con_putc('\n');
}

/* --- all of them ------------------------------------------------------------------------------ */

static unsigned int count_tests(const char *pattern)
{
	unsigned int n = 0;

	for (const struct selftest *test = NULL; (test = selftest_after(pattern, test)); n++)
		;
	return n;
}

struct sums {
	unsigned int ran, broken, partly; /* partly: not all paths were tried */
};

/* Where a test's randomness is the clock's, no two runs are alike. */
static void run_tests(const char *pattern, struct sums *sums)
{
	struct trial trial = { .fatal = false };
	struct tally tally;

	tested = NULL;
	while (!trial.fatal && !con_interrupted() && (tested = selftest_after(pattern, tested))) {
		try_test(&tally, &trial);
		if (con_interrupted())
			break;
		print_result(++sums->ran, &tally, &trial);
		sums->broken += !holds(&tally, &trial);
		sums->partly += too_many;
	}
}

int inject_tests(const char *pattern)
{
	const unsigned int planned = count_tests(pattern);
	struct sums sums = { .ran = 0 };
	u32 seed;

	if (!planned)
		return -ENOENT;
	if (!check_all_hold())
		return shell_error("the invariants do not hold even now: see `check`");
	con_printf("KTAP version 1\n1..%u\n", planned);
	seed = selftest_seed();
	selftest_set_seed(seed);
	run_tests(pattern, &sums);
	if (sums.ran < planned)
		con_puts("Bail out!\n");
	con_printf("# not all paths: %u\n", sums.partly);
	con_printf("# totals: pass:%u fail:%u skip:0\n", sums.ran - sums.broken, sums.broken);
	return sums.broken ? (int)sums.broken : sums.ran < planned ? -EINTR : 0;
}
