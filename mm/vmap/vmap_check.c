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
 * Invariants: those of list.c, map.c and alloc.c.
 * Locking: vmlist_lock for the areas and entries; the balance is counted after it is let go, so it
 * is that of a moment only when nobody allocates meanwhile.
 */
#include "kernel/check/check.h"
#include "mm/account/account.h"
#include "mm/vmap/vmap_impl.h"

static bool wrong(struct check *check, const struct vm_struct *area, vaddr_t addr, const char *what)
{
	return check_broken(check, "%s area 0x%lx: at 0x%lx: %s", area_kind(area),
			    (vaddr_t)area->addr, addr, what);
}

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

/* Page i of an area that has pages: of vmalloc()'s its own, else whoever's. */
static bool check_page(struct check *check, const struct vm_struct *area, unsigned int i)
{
	vaddr_t addr = (vaddr_t)area->addr + ((vaddr_t)i << PAGE_SHIFT);
	const struct page *page = area->pages[i];

	if (page_index(page) >= mem_map_pages)
		return wrong(check, area, addr, "its page is none of mem_map");
	if ((area->flags & VM_ALLOC) &&
	    (page_owner(page) != OWNER_VMALLOC || page_state(page) != PAGE_USED))
		return wrong(check, area, addr, "its page is not vmalloc's");
	if (arch_pte_phys(entry_of(addr)) != page_to_phys(page))
		return wrong(check, area, addr, "another page than its own is mapped");
	return true;
}

/* The entry for a page of an area of vmap(), whose pages only its caller knows: of RAM. */
static bool check_shown(struct check *check, const struct vm_struct *area, vaddr_t addr)
{
	return pfn_valid(phys_to_pfn(arch_pte_phys(entry_of(addr)))) ||
	       wrong(check, area, addr, "no page of RAM is mapped");
}

/* The entry for a page of registers, when ioremap() has said where they are. */
static bool check_frame(struct check *check, const struct vm_struct *area, vaddr_t addr)
{
	return !area->phys_addr ||
	       arch_pte_phys(entry_of(addr)) == area->phys_addr + (addr - (vaddr_t)area->addr) ||
	       wrong(check, area, addr, "other registers than its own are mapped");
}

/* Registers may be mapped by and by, all other areas are mapped wholly or not at all. */
static bool check_entry(struct check *check, const struct vm_struct *area, vaddr_t addr)
{
	const bool mapped = area->flags & VM_MAPPED;

	if (arch_pte_present(entry_of(addr)) != mapped && (mapped || !(area->flags & VM_IOREMAP)))
		return wrong(check, area, addr, mapped ? "not mapped" : "mapped");
	if (!mapped)
		return true;
	return area->flags & VM_MAP	  ? check_shown(check, area, addr)
	       : area->flags & VM_IOREMAP ? check_frame(check, area, addr)
					  : true;
}

static bool check_area(struct check *check, const struct vm_struct *area)
{
	vaddr_t start = (vaddr_t)area->addr, end = start + get_vm_area_size(area);

	check_at(check, area);
	if (area->flags & VM_UNINITIALIZED)
		return true;
	for (vaddr_t addr = start; addr < end; addr += PAGE_SIZE)
		if (!check_entry(check, area, addr))
			return false;
	if (area->pages && area->nr_pages > (end - start) >> PAGE_SHIFT)
		return wrong(check, area, start, "it has more pages than addresses");
	for (unsigned int i = 0; area->pages && i < area->nr_pages; i++)
		if (!check_page(check, area, i))
			return false;
	if (arch_pte_present(entry_of(end)))
		return wrong(check, area, end, "the guard page is mapped");
	return true;
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

	if (!check_lock(check, &vmlist_lock))
		return;
	sound = tables_check_locked(check) && check_areas_locked(check, &pages);
	check_unlock(check, &vmlist_lock);
	if (sound && account_may_count(check))
		check_counts(check, pages);
}
