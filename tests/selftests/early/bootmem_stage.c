/*
 * bootmem_stage.c - claims about boot memory, checked while it is all the memory there is
 *
 *	boot … paging ─ bootmem_initcall: STAGE_TEST bodies run, outcomes kept ─ zones … prompt
 *	                                  `test early`: SELFTEST(early, stage_…) tells the outcomes
 *
 * They take and free memory of every node, which costs boot time, so they run only on a machine
 * that is booted with `early_test`; otherwise `test early` skips them and says so.
 *
 * After each body every page must be free that was free before, and the bits must be sound.
 * Read next: tests/boot/test_early.py, which boots such machines.
 */
#include <stdio.h>

#include "boot/boot_info.h"
#include "kernel/initcall.h"
#include "kernel/kallsyms.h"
#include "kernel/param.h"
#include "kernel/printk.h"
#include "kernel/selftest/selftest.h"
#include "lib/bitmap.h"
#include "mm/early/bootmem.h"
#include "mm/early/bootmem_impl.h"
#include "mm/early/early.h"
#include "mm/early/records.h"
#include "mm/page/large_hash.h"
#include "mm/page/page.h"
#include "tests/selftests/numbers/walk.h"
#include "tests/selftests/told/verdict.h"

static bool wanted;
PARAM_BOOL(early_test, wanted, "test the early allocator while it is all there is");

struct stage_test {
	const char *name;
	void (*body)(void);
	enum { NOT_RUN, PASSED, FAILED, DOES_NOT_APPLY } outcome;
	char reason[120];
};

static struct stage_test *running;

static void __cold __printf(2, 3) stage_ends(int outcome, const char *fmt, ...)
{
	va_list ap;

	if (running->outcome != PASSED)
		return; /* the first reason is kept */
	running->outcome = outcome;
	va_start(ap, fmt);
	vsnprintf(running->reason, sizeof(running->reason), fmt, ap);
	va_end(ap);
}

#define STAGE_EXPECT(condition)                                                          \
	do {                                                                             \
		if (!(condition)) {                                                      \
			stage_ends(FAILED, "%s:%d: %s", __FILE__, __LINE__, #condition); \
			return;                                                          \
		}                                                                        \
	} while (0)

#define STAGE_EXPECT_BUG(what, statement)                                                        \
	do {                                                                                     \
		selftest_expect_bug(what);                                                       \
		statement;                                                                       \
		if (!selftest_bug_seen()) {                                                      \
			stage_ends(FAILED, "%s:%d: no report \"%s\"", __FILE__, __LINE__, what); \
			return;                                                                  \
		}                                                                                \
	} while (0)

static void tell_outcome(const struct stage_test *test)
{
	if (test->outcome == NOT_RUN)
		SKIP("runs at its boot stage: boot with early_test");
	if (test->outcome == DOES_NOT_APPLY)
		SKIP("%s", test->reason);
	if (test->outcome == FAILED)
		selftest_fail(__FILE__, __LINE__, "at its boot stage: %s", test->reason);
}

#define STAGE_TEST(name_, claim_)                                                     \
	static void stage_body_##name_(void);                                         \
	static struct stage_test stage_test_##name_ = { .name = #name_,               \
							.body = stage_body_##name_ }; \
	SELFTEST(early, stage_##name_, claim_)                                        \
	{                                                                             \
		tell_outcome(&stage_test_##name_);                                    \
	}                                                                             \
	static void stage_body_##name_(void)

/* The last byte of lowmem that boot memory has. */
static paddr_t last_byte(void)
{
	return pfn_to_phys(min(lowmem_end_pfn, max_pfn) - 1) + PAGE_SIZE - 1;
}

static bool is_clear(const u8 *p, unsigned long size)
{
	for (unsigned long i = 0; i < size; i++)
		if (p[i])
			return false;
	return true;
}

/* A small piece and whole pages, sound in all that an allocation promises; freed again. */
static bool piece_is_sound(void *p, unsigned long size, unsigned long align, paddr_t limit)
{
	paddr_t pa = virt_to_phys(p);
	bool sound =
		p && IS_ALIGNED(pa, align) && (!limit || pa + size <= limit) && is_clear(p, size);

	if (!p)
		return false;
	__builtin_memset(p, 0xa5, size);
	free_bootmem(ALIGN_DOWN(pa, PAGE_SIZE),
		     ALIGN(pa + size, PAGE_SIZE) - ALIGN_DOWN(pa, PAGE_SIZE));
	return sound;
}

#define SMALL_IS_SOUND(call, limit)  piece_is_sound(call, 100, SMP_CACHE_BYTES, limit)
#define PAGES_ARE_SOUND(call, limit) piece_is_sound(call, 2 * PAGE_SIZE + 1, PAGE_SIZE, limit)

STAGE_TEST(every_function, "each form of allocation gives zeroed, aligned memory below its limit")
{
	const unsigned long pages = 2 * PAGE_SIZE + 1;
	const paddr_t limit = PHYS_OFFSET + 12 * MiB;
	pg_data_t *pgdat = NODE_DATA(0);

	STAGE_EXPECT(SMALL_IS_SOUND(alloc_bootmem(100), 0));
	STAGE_EXPECT(SMALL_IS_SOUND(alloc_bootmem_low(100), 0));
	STAGE_EXPECT(SMALL_IS_SOUND(alloc_bootmem_nopanic(100), 0));
	STAGE_EXPECT(SMALL_IS_SOUND(alloc_bootmem_limit(100, limit), limit));
	STAGE_EXPECT(SMALL_IS_SOUND(alloc_bootmem_low_limit(100, limit), limit));
	STAGE_EXPECT(SMALL_IS_SOUND(alloc_bootmem_node(pgdat, 100), 0));
	STAGE_EXPECT(SMALL_IS_SOUND(alloc_bootmem_node_limit(pgdat, 100, limit), limit));
	STAGE_EXPECT(PAGES_ARE_SOUND(alloc_bootmem_pages(pages), 0));
	STAGE_EXPECT(PAGES_ARE_SOUND(alloc_bootmem_low_pages(pages), 0));
	STAGE_EXPECT(PAGES_ARE_SOUND(alloc_bootmem_pages_limit(pages, limit), limit));
	STAGE_EXPECT(PAGES_ARE_SOUND(alloc_bootmem_low_pages_limit(pages, limit), limit));
	STAGE_EXPECT(PAGES_ARE_SOUND(alloc_bootmem_pages_node(pgdat, pages), 0));
	STAGE_EXPECT(PAGES_ARE_SOUND(alloc_bootmem_low_pages_node(pgdat, pages), 0));
	STAGE_EXPECT(PAGES_ARE_SOUND(alloc_bootmem_pages_node_limit(pgdat, pages, limit), limit));
	STAGE_EXPECT(
		PAGES_ARE_SOUND(alloc_bootmem_low_pages_node_limit(pgdat, pages, limit), limit));
}

/* The node that is asked first: the last one with lowmem. */
static pg_data_t *first_asked(void)
{
	pg_data_t *pgdat = NODE_DATA(nr_nodes - 1);

	while (!pgdat->bdata)
		pgdat--;
	return pgdat;
}

/* Has the node a free page of lowmem above ZONE_DMA?  A few there may be used up by now. */
static bool free_above_dma(const struct bootmem_data *b)
{
	const pfn_t from = max(phys_to_pfn(MAX_DMA_ADDRESS), b->start),
		    end = min(lowmem_end_pfn, b->end);

	return from < end &&
	       find_next_zero_bit(b->map, end - b->start, from - b->start) < end - b->start;
}

STAGE_TEST(above_dma, "what need not be low leaves ZONE_DMA alone, what is asked low does not")
{
	pg_data_t *pgdat = first_asked();
	void *high, *low;

	if (!free_above_dma(pgdat->bdata)) {
		stage_ends(DOES_NOT_APPLY, "no free lowmem above ZONE_DMA");
		return;
	}
	high = alloc_bootmem_pages(PAGE_SIZE);
	low = alloc_bootmem_low_pages(PAGE_SIZE);
	free_bootmem(virt_to_phys(high), PAGE_SIZE);
	free_bootmem(virt_to_phys(low), PAGE_SIZE);
	STAGE_EXPECT(virt_to_phys(high) >= MAX_DMA_ADDRESS);
	STAGE_EXPECT(virt_to_phys(low) < MAX_DMA_ADDRESS ||
		     pgdat->bdata->start >= phys_to_pfn(MAX_DMA_ADDRESS));
}

/* Where two pages are free, the first with and the second without room for the first small request. */
static paddr_t two_free_pages(void)
{
	paddr_t pa = virt_to_phys(alloc_bootmem_pages(2 * PAGE_SIZE));

	free_bootmem(pa, 2 * PAGE_SIZE);
	return pa;
}

STAGE_TEST(packs, "small requests share a page")
{
	paddr_t goal = two_free_pages();
	u8 *first = __alloc_bootmem(100, PAGE_SIZE, goal), *second = __alloc_bootmem(100, 32, goal);
	unsigned long distance = (unsigned long)(second - first);

	free_bootmem(virt_to_phys(first), PAGE_SIZE);
	STAGE_EXPECT(distance == 128);
}

static void free_page_of(const void *p)
{
	free_bootmem(ALIGN_DOWN(virt_to_phys(p), PAGE_SIZE), PAGE_SIZE);
}

STAGE_TEST(packs_no_higher,
	   "a small request takes the lowest free page, wherever the newest one lies")
{
	u8 *lowest, *high, *low, *early;

	if (first_asked()->bdata->free < 8) {
		stage_ends(DOES_NOT_APPLY, "the node that serves first has but %lu pages",
			   first_asked()->bdata->free);
		return;
	}
	lowest = __alloc_bootmem_node(first_asked(), PAGE_SIZE, PAGE_SIZE, 0);
	free_page_of(lowest);
	high = __alloc_bootmem(100, 32, virt_to_phys(lowest) + 4 * PAGE_SIZE);
	low = alloc_bootmem_low(100);
	early = early_alloc_low(100, 32);
	free_page_of(high);
	free_page_of(low);
	if (early - low != 128)
		free_page_of(early);
	STAGE_EXPECT(high > lowest + PAGE_SIZE && low == lowest);
	STAGE_EXPECT(early == low + 128 || early >= low + 2 * PAGE_SIZE);
}

STAGE_TEST(second_pass, "a goal above all memory gives way: the request is served below")
{
	void *p = __alloc_bootmem(PAGE_SIZE, PAGE_SIZE, last_byte() + 1), *q;

	free_bootmem(virt_to_phys(p), PAGE_SIZE);
	/* Two pages do not fit from the last one on. */
	q = __alloc_bootmem(2 * PAGE_SIZE, PAGE_SIZE, last_byte() + 1 - PAGE_SIZE);
	free_bootmem(virt_to_phys(q), 2 * PAGE_SIZE);
	STAGE_EXPECT(virt_to_phys(p) < last_byte() && virt_to_phys(q) < last_byte() - PAGE_SIZE);
}

STAGE_TEST(exhaustion, "more than there is: NULL in the nopanic form")
{
	STAGE_EXPECT(!__alloc_bootmem_nopanic(1 * GiB + 1, 1, 0));
	STAGE_EXPECT(!__alloc_bootmem_nopanic(~0ul, PAGE_SIZE, 0));
}

STAGE_TEST(numbers, "sizes, goals and ranges may be any number")
{
	const char *wrong = walk_boot_stage();

	if (wrong)
		stage_ends(FAILED, "%s", wrong);
}

STAGE_TEST(reaches_the_end, "the last free page of lowmem is handed out, mapped")
{
	paddr_t goal = last_byte() + 1 - 64 * PAGE_SIZE;
	u32 *p = __alloc_bootmem_nopanic(PAGE_SIZE, PAGE_SIZE, goal);

	STAGE_EXPECT(p);
	p[0] = p[PAGE_SIZE / 4 - 1] = 0x5a5a5a5a;
	STAGE_EXPECT(p[0] == 0x5a5a5a5a);
	free_bootmem(virt_to_phys(p), PAGE_SIZE);
}

/* --- a node emptied --------------------------------------------------------------------------- */

enum { BLOCKS_MAX = 512 };
struct taken {
	paddr_t start;
	unsigned long size;
};
SELFTEST_TABLE(struct taken, blocks, BLOCKS_MAX);
static unsigned int nr_blocks;

static bool on_node(const pg_data_t *pgdat, paddr_t pa)
{
	return phys_to_pfn(pa) >= pgdat->node_start_pfn && phys_to_pfn(pa) < pgdat_end_pfn(pgdat);
}

/* One block of the node; false when the request was served elsewhere, or not at all. */
static __noinline bool take_from_node(pg_data_t *pgdat, unsigned long size)
{
	struct bootmem_request r = {
		.pgdat = pgdat,
		.size = size,
		.align = PAGE_SIZE,
		.flags = BOOTMEM_NOPANIC | BOOTMEM_RAW,
		.caller = _RET_IP_,
	};
	void *p = nr_blocks < BLOCKS_MAX ? bootmem_allocate(&r) : NULL;

	if (!p)
		return false;
	if (!on_node(pgdat, virt_to_phys(p))) {
		free_bootmem(virt_to_phys(p), size);
		return false;
	}
	blocks[nr_blocks].start = virt_to_phys(p);
	blocks[nr_blocks++].size = size;
	return true;
}

static void empty_node(pg_data_t *pgdat)
{
	nr_blocks = 0;
	for (unsigned long size = GiB; size >= PAGE_SIZE; size /= 2)
		while (take_from_node(pgdat, size))
			;
}

static void fill_node(void)
{
	while (nr_blocks) {
		nr_blocks--;
		free_bootmem(blocks[nr_blocks].start, blocks[nr_blocks].size);
	}
}

/* The node that is asked second, or NULL. */
static pg_data_t *second_asked(void)
{
	for (pg_data_t *pgdat = first_asked(); pgdat-- > node_data;)
		if (pgdat->bdata)
			return pgdat;
	return NULL;
}

/* Two nodes have lowmem, and free pages of it: small ones may be used up by now. */
static bool two_serve(void)
{
	const pg_data_t *before = second_asked();

	if (before && before->bdata->free && first_asked()->bdata->free)
		return true;
	stage_ends(DOES_NOT_APPLY,
		   before ? "a node has no free page" : "no second node with lowmem");
	return false;
}

/* The node that an address of boot memory lies on, which is freed: a page of it. */
static const pg_data_t *node_served(void *p)
{
	const pg_data_t *pgdat;

	free_bootmem(virt_to_phys(p), PAGE_SIZE);
	for_each_pgdat(pgdat) {
		if (on_node(pgdat, virt_to_phys(p)))
			return pgdat;
	}
	return NULL;
}

STAGE_TEST(node_order,
	   "the last node is asked first, its goal and then its bottom, then the one before")
{
	pg_data_t *last = first_asked(), *before = second_asked();
	paddr_t goal, end;

	if (!two_serve())
		return;
	goal = pfn_to_phys(before->bdata->end) - PAGE_SIZE;
	end = goal + PAGE_SIZE;
	STAGE_EXPECT(node_served(alloc_bootmem_pages(PAGE_SIZE)) == last);
	STAGE_EXPECT(node_served(alloc_bootmem_low_pages(PAGE_SIZE)) == last);
	/* A goal on the other node is none on this one. */
	STAGE_EXPECT(node_served(__alloc_bootmem(PAGE_SIZE, PAGE_SIZE, goal)) == last);
	/* A node's own goal that leaves no room gives way before another node is asked. */
	STAGE_EXPECT(node_served(__alloc_bootmem_node(before, PAGE_SIZE, PAGE_SIZE, end)) ==
		     before);
	/* What the last node has lies above the limit. */
	STAGE_EXPECT(node_served(__alloc_bootmem_limit(PAGE_SIZE, PAGE_SIZE, 0, end)) != last);
}

STAGE_TEST(next_node, "when a node has no page left, the one before it serves the request")
{
	pg_data_t *last = first_asked(), *before = second_asked();
	const pg_data_t *plain, *of_last, *low;
	struct early_account account;

	if (!two_serve())
		return;
	empty_node(last);
	early_account(last, &account);
	plain = node_served(alloc_bootmem_pages(PAGE_SIZE));
	of_last = node_served(alloc_bootmem_pages_node(last, PAGE_SIZE));
	low = node_served(alloc_bootmem_low_pages(PAGE_SIZE));
	fill_node();
	STAGE_EXPECT(account.free == 0);
	STAGE_EXPECT(plain == before && of_last == before && low == before);
}

STAGE_TEST(own_node_first, "a node's form takes its node's memory while there is any")
{
	pg_data_t *pgdat = second_asked();

	if (!two_serve())
		return;
	STAGE_EXPECT(node_served(alloc_bootmem_low_pages_node(pgdat, PAGE_SIZE)) == pgdat);
}

STAGE_TEST(empties, "node 0 gives every page that it counts as free, and takes each back")
{
	struct early_account before, empty, after;

	early_account(NODE_DATA(0), &before);
	empty_node(NODE_DATA(0));
	early_account(NODE_DATA(0), &empty);
	fill_node();
	early_account(NODE_DATA(0), &after);
	STAGE_EXPECT(before.free > 0 && empty.free == 0 && after.free == before.free);
}

/* --- the rest --------------------------------------------------------------------------------- */

STAGE_TEST(init_bootmem, "init_bootmem() makes node 0 anew, all reserved, from its first frame")
{
	struct bootmem_data fresh = {}, *real = NODE_DATA(0)->bdata;
	void *bits = alloc_bootmem_pages(bootmem_bootmap_pages(64) << PAGE_SHIFT);
	unsigned long bytes;

	NODE_DATA(0)->bdata = &fresh;
	bytes = init_bootmem(phys_to_pfn(virt_to_phys(bits)), min_pfn + 64);
	NODE_DATA(0)->bdata = real;
	free_bootmem(virt_to_phys(bits), PAGE_SIZE);
	STAGE_EXPECT(bytes == 64 / 8);
	STAGE_EXPECT(fresh.start == min_pfn && fresh.end == min_pfn + 64 && fresh.free == 0);
	STAGE_EXPECT_BUG("initialised twice", init_bootmem(min_pfn, max_pfn));
}

STAGE_TEST(refusals, "ranges of no node, free pages, bitmaps and allocated memory are refused")
{
	void *p = alloc_bootmem_pages(PAGE_SIZE), *none = NULL;
	paddr_t pa = virt_to_phys(p);
	struct arch_kernel_part image;

	STAGE_EXPECT_BUG("reserve of allocated memory", reserve_bootmem(pa, 1));
	free_bootmem(pa, PAGE_SIZE);
	STAGE_EXPECT_BUG("double free", free_bootmem(pa, PAGE_SIZE));
	STAGE_EXPECT_BUG("bad range", free_bootmem(PHYS_OFFSET - PAGE_SIZE, PAGE_SIZE));
	STAGE_EXPECT_BUG("bad range", reserve_bootmem(last_byte() + 1, PAGE_SIZE));
	STAGE_EXPECT_BUG("bad range", free_bootmem(last_byte(), 2));
	STAGE_EXPECT_BUG("bad request", none = alloc_bootmem(0));
	STAGE_EXPECT_BUG("bad request", none = __alloc_bootmem(1, 3, 0));
	STAGE_EXPECT(!none);
	STAGE_EXPECT_BUG("free of the bitmap",
			 free_bootmem(virt_to_phys(NODE_DATA(0)->bdata->map), PAGE_SIZE));
	if (arch_kernel_part(0, &image))
		STAGE_EXPECT_BUG("free of found memory", free_bootmem(image.base, PAGE_SIZE));
}

/* Node 0's bits are changed, and put right again. */
STAGE_TEST(bits_and_records, "a bit that is clear but held, or set but nobody's, is seen")
{
	struct bootmem_data *b = NODE_DATA(0)->bdata;
	unsigned long clear = find_first_zero_bit(b->map, b->end - b->start);
	unsigned long held = find_first_bit(b->map, b->end - b->start);
	void *p = bootmem_allocate(&(struct bootmem_request){ NODE_DATA(0), PAGE_SIZE, PAGE_SIZE, 0,
							      0, BOOTMEM_NOPANIC, _RET_IP_ });
	unsigned long taken = phys_to_pfn(virt_to_phys(p)) - b->start;
	bool found, recorded, nobodys;

	bootmem_clear(b, held, held + 1);
	found = early_check();
	bootmem_set(b, held, held + 1);
	bootmem_clear(b, taken, taken + 1);
	recorded = early_check();
	bootmem_set(b, taken, taken + 1);
	free_bootmem(virt_to_phys(p), PAGE_SIZE);
	bootmem_set(b, clear, clear + 1);
	nobodys = early_check();
	bootmem_clear(b, clear, clear + 1);
	STAGE_EXPECT(!found && !recorded && !nobodys);
	STAGE_EXPECT(early_check());
}

/* Does the checker say that nobody has the frame that is the next one behind these bytes, if set? */
static bool frame_behind_is_nobodys(paddr_t start, unsigned long bytes)
{
	struct bootmem_data *b = NODE_DATA(0)->bdata;
	const pfn_t behind = phys_to_pfn(start + bytes - 1) + 1;
	bool seen;

	bootmem_set(b, behind - b->start, behind - b->start + 1);
	seen = checker_says("early", "C2: frame 0x%lx is reserved, but nobody has it", behind);
	bootmem_clear(b, behind - b->start, behind - b->start + 1);
	return seen;
}

STAGE_TEST(behind_records, "the frame behind what was allocated or reserved is not taken for held")
{
	const struct bootmem_request four = { NODE_DATA(0),    4 * PAGE_SIZE, PAGE_SIZE, 0, 0,
					      BOOTMEM_NOPANIC, _RET_IP_ };
	paddr_t room = virt_to_phys(bootmem_allocate(&four));
	bool pages, bytes, reserved;

	free_bootmem(room + PAGE_SIZE, 3 * PAGE_SIZE);
	pages = frame_behind_is_nobodys(room, PAGE_SIZE);
	reserve_bootmem(room + 2 * PAGE_SIZE, PAGE_SIZE + 5);
	reserved = frame_behind_is_nobodys(room, PAGE_SIZE);
	free_bootmem(room + 3 * PAGE_SIZE, PAGE_SIZE);
	bytes = frame_behind_is_nobodys(room + 2 * PAGE_SIZE, PAGE_SIZE);
	free_bootmem(room + 2 * PAGE_SIZE, PAGE_SIZE);
	free_bootmem(room, PAGE_SIZE);
	STAGE_EXPECT(pages && bytes && reserved);
}

STAGE_TEST(broken_bits, "the image is not handed out, though its bits are cleared")
{
	struct bootmem_data *b = NODE_DATA(0)->bdata;
	struct arch_kernel_part image = { .base = PHYS_OFFSET };
	const bool in_ram = arch_kernel_part(0, &image);
	const pfn_t held = phys_to_pfn(image.base) - b->start;
	const struct bootmem_request r = {
		NODE_DATA(0),		PAGE_SIZE,	 PAGE_SIZE, image.base,
		image.base + PAGE_SIZE, BOOTMEM_NOPANIC, _RET_IP_
	};
	void *p = NULL, *again;

	if (!in_ram) {
		stage_ends(DOES_NOT_APPLY, "the image lies in no frame of RAM");
		return;
	}
	bootmem_clear(b, held, held + 1);
	STAGE_EXPECT_BUG("broken bitmap", p = bootmem_allocate(&r));
	again = bootmem_allocate(&r);
	STAGE_EXPECT_BUG("used though broken", reserve_bootmem(image.base, PAGE_SIZE));
	b->broken = false;
	bootmem_set(b, held, held + 1);
	STAGE_EXPECT(!p && !again);
	STAGE_EXPECT_BUG("free of found memory", free_bootmem(image.base, PAGE_SIZE));
}

/* The first frame behind the nth bank, when a hole in lowmem begins there; 0 when none does. */
static pfn_t hole_behind(unsigned int nth)
{
	const struct boot_bank *bank = &boot_info.bank[nth];
	pfn_t pfn = phys_to_pfn(bank->base + bank->size);

	return pfn < min(max_pfn, lowmem_end_pfn) && !pfn_present(pfn) ? pfn : 0;
}

STAGE_TEST(hole, "a hole between banks is nobody's memory, in one node or between two")
{
	unsigned int holes = 0;

	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		paddr_t hole = pfn_to_phys(hole_behind(i));

		if (!hole)
			continue;
		STAGE_EXPECT_BUG("bad range", free_bootmem(hole, PAGE_SIZE));
		STAGE_EXPECT_BUG("bad range", reserve_bootmem(hole, PAGE_SIZE));
		STAGE_EXPECT_BUG("bad range", free_bootmem(hole - PAGE_SIZE, 2 * PAGE_SIZE));
		holes++;
	}
	if (!holes)
		stage_ends(DOES_NOT_APPLY, "no hole in lowmem");
}

STAGE_TEST(records, "who took memory is known by name, and what became of it")
{
	void *p = alloc_bootmem_pages(3 * PAGE_SIZE);
	paddr_t pa = virt_to_phys(p);
	const struct early_record *r = early_record_in(EARLY_ALLOCATED, pa, pa + 1);
	char name[KALLSYMS_NAME] = "";

	STAGE_EXPECT(r && r->start == pa && r->size == 3 * PAGE_SIZE);
	STAGE_EXPECT(kallsyms_lookup(r->caller, name, NULL, NULL));
	STAGE_EXPECT(__builtin_strcmp(name, "stage_body_records") == 0);
	free_bootmem(pa, PAGE_SIZE);
	STAGE_EXPECT(!early_record_in(EARLY_ALLOCATED, pa, pa + PAGE_SIZE));
	r = early_record_in(EARLY_ALLOCATED, pa, pa + PAGE_SIZE + 1);
	STAGE_EXPECT(r && r->start == pa + PAGE_SIZE && r->size == 2 * PAGE_SIZE);
	free_bootmem(pa + PAGE_SIZE, 2 * PAGE_SIZE);
	STAGE_EXPECT(!early_record_in(EARLY_ALLOCATED, pa, pa + 3 * PAGE_SIZE));
}

STAGE_TEST(hash, "a hash table of boot memory has the size that memory asks for")
{
	unsigned int shift = 0, mask = 0;
	unsigned long pages = present_pages(min_pfn, min(max_pfn, lowmem_end_pfn));
	void *table = alloc_large_system_hash("early test", 8, 0, 16, HASH_EARLY, &shift, &mask, 0);

	STAGE_EXPECT(table && mask == (1u << shift) - 1);
	STAGE_EXPECT((1ul << shift) * 16 >= pages && (1ul << shift) * 16 < 2 * (pages + 256));
	STAGE_EXPECT(is_clear(table, 8ul << shift));
	free_bootmem(ALIGN_DOWN(virt_to_phys(table), PAGE_SIZE),
		     ALIGN(virt_to_phys(table) + (8ul << shift), PAGE_SIZE) -
			     ALIGN_DOWN(virt_to_phys(table), PAGE_SIZE));
}

STAGE_TEST(pages_refused, "pages are refused by name while there are no zones")
{
	STAGE_EXPECT_BUG("used before it stands", alloc_page(GFP_KERNEL));
	STAGE_EXPECT_BUG("used before it stands", get_zeroed_page(GFP_ATOMIC));
	STAGE_EXPECT_BUG("used before it stands", alloc_pages_node(0, GFP_DMA, 2));
	STAGE_EXPECT_BUG("wild pointer", free_page(PAGE_OFFSET + MiB));
	STAGE_EXPECT_BUG("wild pointer", __free_page((struct page *)(PAGE_OFFSET + MiB)));
	STAGE_EXPECT_BUG("wild pointer", put_page((struct page *)(PAGE_OFFSET + MiB)));
}

/* --- running them ----------------------------------------------------------------------------- */

static struct stage_test *const tests[] = {
	&stage_test_every_function,  &stage_test_above_dma,
	&stage_test_packs,	     &stage_test_packs_no_higher,
	&stage_test_second_pass,     &stage_test_exhaustion,
	&stage_test_reaches_the_end, &stage_test_node_order,
	&stage_test_next_node,	     &stage_test_own_node_first,
	&stage_test_empties,	     &stage_test_init_bootmem,
	&stage_test_refusals,	     &stage_test_bits_and_records,
	&stage_test_broken_bits,     &stage_test_hole,
	&stage_test_records,	     &stage_test_hash,
	&stage_test_pages_refused,   &stage_test_numbers,
	&stage_test_behind_records,
};

static void __init run_stage_test(struct stage_test *test)
{
	unsigned long free = early_free_pages();

	running = test;
	test->outcome = PASSED;
	test->body();
	if (early_free_pages() != free)
		stage_ends(FAILED, "%lu pages were free, now %lu", free, early_free_pages());
	if (!early_check())
		stage_ends(FAILED, "the bits are not sound");
	if (test->outcome == FAILED)
		pr_err("early_test: %s: %s", test->name, test->reason);
}

static void __init test_bootmem(void)
{
	if (!wanted)
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(tests); i++)
		run_stage_test(tests[i]);
}
bootmem_initcall(test_bootmem);
