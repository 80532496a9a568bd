/*
 * vmap_shell.c - areas at the prompt: alloc vmalloc, alloc vmap, exhaust vmalloc
 *
 * Read next: vmap_view.c for what is shown, vmap_break.c for what happens to a caller who makes
 * mistakes.
 */
#include <string.h>

#include "kernel/bug.h"
#include "kernel/console.h"
#include "kernel/shell/address.h"
#include "kernel/shell/alloc_words.h"
#include "kernel/shell/exhaust.h"
#include "mm/vmap/vmap_impl.h"

/* --- alloc vmalloc ---------------------------------------------------------------------------- */

/* False when the free was refused. */
static bool free_vmalloc(struct handle *handle)
{
	unsigned long bugs = bug_count();

	vfree(handle->object);
	return bug_count() == bugs;
}

/* What the page tables allow at an address: "rw", "ro", "rwx". */
static const char *allowed(const void *addr)
{
	struct arch_mapping m;

	arch_walk((vaddr_t)addr, &m);
	if (m.exec)
		return m.write ? "rwx" : "rx";
	return m.write ? "rw" : "ro";
}

static void describe_area(const struct handle *handle)
{
	con_printf("size=%lu pages=%lu %s va=0x%lx", handle->size, handle->extra,
		   allowed(handle->object), (unsigned long)handle->object);
}

enum { READ_ONLY = 1, EXECUTABLE = 2 };

static const struct alloc_option vmalloc_options[] = {
	{ "ro", READ_ONLY, "mapped read-only: a write faults" },
	{ "exec", EXECUTABLE, "mapped so that code in it may run" },
	{},
};

static const struct gfp_refusal vmalloc_refusals[] = {
	{ GFP_WORD_NORMAL,
	  "its pages may come from highmem, which is the point of it; dma: may not" },
	{ __GFP_COLD, "its pages come many at a time, not from a CPU's list" },
	{ __GFP_COMP, "its pages are single ones" },
	{},
};

ALLOC_KIND(vmalloc, "SIZE [WORD...]", "SIZE bytes, contiguous in addresses only", free_vmalloc,
	   describe_area, .options = vmalloc_options, .refuses = vmalloc_refusals)
{
	static const pgprot_t prots[] = { PAGE_KERNEL, PAGE_KERNEL_RO, PAGE_KERNEL_EXEC };
	unsigned long options = 0;
	gfp_t gfp;
	u64 size;

	if (argc < 1)
		return SHELL_USAGE;
	if (!shell_number(argv[0], "SIZE", 1, VMALLOC_TOTAL, &size) ||
	    !alloc_words(handle->kind, argc - 1, argv + 1, &gfp, &options))
		return SHELL_FAIL;
	if (options == (READ_ONLY | EXECUTABLE))
		return shell_error("ro and exec exclude each other");
	handle->object =
		__vmalloc_node_range((unsigned long)size, 1, VMALLOC_START, VMALLOC_END, gfp,
				     prots[options], 0, NUMA_NO_NODE, __builtin_return_address(0));
	handle->size = (unsigned long)size;
	handle->extra = DIV_ROUND_UP(handle->size, PAGE_SIZE);
	return handle->object ? SHELL_OK : shell_error("no area of %lu bytes", handle->size);
}

/* vfree() of a number, and what stands for the area in the list of allocations goes with it. */
static int free_address(const void *addr, const char *arg)
{
	static const char *const areas[] = { "vmalloc", NULL };
	static const char *const others[] = { "vmap", "ioremap", NULL };
	const struct handle *other = handle_at(addr, others);
	struct handle *handle = addr ? handle_at(addr, areas) : NULL;
	unsigned long bugs = bug_count();

	if (other) /* vfree() would take its pages along, which are somebody else's */
		return shell_error("%s: %s; `free #%u`", arg, other->kind->name, other->number);
	vfree(addr);
	if (bug_count() != bugs)
		return shell_error("%s: refused", arg);
	if (handle)
		handle_gone(handle);
	else if (!addr)
		con_printf("%s: no area, so nothing is freed\n", arg);
	else
		con_printf("%s freed\n", arg);
	return SHELL_OK;
}

SHELL_CMD(vfree, "#N|ADDR", "free a handle, or the area at an address", .group = "vmap",
	  .example = "vfree 0", .complete = shell_complete_symbol,
	  .details = "As kfree, of areas: an address is handed to vfree() as it is.")
{
	vaddr_t address;

	if (argc != 2)
		return SHELL_USAGE;
	if (argv[1][0] == '#' && !strchr(argv[1], '+'))
		return handle_release(argv[1]);
	if (!shell_address(argv[1], "ADDR", &address))
		return SHELL_FAIL;
	return free_address((void *)address, argv[1]);
}

static const char *complete_vmalloc(int argc, char **argv __unused, unsigned int nth)
{
	return argc > 2 ? handle_complete("vmalloc", nth) : NULL;
}

SHELL_CMD(vmalloc, "SIZE [WORD...]", "short for alloc vmalloc", .group = "vmap",
	  .example = "vmalloc 64K ro", .complete = complete_vmalloc,
	  .details = "`help alloc vmalloc` tells what the words mean.")
{
	return handle_alloc("vmalloc", argc - 1, argv + 1);
}

/* --- alloc vmap ------------------------------------------------------------------------------- */

static bool free_vmap(struct handle *handle)
{
	unsigned long bugs = bug_count();

	vunmap(handle->object);
	return bug_count() == bugs;
}

/* Adds the pages of a handle to the array, or with NULL counts them; -1 after saying why not. */
static long add_pages(const char *arg, struct page **array)
{
	struct handle *handle = handle_find(arg);
	long n;

	if (!handle)
		return -1;
	if (strcmp(handle->kind->name, "pages")) {
		shell_error("%s: %s, not pages", arg, handle->kind->name);
		return -1;
	}
	n = 1l << handle->size;
	for (long i = 0; array && i < n; i++)
		array[i] = (struct page *)handle->object + i;
	return n;
}

static int map_handles(int argc, char **argv, unsigned long n, struct handle *handle)
{
	struct page **array = kvmalloc_array(n, sizeof(*array), GFP_KERNEL), **next = array;

	if (!array)
		return shell_error("no memory for %lu pointers", n);
	for (int i = 0; i < argc; i++)
		next += add_pages(argv[i], next);
	handle->object = vmap(array, (unsigned int)n, VM_MAP, PAGE_KERNEL);
	handle->size = n << PAGE_SHIFT;
	handle->extra = n;
	kvfree(array);
	return handle->object ? SHELL_OK : shell_error("no area of %lu pages", n);
}

ALLOC_KIND(vmap, "#PAGES...", "blocks of pages, mapped side by side", free_vmap, describe_area,
	   .no_gfp = "it maps the pages that #PAGES are")
{
	unsigned long n = 0;
	gfp_t gfp;

	if (argc < 1)
		return SHELL_USAGE;
	for (int i = 0; i < argc; i++)
		if (argv[i][0] != '#' && !alloc_words(handle->kind, 1, argv + i, &gfp, NULL))
			return SHELL_FAIL;
	for (int i = 0; i < argc; i++) {
		long more = add_pages(argv[i], NULL);

		if (more < 0)
			return SHELL_FAIL;
		n += (unsigned long)more;
	}
	return map_handles(argc, argv, n, handle);
}

/* --- exhaust vmalloc -------------------------------------------------------------------------- */

struct taken {
	struct taken *next;
	void *addr;
};

/* Takes areas without pages, smaller and smaller, until no hole is left. */
static unsigned long take_addresses(struct taken **taken)
{
	unsigned long areas = 0;

	for (unsigned long size = 16 * MiB; size >= PAGE_SIZE; size >>= 4) {
		while (size + PAGE_SIZE <= VMALLOC_TOTAL && shell_progress(areas, 0)) {
			struct taken *one = kmalloc(sizeof(*one), GFP_KERNEL);
			struct vm_struct *area = one ? get_vm_area(size, VM_MAP) : NULL;

			if (!area) {
				kfree(one);
				break;
			}
			*one = (struct taken){ *taken, area->addr };
			*taken = one;
			areas++;
		}
	}
	return areas;
}

static void give_addresses(struct taken *taken)
{
	while (taken) {
		struct taken *next = taken->next;

		kfree(remove_vm_area(taken->addr));
		kfree(taken);
		taken = next;
	}
}

/* Areas with pages, chained through their first word; smaller and smaller. */
static void **take_areas(unsigned long *areas)
{
	void **newest = NULL;

	for (unsigned long size = 4 * MiB; size >= PAGE_SIZE; size >>= 5) {
		void **area;

		while (shell_progress(*areas, 0) &&
		       (area = __vmalloc(size, GFP_KERNEL | __GFP_NOWARN))) {
			*area = newest;
			newest = area;
			++*areas;
		}
	}
	return newest;
}

static void give_areas(void **newest)
{
	while (newest) {
		void **next = *newest;

		vfree(newest);
		newest = next;
	}
}

EXHAUST(vmalloc, "the window's addresses, then its areas with pages: whichever ends first")
{
	struct taken *taken = NULL;
	unsigned long areas = take_addresses(&taken), with_pages = 0, pages;
	void *one_more = NULL, **newest;

	if (con_interrupt_seen()) {
		give_addresses(taken);
		return SHELL_FAIL;
	}
	one_more = vmalloc(PAGE_SIZE);
	con_printf("%lu areas without pages: the addresses are used up\n", areas);
	con_printf("one more: %s\n", one_more ? "an area" : "NULL, and a report");
	vfree(one_more);
	give_addresses(taken);
	newest = take_areas(&with_pages);
	pages = nr_vmalloc_pages();
	con_printf("%lu areas with %lu pages: %lu pages are left\n", with_pages, pages,
		   nr_available_pages());
	give_areas(newest);
	if (con_interrupt_seen())
		return SHELL_FAIL;
	if (one_more)
		return shell_error("an address was found after the last");
	return vmap_check() ? SHELL_OK : shell_error("the areas' invariants do not hold");
}
