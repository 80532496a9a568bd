/*
 * boot_files.c - /proc/cmdline and /proc/iomem: what the boot loader said, and what lies where
 *
 * iomem is in Linux's format: ranges of physical addresses, what lies inside another one indented.
 *
 * Locking: none: boot_info is fixed.
 */
#include "arch/arch.h"
#include "boot/boot_info.h"
#include "kernel/console.h"
#include "kernel/proc/proc.h"

PROC_FILE(cmdline, "the kernel's command line")
{
	con_puts(boot_info.cmdline);
	con_putc('\n');
}

static void print_range(int indent, paddr_t base, paddr_t size, const char *name)
{
	con_printf("%*s%08lx-%08lx : %s\n", indent, "", base, base + size - 1, name);
}

/* What is reserved in a bank; ranges are ascending. */
static void print_reserved(const struct boot_range *bank)
{
	for (unsigned int i = 0; i < boot_info.nr_reserved; i++) {
		const struct boot_range *r = &boot_info.reserved[i];

		if (r->base >= bank->base && r->base < bank->base + bank->size)
			print_range(2, r->base, r->size, r->name);
	}
}

PROC_FILE(iomem, "physical addresses: devices, RAM, and what was in it at boot")
{
	for (unsigned int i = 0; i < arch_nr_devices; i++)
		print_range(0, arch_devices[i].base, PAGE_SIZE, arch_devices[i].name);
	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		const struct boot_range *bank = &boot_info.bank[i];

		print_range(0, bank->base, bank->size, "System RAM");
		print_reserved(bank);
	}
}
