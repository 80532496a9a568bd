/*
 * fixmap_show.c - the fixed window for a reader: /proc/fixmap, `explain ADDR`
 *
 *	range after range: its slots, its addresses, how many are set
 *	then each set slot: address, what it shows, rights, who set it
 *
 * Locking  none; each slot is read at once (fixmap_look()), and may have changed a moment later.
 */
#include <stdio.h>

#include "kernel/console.h"
#include "kernel/cpu.h"
#include "kernel/explain/explain.h"
#include "kernel/kallsyms.h"
#include "kernel/proc/proc.h"
#include "mm/fixmap/fixmap_impl.h"

/* "user 3", "kmap_local 1 of CPU 0", "port": which slot that is, in words. */
static const char *slot_name(unsigned int idx, const struct fixmap_slot *slot, char *buf, size_t n)
{
	const struct fixmap_range *range = &fixmap_ranges[slot->use];

	if (slot->use == FIXMAP_KMAP)
		snprintf(buf, n, "%s %u of CPU %u", range->name, slot->nth, slot->cpu);
	else
		snprintf(buf, n, "%s %u", range->name, idx - range->first);
	return buf;
}

static const char *setter(const struct fixmap_slot *slot, char *buf, size_t n)
{
	if (slot->device)
		return slot->device;
	return slot->set_by ? kallsyms_format_caller(slot->set_by, buf, n) : "nobody";
}

static const char *memory_type(const struct arch_mapping *m)
{
	if (m->device)
		return "device";
	return m->cached ? "cached" : "uncached";
}

static void show_slot(unsigned int idx, const struct fixmap_slot *slot)
{
	char name[32], who[KALLSYMS_LINE];
	struct arch_mapping m;

	arch_walk(__fix_to_virt(idx), &m);
	con_printf("%4u  0x%08lx  0x%08lx  %c%c%c  %-8s  %-23s  %s\n", idx, __fix_to_virt(idx),
		   slot->phys, m.read ? 'r' : '-', m.write ? 'w' : '-', m.exec ? 'x' : '-',
		   memory_type(&m), slot_name(idx, slot, name, sizeof(name)),
		   setter(slot, who, sizeof(who)));
}

static unsigned int count_set(const struct fixmap_range *range)
{
	unsigned int set = 0;

	for (unsigned int idx = range->first; idx <= range->last; idx++) {
		struct fixmap_slot slot;

		fixmap_look(idx, &slot);
		set += slot.set;
	}
	return set;
}

static void show_ranges(void)
{
	con_printf("slots    addresses              for         set\n");
	for (unsigned int use = 0; use < FIXMAP_USES; use++) {
		const struct fixmap_range *range = &fixmap_ranges[use];

		con_printf("%3u-%-3u  0x%08lx-0x%08lx  %-10s  %u of %u\n", range->first,
			   range->last, __fix_to_virt(range->first), __fix_to_virt(range->last + 1),
			   range->name, count_set(range), range->last - range->first + 1);
	}
}

void fixmap_show(void)
{
	struct fixmap_slot slot;

	show_ranges();
	con_printf(
		"\nslot  address     shows       may  memory    which                    set by\n");
	for (unsigned int idx = 0; idx < __end_of_fixed_addresses; idx++) {
		fixmap_look(idx, &slot);
		if (slot.set)
			show_slot(idx, &slot);
	}
}

PROC_FILE(fixmap, "the fixed window: its ranges, and each slot that is set")
{
	fixmap_show();
}

EXPLAINER(fixmap, 50)
{
	char name[32], who[KALLSYMS_LINE];
	struct fixmap_slot slot;
	unsigned int idx;

	if (va < FIXADDR_START || va >= FIXADDR_END)
		return false;
	idx = __virt_to_fix(va);
	if (idx >= __end_of_fixed_addresses) {
		con_printf("in the fixmap's window, beyond its last slot\n");
		return true;
	}
	fixmap_look(idx, &slot);
	con_printf("slot %u of the fixmap (%s), ", idx, slot_name(idx, &slot, name, sizeof(name)));
	if (slot.set)
		con_printf("shows 0x%lx, set by %s\n", slot.phys | (va & ~PAGE_MASK),
			   setter(&slot, who, sizeof(who)));
	else
		con_printf("not set\n");
	return true;
}
