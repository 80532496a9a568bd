/*
 * kmap_view.c - the slots of kmap() for a reader: /proc/pkmap, `explain ADDR`
 *
 * Locking  none; each slot is looked at under the lock (pkmap_look()), and printed without it, so
 *          each line is true of its moment.
 */
#include "kernel/console.h"
#include "kernel/explain/explain.h"
#include "kernel/kallsyms.h"
#include "kernel/proc/proc.h"
#include "mm/window/kmap_impl.h"

static void show_slot(unsigned int n, const struct pkmap_state *state)
{
	char who[KALLSYMS_LINE];

	con_printf("%4u  0x%08lx  0x%05lx  %5u  %s\n", n, pkmap_address(n),
		   page_to_pfn(state->page), state->users,
		   kallsyms_format_caller(state->by, who, sizeof(who)));
}

static void show_summary(void)
{
	unsigned int used = 0, unused = 0;

	for (unsigned int n = 0; n < LAST_PKMAP; n++) {
		struct pkmap_state state;

		pkmap_look(n, &state);
		used += state.page && state.users;
		unused += state.page && !state.users;
	}
	con_printf("0x%08lx-0x%08lx: %d slots, %u in use, %u unused, %u free; slot %u is next\n",
		   PKMAP_BASE, PKMAP_END - 1, LAST_PKMAP, used, unused, LAST_PKMAP - used - unused,
		   (pkmap.last + 1) % LAST_PKMAP);
	con_printf("since boot: %lu pages took a slot; %lu flushes freed %lu slots\n", pkmap.taken,
		   pkmap.rounds, pkmap.flushed);
}

PROC_FILE(pkmap, "the slots of kmap(): which page each shows, to how many users, who mapped it")
{
	if (!pkmap.pte) {
		con_puts("there is no highmem, so there are no slots\n");
		return;
	}
	show_summary();
	con_puts("\nslot  address     pfn      users  mapped by\n");
	for (unsigned int n = 0; n < LAST_PKMAP && !con_interrupted(); n++) {
		struct pkmap_state state;

		pkmap_look(n, &state);
		if (state.page)
			show_slot(n, &state);
	}
}

EXPLAINER(pkmap, 50)
{
	unsigned int n = (unsigned int)((va - PKMAP_BASE) >> PAGE_SHIFT);
	struct pkmap_state state;
	char who[KALLSYMS_LINE];

	if (va < PKMAP_BASE || va >= PKMAP_END)
		return false;
	if (!pkmap.pte) {
		con_puts("in the window of kmap(), which has no slots: there is no highmem\n");
		return true;
	}
	pkmap_look(n, &state);
	if (!state.page)
		con_printf("slot %u of kmap(), free\n", n);
	else
		con_printf("slot %u of kmap(), shows pfn 0x%lx, %s; mapped by %s\n", n,
			   page_to_pfn(state.page),
			   state.users ? "in use" : "unused since, not yet flushed",
			   kallsyms_format_caller(state.by, who, sizeof(who)));
	return true;
}
