/*
 * kmap_local.c - what looking at a highmem page for a moment costs: map and unmap, barriers in place
 *
 * The state: nothing else is mapped on the CPU.  It has no influence, since no slot is searched for.
 * Read next: mm/fixmap/kmap_local.c.
 */
#include "kernel/bench/bench.h"
#include "mm/fixmap/kmap_local.h"

static void map_and_unmap(struct bench *b, struct page *page)
{
	void *va;

	BENCH_HOT_PAIRS(b, va, va = kmap_local_page(page), kunmap_local(va));
}

static void hot_pairs(struct bench *b)
{
	struct page *page = opaque(alloc_page((gfp_t)b->arg | __GFP_NOWARN));

	if (!page)
		bench_leave_out(b, "out of memory");
	else if ((b->arg & __GFP_HIGHMEM) && !PageHighMem(page))
		bench_leave_out(b, "no highmem");
	else
		map_and_unmap(b, page);
	if (page)
		__free_page(page);
}

BENCH_REGISTER(kmap_local, "window.kmap_local", "kmap_local_page + kunmap_local, a highmem page",
	       "no slot of this CPU in use", hot_pairs, GFP_HIGHUSER);
BENCH_REGISTER(kmap_local_low, "window.kmap_local.lowmem",
	       "kmap_local_page + kunmap_local, a lowmem page", "no slot of this CPU in use",
	       hot_pairs, GFP_KERNEL);
