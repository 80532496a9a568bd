/*
 * fixmap.h - virtual addresses known at compile time, whose physical page is chosen at run time
 *
 *	FIXADDR_START                                                            FIXADDR_END
 *	| devices of the port | early tables (a tree, at most 1 MiB) | ...            |
 *	  slot 0, 1, ...        FIX_EARLY_FIRST .. FIX_EARLY_LAST
 *
 * The lowest of all mappings: it needs one table page of the image and nothing else, so it works
 * before any allocator, and the early console stands on it.
 *
 * Locking: none.  A slot has one owner, who alone sets and clears it.
 * Linux: include/asm-generic/fixmap.h (there slots count down from the top; here up)
 */
#ifndef MM_FIXMAP_H
#define MM_FIXMAP_H

#include "arch/arch.h"

enum fixed_addresses {
	FIX_PORT_FIRST, /* the port's devices: port.h gives their addresses as constants */
	FIX_PORT_LAST = FIX_PORT_FIRST + 15,
	FIX_EARLY_FIRST,
	FIX_EARLY_LAST = FIX_EARLY_FIRST + 256, /* 1 MiB at any alignment */
	__end_of_fixed_addresses,
};

static_assert(FIXADDR_START + __end_of_fixed_addresses * PAGE_SIZE <= FIXADDR_END,
	      "the fixmap overflows its window");

/* The address of a slot; idx < __end_of_fixed_addresses. */
static inline vaddr_t fix_to_virt(unsigned int idx)
{
	return FIXADDR_START + ((vaddr_t)idx << PAGE_SHIFT);
}

/* The slot that an address of the window lies in. */
static inline unsigned int virt_to_fix(vaddr_t va)
{
	return (va - FIXADDR_START) >> PAGE_SHIFT;
}

/* Installs the table behind the window; once, first of all.  Context: boot. */
void fixmap_init(void);

/*
 * Maps the page that holds phys at slot idx, replacing what was there; flushes the TLB for it.
 * Context: the slot's owner.
 */
void __set_fixmap(unsigned int idx, paddr_t phys, pgprot_t prot);
void clear_fixmap(unsigned int idx);

#define set_fixmap(idx, phys)	 __set_fixmap(idx, phys, PAGE_KERNEL)
#define set_fixmap_io(idx, phys) __set_fixmap(idx, phys, PAGE_DEVICE)

/*
 * Maps [phys, phys + size) read-only through the early slots and returns the address of its first
 * byte; NULL when it does not fit.  One at a time: early_unmap() before the next.
 * Context: boot.  Linux: mm/early_ioremap.c
 */
void *early_map(paddr_t phys, size_t size);
void early_unmap(void *va);

#endif /* MM_FIXMAP_H */
