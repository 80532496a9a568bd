/*
 * kmap_refusals.c - what kmap(), kunmap() and their relatives refuse, each by name, with nothing changed
 */
#include "kernel/irq.h"
#include "kernel/selftest/selftest.h"
#include "tests/selftests/told/told.h"
#include "tests/selftests/window/block.h"

SELFTEST(kmap, unmap_twice,
	 "one kunmap() more than there were kmap()s is refused, before and after a flush")
{
	struct page *block;

	HIGHMEM_OR_SKIP(block);
	EXPECT_BUG("not mapped", kunmap(block)); /* never mapped */
	EXPECT(kmap(block) && kmap(block));
	kunmap(block);
	kunmap(block);
	EXPECT_BUG("not mapped", kunmap(block)); /* unused, in its slot still */
	EXPECT_EQ(slots(true), 0);
	EXPECT_EQ(slots(false), 1);
	kmap_flush_unused();
	EXPECT_BUG("not mapped", kunmap(block));
	EXPECT(pkmap_check());
	free_block(block);
}

SELFTEST(kmap, not_a_page, "what is no page of RAM is neither mapped nor unmapped nor looked up")
{
	struct page *const wrong[] = {
		NULL,
		mem_map - 1,
		mem_map + mem_map_pages,
		(struct page *)((uintptr_t)mem_map + 1),
		(struct page *)PKMAP_BASE,
		(struct page *)FIXADDR_END,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_BUG("not a page", EXPECT(!kmap(wrong[i])));
		EXPECT_BUG("not a page", kunmap(wrong[i]));
		EXPECT_BUG("not a page", EXPECT(!page_address(wrong[i])));
	}
	EXPECT(pkmap_check());
}

SELFTEST(kmap, not_an_address, "an address that nothing is mapped at has no page behind it")
{
	const vaddr_t wrong[] = { 0, PKMAP_BASE - 1, FIXADDR_START, FIXADDR_END, ~(vaddr_t)0 };
	struct page *block;
	void *va;

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT_BUG("not mapped", EXPECT(!kmap_to_page((void *)wrong[i])));
	EXPECT_BUG("not mapped", EXPECT(!kmap_to_page((void *)__fix_to_virt(FIX_KMAP_BEGIN))));
	HIGHMEM_OR_SKIP(block);
	va = kmap(block);
	EXPECT(va);
	kunmap(block);
	kmap_flush_unused();
	EXPECT_BUG("not mapped", EXPECT(!kmap_to_page(va)));
	free_block(block);
}

/* What is done in the handler, and what it gave. */
struct trial {
	struct page *page;
	void *address;
};

static void map_it(void *arg)
{
	struct trial *trial = arg;

	trial->address = kmap(trial->page);
}

static void unmap_it(void *arg)
{
	const struct trial *trial = arg;

	kunmap(trial->page);
}

static void look_it_up(void *arg)
{
	struct trial *trial = arg;

	trial->address = page_address(trial->page);
}

SELFTEST(kmap, in_an_interrupt,
	 "a handler may not map or unmap, of lowmem neither; it may look an address up")
{
	struct page *low = alloc_page(GFP_KERNEL), *block;
	struct trial trial = { .page = low };

	EXPECT(low);
	if (arch_irqs_disabled()) {
		__free_page(low);
		SKIP("interrupts are disabled");
	}
	EXPECT_BUG("in an interrupt", irq_call(map_it, &trial));
	EXPECT_BUG("in an interrupt", irq_call(unmap_it, &trial));
	EXPECT(!trial.address);
	__free_page(low);
	HIGHMEM_OR_SKIP(block);
	trial.page = block;
	EXPECT_BUG("in an interrupt", irq_call(map_it, &trial)); /* a new page */
	EXPECT(kmap(block));
	EXPECT_BUG("in an interrupt", irq_call(map_it, &trial)); /* one that is mapped */
	EXPECT_BUG("in an interrupt", irq_call(unmap_it, &trial));
	EXPECT(!trial.address);
	EXPECT(irq_call(look_it_up, &trial));
	EXPECT_EQ(trial.address, page_address(block));
	kunmap(block);
	EXPECT_EQ(slots(true), 0);
	free_block(block);
}

SELFTEST(kmap, told, "what kmap() and kunmap() refuse they name in each field, their caller too")
{
	struct page *askew = (struct page *)((vaddr_t)mem_map + 4), *block;
#define HERE selftest_kmap_told
	TOLD_BY("kmap", HERE, "not a page", askew, "the struct page of a frame of RAM",
		"a pointer outside mem_map, or into it askew", EXPECT(!kmap(askew)));
	TOLD_BY("kmap", HERE, "not a page", askew, "the struct page of a frame of RAM",
		"a pointer outside mem_map, or into it askew", kunmap(askew));
	HIGHMEM_OR_SKIP(block);
	TOLD_BY("kmap", HERE, "not mapped", block, "a page that kmap() has mapped",
		"a page that is in no slot", kunmap(block));
	EXPECT(kmap(block));
	kunmap(block);
	TOLD_BY("kmap", HERE, "not mapped", block, "a page that kmap() has mapped",
		"a page whose last user is gone", kunmap(block));
	free_block(block);
#undef HERE
}
