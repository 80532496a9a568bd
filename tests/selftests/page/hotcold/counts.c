/*
 * counts.c - claims about what is counted of the pages that CPUs keep, and that each is counted once
 *
 *	refilled ──> [ hot, cold ] ──> given          given + flushed + kept = refilled + taken back
 *	flushed <──                <── taken back
 *
 * The fast paths count nothing; what they did is found when somebody counts.  Where that finds an empty
 * list, too, both allowances begin anew: otherwise the same pages would be counted again.
 *
 * Read next: mm/page/hotcold/pcp_hotcold.c.
 */
#include <stdarg.h>

#include "kernel/selftest/selftest.h"
#include "mm/page/alloc_impl.h"
#include "mm/page/pcp.h"
#include "pcp_inline.h"

/* --- what pcp_show() says --------------------------------------------------------------------- */

/* The numbers of one zone, of all CPUs; of the last CPU what stands last. */
static struct {
	unsigned long given, taken_back, kept;
	unsigned int high[TEMPERATURES], batch[TEMPERATURES], low[TEMPERATURES], lists;
} said;

static void hear_list(va_list ap)
{
	unsigned int t;

	t = __builtin_strcmp(va_arg(ap, const char *), "hot") == 0 ? HOT : COLD;
	said.kept += va_arg(ap, unsigned int);
	said.low[t] = va_arg(ap, unsigned int);
	said.high[t] = va_arg(ap, unsigned int);
	said.batch[t] = va_arg(ap, unsigned int);
	said.lists++;
}

/* A line of pcp_show(): a CPU's, with the zone's name in front, or a list's. */
static int __printf(1, 2) hear(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (__builtin_strstr(fmt, "cpu")) {
		va_arg(ap, const char *);
		va_arg(ap, unsigned int);
		said.given += va_arg(ap, unsigned long);
		said.taken_back += va_arg(ap, unsigned long);
	} else {
		hear_list(ap);
	}
	va_end(ap);
	return 0;
}

static void ask(const struct zone *zone)
{
	__builtin_memset(&said, 0, sizeof(said));
	pcp_show(zone, hear);
}

/* --- given, taken back ------------------------------------------------------------------------ */

/* MANY: more than the lists of a zone hold. */
enum { MANY = 150, FEW = 4 };
static struct page *pages[MANY], *kept[MANY];

/* So many pages of one zone, by either temperature; 0 when they are of several. */
static struct zone *take_many(gfp_t gfp)
{
	struct zone *zone = NULL;
	bool one = true;

	for (unsigned int i = 0; i < MANY; i++) {
		pages[i] = alloc_page(gfp);
		one = one && pages[i] && (!zone || page_zone(pages[i]) == zone);
		zone = pages[i] ? page_zone(pages[i]) : NULL;
	}
	return one ? zone : NULL;
}

static void give_many(bool cold)
{
	for (unsigned int i = 0; i < MANY; i++) {
		if (!pages[i])
			continue;
		if (cold)
			free_cold_page(pages[i]);
		else
			free_hot_page(pages[i]);
	}
}

static bool counted_once(gfp_t gfp, bool cold)
{
	struct zone *zone = take_many(gfp);
	unsigned long given, taken_back, pgalloc, pgfree;

	give_many(cold);
	CHECK(zone);
	drain_local_pages(NULL);
	ask(zone);
	given = said.given;
	taken_back = said.taken_back;
	pgalloc = zone_pgalloc(zone);
	pgfree = zone_pgfree(zone);
	CHECK(take_many(gfp) == zone);
	ask(zone);
	CHECK(said.given == given + MANY && said.taken_back == taken_back);
	CHECK(said.kept == pcp_pages(zone));
	CHECK(zone_pgalloc(zone) == pgalloc + MANY && zone_pgfree(zone) == pgfree);
	give_many(cold);
	ask(zone);
	CHECK(said.given == given + MANY && said.taken_back == taken_back + MANY);
	drain_local_pages(NULL);
	ask(zone);
	CHECK(said.given == given + MANY && said.taken_back == taken_back + MANY);
	CHECK(zone_pgalloc(zone) == pgalloc + MANY && zone_pgfree(zone) == pgfree + MANY);
	return said.kept == 0 && pcp_check();
}

SELFTEST(pcp, counted_through_lists,
	 "what lists fetch and give back does not count as given and taken back")
{
	if (nr_available_pages() < 8 * MANY)
		SKIP("%d pages are too many for this machine", MANY);
	EXPECT(counted_once(GFP_KERNEL, false));
	EXPECT(counted_once(GFP_KERNEL, true));
	EXPECT(counted_once(GFP_KERNEL | __GFP_COLD, false));
	EXPECT(counted_once(GFP_KERNEL | __GFP_COLD, true));
}

SELFTEST(pcp, stock, "pcp_stock() and pcp_show() tell the same lengths, marks and batches")
{
	struct zone *zone;

	for_each_zone(zone) {
		struct pcp_stock stock;
		unsigned long kept = 0;
		unsigned int cpu;

		for_each_possible_cpu(cpu) {
			EXPECT(pcp_stock(zone, cpu, &stock));
			kept += stock.count;
		}
		ask(zone);
		EXPECT_EQ(said.lists, TEMPERATURES * nr_cpu_ids);
		EXPECT_EQ(said.kept, kept);
		EXPECT_EQ(kept, pcp_pages(zone));
		EXPECT_EQ(stock.batch, said.batch[HOT]);
		EXPECT_EQ(stock.high, said.high[HOT] + said.high[COLD]);
		EXPECT_EQ(said.high[HOT], 6 * said.batch[HOT]);
		EXPECT_EQ(said.high[COLD], 2 * said.batch[HOT]);
		EXPECT_EQ(said.batch[COLD], (said.batch[HOT] + 1) / 2);
		EXPECT_EQ(said.low[HOT], said.batch[HOT] / 2);
		EXPECT_EQ(said.low[COLD], said.batch[COLD] / 2);
	}
}

/* --- an empty list ---------------------------------------------------------------------------- */

/* Does asking in vain leave the counts alone, the second time and the third as well as the first? */
static bool nothing_is_counted(const struct zone *zone, gfp_t gfp, unsigned long given)
{
	for (unsigned int i = 0; i < 3; i++) {
		struct page *page = pcp_take((struct zone *)zone, gfp);

		if (page) {
			__free_page(page);
			return false;
		}
		ask(zone);
		if (said.given != given || said.kept || !pcp_check())
			return false;
	}
	return true;
}

/* Holds all of the zone, by blocks; its lists stay as they are. */
static void hold_zone(struct zone *zone, struct list_head *held)
{
	for (unsigned int order = MAX_ORDER; order-- > 0;) {
		struct page *block;

		while ((block = buddy_alloc(zone, order))) {
			block->private = order;
			list_add(&block->lru, held);
		}
	}
}

/* The first few of the many, which are not held any more. */
static void give_few(void)
{
	for (unsigned int i = 0; i < FEW; i++) {
		free_hot_page(pages[i]);
		pages[i] = NULL;
	}
}

static void let_go(struct list_head *held)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, held, lru)
		__free_pages(page, (unsigned int)page->private);
}

/*
 * All pages that the zone's lists have, where the buddy has none: the first counts the hot list, the
 * others come by the fast path, which does not.
 */
static unsigned long take_kept(struct zone *zone)
{
	unsigned long n = 0;

	kept[n] = pcp_take(zone, GFP_KERNEL);
	while (kept[n] && ++n < MANY && pcp_pop_hot(GFP_KERNEL, &kept[n]))
		;
	while (n < MANY && pcp_pages(zone) && (kept[n] = pcp_take(zone, GFP_KERNEL)))
		n++;
	return n;
}

static bool empty_lists_are_counted_once(struct zone *zone, gfp_t gfp)
{
	unsigned long given, n;
	LIST_HEAD(held);
	bool once;

	drain_local_pages(NULL);
	CHECK(take_many(GFP_KERNEL) == zone);
	give_few();
	hold_zone(zone, &held);
	ask(zone);
	given = said.given;
	n = take_kept(zone);
	once = nothing_is_counted(zone, gfp, given + n);
	let_go(&held);
	give_many(false);
	while (n)
		free_hot_page(kept[--n]);
	CHECK(once);
	return pcp_check();
}

SELFTEST(pcp, empty_is_counted_once,
	 "a list that is found empty has no allowance, and what it gave is counted once")
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct zone *zone;

	EXPECT(page);
	zone = page_zone(page);
	__free_page(page);
	if (zone->free_pages < 4 * MANY)
		SKIP("%d pages are too many for this machine", MANY);
	EXPECT(empty_lists_are_counted_once(zone, GFP_KERNEL));
	EXPECT(empty_lists_are_counted_once(zone, GFP_KERNEL | __GFP_COLD));
	EXPECT(buddy_check());
}
