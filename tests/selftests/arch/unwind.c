/*
 * unwind.c - claims about looking back: who called, up to the boot, also from an interrupt's handler
 */
#include <string.h>

#include "arch/arch.h"
#include "kernel/irq.h"
#include "kernel/kallsyms.h"
#include "kernel/selftest/selftest.h"

/* Which functions a walk saw. */
struct seen {
	const char *wanted[3];
	unsigned int next;
	unsigned int frames;
};

static bool look_for(unsigned long pc, const char *exception __unused, void *arg)
{
	struct seen *seen = arg;
	char name[KALLSYMS_NAME];

	seen->frames++;
	if (seen->next < ARRAY_SIZE(seen->wanted) && kallsyms_lookup(pc - 1, name, NULL, NULL) &&
	    strcmp(name, seen->wanted[seen->next]) == 0)
		seen->next++;
	return true;
}

static int unwind_inner(struct seen *seen)
{
	arch_unwind(NULL, look_for, seen);
	return seen->frames; /* work after the call: it is not a tail call */
}

/* Called by this, it is itself that is called, and not a copy under another name. */
static int (*volatile inner)(struct seen *seen) = unwind_inner;

static int unwind_outer(struct seen *seen)
{
	return inner(seen) + 1;
}

static int (*volatile outer)(struct seen *seen) = unwind_outer;

SELFTEST(arch, unwind, "a walk sees the callers, newest first, by name, and ends")
{
	struct seen seen = {
		.wanted = { "unwind_inner", "unwind_outer", "selftest_arch_unwind" },
	};

	EXPECT(outer(&seen) > 3);
	EXPECT_EQ(seen.next, 3);
	EXPECT(seen.frames <= 64);
}

/* In the interrupt's handler: what it saw, and what it found of the interrupted code. */
static struct {
	volatile bool ran;
	bool through_interrupt;
	struct seen seen;
} interrupted;

static bool look_through(unsigned long pc, const char *exception, void *arg)
{
	if (exception && strcmp(exception, "interrupt") == 0)
		interrupted.through_interrupt = true;
	return !interrupted.through_interrupt || look_for(pc, exception, arg);
}

static void unwind_in_interrupt(void *arg __unused)
{
	arch_unwind(NULL, look_through, &interrupted.seen);
	interrupted.ran = true;
}

SELFTEST(arch, unwind_interrupt,
	 "a walk from an interrupt's handler goes on in the interrupted function")
{
	unsigned long state;
	bool posted;

	memset(&interrupted, 0, sizeof(interrupted));
	interrupted.seen.wanted[0] = "selftest_arch_unwind_interrupt";
	interrupted.seen.wanted[1] = "shell_run_line";
	interrupted.seen.wanted[2] = "start_kernel";
	state = arch_irq_save();
	posted = irq_post(unwind_in_interrupt, NULL);
	arch_irq_restore(
		state); /* here it comes: at no function's end, of which a walk may be unsure */
	EXPECT(posted);
	while (!interrupted.ran)
		barrier();
	EXPECT(interrupted.through_interrupt);
	EXPECT_EQ(interrupted.seen.next, 3);
}

static bool stop_at_once(unsigned long pc __unused, const char *exception __unused, void *arg)
{
	++*(unsigned int *)arg;
	return false;
}

SELFTEST(arch, unwind_stops, "a walk ends when its visitor says so")
{
	unsigned int visits = 0;

	arch_unwind(NULL, stop_at_once, &visits);
	EXPECT_EQ(visits, 1);
}
