/*
 * names_shell.c - `alloc kstrdup TEXT`, and kstrdup for short
 *
 * Locking: none; the shell's CPU only.
 * Read next: names.c.
 */
#include <string.h>

#include "arch/arch.h"
#include "kernel/bug.h"
#include "kernel/console.h"
#include "kernel/shell/alloc_words.h"
#include "mm/slab/names.h"
#include "mm/slab/slab_view.h"

/* False when the free was refused. */
static bool free_name(struct handle *handle)
{
	unsigned long bugs = bug_count();

	kfree(handle->object);
	return bug_count() == bugs;
}

static void describe_name(const struct handle *handle)
{
	con_printf("va=%p bytes=%lu of %lu text=\"%s\"", handle->object, handle->size,
		   (unsigned long)slab_usable_size(handle->object), (const char *)handle->object);
}

static const struct gfp_refusal name_refusals[] = {
	{ __GFP_ZERO, "every byte of it is the text's" },
	{ __GFP_HIGHMEM | __GFP_COLD | __GFP_COMP, "a text is an object of kmalloc's" },
	{},
};

ALLOC_KIND(kstrdup, "TEXT [WORD...]", "a copy of the text", free_name, describe_name,
	   .refuses = name_refusals)
{
	gfp_t gfp;

	if (argc < 1)
		return SHELL_USAGE;
	if (!alloc_words(handle->kind, argc - 1, argv + 1, &gfp, NULL))
		return SHELL_FAIL;
	handle->object = kstrdup(argv[0], gfp);
	if (!handle->object)
		return shell_error("no memory for %lu bytes", (unsigned long)strlen(argv[0]) + 1);
	handle->size = strlen(handle->object) + 1;
	return SHELL_OK;
}

SHELL_CMD(
	kstrdup, "TEXT [WORD...]", "copy a text into memory of its own, as #N", .group = "slab",
	.example = "kstrdup \"two words\"",
	.details = "A constant of the image is not copied by kstrdup_const(); this always copies.")
{
	return argc > 1 ? handle_alloc("kstrdup", argc - 1, argv + 1) : SHELL_USAGE;
}
