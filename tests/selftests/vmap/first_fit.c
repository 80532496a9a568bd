/*
 * first_fit.c - claims about where areas are put: the lowest place that fits, whatever came before
 *
 * What is live is looked at from outside, one area after the other; the place that a walk from the
 * window's start would choose is the one that must be given.
 */
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap_impl.h"

/* Where so many pages and a guard fit first in [start, end); 0: nowhere. */
static vaddr_t first_place(unsigned long pages, unsigned long align, vaddr_t start, vaddr_t end)
{
	const unsigned long size = (pages + 1) << PAGE_SHIFT;
	vaddr_t at = VMALLOC_START, place;
	struct vm_struct area;
	bool more;

	do {
		more = area_copy_from(at, &area);
		place = ALIGN(max(at, start), align);
		if (place + size <= min(more ? (vaddr_t)area.addr : (vaddr_t)VMALLOC_END, end))
			return place;
		at = more ? (vaddr_t)area.addr + area.size : VMALLOC_END;
	} while (more);
	return 0;
}

enum { SLOTS = 700 };

struct held {
	struct vm_struct *area[SLOTS];
	unsigned int nr;
};

static struct held *held;

/* An area of that many pages, of the kind whose alignment it is, at the place that it must have. */
static bool take(unsigned long pages, bool aligned)
{
	const unsigned long flags = aligned ? VM_IOREMAP : VM_MAP, bytes = pages << PAGE_SHIFT;
	unsigned long align = PAGE_SIZE;
	struct vm_struct *area;
	vaddr_t place;

	while (aligned && align < bytes)
		align <<= 1;
	place = first_place(pages, align, VMALLOC_START, VMALLOC_END);
	area = get_vm_area(bytes, flags);
	CHECK(area && (vaddr_t)area->addr == place);
	held->area[held->nr++] = area;
	return true;
}

static void give(unsigned int nth)
{
	struct vm_struct *area = held->area[nth];

	held->area[nth] = held->area[--held->nr];
	remove_vm_area(area->addr);
	kfree(area);
}

static bool take_in_range(unsigned long pages, struct rng *rng)
{
	const vaddr_t start = VMALLOC_START + rng_below(rng, 600) * PAGE_SIZE;
	const vaddr_t end = start + (2 + rng_below(rng, 900)) * PAGE_SIZE;
	const vaddr_t place = first_place(pages, PAGE_SIZE, start, end);
	struct vm_struct *area = NULL;

	if (!place)
		return true;
	area = __get_vm_area(pages << PAGE_SHIFT, VM_MAP, start, end);
	CHECK(area && (vaddr_t)area->addr == place);
	held->area[held->nr++] = area;
	return true;
}

static bool random_steps(struct rng *rng)
{
	for (unsigned int step = 0; step < 4000; step++) {
		const unsigned long pages = 1 + rng_below(rng, rng_below(rng, 8) ? 3 : 40);

		if (held->nr && (held->nr == SLOTS || rng_below(rng, 100) < 45))
			give(rng_below(rng, held->nr));
		else if (rng_below(rng, 8) == 0)
			CHECK(take_in_range(pages, rng));
		else
			CHECK(take(pages, rng_below(rng, 4) == 0));
		if (step % 200 == 0)
			CHECK(vmap_check());
	}
	return true;
}

static void give_all(void)
{
	while (held->nr)
		give(held->nr - 1);
	kfree(held);
}

SELFTEST(
	vmap, first_fit_random,
	"after any sequence of areas taken and freed the next one lies at the lowest place that fits")
{
	struct rng rng;
	bool right;

	EXPECT((held = kzalloc(sizeof(*held), GFP_KERNEL)));
	rng_seed(&rng, selftest_seed());
	right = random_steps(&rng);
	give_all();
	EXPECT(right);
	EXPECT(vmap_check());
}

/* One-page holes between one-page areas, more than one stretch of a walk. */
static bool make_holes(void)
{
	for (unsigned int i = 0; i < SLOTS - 4; i++)
		CHECK(take(1, false));
	for (unsigned int i = (SLOTS - 4) / 2; i > 0; i--)
		give(2 * (i - 1));
	return vmap_check();
}

static bool small_and_large(void)
{
	for (unsigned int i = 0; i < 20; i++) {
		CHECK(take(16, i & 1));
		CHECK(take(1, false));
		CHECK(take(2, true));
		give(held->nr - 3);
		CHECK(vmap_check());
	}
	return true;
}

SELFTEST(
	vmap, first_fit_holes,
	"large and small areas by turns among hundreds of small holes each lie where they fit first")
{
	bool right;

	EXPECT((held = kzalloc(sizeof(*held), GFP_KERNEL)));
	right = make_holes() && small_and_large();
	give_all();
	EXPECT(right);
	EXPECT(vmap_check());
}

SELFTEST(vmap, last_page,
	 "the window's last two pages are given, and so are exactly enough of a range")
{
	const vaddr_t last = VMALLOC_END - 2 * PAGE_SIZE;
	struct vm_struct *area = __get_vm_area(PAGE_SIZE, VM_MAP, last, VMALLOC_END), *other;

	EXPECT(area);
	EXPECT_EQ((vaddr_t)area->addr, last);
	EXPECT(find_vm_area((void *)(VMALLOC_END - 1)) == area);
	EXPECT(!find_vm_area((void *)VMALLOC_END) && !find_vm_area((void *)(last - 1)));
	EXPECT(!__get_vm_area(1, VM_MAP, last, VMALLOC_END));
	EXPECT(!__get_vm_area(PAGE_SIZE + 1, VM_MAP, last - 2 * PAGE_SIZE, last));
	EXPECT((other = __get_vm_area(PAGE_SIZE, VM_MAP, last - 2 * PAGE_SIZE, last)));
	EXPECT_EQ((vaddr_t)other->addr, last - 2 * PAGE_SIZE);
	EXPECT(vmap_check());
	kfree(remove_vm_area(area->addr));
	EXPECT(!find_vm_area((void *)last));
	kfree(remove_vm_area(other->addr));
}
