/*
 * inject.h - DEBUG builds: where an allocator can say no, somebody may want it to
 *
 *	alloc_pages() ──> has it to fail? ──no──> as always
 *	                        └─yes─> NULL, as when there is no memory
 *
 * Each entry of mm/ at which a request may be refused for want of memory, of addresses or of slots
 * asks here first, with what is asked for and by whom.  Who wants some request to fail sets the hook:
 * `fail`, `test --fail` and inject= (kernel/inject).  It refuses as the allocator would, but tells
 * nobody: the allocator's own report would say that there is no memory.
 *
 * A production build asks nothing: it has neither the test nor the code.
 */
#ifndef KERNEL_INJECT_H
#define KERNEL_INJECT_H

#include "kernel/bug.h"

enum inject_kind {
	INJECT_EARLY,	   /* bytes of boot memory */
	INJECT_LAST_EARLY, /* the same, without which the machine ends */
	INJECT_PAGES,	   /* a block; amount: its order */
	INJECT_OBJECT,	   /* of a cache, bytes */
	INJECT_ADDRESSES,  /* pages' worth of the vmalloc window */
	INJECT_PERCPU,	   /* bytes for each CPU */
	INJECT_SLOT,	   /* of a mapping window; amount: the frame's number */
	INJECT_KINDS,
};

struct inject_request {
	enum inject_kind kind;
	unsigned long amount;
	unsigned long caller; /* a return address in who asked the allocator */
};

/*
 * Has this request to fail?  Asked of each but those of interrupt handlers, on the CPU that set the
 * hook.  Context: any; locks may be held, but none of console or log.
 */
typedef bool (*inject_hook_t)(const struct inject_request *request);

/* NULL: none fails.  The hook itself may allocate nothing. */
void inject_set_hook(inject_hook_t hook);
bool inject_asked(enum inject_kind kind, unsigned long amount, unsigned long caller) __cold;

/*
 * What this CPU asks for from here on is not shown to the hook, or is again: as often as it was held, or
 * when one is set.  For what a DEBUG build wants for itself, and tests that have broken something.
 */
void inject_set_hold(bool hold);
static __always_inline void inject_hold(bool hold)
{
	if (debug_build)
		inject_set_hold(hold);
}

/* Is a hook set? */
extern bool inject_armed;

static __always_inline bool inject_fails(enum inject_kind kind, unsigned long amount,
					 unsigned long caller)
{
	return debug_build && unlikely(READ_ONCE(inject_armed)) &&
	       inject_asked(kind, amount, caller);
}

#endif /* KERNEL_INJECT_H */
