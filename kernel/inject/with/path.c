/*
 * path.c - by which calls a request came: as a number, and whether through a certain function
 *
 *	path_here <- choose <- kmalloc <- area_new <- vmalloc <- test <- … <- trial_run <- … <- start_kernel
 *	└────── each return address, down to the first of all, goes into the number ───────┘
 *
 * What lies behind trial_run() is the same in all runs, and so does not tell two paths apart.  The search
 * for a function ends where it is met.
 *
 * Locking: none.
 */
#include "arch/arch.h"
#include "kernel/inject/with/trial.h"

struct path {
	u32 hash;
	unsigned long start, end; /* of the function that is looked for */
	bool met;
};

static bool step(unsigned long pc, const char *exception __unused, void *arg)
{
	struct path *path = arg;

	path->hash = (path->hash ^ (u32)pc) * 16777619u; /* FNV-1a, by words */
	path->met = path->met || (pc > path->start && pc <= path->end);
	return !path->met;
}

u32 path_here(void)
{
	struct path path = { .hash = 2166136261u };

	arch_unwind(NULL, step, &path);
	return path.hash;
}

bool path_leads_through(unsigned long start, unsigned long end)
{
	struct path path = { .start = start, .end = end };

	arch_unwind(NULL, step, &path);
	return path.met;
}
