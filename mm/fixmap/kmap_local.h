/*
 * kmap_local.h - looking at a page that has no address of its own, for a moment, on this CPU
 *
 *	void *a = kmap_local_page(one);
 *	void *b = kmap_local_page(two);
 *
 *	memcpy(b, a, PAGE_SIZE);
 *	kunmap_local(b);			the last one mapped goes first
 *	kunmap_local(a);
 *
 * A lowmem page has an address already, which is what one gets; unmapping that is nothing.  A
 * highmem page takes the next of the CPU's KM_MAX_IDX slots in the fixmap:
 *
 *	CPU 1:   [ page a | page b |  -  |  -  | ... ]      depth 2
 *	                       top: may be unmapped
 *
 * The address is good on this CPU only and until it is unmapped; the code that holds it must not
 * go on elsewhere, and an interrupt handler unmaps what it maps before it returns.
 *
 * Refused by a report of family "kmap_local", with nothing changed: the 17th page ("too deep") and
 * a frame that is not RAM ("not RAM"), and an executable mapping of highmem ("forbidden alias"), all
 * with NULL; unmapping a slot that is not the last one
 * ("out of order"), one that is not mapped ("not mapped"), one of another CPU ("slot of another
 * CPU"), and an address that is neither a slot nor lowmem ("not a slot").
 *
 * Names as in Linux 6.1 (include/linux/highmem-internal.h), and kmap_atomic_to_page of 2.6.15.
 */
#ifndef MM_KMAP_LOCAL_H
#define MM_KMAP_LOCAL_H

#include "mm/fixmap/fixmap.h"
#include "mm/page/page.h" /* its arithmetic only: this layer lies below the page allocator */

/* Finds the slots' entries and where highmem is.  Context: boot, after setup_per_cpu_areas(). */
void kmap_local_init(void);
/* Opens the fast path for struct pages.  Context: boot, after zones_init(). */
void kmap_local_pages_init(void);

/*
 * The address of a frame's memory; of highmem with these rights, of lowmem with those it has.
 * NULL when it is refused.  Constant cost: no table is walked and nothing is flushed.
 * Context: any, interrupts included, after kmap_local_init().  Takes no lock.
 * Linux: mm/highmem.c (__kmap_local_pfn_prot)
 */
void *__kmap_local_pfn_prot(pfn_t pfn, pgprot_t prot);

static __always_inline void *kmap_local_pfn(pfn_t pfn)
{
	return __kmap_local_pfn_prot(pfn, PAGE_KERNEL);
}

static __always_inline void *kmap_local_page_prot(const struct page *page, pgprot_t prot)
{
	return __kmap_local_pfn_prot(page_to_pfn(page), prot);
}

/* Of its own, since most are asked for so: a lowmem page costs a few instructions. */
void *kmap_local_page(const struct page *page);

/*
 * Gives the slot back; addr is any address in its page.  On return this CPU faults there.
 * Context: any, on the CPU that mapped it.
 * Linux: mm/highmem.c (kunmap_local_indexed)
 */
void kunmap_local_indexed(const void *addr);
#define kunmap_local(addr)                                                                    \
	do {                                                                                  \
		static_assert(!__builtin_types_compatible_p(__typeof__(addr), struct page *), \
			      "kunmap_local() takes the address, not the page");              \
		kunmap_local_indexed(addr);                                                   \
	} while (0)

/*
 * The older name.  In Linux it also forbids being moved to another CPU and waiting in a page fault
 * until kunmap_atomic().  Here neither can happen: there is no scheduler, and no fault is ever
 * waited for.  Interrupts stay as they are, there as here.
 */
static __always_inline void *kmap_atomic_prot(const struct page *page, pgprot_t prot)
{
	return kmap_local_page_prot(page, prot);
}

static __always_inline void *kmap_atomic(const struct page *page)
{
	return kmap_local_page(page);
}

static __always_inline void *kmap_atomic_pfn(pfn_t pfn)
{
	return kmap_local_pfn(pfn);
}

#define kunmap_atomic(addr) kunmap_local(addr)

/*
 * The frame behind an address that kmap_local_pfn() has returned on this CPU and that is still
 * mapped; false, with a report "not mapped" or the like, when it is none.  Context: any.
 */
bool kmap_local_to_pfn(const void *addr, pfn_t *pfn);

/* The page behind such an address, NULL when it is none.  Linux 2.6.15: arch/i386/mm/highmem.c */
static __always_inline struct page *kmap_atomic_to_page(const void *addr)
{
	pfn_t pfn;

	return kmap_local_to_pfn(addr, &pfn) ? pfn_to_page(pfn) : NULL;
}

/* From now on each step is told to TRACE_WINDOW, or no longer: what `trace` calls.  Context: any. */
void kmap_local_narrate(bool narrate);

/* How many slots this CPU holds now. */
unsigned int kmap_local_depth(void);
/* Unmaps all but the first `depth`: for who comes back from a fault in code that held some. */
void kmap_local_unwind(unsigned int depth);

#endif /* MM_KMAP_LOCAL_H */
