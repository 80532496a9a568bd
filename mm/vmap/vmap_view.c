/*
 * vmap_view.c - what a person may see of areas: /proc/vmallocinfo, meminfo's lines, and what explain says
 *
 *	0xf0800000-0xf0803000   12288 report+0x1c/0x60 pages=2 vmalloc
 *	start      end, the guard page included
 *
 * Locking: an area is copied under vmlist_lock and printed without it, so that of a list that
 * changes meanwhile each line is true of its moment.
 * Linux: mm/vmalloc.c (s_show)
 */
#include "kernel/look.h"
#include "kernel/console.h"
#include "kernel/explain/explain.h"
#include "kernel/kallsyms.h"
#include "kernel/printk.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/stat_items.h"
#include "kernel/shell/shell.h"
#include "mm/vmap/vmap_impl.h"

static vaddr_t end_of(const struct vm_struct *area)
{
	return (vaddr_t)area->addr + area->size;
}

static const char *caller_name(const struct vm_struct *area, char name[KALLSYMS_LINE])
{
	return kallsyms_format_return((unsigned long)area->caller, name, KALLSYMS_LINE);
}

/* --- vmallocinfo ------------------------------------------------------------------------------ */

static void print_area(const struct vm_struct *area)
{
	char name[KALLSYMS_LINE];

	con_printf("0x%08lx-0x%08lx %7lu %s", (vaddr_t)area->addr, end_of(area), area->size,
		   caller_name(area, name));
	if (area->nr_pages)
		con_printf(" pages=%u", area->nr_pages);
	if (area->phys_addr)
		con_printf(" phys=0x%08lx", (unsigned long)area->phys_addr);
	con_printf(" %s%s%s%s\n", area_kind(area), area->flags & VM_USERMAP ? " user" : "",
		   area->flags & VM_VPAGES ? " vpages" : "",
		   area->flags & VM_POINTERS ? " pointers" : "");
}

PROC_FILE(vmallocinfo, "the areas of the vmalloc window, with who asked for them")
{
	struct vm_struct area;

	for (vaddr_t at = VMALLOC_START; area_copy_from(at, &area); at = end_of(&area)) {
		if (con_interrupted())
			return;
		if (!(area.flags & VM_UNINITIALIZED))
			print_area(&area);
	}
	if (areas_fault())
		con_printf("%s: what lies above is not shown\n", areas_fault());
}

SHELL_CMD(vmallocinfo, "", "the areas of the vmalloc window, with who asked for them",
	  .looks = true, .group = "vmap", .example = "vmallocinfo",
	  .details = "Addresses and bytes include the guard page; pages=N are mapped; phys= is a\n"
		     "device's address.")
{
	struct vm_struct area;
	unsigned long bytes = 0;

	if (argc != 1)
		return SHELL_USAGE;
	proc_show_vmallocinfo();
	for (vaddr_t at = VMALLOC_START; area_copy_from(at, &area); at = end_of(&area))
		bytes += area.size;
	con_printf("%lu areas (%s) take %lu of %lu KiB; %lu pages, %lu table pages\n",
		   nr_vm_areas(), vmap_name, bytes / KiB, (unsigned long)(VMALLOC_TOTAL / KiB),
		   nr_vmalloc_pages(), nr_vmalloc_tables());
	return SHELL_OK;
}

/* --- meminfo ---------------------------------------------------------------------------------- */

MEMINFO_ITEM(VmallocTotal, 400)
{
	return VMALLOC_TOTAL / KiB;
}

MEMINFO_ITEM(VmallocUsed, 401)
{
	if (areas_fault())
		pr_warn("vmap: %s: what follows counts no area", areas_fault());
	return nr_vmalloc_pages() << (PAGE_SHIFT - 10);
}

/* The largest hole, as 2.6 tells it; later kernels say 0. */
MEMINFO_ITEM(VmallocChunk, 402)
{
	vaddr_t at = VMALLOC_START;
	unsigned long largest = 0;
	struct vm_struct area;

	for (; area_copy_from(at, &area); at = end_of(&area))
		largest = max(largest, (vaddr_t)area.addr - at);
	return max(largest, VMALLOC_END - at) / KiB;
}

/* --- explain ---------------------------------------------------------------------------------- */

static void explain_hole(vaddr_t va)
{
	struct vm_struct area;
	vaddr_t start = VMALLOC_START, at = VMALLOC_START;
	bool above = false;

	for (; area_copy_from(at, &area); at = end_of(&area)) {
		above = (vaddr_t)area.addr > va;
		if (above)
			break;
		start = end_of(&area);
	}
	if (areas_fault()) {
		con_printf("vmap: %s: no area is found any more\n", areas_fault());
		return;
	}
	con_printf("vmap: no area; the hole is %08lx-%08lx\n", start,
		   (above ? (vaddr_t)area.addr : (vaddr_t)VMALLOC_END) - 1);
}

/* The newest free at that page, if it is remembered. */
static void explain_freed(vaddr_t page)
{
	struct recent_free lately;
	char name[KALLSYMS_LINE];
	unsigned long flags;
	bool freed;

	look_lock_irqsave(&vmlist_lock, flags);
	freed = freed_lately_locked(page, &lately);
	look_unlock_irqrestore(&vmlist_lock, flags);
	if (freed)
		con_printf("vmap: an area that began there was freed by %s\n",
			   kallsyms_format_return(lately.caller, name, sizeof(name)));
}

static void explain_area(const struct vm_struct *area, vaddr_t va)
{
	unsigned long offset = va - (vaddr_t)area->addr, bytes = get_vm_area_size(area);
	char name[KALLSYMS_LINE];

	con_printf("vmap: %s area %08lx-%08lx, %lu pages and a guard page, for %s\n",
		   area_kind(area), (vaddr_t)area->addr, (vaddr_t)area->addr + bytes - 1,
		   bytes >> PAGE_SHIFT, caller_name(area, name));
	if (offset >= bytes)
		con_printf("vmap: in the guard page, +0x%lx behind the area's end: never mapped\n",
			   offset - bytes);
	else
		con_printf("vmap: +0x%lx, in page %lu\n", offset, offset >> PAGE_SHIFT);
}

EXPLAINER(vmap, 40)
{
	const struct vm_struct *area;
	struct vm_struct copy;
	unsigned long flags;

	if (!is_vmalloc_addr((void *)va))
		return false;
	look_lock_irqsave(&vmlist_lock, flags);
	area = areas_find_locked(va);
	if (area)
		copy = *area;
	look_unlock_irqrestore(&vmlist_lock, flags);
	if (area) {
		explain_area(&copy, va);
	} else {
		explain_hole(va);
		explain_freed(va & PAGE_MASK);
	}
	return true;
}
