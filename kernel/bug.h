/*
 * bug.h - naming what is wrong: a caller's bug is reported and refused, a broken invariant panics
 *
 * Two things can be wrong.  A caller asks for something that must not be done (a double free, a
 * wild pointer): bug() names it in one line, counts it, and the operation is refused with nothing
 * changed.  Or the kernel itself is broken: ASSERT() panics.  DEBUG_ASSERT() is for checks that a
 * production build (DEBUG=0) cannot afford; it compiles in both.
 */
#ifndef KERNEL_BUG_H
#define KERNEL_BUG_H

#include "lib/compiler.h"

/*
 * Counts it, and prints `BUG: family: what: object=… expected=… found=… caller=symbol+offset`: of
 * one caller's reports of one kind at most 10 in 5 seconds, with how many were not shown before
 * the next.  Panics when panic_on_bug=1 is on the command line.
 *
 * family    the allocator that refuses ("page", "slab"), one word
 * what      the bug's name ("double free"); family and what are string literals, told by address
 * object    the address or handle that was passed in
 * caller    the return address of the public function that was called wrongly: _RET_IP_
 * expected, found   a printf format and one argument list for both, so that each is a few words
 *
 * Context: any; takes no lock that a caller may hold.
 */
struct bug_report {
	const char *family;
	const char *what;
	const void *object;
	const char *expected;
	unsigned long caller;
};
void bug(const struct bug_report *report, const char *found_fmt, ...) __printf(2, 3) __cold;

/* Reports since boot. */
unsigned long bug_count(void);

/*
 * While set, reports are given to this hook instead of the console, and do not panic: the
 * self-test runner takes wanted ones.  Returns the former hook.
 */
typedef void (*bug_hook_t)(const struct bug_report *report, const char *found);
bug_hook_t bug_set_hook(bug_hook_t hook);

/* Prints `panic: …` and a backtrace, and leaves the machine with status 2 (panic=halt: stays). */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn __cold;

#define ASSERT(condition)                                                                   \
	do {                                                                                \
		if (unlikely(!(condition)))                                                 \
			panic("%s:%d: %s: does not hold: %s", __FILE__, __LINE__, __func__, \
			      #condition);                                                  \
	} while (0)

enum { debug_build = CRUMB_DEBUG }; /* from the build: DEBUG=0 or 1 */

#define DEBUG_ASSERT(condition)            \
	do {                               \
		if (debug_build)           \
			ASSERT(condition); \
	} while (0)

#endif /* KERNEL_BUG_H */
