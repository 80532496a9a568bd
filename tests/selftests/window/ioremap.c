/*
 * ioremap.c - claims about addresses for devices, one by one, then at random against a model
 *
 * What is mapped: the board's SRAM, which keeps what is written and which nobody else uses from
 * SRAM_PHYS on.  Devices' registers: tests/selftests/arch/arm/ioremap.c.
 * ARM DUI 0448 (its place)
 */
#include "kernel/irq.h"
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "mm/node.h"
#include "mm/slab/slab.h"
#include "mm/window/ioremap.h"

enum { SRAM_PHYS = 0x48200000 };

static u32 read_word(const void *va)
{
	return *(const volatile u32 *)va;
}

static bool is_dead(const volatile void *va)
{
	u32 word;

	return !arch_try_read((vaddr_t)va, 4, &word, NULL) &&
	       !arch_try_write((vaddr_t)va, 4, 0, NULL);
}

SELFTEST(ioremap, fixed_devices, "what the fixmap shows can be mapped once more, and both stay")
{
	for (unsigned int i = 0; i < arch_nr_devices; i++) {
		void *va = ioremap(arch_devices[i].base, PAGE_SIZE);
		struct arch_mapping m;

		EXPECT(va && va != (void *)arch_devices[i].va);
		arch_walk((vaddr_t)va, &m);
		EXPECT_EQ(m.phys, arch_devices[i].base);
		iounmap(va);
		EXPECT(is_dead(va));
		arch_walk(arch_devices[i].va, &m);
		EXPECT(m.present && m.phys == arch_devices[i].base);
	}
}

SELFTEST(ioremap, offset,
	 "the offset in the page is kept, and a range over a border has both pages")
{
	char *va = ioremap(SRAM_PHYS + 0x24, 8), *border = ioremap(SRAM_PHYS + PAGE_SIZE - 2, 4);
	struct vm_struct *area;

	EXPECT(va && border);
	EXPECT_EQ((vaddr_t)va & ~PAGE_MASK, 0x24);
	EXPECT_EQ((vaddr_t)border & ~PAGE_MASK, PAGE_SIZE - 2);
	area = find_vm_area(va);
	EXPECT(area && area->phys_addr == SRAM_PHYS && get_vm_area_size(area) == PAGE_SIZE);
	area = find_vm_area(border);
	EXPECT(area && area->phys_addr == SRAM_PHYS && get_vm_area_size(area) == 2 * PAGE_SIZE);
	*(volatile u32 *)(border + 2) = 0xfeed;
	EXPECT_EQ(read_word((char *)((vaddr_t)border & PAGE_MASK) + PAGE_SIZE), 0xfeed);
	iounmap(va);
	iounmap(border);
	EXPECT(is_dead((void *)((vaddr_t)border & PAGE_MASK)));
	EXPECT(vmap_check());
}

SELFTEST(ioremap, memory_types,
	 "registers are device memory, wc is uncached, cache is cached; none is executable")
{
	void *device = ioremap(SRAM_PHYS, 4), *wc = ioremap_wc(SRAM_PHYS, 4),
	     *cache = ioremap_cache(SRAM_PHYS + PAGE_SIZE, 4);
	struct arch_mapping m;

	EXPECT(device && wc && cache);
	arch_walk((vaddr_t)device, &m);
	EXPECT(m.read && m.write && !m.exec && !m.user && m.device && !m.cached);
	arch_walk((vaddr_t)wc, &m);
	EXPECT(m.read && m.write && !m.exec && !m.user && !m.device && !m.cached);
	arch_walk((vaddr_t)cache, &m);
	EXPECT(m.read && m.write && !m.exec && !m.user && !m.device && m.cached);
	iounmap(device);
	iounmap(wc);
	iounmap(cache);
}

SELFTEST(ioremap, alignment, "an area is aligned to its size's power of two, as far as 16 MiB")
{
	static const struct {
		size_t size;
		unsigned long align;
	} cases[] = { { 1, PAGE_SIZE },
		      { 3 * PAGE_SIZE, 4 * PAGE_SIZE },
		      { 1 << 20, 1 << 20 },
		      { 5 << 20, 8 << 20 },
		      { 20 << 20, 1ul << IOREMAP_MAX_ORDER } };

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		char *va = ioremap(0x20000000, cases[i].size);

		EXPECT(va);
		EXPECT_EQ((vaddr_t)va & (cases[i].align - 1), 0);
		EXPECT_EQ(find_vm_area(va + cases[i].size - 1), find_vm_area(va));
		iounmap(va);
	}
}

SELFTEST(ioremap, reused_address, "an address that shows another page shows it on the first access")
{
	volatile u32 *all = ioremap_wc(SRAM_PHYS, 16 * PAGE_SIZE);
	volatile u32 *one = NULL;
	unsigned int same = 0;

	EXPECT(all);
	for (u32 i = 0; i < 16; i++)
		all[i * PAGE_SIZE / 4] = i;
	for (u32 i = 0; i < 64; i++) {
		volatile u32 *next = ioremap_wc(SRAM_PHYS + i % 16 * PAGE_SIZE, PAGE_SIZE);

		EXPECT(next);
		same += next == one;
		one = next;
		EXPECT_EQ(*one, i % 16);
		iounmap(one);
		EXPECT(is_dead(one));
	}
	EXPECT(same > 50); /* or nothing was tested */
	iounmap(all);
}

/* --- refusals --------------------------------------------------------------------------------- */

SELFTEST(ioremap, not_ram, "a range with RAM in it is refused, however little")
{
	paddr_t start = pfn_to_phys(min_pfn), end = pfn_to_phys(max_pfn);
	unsigned long areas = nr_vm_areas();

	EXPECT_BUG("RAM", EXPECT(!ioremap(start, 1)));
	EXPECT_BUG("RAM", EXPECT(!ioremap(start - PAGE_SIZE, PAGE_SIZE + 1)));
	EXPECT_BUG("RAM", EXPECT(!ioremap_wc(end - 1, 2)));
	EXPECT_BUG("RAM", EXPECT(!ioremap_cache(end - 1, 1)));
	EXPECT_BUG("RAM", EXPECT(!ioremap(start - PAGE_SIZE, end - start + 2 * PAGE_SIZE)));
	EXPECT_EQ(nr_vm_areas(), areas);
}

SELFTEST(ioremap, bad_ranges,
	 "nothing, and what wraps round, is refused; too much is NULL; the last page is not")
{
	unsigned long areas = nr_vm_areas();
	const paddr_t last = ~(paddr_t)0;
	void *va;

	EXPECT_BUG("zero size", EXPECT(!ioremap(SRAM_PHYS, 0)));
	EXPECT_BUG("wraps round", EXPECT(!ioremap(last, 2)));
	EXPECT_BUG("wraps round", EXPECT(!ioremap(SRAM_PHYS, ~(size_t)0)));
	EXPECT(!ioremap(0x20000000, 0x3fff0000)); /* up to RAM, and more than the window has */
	EXPECT_EQ(nr_vm_areas(), areas);
	va = ioremap(last, 1);
	EXPECT(va && ((vaddr_t)va & ~PAGE_MASK) == PAGE_SIZE - 1);
	iounmap(va);
	EXPECT(vmap_check());
}

SELFTEST(ioremap, bad_unmaps,
	 "only the start of an ioremap area is unmapped, once; NULL is nothing")
{
	char *va = ioremap(SRAM_PHYS, 2 * PAGE_SIZE);
	void *area = vmalloc(PAGE_SIZE);

	EXPECT(va && area);
	iounmap(NULL);
	EXPECT_BUG("not an area", iounmap((void *)PAGE_OFFSET));
	EXPECT_BUG("not an area", iounmap((void *)arch_devices[0].va));
	EXPECT_BUG("wrong kind", iounmap(area));
	EXPECT_BUG("interior address", iounmap(va + PAGE_SIZE));
	EXPECT_BUG("interior address", iounmap(va + 2 * PAGE_SIZE));
	EXPECT_BUG("wrong kind", vfree(va));
	*(volatile u32 *)va = 1; /* still there */
	iounmap(va + 5);
	EXPECT_BUG("double free", iounmap(va));
	vfree(area);
	EXPECT(vmap_check());
}

struct trial {
	void *va;
};

static void map_it(void *arg)
{
	((struct trial *)arg)->va = ioremap(SRAM_PHYS, 4);
}

static void unmap_it(void *arg)
{
	iounmap(((struct trial *)arg)->va);
}

SELFTEST(ioremap, in_an_interrupt, "a handler may neither map nor unmap")
{
	struct trial trial = {};

	if (arch_irqs_disabled())
		SKIP("interrupts are disabled");
	EXPECT_BUG("in an interrupt", irq_call(map_it, &trial));
	EXPECT(!trial.va);
	trial.va = ioremap(SRAM_PHYS, 4);
	EXPECT(trial.va);
	EXPECT_BUG("in an interrupt", irq_call(unmap_it, &trial));
	*(volatile u32 *)trial.va = 1;
	iounmap(trial.va);
}

/* --- at random -------------------------------------------------------------------------------- */

enum { PAGES = 64, LIVE = 40, LONGEST = 5, OPERATIONS = 3000 };

struct window {
	char *va; /* NULL: none */
	u32 first, pages;
};

/* Does each page of the window show the number that was written into it? */
static bool shows_its_pages(const struct window *w)
{
	for (u32 i = 0; i < w->pages; i++)
		CHECK(read_word(w->va + i * PAGE_SIZE) == w->first + i);
	CHECK(is_dead(w->va + w->pages * PAGE_SIZE)); /* the guard page */
	return true;
}

static bool step(struct window *w, struct rng *rng)
{
	if (w->va) {
		CHECK(shows_its_pages(w));
		iounmap(w->va);
		CHECK(is_dead(w->va));
		w->va = NULL;
		return true;
	}
	w->pages = 1 + rng_below(rng, LONGEST);
	w->first = rng_below(rng, PAGES - w->pages + 1);
	w->va = ioremap_wc(SRAM_PHYS + w->first * PAGE_SIZE, w->pages * PAGE_SIZE);
	CHECK(w->va);
	return shows_its_pages(w);
}

static bool run_model(struct window *windows, struct rng *rng)
{
	for (unsigned int n = 0; n < OPERATIONS; n++) {
		CHECK(step(&windows[rng_below(rng, LIVE)], rng));
		if (n % 300 == 0)
			CHECK(vmap_check());
	}
	for (unsigned int i = 0; i < LIVE; i++)
		CHECK(!windows[i].va || shows_its_pages(&windows[i]));
	return true;
}

SELFTEST(ioremap, random, "mappings that come and go at random each show their own pages")
{
	volatile u32 *all = ioremap_wc(SRAM_PHYS, PAGES * PAGE_SIZE);
	struct window *windows = kcalloc(LIVE, sizeof(*windows), GFP_KERNEL);
	struct rng rng;
	bool agreed;

	EXPECT(all && windows);
	for (u32 i = 0; i < PAGES; i++)
		all[i * PAGE_SIZE / 4] = i;
	iounmap(all);
	rng_seed(&rng, selftest_seed());
	agreed = run_model(windows, &rng);
	for (unsigned int i = 0; i < LIVE; i++)
		iounmap(windows[i].va);
	kfree(windows);
	EXPECT(agreed);
	EXPECT(vmap_check());
}
