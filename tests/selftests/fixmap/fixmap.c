/*
 * fixmap.c - claims about the slots of the fixed window, one by one
 *
 * Each test leaves the user slots clear; those that a person has set at the prompt are left alone:
 * then there are fewer to test with, and without any the test is skipped.
 */
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "lib/raw.h"
#include "mm/page/page.h"
#include "tests/selftests/fixmap/window.h"

enum { USER_SLOTS = FIX_USER_LAST - FIX_USER_FIRST + 1 };

#define SLOT_OR_SKIP(idx)                               \
	do {                                            \
		(idx) = clear_slot(0);                  \
		if ((idx) > FIX_USER_LAST)              \
			SKIP("all user slots are set"); \
	} while (0)

static volatile u32 *word_at(vaddr_t va)
{
	return (volatile u32 *)va;
}

/* --- addresses -------------------------------------------------------------------------------- */

SELFTEST(fixmap, addresses, "every slot has an address of its own, which leads back to it")
{
	for (unsigned int idx = 0; idx < __end_of_fixed_addresses; idx++) {
		EXPECT_EQ(fix_to_virt(idx), FIXADDR_START + idx * PAGE_SIZE);
		EXPECT_EQ(virt_to_fix(fix_to_virt(idx)), idx);
		EXPECT_EQ(virt_to_fix(fix_to_virt(idx) + PAGE_SIZE - 1), idx);
	}
	EXPECT_EQ(fix_to_virt(FIX_USER_LAST), __fix_to_virt(FIX_USER_LAST)); /* a constant */
	EXPECT(fix_to_virt(FIX_USER_LAST) + PAGE_SIZE <= FIXADDR_END);
}

SELFTEST(fixmap, bad_index, "an index beyond the last slot is refused, by every function")
{
	volatile unsigned int bad = __end_of_fixed_addresses, huge = ~0u;
	u64 before = window_state();

	EXPECT_BUG("bad index", EXPECT_EQ(fix_to_virt(bad), 0));
	EXPECT_BUG("bad index", EXPECT_EQ(fix_to_virt(huge), 0));
	EXPECT_BUG("bad index", set_fixmap(bad, PHYS_OFFSET));
	EXPECT_BUG("bad index", set_fixmap_io(huge, PHYS_OFFSET));
	EXPECT_BUG("bad index", clear_fixmap(bad));
	EXPECT_BUG("bad index", EXPECT_EQ(set_fixmap_offset(bad, PHYS_OFFSET + 4), 0));
	EXPECT(window_state() == before);
	EXPECT(fixmap_check());
}

SELFTEST(fixmap, bad_address, "an address in no slot has no index")
{
	const vaddr_t bad[] = { 0,
				PAGE_OFFSET,
				FIXADDR_START - 1,
				__fix_to_virt(__end_of_fixed_addresses),
				FIXADDR_END,
				~0ul };

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_BUG("bad address", EXPECT_EQ(virt_to_fix(bad[i]), __end_of_fixed_addresses));
}

/* --- setting and clearing --------------------------------------------------------------------- */

SELFTEST(fixmap, shows_the_page, "a slot shows its page, and faults when it is clear")
{
	unsigned long page = __get_free_page(GFP_KERNEL);
	unsigned int idx;

	EXPECT(page);
	SLOT_OR_SKIP(idx);
	EXPECT(is_dead(fix_to_virt(idx)));
	set_fixmap(idx, virt_to_phys((void *)page));
	*word_at(page) = 0x11111111;
	EXPECT_EQ(*word_at(fix_to_virt(idx)), 0x11111111);
	*word_at(fix_to_virt(idx) + PAGE_SIZE - 4) = 0x22222222;
	EXPECT_EQ(*word_at(page + PAGE_SIZE - 4), 0x22222222);
	EXPECT(fixmap_check());
	clear_fixmap(idx);
	EXPECT(is_dead(fix_to_virt(idx)));
	EXPECT(fixmap_check());
	free_page(page);
}

SELFTEST(fixmap, set_anew, "a slot that is cleared and set again shows the new page at once")
{
	unsigned long pages = __get_free_pages(GFP_KERNEL, 1);
	unsigned int idx;

	EXPECT(pages);
	SLOT_OR_SKIP(idx);
	for (u32 round = 0; round < 100; round++) {
		unsigned long page = pages + (round & 1) * PAGE_SIZE;

		*word_at(page) = round;
		set_fixmap(idx, virt_to_phys((void *)page));
		EXPECT_EQ(*word_at(fix_to_virt(idx)), round);
		clear_fixmap(idx);
		EXPECT(is_dead(fix_to_virt(idx)));
	}
	free_pages(pages, 1);
}

SELFTEST(fixmap, highmem, "a highmem page is reached through a slot")
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	unsigned int idx = clear_slot(0);

	EXPECT(page);
	if (PageHighMem(page) && idx <= FIX_USER_LAST) {
		set_fixmap(idx, page_to_phys(page));
		*word_at(fix_to_virt(idx)) = 0x33333333;
		EXPECT_EQ(*word_at(fix_to_virt(idx)), 0x33333333);
		clear_fixmap(idx);
	} else {
		selftest_skip("no highmem, or no slot");
	}
	__free_page(page);
}

SELFTEST(fixmap, rights, "each kind of mapping has its rights and memory type, none is executable")
{
	const struct {
		pgprot_t prot;
		bool write, device, cached;
	} kinds[] = {
		{ FIXMAP_PAGE_NORMAL, true, false, true },
		{ FIXMAP_PAGE_RO, false, false, true },
		{ FIXMAP_PAGE_NOCACHE, true, false, false },
		{ FIXMAP_PAGE_IO, true, true, false },
	};
	unsigned long page = __get_free_page(GFP_KERNEL);
	struct arch_mapping m;
	unsigned int idx;
	u32 word;

	EXPECT(page);
	SLOT_OR_SKIP(idx);
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		__set_fixmap(idx, virt_to_phys((void *)page), kinds[i].prot);
		arch_walk(fix_to_virt(idx), &m);
		EXPECT(m.present && m.read && !m.exec && !m.user);
		EXPECT(m.write == kinds[i].write && m.device == kinds[i].device);
		EXPECT_EQ(m.cached, kinds[i].cached);
		EXPECT(arch_try_read(fix_to_virt(idx), 4, &word, NULL));
		EXPECT(arch_try_write(fix_to_virt(idx), 4, 0, NULL) == kinds[i].write);
		clear_fixmap(idx);
	}
	free_page(page);
}

SELFTEST(fixmap, device, "a device is reached through a slot as through its own mapping")
{
	unsigned int idx;

	if (!arch_nr_devices)
		SKIP("this port has no devices");
	SLOT_OR_SKIP(idx);
	set_fixmap_io(idx, arch_devices[0].base); /* its first register is an identification */
	EXPECT_EQ(*word_at(fix_to_virt(idx)), *word_at(arch_devices[0].va));
	clear_fixmap(idx);
	set_fixmap_nocache(idx, arch_devices[0].base);
	EXPECT_EQ(*word_at(fix_to_virt(idx)), *word_at(arch_devices[0].va));
	clear_fixmap(idx);
}

SELFTEST(fixmap, offset, "set_fixmap_offset gives the address of the very byte")
{
	unsigned long page = __get_free_page(GFP_KERNEL);
	paddr_t phys = virt_to_phys((void *)page);
	unsigned int idx;

	EXPECT(page);
	SLOT_OR_SKIP(idx);
	*word_at(page + 0x7fc) = 0x44444444;
	EXPECT_EQ(set_fixmap_offset(idx, phys + 0x7fc), fix_to_virt(idx) + 0x7fc);
	EXPECT_EQ(*word_at(fix_to_virt(idx) + 0x7fc), 0x44444444);
	clear_fixmap(idx);
	EXPECT_EQ(set_fixmap_offset_nocache(idx, phys + 1), fix_to_virt(idx) + 1);
	clear_fixmap(idx);
	EXPECT_EQ(set_fixmap_offset_io(idx, phys), fix_to_virt(idx));
	clear_fixmap(idx);
	free_page(page);
}

SELFTEST(fixmap, setter, "the view names who set a slot")
{
	struct fixmap_slot slot;
	unsigned int idx;

	SLOT_OR_SKIP(idx);
	fixmap_look(idx, &slot);
	EXPECT(!slot.set && !slot.set_by && slot.use == FIXMAP_USER);
	set_fixmap(idx, PHYS_OFFSET);
	fixmap_look(idx, &slot);
	EXPECT(slot.set && slot.phys == PHYS_OFFSET);
	EXPECT(slot.set_by - (unsigned long)selftest_fixmap_setter < 0x400);
	clear_fixmap(idx);
	fixmap_look(FIX_PORT_FIRST, &slot);
	EXPECT(!arch_nr_devices || (slot.set && slot.device));
}

/* --- refusals: named, and nothing changed ----------------------------------------------------- */

SELFTEST(fixmap, in_use, "a slot that is set is not set over")
{
	unsigned int idx;
	u64 before;

	SLOT_OR_SKIP(idx);
	set_fixmap(idx, PHYS_OFFSET);
	before = window_state();
	EXPECT_BUG("slot in use", set_fixmap(idx, PHYS_OFFSET + PAGE_SIZE));
	EXPECT_BUG("slot in use", EXPECT(!fixmap_set(idx, PHYS_OFFSET, PAGE_KERNEL)));
	EXPECT_BUG("slot in use", EXPECT_EQ(set_fixmap_offset(idx, PHYS_OFFSET), 0));
	EXPECT(window_state() == before);
	EXPECT(fixmap_check());
	clear_fixmap(idx);
}

SELFTEST(fixmap, not_set, "a slot that is clear is not cleared")
{
	unsigned int idx;
	u64 before = window_state();

	SLOT_OR_SKIP(idx);
	EXPECT_BUG("slot not set", clear_fixmap(idx));
	set_fixmap(idx, PHYS_OFFSET);
	EXPECT(fixmap_clear(idx));
	EXPECT_BUG("slot not set", EXPECT(!fixmap_clear(idx)));
	EXPECT(window_state() == before);
	EXPECT(fixmap_check());
}

SELFTEST(fixmap, not_the_callers,
	 "slots of devices, early tables and kmap_local are not for everybody")
{
	static const unsigned int others[] = { FIX_PORT_FIRST, FIX_PORT_LAST,  FIX_EARLY_FIRST,
					       FIX_EARLY_LAST, FIX_KMAP_BEGIN, FIX_KMAP_END };
	u64 before = window_state();

	for (unsigned int i = 0; i < ARRAY_SIZE(others); i++) {
		EXPECT_BUG("slot of another", set_fixmap(others[i], PHYS_OFFSET));
		EXPECT_BUG("slot of another", clear_fixmap(others[i]));
	}
	EXPECT(window_state() == before);
	EXPECT(fixmap_check());
}

static const char constant[] = "in the image";

SELFTEST(fixmap, image,
	 "what the image keeps read-only no slot makes writable, and none executable")
{
	const paddr_t frames[] = { virt_to_phys((void *)((vaddr_t)clear_slot & PAGE_MASK)),
				   virt_to_phys(constant) };
	const pgprot_t refused[] = { FIXMAP_PAGE_NORMAL, FIXMAP_PAGE_NOCACHE, FIXMAP_PAGE_IO,
				     PAGE_KERNEL_EXEC };
	unsigned int idx;
	u64 before;

	if (arch_image_end() == PHYS_OFFSET)
		SKIP("the image lies in no frame of RAM");
	SLOT_OR_SKIP(idx);
	before = window_state();
	for (unsigned int i = 0; i < ARRAY_SIZE(frames) * ARRAY_SIZE(refused); i++)
		EXPECT_BUG("forbidden alias",
			   EXPECT(!fixmap_set(idx, frames[i % 2], refused[i / 2])));
	EXPECT_BUG("forbidden alias", set_fixmap(idx, frames[0]));
	EXPECT_BUG("forbidden alias", EXPECT_EQ(set_fixmap_offset(idx, frames[0] + 4), 0));
	EXPECT_BUG("forbidden alias", __set_fixmap(idx, frames[1], PAGE_KERNEL_ROX));
	EXPECT_BUG("forbidden alias", __set_fixmap(idx, PHYS_OFFSET, PAGE_KERNEL_ROX));
	EXPECT(window_state() == before);
	for (unsigned int i = 0; i < ARRAY_SIZE(frames); i++) {
		EXPECT(fixmap_set(idx, frames[i], FIXMAP_PAGE_RO));
		EXPECT(!arch_try_write(fix_to_virt(idx), 4, 0, NULL));
		clear_fixmap(idx);
	}
	EXPECT(fixmap_check());
}

/* --- early tables ----------------------------------------------------------------------------- */

SELFTEST(fixmap, early_map, "early_map shows 1 MiB at any alignment, read-only, and no more")
{
	const paddr_t ram = PHYS_OFFSET + 8 * MiB; /* behind the image, whose stacks have guards */
	const size_t most = (FIX_EARLY_LAST - FIX_EARLY_FIRST + 1) * PAGE_SIZE;
	char *va = early_map(ram + 0xffc, MiB);

	EXPECT(va);
	EXPECT_EQ((vaddr_t)va & ~PAGE_MASK, 0xffc);
	EXPECT_EQ(*word_at((vaddr_t)va), raw_read((u32 *)phys_to_virt(ram + 0xffc)));
	EXPECT_EQ(va[MiB - 1], raw_read((char *)phys_to_virt(ram + 0xffc) + MiB - 1));
	EXPECT(!arch_try_write((vaddr_t)va, 4, 0, NULL));
	EXPECT(fixmap_check());
	early_unmap(va);
	EXPECT(is_dead((vaddr_t)va));
	EXPECT(!early_map(ram, 0));
	EXPECT(!early_map(ram, most + 1));
	EXPECT(!early_map(ram + 1, most));
	EXPECT(!early_map(ram, ~(size_t)0));
	EXPECT(!early_map(~(paddr_t)0, 2));
	va = early_map(ram, most);
	EXPECT(va && fixmap_check());
	early_unmap(va);
	EXPECT(fixmap_check());
}

SELFTEST(fixmap, early_refusals,
	 "a second early mapping is refused, and unmapping what is not mapped")
{
	char *va = early_map(PHYS_OFFSET, PAGE_SIZE);
	u64 mapped = window_state();

	EXPECT(va);
	EXPECT_BUG("early slots in use", EXPECT(!early_map(PHYS_OFFSET, 1)));
	EXPECT_BUG("not mapped", early_unmap(va + PAGE_SIZE));
	EXPECT_BUG("not mapped", early_unmap(NULL));
	EXPECT(window_state() == mapped);
	early_unmap(va + 4); /* any address of its first page */
	EXPECT_BUG("not mapped", early_unmap(va));
	EXPECT(fixmap_check());
}

/* --- the checker, and everything together ----------------------------------------------------- */

/* Behind the fixmap's back. */
static void clear_entry(vaddr_t va)
{
	arch_pte_clear(arch_pte_find(va));
	arch_tlb_flush_range(va, va + PAGE_SIZE);
}

SELFTEST(fixmap, check_sees, "the checker finds an entry that nobody owns, and one that is gone")
{
	vaddr_t beyond = FIXADDR_END - PAGE_SIZE;
	unsigned int idx;

	SLOT_OR_SKIP(idx);
	arch_pte_set(arch_pte_find(fix_to_virt(idx)), arch_pte_make(PHYS_OFFSET, PAGE_KERNEL_RO));
	EXPECT(!fixmap_check());
	clear_entry(fix_to_virt(idx));
	EXPECT(fixmap_check());
	set_fixmap(idx, PHYS_OFFSET);
	clear_entry(fix_to_virt(idx));
	EXPECT(!fixmap_check());
	clear_fixmap(idx);
	EXPECT(fixmap_check());
	arch_pte_set(arch_pte_find(beyond), arch_pte_make(PHYS_OFFSET, PAGE_KERNEL_RO));
	EXPECT(!fixmap_check());
	clear_entry(beyond);
	EXPECT(fixmap_check());
}

/* What the random test believes of a slot: the page it shows, -1 when it is clear. */
struct model {
	int page[USER_SLOTS];
	unsigned int idx[USER_SLOTS]; /* the slots to play with */
	unsigned int slots;
};

static bool agrees(const struct model *model)
{
	for (unsigned int i = 0; i < model->slots; i++) {
		vaddr_t va = __fix_to_virt(model->idx[i]);

		if (model->page[i] < 0)
			CHECK(is_dead(va));
		else
			CHECK(*word_at(va) == (u32)model->page[i]);
	}
	return true;
}

static bool change_one(struct model *model, struct rng *rng, paddr_t pages)
{
	unsigned int i = rng_below(rng, model->slots), page = rng_below(rng, 4);

	if (model->page[i] < 0) {
		CHECK(fixmap_set(model->idx[i], pages + (page << PAGE_SHIFT), PAGE_KERNEL));
		model->page[i] = (int)page;
	} else {
		CHECK(fixmap_clear(model->idx[i]));
		model->page[i] = -1;
	}
	return true;
}

SELFTEST(fixmap, random, "after any sequence of sets and clears each slot shows what it should")
{
	unsigned long pages = __get_free_pages(GFP_KERNEL, 2);
	struct model model = {};
	struct rng rng;

	EXPECT(pages);
	rng_seed(&rng, selftest_seed());
	for (; clear_slot(model.slots) <= FIX_USER_LAST; model.slots++) {
		model.idx[model.slots] = clear_slot(model.slots);
		model.page[model.slots] = -1;
	}
	for (unsigned int i = 0; i < 4; i++)
		*word_at(pages + i * PAGE_SIZE) = i;
	for (unsigned int step = 0; model.slots && step < 2000; step++) {
		EXPECT(change_one(&model, &rng, virt_to_phys((void *)pages)));
		EXPECT(agrees(&model));
		EXPECT(step % 100 || fixmap_check());
	}
	for (unsigned int i = 0; i < model.slots; i++)
		if (model.page[i] >= 0)
			clear_fixmap(model.idx[i]);
	free_pages(pages, 2);
}
