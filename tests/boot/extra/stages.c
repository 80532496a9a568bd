/*
 * stages.c - EXTRA for tests/boot: an initcall of each stage, which uses what that stage has brought up
 *
 *	bootmem ─ percpu ─ buddy ─ pcp ─ slab ─ vmalloc ─ kmap ─ fixmap ─ module ─ login
 *
 * Each notes its turn, whether the newest allocator did what it is there for, at that moment, and
 * whether a checker takes one that is not there yet for broken.
 *
 * Locking: none; written at boot, by one CPU.
 * Read next: kernel/initcall.h, tests/boot/test_initcalls.py
 */
#include "kernel/check/check.h"
#include "kernel/initcall.h"
#include "kernel/selftest/selftest.h"
#include "mm/early/bootmem.h"
#include "mm/fixmap/fixmap.h"
#include "mm/page/page.h"
#include "mm/percpu/percpu.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"
#include "mm/window/kmap.h"

static enum initcall_stage order[INITCALL_STAGES + 1];
static unsigned int nr_ran;
static bool worked[INITCALL_STAGES];
static const struct checker *broken[INITCALL_STAGES];
static DEFINE_PER_CPU(unsigned long, visits);

/* The first checker that finds something broken, or NULL. */
static const struct checker *first_broken(void)
{
	const struct checker *checker = NULL;
	struct check check;

	while ((checker = checker_after(checker))) {
		checker_run(checker, &check);
		if (check.verdict == CHECK_BROKEN)
			break;
	}
	return checker;
}

static void note(enum initcall_stage stage, bool works)
{
	if (nr_ran < ARRAY_SIZE(order))
		order[nr_ran++] = stage;
	worked[stage] = works;
	broken[stage] = first_broken();
}

static void __init stage_bootmem(void)
{
	const u32 *word = alloc_bootmem(sizeof(*word));

	note(INITCALL_BOOTMEM, word && *word == 0);
}
bootmem_initcall(stage_bootmem);

static void __init stage_percpu(void)
{
	this_cpu_inc(visits);
	note(INITCALL_PERCPU, per_cpu(visits, smp_processor_id()) == 1);
}
percpu_initcall(stage_percpu);

static void __init stage_buddy(void)
{
	struct page *block = alloc_pages(GFP_KERNEL, 3);

	note(INITCALL_BUDDY, block != NULL);
	if (block)
		__free_pages(block, 3);
}
buddy_initcall(stage_buddy);

static void __init stage_pcp(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	note(INITCALL_PCP, page != NULL);
	if (page)
		__free_page(page);
}
pcp_initcall(stage_pcp);

static void __init stage_slab(void)
{
	void *object = kmalloc(100, GFP_KERNEL);

	note(INITCALL_SLAB, slab_is_available() && ksize(object) >= 100);
	kfree(object);
}
slab_initcall(stage_slab);

static void __init stage_vmalloc(void)
{
	u8 *area = vzalloc(3 * PAGE_SIZE);

	note(INITCALL_VMALLOC, area && area[3 * PAGE_SIZE - 1] == 0);
	vfree(area);
}
vmalloc_initcall(stage_vmalloc);

static void __init stage_kmap(void)
{
	struct page *page = alloc_page(GFP_HIGHUSER | __GFP_ZERO);
	const u32 *word = page ? kmap(page) : NULL;

	note(INITCALL_KMAP, word && *word == 0);
	if (word)
		kunmap(page);
	if (page)
		__free_page(page);
}
kmap_initcall(stage_kmap);

static void __init stage_fixmap(void)
{
	vaddr_t va = set_fixmap_offset(FIX_USER_FIRST, PHYS_OFFSET);

	note(INITCALL_FIXMAP, va == fix_to_virt(FIX_USER_FIRST));
	clear_fixmap(FIX_USER_FIRST);
}
fixmap_initcall(stage_fixmap);

static void __init stage_module(void)
{
	note(INITCALL_MODULE, !arch_irqs_disabled());
}
module_initcall(stage_module);

static void __init stage_login(void)
{
	note(INITCALL_LOGIN, !arch_irqs_disabled());
}
login_initcall(stage_login);

SELFTEST(stages, order, "the ten stages' initcalls have run once each, in the order of the boot")
{
	EXPECT_EQ(nr_ran, INITCALL_STAGES);
	for (unsigned int i = 0; i < INITCALL_STAGES; i++)
		EXPECT_EQ((u32)order[i], i);
}

SELFTEST(stages, newest, "in each stage its allocator, or what it brought up, could be used")
{
	for (unsigned int i = 0; i < INITCALL_STAGES; i++)
		if (!worked[i])
			selftest_fail(__FILE__, __LINE__, "stage %u", i);
}

SELFTEST(stages, checked,
	 "in each stage what is there is sound, and what is not yet there not broken")
{
	for (unsigned int i = 0; i < INITCALL_STAGES; i++)
		if (broken[i])
			selftest_fail(__FILE__, __LINE__, "stage %u: %s", i, broken[i]->family);
}
