/*
 * cache_tlb.c - TLB and cache maintenance by range, broadcast to the CPUs of the inner shareable domain
 *
 * A range of more than TLB_RANGE_MAX pages flushes everything: a quarter of the A9's main TLB, which
 * mostly holds lowmem's sections; dearer refills, bounded cost here.
 * QEMU does not model caches, so the cache half is written from the manual and reviewed, not seen
 * to matter.  The line size is the A9's 32 bytes.
 *
 * Locking: none; maintenance by range is broadcast, and each call waits for its own.
 * ARM ARM DDI 0406C, B3.18.6 (cache), B3.18.7 (TLB); the sequence for new code is A3.5.4's.
 */
#include "arch/arch.h"

enum { CACHE_LINE = 32, TLB_RANGE_MAX = 32 };

static void dsb(void)
{
	__asm__ volatile("dsb ish" ::: "memory");
}

static void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

void arch_tlb_flush_all(void)
{
	dsb(); /* table writes before the invalidation */
	__asm__ volatile("mcr p15, 0, %0, c8, c3, 0" : : "r"(0)); /* TLBIALLIS */
	__asm__ volatile("mcr p15, 0, %0, c7, c1, 6" : : "r"(0)); /* BPIALLIS */
	dsb();
	isb();
}

void arch_tlb_flush_range(vaddr_t start, vaddr_t end)
{
	start &= PAGE_MASK;
	if (end - start > TLB_RANGE_MAX * PAGE_SIZE) {
		arch_tlb_flush_all();
		return;
	}
	dsb();
	for (vaddr_t va = start; va < end; va += PAGE_SIZE)
		__asm__ volatile("mcr p15, 0, %0, c8, c3, 3" : : "r"(va)); /* TLBIMVAAIS */
	__asm__ volatile("mcr p15, 0, %0, c7, c1, 6" : : "r"(0));
	dsb();
	isb();
}

void arch_tlb_flush_local_page(vaddr_t va)
{
	__asm__ volatile("dsb nsh" ::: "memory");
	__asm__ volatile("mcr p15, 0, %0, c8, c7, 3" : : "r"(va & PAGE_MASK)); /* TLBIMVAA */
	__asm__ volatile("dsb nsh\n\tisb" ::: "memory");
}

void arch_cache_clean_range(vaddr_t start, vaddr_t end)
{
	for (vaddr_t va = ALIGN_DOWN(start, CACHE_LINE); va < end; va += CACHE_LINE)
		__asm__ volatile("mcr p15, 0, %0, c7, c10, 1" : : "r"(va) : "memory"); /* DCCMVAC */
	dsb();
}

void arch_cache_sync_code(vaddr_t start, vaddr_t end)
{
	for (vaddr_t va = ALIGN_DOWN(start, CACHE_LINE); va < end; va += CACHE_LINE)
		__asm__ volatile("mcr p15, 0, %0, c7, c11, 1" : : "r"(va) : "memory"); /* DCCMVAU */
	dsb();
	for (vaddr_t va = ALIGN_DOWN(start, CACHE_LINE); va < end; va += CACHE_LINE)
		__asm__ volatile("mcr p15, 0, %0, c7, c5, 1" : : "r"(va) : "memory"); /* ICIMVAU */
	__asm__ volatile("mcr p15, 0, %0, c7, c1, 6" : : "r"(0));		      /* BPIALLIS */
	dsb();
	isb();
}
