/*
 * kmap_local_shell.c - `kmap_local`: two pages mapped one over the other, and what the slots show meanwhile
 *
 *	depth 0 ──map a──> 1 ──map b──> 2 ──copy a to b──> 2 ──unmap b──> 1 ──unmap a──> 0
 *
 * Locking: none; a stack of slots is its CPU's.
 * Read next: kmap_local_break.c, for what happens when that order is not kept.
 */
#include <string.h>

#include "kernel/console.h"
#include "mm/fixmap/fixmap_impl.h"
#include "mm/fixmap/kmap_local.h"
#include "kernel/shell/shell.h"

static bool is_slot(const void *va)
{
	return (vaddr_t)va >= FIXADDR_START && (vaddr_t)va < FIXADDR_END;
}

static void *map_and_tell(struct page *page, const char *name)
{
	void *va = kmap_local_page(page);
	struct fixmap_slot slot;

	if (!va)
		return NULL;
	if (!is_slot(va)) {
		con_printf("page %s, pfn 0x%lx: %p, its lowmem address: no slot is taken\n", name,
			   page_to_pfn(page), va);
		return va;
	}
	fixmap_look(virt_to_fix((vaddr_t)va), &slot);
	con_printf("page %s, pfn 0x%lx: %p, slot %u of CPU %u; depth %u\n", name, page_to_pfn(page),
		   va, slot.nth, slot.cpu, kmap_local_depth());
	return va;
}

/* Unmaps it, and shows that a slot's address is dead. */
static bool unmap_and_tell(void *va, const char *name)
{
	struct arch_fault fault;
	u32 word;

	kunmap_local(va);
	if (!is_slot(va)) {
		con_printf("page %s unmapped: nothing to do in lowmem\n", name);
		return true;
	}
	con_printf("page %s unmapped; depth %u; ", name, kmap_local_depth());
	if (arch_try_read((vaddr_t)va, 4, &word, &fault)) {
		con_printf("%p still reads\n", va);
		return false;
	}
	con_printf("reading %p now: %s fault\n", va, fault.cause);
	return true;
}

/* Both are mapped, or neither. */
static bool map_both(struct page *a, struct page *b, char **from, char **to)
{
	*from = map_and_tell(a, "a");
	*to = *from ? map_and_tell(b, "b") : NULL;
	if (*from && !*to)
		kunmap_local(*from);
	return *to;
}

static bool copy_and_unmap(char *from, char *to)
{
	bool arrived;

	strcpy(from, "written through page a's slot");
	memcpy(to, from, PAGE_SIZE);
	con_printf("copied; page b says \"%s\"\n", to);
	arrived = !strcmp(to, "written through page a's slot");
	return unmap_and_tell(to, "b") && unmap_and_tell(from, "a") && arrived;
}

SHELL_CMD(kmap_local, "", "map two highmem pages for a moment, one over the other",
	  .group = "window", .example = "kmap_local",
	  .details = "Without highmem there are no slots to see: boot with lowmem=32M.")
{
	struct page *a, *b;
	char *from, *to;
	bool mapped, worked;

	if (argc > 1)
		return SHELL_USAGE;
	a = alloc_page(GFP_HIGHUSER);
	b = alloc_page(GFP_HIGHUSER);
	mapped = a && b && map_both(a, b, &from, &to);
	worked = mapped && copy_and_unmap(from, to);
	if (a)
		__free_page(a);
	if (b)
		__free_page(b);
	if (!mapped)
		return shell_error("no two pages or slots left");
	return worked ? SHELL_OK : shell_error("the text did not arrive, or a slot lives on");
}
