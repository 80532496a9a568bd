/*
 * ratelimit.h - keeps a loop of failures from drowning the log
 *
 *	static struct ratelimit limit;
 *
 *	if (ratelimit(&limit))
 *		pr_warn(...);
 *
 * Linux: include/linux/ratelimit.h (the same 10 in 5 seconds)
 */
#ifndef KERNEL_RATELIMIT_H
#define KERNEL_RATELIMIT_H

#include "arch/arch.h"

enum { RATELIMIT_BURST = 10 };

/* A race between two reporters costs or adds a line, nothing else: no lock. */
struct ratelimit {
	u64 since; /* ns */
	unsigned int reports;
};

/* May one more be reported?  At most RATELIMIT_BURST in 5 seconds.  Context: any. */
static inline bool ratelimit(struct ratelimit *limit)
{
	u64 now = arch_clock_ns();

	if (now - limit->since > 5000000000ull) {
		limit->since = now;
		limit->reports = 0;
	}
	return limit->reports++ < RATELIMIT_BURST;
}

#endif /* KERNEL_RATELIMIT_H */
