/*
 * window.c - what an address costs for a highmem page, again and again or many in turn, and for a device
 *
 *	window.kmap             a page that is mapped already: the pair of a user more and one less
 *	window.kmap.lowmem      a page that has an address anyway
 *	window.kmap.*held       the same with most slots held by other pages: nothing is searched
 *	window.kmap.cycle1500   1500 pages in turn over 512 slots: nearly every one takes a new slot,
 *	                        and its share of the flush of the unused ones, 16 slots at a time
 *	window.ioremap4k        one page of registers
 *	window.ioremap4k.live*  the same above that many other areas: no more, for none is walked over
 *
 * Read next: mm/window/kmap.c, mm/window/ioremap.c; tests/bench/kmap_local.c for the sort that is of one CPU.
 */
#include "kernel/bench/bench.h"
#include "mm/window/ioremap.h"
#include "mm/window/kmap.h"

enum { CYCLE_PAGES = 1500, ROUNDS = 3, MAPPED_MAX = LAST_PKMAP - 12 };

/* Fills b->object with n highmem pages, or leaves the row out and returns false. */
static bool take_pages(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct page *page = alloc_page(GFP_HIGHUSER | __GFP_NOWARN);

		b->object[i] = page;
		if (page && PageHighMem(page))
			continue;
		bench_leave_out(b, page ? "no highmem" : "out of memory");
		if (page)
			__free_page(page);
		while (i--)
			__free_page((struct page *)b->object[i]);
		return false;
	}
	return true;
}

static void give_pages(struct bench *b, unsigned int n)
{
	while (n--)
		__free_page((struct page *)b->object[n]);
}

static void hot_pairs(struct bench *b, struct page *page)
{
	void *va;

	BENCH_HOT_PAIRS(b, va, va = kmap(page), kunmap(page));
}

/* b->arg other pages are held mapped meanwhile. */
static void kmap_hot(struct bench *b)
{
	const unsigned int held = (unsigned int)b->arg;

	if (!take_pages(b, held + 1))
		return;
	kmap_flush_unused();
	for (unsigned int i = 0; i < held; i++)
		kmap((struct page *)b->object[i]);
	hot_pairs(b, (struct page *)opaque(b->object[held]));
	for (unsigned int i = 0; i < held; i++)
		kunmap((struct page *)b->object[i]);
	give_pages(b, held + 1);
}

BENCH_REGISTER(kmap_hot, "window.kmap", "kmap + kunmap, a highmem page",
	       "the page is in a slot, unused", kmap_hot, 0);
BENCH_REGISTER(kmap_held, "window.kmap.500held", "kmap + kunmap, a highmem page",
	       "the page is in a slot, unused; 500 other pages are held", kmap_hot, MAPPED_MAX);

BENCH(kmap_low, "window.kmap.lowmem", "kmap + kunmap, a lowmem page", NULL)
{
	struct page *page = opaque(alloc_page(GFP_KERNEL | __GFP_NOWARN));

	if (!page) {
		bench_leave_out(b, "out of memory");
		return;
	}
	hot_pairs(b, page);
	__free_page(page);
}

BENCH(kmap_cycle, "window.kmap.cycle1500", "kmap + kunmap, 1500 highmem pages in turn, mean",
      "no page in a slot; the slots go round three times for each page")
{
	unsigned int sample = 0;
	void *va;

	if (!take_pages(b, CYCLE_PAGES))
		return;
	kmap_flush_unused();
	for (unsigned int i = 0; i < ROUNDS * CYCLE_PAGES; i++, sample++) {
		struct page *page = opaque(b->object[i % CYCLE_PAGES]);

		bench_time(b->alloc[sample], va = kmap(page));
		if (!va)
			break;
		bench_time(b->free[sample], kunmap(page));
	}
	b->samples = sample;
	b->batch = true;
	if (sample < ROUNDS * CYCLE_PAGES)
		bench_leave_out(b, "a page got no slot");
	give_pages(b, CYCLE_PAGES);
}

/* --- ioremap ---------------------------------------------------------------------------------- */

enum { TIMER_PHYS = 0x10012000 }; /* the board's second SP804, in nobody's use */

static void ioremap_pairs(struct bench *b)
{
	paddr_t phys = opaque((paddr_t)TIMER_PHYS);
	size_t size = opaque((size_t)PAGE_SIZE);
	void *va;

	BENCH_HOT_PAIRS(b, va, va = ioremap(phys, size), iounmap(va));
}

/* b->arg other areas are live meanwhile, all below. */
static void ioremap_hot(struct bench *b)
{
	unsigned int live = 0;

	for (; live < b->arg; live++)
		if (!(b->object[live] = ioremap(TIMER_PHYS, PAGE_SIZE)))
			break;
	if (live == b->arg)
		ioremap_pairs(b);
	else
		bench_leave_out(b, "out of memory");
	while (live--)
		iounmap(b->object[live]);
}

BENCH_REGISTER(ioremap4k, "window.ioremap4k", "ioremap + iounmap, 4 KiB of registers",
	       "only the drivers' areas are live", ioremap_hot, 0);
BENCH_REGISTER(ioremap4k_live, "window.ioremap4k.live1000", "ioremap + iounmap, 4 KiB of registers",
	       "1000 areas are live below", ioremap_hot, 1000);
