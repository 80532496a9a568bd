/*
 * told.c - claims about what the fixmap, kmap_local and ioremap refuse: every field of every report
 */
#include "kernel/irq.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/node.h"
#include "mm/page/page.h"
#include "mm/vmap/vmap.h"
#include "mm/window/ioremap.h"
#include "tests/selftests/fixmap/window.h"
#include "tests/selftests/told/told.h"

SELFTEST(fixmap, told_of_slots,
	 "what set_fixmap() and clear_fixmap() refuse they name in each field")
{
	const char *const any = "an index of enum fixed_addresses",
			  *const user = "a user slot: others have their own functions",
			  *const rights = "no right that the image keeps from the frame";
	volatile unsigned int end = __end_of_fixed_addresses;
	const unsigned int idx = clear_slot(0);
	const vaddr_t at = __fix_to_virt(idx);
#define TOLD(...) TOLD_BY("fixmap", selftest_fixmap_told_of_slots, __VA_ARGS__)

	if (idx > FIX_USER_LAST)
		SKIP("all user slots are set");
	TOLD("bad index", NULL, any, told_line("slot %u", end), EXPECT_EQ(fixmap_address(end), 0));
	TOLD("bad index", NULL, any, told_line("slot %u", end), set_fixmap(end, PHYS_OFFSET));
	TOLD("bad index", NULL, any, "slot 4294967295", clear_fixmap(~0u + end - end));
	TOLD("slot of another", __fix_to_virt(FIX_EARLY_LAST), user,
	     told_line("slot %u, of early", FIX_EARLY_LAST),
	     set_fixmap(FIX_EARLY_LAST, PHYS_OFFSET));
	TOLD("slot of another", __fix_to_virt(FIX_KMAP_BEGIN), user,
	     told_line("slot %u, of kmap_local", FIX_KMAP_BEGIN), clear_fixmap(FIX_KMAP_BEGIN));
	TOLD("slot of another", __fix_to_virt(FIX_PORT_FIRST), user,
	     told_line("slot %u, of port", FIX_PORT_FIRST), clear_fixmap(FIX_PORT_FIRST));
	TOLD("forbidden alias", at, rights, told_line("slot %u, of user", idx),
	     __set_fixmap(idx, PHYS_OFFSET, PAGE_KERNEL_EXEC));
	TOLD("slot not set", at, "a slot that set_fixmap() has set",
	     told_line("slot %u, of user", idx), clear_fixmap(idx));
	set_fixmap(idx, PHYS_OFFSET);
	TOLD("slot in use", at, "a clear slot: clear_fixmap() it first",
	     told_line("slot %u, of user", idx), set_fixmap(idx, PHYS_OFFSET));
	clear_fixmap(idx);
#undef TOLD
}

SELFTEST(fixmap, told_of_addresses,
	 "what is no slot's address is named in each field, early ones too")
{
	char *const below = (char *)FIXADDR_START - 1, *va = early_map(PHYS_OFFSET, 1);
	const vaddr_t behind = __fix_to_virt(__end_of_fixed_addresses);
#define TOLD(...) TOLD_BY("fixmap", selftest_fixmap_told_of_addresses, __VA_ARGS__)

	EXPECT(va);
	TOLD("bad address", below, "an address in a slot of the fixmap", told_line("%p", below),
	     EXPECT_EQ(fixmap_index((vaddr_t)below), __end_of_fixed_addresses));
	TOLD("bad address", behind, "an address in a slot of the fixmap",
	     told_line("%p", (void *)behind), fixmap_index(behind));
	TOLD("early slots in use", __fix_to_virt(FIX_EARLY_FIRST), "early_unmap() before the next",
	     told_line("slot %u, of early", FIX_EARLY_FIRST), EXPECT(!early_map(PHYS_OFFSET, 1)));
	TOLD("not mapped", va + PAGE_SIZE, "what early_map() has returned",
	     told_line("%p", va + PAGE_SIZE), early_unmap(va + PAGE_SIZE));
	early_unmap(va);
	TOLD("not mapped", va, "what early_map() has returned", told_line("%p", va),
	     early_unmap(va));
#undef TOLD
}

/* --- kmap_local ------------------------------------------------------------------------------- */

static void *slot_address(unsigned int cpu, unsigned int nth)
{
	return (void *)__fix_to_virt(FIX_KMAP_BEGIN + cpu * KM_MAX_IDX + nth);
}

SELFTEST(kmap_local, told_of_addresses, "what kunmap_local() refuses it names in each field")
{
	const char *const last = "the slot taken last on this CPU, or lowmem",
			  *const any = "a slot that is in use on this CPU, or lowmem";
	const unsigned int me = arch_cpu_id(), other = me ? 0 : NR_CPUS - 1;
	void *const end = (void *)__fix_to_virt(FIX_KMAP_END + 1);
#define TOLD(...) TOLD_BY("kmap_local", selftest_kmap_local_told_of_addresses, __VA_ARGS__)

	TOLD("not mapped", slot_address(me, 15), last,
	     told_line("slot 15 of CPU %u; CPU %u has 0 in use", me, me),
	     kunmap_local(slot_address(me, 15)));
	TOLD("not mapped", slot_address(me, 0), any,
	     told_line("slot 0 of CPU %u; CPU %u has 0 in use", me, me),
	     EXPECT(!kmap_atomic_to_page(slot_address(me, 0))));
	TOLD("slot of another CPU", slot_address(other, 15), last,
	     told_line("slot 15 of CPU %u; CPU %u has 0 in use", other, me),
	     kunmap_local(slot_address(other, 15)));
	TOLD("not a slot", end, last, told_line("%p, CPU %u has 0 in use", end, me),
	     kunmap_local(end));
	TOLD("not a slot", (char *)slot_address(0, 0) - 1, any,
	     told_line("%p, CPU %u has 0 in use", (char *)slot_address(0, 0) - 1, me),
	     EXPECT(!kmap_atomic_to_page((char *)slot_address(0, 0) - 1)));
#undef TOLD
}

SELFTEST(kmap_local, told_of_pages, "what kmap_local_page() refuses it names in each field")
{
	const unsigned int me = arch_cpu_id();
	struct page *page = alloc_page(GFP_HIGHUSER), *behind = pfn_to_page(max_pfn);
	const pfn_t pfn = page ? page_to_pfn(page) : 0;
	const char *found;
#define TOLD(...) TOLD_BY("kmap_local", selftest_kmap_local_told_of_pages, __VA_ARGS__)

	EXPECT(page);
	found = told_line("pfn 0x%lx, 0 slots in use on CPU %u", max_pfn, me);
	TOLD("not RAM", max_pfn, "a frame of RAM", found, EXPECT(!kmap_local_page(behind)));
	TOLD("not RAM", max_pfn, "a frame of RAM", found, EXPECT(!kmap_local_pfn(max_pfn)));
	if (!PageHighMem(page)) {
		__free_page(page);
		SKIP("no highmem");
	}
	TOLD("forbidden alias", pfn, "no mapping that is executable", told_line("pfn 0x%lx", pfn),
	     EXPECT(!kmap_local_page_prot(page, PAGE_KERNEL_EXEC)));
	for (unsigned int i = 0; i < KM_MAX_IDX; i++)
		EXPECT(kmap_local_page(page));
	found = told_line("pfn 0x%lx, 16 slots in use on CPU %u", pfn, me);
	TOLD("too deep", pfn, "kunmap_local() of one of the 16 pages held", found,
	     EXPECT(!kmap_local_page(page)));
	TOLD("too deep", pfn, "kunmap_local() of one of the 16 pages held", found,
	     EXPECT(!kmap_local_pfn(pfn)));
	kunmap_local(slot_address(me, 15)); /* the sixteenth may be had again, and no more */
	EXPECT(kmap_local_page(page) == slot_address(me, 15));
	TOLD("out of order", slot_address(me, 14), "the slot taken last on this CPU, or lowmem",
	     told_line("slot 14 of CPU %u; CPU %u has 16 in use", me, me),
	     kunmap_local(slot_address(me, 14)));
	kmap_local_unwind(0);
	__free_page(page);
#undef TOLD
}

/* --- ioremap ---------------------------------------------------------------------------------- */

enum { SRAM_PHYS = 0x48200000 };

static void map_it(void *arg)
{
	*(void **)arg = ioremap(SRAM_PHYS, 4);
}

static void unmap_it(void *arg)
{
	iounmap(*(void **)arg);
	*(void **)arg = NULL; /* so that this is no call that iounmap() returns past */
}

SELFTEST(ioremap, told, "what ioremap() and iounmap() refuse they name in each field")
{
	const char *const nobody = "a caller that no handler called";
	const paddr_t ram = pfn_to_phys(min_pfn), end = pfn_to_phys(max_pfn);
	char *va = ioremap(SRAM_PHYS, PAGE_SIZE);
	void *none = NULL;
#define TOLD_AT(place, ...) TOLD_BY("ioremap", place, __VA_ARGS__)
#define TOLD(...)	    TOLD_AT(selftest_ioremap_told, __VA_ARGS__)

	EXPECT(va);
	TOLD("zero size", SRAM_PHYS, "a byte or more", "0x0 bytes at 0x48200000",
	     EXPECT(!ioremap(SRAM_PHYS, 0)));
	TOLD("wraps round", ~(paddr_t)0, "a range below the last physical address",
	     told_line("0x2 bytes at 0x%lx", ~(paddr_t)0), EXPECT(!ioremap_wc(~(paddr_t)0, 2)));
	TOLD("RAM", ram - 1, "what is no RAM", told_line("0x2 bytes at 0x%lx", ram - 1),
	     EXPECT(!ioremap_cache(ram - 1, 2)));
	TOLD("RAM", end - 1, "what is no RAM", told_line("0x1 bytes at 0x%lx", end - 1),
	     EXPECT(!ioremap(end - 1, 1)));
	TOLD("interior address", va + PAGE_SIZE, "the start of a ioremap area",
	     told_line("the guard page, 0x1000 bytes into the ioremap area %p", (void *)va),
	     iounmap(va + PAGE_SIZE));
	if (!arch_irqs_disabled()) {
		TOLD_AT(map_it, "in an interrupt", SRAM_PHYS, nobody, "0x4 bytes at 0x48200000",
			irq_call(map_it, &none));
		EXPECT(!none);
		none = va;
		TOLD_AT(unmap_it, "in an interrupt", va, nobody,
			told_line("0x0 bytes at 0x%lx", (vaddr_t)va), irq_call(unmap_it, &none));
	}
	iounmap(va);
#undef TOLD
#undef TOLD_AT
}
