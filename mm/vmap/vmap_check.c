/*
 * vmap_check.c - vmap_check(): do the areas, the page tables and the balance tell the same?
 *
 *	tables        those that were made, and no others
 *	areas         ascending, apart, inside the window              (the implementation's part)
 *	entries       present where an area says so, clear elsewhere, in guards and holes included
 *	pages         of vmalloc OWNER_VMALLOC, each mapped by its own area in its place; of vmap
 *	              RAM; of ioremap the registers that it was asked for
 *	balance       vmalloc == the areas' pages == nr_vmalloc_pages()
 *
 * DEBUG builds ask about each area before it is taken apart (area_fault()).
 *
 * Invariants: those of list.c, map.c and alloc.c.
 * Locking: vmlist_lock for the areas and entries; the balance is counted after it is let go, so it
 * is that of a moment only when nobody allocates meanwhile.
 */
#include "kernel/check/check.h"
#include "mm/account/account.h"
#include "mm/vmap/vmap_impl.h"

/* The entry for addr; a clear one where there is no table. */
static pte_t entry_of(vaddr_t addr)
{
	const pte_t *entry = arch_pte_find(addr);

	return entry ? *entry : arch_pte_none();
}

/* Is nothing mapped in [addr, end)?  Spans without a table are passed at once. */
static bool check_clear(struct check *check, vaddr_t addr, vaddr_t end)
{
	while (addr < end) {
		if (!arch_pte_find(addr)) {
			addr = ALIGN_DOWN(addr, TABLE_SPAN) + TABLE_SPAN;
			continue;
		}
		if (arch_pte_present(entry_of(addr)))
			return check_broken(check, "0x%lx is mapped, and no area's", addr);
		addr += PAGE_SIZE;
	}
	return true;
}

/* --- one area --------------------------------------------------------------------------------- */

/* Page i of an area that has pages: of vmalloc()'s its own, else whoever's. */
static const char *page_fault(const struct vm_struct *area, unsigned int i, vaddr_t addr)
{
	const struct page *page = area->pages[i];

	if (page_index(page) >= mem_map_pages)
		return "its page is none of mem_map";
	if ((area->flags & VM_ALLOC) &&
	    (page_owner(page) != OWNER_VMALLOC || page_state(page) != PAGE_USED))
		return "its page is not vmalloc's";
	if ((area->flags & VM_MAPPED) && arch_pte_phys(entry_of(addr)) != page_to_phys(page))
		return "another page than its own is mapped";
	return NULL;
}

/* Of vmap(), whose pages only its caller knows: RAM.  Of registers: where ioremap() has said. */
static const char *shown_fault(const struct vm_struct *area, vaddr_t addr)
{
	const paddr_t phys = arch_pte_phys(entry_of(addr));

	if ((area->flags & VM_MAP) && !pfn_valid(phys_to_pfn(phys)))
		return "no page of RAM is mapped";
	if ((area->flags & VM_IOREMAP) && area->phys_addr &&
	    phys != area->phys_addr + (addr - (vaddr_t)area->addr))
		return "other registers than its own are mapped";
	return NULL;
}

/* Registers may be mapped by and by, all other areas are mapped wholly or not at all. */
static const char *entry_fault(const struct vm_struct *area, vaddr_t addr)
{
	const bool mapped = area->flags & VM_MAPPED;

	if (arch_pte_present(entry_of(addr)) != mapped && (mapped || !(area->flags & VM_IOREMAP)))
		return mapped ? "not mapped" : "mapped";
	return mapped ? shown_fault(area, addr) : NULL;
}

/* What its numbers say by themselves: as long as the list has them, and a page for each address. */
static const char *shape_fault(const struct vm_struct *area)
{
	const unsigned long pages = get_vm_area_size(area) >> PAGE_SHIFT;

	if (area->size < 2 * PAGE_SIZE || (area->size & ~PAGE_MASK) ||
	    area->size > VMALLOC_END - (vaddr_t)area->addr)
		return "not whole pages of the window";
	if (area->pages && area->nr_pages > pages)
		return "it has more pages than addresses";
	if ((area->flags & VM_ALLOC) && (area->flags & VM_MAPPED) && area->nr_pages < pages)
		return "it has fewer pages than addresses";
	return NULL;
}

const char *area_fault(const struct vm_struct *area, vaddr_t *at)
{
	const vaddr_t end = (vaddr_t)area->addr + get_vm_area_size(area);
	const char *fault = shape_fault(area);

	*at = (vaddr_t)area->addr;
	if (fault)
		return fault;
	for (; *at < end && !fault; *at += fault ? 0 : PAGE_SIZE)
		fault = entry_fault(area, *at);
	if (fault)
		return fault;
	if (arch_pte_present(entry_of(end)))
		return "the guard page is mapped";
	for (unsigned int i = 0; area->pages && i < area->nr_pages && !fault; i++) {
		*at = (vaddr_t)area->addr + ((vaddr_t)i << PAGE_SHIFT);
		fault = page_fault(area, i, *at);
	}
	return fault;
}

/* --- all of them ------------------------------------------------------------------------------ */

static bool check_area(struct check *check, const struct vm_struct *area)
{
	const char *fault;
	vaddr_t at;

	check_at(check, area);
	if (area->flags & VM_UNINITIALIZED)
		return true;
	fault = area_fault(area, &at);
	return !fault || check_broken(check, "%s area 0x%lx: at 0x%lx: %s", area_kind(area),
				      (vaddr_t)area->addr, at, fault);
}

static bool check_areas_locked(struct check *check, unsigned long *pages)
{
	const struct vm_struct *area;
	vaddr_t behind = VMALLOC_START;

	if (!areas_check_locked(check))
		return false;
	for (; (area = areas_from_locked(behind)); behind = (vaddr_t)area->addr + area->size) {
		if (!check_clear(check, behind, (vaddr_t)area->addr) || !check_area(check, area))
			return false;
		*pages += area->flags & VM_ALLOC ? area->nr_pages : 0;
	}
	return check_clear(check, behind, VMALLOC_END);
}

static bool check_counts(struct check *check, unsigned long pages)
{
	struct balance b;

	account_balance(&b);
	if (pages != nr_vmalloc_pages() || pages != b.vmalloc)
		return check_broken(check,
				    "areas have %lu pages, %lu are counted, the balance has %lu",
				    pages, nr_vmalloc_pages(), b.vmalloc);
	if (nr_vmalloc_tables() > b.pagetables)
		return check_broken(check, "%lu tables were made, the balance has %lu",
				    nr_vmalloc_tables(), b.pagetables);
	check_counted(check, pages, "pages");
	check_counted(check, nr_vmalloc_tables(), "tables");
	return true;
}

CHECKER(vmap_check, "vmap", "the areas, and that each shows its own pages or registers")
{
	unsigned long pages = 0;
	bool sound;

	if (VMALLOC_START == VMALLOC_END) {
		check_unverified(check, "there is no window yet");
		return;
	}
	if (!check_lock(check, &vmlist_lock))
		return;
	sound = tables_check_locked(check) && check_areas_locked(check, &pages);
	check_unlock(check, &vmlist_lock);
	if (sound && account_may_count(check))
		check_counts(check, pages);
}
