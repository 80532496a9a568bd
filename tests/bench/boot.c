/*
 * boot.c - what the boot has cost, and what it has left: numbers known since then, not sampled
 */
#include <stdio.h>
#include <string.h>

#include "kernel/bench/bench.h"
#include "kernel/bootstage.h"
#include "mm/account/account.h"
#include "mm/page/page.h"

/* What the clock has told. */
static void clocked_value(struct bench *b, const char *name, u64 ticks)
{
	if (arch_count_exact() && !arch_clock_exact())
		bench_leave_out(b, "counting began after the boot");
	else
		bench_value(b, name, bench_convert(ticks));
}

BENCH_ROWS(stage, "boot.stage", "what one stage of the boot has cost", "reset")
{
	const struct boot_stage *stage;

	for (unsigned int i = 0; (stage = boot_stage_nth(i)); i++) {
		char name[48];

		snprintf(name, sizeof(name), "boot.stage.%s", stage->name);
		for (char *blank = name; (blank = strchr(blank, ' '));)
			*blank = '_';
		clocked_value(b, name, stage->ticks);
	}
}

/* mem_map is built in the stage `zones`, its pages are handed over in `buddy`. */
BENCH(mem_map, "boot.mem_map", "mem_map built and all pages handed to the buddy", "reset")
{
	const struct boot_stage *stage;
	u64 ticks = 0;

	for (unsigned int i = 0; (stage = boot_stage_nth(i)); i++)
		if (!strcmp(stage->name, "zones") || !strcmp(stage->name, "buddy"))
			ticks += stage->ticks;
	clocked_value(b, NULL, ticks);
}

BENCH(prompt, "boot.prompt", "from head.S's first instruction to the first prompt", "reset")
{
	clocked_value(b, NULL, boot_ready_ticks);
}

BENCH(struct_page, "size.struct_page", "bytes of a struct page", NULL)
{
	bench_value(b, NULL, sizeof(struct page));
}

BENCH(reserved, "size.reserved", "bytes of memory that the buddy was never given", NULL)
{
	struct balance balance;

	account_balance(&balance);
	bench_value(b, NULL, (u64)balance.reserved << PAGE_SHIFT);
}
