/*
 * kmap_local_check.c - claims that kmap_local_check() sees each word of a CPU's stack that cannot be
 *
 *	slots 0 and 1 show a page ──> one word changes ──> K1 is named, with slot, CPU and depth
 *
 * Every word is put right again before the test ends.
 */
#include <stdio.h>

#include "kernel/selftest/selftest.h"
#include "mm/fixmap/fixmap_impl.h"
#include "mm/page/page.h"
#include "tests/selftests/told/verdict.h"

#define SAYS(...)     checker_says("kmap_local", __VA_ARGS__)
#define COUNTED(noun) checker_count("kmap_local", noun)

static struct kmap_stack *stack_here(void)
{
	return this_cpu_ptr(&kmap_stack);
}

/* None is in use, and the stack's number says this many. */
static bool depth_is_seen(unsigned int depth, const char *text)
{
	struct kmap_stack *stack = stack_here();
	bool seen;

	stack->depth = depth;
	seen = SAYS("K1: %s", text);
	stack->depth = 0;
	return seen;
}

SELFTEST(kmap_local, check_depth, "a depth that the slots do not have is named, as is one of none")
{
	const unsigned int me = arch_cpu_id(), slots = KM_MAX_IDX;
	char text[80];

	snprintf(text, sizeof(text), "depth %u on CPU %u, which has %u slots", slots + 1, me,
		 slots);
	EXPECT(depth_is_seen(KM_MAX_IDX + 1, text));
	snprintf(text, sizeof(text), "slot 0 of CPU %u is clear, depth %u", me, slots);
	EXPECT(depth_is_seen(KM_MAX_IDX, text));
	snprintf(text, sizeof(text), "slot 0 of CPU %u is clear, depth 1", me);
	EXPECT(depth_is_seen(1, text));
	EXPECT(kmap_local_check());
}

/* With one page in slot 0. */
static bool slots_are_seen(struct kmap_stack *stack, pfn_t pfn)
{
	const unsigned int me = arch_cpu_id();
	const unsigned long by = stack->mapped_by[0];
	pte_t *const pte = stack->pte, shows = pte[0];

	stack->depth = 0;
	CHECK(SAYS("K1: slot 0 of CPU %u is mapped, depth 0", me));
	stack->depth = 1;
	stack->mapped_by[0] = 0;
	CHECK(SAYS("K1: slot 0 of CPU %u is mapped, depth 1", me));
	stack->mapped_by[0] = by;
	stack->pte = pte + 1;
	CHECK(SAYS("K1: slot 0 of CPU %u is written at %p, not %p", me, (void *)(pte + 1),
		   (void *)pte));
	stack->pte = pte;
	pte[KM_MAX_IDX - 1] = shows;
	CHECK(SAYS("K1: slot %u of CPU %u is mapped, depth 1", KM_MAX_IDX - 1, me));
	pte[KM_MAX_IDX - 1] = arch_pte_none();
	pte[0] = arch_pte_make(pfn_to_phys(max_pfn), PAGE_KERNEL);
	CHECK(SAYS("K1: slot 0 of CPU %u shows 0x%lx, no RAM", me,
		   (unsigned long)pfn_to_phys(max_pfn)));
	pte[0] = arch_pte_make(pfn_to_phys(pfn), PAGE_KERNEL);
	return kmap_local_check();
}

SELFTEST(kmap_local, check_slots, "a slot against its depth, its entry, its user or RAM is named")
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	bool seen;

	EXPECT(page);
	if (!PageHighMem(page)) {
		__free_page(page);
		SKIP("no highmem");
	}
	EXPECT(kmap_local_page(page));
	seen = slots_are_seen(stack_here(), page_to_pfn(page));
	kmap_local_unwind(0);
	__free_page(page);
	EXPECT(seen && kmap_local_check());
}

SELFTEST(kmap_local, check_counts,
	 "the checker counts the slots of each CPU, and those that are mapped")
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	unsigned int cpus = 0, cpu;
	unsigned long mapped;
	bool high;

	EXPECT(page);
	for_each_possible_cpu(cpu)
		cpus++;
	EXPECT_EQ(COUNTED("mapped"), 0);
	EXPECT_EQ(COUNTED("slots"), cpus * KM_MAX_IDX);
	high = PageHighMem(page);
	for (unsigned int i = 0; i < 3; i++)
		kmap_local_page(page);
	mapped = COUNTED("mapped");
	kmap_local_unwind(0);
	__free_page(page);
	EXPECT_EQ(mapped, high ? 3 : 0);
}
