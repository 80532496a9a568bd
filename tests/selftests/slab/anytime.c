/*
 * anytime.c - interrupt handlers that take and free memory, at any moment of code that does
 *
 *	timer armed ──> kmalloc, kfree, pages, percpu, … ──> interrupt: the same, with GFP_ATOMIC
 *	                  its own objects, marked              its own objects, marked
 *
 * The handler and the test have no memory in common, but every list on the way to it: stocks,
 * slabs, pages of each CPU, the buddy.  An interrupt that comes between two steps of one of them
 * and finds it half changed shows as an object that both have, or in the family's checker.
 *
 * Twice.  At chosen places: each place of the object family that `trace` can narrate (a slab made,
 * a refill, a flush, a slab destroyed) is interrupted once, or as soon as interrupts are on again.
 * And at any: the port's timer (tests/selftests/arch/surprise.h) fires after a random number of microseconds, wherever that is; nothing is claimed of where.
 * tests/boot/test_slab.py lets it fire between any two instructions.
 *
 * Locking: each side's objects are its own; the rest is volatile, and of one CPU.
 */
#include <string.h>

#include "kernel/irq.h"
#include "kernel/selftest/selftest.h"
#include "kernel/trace.h"
#include "lib/random.h"
#include "mm/page/pcp.h"
#include "mm/percpu/percpu.h"
#include "mm/slab/slab.h"
#include "tests/selftests/arch/surprise.h"

enum { ROUNDS = 600, LONGEST_US = 40, STEPS_THERE = 12 };
enum { STEPS_MAX = 1000000 }; /* in which the timer must have fired */
enum { HELD_MAX = 64 };
enum kind { NOTHING, OF_KMALLOC, OF_CACHE, PAGES, OF_PERCPU, KINDS };

/* One side's memory.  A slot that is taken holds its own mark, first and last word. */
struct side {
	u32 mark;
	gfp_t gfp;
	struct rng rng;
	struct {
		enum kind kind;
		void *object;
		size_t words;
	} held[HELD_MAX + 2];
};

/* In the room that tests share. */
SELFTEST_TABLE(struct side, here, 2);
static struct side *const there = (struct side *)selftest_room + 1;
static struct kmem_cache *cache;
static volatile unsigned int hits, wrong, slabs_made;

/* --- a step of either side -------------------------------------------------------------------- */

static u32 *words_of(const struct side *side, unsigned int i)
{
	if (side->held[i].kind == PAGES)
		return lowmem_page_address(side->held[i].object);
	if (side->held[i].kind == OF_PERCPU)
		return this_cpu_ptr((u32 *)side->held[i].object);
	return side->held[i].object;
}

static void *take(struct side *side, unsigned int i, size_t size)
{
	switch (side->held[i].kind) {
	case OF_KMALLOC:
		return kmalloc(size, side->gfp);
	case OF_CACHE:
		return kmem_cache_alloc(cache, side->gfp);
	case PAGES:
		return alloc_pages(side->gfp, 0);
	case OF_PERCPU:
		return __alloc_percpu_gfp(size, 8, side->gfp);
	default:
		return NULL;
	}
}

/* 64 bytes every other time, so that both sides often meet at one list. */
static size_t random_size(struct rng *rng)
{
	return rng_below(rng, 2) ? 64 : 8u << rng_below(rng, 10);
}

static void fill(struct side *side, unsigned int i, enum kind kind, size_t size)
{
	side->held[i].kind = kind;
	if (side->held[i].kind == OF_CACHE)
		size = kmem_cache_size(cache);
	side->held[i].words = size / sizeof(u32);
	side->held[i].object = take(side, i, size);
	if (!side->held[i].object) {
		side->held[i].kind = NOTHING;
		return;
	}
	words_of(side, i)[0] = side->mark + i;
	words_of(side, i)[side->held[i].words - 1] = side->mark + i;
}

/* False when somebody else wrote there. */
static bool empty(struct side *side, unsigned int i)
{
	const u32 *words = words_of(side, i);
	bool sound = words[0] == side->mark + i && words[side->held[i].words - 1] == words[0];

	if (side->held[i].kind == PAGES)
		__free_page(side->held[i].object);
	else if (side->held[i].kind == OF_PERCPU)
		free_percpu(side->held[i].object);
	else if (side->held[i].kind == OF_CACHE)
		kmem_cache_free(cache, side->held[i].object);
	else
		kfree(side->held[i].object);
	side->held[i].kind = NOTHING;
	return sound;
}

static bool step(struct side *side)
{
	unsigned int i = rng_below(&side->rng, HELD_MAX);

	if (side->held[i].kind != NOTHING)
		return empty(side, i);
	fill(side, i, OF_KMALLOC + rng_below(&side->rng, KINDS - OF_KMALLOC),
	     random_size(&side->rng));
	return true;
}

static bool empty_all(struct side *side)
{
	bool sound = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(side->held); i++)
		if (side->held[i].kind != NOTHING)
			sound = empty(side, i) && sound;
	return sound;
}

/* --- interrupts ------------------------------------------------------------------------------- */

static void work_there(void *arg __unused)
{
	unsigned long pages = nr_slab_pages();

	for (unsigned int i = 0; i < STEPS_THERE; i++)
		if (!step(there))
			wrong++;
	if (nr_slab_pages() != pages)
		slabs_made++;
	hits++;
}

static void surprise_there(void)
{
	work_there(NULL);
}

/*
 * Little else than the few instructions at which an interrupt may do harm: two of one kind are
 * taken and freed, in the slots behind those that step() uses.
 */
static bool hurry(enum kind kind)
{
	fill(here, HELD_MAX, kind, 64);
	fill(here, HELD_MAX + 1, kind, 64);
	if (here->held[HELD_MAX].kind != NOTHING)
		CHECK(empty(here, HELD_MAX));
	if (here->held[HELD_MAX + 1].kind != NOTHING)
		CHECK(empty(here, HELD_MAX + 1));
	return true;
}

/* Works until the timer has fired once more; false when it does not, or something is wrong. */
static bool round_until_hit(enum kind kind, u32 microseconds)
{
	unsigned int before = hits, steps = 0;

	surprise_in(microseconds);
	while (hits == before) {
		CHECK(kind == NOTHING ? step(here) : hurry(kind));
		CHECK(steps++ < STEPS_MAX);
	}
	return true;
}

static bool checkers_agree(void)
{
	CHECK(slab_check());
	CHECK(pcp_check());
	CHECK(buddy_check());
	CHECK(percpu_check());
	return true;
}

static bool all_rounds(void)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		enum kind kind = NOTHING + i % KINDS;

		CHECK(round_until_hit(kind, 1 + rng_below(&here->rng, LONGEST_US)));
		if (i % 50 == 0)
			CHECK(checkers_agree());
	}
	return true;
}

/* --- the claim -------------------------------------------------------------------------------- */

static void begin(u32 seed)
{
	*here = (struct side){ .mark = 0x48455245, .gfp = GFP_KERNEL | __GFP_NOWARN };
	*there = (struct side){ .mark = 0x54484552, .gfp = GFP_ATOMIC | __GFP_NOWARN };
	rng_seed(&here->rng, seed);
	rng_seed(&there->rng, seed * 2654435761u + 1);
	hits = wrong = slabs_made = 0;
}

/* Whatever happened: nobody has anything any more.  False when somebody's memory was another's. */
static bool end(void)
{
	bool sound = empty_all(here);

	sound = empty_all(there) && sound && wrong == 0 && checkers_agree();
	kmem_cache_destroy(cache);
	return sound;
}

SELFTEST(slab, interrupt_anytime,
	 "handlers take and free memory at any moment of code that does, and nobody has another's")
{
	bool held, sound;

	if (!surprise_begin(surprise_there))
		SKIP("interrupts are disabled, or all user slots are set");
	cache = kmem_cache_create("anytime", 200, 0, 0, NULL);
	EXPECT(cache);
	begin(selftest_seed());
	held = all_rounds();
	surprise_end();
	selftest_note("%u interrupts, slabs came and went in %u", hits, slabs_made);
	sound = end();
	EXPECT(held && sound);
	EXPECT(!kmem_cache_find("anytime"));
}

/* --- at chosen places ------------------------------------------------------------------------- */

enum { STEPS_HERE = 100 };
static volatile unsigned int place, chosen;

static void at_a_place(enum trace_family family)
{
	if (family == TRACE_SLAB && !arch_in_exception() && place++ == chosen)
		irq_post(work_there, NULL);
}

/* The same steps each time, so that the places are the same, up to the one that is chosen. */
static bool work_interrupted_at(unsigned int which, u32 seed)
{
	unsigned int mask = trace_mask;
	bool sound = true;

	begin(seed);
	place = 0;
	chosen = which;
	trace_set_hook(at_a_place);
	trace_mask |= 1u << TRACE_SLAB;
	for (unsigned int i = 0; i < STEPS_HERE; i++)
		sound = step(here) && sound;
	for (unsigned int i = 0; i < 3; i++)
		sound = hurry(OF_CACHE) && sound;
	kmem_cache_shrink(cache);
	trace_mask = mask;
	trace_set_hook(NULL);
	return sound && hits == (place > which);
}

SELFTEST(slab, interrupt_places,
	 "each place where slabs are made, emptied and destroyed may be interrupted by the same")
{
	unsigned int which = 0;
	bool sound = true;
	u32 seed;

	if (arch_irqs_disabled())
		SKIP("interrupts are disabled");
	seed = selftest_seed();
	do {
		slab_reap();
		cache = kmem_cache_create("places", 200, 0, 0, NULL);
		EXPECT(cache);
		sound = work_interrupted_at(which++, seed) && sound;
		sound = end() && sound;
	} while (hits && sound);
	selftest_note("%u places", which - 1);
	EXPECT(sound);
	EXPECT(which > 5);
}
