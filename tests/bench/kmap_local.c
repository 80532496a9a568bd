/*
 * kmap_local.c - what looking at a highmem page for a moment costs: map and unmap, barriers in place
 *
 * The state: nothing else is mapped on the CPU.  It has no influence, since no slot is searched for.
 * Read next: mm/fixmap/kmap_local.c.
 */
#include "kernel/bench/bench.h"
#include "mm/fixmap/kmap_local.h"

BENCH(kmap_local, "window.kmap_local", "kmap_local_page + kunmap_local, a highmem page",
      "no slot of this CPU in use")
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	void *va;

	if (page && PageHighMem(page))
		BENCH_HOT_PAIRS(b, va, va = kmap_local_page(page), kunmap_local(va));
	else
		bench_leave_out(b, page ? "no highmem" : "out of memory");
	if (page)
		__free_page(page);
}
