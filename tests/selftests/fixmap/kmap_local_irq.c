/*
 * kmap_local_irq.c - interrupt handlers that map pages, at any moment of code that maps pages
 *
 *	timer armed ──> map, map, read, unmap, unmap, map, … ──> interrupt: map, map, read, unmap, unmap
 *
 * The timer is the board's first SP804, which nothing else uses; reached, as it should be, through
 * a slot of the fixmap.  It fires after a random number of microseconds, between any two
 * instructions that the emulation lets an interrupt in between: it looks at the boundaries of its
 * translation blocks, which are single instructions when it runs with -singlestep
 * (tests/boot/test_fixmap.py).
 *
 * Locking  the handler and the test share hits and wrong; one CPU, so volatile is enough.
 * ARM DDI 0271 (SP804); ARM DUI 0448, Motherboard Express: its place and interrupt.
 */
#include "kernel/irq.h"
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "mm/fixmap/kmap_local.h"
#include "tests/selftests/fixmap/window.h"

enum { SP804_PHYS = 0x10011000, IRQ_SP804 = 34, ROUNDS = 300, LONGEST_US = 40 };
enum { TIMER_LOAD = 0, TIMER_CONTROL = 2, TIMER_INTCLR = 3 }; /* words */
enum {
	TIMER_ONCE_32BIT_IRQ_ON = 1 << 7 | 1 << 5 | 1 << 1 | 1
}; /* enable, interrupt, 32 bits, one shot */

static volatile u32 *timer;
static struct page *pages; /* four of them: the test's two, then the handler's */
static volatile unsigned int hits, wrong, deep; /* deep: came while the test held a page */

/* Maps two pages, one over the other; do both say what they should? */
static bool nest(struct page *first, u32 word)
{
	volatile u32 *a = kmap_local_page(first), *b = kmap_local_page(first + 1);
	bool right = a[0] == word && b[0] == word + 1;

	kunmap_local((void *)b);
	right = right && a[0] == word;
	kunmap_local((void *)a);
	return right;
}

static void on_timer(unsigned int irq __unused, void *arg __unused)
{
	unsigned int depth = kmap_local_depth();

	timer[TIMER_INTCLR] = 1;
	if (!nest(pages + 2, 2) || kmap_local_depth() != depth)
		wrong++;
	if (depth)
		deep++;
	hits++;
}

/* A handler stays for ever, so it is installed once. */
static void install_handler(void)
{
	static bool installed;

	if (!installed)
		irq_request(IRQ_SP804, on_timer, NULL, "sp804 (self-test)");
	installed = true;
}

static void number_pages(void)
{
	for (u32 i = 0; i < 4; i++) {
		u32 *va = kmap_local_page(pages + i);

		*va = i;
		kunmap_local(va);
	}
}

/* Maps and unmaps until the timer has fired once more; false when it does not, or something is wrong. */
static bool round_until_hit(u32 microseconds)
{
	u64 limit = arch_clock_ns() + 1000000000ull;
	unsigned int before = hits;

	timer[TIMER_LOAD] = microseconds;
	timer[TIMER_CONTROL] = TIMER_ONCE_32BIT_IRQ_ON;
	while (hits == before) {
		CHECK(nest(pages, 0));
		CHECK(kmap_local_depth() == 0);
		CHECK(arch_clock_ns() < limit);
	}
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
	unsigned int slot = clear_slot(0);
	struct rng rng;
	bool held;

	if (arch_irqs_disabled() || slot > FIX_USER_LAST)
		SKIP("interrupts are disabled, or all user slots are set");
	pages = alloc_pages(GFP_HIGHUSER, 2);
	EXPECT(pages);
	if (!PageHighMem(pages)) {
		__free_pages(pages, 2);
		SKIP("no highmem on this machine, or no block of it left");
	}
	timer = (volatile u32 *)set_fixmap_offset_io(slot, SP804_PHYS);
	EXPECT(timer);
	number_pages();
	install_handler();
	hits = wrong = deep = 0;
	rng_seed(&rng, selftest_seed());
	held = all_rounds(&rng);
	timer[TIMER_CONTROL] = 0;
	clear_fixmap(slot);
	__free_pages(pages, 2);
	selftest_note("%u interrupts, %u of them while a page was mapped", hits, deep);
	EXPECT(held && wrong == 0);
	EXPECT(deep > 0 && deep < hits);
	EXPECT(fixmap_check());
}
