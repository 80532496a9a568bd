/*
 * ioremap.h - addresses for what is no RAM: a device's registers, memory of the board's
 *
 *	volatile u32 *uart = ioremap(0x10009000, 4096);		NULL when it may not or cannot be
 *	...
 *	iounmap(uart);
 *
 *	physical   [ page       | page       ]          phys = first page + offset
 *	                   [ size ]
 *	virtual    [ page       | page       | guard ]  the address returned has the same offset
 *
 *	function          memory type                         for
 *	ioremap()         device: each access as it is        registers
 *	                  written, in order, none early
 *	ioremap_wc()      uncached; writes may be gathered    frame buffers
 *	ioremap_cache()   as RAM                              memory on the board that is no RAM of the
 *	                                                      kernel's (the SRAM at 0x48000000)
 *
 * All are readable, writable, never executable, and good on every CPU.  Areas lie in the vmalloc
 * window, aligned to their size's power of two up to 1 << IOREMAP_MAX_ORDER, each with a guard page
 * (mm/vmap/vmap.h).  The same registers may be mapped as often as one likes.
 *
 * Refused by a report of family "ioremap", with nothing changed: size 0 ("zero size"), a range
 * beyond the last physical address ("wraps round"), a range with RAM in it ("RAM": it is cached in
 * lowmem, and one page with two memory types is unpredictable, ARM ARM DDI 0406C, A3.5.7), a cached
 * mapping of what a tree marks no-map ("no-map memory": a cache reads ahead), either call from an interrupt handler ("in an interrupt"), and unmapping what is no such area ("not an
 * area", "interior address", "wrong kind", "double free").  NULL without one: no addresses, or no
 * memory for a structure or a table.
 *
 * Names: Linux 6.1 (include/linux/io.h); what is refused: arch/arm/mm/ioremap.c
 */
#ifndef MM_IOREMAP_H
#define MM_IOREMAP_H

#include "mm/vmap/vmap.h"

/*
 * The address of the byte at phys, with size bytes from there on.
 * Context: any but interrupt handlers.  Takes vmlist_lock.
 */
void *ioremap(paddr_t phys, size_t size) __must_check;
void *ioremap_wc(paddr_t phys, size_t size) __must_check;
void *ioremap_cache(paddr_t phys, size_t size) __must_check;

/*
 * Ends a mapping; addr is any address in its first page.  On return no CPU reaches the device
 * there.  NULL is ignored.  Context: as ioremap().
 */
void iounmap(volatile void *addr);

/* Copies the lowest ioremap area above an address; false when there is none.  Context: any. */
bool ioremap_above(const void *addr, struct vm_struct *copy);
/* Why that finds fewer than there are, in words; NULL: it finds all.  Context: any. */
const char *ioremap_fault(void);

#endif /* MM_IOREMAP_H */
