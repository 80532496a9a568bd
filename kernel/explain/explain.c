/*
 * explain.c - `explain ADDR`: what an address is, from the widest answer to the narrowest
 *
 *	explain 0xc0a40123
 *	  region   lowmem                     10
 *	  image    section and symbol         15      each family answers for its own addresses
 *	  page     frame, state, owner        20      (EXPLAINER, beside its code)
 *	  ...      object, area, slot         25 ...
 *	  page walk                           last
 *
 *	explain phys:0x60a40123    lowmem: as its address; highmem: the frame; a device: its registers
 *
 * Locking: none here; each explainer takes what it needs.
 * Read next: explain.h, region.c.
 */
#include "kernel/explain/explain.h"
#include "arch/arch.h"
#include "boot/boot_info.h"
#include "kernel/console.h"
#include "kernel/kallsyms.h"
#include "kernel/explain/region.h"
#include "kernel/shell/address.h"
#include "kernel/registry.h"
#include "kernel/shell/shell.h"
#include "mm/page/page_view.h"

#include <string.h>

REGISTRY(explainers, const struct explainer);

/* --- the answers that belong to no family ----------------------------------------------------- */

EXPLAINER(region, 10)
{
	struct region region;

	region_of(va, &region);
	con_printf("region: %s, %08lx-%08lx: %s\n", region.name, region.start, region.last,
		   region.what);
	return true;
}

EXPLAINER(image, 15)
{
	char symbol[KALLSYMS_LINE];
	struct arch_image_part part;

	if (!arch_image_part(va, &part))
		return false;
	con_printf("image: %s, %08lx-%08lx: %s\n", part.name, part.start, part.end - 1, part.what);
	if (kallsyms_lookup(va, NULL, NULL, NULL))
		con_printf("symbol: %s\n", kallsyms_format(va, symbol, sizeof(symbol)));
	return true;
}

/* The device whose page of registers holds a physical address, or NULL. */
static const struct arch_device *device_at(paddr_t phys)
{
	for (unsigned int i = 0; i < arch_nr_devices; i++)
		if (ALIGN_DOWN(phys, PAGE_SIZE) == arch_devices[i].base)
			return &arch_devices[i];
	return NULL;
}

EXPLAINER(device, 22)
{
	const struct arch_device *device;
	struct arch_mapping m;
	paddr_t phys;

	arch_walk(va, &m);
	if (!m.present)
		return false;
	phys = m.phys + (va - m.start);
	device = device_at(phys);
	if (!device)
		return false;
	con_printf("device: %s, register +0x%lx (physical %08lx)\n", device->name,
		   (unsigned long)(phys - device->base), (unsigned long)phys);
	return true;
}

/* --- the command ------------------------------------------------------------------------------ */

static int by_rank(const void *a, const void *b)
{
	const struct explainer *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return strcmp(x->family, y->family);
}

void explain_address(vaddr_t va)
{
	const struct explainer *explainer = NULL;

	while ((explainer =
			registry_after(__start_explainers, __stop_explainers, by_rank, explainer)))
		explainer->explain(va);
	arch_walk_print(va, con_printf);
}

static const struct boot_bank *bank_at(paddr_t phys)
{
	for (unsigned int i = 0; i < boot_info.nr_banks; i++)
		if (phys - boot_info.bank[i].base < boot_info.bank[i].size)
			return &boot_info.bank[i];
	return NULL;
}

static void explain_physical(paddr_t phys)
{
	const struct boot_bank *bank = bank_at(phys);
	const struct arch_device *device = device_at(phys);
	const struct boot_range *reserved = boot_reserved_at(phys);
	unsigned long shown = (unsigned long)phys;

	if (reserved)
		con_printf("physical: %08lx, reserved at boot: %s%s, %08lx-%08lx\n", shown,
			   reserved->name, boot_range_kind(reserved), (unsigned long)reserved->base,
			   (unsigned long)(reserved->base + reserved->size - 1));
	if (bank) {
		con_printf("physical: %08lx, RAM of the bank %08lx-%08lx\n", shown,
			   (unsigned long)bank->base, (unsigned long)(bank->base + bank->size - 1));
		if (phys_to_pfn(phys) < lowmem_end_pfn)
			explain_address((vaddr_t)phys_to_virt(phys));
		else
			page_explain(phys_to_pfn(phys));
	} else if (device) {
		con_printf("physical: %08lx, no RAM\n", shown);
		explain_address(device->va + (vaddr_t)(phys - device->base));
	} else {
		con_printf("physical: %08lx, neither RAM%s nor a device that is known here\n",
			   shown, reserved ? " of ours" : "");
	}
}

SHELL_CMD(
	explain, "ADDR|phys:ADDR", "what an address is, and who owns it", .looks = true,
	.group = "memory", .example = "explain start_kernel", .complete = shell_complete_symbol,
	.details =
		"An address is a number, a symbol or #N, each perhaps with +OFFSET; phys:\n"
		"marks a physical one.  Told are the region, the section and symbol, the page frame with its\n"
		"state and owner, what each family knows of it, and the page walk.\n"
		"  explain phys:0x60a40000    explain 0xffc80000    explain svc_stack+0x10\n"
		"  alloc kmalloc 100; explain #1+0x10")
{
	static const char prefix[] = "phys:";
	paddr_t phys;
	vaddr_t va;

	if (argc != 2)
		return SHELL_USAGE;
	if (!strncmp(argv[1], prefix, sizeof(prefix) - 1)) {
		if (!shell_physical(argv[1] + sizeof(prefix) - 1, "phys:ADDR", &phys))
			return SHELL_FAIL;
		explain_physical(phys);
		return SHELL_OK;
	}
	if (!shell_address(argv[1], "ADDR", &va))
		return SHELL_FAIL;
	explain_address(va);
	return SHELL_OK;
}
