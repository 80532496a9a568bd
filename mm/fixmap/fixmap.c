/*
 * fixmap.c - sets and clears the slots of the fixed window
 *
 *	slot ──fix_to_virt──> address ──arch_pte_find──> entry in fixmap_table ──> page
 *	  └──> set_by[slot]: who
 *
 * Invariants (fixmap_check() verifies F2 to F4)
 *   F1  fixmap_table is installed for the TABLE_SPAN that holds the whole window.
 *   F2  An early or user slot translates if and only if set_by names who set it.
 *   F3  A port slot translates if and only if the port lists a device there.
 *   F4  No entry beyond the last slot translates.
 *   F5  An entry goes from clear to set or from set to clear, and after the latter the TLBs are
 *       flushed before the slot counts as clear: what is clear is in no TLB, so setting flushes
 *       nothing.
 *   F6  No slot gives a right to a frame that arch_may_alias() keeps from it.
 *
 * Life of a slot
 *   clear ──set_fixmap(), early_map()──> set, by somebody ──clear_fixmap(), early_unmap()──> clear
 *
 * Locking  lock covers the entries and set_by of early and user slots; irqs off inside; no other
 *          lock is taken within, but printk's.  kmap_local's slots are their CPU's (kmap_local.c).
 * Read next: arch/arch.h (entries), kmap_local.c, boot/boot_info.c (the first user of early_map()).
 * Linux: arch/arm/mm/mmu.c (__set_fixmap), mm/early_ioremap.c
 */
#include "mm/fixmap/fixmap_impl.h"
#include "kernel/bug.h"
#include "kernel/check/check.h"
#include "kernel/spinlock.h"
#include "kernel/trace.h"

static_assert(FIXADDR_START / TABLE_SPAN == (FIXADDR_END - 1) / TABLE_SPAN,
	      "one table page must cover the window");

const struct fixmap_range fixmap_ranges[FIXMAP_USES] = {
	[FIXMAP_PORT] = { "port", FIX_PORT_FIRST, FIX_PORT_LAST },
	[FIXMAP_EARLY] = { "early", FIX_EARLY_FIRST, FIX_EARLY_LAST },
	[FIXMAP_KMAP] = { "kmap_local", FIX_KMAP_BEGIN, FIX_KMAP_END },
	[FIXMAP_USER] = { "user", FIX_USER_FIRST, FIX_USER_LAST },
};

/* A page of the image, since nothing can be allocated yet. */
static u8 fixmap_table[PAGE_SIZE] __aligned(PAGE_SIZE);

static DEFINE_SPINLOCK(lock);
static unsigned long set_by[__end_of_fixed_addresses]; /* [lock] return addresses; 0: clear */
static size_t early_pages;			       /* [lock] mapped by early_map() now */

void __init fixmap_init(void)
{
	arch_table_install(FIXADDR_START, virt_to_phys(fixmap_table)); /* keeps F1 */
}

enum fixmap_use fixmap_use(unsigned int idx)
{
	enum fixmap_use use = FIXMAP_PORT;

	while (idx > fixmap_ranges[use].last)
		use++;
	return use;
}

/* --- entries ---------------------------------------------------------------------------------- */

static void set_locked(unsigned int idx, paddr_t phys, pgprot_t prot, unsigned long caller)
{
	vaddr_t va = __fix_to_virt(idx);

	assert_spin_locked(&lock);
	/* F5: nothing to flush */
	arch_pte_set(arch_pte_find(va), arch_pte_make(phys & PAGE_MASK, prot));
	set_by[idx] = caller;
	trace(TRACE_WINDOW, "fixmap slot %u: 0x%lx now shows 0x%lx", idx, va, phys & PAGE_MASK);
}

static void clear_locked(unsigned int idx)
{
	vaddr_t va = __fix_to_virt(idx);

	assert_spin_locked(&lock);
	arch_pte_clear(arch_pte_find(va));
	arch_tlb_flush_range(va, va + PAGE_SIZE); /* keeps F5, on every CPU */
	set_by[idx] = 0;
	trace(TRACE_WINDOW, "fixmap slot %u: 0x%lx is clear", idx, va);
}

/* --- refusals --------------------------------------------------------------------------------- */

static void __noinline __cold refuse(unsigned int idx, const char *what, const char *expected,
				     unsigned long caller)
{
	bool is_slot = idx < __end_of_fixed_addresses;
	const struct bug_report report = {
		.family = "fixmap",
		.what = what,
		.object = is_slot ? (void *)__fix_to_virt(idx) : NULL,
		.expected = expected,
		.caller = caller,
	};

	bug(&report, "slot %u%s%s", idx, is_slot ? ", of " : "",
	    is_slot ? fixmap_ranges[fixmap_use(idx)].name : "");
}

static void __noinline __cold refuse_address(const void *va, const char *what, const char *expected,
					     unsigned long caller)
{
	const struct bug_report report = {
		.family = "fixmap",
		.what = what,
		.object = va,
		.expected = expected,
		.caller = caller,
	};

	bug(&report, "%p", va);
}

/* May callers of set_fixmap() and clear_fixmap() have this slot at all? */
static bool is_callers(unsigned int idx, unsigned long caller)
{
	if (unlikely(idx >= __end_of_fixed_addresses))
		refuse(idx, "bad index", "an index of enum fixed_addresses", caller);
	else if (unlikely(fixmap_use(idx) != FIXMAP_USER))
		refuse(idx, "slot of another", "a user slot: others have their own functions",
		       caller);
	else
		return true;
	return false;
}

/* --- slots for everybody ---------------------------------------------------------------------- */

vaddr_t fixmap_address(unsigned int idx)
{
	if (likely(idx < __end_of_fixed_addresses))
		return __fix_to_virt(idx);
	refuse(idx, "bad index", "an index of enum fixed_addresses", _RET_IP_);
	return 0;
}

unsigned int fixmap_index(vaddr_t va)
{
	if (likely(va >= FIXADDR_START && __virt_to_fix(va) < __end_of_fixed_addresses))
		return __virt_to_fix(va);
	refuse_address((void *)va, "bad address", "an address in a slot of the fixmap", _RET_IP_);
	return __end_of_fixed_addresses;
}

bool fixmap_set(unsigned int idx, paddr_t phys, pgprot_t prot)
{
	unsigned long flags;
	bool was_clear;

	if (!is_callers(idx, _RET_IP_))
		return false;
	if (unlikely(!arch_may_alias(phys, prot))) {
		refuse(idx, "forbidden alias", "no right that the image keeps from the frame",
		       _RET_IP_);
		return false;
	}
	spin_lock_irqsave(&lock, flags);
	was_clear = !set_by[idx] &&
		    !(debug_build && arch_pte_present(*arch_pte_find(__fix_to_virt(idx))));
	if (was_clear)
		set_locked(idx, phys, prot, _RET_IP_);
	spin_unlock_irqrestore(&lock, flags);
	if (!was_clear)
		refuse(idx, "slot in use", "a clear slot: clear_fixmap() it first", _RET_IP_);
	return was_clear;
}

bool fixmap_clear(unsigned int idx)
{
	unsigned long flags;
	bool was_set;

	if (!is_callers(idx, _RET_IP_))
		return false;
	spin_lock_irqsave(&lock, flags);
	was_set = set_by[idx];
	if (was_set)
		clear_locked(idx);
	spin_unlock_irqrestore(&lock, flags);
	if (!was_set)
		refuse(idx, "slot not set", "a slot that set_fixmap() has set", _RET_IP_);
	return was_set;
}

/* --- early tables ----------------------------------------------------------------------------- */

/* Pages of [phys, phys + size); 0 when they do not fit the early slots. */
static size_t early_pages_of(paddr_t phys, size_t size)
{
	const size_t slots = FIX_EARLY_LAST - FIX_EARLY_FIRST + 1;
	paddr_t offset = phys & ~PAGE_MASK;
	size_t pages;

	if (size == 0 || size > slots << PAGE_SHIFT || size - 1 > ~phys)
		return 0;
	pages = (offset + size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	return pages <= slots ? pages : 0;
}

void *early_map(paddr_t phys, size_t size)
{
	size_t pages = early_pages_of(phys, size);
	unsigned long flags;
	bool in_use;

	if (!pages)
		return NULL;
	spin_lock_irqsave(&lock, flags);
	in_use = early_pages;
	if (!in_use) {
		early_pages = pages;
		for (size_t i = 0; i < pages; i++)
			set_locked(FIX_EARLY_FIRST + i, phys + (i << PAGE_SHIFT), PAGE_KERNEL_RO,
				   _RET_IP_);
	}
	spin_unlock_irqrestore(&lock, flags);
	if (in_use) {
		refuse(FIX_EARLY_FIRST, "early slots in use", "early_unmap() before the next",
		       _RET_IP_);
		return NULL;
	}
	return (void *)(fix_to_virt(FIX_EARLY_FIRST) + (phys & ~PAGE_MASK));
}

void early_unmap(void *va)
{
	unsigned long flags;
	bool mapped;

	spin_lock_irqsave(&lock, flags);
	mapped = early_pages && ((vaddr_t)va & PAGE_MASK) == __fix_to_virt(FIX_EARLY_FIRST);
	while (mapped && early_pages)
		clear_locked(FIX_EARLY_FIRST + --early_pages);
	spin_unlock_irqrestore(&lock, flags);
	if (!mapped)
		refuse_address(va, "not mapped", "what early_map() has returned", _RET_IP_);
}

/* --- looking ---------------------------------------------------------------------------------- */

static const char *device_at(vaddr_t va)
{
	for (unsigned int i = 0; i < arch_nr_devices; i++)
		if (arch_devices[i].va == va)
			return arch_devices[i].name;
	return NULL;
}

bool fixmap_may_look(struct check *check)
{
	return check_may_lock(check, &lock);
}

void fixmap_look(unsigned int idx, struct fixmap_slot *slot)
{
	vaddr_t va = __fix_to_virt(idx);
	unsigned int nth = idx - FIX_KMAP_BEGIN;
	unsigned long flags;
	pte_t pte;

	spin_lock_irqsave(&lock, flags);
	pte = *arch_pte_find(va);
	*slot = (struct fixmap_slot){
		.use = fixmap_use(idx),
		.set = arch_pte_present(pte),
		.phys = arch_pte_phys(pte),
		.set_by = set_by[idx],
	};
	spin_unlock_irqrestore(&lock, flags);
	if (slot->use == FIXMAP_PORT)
		slot->device = device_at(va);
	if (slot->use != FIXMAP_KMAP)
		return;
	slot->cpu = nth / KM_MAX_IDX;
	slot->nth = nth % KM_MAX_IDX;
	slot->set_by = kmap_local_mapped_by(slot->cpu, slot->nth);
}
