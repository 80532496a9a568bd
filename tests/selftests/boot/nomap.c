/*
 * nomap.c - claims about memory that must not be mapped, on a machine whose boot loader named some
 *
 * Run by tests/boot/test_reserved.py on such a machine; on others all of it is skipped.
 */
#include "arch/arch.h"
#include "boot/boot_info.h"
#include "kernel/selftest/selftest.h"
#include "mm/fixmap/fixmap.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/node.h"
#include "mm/page/page.h"
#include "mm/window/ioremap.h"

static const char *const none = "the boot loader named no memory that must not be mapped";

/* The nth range of no-map memory, in lowmem or above; NULL behind the last. */
static const struct boot_range *nomap_range(unsigned int nth)
{
	for (unsigned int i = 0; i < boot_info.nr_reserved; i++)
		if ((boot_info.reserved[i].flags & BOOT_NOMAP) && nth-- == 0)
			return &boot_info.reserved[i];
	return NULL;
}

static bool frame_is_nothing(pfn_t pfn)
{
	u32 word;

	CHECK(!pfn_present(pfn));
	CHECK(!pfn_valid(pfn));
	CHECK(boot_touches_nomap(pfn_to_phys(pfn), 1));
	CHECK(pfn >= lowmem_end_pfn ||
	      !arch_try_read((vaddr_t)phys_to_virt(pfn_to_phys(pfn)), 4, &word, NULL));
	return true;
}

SELFTEST(nomap, absent, "memory that must not be mapped has no page, and in lowmem no translation")
{
	const struct boot_range *range;

	if (!nomap_range(0))
		SKIP("%s", none);
	for (unsigned int nth = 0; (range = nomap_range(nth)); nth++) {
		EXPECT(boot_all_nomap(range->base, range->size));
		for (paddr_t at = 0; at < range->size; at += PAGE_SIZE)
			EXPECT(frame_is_nothing(phys_to_pfn(range->base + at)));
	}
}

static void has_no_cached_alias(paddr_t phys)
{
	void *io;

	EXPECT_BUG("no-map memory", EXPECT(!ioremap_cache(phys, 4)));
	EXPECT_BUG("no-map memory", EXPECT(!ioremap_cache(phys - 4, 8)));
	EXPECT_BUG("not RAM", EXPECT(!kmap_local_pfn(phys_to_pfn(phys))));
	io = ioremap_wc(phys, PAGE_SIZE); /* its driver's way */
	EXPECT(io);
	iounmap(io);
}

SELFTEST(nomap, aliases, "no cached mapping shows such memory, one of its driver's may")
{
	const struct boot_range *range;

	if (!nomap_range(0))
		SKIP("%s", none);
	for (unsigned int nth = 0; (range = nomap_range(nth)); nth++)
		has_no_cached_alias(range->base);
}

SELFTEST(nomap, asked, "what touches no-map memory, and what is nothing else, is told to the byte")
{
	const struct boot_range *range = nomap_range(0);
	paddr_t base, size;

	if (!range)
		SKIP("%s", none);
	base = range->base;
	size = range->size;
	EXPECT(boot_touches_nomap(base, 1) && boot_touches_nomap(base + size - 1, 1));
	EXPECT(boot_touches_nomap(base - 1, 2) && boot_touches_nomap(0, (paddr_t)-1));
	EXPECT(!boot_touches_nomap(base - 1, 1) && !boot_touches_nomap(base, 0));
	EXPECT(boot_all_nomap(base, size) && boot_all_nomap(base - 1, 0));
	EXPECT(!boot_all_nomap(base - 1, 2) && !boot_all_nomap(base, (paddr_t)-1 - base));
}
