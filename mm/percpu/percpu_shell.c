/*
 * percpu_shell.c - per-CPU data at the prompt: alloc percpu, percpu, percpu show, exhaust percpu
 *
 * Locking: none; the shell's CPU only.
 * Read next: percpu_view.c for what is shown, percpu_break.c for mistakes.
 */
#include <ctype.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/kallsyms.h"
#include "kernel/proc/proc.h"
#include "kernel/shell/alloc_words.h"
#include "kernel/shell/exhaust.h"
#include "mm/percpu/percpu_impl.h"
#include "mm/percpu/percpu_view.h"

/* --- alloc percpu ----------------------------------------------------------------------------- */

static bool free_percpu_handle(struct handle *handle)
{
	struct percpu_object object;

	free_percpu(handle->object);
	return !percpu_object_at(handle->object, &object);
}

static void describe_percpu(const struct handle *handle)
{
	unsigned int cpu;

	con_printf("size=%lu align=%lu ptr=%p", handle->size, handle->extra, handle->object);
	for_each_possible_cpu(cpu)
		con_printf(" cpu%u=%p", cpu, (void *)per_cpu_ptr((char *)handle->object, cpu));
}

/* This CPU's copy. */
static void place_percpu(const struct handle *handle, struct handle_place *place)
{
	place->va = (vaddr_t)this_cpu_ptr((char *)handle->object);
}

static const struct gfp_refusal percpu_refusals[] = {
	{ __GFP_DMA | __GFP_HIGHMEM | GFP_WORD_NORMAL, "copies lie in any lowmem, side by side" },
	{ __GFP_COLD | __GFP_COMP, "copies are parts of pages" },
	{},
};

ALLOC_KIND(percpu, "SIZE [ALIGN] [WORD...]", "an object of SIZE bytes for each CPU, cleared",
	   free_percpu_handle, describe_percpu, .place = place_percpu, .refuses = percpu_refusals)
{
	u64 size, align = sizeof(u64);
	bool aligned = argc > 1 && isdigit((unsigned char)argv[1][0]);
	gfp_t gfp;

	if (argc < 1)
		return SHELL_USAGE;
	if (!shell_number(argv[0], "SIZE", 1, PERCPU_OBJECT_MAX, &size) ||
	    (aligned && !shell_number(argv[1], "ALIGN", 1, PAGE_SIZE, &align)) ||
	    !alloc_words(handle->kind, argc - 1 - aligned, argv + 1 + aligned, &gfp, NULL))
		return SHELL_FAIL;
	if (align & (align - 1))
		return shell_error("align: %s: not a power of two", argv[1]);
	handle->object = __alloc_percpu_gfp((size_t)size, (size_t)align, gfp);
	handle->size = (unsigned long)size;
	handle->extra = (unsigned long)align;
	if (!handle->object)
		return shell_error("no memory for %lu bytes on each of %u CPUs", handle->size,
				   nr_cpu_ids);
	return SHELL_OK;
}

/* --- percpu ----------------------------------------------------------------------------------- */

/* Several files may have a static of this name: only per-CPU ones count. */
static int show_variable(const char *name)
{
	struct percpu_variable v = {};
	unsigned long other;

	do {
		if (percpu_variable_next(&v))
			continue;
		return shell_error(kallsyms_find(name, &other)
					   ? "%s: not a per-CPU variable; `percpu` lists them"
					   : "%s: no such symbol",
				   name);
	} while (strcmp(v.name, name));
	con_printf("%s, %lu bytes, linked at %p\n", v.name, (unsigned long)v.size, v.linked);
	percpu_print_copies(v.linked, v.size);
	return SHELL_OK;
}

static int show_object(const char *number)
{
	const struct handle *handle = handle_find(number);

	if (!handle)
		return SHELL_FAIL;
	if (strcmp(handle->kind->name, "percpu"))
		return shell_error("%s: is of kind %s, not percpu", number, handle->kind->name);
	con_printf("object %p, %lu bytes\n", handle->object, handle->size);
	percpu_print_copies(handle->object, handle->size);
	return SHELL_OK;
}

static const char *complete_percpu(int argc, char **argv __unused, unsigned int nth)
{
	static struct percpu_variable v; /* the name is in use until the next call */

	if (argc == 2)
		return nth == 0 ? "show" : NULL;
	if (argc != 3)
		return NULL;
	v.linked = NULL;
	do {
		if (!percpu_variable_next(&v))
			return NULL;
	} while (nth-- > 0);
	return v.name;
}

SHELL_CMD(percpu, "[show SYMBOL|#N]", "per-CPU areas and objects; or one value on each CPU",
	  .looks = true, .group = "percpu", .example = "percpu show percpu_root",
	  .complete = complete_percpu,
	  .details = "Alone it is /proc/percpu.  `alloc percpu SIZE [ALIGN]` makes an object #N.\n"
		     "`alloc percpu 64; percpu show #1` shows its copies.")
{
	if (argc == 1) {
		proc_find("/proc/percpu")->show();
		return percpu_check() ? SHELL_OK : shell_error("the invariants do not hold");
	}
	if (argc != 3 || strcmp(argv[1], "show"))
		return SHELL_USAGE;
	return argv[2][0] == '#' ? show_object(argv[2]) : show_variable(argv[2]);
}

/* --- exhaust percpu --------------------------------------------------------------------------- */

/* Objects of 1 KiB, each holding the one before it, until there is none. */
static void **take_all(unsigned long *taken)
{
	void **last = NULL, **object;

	while (shell_progress(*taken, 0) &&
	       (object = __alloc_percpu_gfp(KiB, 8, GFP_KERNEL | __GFP_NOWARN))) {
		this_cpu_write(*object, last);
		last = object;
		++*taken;
	}
	return last;
}

static void give_all(void **last)
{
	while (last) {
		void **before = this_cpu_read(*last);

		free_percpu(last);
		last = before;
	}
}

EXHAUST(percpu, "objects of 1 KiB on each CPU, until memory or their numbers are used up")
{
	unsigned long taken = 0;
	void **last = take_all(&taken);
	bool whole = !con_interrupt_seen();
	void *one_more = whole ? alloc_percpu(u8[KiB]) : NULL;

	con_printf("took %lu objects of 1 KiB on each of %u CPUs\n", taken, nr_cpu_ids);
	if (whole && !one_more)
		con_puts("one more: NULL, and the report above\n");
	free_percpu(one_more);
	give_all(last);
	con_puts("gave them back\n");
	if (!whole)
		return SHELL_FAIL;
	if (one_more)
		return shell_error("one more object was found after the last");
	return percpu_check() ? SHELL_OK : shell_error("the invariants do not hold");
}
