/*
 * iomem.c - /proc/iomem: what lies where in physical addresses, and what shows it
 *
 *	10009000-10009fff : uart0 (pl011)            a device of the port, or a bank of RAM
 *	  10009000-10009fff : ioremap at 0xf0804000  what lies inside it is indented
 *
 * Entries come from five sources, none of them sorted with the others: the next one to print is the
 * first, in order of address and then of length, that comes after the one printed last.
 *
 * Locking: none; what ioremap() shows may change between two lines.
 * Linux: kernel/resource.c (its format)
 */
#include "arch/arch.h"
#include "boot/boot_info.h"
#include "kernel/console.h"
#include "kernel/kallsyms.h"
#include "kernel/proc/proc.h"
#include "mm/window/ioremap.h"

struct entry {
	paddr_t base, last;
	unsigned int source; /* DEVICE to IOREMAP: of equal ranges, in this order */
	vaddr_t va;	     /* of IOREMAP */
	const char *name;    /* of the others */
	const char *kind;    /* what is said behind the name; NULL: nothing */
	unsigned long caller;
};
enum { DEVICE, BANK, RESERVED, IMAGE, IOREMAP };

/* Is a before b?  What begins first, then what is longer, ... */
static bool before(const struct entry *a, const struct entry *b)
{
	if (a->base != b->base)
		return a->base < b->base;
	if (a->last != b->last)
		return a->last > b->last;
	return a->source != b->source ? a->source < b->source : a->va < b->va;
}

/* Keeps the entry as the next one if it comes behind `done` and before what was found so far. */
static void offer(const struct entry *entry, const struct entry *done, struct entry *next)
{
	if ((!done->name || before(done, entry)) && (!next->name || before(entry, next)))
		*next = *entry;
}

static void offer_banks(const struct entry *done, struct entry *next)
{
	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		const struct boot_bank *bank = &boot_info.bank[i];
		const struct entry entry = {
			.base = bank->base,
			.last = bank->base + bank->size - 1,
			.source = BANK,
			.name = "System RAM",
		};

		offer(&entry, done, next);
	}
}

static void offer_reserved(const struct entry *done, struct entry *next)
{
	for (unsigned int i = 0; i < boot_info.nr_reserved; i++) {
		const struct boot_range *range = &boot_info.reserved[i];
		const struct entry entry = {
			.base = range->base,
			.last = range->base + range->size - 1,
			.source = RESERVED,
			.name = range->name,
			.kind = boot_range_kind(range),
		};

		offer(&entry, done, next);
	}
}

/* From the part of the image that holds one address to the end of that which holds the other. */
static void offer_parts(const void *in_first, const void *in_last, const char *name,
			const struct entry *done, struct entry *next)
{
	struct arch_image_part first, last;
	struct entry entry = { .source = IMAGE, .name = name };

	if (!arch_image_part((vaddr_t)in_first, &first) ||
	    !arch_image_part((vaddr_t)in_last, &last))
		return;
	entry.base = virt_to_phys((void *)first.start);
	entry.last = virt_to_phys((void *)(last.end - 1));
	offer(&entry, done, next);
}

static void offer_image(const struct entry *done, struct entry *next)
{
	static u32 in_data = 1, in_bss;

	if (arch_image_end() == PHYS_OFFSET)
		return; /* it lies in no RAM */
	offer_parts((void *)offer_parts, (void *)offer_parts, "Kernel code", done, next);
	offer_parts(&in_data, &in_bss, "Kernel data", done, next);
}

static void offer_ioremaps(const struct entry *done, struct entry *next)
{
	struct vm_struct area = {};

	while (ioremap_above(area.addr, &area)) {
		const struct entry entry = {
			.base = area.phys_addr,
			.last = area.phys_addr + (get_vm_area_size(&area) - 1),
			.source = IOREMAP,
			.name = "ioremap",
			.va = (vaddr_t)area.addr,
			.caller = (unsigned long)area.caller,
		};

		if (area.flags & VM_MAPPED)
			offer(&entry, done, next);
	}
}

/* The entry behind `done`; false behind the last. */
static bool find_next(const struct entry *done, struct entry *next)
{
	*next = (struct entry){};
	for (unsigned int i = 0; i < arch_nr_devices; i++) {
		const struct entry entry = {
			.base = arch_devices[i].base,
			.last = arch_devices[i].base + PAGE_SIZE - 1,
			.source = DEVICE,
			.name = arch_devices[i].name,
		};

		offer(&entry, done, next);
	}
	offer_banks(done, next);
	offer_reserved(done, next);
	offer_image(done, next);
	offer_ioremaps(done, next);
	return next->name;
}

static void print_entry(const struct entry *entry, bool inside)
{
	char who[KALLSYMS_LINE];

	con_printf("%s%08lx-%08lx : %s%s", inside ? "  " : "", entry->base, entry->last,
		   entry->name, entry->kind ? entry->kind : "");
	if (entry->source == IOREMAP)
		con_printf(" at 0x%08lx by %s", entry->va,
			   kallsyms_format_caller(entry->caller, who, sizeof(who)));
	con_putc('\n');
}

PROC_FILE(iomem,
	  "physical addresses: devices, RAM, what was in it at boot, and what ioremap() shows")
{
	struct entry done = {}, next, outer = {};

	while (find_next(&done, &next)) {
		bool inside = outer.name && next.base >= outer.base && next.last <= outer.last;

		print_entry(&next, inside);
		if (!inside)
			outer = next;
		done = next;
	}
	if (ioremap_fault())
		con_printf("what ioremap() shows is not known: %s\n", ioremap_fault());
}
