/*
 * ratelimit.c - 10 reports in 5 seconds; the rest is counted, and told before the next that is shown
 *
 * Locking: none; see ratelimit.h.
 */
#include "kernel/ratelimit.h"
#include "arch/arch.h"
#include "kernel/printk.h"

static const u64 interval_ns = 5000000000ull;
static unsigned long missed; /* [A] */

bool ratelimit_is_idle(const struct ratelimit *limit)
{
	return arch_clock_ns() - limit->since > interval_ns;
}

bool ratelimit_allows(struct ratelimit *limit)
{
	if (!limit->reports || ratelimit_is_idle(limit)) {
		limit->since = arch_clock_ns();
		limit->reports = 0;
	}
	if (limit->reports++ < RATELIMIT_BURST)
		return true;
	limit->missed++;
	return false;
}

bool ratelimit(struct ratelimit *limit)
{
	unsigned long untold = limit->missed;

	if (!ratelimit_allows(limit)) {
		__atomic_fetch_add(&missed, 1, __ATOMIC_RELAXED);
		return false;
	}
	if (untold) {
		limit->missed = 0;
		pr_warn("%lu more like the next line were not shown", untold);
	}
	return true;
}

unsigned long ratelimit_missed(void)
{
	return __atomic_load_n(&missed, __ATOMIC_RELAXED);
}
