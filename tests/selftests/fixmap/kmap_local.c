/*
 * kmap_local.c - claims about each CPU's stack of slots, one by one
 *
 * Slots are taken by highmem only: without it most tests are skipped (boot with lowmem=32M).
 */
#include "kernel/selftest/selftest.h"
#include "kernel/shell/run.h"
#include "lib/random.h"
#include "mm/fixmap/kmap_local.h"
#include "tests/selftests/fixmap/window.h"

enum { BLOCK_ORDER = 5, BLOCK_PAGES = 1 << BLOCK_ORDER };

/* A block of highmem whose pages begin with their own number, in `block`. */
#define HIGHMEM_OR_SKIP(block)                                                      \
	do {                                                                        \
		(block) = highmem_block();                                          \
		if (!(block))                                                       \
			SKIP("no highmem on this machine, or no block of it left"); \
	} while (0)

static struct page *highmem_block(void)
{
	struct page *block = alloc_pages(GFP_HIGHUSER | __GFP_NOWARN, BLOCK_ORDER);

	if (!block)
		return NULL;
	if (!PageHighMem(block)) {
		__free_pages(block, BLOCK_ORDER);
		return NULL;
	}
	for (u32 i = 0; i < BLOCK_PAGES; i++) {
		u32 *va = kmap_local_page(block + i);

		if (!va) {
			__free_pages(block, BLOCK_ORDER);
			return NULL;
		}
		*va = i;
		kunmap_local(va);
	}
	return block;
}

static u32 read_word(const void *va)
{
	return *(const volatile u32 *)va;
}

static void *slot_address(unsigned int cpu, unsigned int nth)
{
	return (void *)__fix_to_virt(FIX_KMAP_BEGIN + cpu * KM_MAX_IDX + nth);
}

SELFTEST(kmap_local, not_executable,
	 "a highmem page gets no executable address, and no slot for it")
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	bool high;

	EXPECT(page);
	high = PageHighMem(page);
	if (high) {
		EXPECT_BUG("forbidden alias",
			   EXPECT(!kmap_local_page_prot(page, PAGE_KERNEL_EXEC)));
		EXPECT_BUG("forbidden alias", EXPECT(!kmap_atomic_prot(page, PAGE_KERNEL_ROX)));
		EXPECT_EQ(kmap_local_depth(), 0);
	}
	__free_page(page);
	if (!high)
		SKIP("no highmem");
}

SELFTEST(kmap_local, askew, "a pointer that is no page's, nor beside mem_map, is refused by name")
{
	struct page *const wrong[] = { mem_map - 1, mem_map + mem_map_pages,
				       (struct page *)((vaddr_t)mem_map + 4) };

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT_BUG("not RAM", EXPECT(!kmap_local_page(wrong[i])));
	EXPECT_EQ(kmap_local_depth(), 0);
}

SELFTEST(kmap_local, lowmem, "a lowmem page gives its own address, and takes no slot")
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *va;

	EXPECT(page);
	va = kmap_local_page(page);
	EXPECT_EQ(va, lowmem_page_address(page));
	EXPECT_EQ(kmap_local_depth(), 0);
	kunmap_local(va);
	kunmap_local((char *)va + PAGE_SIZE - 1);
	EXPECT_EQ(kmap_local_pfn(page_to_pfn(page)), va);
	EXPECT_EQ(kmap_atomic(page), va);
	EXPECT_EQ(kmap_atomic_to_page((char *)va + 5), page);
	kunmap_atomic(va);
	EXPECT(fixmap_check());
	__free_page(page);
}

SELFTEST(kmap_local, shows_the_page, "a highmem page is read and written through its slot")
{
	struct page *block;
	char *va;

	HIGHMEM_OR_SKIP(block);
	va = kmap_local_page(block);
	EXPECT_EQ(va, slot_address(arch_cpu_id(), 0));
	EXPECT_EQ(kmap_local_depth(), 1);
	EXPECT(fixmap_check());
	va[0] = 'a';
	va[PAGE_SIZE - 1] = 'z';
	kunmap_local(va + 100); /* any address of the page */
	EXPECT_EQ(kmap_local_depth(), 0);
	va = kmap_local_pfn(page_to_pfn(block));
	EXPECT(va);
	EXPECT(va[0] == 'a' && va[PAGE_SIZE - 1] == 'z');
	kunmap_local(va);
	EXPECT(fixmap_check());
	__free_pages(block, BLOCK_ORDER);
}

SELFTEST(kmap_local, new_page_at_once,
	 "a slot shows the page it is given, whatever it showed before")
{
	struct page *block;

	HIGHMEM_OR_SKIP(block);
	for (u32 i = 0; i < 4 * BLOCK_PAGES; i++) {
		void *va = kmap_local_page(block + i % BLOCK_PAGES);

		EXPECT_EQ(va, slot_address(arch_cpu_id(), 0));
		EXPECT_EQ(read_word(va), i % BLOCK_PAGES);
		kunmap_local(va);
	}
	__free_pages(block, BLOCK_ORDER);
}

SELFTEST(kmap_local, dead_after_unmap, "an unmapped address faults, although it was just in use")
{
	struct page *block;
	void *va;

	HIGHMEM_OR_SKIP(block);
	va = kmap_local_page(block);
	EXPECT(va);
	EXPECT_EQ(read_word(va), 0);
	kunmap_local(va);
	EXPECT(is_dead((vaddr_t)va));
	__free_pages(block, BLOCK_ORDER);
}

SELFTEST(kmap_local, rights, "a page mapped read-only cannot be written, and none is executable")
{
	struct arch_mapping m;
	struct page *block;
	void *va;

	HIGHMEM_OR_SKIP(block);
	va = kmap_local_page_prot(block + 3, PAGE_KERNEL_RO);
	EXPECT(va);
	EXPECT_EQ(read_word(va), 3);
	EXPECT(!arch_try_write((vaddr_t)va, 4, 0, NULL));
	kunmap_local(va);
	va = kmap_atomic_prot(block, PAGE_KERNEL);
	EXPECT(va);
	arch_walk((vaddr_t)va, &m);
	EXPECT(m.present && m.write && !m.exec && m.cached);
	kunmap_atomic(va);
	__free_pages(block, BLOCK_ORDER);
}

SELFTEST(kmap_local, sixteen, "a CPU maps 16 pages at a time, the last one unmapped first")
{
	struct page *block;
	void *va[KM_MAX_IDX];

	HIGHMEM_OR_SKIP(block);
	for (unsigned int i = 0; i < KM_MAX_IDX; i++) {
		va[i] = kmap_local_page(block + i);
		EXPECT_EQ(va[i], slot_address(arch_cpu_id(), i));
		EXPECT_EQ(kmap_local_depth(), i + 1);
	}
	EXPECT(fixmap_check());
	for (unsigned int i = KM_MAX_IDX; i-- > 0;) {
		for (unsigned int below = 0; below <= i; below++)
			EXPECT_EQ(read_word(va[below]), below);
		kunmap_local(va[i]);
		EXPECT(is_dead((vaddr_t)va[i]));
	}
	EXPECT(kmap_local_depth() == 0 && fixmap_check());
	__free_pages(block, BLOCK_ORDER);
}

SELFTEST(kmap_local, atomic, "kmap_atomic is the same stack, and leads back to its page")
{
	struct page *block;
	void *a, *b;

	HIGHMEM_OR_SKIP(block);
	a = kmap_atomic(block + 1);
	b = kmap_atomic_pfn(page_to_pfn(block + 2));
	EXPECT_EQ(kmap_local_depth(), 2);
	EXPECT_EQ(read_word(a) + read_word(b), 3);
	EXPECT_EQ(kmap_atomic_to_page(a), block + 1);
	EXPECT_EQ(kmap_atomic_to_page((char *)b + PAGE_SIZE - 1), block + 2);
	kunmap_atomic(b);
	EXPECT_BUG("not mapped", EXPECT(!kmap_atomic_to_page(b)));
	kunmap_atomic(a);
	__free_pages(block, BLOCK_ORDER);
}

SELFTEST(kmap_local, mapper, "the view names who holds a slot, and which CPU's it is")
{
	struct fixmap_slot slot;
	struct page *block;
	void *va;

	HIGHMEM_OR_SKIP(block);
	va = kmap_local_page(block);
	EXPECT(va);
	fixmap_look(virt_to_fix((vaddr_t)va), &slot);
	EXPECT(slot.set && slot.use == FIXMAP_KMAP);
	EXPECT(slot.phys == page_to_phys(block));
	EXPECT(slot.cpu == arch_cpu_id() && slot.nth == 0);
	EXPECT(slot.set_by - (unsigned long)selftest_kmap_local_mapper < 0x400);
	kunmap_local(va);
	fixmap_look(virt_to_fix((vaddr_t)va), &slot);
	EXPECT(!slot.set && !slot.set_by);
	__free_pages(block, BLOCK_ORDER);
}

SELFTEST(kmap_local, narrated, "while each step is narrated, mapping and its refusals are the same")
{
	struct page *block;
	void *a, *b;

	HIGHMEM_OR_SKIP(block);
	a = kmap_local_page(block + 1); /* narration may begin and end between map and unmap */
	kmap_local_narrate(true);
	b = kmap_local_page(block + 2);
	EXPECT(kmap_local_depth() == 2 && read_word(a) == 1 && read_word(b) == 2);
	EXPECT_BUG("out of order", kunmap_local(a));
	kmap_local_narrate(false);
	kunmap_local(b);
	kmap_local_narrate(true);
	kunmap_local(a);
	EXPECT(is_dead((vaddr_t)a) && is_dead((vaddr_t)b));
	EXPECT_BUG("not mapped", kunmap_local(a));
	kmap_local_narrate(false);
	EXPECT(fixmap_check());
	__free_pages(block, BLOCK_ORDER);
}

/* --- who uses it ------------------------------------------------------------------------------ */

SELFTEST(kmap_local, zeroed_highmem, "__GFP_ZERO clears highmem, whatever it held")
{
	struct page *block;
	bool clear = true;

	HIGHMEM_OR_SKIP(block);
	for (unsigned int i = 0; i < BLOCK_PAGES; i++) {
		u32 *va = kmap_local_page(block + i);

		EXPECT(va);
		for (unsigned int w = 0; w < PAGE_SIZE / 4; w++)
			va[w] = 0xa5a5a5a5;
		kunmap_local(va);
	}
	__free_pages(block, BLOCK_ORDER);
	block = alloc_pages(GFP_HIGHUSER | __GFP_ZERO, BLOCK_ORDER);
	EXPECT(block);
	for (unsigned int i = 0; i < BLOCK_PAGES; i++) {
		u32 *va = kmap_local_page(block + i);

		EXPECT(va);
		for (unsigned int w = 0; w < PAGE_SIZE / 4; w++)
			clear = clear && va[w] == 0;
		kunmap_local(va);
	}
	__free_pages(block, BLOCK_ORDER);
	EXPECT(clear);
}

SELFTEST(kmap_local, no_slot_to_clear,
	 "when no slot is left, cleared highmem is refused, and nothing lost")
{
	unsigned long free_before;
	struct page *block;

	HIGHMEM_OR_SKIP(block);
	for (unsigned int i = 0; i < KM_MAX_IDX; i++)
		kmap_local_page(block + i);
	free_before = nr_free_pages();
	EXPECT_BUG("too deep", EXPECT(!alloc_pages(GFP_HIGHUSER | __GFP_ZERO, 2)));
	EXPECT_EQ(nr_free_pages(), free_before);
	kmap_local_unwind(0);
	EXPECT(fixmap_check());
	__free_pages(block, BLOCK_ORDER);
}

SELFTEST(kmap_local, unwind, "unwinding unmaps the newest, down to the depth that is asked for")
{
	struct page *block;
	void *first;

	HIGHMEM_OR_SKIP(block);
	first = kmap_local_page(block + 7);
	for (unsigned int i = 0; i < 5; i++)
		kmap_local_page(block + i);
	kmap_local_unwind(6);
	EXPECT_EQ(kmap_local_depth(), 6);
	kmap_local_unwind(1);
	EXPECT_EQ(kmap_local_depth(), 1);
	EXPECT_EQ(read_word(first), 7);
	kunmap_local(first);
	EXPECT(fixmap_check());
	__free_pages(block, BLOCK_ORDER);
}

static struct page *page_to_leave;

static int leave_it_mapped(int argc __unused, char **argv __unused)
{
	kmap_local_page(page_to_leave);
	return SHELL_OK;
}

SELFTEST(kmap_local, command_ends,
	 "a command that ends with a page mapped fails, and keeps no slot")
{
	const struct shell_cmd cmd = { .name = "leave", .args = "", .run = leave_it_mapped };
	char name[] = "leave", *argv[] = { name, NULL };
	struct page *block;

	HIGHMEM_OR_SKIP(block);
	page_to_leave = block;
	EXPECT_EQ(shell_run_cmd(&cmd, 1, argv), SHELL_FAIL);
	EXPECT_EQ(kmap_local_depth(), 0);
	EXPECT(fixmap_check());
	__free_pages(block, BLOCK_ORDER);
}

/* --- refusals: named, and nothing changed ----------------------------------------------------- */

SELFTEST(kmap_local, too_deep, "the 17th page is refused")
{
	struct page *block;
	u64 before;

	HIGHMEM_OR_SKIP(block);
	for (unsigned int i = 0; i < KM_MAX_IDX; i++)
		kmap_local_page(block + i);
	before = window_state();
	EXPECT_BUG("too deep", EXPECT(!kmap_local_page(block + KM_MAX_IDX)));
	EXPECT_BUG("too deep", EXPECT(!kmap_atomic_pfn(page_to_pfn(block))));
	EXPECT(window_state() == before && kmap_local_depth() == KM_MAX_IDX);
	EXPECT(fixmap_check());
	kmap_local_unwind(0);
	__free_pages(block, BLOCK_ORDER);
}

SELFTEST(kmap_local, out_of_order, "only the page that was mapped last is unmapped")
{
	struct page *block;
	void *va[3];
	u64 before;

	HIGHMEM_OR_SKIP(block);
	for (unsigned int i = 0; i < 3; i++)
		va[i] = kmap_local_page(block + i);
	before = window_state();
	EXPECT_BUG("out of order", kunmap_local(va[0]));
	EXPECT_BUG("out of order", kunmap_local(va[1]));
	EXPECT(window_state() == before && kmap_local_depth() == 3);
	for (u32 i = 0; i < 3; i++)
		EXPECT_EQ(read_word(va[i]), i);
	kmap_local_unwind(0);
	EXPECT(fixmap_check());
	__free_pages(block, BLOCK_ORDER);
}

SELFTEST(kmap_local, unmapped_twice, "a slot that is not mapped is not unmapped")
{
	u64 before = window_state();
	struct page *block;
	void *a, *b;

	EXPECT_BUG("not mapped", kunmap_local(slot_address(arch_cpu_id(), 0)));
	EXPECT_BUG("not mapped", kunmap_local(slot_address(arch_cpu_id(), KM_MAX_IDX - 1)));
	EXPECT(window_state() == before && kmap_local_depth() == 0);
	HIGHMEM_OR_SKIP(block);
	a = kmap_local_page(block);
	b = kmap_local_page(block + 1);
	EXPECT(a && b);
	kunmap_local(b);
	EXPECT_BUG("not mapped", kunmap_local(b));
	EXPECT_EQ(kmap_local_depth(), 1);
	kunmap_local(a);
	EXPECT_BUG("not mapped", kunmap_local(a));
	EXPECT(fixmap_check());
	__free_pages(block, BLOCK_ORDER);
}

SELFTEST(kmap_local, not_a_slot, "an address that is no slot of this CPU's is refused")
{
	const vaddr_t wild[] = { 0,
				 PAGE_OFFSET - 1,
				 (vaddr_t)high_memory,
				 __fix_to_virt(FIX_KMAP_BEGIN) - 1,
				 __fix_to_virt(FIX_KMAP_END + 1),
				 ~0ul };
	unsigned int me = arch_cpu_id();
	u64 before = window_state();

	for (unsigned int i = 0; i < ARRAY_SIZE(wild); i++) {
		EXPECT_BUG("not a slot", kunmap_local((void *)wild[i]));
		EXPECT_BUG("not a slot", EXPECT(!kmap_atomic_to_page((void *)wild[i])));
	}
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		if (cpu == me)
			continue;
		EXPECT_BUG("slot of another CPU", kunmap_local(slot_address(cpu, 0)));
		EXPECT_BUG("slot of another CPU", kunmap_atomic(slot_address(cpu, KM_MAX_IDX - 1)));
	}
	EXPECT(window_state() == before && kmap_local_depth() == 0);
}

SELFTEST(kmap_local, not_ram,
	 "a frame that is not RAM is refused, also by way of a wild struct page")
{
	const pfn_t wild[] = { 0, min_pfn - 1, max_pfn, ~0ul >> PAGE_SHIFT, ~0ul };

	for (unsigned int i = 0; i < ARRAY_SIZE(wild); i++) {
		if (wild[i] < phys_to_pfn(PHYS_OFFSET) || wild[i] >= max_pfn)
			EXPECT_BUG("not RAM", EXPECT(!kmap_local_pfn(wild[i])));
	}
	EXPECT_BUG("not RAM", EXPECT(!kmap_local_page(pfn_to_page(max_pfn))));
	EXPECT(kmap_local_depth() == 0 && fixmap_check());
}

/* --- everything together ---------------------------------------------------------------------- */

/* What the random test believes: the page in each slot below depth. */
struct model {
	struct page *block;
	u32 page[KM_MAX_IDX];
	unsigned int depth;
};

static bool agrees(const struct model *model)
{
	CHECK(kmap_local_depth() == model->depth);
	for (unsigned int i = 0; i < KM_MAX_IDX; i++) {
		void *va = slot_address(arch_cpu_id(), i);

		if (i >= model->depth)
			CHECK(is_dead((vaddr_t)va));
		else
			CHECK(read_word(va) == model->page[i]);
	}
	return true;
}

static bool map_random(struct model *model, struct rng *rng)
{
	u32 page = rng_below(rng, BLOCK_PAGES);
	void *va;

	if (model->depth == KM_MAX_IDX)
		return true;
	va = kmap_local_page(model->block + page);
	CHECK(va == slot_address(arch_cpu_id(), model->depth));
	model->page[model->depth++] = page;
	return true;
}

static bool unmap_top(struct model *model, struct rng *rng)
{
	if (model->depth == 0)
		return true;
	model->depth--;
	kunmap_local((char *)slot_address(arch_cpu_id(), model->depth) + rng_below(rng, PAGE_SIZE));
	return true;
}

/* Any slot of this CPU's but the top one. */
static bool unmap_wrongly(const struct model *model, struct rng *rng)
{
	unsigned int nth = rng_below(rng, KM_MAX_IDX);

	if (nth + 1 == model->depth)
		return true;
	selftest_expect_bug(nth < model->depth ? "out of order" : "not mapped");
	kunmap_local(slot_address(arch_cpu_id(), nth));
	CHECK(selftest_bug_seen());
	return true;
}

static bool random_step(struct model *model, struct rng *rng)
{
	u32 dice = rng_below(rng, 200);

	if (dice == 0)
		return unmap_wrongly(model, rng);
	return dice <= 104 ? map_random(model, rng) : unmap_top(model, rng);
}

SELFTEST(kmap_local, random,
	 "after any sequence of maps, unmaps and mistakes each slot shows its page")
{
	struct model model = {};
	struct rng rng;

	HIGHMEM_OR_SKIP(model.block);
	rng_seed(&rng, selftest_seed());
	for (unsigned int step = 0; step < 4000; step++) {
		EXPECT(random_step(&model, &rng));
		EXPECT(agrees(&model));
		EXPECT(step % 100 || fixmap_check());
	}
	kmap_local_unwind(0);
	EXPECT(fixmap_check());
	__free_pages(model.block, BLOCK_ORDER);
}
