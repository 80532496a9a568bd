/*
 * map.c - the page tables behind the areas
 *
 *	addr ──arch_pte_find──> table page of that TABLE_SPAN
 *	                        [ e e e e e e ... ]      entries of neighbours are neighbours:
 *	                          └ pages[0], pages[1], … written one after another, no barrier
 *	                                                 between them; one at the end
 *
 * A table page is allocated when the first page of its span is mapped, and is never freed: others
 * may map there at any moment, and 4 MiB of areas cost one page.  It belongs to the balance's
 * `pagetables`.
 *
 *	tables[span]   NULL ──make_table──> in force ──unmap_range_locked──> hidden
 *	                                       ^──cleared, put back─────────────┘
 *
 * A hidden table is one that still has the entries of an area that is gone: who unmaps under the
 * lock has no time to clear them, and takes the table out of the walkers' way instead.
 *
 * Invariants
 *   I1  An entry that is clear is in no TLB.  So mapping flushes nothing; unmapping flushes before
 *       the addresses, and before the pages, can be anybody else's.
 *   I2  A span's table, once there, stays while an area is in the span: its entries may be looked
 *       for without a lock.
 *   I3  No entry gives a right to a frame that arch_may_alias() keeps from it, but in an area of
 *       vmalloc's, whose pages are its own.  (ioremap() need not ask: it shows no RAM.)
 *   I4  tables[] has the table of every span that has one, in force or hidden; nr_tables of them.
 *
 * Locking: an entry is written by the owner of its area.  Tables are installed under vmlist_lock,
 * after they were allocated without it; who comes second frees the one he brought.
 * Linux: mm/vmalloc.c (vmap_pte_range, vunmap_pte_range)
 */
#include <errno.h>

#include "kernel/check/check.h"
#include "kernel/trace.h"
#include "mm/page/page_debug.h"
#include "mm/vmap/vmap_impl.h"

static unsigned long nr_tables; /* [V] */
static pte_t **tables;		/* [I] one for each span of the window [V] */

unsigned long nr_vmalloc_tables(void)
{
	return READ_ONCE(nr_tables);
}

/* --- what may be shown ------------------------------------------------------------------------ */

/*
 * Frames that need no look at: RAM behind the image.  None on a machine with holes, where every
 * page is asked for.
 */
static struct {
	const struct page *first;
	unsigned long count;
} plain __ro_after_init;

void __init map_init(void)
{
	const pfn_t first = phys_to_pfn(arch_image_end() + PAGE_SIZE - 1);

	tables = kzalloc_own(VMALLOC_TOTAL / TABLE_SPAN * sizeof(*tables), GFP_KERNEL);
	if (!tables)
		panic("vmap: no memory for the list of tables");
	plain.first = pfn_to_page(first);
	if (present_pages(first, max_pfn) == max_pfn - first)
		plain.count = max_pfn - first;
}

static bool __cold refuse_alias(const void *object, paddr_t phys, unsigned long caller)
{
	refuse_argument("forbidden alias", object, "no right that the image keeps from the frame",
			phys, caller);
	return false;
}

static bool __noinline may_show_page(const struct page *page, unsigned long nth, pgprot_t prot,
				     unsigned long caller)
{
	if (page_index(page) >= mem_map_pages || !pfn_valid(page_to_pfn(page))) {
		refuse_argument("no page", page, "pages of RAM, of mem_map", nth, caller);
		return false;
	}
	return arch_may_alias(page_to_phys(page), prot) ||
	       refuse_alias(page, page_to_phys(page), caller);
}

bool may_show(struct page *const *pages, unsigned long n, pgprot_t prot, unsigned long caller)
{
	const unsigned long count = arch_prot_exec(prot) ? 0 : plain.count;
	const struct page *const first = plain.first;

	for (unsigned long i = 0; i < n; i++)
		if (unlikely(page_distance(pages[i], first) >= count) &&
		    !may_show_page(pages[i], i, prot, caller))
			return false;
	return true;
}

static bool may_show_frames(paddr_t phys, unsigned long n, pgprot_t prot, unsigned long caller)
{
	for (; n; n--, phys += PAGE_SIZE)
		if (!arch_may_alias(phys, prot))
			return refuse_alias((void *)phys, phys, caller);
	return true;
}

/* --- tables ----------------------------------------------------------------------------------- */

pte_t **table_of(vaddr_t addr)
{
	return &tables[(addr - VMALLOC_START) / TABLE_SPAN];
}

/* Has addr's span a table?  A hidden one is put back. */
static bool find_table_locked(vaddr_t addr)
{
	pte_t *const table = *table_of(addr);

	if (table && !arch_pte_find(addr)) {
		arch_pte_clear_run(table, TABLE_SPAN >> PAGE_SHIFT);
		arch_table_install(addr, virt_to_phys(table));
	}
	return table;
}

static bool find_table(vaddr_t addr)
{
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&vmlist_lock, flags);
	found = find_table_locked(addr);
	spin_unlock_irqrestore(&vmlist_lock, flags);
	return found;
}

/* Makes this page the table of addr's span; false when it has got one. */
static bool install_table(vaddr_t addr, const struct page *page)
{
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&vmlist_lock, flags);
	found = find_table_locked(addr);
	if (likely(!found)) {
		*table_of(addr) = lowmem_page_address(page); /* keeps I4 */
		arch_table_install(addr, page_to_phys(page));
		nr_tables++;
	}
	spin_unlock_irqrestore(&vmlist_lock, flags);
	return !found;
}

/* The entry for addr after making its span's table; NULL when there is no page. */
static pte_t *__noinline __cold make_table(vaddr_t addr, gfp_t gfp)
{
	struct page *table;

	if (find_table(addr))
		return arch_pte_find(addr);
	table = alloc_page((gfp & ~(gfp_t)GFP_ZONEMASK) | __GFP_ZERO);
	if (!table)
		return NULL;
	page_set_owner(table, OWNER_PAGETABLE);
	if (install_table(addr, table)) {
		trace(TRACE_VMAP, "table for 0x%lx-0x%lx: pfn 0x%lx", ALIGN_DOWN(addr, TABLE_SPAN),
		      ALIGN_DOWN(addr, TABLE_SPAN) + TABLE_SPAN - 1,
		      (unsigned long)page_to_pfn(table));
	} else {
		page_set_owner(table, OWNER_HELD);
		__free_page(table);
	}
	return arch_pte_find(addr);
}

static inline pte_t *find_or_make(vaddr_t addr, gfp_t gfp)
{
	pte_t *entry = arch_pte_find(addr);

	return likely(entry) ? entry : make_table(addr, gfp);
}

/* How many of n pages from addr on lie in addr's span. */
static inline unsigned long pages_in_span(vaddr_t addr, unsigned long n)
{
	return min(n, (TABLE_SPAN - (addr & (TABLE_SPAN - 1))) >> PAGE_SHIFT);
}

/* DEBUG: each frame that entries of [addr, end) show counts them (mm/page/shown.c). */
static void note_frames(vaddr_t addr, vaddr_t end, bool shown)
{
	for (; addr < end; addr += PAGE_SIZE) {
		const pte_t *entry = arch_pte_find(addr);

		if (entry && arch_pte_present(*entry))
			page_debug_shown(phys_to_pfn(arch_pte_phys(*entry)), shown);
	}
}

/* --- mapping ---------------------------------------------------------------------------------- */

/*
 * page_to_phys() in two steps: the second is all that there is to do for each page, for frames are
 * as far apart as their struct pages times a power of two.
 */
enum { PHYS_OF_PAGE = PAGE_SHIFT - __builtin_ctzl(sizeof(struct page)) };

static inline paddr_t phys_of_page_0(void)
{
	return pfn_to_phys(mem_map_pfn) - ((paddr_t)mem_map << PHYS_OF_PAGE);
}

static inline paddr_t phys_of(const struct page *page, paddr_t base)
{
	return base + ((paddr_t)page << PHYS_OF_PAGE);
}

int map_pages(vaddr_t addr, struct page *const *pages, unsigned long n, pgprot_t prot, gfp_t gfp)
{
	/* In a register: for all the compiler knows, each entry's store changes mem_map. */
	const paddr_t base = phys_of_page_0();
	const vaddr_t start = addr;

	while (n) {
		unsigned long here = pages_in_span(addr, n);
		pte_t *entry = find_or_make(addr, gfp);

		if (unlikely(!entry)) {
			if (debug_build)
				note_frames(start, addr, true);
			unmap_range(start, addr);
			return -ENOMEM;
		}
		n -= here;
		addr += here << PAGE_SHIFT;
		do
			arch_pte_write(entry++, arch_pte_make(phys_of(*pages++, base), prot));
		while (--here);
	}
	arch_pte_sync();
	if (debug_build)
		note_frames(start, addr, true);
	return 0;
}

/* Is none of the entries of [addr, end) in use? */
static bool range_is_clear(vaddr_t addr, vaddr_t end)
{
	for (; addr < end; addr += PAGE_SIZE) {
		const pte_t *entry = arch_pte_find(addr);

		if (entry && arch_pte_present(*entry))
			return false;
	}
	return true;
}

int map_frames(vaddr_t addr, vaddr_t end, paddr_t phys, pgprot_t prot)
{
	const vaddr_t start = addr;

	while (addr < end) {
		unsigned long here = pages_in_span(addr, (end - addr) >> PAGE_SHIFT);
		pte_t *entry = find_or_make(addr, GFP_KERNEL);

		if (unlikely(!entry)) {
			if (debug_build)
				note_frames(start, addr, true);
			unmap_range(start, addr);
			return -ENOMEM;
		}
		addr += here << PAGE_SHIFT;
		for (; here; here--, phys += PAGE_SIZE)
			arch_pte_write(entry++, arch_pte_make(phys, prot));
	}
	arch_pte_sync();
	if (debug_build)
		note_frames(start, addr, true);
	return 0;
}

int ioremap_page_range(unsigned long addr, unsigned long end, paddr_t phys, pgprot_t prot)
{
	if (in_interrupt(__func__, _RET_IP_))
		return -EINVAL;
	if (((addr | end | phys) & ~PAGE_MASK) || addr >= end || addr < VMALLOC_START ||
	    end > VMALLOC_END) {
		refuse_argument("bad range", (void *)addr, "whole pages of the window", end,
				_RET_IP_);
		return -EINVAL;
	}
	if (phys + (end - addr - 1) < phys) {
		refuse_argument("wraps round", (void *)phys, "frames below the last address",
				end - addr, _RET_IP_);
		return -EINVAL;
	}
	if (!may_show_frames(phys, (end - addr) >> PAGE_SHIFT, prot, _RET_IP_))
		return -EINVAL;
	if (!range_is_clear(addr, end)) {
		refuse_argument("mapped already", (void *)addr, "nothing mapped there", end,
				_RET_IP_);
		return -EBUSY;
	}
	return map_frames(addr, end, phys, prot);
}

/* --- unmapping -------------------------------------------------------------------------------- */

/* Clears n entries of addr's span; false when it has no table. */
static inline bool clear_span(vaddr_t addr, unsigned long n)
{
	pte_t *entry = arch_pte_find(addr);

	if (unlikely(!entry))
		return false;
	arch_pte_clear_run(entry, n);
	return true;
}

void unmap_range(vaddr_t addr, vaddr_t end)
{
	const vaddr_t start = addr;
	unsigned long left =
		(end - addr) >> PAGE_SHIFT; /* counts down, whatever the addresses are */
	bool any = false;

	if (debug_build)
		note_frames(addr, end, false);
	while (left) {
		const unsigned long here = pages_in_span(addr, left);

		any |= clear_span(addr, here);
		addr += here << PAGE_SHIFT;
		left -= here;
	}
	if (likely(any))
		arch_tlb_flush_range(start, end); /* keeps I1 */
	trace(TRACE_VMAP, "unmapped 0x%lx-0x%lx", start, end - 1);
}

void unmap_range_locked(vaddr_t addr, vaddr_t end)
{
	const vaddr_t first = ALIGN(addr, TABLE_SPAN), last = ALIGN_DOWN(end, TABLE_SPAN);

	assert_spin_locked(&vmlist_lock);
	if (first >= last) {
		unmap_range(addr, end);
		return;
	}
	if (debug_build)
		note_frames(addr, end, false);
	clear_span(addr, (first - addr) >> PAGE_SHIFT);
	clear_span(last, (end - last) >> PAGE_SHIFT);
	arch_tables_remove(first, last);
	arch_tlb_flush_range(addr, end); /* keeps I1 */
	trace(TRACE_VMAP, "unmapped 0x%lx-0x%lx, tables of 0x%lx-0x%lx hidden", addr, end - 1,
	      first, last - 1);
}

/* --- checking --------------------------------------------------------------------------------- */

/* I4: what the walkers find of a span is its table, or nothing. */
static bool table_holds(struct check *check, vaddr_t span)
{
	const pte_t *table = *table_of(span), *found = arch_pte_find(span);

	return !found || found == table ||
	       check_broken(check, "I4: 0x%lx has a table that was not made for it", span);
}

bool tables_check_locked(struct check *check)
{
	unsigned long there = 0;

	if (!tables)
		return check_unverified(check, "there is no window yet");
	for (vaddr_t span = VMALLOC_START; span < VMALLOC_END; span += TABLE_SPAN) {
		if (!table_holds(check, span))
			return false;
		there += *table_of(span) != NULL;
	}
	return there == nr_tables ||
	       check_broken(check, "I4: %lu spans have a table, %lu were made", there, nr_tables);
}

/* --- from addresses to pages ------------------------------------------------------------------ */

pfn_t vmalloc_to_pfn(const void *addr)
{
	const pte_t *entry = is_vmalloc_addr(addr) ? arch_pte_find((vaddr_t)addr) : NULL;

	return entry && arch_pte_present(*entry) ? phys_to_pfn(arch_pte_phys(*entry)) : 0;
}

struct page *vmalloc_to_page(const void *addr)
{
	pfn_t pfn = vmalloc_to_pfn(addr);

	return pfn && pfn_valid(pfn) ? pfn_to_page(pfn) : NULL;
}
