/*
 * trace.h - `trace on [family]`: each step of an allocator told in one readable line
 *
 *	trace(TRACE_PAGE, "split order %u pfn 0x%lx, upper half goes to order %u", ...);
 *
 * A site costs one load and one test while its family is off, so sites stand where something rare
 * happens (a split, a merge, a refill, a drain, a table write), never on the hottest path.
 *
 * Context: any, a family's lock may be held (printk is the innermost).
 */
#ifndef KERNEL_TRACE_H
#define KERNEL_TRACE_H

#include "lib/compiler.h"

enum trace_family {
	TRACE_EARLY,
	TRACE_PAGE,
	TRACE_PCP,
	TRACE_PERCPU,
	TRACE_SLAB,
	TRACE_VMAP,
	TRACE_WINDOW, /* fixmap, kmap_local, kmap, ioremap */
	TRACE_FAMILIES,
};

extern unsigned int trace_mask; /* bit f: family f is narrated */

/* Prints `trace: FAMILY: …`; nothing once Ctrl-C was typed, until the next line. */
void trace_line(enum trace_family family, const char *fmt, ...) __printf(2, 3) __cold;

/*
 * While set, this is called at each site of a family that is narrated, and nothing is printed: for
 * tests that want something to happen just there.  Locks may be held.  Returns the former hook.
 */
typedef void (*trace_hook_t)(enum trace_family family);
trace_hook_t trace_set_hook(trace_hook_t hook);

/*
 * Called whenever `trace` has switched families on or off, with what the family is now: for who has fast
 * paths without a site.  One a family.
 */
typedef void (*trace_listener_t)(bool on);
void trace_listen(enum trace_family family, trace_listener_t listener);

/* Is the family narrated?  For who has more to say than one line. */
static inline bool trace_on(enum trace_family family)
{
	return READ_ONCE(trace_mask) & 1u << family;
}

#define trace(family, ...)                               \
	do {                                             \
		if (unlikely(trace_on(family)))          \
			trace_line(family, __VA_ARGS__); \
	} while (0)

#endif /* KERNEL_TRACE_H */
