/*
 * cleared_map.c - EXTRA for tests/boot: the early allocator's map forgets what is taken
 *
 *	bootmem stage   a page is allocated low, and filled
 *	percpu stage    the bits of the tables, of the image and of that page are cleared; all lies below
 *	                16 MiB, and on a larger machine nothing else is allocated there
 *	hand-over       must not believe it
 *
 * Locking: none; boot, one CPU.
 * Read next: mm/page/handover.c, tests/boot/test_early.py
 */
#include <string.h>

#include "boot/boot_info.h"
#include "kernel/initcall.h"
#include "kernel/param.h"
#include "kernel/selftest/selftest.h"
#include "lib/bitmap.h"
#include "mm/early/bootmem.h"
#include "mm/early/bootmem_impl.h"
#include "mm/page/page.h"

static bool cleared_map;
PARAM_BOOL(cleared_map, cleared_map,
	   "for a test: what is reserved is called free before the hand-over");

static u8 *kept;

static void __init take(void)
{
	if (!cleared_map)
		return;
	kept = alloc_bootmem_low_pages(PAGE_SIZE);
	memset(kept, 0x77, PAGE_SIZE);
}
bootmem_initcall(take);

static void __init clear_bits(paddr_t base, paddr_t size)
{
	struct bootmem_data *b = NODE_DATA(0)->bdata;

	for (pfn_t pfn = phys_to_pfn(base); pfn < phys_to_pfn(base + size) && pfn < b->end; pfn++)
		clear_bit(pfn - b->start, b->map);
}

static void __init forget(void)
{
	if (!cleared_map)
		return;
	for (unsigned int i = 0; i < boot_info.nr_reserved; i++)
		clear_bits(boot_info.reserved[i].base, boot_info.reserved[i].size);
	clear_bits(virt_to_phys(kept), PAGE_SIZE);
}
percpu_initcall(forget);

SELFTEST(cleared_map, kept, "what was taken at boot stays reserved, whatever the map says")
{
	bool intact = true;

	if (!cleared_map)
		SKIP("boot with cleared_map=1");
	for (unsigned int i = 0; i < PAGE_SIZE; i++)
		intact = intact && kept[i] == 0x77;
	EXPECT(intact);
	EXPECT_EQ(page_state(virt_to_page(kept)), PAGE_RESERVED);
	EXPECT_EQ(page_state(pfn_to_page(phys_to_pfn(PHYS_OFFSET) + 4)), PAGE_RESERVED);
	EXPECT_EQ(page_state(virt_to_page((void *)ALIGN_DOWN((vaddr_t)buddy_check, PAGE_SIZE))),
		  PAGE_RESERVED);
	EXPECT(buddy_check());
}
