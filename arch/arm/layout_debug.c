/*
 * layout_debug.c - the numbers of layout.h as enumerators, so that a debugger knows them
 *
 * Macros leave no trace in the image's DWARF; enumerators of a type that something has do.  The
 * something here is an array without elements, so this file costs the image not a byte; that the
 * Makefile asks for it by name keeps the linker from dropping the file, and its DWARF with it.
 *
 * Read next: tools/gdb/crumb/memory.py, which reads them.
 */
#include "arch/arch.h"

enum layout_for_gdb {
	LAYOUT_PAGE_SHIFT = PAGE_SHIFT,
	LAYOUT_NR_CPUS = NR_CPUS,
	LAYOUT_L1_CACHE_BYTES = L1_CACHE_BYTES,
	LAYOUT_PHYS_OFFSET = PHYS_OFFSET,
	LAYOUT_PAGE_OFFSET = PAGE_OFFSET,
	LAYOUT_IMAGE_OFFSET = IMAGE_OFFSET,
	LAYOUT_SWAPPER_OFFSET = SWAPPER_OFFSET,
	LAYOUT_PERCPU_START = PERCPU_START,
	LAYOUT_PERCPU_END = PERCPU_END,
	LAYOUT_PKMAP_BASE = PKMAP_BASE,
	LAYOUT_PKMAP_END = PKMAP_END,
	LAYOUT_VMALLOC_END = VMALLOC_END,
	LAYOUT_FIXADDR_START = FIXADDR_START,
	LAYOUT_FIXADDR_END = FIXADDR_END,
};

extern const enum layout_for_gdb layout_for_gdb[0];
const enum layout_for_gdb layout_for_gdb[0] = {};
