/*
 * early.c - bootmem's bitmap of a node of six pages: every map, and requests behind one another
 *
 *	map       1 0 0 1 0 1        every one of 64
 *	first     size, align        leaves a page that is partly used, or not
 *	second    size, align, from, to
 *
 * Model: first the page that the newest request ended in, if what follows it would be taken anyhow, or if
 * nothing else does; else the first pages that are free, aligned, and in the range.
 *
 * Locking: none: no memory of the node is touched, there is none.
 * Read next: mm/early/bootmem_map.c.
 */
#include "kernel/selftest/selftest.h"
#include "lib/bitmap.h"
#include "mm/early/bootmem_impl.h"
#include "mm/page/page.h"
#include "range.h"

enum { PAGES = 6, BYTES = PAGES * PAGE_SIZE, NOWHERE = -1 };

struct request {
	unsigned long size, align, lo, hi;
};

struct model {
	bool used[PAGES];
	unsigned long start;	/* frame */
	unsigned long last_end; /* bytes */
};

/* --- the model -------------------------------------------------------------------------------- */

/* The lowest place of whole pages. */
static long pages_for(const struct model *m, const struct request *r)
{
	for (unsigned long at = 0; at < BYTES; at += PAGE_SIZE) {
		bool fits =
			at >= r->lo && at + r->size <= r->hi &&
			(m->start * PAGE_SIZE + at) % max(r->align, (unsigned long)PAGE_SIZE) == 0;
		unsigned long page = at / PAGE_SIZE;

		/* in pages, all of which must be in the range */
		for (unsigned long end = at; fits && end < at + r->size; end += PAGE_SIZE, page++)
			fits = page < PAGES && !m->used[page] && end + PAGE_SIZE <= r->hi;
		if (fits)
			return (long)at;
	}
	return NOWHERE;
}

/* The lowest byte behind the newest that is aligned, if it is in the same page. */
static long rest_for(const struct model *m, const struct request *r)
{
	unsigned long at = m->last_end;

	while (at % PAGE_SIZE && (m->start * PAGE_SIZE + at) % r->align)
		at++;
	return at % PAGE_SIZE && at >= r->lo && at + r->size <= r->hi ? (long)at : NOWHERE;
}

static long place_for(const struct model *m, const struct request *r)
{
	const long pages = pages_for(m, r), rest = r->align < PAGE_SIZE ? rest_for(m, r) : NOWHERE;
	const long page_end = (long)((m->last_end + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE);

	if (rest != NOWHERE &&
	    (pages == page_end || (pages == NOWHERE && rest + (long)r->size <= page_end)))
		return rest;
	return pages;
}

static long model_take(struct model *m, const struct request *r)
{
	const long at = place_for(m, r);

	if (at == NOWHERE)
		return at;
	m->last_end = (unsigned long)at + r->size;
	for (unsigned long byte = (unsigned long)at; byte < m->last_end; byte++)
		m->used[byte / PAGE_SIZE] = true;
	return at;
}

/* --- against it ------------------------------------------------------------------------------- */

static bool take_holds(struct bootmem_data *b, struct model *m, const struct request *r)
{
	unsigned long free = 0;

	CHECK(bootmem_take(b, r->size, r->align, r->lo, r->hi) == model_take(m, r));
	for (unsigned long page = 0; page < PAGES; page++) {
		CHECK(test_bit(page, b->map) == m->used[page]);
		free += !m->used[page];
	}
	CHECK(b->free == free);
	return bootmem_check(NULL, b);
}

static const unsigned long sizes[] = { 1,
				       PAGE_SIZE / 2,
				       PAGE_SIZE - 1,
				       PAGE_SIZE,
				       PAGE_SIZE + 1,
				       2 * PAGE_SIZE,
				       3 * PAGE_SIZE - 5 },
			   aligns[] = { 1,
					64,
					PAGE_SIZE / 2,
					PAGE_SIZE,
					2 * PAGE_SIZE,
					4 * PAGE_SIZE },
			   froms[] = { 0, 1, PAGE_SIZE, 2 * PAGE_SIZE - 100, 3 * PAGE_SIZE },
			   tos[] = { PAGE_SIZE, 3 * PAGE_SIZE + 7, 5 * PAGE_SIZE, BYTES };

/* A map as it was, and one request behind the other; NULL: no first one. */
static bool pair_holds(unsigned int pattern, pfn_t start, const struct request *first,
		       const struct request *second)
{
	DECLARE_BITMAP(map, PAGES);
	struct bootmem_data b;
	struct model m = { .start = start };

	bootmem_begin(&b, start, start + PAGES, map);
	for (unsigned long page = 0; page < PAGES; page++) {
		m.used[page] = pattern >> page & 1;
		if (!m.used[page])
			bootmem_clear(&b, page, page + 1);
	}
	return take_holds(&b, &m, first) && take_holds(&b, &m, second);
}

static bool second_ones_hold(unsigned int pattern, pfn_t start, const struct request *first)
{
	struct request second;

	for (unsigned int size = 0; size < ARRAY_SIZE(sizes); size++)
		for (unsigned int align = 0; align < ARRAY_SIZE(aligns); align++)
			for (unsigned int lo = 0; lo < ARRAY_SIZE(froms); lo++)
				for (unsigned int hi = 0; hi < ARRAY_SIZE(tos); hi++) {
					second = (struct request){ sizes[size], aligns[align],
								   froms[lo], tos[hi] };
					CHECK(pair_holds(pattern, start, first, &second));
				}
	return true;
}

SELFTEST(exhaustive, bootmem, "each of two requests to a small node is served where the rules say")
{
	struct request first = { .hi = BYTES };
	const unsigned int step = ON_HOST ? 1 : 11;

	for (pfn_t start = 0x60001; start <= 0x60002; start++)
		for (unsigned int pattern = 0; pattern < 1u << PAGES; pattern += step)
			for (unsigned int i = 0; i < ARRAY_SIZE(sizes) - 2; i++) {
				first.size = sizes[i];
				first.align = aligns[i % 3];
				EXPECT(second_ones_hold(pattern, start, &first));
			}
}
