/*
 * stress.c - `stress`: random allocations of every family at once, each object's contents verified
 *
 *	slots   [ pages 3 | - | kmalloc 81 | vmalloc 9000 | - | percpu 24 | ... ]
 *	a step picks a slot: an empty one is filled by a random family, a full one verified and emptied
 *
 * An object's first and last word say whose it is; what has changed when it is given back is an
 * error, and so is a checker that does not hold or a page that is missing at the end.  That a family
 * has nothing left to give is ordinary.
 *
 * Invariants
 *   S1  A slot with a source holds an object of it whose ends are marked with the slot's mark.
 *   S2  When the command ends, every slot is empty.
 *
 * Locking: none; the shell runs one command at a time.  Interrupts may do as they like meanwhile.
 * Read next: tests/selftests/page/buddy.c, for a model that knows one family better.
 */
#include <string.h>

#include "kernel/check/check.h"
#include "kernel/console.h"
#include "kernel/param.h"
#include "kernel/shell/shell.h"
#include "lib/random.h"
#include "mm/account/account.h"
#include "mm/page/page.h"
#include "mm/percpu/percpu.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"

enum { SLOTS = 256, OPS_DEFAULT = 20000, CHECK_EVERY = 4096 };

/* A family that objects come from. */
struct source {
	const char *name;
	unsigned long largest; /* bytes asked for, at most */
	void *(*take)(unsigned long bytes);
	void (*give)(void *object, unsigned long bytes);
	/* The object's bytes on this CPU. */
	void *(*contents)(void *object);
};

struct slot {
	const struct source *source; /* NULL: empty */
	void *object;
	unsigned long bytes;
	u32 mark;
};

/* --- the families ----------------------------------------------------------------------------- */

static void *take_pages(unsigned long bytes)
{
	return (void *)__get_free_pages(GFP_KERNEL | __GFP_NOWARN, get_order(bytes));
}

static void give_pages(void *object, unsigned long bytes)
{
	free_pages((unsigned long)object, get_order(bytes));
}

static void *take_kmalloc(unsigned long bytes)
{
	return kmalloc(bytes, GFP_KERNEL | __GFP_NOWARN);
}

static void give_kmalloc(void *object, unsigned long bytes __unused)
{
	kfree(object);
}

static void *take_vmalloc(unsigned long bytes)
{
	return __vmalloc(bytes, GFP_KERNEL | __GFP_HIGHMEM | __GFP_NOWARN);
}

static void give_vmalloc(void *object, unsigned long bytes __unused)
{
	vfree(object);
}

static void *take_percpu(unsigned long bytes)
{
	return __alloc_percpu_gfp(bytes, sizeof(long), GFP_KERNEL | __GFP_NOWARN);
}

static void give_percpu(void *object, unsigned long bytes __unused)
{
	free_percpu(object);
}

static void *plain_contents(void *object)
{
	return object;
}

static void *percpu_contents(void *object)
{
	return this_cpu_ptr((char *)object);
}

static const struct source sources[] = {
	{ "pages", 16 * 4096, take_pages, give_pages, plain_contents },
	{ "kmalloc", 8192, take_kmalloc, give_kmalloc, plain_contents },
	{ "vmalloc", 65536, take_vmalloc, give_vmalloc, plain_contents },
	{ "percpu", 512, take_percpu, give_percpu, percpu_contents },
};

static const struct source *source_named(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(sources); i++)
		if (!strcmp(name, sources[i].name))
			return &sources[i];
	return NULL;
}

/* --- one slot --------------------------------------------------------------------------------- */

static u32 *last_word(const struct slot *slot)
{
	return (u32 *)slot->source->contents(slot->object) + slot->bytes / sizeof(u32) - 1;
}

static void fill(struct slot *slot, const struct source *source, struct rng *rng)
{
	unsigned long words = source->largest / sizeof(u32);

	/* Small sizes more often than large ones. */
	slot->bytes = sizeof(u32) * (1 + rng_below(rng, 1 + rng_below(rng, (u32)words)));
	slot->object = source->take(slot->bytes);
	if (!slot->object)
		return;
	slot->source = source; /* keeps S1 */
	slot->mark = rng_next(rng);
	*(u32 *)source->contents(slot->object) = slot->mark;
	*last_word(slot) = slot->mark;
}

/* Gives the object back; false when it is not as it was left. */
static bool empty(struct slot *slot)
{
	bool sound = *(u32 *)slot->source->contents(slot->object) == slot->mark &&
		     *last_word(slot) == slot->mark;

	if (!sound)
		con_printf("stress: %s of %lu bytes at %p: its ends have changed\n",
			   slot->source->name, slot->bytes, slot->object);
	slot->source->give(slot->object, slot->bytes);
	slot->source = NULL;
	return sound;
}

/* --- all of it -------------------------------------------------------------------------------- */

struct run {
	const struct source *only; /* NULL: every family */
	unsigned long ops, done, errors;
	u32 seed;
};

static void steps(struct run *run, struct slot *slots, struct rng *rng)
{
	for (; run->done < run->ops && shell_progress(run->done, run->ops); run->done++) {
		struct slot *slot = &slots[rng_below(rng, SLOTS)];
		const struct source *source = &sources[rng_below(rng, ARRAY_SIZE(sources))];

		if (slot->source)
			run->errors += empty(slot) ? 0 : 1;
		else
			fill(slot, run->only ? run->only : source, rng);
		if (run->done % CHECK_EVERY == CHECK_EVERY - 1)
			run->errors += check_all_hold() ? 0 : 1;
	}
}

/* Between two balances: nothing may be missing, or corrupt, when all has been given back. */
static void run_in(struct run *run, struct slot *slots)
{
	struct balance before, after;
	struct rng rng;

	rng_seed(&rng, run->seed);
	account_settle();
	account_balance(&before);
	steps(run, slots, &rng);
	for (unsigned int i = 0; i < SLOTS; i++) /* keeps S2 */
		if (slots[i].source)
			run->errors += empty(&slots[i]) ? 0 : 1;
	run->errors += check_all_hold() ? 0 : 1;
	account_settle();
	account_balance(&after);
	if (!account_equal(&before, &after)) {
		con_puts("stress: the page balance has changed\n");
		run->errors++;
	}
}

static bool twice(const char *arg, const char *what)
{
	shell_error("%s: %s was given already", arg, what);
	return false;
}

/* A number of operations, a family, or seed=N; false, with the error printed, when it is none. */
static bool parse_argument(const char *arg, struct run *run)
{
	u64 value;

	if (!strncmp(arg, "seed=", 5)) {
		if (run->seed)
			return twice(arg, "a seed");
		if (!shell_number(arg + 5, "seed", 1, 0xffffffff, &value))
			return false;
		run->seed = (u32)value;
		return true;
	}
	if (parse_number(arg, &value)) {
		if (run->ops)
			return twice(arg, "a number of operations");
		if (!shell_number(arg, "OPS", 1, 1000000000, &value))
			return false;
		run->ops = (unsigned long)value;
		return true;
	}
	if (run->only)
		return twice(arg, "a family");
	run->only = source_named(arg);
	if (!run->only)
		shell_error("%s: neither a number, a family nor seed=N", arg);
	return run->only;
}

static const char *complete_stress(int argc __unused, char **argv __unused, unsigned int nth)
{
	return nth < ARRAY_SIZE(sources) ? sources[nth].name : NULL;
}

SHELL_CMD(stress, "[OPS] [pages|kmalloc|vmalloc|percpu] [seed=N]",
	  "random allocations of every family, contents and checkers verified", .group = "debug",
	  .example = "stress 5000 kmalloc", .complete = complete_stress,
	  .details =
		  "20000 operations unless said otherwise; Ctrl-C ends it early.  The same seed\n"
		  "repeats the same steps.")
{
	struct run run = {};
	struct slot *slots;

	for (int i = 1; i < argc; i++)
		if (!parse_argument(argv[i], &run))
			return SHELL_FAIL;
	run.ops = run.ops ? run.ops : OPS_DEFAULT;
	run.seed = run.seed ? run.seed : (u32)arch_clock_ticks() | 1;
	slots = kcalloc(SLOTS, sizeof(*slots), GFP_KERNEL);
	if (!slots)
		return shell_error("no memory for %d slots", SLOTS);
	run_in(&run, slots);
	kfree(slots);
	con_printf("stress: ops=%lu errors=%lu seed=%lu\n", run.done, run.errors,
		   (unsigned long)run.seed);
	return run.errors ? SHELL_FAIL : SHELL_OK;
}
