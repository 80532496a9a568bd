/*
 * walk.c - what the tables make of an address, level by level
 *
 * Locking: none: a word is read at once.
 * Read next: mmu.c, which writes them.
 */
#include "arch/user/process.h"

static bool in_window(vaddr_t va)
{
	return va >= USER_WINDOW_START && va < USER_WINDOW_END;
}

static paddr_t pmd_of(vaddr_t va)
{
	return user_pmd[(va - USER_WINDOW_START) / TABLE_SPAN];
}

/* What lies outside the window is the process's own, of which the tables say nothing. */
static void walk_outside(vaddr_t va, struct arch_mapping *m)
{
	m->level = "none";
	m->start = va < USER_WINDOW_START ? 0 : USER_WINDOW_END;
	m->size = va < USER_WINDOW_START ? USER_WINDOW_START : -USER_WINDOW_END;
}

static void take_rights(struct arch_mapping *m, u64 bits)
{
	m->present = true;
	m->read = bits & PTE_READ;
	m->write = bits & PTE_WRITE;
	m->exec = bits & PTE_EXEC;
	m->cached = bits & PTE_CACHED;
	m->device = bits & PTE_DEVICE;
	m->shared = true;
}

static void walk_table(vaddr_t va, struct arch_mapping *m)
{
	const pte_t pte = *arch_pte_find(va);

	m->level = arch_pte_present(pte) ? "page" : "table";
	m->start = va & PAGE_MASK;
	m->size = PAGE_SIZE;
	if (!arch_pte_present(pte))
		return;
	m->phys = arch_pte_phys(pte);
	take_rights(m, pte.bits);
}

void arch_walk(vaddr_t va, struct arch_mapping *mapping)
{
	paddr_t pmd;

	*mapping = (struct arch_mapping){ .level = "none" };
	if (!in_window(va)) {
		walk_outside(va, mapping);
		return;
	}
	pmd = pmd_of(va);
	mapping->start = ALIGN_DOWN(va, TABLE_SPAN);
	mapping->size = TABLE_SPAN;
	if ((pmd & PMD_KIND) == PMD_TABLE) {
		walk_table(va, mapping);
	} else if (pmd) {
		mapping->level = "section";
		mapping->phys = pmd & PAGE_MASK;
		take_rights(mapping, PAGE_KERNEL.bits);
	}
}

static void print_rights(const struct arch_mapping *m, int (*print)(const char *fmt, ...))
{
	print("  physical %lx, kernel may%s%s%s%s\n", m->phys, m->read ? " read" : "",
	      m->write ? " write" : "", m->exec ? " execute" : "", m->device ? "; device" : "");
}

void arch_walk_print(vaddr_t va, int (*print)(const char *fmt, ...))
{
	struct arch_mapping m;

	print("page walk for %lx:\n", va);
	if (!in_window(va)) {
		print("  outside the window %lx-%lx: the process's own, if it is there\n",
		      USER_WINDOW_START, USER_WINDOW_END - 1);
		return;
	}
	arch_walk(va, &m);
	print("  first level  [%4lu] = %lx: %s\n", (va - USER_WINDOW_START) / TABLE_SPAN,
	      pmd_of(va),
	      !pmd_of(va)			     ? "nothing"
	      : (pmd_of(va) & PMD_KIND) == PMD_TABLE ? "table"
						     : "section");
	if (arch_pte_find(va))
		print("  second level [%4lu] = %llx: %s\n", va % TABLE_SPAN / PAGE_SIZE,
		      (unsigned long long)arch_pte_find(va)->bits, m.present ? "page" : "nothing");
	if (m.present)
		print_rights(&m, print);
}
