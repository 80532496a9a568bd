/*
 * ratelimit.h - keeps a loop of failures from drowning the log, and tells how much it kept back
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

#include "lib/compiler.h"

enum { RATELIMIT_BURST = 10 };

/* A race between two reporters costs or adds a line, nothing else: no lock. */
struct ratelimit {
	u64 since;	      /* ns; when the 5 seconds began that run now: with their first */
	unsigned int reports; /* wanted in them, shown or not */
	unsigned long missed; /* not shown, and not told of yet */
};

/*
 * May one more be reported?  At most RATELIMIT_BURST in 5 seconds.  The first that is shown after
 * others were not has a line before it that says how many.  Context: any.
 */
bool ratelimit(struct ratelimit *limit);

/*
 * The same for who tells it himself: `limit->missed` counts the ones that must not be shown.
 * Are the 5 seconds over?
 */
bool ratelimit_allows(struct ratelimit *limit);
bool ratelimit_is_idle(const struct ratelimit *limit);

/* Not shown since boot, of all users of ratelimit(). */
unsigned long ratelimit_missed(void);

#endif /* KERNEL_RATELIMIT_H */
