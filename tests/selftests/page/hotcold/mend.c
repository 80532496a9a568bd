/*
 * mend.c - claims about a CPU's lists that somebody has written over, in DEBUG builds
 *
 *	hot or cold list of a few pages ──> write over one's struct page ──> take, give or drain
 *	  one report; the page is put away; all others are handed out, once
 *
 * Read next: tests/selftests/page/mend.c, the same for the buddy's lists.
 */
#include "../harm.h"
#include "kernel/selftest/selftest.h"
#include "mm/account/account.h"
#include "mm/page/page_debug.h"
#include "mm/page/pcp.h"
#include "pcp_inline.h"

enum { PAGES = 5, MOST = 64 };

/* The zone that plain requests are served from first, or NULL. */
static struct zone *first_choice(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct zone *zone = page ? page_zone(page) : NULL;

	if (page)
		__free_page(page);
	return zone;
}

static struct per_cpu_pages *pages_here(const struct zone *zone, int temperature)
{
	return &pageset_here(&pagesets[zone->page_flags >> PAGE_ZONE_SHIFT])->pcp[temperature];
}

/* Can one more be given to a list that has PAGES, and none goes back? */
static bool has_room(const struct zone *zone, int temperature)
{
	const struct per_cpu_pageset *set =
		pageset_here(&pagesets[zone->page_flags >> PAGE_ZONE_SHIFT]);

	return set->pcp[temperature].high >= PAGES + set->batch / (1u + (unsigned int)temperature);
}

/* The lists are empty but for these pages, the newest first. */
static bool fill(struct zone *zone, int temperature, struct page **page)
{
	for (unsigned int i = 0; i < PAGES; i++)
		CHECK((page[i] = alloc_page(GFP_KERNEL)) && page_zone(page[i]) == zone);
	drain_all_pages(NULL);
	for (unsigned int i = PAGES; i-- > 0;)
		if (temperature == COLD)
			free_cold_page(page[i]);
		else
			__free_page(page[i]);
	return pages_here(zone, temperature)->list.next == &page[0]->lru;
}

enum notice { TAKE, GIVE, DRAIN, NOTICES };

/* Whatever uses the list next sees it; `spare` is a page to give. */
static void use(enum notice how, int temperature, struct page *spare)
{
	struct page *taken;

	if (how == DRAIN) {
		drain_all_pages(NULL);
	} else if (how == GIVE && temperature == COLD) {
		free_cold_page(spare);
	} else if (how == GIVE) {
		__free_page(spare);
	} else {
		taken = alloc_page(temperature == COLD ? GFP_KERNEL | __GFP_COLD : GFP_KERNEL);
		if (taken)
			__free_page(taken);
	}
}

/* Does no page come twice, nor `hurt` at all, when many are taken? */
static bool all_once(const struct page *hurt)
{
	SELFTEST_TABLE(struct page *, taken, MOST);
	unsigned int n = 0;
	bool once = true;

	while (n < MOST && (taken[n] = alloc_page(GFP_KERNEL))) {
		once = once && taken[n] != hurt;
		for (unsigned int i = 0; i < n; i++)
			once = once && taken[i] != taken[n];
		n++;
	}
	while (n)
		__free_page(taken[--n]);
	return once;
}

static bool put_right(struct page *hurt, u32 flags)
{
	CHECK(page_owner(hurt) == OWNER_QUARANTINE);
	CHECK(page_count(hurt) == 1 && page_order(hurt) == 0);
	CHECK_BUG("owned by a family", __free_page(hurt));
	hurt->flags = flags;
	take_back(hurt, 0);
	drain_all_pages(NULL);
	return buddy_check() && pcp_check();
}

static bool mended(struct zone *zone, int temperature, enum harm harm, unsigned int nth,
		   enum notice how)
{
	struct page *spare = alloc_page(GFP_KERNEL), *page[PAGES];
	char history[PAGE_HISTORY];
	struct balance b;
	bool once;
	u32 flags;

	CHECK(spare && fill(zone, temperature, page));
	flags = page[nth]->flags;
	do_harm(page[nth], harm, page[(nth + 2) % PAGES]);
	selftest_expect_bug("broken per-CPU list");
	use(how, temperature, spare);
	CHECK(selftest_bug_seen());
	CHECK(selftest_bug_was("page", page[nth], "pages of this CPU, linked both ways",
			       "%s %s, CPU %u, pfn 0x%lx; of %u blocks %u go on%s", zone->name,
			       temperature == HOT ? "hot" : "cold", arch_cpu_id(),
			       page_to_pfn(page[nth]), PAGES, PAGES - 1,
			       page_debug_history(page[nth], history, sizeof(history))));
	CHECK(pcp_check());
	once = all_once(page[nth]);
	account_balance(&b);
	if (how != GIVE)
		__free_page(spare);
	CHECK(once && b.lost == 0);
	return put_right(page[nth], flags);
}

static void test_mending(int temperature)
{
	struct zone *zone = first_choice();

	if (!debug_build)
		SKIP("DEBUG=0");
	if (!zone || !has_room(zone, temperature))
		SKIP("this list keeps less than %d pages", PAGES);
	for (enum harm harm = 0; harm < TAIL_FLAGS; harm++)
		for (unsigned int nth = 0; nth < PAGES; nth += 2)
			for (enum notice how = 0; how < NOTICES; how++)
				EXPECT(mended(zone, temperature, harm, nth, how));
}

SELFTEST(page, mend_hot,
	 "a page of a hot list whose struct page was written over is named once and never given")
{
	test_mending(HOT);
}

SELFTEST(page, mend_cold, "nor is one of a cold list")
{
	test_mending(COLD);
}
