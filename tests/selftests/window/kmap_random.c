/*
 * kmap_random.c - pages mapped, unmapped and flushed at random; a model says what must be seen
 *
 * The model: how many users each page has, and which pages have a slot at least.  It says that a
 * page with users shows its number at the one address it has, that pages with users never share an
 * address, and that a new page is refused exactly when LAST_PKMAP pages have users.
 */
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "mm/slab/slab.h"
#include "tests/selftests/window/block.h"

enum { OPERATIONS = 20000, USERS_MAX = 3 };

struct model {
	struct page *block;
	u8 users[BLOCK_PAGES];
	void *address[BLOCK_PAGES];
	unsigned int held; /* pages with users */
};

static bool map_one(struct model *m, u32 i)
{
	void *va = kmap(m->block + i);

	if (!m->users[i] && m->held == LAST_PKMAP) {
		CHECK(!va);
		return true;
	}
	CHECK(va);
	CHECK(!m->users[i] || va == m->address[i]);
	CHECK(read_word(va) == i);
	m->held += !m->users[i];
	m->users[i]++;
	m->address[i] = va;
	return true;
}

static bool unmap_one(struct model *m, u32 i)
{
	CHECK(read_word(m->address[i]) == i);
	CHECK(page_address(m->block + i) == m->address[i]);
	kunmap(m->block + i);
	m->users[i]--;
	m->held -= !m->users[i];
	return true;
}

/* Whether pages are mapped or unmapped more often changes, so that all slots fill and empty. */
static bool step(struct model *m, struct rng *rng, unsigned int n)
{
	u32 i = rng_below(rng, BLOCK_PAGES);
	bool filling = n / 2500 % 2 == 0;

	if (rng_below(rng, 500) == 0)
		kmap_flush_unused();
	if (m->users[i] && (m->users[i] == USERS_MAX || rng_below(rng, 8) >= (filling ? 2u : 7u)))
		return unmap_one(m, i);
	if (!m->users[i] && !filling && rng_below(rng, 4))
		return true;
	return map_one(m, i);
}

static bool all_show_themselves(const struct model *m)
{
	for (u32 i = 0; i < BLOCK_PAGES; i++) {
		CHECK(!m->users[i] || read_word(m->address[i]) == i);
		CHECK(!m->users[i] || kmap_to_page(m->address[i]) == m->block + i);
	}
	CHECK(slots(true) == m->held);
	return pkmap_check();
}

static bool run_model(struct model *m, struct rng *rng)
{
	unsigned int most = 0;

	for (unsigned int n = 0; n < OPERATIONS; n++) {
		CHECK(step(m, rng, n));
		most = max(most, m->held);
		if (n % 1000 == 0)
			CHECK(all_show_themselves(m));
	}
	selftest_note("at most %u of %d slots were held", most, LAST_PKMAP);
	return all_show_themselves(m);
}

SELFTEST(kmap, random, "a random sequence of kmap, kunmap and flush agrees with a model")
{
	struct page *block;
	struct model *m;
	struct rng rng;
	bool agreed;

	HIGHMEM_OR_SKIP(block);
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	EXPECT(m);
	m->block = block;
	rng_seed(&rng, selftest_seed());
	agreed = run_model(m, &rng);
	for (u32 i = 0; i < BLOCK_PAGES; i++)
		for (; m->users[i]; m->users[i]--)
			kunmap(block + i);
	kfree(m);
	free_block(block);
	EXPECT(agreed);
	EXPECT(pkmap_check());
}
