/*
 * ioremap_shell.c - ioremap at the prompt: alloc ioremap, iomem, explain
 *
 * Read next: ioremap_break.c, for what happens to a caller who makes mistakes;
 * kernel/proc/iomem.c, for what is where.
 */
#include <string.h>

#include "kernel/console.h"
#include "kernel/explain/explain.h"
#include "kernel/proc/proc.h"
#include "kernel/shell/address.h"
#include "kernel/shell/alloc_words.h"
#include "mm/window/ioremap.h"

static bool free_ioremap_handle(struct handle *handle)
{
	struct vm_struct *area = find_vm_area(handle->object);

	iounmap(handle->object);
	return area && !find_vm_area(handle->object);
}

static const char *memory_type(const struct arch_mapping *m)
{
	if (m->device)
		return "device";
	return m->cached ? "cached" : "uncached";
}

static void describe_ioremap(const struct handle *handle)
{
	struct arch_mapping m;

	arch_walk((vaddr_t)handle->object, &m);
	con_printf("phys=0x%lx va=0x%lx size=%lu memory=%s", handle->extra,
		   (unsigned long)handle->object, handle->size, memory_type(&m));
}

enum { WRITE_COMBINING = 1, CACHED = 2 };

static const struct alloc_option ioremap_options[] = {
	{ "wc", WRITE_COMBINING, "writes may be put together: for frame buffers" },
	{ "cache", CACHED, "as RAM is mapped: for memory on a device" },
	{},
};

ALLOC_KIND(ioremap, "PHYS SIZE [wc|cache]", "SIZE bytes of a device's registers or memory",
	   free_ioremap_handle, describe_ioremap, .options = ioremap_options,
	   .no_gfp = "it maps what a device has, and asks for no memory")
{
	static void *(*const mappers[])(paddr_t, size_t) = { ioremap, ioremap_wc, ioremap_cache };
	unsigned long options = 0;
	paddr_t phys;
	u64 size;
	gfp_t gfp;

	if (argc < 2)
		return SHELL_USAGE;
	if (!shell_physical(argv[0], "PHYS", &phys) ||
	    !shell_number(argv[1], "SIZE", 1, (size_t)-1, &size) ||
	    !alloc_words(handle->kind, argc - 2, argv + 2, &gfp, &options))
		return SHELL_FAIL;
	if (options == (WRITE_COMBINING | CACHED))
		return shell_error("wc and cache exclude each other");
	handle->object = mappers[options](phys, (size_t)size);
	handle->size = (unsigned long)size;
	handle->extra = (unsigned long)phys;
	return handle->object ? SHELL_OK : shell_error("refused, or no addresses left");
}

SHELL_CMD(iomem, "", "physical addresses: devices, RAM, and where ioremap() shows what",
	  .looks = true, .group = "window", .example = "iomem")
{
	if (argc != 1)
		return SHELL_USAGE;
	proc_find("/proc/iomem")->show();
	return SHELL_OK;
}

EXPLAINER(ioremap, 50)
{
	const struct vm_struct *area =
		is_vmalloc_addr((void *)va) ? find_vm_area((void *)va) : NULL;
	vaddr_t offset;

	if (!area || !(area->flags & VM_IOREMAP))
		return false;
	offset = va - (vaddr_t)area->addr;
	if (offset < get_vm_area_size(area))
		con_printf("ioremap: shows physical 0x%lx\n", area->phys_addr + offset);
	return offset < get_vm_area_size(area);
}
