/*
 * span.h - addresses to try page-table entries on: a span of the modules' region, which nothing else maps
 */
#ifndef TESTS_ARCH_SPAN_H
#define TESTS_ARCH_SPAN_H

#include "arch/arch.h"
#include "mm/page/page.h"

#define OWN_SPAN ALIGN(MODULES_VADDR, TABLE_SPAN)

/* The entry for the span's first page; NULL when there is no page for a table, which then stays. */
static inline pte_t *own_span(void)
{
	struct page *table;

	if (!arch_pte_find(OWN_SPAN)) {
		table = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!table)
			return NULL;
		page_set_owner(table, OWNER_PAGETABLE);
		arch_table_install(OWN_SPAN, page_to_phys(table));
	}
	return arch_pte_find(OWN_SPAN);
}

#endif /* TESTS_ARCH_SPAN_H */
