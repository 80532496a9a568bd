/*
 * walk.c - claims about the software page walk: it agrees with the MMU
 */
#include "arch/arch.h"
#include "arch/arm/sections.h"
#include "kernel/selftest/selftest.h"

#include <string.h>

/* The MMU's own answer (ATS1CPR): the physical page behind va for a privileged read. */
static bool mmu_translate(vaddr_t va, paddr_t *pa)
{
	unsigned long state = arch_irq_save();
	u32 par;

	__asm__ volatile("mcr p15, 0, %1, c7, c8, 0\n\tisb\n\tmrc p15, 0, %0, c7, c4, 0"
			 : "=r"(par)
			 : "r"(va)
			 : "memory");
	arch_irq_restore(state);
	*pa = (par & 0xfffff000) | (va & 0xfff);
	return !(par & 1);
}

/* One address, by both ways. */
static bool agrees(vaddr_t va)
{
	struct arch_mapping m;
	paddr_t pa;

	arch_walk(va, &m);
	CHECK(va >= m.start && va - m.start < m.size);
	CHECK(mmu_translate(va, &pa) == (m.present && m.read));
	CHECK(!m.present || pa == m.phys + (va - m.start));
	return true;
}

SELFTEST(arch, walk_agrees,
	 "the software walk finds what the MMU finds, over the whole address space")
{
	vaddr_t va = 0;
	struct arch_mapping m;
	unsigned int present = 0;

	do {
		EXPECT(agrees(va));
		arch_walk(va, &m);
		present += m.present;
		va = m.start + m.size;
	} while (va);
	EXPECT(present > 10);
}

SELFTEST(arch, walk_rights, "the walk names the rights of text, constants, data and devices")
{
	struct arch_mapping m;

	arch_walk((vaddr_t)_text, &m);
	EXPECT(m.present && m.read && !m.write && m.exec && !m.user && m.cached && !m.device);
	arch_walk((vaddr_t)_rodata, &m);
	EXPECT(m.present && m.read && !m.write && !m.exec && !m.user);
	arch_walk((vaddr_t)_data, &m);
	EXPECT(m.present && m.read && m.write && !m.exec && !m.user);
	arch_walk(FIX_UART_VA, &m);
	EXPECT(m.present && m.read && m.write && !m.exec && m.device && !m.cached);
	EXPECT_EQ(m.phys, UART0_PHYS);
	arch_walk(0, &m);
	EXPECT(!m.present);
}

SELFTEST(arch, pte_find,
	 "arch_pte_find gives the entry that the walk reads, and NULL for a section")
{
	struct arch_mapping m;
	pte_t *entry = arch_pte_find((vaddr_t)_text);

	EXPECT(entry);
	arch_walk((vaddr_t)_text, &m);
	EXPECT(arch_pte_present(*entry));
	EXPECT_EQ(arch_pte_phys(*entry), m.phys);
	EXPECT(strcmp(m.level, "page") == 0);
	EXPECT(!arch_pte_find(0));
}

SELFTEST(arch, identity_gone, "physical RAM is not reachable at its own addresses")
{
	struct arch_fault fault;
	u32 value;

	EXPECT(!arch_try_read(PHYS_OFFSET, 4, &value, &fault));
	EXPECT(strstr(fault.cause, "translation"));
}
