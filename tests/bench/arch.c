/*
 * arch.c - what clearing, filling and copying memory costs
 */
#include <string.h>

#include "kernel/bench/bench.h"
#include "mm/page/page.h"

enum { AREA_ORDER = 4, AREA = 4096 << AREA_ORDER }; /* 64 KiB */

/* Two areas, or NULL with the row left out. */
static char *take_areas(struct bench *b)
{
	char *areas = (char *)__get_free_pages(GFP_KERNEL | __GFP_NOWARN, AREA_ORDER + 1);

	if (!areas)
		bench_leave_out(b, "out of memory");
	return areas;
}

static void give_areas(char *areas)
{
	free_pages((unsigned long)areas, AREA_ORDER + 1);
}

BENCH(clear_page, "arch.clear_page", "arch_clear_page()", NULL)
{
	char *areas = take_areas(b);

	if (!areas)
		return;
	BENCH_HOT(b, arch_clear_page(areas));
	give_areas(areas);
}

BENCH(copy_page, "arch.copy_page", "arch_copy_page()", NULL)
{
	char *areas = take_areas(b);

	if (!areas)
		return;
	BENCH_HOT(b, arch_copy_page(areas, areas + PAGE_SIZE));
	give_areas(areas);
}

static void run_memset(struct bench *b)
{
	const size_t size = opaque((size_t)b->arg);
	char *areas = take_areas(b);

	if (!areas)
		return;
	BENCH_HOT(b, memset(areas, 0x5a, size));
	give_areas(areas);
}

static void run_memcpy(struct bench *b)
{
	const size_t size = opaque((size_t)b->arg);
	char *areas = take_areas(b);

	if (!areas)
		return;
	BENCH_HOT(b, memcpy(areas, areas + AREA, size));
	give_areas(areas);
}

BENCH_REGISTER(memset64, "arch.memset64", "memset() of 64 bytes", "aligned to pages", run_memset,
	       64);
BENCH_REGISTER(memset4k, "arch.memset4k", "memset() of 4 KiB", "aligned to pages", run_memset,
	       4096);
BENCH_REGISTER(memset64k, "arch.memset64k", "memset() of 64 KiB", "aligned to pages", run_memset,
	       AREA);
BENCH_REGISTER(memcpy64, "arch.memcpy64", "memcpy() of 64 bytes", "aligned to pages", run_memcpy,
	       64);
BENCH_REGISTER(memcpy4k, "arch.memcpy4k", "memcpy() of 4 KiB", "aligned to pages", run_memcpy,
	       4096);
BENCH_REGISTER(memcpy64k, "arch.memcpy64k", "memcpy() of 64 KiB", "aligned to pages", run_memcpy,
	       AREA);
