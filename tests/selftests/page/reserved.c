/*
 * reserved.c - claims about reserved pages that are given to the allocator, and about init memory
 */
#include "kernel/selftest/selftest.h"
#include "mm/page/page.h"
#include "mm/page/reserved.h"

SELFTEST(reserved, init_is_gone,
	 "the boot's text is no longer executable, its pages are no longer reserved")
{
	vaddr_t start, end;

	arch_init_memory(&start, &end);
	if (start == end)
		SKIP("this port gives no memory of the boot back");
	for (vaddr_t va = start; va < end; va += PAGE_SIZE) {
		struct arch_mapping m;

		arch_walk(va, &m);
		EXPECT(m.present && m.read && m.write && !m.exec);
		EXPECT(!arch_try_call(va, NULL));
		EXPECT(is_freed_initmem(va));
		EXPECT(page_state(virt_to_page((void *)va)) != PAGE_RESERVED);
	}
	EXPECT(!is_freed_initmem(start - 1));
	EXPECT(!is_freed_initmem(end));
}

SELFTEST(reserved, refused,
	 "a page that is not reserved is named, and neither poisoned nor given twice")
{
	unsigned long page = __get_free_page(GFP_KERNEL), freed = 1;
	unsigned long before = nr_available_pages();

	EXPECT(page);
	*(volatile u8 *)page = 0x5a;
	EXPECT_BUG("not a reserved page",
		   freed = free_reserved_area((void *)page, (void *)(page + PAGE_SIZE),
					      POISON_FREE_INITMEM, NULL));
	EXPECT_EQ(freed, 0);
	EXPECT_EQ(*(volatile u8 *)page, 0x5a);
	EXPECT_EQ(nr_available_pages(), before);
	free_page(page);
	EXPECT(buddy_check());
}

SELFTEST(reserved, whole_pages, "what holds no whole page, and what is no lowmem, is left alone")
{
	vaddr_t page = ALIGN_DOWN((vaddr_t)high_memory - 1, PAGE_SIZE), word;
	unsigned long before = nr_available_pages(), freed;

	freed = free_reserved_area((void *)(page + 8), (void *)(page + PAGE_SIZE - 8),
				   POISON_FREE_INITMEM, NULL);
	EXPECT_EQ(freed, 0);
	freed = free_reserved_area(&word, &word + 1, POISON_FREE_INITMEM, NULL);
	EXPECT_EQ(freed, 0);
	EXPECT_BUG("not a reserved page",
		   freed = free_reserved_area((void *)VMALLOC_END,
					      (void *)(VMALLOC_END + PAGE_SIZE), -1, NULL));
	EXPECT_EQ(freed, 0);
	EXPECT_EQ(nr_available_pages(), before);
	EXPECT(buddy_check());
}
