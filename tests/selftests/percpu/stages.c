/*
 * stages.c - claims about per-CPU objects that are made before the object caches stand
 *
 *	bootmem    percpu     buddy      pcp        slab       vmalloc
 *	make 0, 1  make 2     make 3     make 4     free 1, 3  free 0, 2, 4
 *	free one   see 0, 1
 *
 * They cost pages at boot, so they are made only on a machine that is booted with `percpu_test`;
 * otherwise `test percpu` skips the claims and says so.
 * Read next: tests/boot/test_early.py, which boots such machines.
 */
#include <string.h>

#include "kernel/initcall.h"
#include "kernel/kallsyms.h"
#include "kernel/param.h"
#include "kernel/selftest/selftest.h"
#include "mm/account/account.h"
#include "mm/early/bootmem.h"
#include "mm/early/bootmem_impl.h"
#include "mm/early/early.h"
#include "mm/early/records.h"
#include "mm/percpu/percpu_impl.h"

static bool wanted;
PARAM_BOOL(percpu_test, wanted, "test per-CPU objects at each stage of the boot");

/* Of all sizes: a part of a page, some pages, several slots. */
static const size_t sizes[] = { 64, 5000, PERCPU_OBJECT_MAX, 12, 9000 };
static u8 *made[ARRAY_SIZE(sizes)];

/* What held at the stages. */
static bool lost_none, freed_at_once, spread, intact, went_back, sound;

/* Byte `at` of the nth one's copy on that CPU, as write_object() leaves it. */
static u8 mark_of(unsigned int nth, unsigned int cpu, size_t at)
{
	return (u8)(1 + nth * 40 + cpu * 10 + at % 7);
}

static void write_object(unsigned int nth)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		for (size_t at = 0; at < sizes[nth]; at++)
			*per_cpu_ptr(made[nth] + at, cpu) = mark_of(nth, cpu, at);
	}
}

/* Is every CPU's copy what it wrote; or, with `first`, what was written to the first one's? */
static bool is_as_written(unsigned int nth, bool first)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		for (size_t at = 0; at < sizes[nth]; at++)
			if (*per_cpu_ptr(made[nth] + at, cpu) != mark_of(nth, first ? 0 : cpu, at))
				return false;
	}
	return true;
}

static bool is_clear(unsigned int nth)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		for (size_t at = 0; at < sizes[nth]; at++)
			if (*per_cpu_ptr(made[nth] + at, cpu))
				return false;
	}
	return true;
}

static __noinline void make(unsigned int nth)
{
	made[nth] = __alloc_percpu(sizes[nth], 64);
	sound = sound && made[nth] && is_clear(nth) && percpu_check();
	if (made[nth])
		write_object(nth);
}

static void give(unsigned int nth)
{
	intact = intact && is_as_written(nth, false);
	free_percpu(made[nth]);
	sound = sound && percpu_check();
}

/* --- boot memory used up ---------------------------------------------------------------------- */

enum { BLOCKS = 512, SINGLES = 24 };
struct block {
	paddr_t start;
	unsigned long size;
};
SELFTEST_TABLE(struct block, blocks, BLOCKS);
static unsigned int nr_blocks, given, failures;

static bool __init take_block(unsigned long size)
{
	const struct bootmem_request r = {
		.pgdat = NODE_DATA(0),
		.size = size,
		.align = PAGE_SIZE,
		.flags = BOOTMEM_NOPANIC | BOOTMEM_RAW,
		.caller = _RET_IP_,
	};
	void *p = nr_blocks < BLOCKS ? bootmem_allocate(&r) : NULL;

	if (!p)
		return false;
	blocks[nr_blocks++] = (struct block){ virt_to_phys(p), size };
	return true;
}

/* Pages first: they are given back one by one. */
static void __init use_up(void)
{
	nr_blocks = given = 0;
	while (nr_blocks < SINGLES && take_block(PAGE_SIZE))
		;
	for (unsigned long size = GiB; size >= PAGE_SIZE; size /= 2)
		while (take_block(size))
			;
}

static void __init give_block(void)
{
	free_bootmem(blocks[given].start, blocks[given].size);
	given++;
}

/* Tries until there is enough, and sees after each failure that nothing is lost by it. */
static __noinline bool __init fails_without_loss(void)
{
	unsigned long free;
	void *object;
	bool lost = false;

	use_up();
	for (failures = 0;; failures++) {
		free = early_free_pages();
		object = __alloc_percpu(64, 64);
		if (object || given == nr_blocks)
			break;
		lost = lost || early_free_pages() != free || !percpu_check();
		give_block();
	}
	free_percpu(object);
	while (given < nr_blocks)
		give_block();
	return object && !lost;
}

/* --- stage by stage --------------------------------------------------------------------------- */

static void __init at_bootmem(void)
{
	unsigned long free;

	if (!wanted)
		return;
	sound = intact = true;
	lost_none = fails_without_loss();
	make(0);
	free = early_free_pages(); /* the first object's tables stay */
	make(1);
	give(1);
	freed_at_once = early_free_pages() == free;
	make(1);
}
bootmem_initcall(at_bootmem);

static void __init at_percpu(void)
{
	if (!wanted)
		return;
	spread = is_as_written(0, true) && is_as_written(1, true) && percpu_check();
	write_object(0);
	write_object(1);
	make(2);
}
percpu_initcall(at_percpu);

static void __init at_buddy(void)
{
	if (wanted)
		make(3);
}
buddy_initcall(at_buddy);

static void __init at_pcp(void)
{
	if (wanted)
		make(4);
}
pcp_initcall(at_pcp);

static void __init at_slab(void)
{
	if (!wanted)
		return;
	give(1);
	give(3);
}
slab_initcall(at_slab);

/* Pieces of boot memory that were made for make(), or a leaf before that, and are kept. */
static unsigned int kept_pieces(void)
{
	const struct early_record *record;
	unsigned int kept = 0;
	char name[KALLSYMS_NAME];

	for (unsigned int n = 0; (record = early_record(n)); n++)
		kept += record->fate == EARLY_KEPT &&
			kallsyms_lookup(record->caller, name, NULL, NULL) &&
			(!strcmp(name, "make") || !strcmp(name, "fails_without_loss"));
	return kept;
}

/* All went back: reserved pages became managed ones, and no family holds any. */
static void __init at_vmalloc(void)
{
	struct balance before, after;
	struct percpu_totals totals;
	unsigned long boot_pages;

	if (!wanted)
		return;
	boot_pages = nr_cpu_ids * DIV_ROUND_UP(sizes[0], PAGE_SIZE) +
		     nr_cpu_ids * DIV_ROUND_UP(sizes[2], PAGE_SIZE);
	account_balance(&before);
	give(0);
	give(2);
	give(4);
	account_balance(&after);
	percpu_object_totals(&totals);
	/* The tables of large ones are of boot memory, too: notes, and pointers for each CPU. */
	went_back = after.managed - before.managed == boot_pages + nr_cpu_ids + 1 && !after.lost &&
		    after.percpu == 0 && totals.pages == 0 && totals.objects == 0;
	/* What stays is the first table's notes, and CPU 0's pointers. */
	went_back = went_back && kept_pieces() == 2;
}
vmalloc_initcall(at_vmalloc);

SELFTEST(percpu, stage_failure,
	 "an object that boot memory does not suffice for is not had, and takes none of it")
{
	if (!wanted)
		SKIP("boot with percpu_test");
	EXPECT(lost_none);
	EXPECT(failures >= 3); /* the copies; a page of their leaf for each CPU, and one more */
}

SELFTEST(percpu, stage_alloc, "objects can be had, zeroed, at every stage from early on")
{
	if (!wanted)
		SKIP("runs at its boot stages: boot with percpu_test");
	EXPECT(sound);
}

SELFTEST(percpu, stage_free, "what is freed to boot memory is free there")
{
	if (!wanted)
		SKIP("runs at its boot stages: boot with percpu_test");
	EXPECT(freed_at_once);
}

SELFTEST(percpu, stage_spread, "what was written before the areas stood is in every CPU's copy")
{
	if (!wanted)
		SKIP("runs at its boot stages: boot with percpu_test");
	EXPECT(spread);
}

SELFTEST(percpu, stage_free_later,
	 "objects of boot memory and of pages are intact, and go back, when kmalloc() stands")
{
	if (!wanted)
		SKIP("runs at its boot stages: boot with percpu_test");
	EXPECT(intact);
	EXPECT(went_back);
}

SELFTEST(percpu, stage_kmalloc,
	 "objects made at the prompt are of kmalloc(): no pages of their own")
{
	struct percpu_totals before, after;
	u8 *object;

	percpu_object_totals(&before);
	object = __alloc_percpu(64, 8);
	percpu_object_totals(&after);
	free_percpu(object);
	EXPECT(object);
	EXPECT_EQ(after.pages, before.pages);
	EXPECT_EQ(after.objects, before.objects + 1);
}
