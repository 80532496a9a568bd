/*
 * kmap_local_irq.c - interrupt handlers that map pages, at any moment of code that maps pages
 *
 *	timer armed ──> map, map, read, unmap, unmap, map, … ──> interrupt: map, map, read, unmap, unmap
 *
 * Locking  the handler and the test share wrong and deep; one CPU, so volatile is enough.
 * Read next: surprise.h, the timer.
 */
#include "kernel/irq.h"
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "mm/fixmap/kmap_local.h"
#include "tests/selftests/arch/surprise.h"

enum { ROUNDS = 300, LONGEST_US = 40, STEPS_MAX = 1000000 };

static struct page *pages;		  /* four of them: the test's two, then the handler's */
static volatile unsigned int wrong, deep; /* deep: came while the test held a page */

/* Maps two pages, one over the other; do both say what they should? */
static bool nest(struct page *first, u32 word)
{
	volatile u32 *a = kmap_local_page(first), *b = kmap_local_page(first + 1);
	bool right = a && b && a[0] == word && b[0] == word + 1;

	if (b)
		kunmap_local((void *)b);
	right = right && a[0] == word;
	if (a)
		kunmap_local((void *)a);
	return right;
}

static void map_meanwhile(void)
{
	unsigned int depth = kmap_local_depth();

	if (!nest(pages + 2, 2) || kmap_local_depth() != depth)
		wrong++;
	if (depth)
		deep++;
}

static bool number_pages(void)
{
	for (u32 i = 0; i < 4; i++) {
		u32 *va = kmap_local_page(pages + i);

		CHECK(va);
		*va = i;
		kunmap_local(va);
	}
	return true;
}

/* Maps and unmaps until the timer has fired once more; false when it does not, or something is wrong. */
static bool round_until_hit(u32 microseconds)
{
	unsigned int before = surprises(), steps = 0;

	surprise_in(microseconds);
	while (surprises() == before) {
		CHECK(nest(pages, 0));
		CHECK(kmap_local_depth() == 0);
		CHECK(steps++ < STEPS_MAX);
	}
	return true;
}

static void call_meanwhile(void *arg __unused)
{
	map_meanwhile();
}

/* At chosen places: with no page mapped, with one, with two. */
static bool chosen_places(void)
{
	u32 *a, *b;

	CHECK(irq_call(call_meanwhile, NULL) && deep == 0);
	a = kmap_local_page(pages);
	CHECK(a && irq_call(call_meanwhile, NULL) && deep == 1);
	b = kmap_local_page(pages + 1);
	if (!b)
		kunmap_local(a);
	CHECK(b && irq_call(call_meanwhile, NULL) && deep == 2);
	CHECK(a[0] == 0 && b[0] == 1);
	kunmap_local(b);
	kunmap_local(a);
	return true;
}

static bool all_rounds(struct rng *rng)
{
	for (unsigned int i = 0; i < ROUNDS; i++)
		CHECK(round_until_hit(1 + rng_below(rng, LONGEST_US)));
	return true;
}

SELFTEST(kmap_local, interrupts, "handlers map pages at any moment, and nobody sees another's page")
{
	struct rng rng;
	bool held;

	pages = alloc_pages(GFP_HIGHUSER, 2);
	EXPECT(pages);
	if (!PageHighMem(pages)) {
		__free_pages(pages, 2);
		SKIP("no highmem on this machine, or no block of it left");
	}
	if (!surprise_begin(map_meanwhile)) {
		__free_pages(pages, 2);
		SKIP("interrupts are disabled, or all user slots are set");
	}
	wrong = deep = 0;
	rng_seed(&rng, selftest_seed());
	held = number_pages() && chosen_places() && all_rounds(&rng);
	surprise_end();
	__free_pages(pages, 2);
	selftest_note("%u interrupts, %u of them while a page was mapped", surprises(), deep);
	EXPECT(held && wrong == 0);
	EXPECT(fixmap_check());
}
