/*
 * advice.c - the parts of the address space, as a mistake that led there would have it
 *
 * Locking: none.
 */
#include "arch/advice.h"

#include "arch/arch.h"

const char *advice_unmapped(vaddr_t va)
{
	if (va < MODULES_VADDR)
		return "nothing of the kernel lies below 0x" MODULES_VADDR_TEXT ": a wild pointer";
	if (va < MODULES_END)
		return "in the modules area, where nothing is mapped";
	if (va < PKMAP_END)
		return "in pkmap: a page that was never kmapped, or has been kunmapped";
	if (va < VMALLOC_END)
		return "in lowmem or vmalloc space: beyond the RAM that is mapped there, in the gap, in a guard page, or in an area already freed";
	if (va < FIXADDR_START)
		return "in the gap between vmalloc space and the fixmap";
	if (va < FIXADDR_END)
		return "in the fixmap: a slot that is not set (kmap_local undone too early?)";
	return "above the fixmap, where nothing is mapped";
}
