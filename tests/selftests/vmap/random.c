/*
 * random.c - areas of all kinds come and go at random; a model says what must be seen where
 *
 * The model: which areas are live, where, how long, and what was written into them.  It says that
 * no two overlap, guard pages included, that each page keeps its number, that page counts add up,
 * and that what was freed faults.
 */
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"

enum { LIVE_MAX = 64, PAGES_MAX = 40, STEPS = 1500, CHECK_EVERY = 100 };

struct live {
	u32 *addr;
	unsigned int pages;
	u32 first;	     /* what its first page says; the next one says one more */
	struct page **shown; /* of vmap(): the pages, which are ours */
};

struct model {
	struct rng rng;
	unsigned int nr;
	unsigned long pages; /* of vmalloc() */
	struct live live[LIVE_MAX];
};

static u32 *word_of(const struct live *l, unsigned int page)
{
	return l->addr + page * (PAGE_SIZE / sizeof(u32));
}

static bool overlaps(const struct model *m, const struct live *l)
{
	for (unsigned int i = 0; i < m->nr; i++)
		if (word_of(l, 0) < word_of(&m->live[i], m->live[i].pages + 1) &&
		    word_of(&m->live[i], 0) < word_of(l, l->pages + 1))
			return true;
	return false;
}

static void give_shown(struct page **pages, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (pages[i])
			__free_page(pages[i]);
	kfree(pages);
}

/* vmap() of pages of our own; NULL, and nothing taken, when there is not enough. */
static u32 *show_pages(struct live *l)
{
	u32 *addr = NULL;

	l->shown = kcalloc(l->pages, sizeof(*l->shown), GFP_KERNEL);
	if (!l->shown)
		return NULL;
	if (alloc_pages_bulk_array(GFP_HIGHUSER | __GFP_NOWARN, l->pages, l->shown) == l->pages)
		addr = vmap(l->shown, l->pages, VM_MAP, PAGE_KERNEL);
	if (!addr)
		give_shown(l->shown, l->pages);
	return addr;
}

static bool step_take(struct model *m)
{
	struct live l = { .pages = 1 + rng_below(&m->rng, PAGES_MAX), .first = rng_next(&m->rng) };
	unsigned long align = PAGE_SIZE << rng_below(&m->rng, 4);

	if (rng_below(&m->rng, 3)) {
		l.addr = __vmalloc_node(l.pages * PAGE_SIZE, align, GFP_KERNEL | __GFP_NOWARN,
					NUMA_NO_NODE, step_take);
		CHECK(!l.addr || IS_ALIGNED((vaddr_t)l.addr, align));
	} else {
		l.addr = show_pages(&l);
	}
	if (!l.addr)
		return true; /* exhaustion is ordinary; the counts are compared below */
	CHECK(is_vmalloc_addr(l.addr) && !overlaps(m, &l));
	for (unsigned int i = 0; i < l.pages; i++)
		*word_of(&l, i) = l.first + i;
	m->pages += l.shown ? 0 : l.pages;
	m->live[m->nr++] = l;
	return true;
}

static bool step_give(struct model *m, unsigned int at)
{
	struct live l = m->live[at];
	u32 value;

	for (unsigned int i = 0; i < l.pages; i++)
		CHECK(*word_of(&l, i) == l.first + i);
	m->live[at] = m->live[--m->nr];
	if (l.shown) {
		vunmap(l.addr);
		give_shown(l.shown, l.pages);
	} else {
		vfree(l.addr);
		m->pages -= l.pages;
	}
	CHECK(!arch_try_read((vaddr_t)word_of(&l, rng_below(&m->rng, l.pages)), 4, &value, NULL));
	return true;
}

static bool steps(struct model *m)
{
	unsigned long pages = nr_vmalloc_pages(), areas = nr_vm_areas();

	for (unsigned int step = 0; step < STEPS; step++) {
		bool take = m->nr == 0 || (m->nr < LIVE_MAX && rng_below(&m->rng, 2));

		CHECK(take ? step_take(m) : step_give(m, rng_below(&m->rng, m->nr)));
		CHECK(nr_vmalloc_pages() == pages + m->pages);
		CHECK(nr_vm_areas() == areas + m->nr);
		if (step % CHECK_EVERY == 0)
			CHECK(vmap_check());
	}
	return true;
}

SELFTEST(vmap, random,
	 "areas of random size, alignment and kind agree with a model of what is live")
{
	struct model *m = kzalloc(sizeof(*m), GFP_KERNEL);
	bool sound;

	EXPECT(m);
	rng_seed(&m->rng, selftest_seed());
	sound = steps(m);
	while (m->nr)
		step_give(m, m->nr - 1);
	kfree(m);
	EXPECT(sound);
	EXPECT(vmap_check());
}
