/*
 * pte.c - claims about entries written many at once
 *
 * Read next: span.h, for where.
 */
#include "kernel/selftest/selftest.h"
#include "tests/selftests/arch/span.h"

SELFTEST(arch, entries_neighbours, "the entries of a span stand one behind another")
{
	const vaddr_t span = OWN_SPAN;
	pte_t *first = own_span();

	EXPECT(first);
	for (unsigned long page = 0; page < TABLE_SPAN >> PAGE_SHIFT; page++)
		EXPECT(arch_pte_find(span + (page << PAGE_SHIFT)) == first + page);
}

SELFTEST(arch, entries_written,
	 "entries written without a barrier are in force after arch_pte_sync")
{
	enum { PAGES = 8 };
	const vaddr_t span = OWN_SPAN;
	struct page *page = alloc_page(GFP_KERNEL);
	pte_t *first = own_span();
	u32 value;

	EXPECT(page && first);
	EXPECT(!arch_pte_present(arch_pte_none()));
	*(u32 *)lowmem_page_address(page) = 4711;
	for (unsigned int i = 0; i < PAGES; i++)
		arch_pte_write(first + i, arch_pte_make(page_to_phys(page), PAGE_KERNEL_RO));
	arch_pte_sync();
	for (unsigned int i = 0; i < PAGES; i++) {
		EXPECT(arch_try_read(span + i * PAGE_SIZE, 4, &value, NULL) && value == 4711);
		EXPECT(!arch_try_write(span + i * PAGE_SIZE, 4, 0, NULL));
	}
	for (unsigned int i = 0; i < PAGES; i++)
		arch_pte_write(first + i, arch_pte_none());
	arch_tlb_flush_range(span, span + PAGES * PAGE_SIZE);
	for (unsigned int i = 0; i < PAGES; i++)
		EXPECT(!arch_try_read(span + i * PAGE_SIZE, 4, &value, NULL));
	__free_page(page);
}

SELFTEST(arch, tables_removed,
	 "a span's table that was taken out maps nothing, and all that it did once it is back")
{
	const vaddr_t span = OWN_SPAN, last = OWN_SPAN + TABLE_SPAN - PAGE_SIZE;
	struct page *page = alloc_page(GFP_KERNEL);
	pte_t *first = own_span();
	u32 value;

	EXPECT(page && first);
	arch_pte_set(first, arch_pte_make(page_to_phys(page), PAGE_KERNEL_RO));
	arch_pte_set(arch_pte_find(last), arch_pte_make(page_to_phys(page), PAGE_KERNEL_RO));
	EXPECT(arch_try_read(span, 4, &value, NULL) && arch_try_read(last, 4, &value, NULL));
	arch_tables_remove(span, span + TABLE_SPAN);
	arch_tlb_flush_range(span, span + TABLE_SPAN);
	EXPECT(!arch_pte_find(span) && !arch_pte_find(last));
	EXPECT(!arch_try_read(span, 4, &value, NULL) && !arch_try_read(last, 4, &value, NULL));
	EXPECT(arch_try_read((vaddr_t)lowmem_page_address(page), 4, &value, NULL));
	arch_table_install(span, virt_to_phys(first));
	EXPECT(arch_pte_find(span) == first);
	EXPECT(arch_try_read(span, 4, &value, NULL) && arch_try_read(last, 4, &value, NULL));
	arch_pte_clear(first);
	arch_pte_clear(arch_pte_find(last));
	arch_tlb_flush_range(span, span + TABLE_SPAN);
	__free_page(page);
}
