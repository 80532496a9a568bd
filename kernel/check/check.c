/*
 * check.c - runs checkers: under protection, holding no lock afterwards, one verdict each
 *
 *	checker_run() ──> arch_protect(checker->run) ─┬─ returned ──> its verdict
 *	                                              └─ faulted ───> broken; its locks given back
 *
 * Invariants: those of check.h; I2 by release(), I3 in set().
 * Locking  a lock is tried so often as one that another CPU holds would need to become free.
 * Read next: check_shell.c; the checkers themselves.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/check/check.h"
#include "kernel/console.h"
#include "kernel/printk.h"
#include "kernel/registry.h"

REGISTRY(checkers, const struct checker);

enum { LOCK_TRIES = 100000 };

static const char *const verdict_names[] = {
	[CHECK_BROKEN] = "broken",
	[CHECK_UNVERIFIED] = "not verified",
};

const struct checker *checker_after(const struct checker *prev)
{
	return registry_after(__start_checkers, __stop_checkers, registry_by_name, prev);
}

const struct checker *checker_named(const char *family)
{
	const struct checker *const *checker;

	for_each_registered(checker, checkers)
		if (!strcmp((*checker)->family, family))
			return *checker;
	return NULL;
}

/* --- for checkers ----------------------------------------------------------------------------- */

void check_counted(struct check *check, unsigned long n, const char *noun)
{
	for (unsigned int i = 0; i < CHECK_NOUNS; i++) {
		if (check->counted[i].noun && strcmp(check->counted[i].noun, noun))
			continue;
		check->counted[i].noun = noun;
		check->counted[i].n += n;
		return;
	}
	ASSERT(false); /* more nouns than a line has room for */
}

static void set(struct check *check, enum check_verdict verdict, const char *fmt, va_list ap)
{
	if (!check) {
		vprintk(LOG_ERR, fmt, ap);
		return;
	}
	if (check->verdict != CHECK_SOUND)
		return; /* keeps I3 */
	check->verdict = verdict;
	vsnprintf(check->text, sizeof(check->text), fmt, ap);
}

bool check_broken(struct check *check, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(check, CHECK_BROKEN, fmt, ap);
	va_end(ap);
	return false;
}

bool check_unverified(struct check *check, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(check, CHECK_UNVERIFIED, fmt, ap);
	va_end(ap);
	return false;
}

static bool is_locked(struct check *check, const spinlock_t *lock)
{
	return check_unverified(check, "its lock %s is held", lock->name ? lock->name : "");
}

bool check_lock(struct check *check, spinlock_t *lock)
{
	spinlock_t **slot = check->held[0] ? &check->held[1] : &check->held[0];

	ASSERT(!*slot);
	for (unsigned int i = 0; i < LOCK_TRIES; i++) {
		if (spin_trylock(lock)) {
			*slot = lock;
			return true;
		}
		arch_cpu_relax();
	}
	return is_locked(check, lock);
}

void check_unlock(struct check *check, spinlock_t *lock)
{
	spin_unlock(lock);
	check->held[check->held[1] == lock] = NULL;
}

bool check_may_lock(struct check *check, const spinlock_t *lock)
{
	for (unsigned int i = 0; i < LOCK_TRIES; i++) {
		if (!spin_is_locked(lock))
			return true;
		arch_cpu_relax();
	}
	return is_locked(check, lock);
}

/* --- for who asks ----------------------------------------------------------------------------- */

struct call {
	const struct checker *checker;
	struct check *check;
};

static void run(void *arg)
{
	const struct call *call = arg;

	call->checker->run(call->check);
}

/* After a fault; keeps I2. */
static void release(struct check *check)
{
	for (unsigned int i = CHECK_LOCKS; i-- > 0;)
		if (check->held[i])
			check_unlock(check, check->held[i]);
}

void checker_run(const struct checker *checker, struct check *check)
{
	struct call call = { checker, check };
	struct arch_fault fault;

	memset(check, 0, sizeof(*check));
	if (arch_protect(run, &call, &fault))
		return;
	check_broken(check,
		     "a link or an address leads nowhere: %s fault at 0x%08lx, looking at %p",
		     fault.cause, (unsigned long)fault.address, check->at);
	release(check);
}

void check_summary(const struct check *check, char *text, size_t size)
{
	size_t used = 0;

	snprintf(text, size, "%s", check->text);
	if (check->verdict != CHECK_SOUND)
		return;
	for (unsigned int i = 0; i < CHECK_NOUNS && check->counted[i].noun && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%lu %s", i ? ", " : "",
					 check->counted[i].n, check->counted[i].noun);
}

bool check_holds(const struct checker *checker)
{
	struct check check = {};

	checker_run(checker, &check);
	if (check.verdict != CHECK_SOUND)
		pr_err("check: %s: %s: %s", checker->family, verdict_names[check.verdict],
		       check.text);
	return check.verdict != CHECK_BROKEN;
}

bool check_all_hold(void)
{
	const struct checker *const *checker;
	bool all = true;

	for_each_registered(checker, checkers)
		all = check_holds(*checker) && all;
	return all;
}

static void report(void *arg __unused)
{
	unsigned int verdicts[] = { 0, 0, 0 };
	const struct checker *checker = NULL;
	struct check check = {};

	while ((checker = checker_after(checker))) {
		checker_run(checker, &check);
		verdicts[check.verdict]++;
		if (check.verdict != CHECK_SOUND)
			con_printf("check: %s: %s: %s\n", checker->family,
				   verdict_names[check.verdict], check.text);
	}
	con_printf("check: %u sound, %u broken, %u not verified\n", verdicts[CHECK_SOUND],
		   verdicts[CHECK_BROKEN], verdicts[CHECK_UNVERIFIED]);
}

void check_report(void)
{
	struct arch_fault fault;

	if (!arch_protect(report, NULL, &fault))
		con_printf("check: %s fault at 0x%08lx: no more is verified\n", fault.cause,
			   (unsigned long)fault.address);
}
