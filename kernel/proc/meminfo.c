/*
 * meminfo.c - /proc/meminfo and `meminfo`: how much memory there is, and for what
 *
 *	MemTotal:        1033836 kB
 *	MemFree:         1033820 kB
 *
 * In Linux 6.1's format and order.  Each line is registered by the family that knows its number
 * (stat_items.h); a line whose fact does not exist here is not printed.  Ranks follow Linux's order:
 *
 *	10- 30	 MemTotal MemFree MemAvailable          mm/page
 *	100-130  HighTotal HighFree LowTotal LowFree    mm/page
 *	200-     KReclaimable Slab SReclaimable ...     mm/slab
 *	290      KernelStack                            here
 *	300      PageTables                             mm/account
 *	400-     VmallocTotal VmallocUsed VmallocChunk  mm/vmap
 *	500      Percpu                                 mm/percpu
 *
 * Locking: none here; each item's value() takes what it needs.
 * Linux: fs/proc/meminfo.c
 */
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/stat_items.h"
#include "kernel/shell/shell.h"
#include "mm/page/page.h"

REGISTRY(meminfo_items, const struct stat_item);

/* Pages of the image from va on, upwards or downwards, that are a stack's; guard pages are not. */
static unsigned long stack_pages_from(vaddr_t va, long step)
{
	struct arch_image_part part;
	unsigned long pages = 0;

	for (; arch_image_part(va, &part); va += (vaddr_t)step)
		pages += !strcmp(part.what, "a stack");
	return pages;
}

/* In KiB, as Linux has it in both files: of every mode of the processor. */
static unsigned long kernel_stack(void)
{
	vaddr_t here = ALIGN_DOWN((vaddr_t)__builtin_frame_address(0), PAGE_SIZE);
	unsigned long pages = stack_pages_from(here, PAGE_SIZE);

	return (pages + stack_pages_from(here - PAGE_SIZE, -(long)PAGE_SIZE)) << (PAGE_SHIFT - 10);
}

MEMINFO_ITEM(KernelStack, 290)
{
	return kernel_stack();
}

VMSTAT_ITEM(nr_kernel_stack, 190)
{
	return kernel_stack();
}

/* All stacks are the image's; where that lies in no page (a process), the first node has them. */
NODE_ITEM(nr_kernel_stack, 190)
{
	vaddr_t here = (vaddr_t)__builtin_frame_address(0);
	bool in_ram = here >= PAGE_OFFSET && here < (vaddr_t)high_memory;
	int home = in_ram ? page_to_nid(virt_to_page((void *)here)) : 0;

	return home == (int)nid ? kernel_stack() : 0;
}

static void show_line(const char *name, unsigned long value)
{
	char label[32];

	snprintf(label, sizeof(label), "%s:", name);
	con_printf("%-16s%8lu kB\n", label, value);
}

PROC_FILE(meminfo, "how much memory there is, free, and for what")
{
	stat_items_show(__start_meminfo_items, __stop_meminfo_items, "", show_line);
}

static const char *complete_meminfo(int argc __unused, char **argv __unused, unsigned int nth)
{
	const struct stat_item *const *entry = __start_meminfo_items + nth;

	return entry < __stop_meminfo_items ? (*entry)->name : NULL;
}

SHELL_CMD(meminfo, "[NAME...]", "how much memory there is, free, and for what", .looks = true,
	  .group = "memory", .example = "meminfo Mem High", .complete = complete_meminfo,
	  .details = "Each NAME shows the lines that begin so; without one, all.  In KiB.\n"
		     "MemAvailable: MemFree less what the zones keep for urgent requests.")
{
	return stat_items_command(__start_meminfo_items, __stop_meminfo_items, argv + 1, show_line);
}
