/*
 * fixmap.h - virtual addresses known at compile time, whose physical page is chosen at run time
 *
 *	FIXADDR_START                                                             FIXADDR_END
 *	| port   | early tables      | kmap_local           | user  |                 |
 *	  16       257: 1 MiB at       KM_MAX_IDX for each     8       not used
 *	           any alignment       CPU, one CPU after
 *	                               the other
 *
 * The lowest of all mappings: it needs one table page of the image and nothing else, so it works
 * before any allocator, and the early console stands on it.
 *
 *	range        who sets and clears its slots          seen in /proc/fixmap as set by
 *	port         arch_map_devices(), once               the device's name
 *	early        early_map(), early_unmap()             the caller
 *	kmap_local   kmap_local_pfn(), kunmap_local()       the caller
 *	user         set_fixmap(), clear_fixmap()           the caller
 *
 * What is refused, by a report of family "fixmap" and with nothing changed: an index beyond the
 * last slot, an address outside the slots, a slot of a range that has its own functions, setting
 * a slot that is set, clearing one that is not, and a right that the image keeps from its frames
 * (arch_may_alias(): its code and constants are writable nowhere, data is executable nowhere).
 * Linux lets a slot be set over; here that is two owners of one slot, of whom the first would
 * silently look at the second's page.  A constant index beyond the last slot does not compile.
 *
 * Linux: include/asm-generic/fixmap.h (there slots count down from the top; here up)
 */
#ifndef MM_FIXMAP_H
#define MM_FIXMAP_H

#include "arch/arch.h"

enum { KM_MAX_IDX = 16 }; /* pages that one CPU can hold by kmap_local at a time */

enum fixed_addresses {
	FIX_PORT_FIRST, /* the port's devices: port.h gives their addresses as constants */
	FIX_PORT_LAST = FIX_PORT_FIRST + 15,
	FIX_EARLY_FIRST,
	FIX_EARLY_LAST = FIX_EARLY_FIRST + 256, /* 1 MiB at any alignment */
	FIX_KMAP_BEGIN,
	FIX_KMAP_END = FIX_KMAP_BEGIN + NR_CPUS * KM_MAX_IDX - 1,
	FIX_USER_FIRST, /* for experiments */
	FIX_USER_LAST = FIX_USER_FIRST + 7,
	__end_of_fixed_addresses,
};

static_assert(FIXADDR_START + __end_of_fixed_addresses * PAGE_SIZE <= FIXADDR_END,
	      "the fixmap overflows its window");

/* The window's last page, which is no slot: kernel/coredump shows highmem there, when nothing else runs. */
#define FIXMAP_SPARE_VA (FIXADDR_END - PAGE_SIZE)
static_assert(FIXADDR_START + __end_of_fixed_addresses * PAGE_SIZE <= FIXMAP_SPARE_VA,
	      "the spare page is a slot");

#define FIXMAP_PAGE_NORMAL  PAGE_KERNEL
#define FIXMAP_PAGE_RO	    PAGE_KERNEL_RO
#define FIXMAP_PAGE_NOCACHE PAGE_KERNEL_NOCACHE
#define FIXMAP_PAGE_IO	    PAGE_KERNEL_IO
#define FIXMAP_PAGE_CLEAR   ((pgprot_t){ 0 })

/* Never defined: a call of it that the compiler cannot drop does not compile. */
void fixmap_constant_index_is_no_slot(void)
	__attribute__((error("this index is not a slot of the fixmap")));

static __always_inline void fixmap_check_constant(unsigned int idx)
{
	if (__builtin_constant_p(idx) && idx >= __end_of_fixed_addresses)
		fixmap_constant_index_is_no_slot();
}

/* Plain arithmetic, for what is known to be a slot, or an address in one. */
#define __fix_to_virt(idx) (FIXADDR_START + ((vaddr_t)(idx) << PAGE_SHIFT))
#define __virt_to_fix(va)  ((unsigned int)((-FIXADDR_START + (vaddr_t)(va)) >> PAGE_SHIFT))

/* The same for any number; what is none is reported: 0, and __end_of_fixed_addresses. */
vaddr_t fixmap_address(unsigned int idx);
unsigned int fixmap_index(vaddr_t va);

/* The address of a slot; 0, and a report "bad index", when there is no such slot.  Context: any. */
static __always_inline vaddr_t fix_to_virt(unsigned int idx)
{
	fixmap_check_constant(idx);
	return __builtin_constant_p(idx) ? __fix_to_virt(idx) : fixmap_address(idx);
}

/*
 * The slot that an address lies in; __end_of_fixed_addresses, and a report "bad address", when it
 * lies in none.  Context: any.
 */
static __always_inline unsigned int virt_to_fix(vaddr_t va)
{
	return fixmap_index(va);
}

/* Installs the table behind the window; once, first of all.  Context: boot. */
void fixmap_init(void);

/*
 * Maps the page that holds phys (RAM or not) at a user slot; clears the slot.  False when it was
 * refused, see above.  No CPU translates a cleared slot any more on return.  The mapping holds no
 * reference to the page: its owner may free it, so the slot is cleared first.  RAM is mapped
 * cached in lowmem, so an uncached mapping of the same page sees it only as far as it has been
 * cleaned (ARM ARM DDI 0406C, A3.5.7).
 * Context: any, interrupts included.  Takes the fixmap's lock, inside any other.
 */
bool fixmap_set(unsigned int idx, paddr_t phys, pgprot_t prot);
bool fixmap_clear(unsigned int idx);

/* Linux's name of the two: a prot without any right clears. */
static __always_inline void __set_fixmap(unsigned int idx, paddr_t phys, pgprot_t prot)
{
	fixmap_check_constant(idx);
	if (arch_pte_present(arch_pte_make(0, prot)))
		fixmap_set(idx, phys, prot);
	else
		fixmap_clear(idx);
}

static __always_inline vaddr_t fixmap_set_offset(unsigned int idx, paddr_t phys, pgprot_t prot)
{
	fixmap_check_constant(idx);
	return fixmap_set(idx, phys, prot) ? __fix_to_virt(idx) + (phys & ~PAGE_MASK) : 0;
}

#define set_fixmap(idx, phys)	      __set_fixmap(idx, phys, FIXMAP_PAGE_NORMAL)
#define set_fixmap_nocache(idx, phys) __set_fixmap(idx, phys, FIXMAP_PAGE_NOCACHE)
#define set_fixmap_io(idx, phys)      __set_fixmap(idx, phys, FIXMAP_PAGE_IO)
#define clear_fixmap(idx)	      __set_fixmap(idx, 0, FIXMAP_PAGE_CLEAR)

/* The same, and the address of the very byte at phys; 0 when it was refused. */
#define set_fixmap_offset(idx, phys)	     fixmap_set_offset(idx, phys, FIXMAP_PAGE_NORMAL)
#define set_fixmap_offset_nocache(idx, phys) fixmap_set_offset(idx, phys, FIXMAP_PAGE_NOCACHE)
#define set_fixmap_offset_io(idx, phys)	     fixmap_set_offset(idx, phys, FIXMAP_PAGE_IO)

/*
 * Maps [phys, phys + size) read-only through the early slots and returns the address of its first
 * byte; NULL when it does not fit its slots (size 0, more than 1 MiB; or one page more, from a
 * page's start on; past the last physical address).  One
 * at a time: a second one before early_unmap() is reported as "early slots in use" and refused
 * with NULL; unmapping what is not mapped is "not mapped".
 * Context: boot.  Linux: mm/early_ioremap.c (early_memremap_ro)
 */
void *early_map(paddr_t phys, size_t size);
void early_unmap(void *va);

/*
 * The name of what shows one of these frames, which is put into *pfn: a user slot, or a kmap_local slot
 * of any CPU; NULL when none does.  Context: any.
 */
const char *fixmap_shows(pfn_t start, unsigned long frames, pfn_t *pfn);

/* The checkers `fixmap` and `kmap_local` (kernel/check/check.h).  Context: any. */
bool fixmap_check(void);
bool kmap_local_check(void);

#endif /* MM_FIXMAP_H */
