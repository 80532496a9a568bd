/*
 * mmu.h - the kernel's first-level table: its entries, and building the final map over it
 *
 *	swapper_pg_dir, 4096 entries of 1 MiB
 *	  00  fault          nothing there
 *	  01  table          [31:10] second-level table of 256 entries
 *	  10  section        1 MiB mapped at once
 */
#ifndef ARCH_ARM_MMU_H
#define ARCH_ARM_MMU_H

#include "arch/arch.h"

/*
 *	section  31     20 19 18 17 16 15  14-12 11-10 9 8-5    4 3 2 1 0
 *	        [ base    |NS| 0|nG|S|AP2|TEX   |AP1:0|P|domain|XN|C|B|1|0]
 */
enum {
	PMD_TYPE = 3,
	PMD_TABLE = 1,
	PMD_SECT = 2,
	PMD_SECT_B = 1 << 2,
	PMD_SECT_C = 1 << 3,
	PMD_SECT_XN = 1 << 4,
	PMD_SECT_AP0 = 1 << 10,
	PMD_SECT_AP1 = 1 << 11,
	PMD_SECT_TEX0 = 1 << 12,
	PMD_SECT_AP2 = 1 << 15,
	PMD_SECT_S = 1 << 16,
	PMD_SECT_NORMAL = PMD_SECT_TEX0 | PMD_SECT_C | PMD_SECT_B | PMD_SECT_S,
};

extern u32 swapper_pg_dir[4096];

static inline u32 *pmd_entry(vaddr_t va)
{
	return &swapper_pg_dir[va >> SECTION_SHIFT];
}

static inline bool pmd_is_table(u32 pmd)
{
	return (pmd & PMD_TYPE) == PMD_TABLE;
}

static inline bool pmd_is_section(u32 pmd)
{
	return (pmd & PMD_TYPE) >= PMD_SECT; /* 3 is a section with PXN where that exists */
}

#endif /* ARCH_ARM_MMU_H */
