/*
 * fixmap_shell.c - the fixed window at the prompt: fixmap show|set|clear, alloc fixmap
 *
 * A SLOT here is one of the eight user slots, 0 to 7.
 * Locking: none here; set and clear take the fixmap's.
 * Read next: fixmap_break.c, for what happens to who takes another's.
 */
#include <string.h>

#include "kernel/console.h"
#include "kernel/shell/address.h"
#include "kernel/shell/alloc_words.h"
#include "mm/fixmap/fixmap_impl.h"
#include "mm/page/page.h"

enum { USER_SLOTS = FIX_USER_LAST - FIX_USER_FIRST + 1 };

/* The index of the user slot of that number; says what is wrong with a bad one. */
static bool parse_slot(const char *arg, unsigned int *idx)
{
	u64 nth;

	if (!shell_number(arg, "SLOT", 0, USER_SLOTS - 1, &nth))
		return false;
	*idx = FIX_USER_FIRST + (unsigned int)nth;
	return true;
}

/* The rights and the memory type of that name; without a name, those that suit the address. */
static bool parse_type(const char *word, paddr_t phys, pgprot_t *prot)
{
	const struct {
		const char *name;
		pgprot_t prot;
	} types[] = {
		{ "normal", FIXMAP_PAGE_NORMAL },
		{ "ro", FIXMAP_PAGE_RO },
		{ "nocache", FIXMAP_PAGE_NOCACHE },
		{ "io", FIXMAP_PAGE_IO },
	};

	if (!word)
		word = pfn_present(phys_to_pfn(phys)) ? "normal" : "io";
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		if (!strcmp(word, types[i].name)) {
			*prot = types[i].prot;
			return true;
		}
	}
	return false;
}

static int do_set(int argc, char **argv)
{
	unsigned int idx;
	pgprot_t prot;
	paddr_t phys;

	if (!parse_slot(argv[2], &idx) || !shell_physical(argv[3], "ADDR", &phys))
		return SHELL_FAIL;
	if (!parse_type(argc == 5 ? argv[4] : NULL, phys, &prot))
		return shell_error("%s: not one of normal, ro, nocache, io", argv[4]);
	if (!fixmap_set(idx, phys, prot))
		return shell_error("slot %s: refused", argv[2]);
	con_printf("slot %s: 0x%lx shows 0x%lx\n", argv[2], fix_to_virt(idx) + (phys & ~PAGE_MASK),
		   phys);
	return SHELL_OK;
}

/* A slot that stands in the list of allocations leaves it. */
static int do_clear(char **argv)
{
	static const char *const kinds[] = { "fixmap", NULL };
	struct handle *handle;
	unsigned int idx;

	if (!parse_slot(argv[2], &idx))
		return SHELL_FAIL;
	if (!fixmap_clear(idx))
		return shell_error("slot %s: refused", argv[2]);
	con_printf("slot %s: clear\n", argv[2]);
	handle = handle_at((void *)fix_to_virt(idx), kinds);
	if (handle)
		handle_gone(handle);
	return SHELL_OK;
}

static const char *complete_fixmap(int argc, char **argv, unsigned int nth)
{
	static const char *const verbs[] = { "show", "set", "clear" };
	static const char *const types[] = { "normal", "ro", "nocache", "io" };

	if (argc == 2)
		return nth < ARRAY_SIZE(verbs) ? verbs[nth] : NULL;
	if (argc == 5 && !strcmp(argv[1], "set"))
		return nth < ARRAY_SIZE(types) ? types[nth] : NULL;
	return NULL;
}

SHELL_CMD(
	fixmap, "[show|set SLOT ADDR [TYPE]|clear SLOT]", "the fixed window: show, set, clear",
	.group = "window", .example = "fixmap set 0 0x10000000; fixmap show; fixmap clear 0",
	.complete = complete_fixmap,
	.details =
		"SLOT is a user slot, 0 to 7; ADDR a physical address, or a symbol or #N for\n"
		"the memory behind it.  TYPE is normal, ro, nocache or io; without it RAM is mapped normal and everything else io.")
{
	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "show"))) {
		shell_only_looks();
		fixmap_show();
		return SHELL_OK;
	}
	if ((argc == 4 || argc == 5) && !strcmp(argv[1], "set"))
		return do_set(argc, argv);
	if (argc == 3 && !strcmp(argv[1], "clear"))
		return do_clear(argv);
	return SHELL_USAGE;
}

/* --- alloc fixmap ----------------------------------------------------------------------------- */

static bool free_fixmap_handle(struct handle *handle)
{
	return fixmap_clear((unsigned int)handle->size);
}

static void describe_fixmap(const struct handle *handle)
{
	con_printf("slot=%lu va=0x%lx pfn=0x%lx", handle->size - FIX_USER_FIRST,
		   (unsigned long)handle->object, handle->extra);
}

static void place_fixmap(const struct handle *handle, struct handle_place *place)
{
	place->page = pfn_to_page(handle->extra);
	place->bytes = PAGE_SIZE;
}

ALLOC_KIND(fixmap, "SLOT #PAGES", "a user slot of the fixmap, showing the first page of #PAGES",
	   free_fixmap_handle, describe_fixmap, .place = place_fixmap,
	   .no_gfp = "it maps a page of #PAGES, and asks for no memory")
{
	const struct handle *pages;
	unsigned int idx;
	gfp_t gfp;

	if (argc < 2)
		return SHELL_USAGE;
	if (!parse_slot(argv[0], &idx) ||
	    !alloc_words(handle->kind, argc - 2, argv + 2, &gfp, NULL))
		return SHELL_FAIL;
	pages = handle_find(argv[1]);
	if (!pages)
		return SHELL_FAIL;
	if (strcmp(pages->kind->name, "pages"))
		return shell_error("%s: is %s, not pages", argv[1], pages->kind->name);
	if (!fixmap_set(idx, page_to_phys(pages->object), FIXMAP_PAGE_NORMAL))
		return shell_error("slot %s: refused", argv[0]);
	handle->object = (void *)fix_to_virt(idx);
	handle->size = idx;
	handle->extra = page_to_pfn(pages->object);
	return SHELL_OK;
}
