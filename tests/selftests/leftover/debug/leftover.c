/*
 * leftover.c - all that is put away after a test that failed, in order
 *
 *	hooks ──> handles ──> windows ──> areas, per-CPU objects ──> objects ──> pages
 *
 * Pools, and caches that a test made, have a cleaner of their own (slab/slab/leftover.c), before or
 * after this one.
 *
 * Locking: none; tests run one at a time.
 * Read next: leftover.h.
 */
#include "kernel/selftest/selftest.h"
#include "kernel/shell/handle.h"
#include "kernel/trace.h"
#include "mm/fixmap/kmap_local.h"
#include "tests/selftests/leftover/debug/leftover.h"

/* From the linker: the tests' own code. */
extern const char __selftests_text_start[], __selftests_text_end[];

static unsigned int handles, kmap_depth;

bool is_of_tests(unsigned long caller)
{
	return caller > (unsigned long)__selftests_text_start &&
	       caller <= (unsigned long)__selftests_text_end;
}

static void note(void)
{
	handles = handle_last();
	kmap_depth = kmap_local_depth();
	leftover_note_percpu();
}

static void put_away(void)
{
	trace_set_hook(NULL);
	handle_release_after(handles);
	kmap_local_unwind(kmap_depth);
	leftover_windows();
	leftover_areas();
	leftover_percpu();
	leftover_objects();
	leftover_pages();
}

SELFTEST_CLEANER(all, note, put_away);
