/*
 * pcp_hotcold.c - PCP=hotcold: a hot and a cold list of single pages for each CPU and zone
 *
 *	         head                                 tail
 *	hot      [newest]=[ ]=[ ]=[ ]= ... =[ ]=[oldest]      freed pages are pushed, taken ones popped
 *	          <-- alloc, free                flush -->    at the head: what is cached goes first
 *	cold     the same, for pages that are not in the cache: __GFP_COLD, free_cold_page()
 *
 *	count <= low     a batch is taken from the buddy first
 *	count >= high    a batch goes back to it, from the tail
 *
 * A page in a list is PAGE_PCP, so freeing it again is seen, and no merge takes it for free.
 *
 * Invariants (pcp_check() verifies all)
 *   I1  count is the length of the list.
 *   I2  Every page of a list is PAGE_PCP, of order 0, and of the list's zone.
 *   I3  count < high, but inside the functions below.
 *
 * Locking: a list belongs to its CPU, with interrupts off; zone->lock is taken inside for refill
 * and flush only.
 * Linux: mm/page_alloc.c (struct per_cpu_pageset, zone_batchsize, buffered_rmqueue of 2.6.12)
 */
#include "kernel/printk.h"
#include "kernel/trace.h"
#include "mm/page/page_impl.h"
#include "mm/page/pcp.h"
#include "mm/page/reclaim.h"
#include "mm/percpu/percpu.h"

enum { HOT, COLD, TEMPERATURES };
enum { BATCH_BYTES = 256 * 1024, BATCH_SHARE = 1024 };

/* [C] own CPU, interrupts off   [I] fixed after pcp_init() */
struct per_cpu_pages {
	unsigned int count;    /* [C] */
	unsigned int low;      /* [I] refill at or below */
	unsigned int high;     /* [I] flush at or above */
	unsigned int batch;    /* [I] pages moved at once */
	struct list_head list; /* [C] through page->lru */
};

/* Pages taken back are not counted: refilled + taken back == given + flushed + in the lists. */
struct per_cpu_pageset {
	struct per_cpu_pages pcp[TEMPERATURES];
	unsigned long given;	/* [C] to callers, since boot */
	unsigned long refilled; /* [C] from the buddy */
	unsigned long flushed;	/* [C] back to it */
	unsigned long unused;	/* 64 bytes: indexed by a shift */
};

const char pcp_name[] = "hotcold";

/* By the zone and node bits of a page's flags. */
static DEFINE_PER_CPU(struct per_cpu_pageset, pagesets[ARRAY_SIZE(node_zones)]);

static inline struct per_cpu_pageset *pageset_of(u32 page_flags)
{
	return &(*this_cpu_ptr(&pagesets))[page_flags >> PAGE_ZONE_SHIFT];
}

/* --- to and from the buddy -------------------------------------------------------------------------- */

static void refill(struct zone *zone, struct per_cpu_pageset *set, struct per_cpu_pages *pcp)
{
	unsigned int got;

	spin_lock(&zone->lock);
	got = buddy_take_singles_locked(zone, pcp->batch,
					zone->page_flags | head_bits(PAGE_PCP, 0), /* keeps I2 */
					&pcp->list);
	spin_unlock(&zone->lock);
	pcp->count += got;
	set->refilled += got;
	trace(TRACE_PCP, "%s: refill by %u, now %u", zone->name, got, pcp->count);
}

/* The `pages` that were freed longest ago. */
static __noinline void flush(struct per_cpu_pageset *set, struct per_cpu_pages *pcp,
			     unsigned int pages)
{
	struct zone *zone = page_zone(list_last_entry(&pcp->list, struct page, lru));

	trace(TRACE_PCP, "%s: flush %u of %u", zone->name, pages, pcp->count);
	pcp->count -= pages;
	set->flushed += pages;
	spin_lock(&zone->lock);
	buddy_give_singles_locked(zone, pages, &pcp->list);
	spin_unlock(&zone->lock);
}

/* --- the fast paths ----------------------------------------------------------------------------------- */

/* The list to take from: the wanted one, refilled, or else the other; NULL when all is empty. */
static __noinline struct per_cpu_pages *find_stock(struct zone *zone, struct per_cpu_pageset *set,
						   struct per_cpu_pages *wanted)
{
	refill(zone, set, wanted);
	if (wanted->count)
		return wanted;
	wanted = wanted == &set->pcp[HOT] ? &set->pcp[COLD] : &set->pcp[HOT];
	return wanted->count ? wanted : NULL;
}

struct page *pcp_take(struct zone *zone, gfp_t gfp)
{
	unsigned long flags = arch_irq_save();
	u32 zone_bits = zone->page_flags;
	struct per_cpu_pageset *set = pageset_of(zone_bits);
	struct per_cpu_pages *pcp = &set->pcp[gfp & __GFP_COLD ? COLD : HOT];
	struct page *page = NULL;

	if (unlikely(pcp->count <= pcp->low))
		pcp = find_stock(zone, set, pcp);
	if (likely(pcp)) {
		page = list_first_entry(&pcp->list, struct page, lru);
		__list_del_entry(&page->lru);
		pcp->count--;
		set->given++;
		page->flags = zone_bits | head_bits(PAGE_USED, 0);
	}
	arch_irq_restore(flags);
	return page;
}

void pcp_give(struct page *page, bool cold)
{
	unsigned long flags = arch_irq_save();
	u32 zone_bits = page->flags >> PAGE_ZONE_SHIFT << PAGE_ZONE_SHIFT;
	struct per_cpu_pageset *set = pageset_of(zone_bits);
	struct per_cpu_pages *pcp = &set->pcp[cold ? COLD : HOT];

	page->flags = zone_bits | head_bits(PAGE_PCP, 0); /* keeps I2 */
	list_add(&page->lru, &pcp->list);
	if (unlikely(++pcp->count >= pcp->high))
		flush(set, pcp, pcp->batch); /* keeps I3 */
	arch_irq_restore(flags);
}

/* --- draining ------------------------------------------------------------------------------------------- */

static void drain_zone(struct zone *zone)
{
	unsigned long flags = arch_irq_save();
	struct per_cpu_pageset *set = pageset_of(zone->page_flags);

	for (int t = 0; t < TEMPERATURES; t++)
		if (set->pcp[t].count)
			flush(set, &set->pcp[t], set->pcp[t].count);
	arch_irq_restore(flags);
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
	unsigned long pages = nr_pcp_pages(), after;

	drain_all_pages(NULL);
	after = nr_pcp_pages();
	return pages > after ? pages - after : 0; /* handlers may have freed more meanwhile */
}

/* The last: what the others give back lands in these lists. */
static const struct shrinker pcp_shrinker = { .name = "pcp", .rank = 100, .shrink = shrink };
REGISTER_SHRINKER(pcp_shrinker);

/* --- sizes ------------------------------------------------------------------------------------------------ */

/*
 * A quarter of a thousandth of the zone, of 256 KiB at most, made 2^n - 1 so that batches do not
 * march in step with what callers take in powers of two: 1 to 31 pages.
 */
static unsigned int __init zone_batchsize(const struct zone *zone)
{
	unsigned long batch = min(zone->managed_pages / BATCH_SHARE, BATCH_BYTES / PAGE_SIZE) / 4;

	batch = max(batch, 1ul);
	batch += batch / 2;
	return (1u << (BITS_PER_LONG - (unsigned int)__builtin_clzl(batch))) - 1;
}

static void __init size_list(struct per_cpu_pages *pcp, unsigned int low, unsigned int high,
			     unsigned int batch)
{
	pcp->low = low;
	pcp->high = high;
	pcp->batch = batch;
}

/* One page is fetched when one is wanted, and goes back when it is freed. */
void __init pcp_boot_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
	{
		for (unsigned int i = 0; i < ARRAY_SIZE(pagesets); i++) {
			struct per_cpu_pageset *set = per_cpu_ptr(&pagesets[i], cpu);

			for (int t = 0; t < TEMPERATURES; t++) {
				INIT_LIST_HEAD(&set->pcp[t].list);
				size_list(&set->pcp[t], 0, 1, 1);
			}
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
		{
			struct per_cpu_pageset *set = per_cpu_ptr(&pagesets[index], cpu);

			size_list(&set->pcp[HOT], 2 * batch, 6 * batch, batch);
			size_list(&set->pcp[COLD], 0, 2 * batch, max(batch / 2, 1u));
		}
	}
}

/* --- views and checks --------------------------------------------------------------------------------------- */

static const struct per_cpu_pageset *pageset_on(const struct zone *zone, unsigned int cpu)
{
	return per_cpu_ptr(&pagesets[zone->page_flags >> PAGE_ZONE_SHIFT], cpu);
}

static unsigned long taken_back(const struct per_cpu_pageset *set)
{
	return set->given + set->flushed + set->pcp[HOT].count + set->pcp[COLD].count -
	       set->refilled;
}

void pcp_count(const struct zone *zone, unsigned long *given, unsigned long *refilled)
{
	unsigned int cpu;

	*given = *refilled = 0;
	for_each_possible_cpu(cpu)
	{
		*given += READ_ONCE(pageset_on(zone, cpu)->given);
		*refilled += READ_ONCE(pageset_on(zone, cpu)->refilled);
	}
}

unsigned long pcp_pages(const struct zone *zone)
{
	unsigned long pages = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu) for (int t = 0; t < TEMPERATURES; t++) pages +=
		READ_ONCE(pageset_on(zone, cpu)->pcp[t].count);
	return pages;
}

bool pcp_stock(const struct zone *zone, unsigned int cpu, struct pcp_stock *stock)
{
	const struct per_cpu_pages *pcp = pageset_on(zone, cpu)->pcp;

	stock->count = READ_ONCE(pcp[HOT].count) + READ_ONCE(pcp[COLD].count);
	stock->high = pcp[HOT].high + pcp[COLD].high;
	stock->batch = pcp[HOT].batch;
	return true;
}

void pcp_show(const struct zone *zone, int (*print)(const char *fmt, ...))
{
	static const char *const names[TEMPERATURES] = { "hot", "cold" };
	unsigned int cpu;

	for_each_possible_cpu(cpu)
	{
		const struct per_cpu_pageset *set = pageset_on(zone, cpu);

		print("%8s cpu %u: given %lu, taken back %lu\n", zone->name, cpu, set->given,
		      taken_back(set));
		for (int t = 0; t < TEMPERATURES; t++)
			print("%13s: count %3u  low %3u  high %3u  batch %2u\n", names[t],
			      set->pcp[t].count, set->pcp[t].low, set->pcp[t].high,
			      set->pcp[t].batch);
	}
}

static bool wrong(const struct zone *zone, const char *invariant, const char *what,
		  unsigned long found)
{
	pr_err("pcp: %s: zone %s: %s (%lu)", invariant, zone->name, what, found);
	return false;
}

static bool check_list(const struct zone *zone, const struct per_cpu_pages *pcp)
{
	u32 wanted = zone->page_flags | head_bits(PAGE_PCP, 0);
	unsigned int length = 0;
	struct page *page;

	list_for_each_entry(page, &pcp->list, lru) {
		if (page->flags != wanted)
			return wrong(zone, "I2", "not a page of this list, pfn", page_to_pfn(page));
		if (++length > pcp->count)
			return wrong(zone, "I1", "the list is longer than count", pcp->count);
	}
	if (length != pcp->count)
		return wrong(zone, "I1", "the list is shorter than count", length);
	if (pcp->count >= pcp->high)
		return wrong(zone, "I3", "count has reached high", pcp->count);
	return true;
}

bool pcp_check(void)
{
	struct zone *zone;

	for_each_zone(zone) {
		unsigned long flags = arch_irq_save();
		const struct per_cpu_pageset *set = pageset_of(zone->page_flags);
		bool sound = check_list(zone, &set->pcp[HOT]) && check_list(zone, &set->pcp[COLD]);

		arch_irq_restore(flags);
		if (!sound)
			return false;
	}
	return true;
}
