/*
 * pcp_hotcold.c - PCP=hotcold: a hot and a cold list of single pages for each CPU and zone
 *
 *	         head                                 tail
 *	hot      [newest]=[ ]=[ ]=[ ]= ... =[ ]=[oldest]      freed pages are pushed, taken ones popped
 *	          <-- alloc, free                flush -->    at the head: what is cached goes first
 *	cold     the same, for pages that are not in the cache: __GFP_COLD, free_cold_page()
 *
 * Most pages come and go in pcp_inline.h, which counts nothing.  Here, when an allowance is used up,
 * the list is counted, and
 *
 *	count <= low            a batch is taken from the buddy, appended at the tail
 *	count > high - batch    a batch goes back to it, from the tail
 *
 * so that afterwards there is an allowance both ways.  A batch is the most: fewer pages are moved
 * where free memory is in pieces (buddy_take_singles_locked(), buddy_give_singles_locked()), and as
 * few as one where the zone is near its low watermark.  So no visit holds interrupts off for long.
 *
 * A page in a list is PAGE_PCP, so freeing it again is seen, and no merge takes it for free.  No
 * watermark is asked when it is handed out again: it does not lie among the zone's free pages.
 *
 * Invariants: I1 to I3 of pcp_inline.h; pcp_check() verifies all.
 * Locking: a list belongs to its CPU, with interrupts off; zone->lock is taken inside for refill
 * and flush only.
 * Linux: mm/page_alloc.c (struct per_cpu_pageset, zone_batchsize, buffered_rmqueue of 2.6.12)
 */
#include "kernel/check/check.h"
#include "kernel/trace.h"
#include "mm/page/alloc_impl.h"
#include "mm/page/mend.h"
#include "mm/page/pcp.h"
#include "mm/page/reclaim.h"
#include "pcp_inline.h"

enum { BATCH_BYTES = 256 * 1024, BATCH_SHARE = 1024 };

const char pcp_name[] = "hotcold";
const int pcp_highest_order = 0;

DEFINE_PER_CPU_ALIGNED(struct per_cpu_pageset, pagesets[ARRAY_SIZE(node_zones)]);

/* The fourth place of node 0 is no zone's. */
#define KEEPS_NOTHING (&pagesets[MAX_NR_ZONES])
struct per_cpu_pageset *pcp_choice[GFP_ZONEMASK + 1] __ro_after_init = {
	[0 ... GFP_ZONEMASK] = KEEPS_NOTHING,
};

void __init pcp_choose(gfp_t zone_bits, const struct zone *zone)
{
	pcp_choice[zone_bits] =
		zone ? &pagesets[zone->page_flags >> PAGE_ZONE_SHIFT] : KEEPS_NOTHING;
}

static inline struct per_cpu_pageset *pageset_of(const struct zone *zone)
{
	return pageset_here(&pagesets[zone->page_flags >> PAGE_ZONE_SHIFT]);
}

/* --- counting --------------------------------------------------------------------------------- */

/* Half as many cold pages as hot ones, but one. */
static inline unsigned int batch_of(const struct per_cpu_pageset *set, int temperature)
{
	return (unsigned int)(set->batch + (unsigned int)temperature) >> temperature;
}

/* At or below so many a batch is fetched. */
static inline unsigned int low_of(const struct per_cpu_pageset *set, int temperature)
{
	return batch_of(set, temperature) / 2;
}

/* Pages handed out since it was counted last. */
static inline unsigned int taken(const struct per_cpu_pages *pcp)
{
	return pcp->count - READ_ONCE(pcp->may_take);
}

/* The pages in the list now: I1. */
static inline unsigned int length(const struct per_cpu_pages *pcp)
{
	return READ_ONCE(pcp->may_take) + pcp->high - pcp->count - READ_ONCE(pcp->may_give);
}

/*
 * DEBUG builds look at all of a list before it is used: what is broken is put away (mend.c), and was
 * given, as it were.  Returns the length.
 */
static inline unsigned int looked_at(struct zone *zone, struct per_cpu_pageset *set,
				     int temperature, unsigned int count)
{
	const struct free_list list = {
		.zone = zone,
		.head = &set->pcp[temperature].list,
		.flags = zone->page_flags | head_bits(PAGE_PCP, 0),
		.length = count,
		.others = &set->pcp[HOT + COLD - temperature].list,
		.what = "broken per-CPU list",
		.expected = "pages of this CPU, linked both ways",
		.name = temperature == HOT ? "hot, CPU" : "cold, CPU",
		.number = arch_cpu_id(),
	};
	unsigned int sound;

	if (!debug_build)
		return count;
	sound = (unsigned int)mend_list(&list);
	set->given += count - sound;
	return sound;
}

/* Counts.  Nothing may be taken or given in pcp_inline.h until grant() is called with the new length. */
static inline unsigned int settle(struct zone *zone, struct per_cpu_pageset *set, int temperature)
{
	const struct per_cpu_pages *pcp = &set->pcp[temperature];

	set->given += taken(pcp);
	return looked_at(zone, set, temperature, length(pcp));
}

/* All that are there may be taken, and as many given as there is room for: keeps I1 and I3. */
static inline void grant(struct per_cpu_pages *pcp, unsigned int count)
{
	pcp->count = (u16)count;
	pcp->may_take = count;
	pcp->may_give = pcp->high - count;
}

/* --- to and from the buddy -------------------------------------------------------------------- */

/*
 * A batch, but no more than leave the zone its low watermark; where that is no page, one for an empty
 * list, if the zone has one.  Returns the list's new length.
 */
static unsigned int refill(struct zone *zone, struct per_cpu_pageset *set, int temperature,
			   gfp_t gfp, unsigned int count)
{
	unsigned long mark = zone_low_mark(zone, gfp_zone(gfp)), spare = count == 0;
	unsigned int got;

	spin_lock(&zone->lock);
	if (zone->free_pages > mark)
		spare = zone->free_pages - mark;
	got = buddy_take_singles_locked(zone,
					(unsigned int)min(spare, 0ul + batch_of(set, temperature)),
					zone->page_flags | head_bits(PAGE_PCP, 0), /* keeps I2 */
					&set->pcp[temperature].list);
	spin_unlock(&zone->lock);
	set->refilled += got;
	trace(TRACE_PCP, "%s: refill by %u, now %u", zone->name, got, count + got);
	return count + got;
}

/*
 * A batch, of the pages that were freed longest ago; or fewer, when that is work enough for one visit,
 * but one.  Returns the list's new length.
 */
static unsigned int flush(struct zone *zone, struct per_cpu_pageset *set, int temperature,
			  unsigned int count)
{
	unsigned int most = min(count, batch_of(set, temperature)), gave;

	spin_lock(&zone->lock);
	gave = buddy_give_singles_locked(zone, most, &set->pcp[temperature].list);
	spin_unlock(&zone->lock);
	set->flushed += gave;
	trace(TRACE_PCP, "%s: flush %u of %u", zone->name, gave, count);
	return count - gave;
}

/* --- when an allowance is used up, and for cold pages ----------------------------------------- */

/* The newest page of a list that has `count`, 1 at least. */
static inline struct page *pop(struct per_cpu_pageset *set, struct per_cpu_pages *pcp,
			       unsigned int count)
{
	struct page *page = list_first_entry(&pcp->list, struct page, lru);

	__list_del_entry(&page->lru);
	set->given++;
	page_set_word(page, set->handed_out);
	grant(pcp, count - 1);
	return page;
}

/* The zone has none: then one of the other temperature, or NULL. */
static struct page *__noinline take_other(struct zone *zone, struct per_cpu_pageset *set, int other)
{
	unsigned int count = settle(zone, set, other);

	if (count)
		return pop(set, &set->pcp[other], count);
	grant(&set->pcp[other], 0);
	return NULL;
}

struct page *pcp_take(struct zone *zone, gfp_t gfp)
{
	unsigned long irqs = arch_irq_save();
	struct per_cpu_pageset *set = pageset_of(zone);
	int t = gfp & __GFP_COLD ? COLD : HOT;
	unsigned int count = settle(zone, set, t);
	struct page *page;

	if (count <= low_of(set, t))
		count = refill(zone, set, t, gfp, count);
	if (likely(count)) {
		page = pop(set, &set->pcp[t], count);
	} else {
		grant(&set->pcp[t], 0);
		page = take_other(zone, set, HOT + COLD - t);
	}
	arch_irq_restore(irqs);
	if (ARCH_WATCHES && page)
		watch_taken(page, 0);
	return page;
}

void pcp_give(struct page *page, bool cold)
{
	unsigned long irqs = arch_irq_save();
	struct zone *zone = page_zone(page);
	struct per_cpu_pageset *set = pageset_of(zone);
	int t = cold ? COLD : HOT;
	unsigned int count = settle(zone, set, t) + 1;

	watch_given(page, 0);
	page_set_word(page, page_word(zone->page_flags | head_bits(PAGE_PCP, 0), 0)); /* I2 */
	list_add(&page->lru, &set->pcp[t].list);
	if (count + batch_of(set, t) > set->pcp[t].high)
		count = flush(zone, set, t, count);
	grant(&set->pcp[t], count);
	arch_irq_restore(irqs);
}

/* --- draining --------------------------------------------------------------------------------- */

/* One visit; returns how many of the list's pages are left. */
static unsigned int drain_visit(struct zone *zone, int temperature)
{
	unsigned long irqs = arch_irq_save();
	struct per_cpu_pageset *set = pageset_of(zone);
	unsigned int count = settle(zone, set, temperature);

	if (count)
		count = flush(zone, set, temperature, count);
	grant(&set->pcp[temperature], count);
	arch_irq_restore(irqs);
	return count;
}

/*
 * Visit by visit, with interrupts on in between where they were.  Handlers may free more meanwhile:
 * it ends after as many visits as there were pages, all the same.
 */
static void drain_zone(struct zone *zone)
{
	for (int t = 0; t < TEMPERATURES; t++)
		for (unsigned int left = length(&pageset_of(zone)->pcp[t]); left; left--)
			if (!drain_visit(zone, t))
				break;
}

void drain_local_pages(struct zone *zone)
{
	if (zone) {
		drain_zone(zone);
		return;
	}
	for_each_zone(zone)
		drain_zone(zone);
}

/* Lists of other CPUs are theirs alone; those CPUs do not run yet, so theirs are empty. */
void drain_all_pages(struct zone *zone)
{
	drain_local_pages(zone);
}

static unsigned long shrink(void)
{
	unsigned long before = nr_pcp_pages(), after;

	drain_all_pages(NULL);
	after = nr_pcp_pages();
	return before > after ? before - after : 0; /* an interrupt may have freed some */
}

/* The last: what the others give back lands in these lists. */
static const struct shrinker pcp_shrinker = { .name = "pcp", .rank = 100, .shrink = shrink };
REGISTER_SHRINKER(pcp_shrinker);

/* --- sizes ------------------------------------------------------------------------------------ */

/*
 * A quarter of a thousandth of the zone, of 256 KiB at most, rounded down to a power of two, so that
 * it can be one block: 1 to 16 pages.
 */
static unsigned int __init zone_batchsize(const struct zone *zone)
{
	unsigned long batch = min(zone->managed_pages / BATCH_SHARE, BATCH_BYTES / PAGE_SIZE) / 4;

	return 1u << (BITS_PER_LONG - 1 - (unsigned int)__builtin_clzl(max(batch, 1ul)));
}

static void __init size_lists(struct per_cpu_pageset *set, unsigned int batch, unsigned int hot,
			      unsigned int cold)
{
	set->batch = batch;
	set->pcp[HOT].high = (u16)hot;
	set->pcp[COLD].high = (u16)cold;
	for (int t = 0; t < TEMPERATURES; t++)
		grant(&set->pcp[t], 0);
}

/* One page is fetched when one is wanted, and goes back when it is freed. */
void __init pcp_boot_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		for (unsigned int i = 0; i < ARRAY_SIZE(pagesets); i++) {
			struct per_cpu_pageset *set = per_cpu_ptr(&pagesets[i], cpu);

			for (int t = 0; t < TEMPERATURES; t++)
				INIT_LIST_HEAD(&set->pcp[t].list);
			set->handed_out =
				page_word(i << PAGE_ZONE_SHIFT | head_bits(PAGE_USED, 0), 1);
			size_lists(set, 1, 0, 0);
		}
	}
}

void __init pcp_init(void)
{
	struct zone *zone;
	unsigned int cpu;

	for_each_zone(zone) {
		unsigned int batch = zone_batchsize(zone);
		unsigned int index = zone->page_flags >> PAGE_ZONE_SHIFT;

		for_each_possible_cpu(cpu)
			size_lists(per_cpu_ptr(&pagesets[index], cpu), batch, 6 * batch, 2 * batch);
	}
}

/* --- views and checks ------------------------------------------------------------------------- */

static const struct per_cpu_pageset *pageset_on(const struct zone *zone, unsigned int cpu)
{
	return per_cpu_ptr(&pagesets[zone->page_flags >> PAGE_ZONE_SHIFT], cpu);
}

static unsigned long given(const struct per_cpu_pageset *set)
{
	return READ_ONCE(set->given) + taken(&set->pcp[HOT]) + taken(&set->pcp[COLD]);
}

/* What came in is what went out or is there: from callers and from the buddy, to callers and to it. */
static unsigned long taken_back(const struct per_cpu_pageset *set)
{
	return given(set) + set->flushed + length(&set->pcp[HOT]) + length(&set->pcp[COLD]) -
	       set->refilled;
}

void pcp_count(const struct zone *zone, unsigned long *handed_out, unsigned long *refilled)
{
	unsigned int cpu;

	*handed_out = *refilled = 0;
	for_each_possible_cpu(cpu) {
		*handed_out += given(pageset_on(zone, cpu));
		*refilled += READ_ONCE(pageset_on(zone, cpu)->refilled);
	}
}

unsigned long pcp_pages(const struct zone *zone)
{
	unsigned long pages = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		for (int t = 0; t < TEMPERATURES; t++)
			pages += length(&pageset_on(zone, cpu)->pcp[t]);
	return pages;
}

bool pcp_stock(const struct zone *zone, unsigned int cpu, struct pcp_stock *stock)
{
	const struct per_cpu_pageset *set = pageset_on(zone, cpu);

	stock->count = length(&set->pcp[HOT]) + length(&set->pcp[COLD]);
	stock->high = set->pcp[HOT].high + set->pcp[COLD].high;
	stock->batch = set->batch;
	return true;
}

void pcp_show(const struct zone *zone, int (*print)(const char *fmt, ...))
{
	static const char *const names[TEMPERATURES] = { "hot", "cold" };
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		const struct per_cpu_pageset *set = pageset_on(zone, cpu);

		print("%8s cpu %u: given %lu, taken back %lu\n", zone->name, cpu, given(set),
		      taken_back(set));
		for (int t = 0; t < TEMPERATURES; t++)
			print("%13s: count %3u  low %3u  high %3u  batch %2u\n", names[t],
			      length(&set->pcp[t]), low_of(set, t), set->pcp[t].high,
			      batch_of(set, t));
	}
}

static bool check_list(struct check *check, const struct zone *zone,
		       const struct per_cpu_pages *pcp)
{
	u32 wanted = zone->page_flags | head_bits(PAGE_PCP, 0);
	unsigned int count = length(pcp), found = 0;
	const struct list_head *link;
	const char *fault;

	check_at(check, pcp);
	fault = list_fault(&pcp->list, &link);
	if (fault)
		return check_broken(check, "I1: zone %s: at %p: %s", zone->name, (const void *)link,
				    fault);
	list_for_each(link, &pcp->list) {
		const struct page *page = page_of_link(link);

		if (!page || page->flags != wanted)
			return check_broken(check, "I2: zone %s: pfn 0x%lx is no page of this list",
					    zone->name, page ? page_to_pfn(page) : 0);
		found++;
	}
	if (found != count)
		return check_broken(check, "I1: zone %s: %u pages listed, %u counted", zone->name,
				    found, count);
	if (pcp->may_take > count)
		return check_broken(check, "I3: zone %s: %u may be taken of %u", zone->name,
				    pcp->may_take, count);
	if (count + pcp->may_give > pcp->high)
		return check_broken(check, "I3: zone %s: %u may be given to %u, high %u",
				    zone->name, pcp->may_give, count, pcp->high);
	check_counted(check, 1, "lists");
	check_counted(check, count, "pages");
	return true;
}

static bool check_set(struct check *check, const struct zone *zone, unsigned int cpu)
{
	const struct per_cpu_pageset *set = pageset_on(zone, cpu);

	return check_list(check, zone, &set->pcp[HOT]) && check_list(check, zone, &set->pcp[COLD]);
}

CHECKER(pcp_check, "pcp", "each CPU's lists of pages, and what may be taken and given")
{
	struct zone *zone;
	unsigned int cpu;

	for_each_zone(zone) {
		for_each_possible_cpu(cpu) {
			if (!check_set(check, zone, cpu))
				return;
		}
	}
}
