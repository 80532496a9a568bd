/*
 * coredump.c - claims about what a core is made of
 */
#include "arch/arch.h"
#include "kernel/coredump/core_highmem.h"
#include "kernel/selftest/selftest.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/page/page.h"

static void mark(struct page *page, u32 word)
{
	u32 *va = kmap_local_page(page);

	*va = word;
	kunmap_local(va);
}

/* The page's first word, as a core would have it. */
static u32 shown(struct page *page)
{
	unsigned long flags = arch_irq_save();
	const u32 *va = core_highmem_show(page_to_phys(page));
	u32 word = *va;

	core_highmem_hide();
	arch_irq_restore(flags);
	return word;
}

SELFTEST(coredump, highmem, "highmem pages shown one after another are each page's own")
{
	struct page *first = alloc_page(GFP_HIGHUSER), *second = alloc_page(GFP_HIGHUSER);
	u32 found[3] = { 0 };

	if (first && second) {
		mark(first, 0x11111111);
		mark(second, 0x22222222);
		found[0] = shown(first);
		found[1] = shown(second);
		found[2] = shown(first);
	}
	if (first)
		__free_page(first);
	if (second)
		__free_page(second);
	EXPECT(first && second);
	EXPECT_EQ(found[0], 0x11111111);
	EXPECT_EQ(found[1], 0x22222222);
	EXPECT_EQ(found[2], 0x11111111);
}
