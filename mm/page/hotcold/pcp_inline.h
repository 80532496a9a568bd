/*
 * pcp_inline.h - PCP=hotcold: a single page from this CPU's hot list, and back, in a few instructions
 *
 *	            may_take                         may_give
 *	hot list  [ newest ]=[ ]=[ ]=[ oldest ] ---- free places ---->
 *	             |  ▲
 *	   pcp_pop_hot  pcp_push_hot
 *
 * The fast paths know no length: one allowance counts down with each page taken, another with each
 * page given.  When one is used up somebody counts (pcp_hotcold.c: settle()): the length follows from
 * both, pages are fetched or go back where there are too few or too many, and both allowances begin
 * anew.  So a fast path has one test, which also says that the list is not empty, or not full.
 *
 * A zeroed list, before it is set up, allows nothing: everything then goes the other way, which knows
 * why.
 *
 * Invariants (pcp_check() verifies all)
 *   I1  may_take + (high - count - may_give) is the length of the list.
 *   I2  Every page of a list is PAGE_PCP, of order 0, and of the list's zone.
 *   I3  The length is at least may_take, and at most high - may_give.
 *
 * Locking: a list belongs to its CPU, with interrupts off.
 * Read next: pcp_hotcold.c.
 */
#ifndef PCP_INLINE_H
#define PCP_INLINE_H

#include "mm/page/page_impl.h"
#include "mm/percpu/percpu.h"

enum { HOT, COLD, TEMPERATURES };

/* [C] own CPU, interrupts off   [I] fixed after pcp_init() */
struct per_cpu_pages {
	unsigned int may_take; /* [C] pages that may be taken before somebody counts */
	unsigned int may_give; /* [C] pages that may be given before somebody counts */
	struct list_head list; /* [C] newest first, through page->lru */
	u16 count;	       /* [C] its length when it was counted last */
	u16 high;	       /* [I] the most that it keeps */
};

/* Of one zone.  Pages taken back are not counted: they follow from the others (pcp_hotcold.c). */
struct per_cpu_pageset {
	struct per_cpu_pages pcp[TEMPERATURES];
	u64 handed_out;		/* [I] page_word() of a page that is handed out */
	unsigned long given;	/* [C] to callers, since boot, when it was counted last */
	unsigned long refilled; /* [C] from the buddy */
	unsigned long flushed;	/* [C] back to it */
	unsigned long batch;	/* [I] the most hot pages that are moved at once */
};

static_assert(sizeof(struct per_cpu_pageset) == 64 || sizeof(long) != 4,
	      "16 words, where a long is one: indexed by a shift");

/* By the zone and node bits of a page's flags; where no zone is, nothing is kept. */
DECLARE_PER_CPU(struct per_cpu_pageset, pagesets[ARRAY_SIZE(node_zones)]);

/* By the zone bits of a gfp: the zone to try first, as linked; one that keeps nothing: never. */
extern struct per_cpu_pageset *pcp_choice[GFP_ZONEMASK + 1];

static __always_inline struct per_cpu_pageset *pageset_here(struct per_cpu_pageset *linked)
{
	return percpu_shift(linked, arch_percpu_offset());
}

/* Takes the newest hot page, with one reference.  False: the allowance is used up. */
static __always_inline bool pcp_pop_hot(gfp_t gfp, struct page **page)
{
	struct per_cpu_pageset *linked = pcp_choice[gfp & GFP_ZONEMASK], *set;
	unsigned long irqs = arch_irq_save();
	struct list_head *newest;
	struct per_cpu_pages *hot;
	unsigned int left;

	set = pageset_here(linked);
	hot = &set->pcp[HOT];
	if (unlikely(__builtin_sub_overflow(hot->may_take, 1u, &left))) {
		arch_irq_restore(irqs);
		return false;
	}
	hot->may_take = left;
	newest = hot->list.next;
	__list_del_entry(newest);
	page_set_word(list_entry(newest, struct page, lru), set->handed_out);
	arch_irq_restore(irqs);
	__asm__("" : "+r"(newest)); /* turned into a page only here, where a register is free */
	*page = list_entry(newest, struct page, lru);
	watch_taken(*page, 0);
	return true;
}

/* Keeps a page with these flags, a used one's, and without references.  False: the allowance is used up. */
static __always_inline bool pcp_push_hot(struct page *page, u32 flags)
{
	unsigned long irqs = arch_irq_save();
	struct per_cpu_pageset *set = pageset_here(&pagesets[flags >> PAGE_ZONE_SHIFT]);
	struct per_cpu_pages *hot = &set->pcp[HOT];
	unsigned int left;

	if (unlikely(__builtin_sub_overflow(hot->may_give, 1u, &left))) {
		arch_irq_restore(irqs);
		return false;
	}
	hot->may_give = left;
	watch_given(page, 0);
	page_set_word(page,
		      page_word(flags ^ head_bits(PAGE_USED ^ PAGE_PCP, 0), 0)); /* keeps I2 */
	list_add(&page->lru, &hot->list);
	arch_irq_restore(irqs);
	return true;
}

#endif /* PCP_INLINE_H */
