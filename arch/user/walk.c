/*
 * walk.c - what the tables make of an address, level by level
 *
 * Locking: none: each entry is read once, and at once.
 * Read next: mmu.c, which writes them.
 */
#include "arch/user/process.h"

static bool in_window(vaddr_t va)
{
	return va >= USER_WINDOW_START && va < USER_WINDOW_END;
}

/* Both levels' entries, each read once: they may change meanwhile. */
struct entries {
	paddr_t pmd;
	pte_t pte; /* where the first level is a table */
};

static bool is_table(const struct entries *e)
{
	return (e->pmd & PMD_KIND) == PMD_TABLE;
}

static struct entries read_entries(vaddr_t va)
{
	struct entries e = { .pmd = READ_ONCE(user_pmd[(va - USER_WINDOW_START) / TABLE_SPAN]) };
	const pte_t *table = phys_to_virt(e.pmd & PAGE_MASK);

	if (is_table(&e))
		e.pte.bits = READ_ONCE(table[va % TABLE_SPAN / PAGE_SIZE].bits);
	return e;
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

static void take_page(vaddr_t va, pte_t pte, struct arch_mapping *m)
{
	m->level = arch_pte_present(pte) ? "page" : "table";
	m->start = va & PAGE_MASK;
	m->size = PAGE_SIZE;
	if (!arch_pte_present(pte))
		return;
	m->phys = arch_pte_phys(pte);
	take_rights(m, pte.bits);
}

static void take_entries(vaddr_t va, const struct entries *e, struct arch_mapping *m)
{
	*m = (struct arch_mapping){
		.level = "none",
		.start = ALIGN_DOWN(va, TABLE_SPAN),
		.size = TABLE_SPAN,
	};
	if (is_table(e)) {
		take_page(va, e->pte, m);
	} else if (e->pmd) {
		m->level = "section";
		m->phys = e->pmd & PAGE_MASK;
		take_rights(m, PAGE_KERNEL.bits);
	}
}

void arch_walk(vaddr_t va, struct arch_mapping *mapping)
{
	struct entries e;

	*mapping = (struct arch_mapping){ .level = "none" };
	if (!in_window(va)) {
		walk_outside(va, mapping);
		return;
	}
	e = read_entries(va);
	take_entries(va, &e, mapping);
}

static void print_rights(const struct arch_mapping *m, int (*print)(const char *fmt, ...))
{
	print("  physical %lx, kernel may%s%s%s%s\n", m->phys, m->read ? " read" : "",
	      m->write ? " write" : "", m->exec ? " execute" : "", m->device ? "; device" : "");
}

static void print_levels(vaddr_t va, const struct entries *e, int (*print)(const char *fmt, ...))
{
	struct arch_mapping m;

	take_entries(va, e, &m);
	print("  first level  [%4lu] = %lx: %s\n", (va - USER_WINDOW_START) / TABLE_SPAN, e->pmd,
	      !e->pmd	    ? "nothing"
	      : is_table(e) ? "table"
			    : "section");
	if (is_table(e))
		print("  second level [%4lu] = %llx: %s\n", va % TABLE_SPAN / PAGE_SIZE,
		      (unsigned long long)e->pte.bits, m.present ? "page" : "nothing");
	if (m.present)
		print_rights(&m, print);
}

void arch_walk_print(vaddr_t va, int (*print)(const char *fmt, ...))
{
	struct entries e;

	print("page walk for %lx:\n", va);
	if (!in_window(va)) {
		print("  outside the window %lx-%lx: the process's own, if it is there\n",
		      USER_WINDOW_START, USER_WINDOW_END - 1);
		return;
	}
	e = read_entries(va);
	print_levels(va, &e, print);
}
