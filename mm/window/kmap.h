/*
 * kmap.h - an address for a page that has none, for as long as one likes and on every CPU
 *
 *	void *va = kmap(page);			NULL when all 512 slots are held
 *	...
 *	kunmap(page);				the page, not the address
 *
 *	PKMAP_BASE                                                          PKMAP_END
 *	[ page a, 2 users | page b, unused | free | page c, 1 user | ...      ]
 *	    kmap() of a again: 3 users, same address
 *	                     unused: still mapped, until the slots have gone round once
 *
 * A lowmem page has an address already, which is what one gets; unmapping that is nothing.
 *
 * Refused by a report of family "kmap", with nothing changed: either call from an interrupt handler
 * ("in an interrupt"), a pointer that is no page of RAM ("not a page"), and one kunmap() more than
 * there were kmap()s ("not mapped").  With all slots held Linux sleeps until one is given back;
 * here, where nothing can sleep, that is NULL and a rate-limited report.
 *
 * For a moment and on one CPU only, kmap_local_page() is cheaper (mm/fixmap/kmap_local.h).
 * Names and signatures: Linux 6.1 (include/linux/highmem.h)
 */
#ifndef MM_KMAP_H
#define MM_KMAP_H

#include "mm/page/page.h"

/* How many pages may be mapped by kmap() at a time. */
enum { LAST_PKMAP = (PKMAP_END - PKMAP_BASE) / PAGE_SIZE };

/* Gives the window its table and slots, if there is highmem.  Context: boot, after kmalloc(). */
void kmap_init(void);

/*
 * The page's address, good on all CPUs until its last kunmap().  Of pages that are mapped already
 * this costs a few instructions; a new page takes a slot, and now and then clears some slots that
 * nobody uses any more.  Each page of a block is mapped by itself.
 * Context: any but interrupt handlers.  Takes the window's lock, inside any other.
 * Linux: mm/highmem.c (kmap_high)
 */
void *kmap(struct page *page);
void kunmap(struct page *page);

/*
 * The address at which a page is mapped: of lowmem its own, of highmem its slot's; NULL when it
 * has none.  A slot that nobody uses any more counts until it is flushed, so the address is good
 * only as long as the page's holder keeps it kmapped.  Context: any.
 */
void *page_address(const struct page *page);

/*
 * The page behind an address in lowmem, in a slot that is mapped, or in a slot of kmap_local of
 * this CPU; NULL after a report when it is none.  Context: any.
 */
struct page *kmap_to_page(const void *addr);

/*
 * Takes the unused pages out of their slots now: on return their addresses fault, on every CPU.
 * Context: any.
 */
void kmap_flush_unused(void);

/* The `kmap` checker (kernel/check/check.h).  Context: any. */
bool pkmap_check(void);

#endif /* MM_KMAP_H */
