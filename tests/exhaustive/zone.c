/*
 * zone.c - every sequence of up to eight operations on a zone of sixteen pages, against a model
 *
 *	all RAM  [ held ][ held ][ 16 pages ][ held ] …    by a test that has asked for all the rest
 *
 *	root ──alloc 0──> ──alloc 0──> …                   each step: the real call, and the model's
 *	  │└───alloc 1──> ──free 0───> …                   each state: is the machine what the model says?
 *	  └────drain────> …                                             does the checker accept it?
 *
 * The machine is put back to where a branch began by copying what a step may change: the zone, this CPU's
 * lists of it, and the sixteen struct pages.
 *
 * A state that was met before, with as many operations left, is not gone into again: its sequences are
 * counted as they were then.  Nothing is missed by that.  What the machine does next is a function of what
 * is compared with the model: each list's blocks in their order, each page's flags and references, and the
 * allowances.  Of all else that a step changes (the counters of pages that came and went; links, and in
 * DEBUG builds notes of who had it, of pages in use) nothing is read to decide anything.  So two states
 * with one model are followed by the same states, as long as the same operations are tried, and these
 * follow from the model as well: which blocks are held, not in which order they were taken.
 *
 * It is of PCP=hotcold, whose lists it looks into.
 *
 * Locking: none; one CPU, and handlers that allocate nothing.
 * Read next: zone_model.h.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "mm/page/alloc_impl.h"
#include "mm/page/pcp.h"
#include "mm/page/reclaim.h"
#include "zone_model.h"
#include "range.h"

/* Operations; on the machine, which is emulated, fewer. */
enum { DEEPEST = ON_HOST ? 8 : 5 };

/* A request, or one of the ways back; a request's word for who reads a failure. */
struct kind {
	const char *word;
	enum { ALLOC, ALONE, FREE, FREE_COLD, HALVE, DRAIN } what;
	gfp_t gfp;
	unsigned int order;
};

struct step {
	const struct kind *kind;
	unsigned int page; /* FREE, FREE_COLD, HALVE */
};

/* The cornered zone; what is made anew with each exploration. */
static struct {
	struct zone *zone;
	struct page *first; /* of sixteen */
	struct geometry g;
	const struct kind *kinds;
	unsigned int nr_kinds;
	struct model now;
	struct step path[DEEPEST];
	unsigned int length; /* of path */
} t;

/* --- the machine's state ---------------------------------------------------------------------- */

struct snapshot {
	struct zone zone;
	struct per_cpu_pageset set;
	struct page pages[MODEL_PAGES];
	struct model model;
};
static struct snapshot before[DEEPEST + 1];

static struct per_cpu_pageset *lists(void)
{
	return pageset_here(&pagesets[t.zone->page_flags >> PAGE_ZONE_SHIFT]);
}

static void keep_state(struct snapshot *s)
{
	s->zone = *t.zone;
	s->set = *lists();
	memcpy(s->pages, t.first, sizeof(s->pages));
	s->model = t.now;
}

static void put_back(const struct snapshot *s)
{
	*t.zone = s->zone;
	*lists() = s->set;
	memcpy(t.first, s->pages, sizeof(s->pages));
	t.now = s->model;
}

/* --- is the machine what the model says? ------------------------------------------------------ */

/* The same pages in the same order, both ways round. */
static bool list_is(const struct list_head *head, const struct page_list *list)
{
	const struct list_head *link = head;

	for (unsigned int i = 0; i < list->n; i++) {
		CHECK(link->next == &t.first[list->at[i]].lru && link->next->prev == link);
		link = link->next;
	}
	return link->next == head && head->prev == link;
}

/* A block's pages: its head in this state, with these references, and tails. */
static bool block_is(unsigned int page, unsigned int order, enum page_state state, int references)
{
	const u32 zone = t.zone->page_flags;

	CHECK(page % (1u << order) == 0 && page + (1u << order) <= MODEL_PAGES);
	CHECK(page_get_word(&t.first[page]) ==
	      page_word(zone | (u32)state << PAGE_STATE_SHIFT | order, references));
	for (unsigned int i = 1; i < 1u << order; i++)
		CHECK(page_get_word(&t.first[page + i]) == zone);
	return true;
}

static bool blocks_are(const struct page_list *list, unsigned int order, enum page_state state)
{
	for (unsigned int i = 0; i < list->n; i++)
		CHECK(block_is(list->at[i], order, state, 0));
	return true;
}

static bool free_lists_are(void)
{
	unsigned int orders = 0;

	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		static const struct page_list none;
		const struct free_area *area = &t.zone->free_area[order];
		const struct page_list *list = order <= MODEL_ORDER ? &t.now.free[order] : &none;

		CHECK(area->nr_free == list->n && list_is(&area->free_list, list));
		CHECK(blocks_are(list, order, PAGE_FREE));
		orders += list->n ? 1u << order : 0;
	}
	return t.zone->free_orders == orders && t.zone->free_pages == model_free_pages(&t.now);
}

static bool cpu_lists_are(void)
{
	for (int temperature = HOT; temperature <= COLD; temperature++) {
		const struct per_cpu_pages *pcp = &lists()->pcp[temperature];
		const struct page_list *list = &t.now.kept[temperature];

		CHECK(list_is(&pcp->list, list) && blocks_are(list, 0, PAGE_PCP));
		CHECK(pcp->may_take + pcp->high - pcp->count - pcp->may_give == list->n);
		if (t.g.allowances && temperature == HOT)
			CHECK(pcp->may_take == t.now.may_take[HOT] &&
			      pcp->may_give == t.now.may_give[HOT]);
	}
	return true;
}

static bool held_are(void)
{
	for (unsigned int page = 0; page < MODEL_PAGES; page++)
		if (t.now.held[page])
			CHECK(block_is(page, t.now.held[page] - 1u, PAGE_USED, 1));
	return true;
}

static bool machine_is_model(void)
{
	return free_lists_are() && cpu_lists_are() && held_are();
}

/* --- states that were met --------------------------------------------------------------------- */

/* Exact: equal keys are equal models.  A table that is full forgets nothing, and takes no more. */
enum { STATES = ON_HOST ? 1 << 19 : 1 << 12, KEY_WORDS = 3 };

static struct met {
	u64 key[KEY_WORDS];
	bool used;
	u64 sequences[DEEPEST + 1]; /* by the operations that are left; 0: not gone into */
} states[STATES];
static unsigned long nr_met;

struct key_writer {
	u64 *key;
	unsigned int bits;
};

static void put_bits(struct key_writer *w, unsigned int value, unsigned int width)
{
	while (width--) {
		w->key[w->bits / 64] |= (u64)(value >> width & 1) << w->bits % 64;
		w->bits++;
	}
}

static void put_list(struct key_writer *w, const struct page_list *list)
{
	put_bits(w, list->n, 5);
	for (unsigned int i = 0; i < list->n; i++)
		put_bits(w, list->at[i], MODEL_ORDER);
}

/*
 * Seven lengths of 5 bits; at most 16 blocks and kept pages of 4 bits; sixteen pages of 3 bits, and
 * four allowances of 5: 167 bits.
 */
static void make_key(const struct model *m, u64 key[KEY_WORDS])
{
	struct key_writer w = { key, 0 };

	memset(key, 0, KEY_WORDS * sizeof(*key));
	for (unsigned int order = 0; order <= MODEL_ORDER; order++)
		put_list(&w, &m->free[order]);
	for (int temperature = HOT; temperature <= COLD; temperature++) {
		put_list(&w, &m->kept[temperature]);
		put_bits(&w, m->may_take[temperature], 5);
		put_bits(&w, m->may_give[temperature], 5);
	}
	for (unsigned int page = 0; page < MODEL_PAGES; page++)
		put_bits(&w, m->held[page], 3);
}

/* Where it is, or may be put; NULL when the table is full. */
static struct met *find_state(const struct model *m)
{
	u64 key[KEY_WORDS], hash;
	unsigned long at;

	make_key(m, key);
	hash = (key[0] * 31 + key[1]) * 31 + key[2];
	hash *= 0x9e3779b97f4a7c15ull; /* D. Knuth, TAOCP 6.4: multiplicative hashing */
	at = (unsigned long)(hash >> 40) % STATES;
	for (unsigned long left = STATES; left; left--, at = (at + 1) % STATES) {
		if (!states[at].used) {
			memcpy(states[at].key, key, sizeof(key));
			return nr_met < STATES / 4 * 3 ? &states[at] : NULL;
		}
		if (!memcmp(states[at].key, key, sizeof(key)))
			return &states[at];
	}
	return NULL;
}

/* --- steps ------------------------------------------------------------------------------------ */

static int number_of(const struct page *page)
{
	if (!page)
		return NO_PAGE;
	return page >= t.first && page < t.first + MODEL_PAGES ? (int)(page - t.first)
							       : MODEL_PAGES;
}

static int do_it(const struct step *s)
{
	struct page *page = &t.first[s->page];

	switch (s->kind->what) {
	case ALLOC:
		return number_of(alloc_pages(s->kind->gfp, s->kind->order));
	case ALONE:
		return number_of(alloc_page_alone(s->kind->gfp));
	case FREE:
		__free_pages(page, t.now.held[s->page] - 1u);
		break;
	case FREE_COLD:
		free_cold_page(page);
		break;
	case HALVE:
		halve_block(page, t.now.held[s->page] - 1u);
		break;
	case DRAIN:
		drain_local_pages(t.zone);
		break;
	}
	return NO_PAGE;
}

static int predict(const struct step *s)
{
	switch (s->kind->what) {
	case ALLOC:
		return model_alloc(&t.now, &t.g, s->kind->gfp, s->kind->order);
	case ALONE:
		return model_alloc_alone(&t.now, &t.g, s->kind->gfp);
	case FREE:
		model_free(&t.now, &t.g, s->page);
		break;
	case FREE_COLD:
		model_free_cold(&t.now, &t.g, s->page);
		break;
	case HALVE:
		model_halve(&t.now, s->page);
		break;
	case DRAIN:
		model_drain(&t.now, &t.g);
		break;
	}
	return NO_PAGE;
}

static bool names_page(const struct kind *kind)
{
	return kind->what == FREE || kind->what == FREE_COLD || kind->what == HALVE;
}

static void tell_path(void)
{
	for (unsigned int i = 0; i < t.length; i++) {
		const struct step *s = &t.path[i];

		if (names_page(s->kind))
			selftest_note("%u: %s page %u", i + 1, s->kind->word, s->page);
		else
			selftest_note("%u: %s %u", i + 1, s->kind->word, s->kind->order);
	}
}

static bool take_step(const struct step *s)
{
	int got, wanted;

	t.path[t.length++] = *s;
	got = do_it(s);
	wanted = predict(s);
	if (got == wanted && machine_is_model())
		return true;
	selftest_note("batch %u high %u, %u min %u low %u", t.g.batch, t.g.high[HOT],
		      t.g.high[COLD], t.g.min, t.g.low);
	tell_path();
	selftest_fail(__FILE__, __LINE__, "page %d was wanted, %d came; or the lists differ",
		      wanted, got);
	return false;
}

/* May it be done now?  To a page that is not held nothing is done. */
static bool applies(const struct kind *kind, unsigned int page)
{
	if (kind->what == FREE)
		return t.now.held[page] != 0;
	if (kind->what == FREE_COLD)
		return t.now.held[page] == 1;
	if (kind->what == HALVE)
		return t.now.held[page] > 1;
	return page == 0;
}

/* --- all of them ------------------------------------------------------------------------------ */

static bool explore(unsigned int left, u64 *sequences);

/* This step in each of its ways, and what may follow. */
static bool explore_kind(const struct kind *kind, unsigned int left, u64 *sequences)
{
	for (unsigned int page = 0; page < MODEL_PAGES; page++) {
		struct step step = { kind, page };
		bool sound;

		if (!applies(kind, page))
			continue;
		sound = take_step(&step) && explore(left - 1, sequences);
		t.length--;
		put_back(&before[left]);
		if (!sound)
			return false;
	}
	return true;
}

static bool explore_here(unsigned int left, u64 *sequences)
{
	keep_state(&before[left]);
	for (unsigned int i = 0; left && i < t.nr_kinds; i++)
		if (!explore_kind(&t.kinds[i], left, sequences))
			return false;
	return true;
}

/* Adds the sequences that begin here, the empty one included, of at most so many operations. */
static bool explore(unsigned int left, u64 *sequences)
{
	struct met *met = find_state(&t.now);
	u64 mine = 1;

	if (met && met->used && met->sequences[left]) {
		*sequences += met->sequences[left];
		return true;
	}
	if (!met || !met->used) {
		if (!buddy_check() || !pcp_check()) {
			tell_path();
			selftest_fail(__FILE__, __LINE__, "the checker does not accept that");
			return false;
		}
		nr_met++;
	}
	if (met)
		met->used = true;
	if (!explore_here(left, &mine))
		return false;
	if (met)
		met->sequences[left] = mine;
	*sequences += mine;
	return true;
}

/* --- the zone is cornered --------------------------------------------------------------------- */

/* Do plain requests use the allowances?  Not in DEBUG builds, with init_on_…=1, or with holes in RAM. */
static bool fast_paths_are_used(void)
{
	return page_fast.mem_map_pages && page_fast.choice[0].mark < ~0ul / 2;
}

static void take_all(struct list_head *taken)
{
	static const gfp_t from[] = { GFP_HIGHUSER, GFP_KERNEL, GFP_DMA };

	for (unsigned int i = 0; i < ARRAY_SIZE(from); i++)
		for (unsigned int order = MAX_ORDER; order-- > 0;) {
			const gfp_t gfp = (from[i] & GFP_ZONEMASK) | __GFP_MEMALLOC | __GFP_NOWARN;
			struct page *page;

			while ((page = alloc_pages(gfp, order))) {
				page->private = order;
				list_add(&page->lru, taken);
			}
		}
}

static void give_all(struct list_head *taken)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, taken, lru)
		__free_pages(page, (unsigned int)page->private);
	drain_local_pages(NULL);
}

/* Marks and lists, which are empty, as the geometry says. */
static void set_geometry(const struct geometry *g)
{
	for (int temperature = HOT; temperature <= COLD; temperature++) {
		struct per_cpu_pages *pcp = &lists()->pcp[temperature];

		pcp->high = (u16)g->high[temperature];
		pcp->count = 0;
		pcp->may_take = 0;
		pcp->may_give = pcp->high;
	}
	lists()->batch = g->batch;
	t.zone->watermark[WMARK_MIN] = g->min;
	t.zone->watermark[WMARK_LOW] = t.zone->watermark[WMARK_HIGH] = g->low;
	if (g->allowances)
		page_fast.choice[0].mark = g->low;
}

/* Everything but the sixteen pages is taken; the zone then is what the geometry says. */
static bool explore_cornered(unsigned int depth, u64 *sequences)
{
	bool sound;

	memset(states, 0, sizeof(states));
	nr_met = 0;
	t.length = 0;
	model_begin(&t.now, &t.g);
	set_geometry(&t.g);
	sound = machine_is_model() && explore(depth, sequences);
	if (sound)
		selftest_note("batch %u high %u, %u min %u low %u: %llu sequences, %lu states",
			      t.g.batch, t.g.high[HOT], t.g.high[COLD], t.g.min, t.g.low,
			      (unsigned long long)*sequences - 1, nr_met);
	return sound;
}

static bool explore_each(const struct geometry *geometries, unsigned int n, unsigned int depth)
{
	const unsigned long mark = page_fast.choice[0].mark;
	struct snapshot root;
	bool sound = true;

	keep_state(&root);
	for (unsigned int i = 0; sound && i < n; i++) {
		u64 sequences = 0;

		t.g = geometries[i];
		t.g.allowances = fast_paths_are_used();
		sound = explore_cornered(depth, &sequences);
		put_back(&root);
		page_fast.choice[0].mark = mark;
	}
	return sound;
}

/*
 * The sixteen pages are of the zone that plain requests begin with.  Slabs that are empty go first: a
 * request that may wait would find them.
 */
static void explore_zone(const struct kind *kinds, unsigned int nr_kinds,
			 const struct geometry *geometries, unsigned int n, unsigned int depth)
{
	LIST_HEAD(taken);
	bool lonely;

	while (reclaim_all())
		;
	t.first = alloc_pages(GFP_KERNEL, MODEL_ORDER);
	EXPECT(t.first);
	t.zone = page_zone(t.first);
	t.kinds = kinds;
	t.nr_kinds = nr_kinds;
	take_all(&taken);
	lonely = t.zone == page_fast.choice[0].zone && nr_available_pages() == 0 &&
		 !t.zone->lowmem_reserve[ZONE_NORMAL];
	__free_pages(t.first, MODEL_ORDER);
	if (lonely)
		explore_each(geometries, n, depth);
	give_all(&taken);
	EXPECT(lonely);
}

enum { PLAIN = __GFP_MEMALLOC | __GFP_NOWARN };

#define BLOCKS                                                                                    \
	{ "alloc", ALLOC, PLAIN, 0 }, { "alloc", ALLOC, PLAIN, 1 }, { "alloc", ALLOC, PLAIN, 2 }, \
		{ "alloc", ALLOC, PLAIN, 3 }, { .word = "free", .what = FREE },                   \
	{                                                                                         \
		.word = "drain", .what = DRAIN                                                    \
	}

/* With no watermark a request is served to the last page.  The lists of a machine of 16 MiB, and others. */
static const struct geometry unwatched[] = {
	{ .batch = 1, .high = { 6, 2 } },
	{ .batch = 2, .high = { 4, 2 } },
	{ .batch = 4, .high = { 6, 4 } },
};

SELFTEST(exhaustive, zone_blocks,
	 "blocks come from where it is documented, in every sequence of eight steps, and merge")
{
	static const struct kind kinds[] = { BLOCKS, { .word = "halve", .what = HALVE } };

	explore_zone(kinds, ARRAY_SIZE(kinds), unwatched, ARRAY_SIZE(unwatched), DEEPEST);
}

SELFTEST(exhaustive, zone_pages,
	 "so do blocks beside pages that are hot, cold and alone, whatever the CPU keeps of them")
{
	static const struct kind kinds[] = {
		BLOCKS,
		{ "alloc cold", ALLOC, PLAIN | __GFP_COLD, 0 },
		{ "alloc alone", ALONE, PLAIN, 0 },
		{ .word = "free cold", .what = FREE_COLD },
	};

	explore_zone(kinds, ARRAY_SIZE(kinds), unwatched, ARRAY_SIZE(unwatched) - 1, DEEPEST);
}

SELFTEST(exhaustive, zone_batches, "and where whole batches of single pages come and go")
{
	static const struct kind kinds[] = {
		{ "alloc", ALLOC, PLAIN, 0 },	    { "alloc cold", ALLOC, PLAIN | __GFP_COLD, 0 },
		{ "alloc alone", ALONE, PLAIN, 0 }, { "alloc", ALLOC, PLAIN, 2 },
		{ .word = "free", .what = FREE },   { .word = "free cold", .what = FREE_COLD },
		{ .word = "drain", .what = DRAIN },
	};

	explore_zone(kinds, ARRAY_SIZE(kinds), unwatched + 2, 1, DEEPEST);
}

SELFTEST(exhaustive, zone_marks, "each urgency goes as far below the watermarks as is documented")
{
	static const struct kind kinds[] = {
		{ "alloc kernel", ALLOC, GFP_KERNEL | __GFP_NOWARN, 0 },
		{ "alloc nowait", ALLOC, GFP_NOWAIT | __GFP_NOWARN, 1 },
		{ "alloc high", ALLOC, __GFP_HIGH | __GFP_NOWARN, 1 },
		{ "alloc atomic", ALLOC, GFP_ATOMIC | __GFP_NOWARN, 0 },
		{ "alloc kernel", ALLOC, GFP_KERNEL | __GFP_NOWARN, 2 },
		{ "alloc memalloc", ALLOC, PLAIN, 2 },
		{ "alloc cold", ALLOC, GFP_NOWAIT | __GFP_COLD | __GFP_NOWARN, 0 },
		{ .word = "free", .what = FREE },
	};
	static const struct geometry geometries[] = {
		{ .batch = 1, .high = { 6, 2 }, .min = 8, .low = 10 },
		{ .batch = 4, .high = { 6, 4 }, .min = 5, .low = 8 },
	};

	explore_zone(kinds, ARRAY_SIZE(kinds), geometries, ARRAY_SIZE(geometries), DEEPEST);
}
