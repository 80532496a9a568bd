/*
 * page.c - blocks of pages: the buddy, the per-CPU pages before it, bulk, references, and what is refused
 *
 *	slot ──> [ page, order, how it was had ] and its mark in the block's first and last word
 *
 * The model is the slots: what they hold must be theirs alone, aligned to its size, and keep its marks; pages
 * that nobody holds are free.  A mistaken free is refused, and nothing is changed by it.
 *
 * Read next: mm/page/page.h.
 */
#include "tests/fuzz/fuzz.h"

#include "kernel/check/check.h"
#include "kernel/selftest/selftest.h"
#include "mm/account/account.h"
#include "mm/page/page.h"

enum { SLOTS = 32, BULK = 24, STEPS = 256, CHECK_EVERY = 64 };

static struct slot {
	struct page *page; /* NULL: free */
	unsigned int order;
	unsigned int references;
	bool compound;
} slots[SLOTS];
static unsigned long held; /* pages */

/* --- marks ------------------------------------------------------------------------------------ */

static u32 *first_word(const struct slot *slot)
{
	return lowmem_page_address(slot->page);
}

static u32 *last_word(const struct slot *slot)
{
	return first_word(slot) + (PAGE_SIZE << slot->order) / sizeof(u32) - 1;
}

static u32 mark_of(const struct slot *slot)
{
	return 0x5eed0000 + (u32)(slot - slots);
}

static void check_marks(const struct slot *slot)
{
	FUZZ_CHECK(*first_word(slot) == mark_of(slot));
	FUZZ_CHECK(*last_word(slot) == mark_of(slot));
}

static void mark(const struct slot *slot)
{
	*first_word(slot) = mark_of(slot);
	*last_word(slot) = mark_of(slot);
}

static void hold(struct slot *slot, struct page *page, unsigned int order)
{
	*slot = (struct slot){ .page = page, .order = order, .references = 1 };
	held += 1ul << order;
	FUZZ_CHECK(IS_ALIGNED(page_to_pfn(page), 1ul << order));
	FUZZ_CHECK(page_state(page) == PAGE_USED && page_count(page) == 1);
	mark(slot);
}

static void forget(struct slot *slot)
{
	held -= 1ul << slot->order;
	slot->page = NULL;
}

/* Of a block its first page is left. */
static void keep_first(struct slot *slot)
{
	held -= (1ul << slot->order) - 1;
	slot->order = 0;
	mark(slot);
}

/* --- operations ------------------------------------------------------------------------------- */

/* With whatever context and clearing; never one that is a caller's mistake. */
static gfp_t gfp_of(struct fuzz_input *in)
{
	static const gfp_t kinds[] = { GFP_KERNEL,	     GFP_ATOMIC,
				       GFP_NOWAIT,	     GFP_KERNEL | __GFP_ZERO,
				       GFP_KERNEL | GFP_DMA, GFP_KERNEL | __GFP_COMP };

	return kinds[fuzz_below(in, ARRAY_SIZE(kinds))] | __GFP_NOWARN;
}

static void check_clear(const struct page *page, unsigned int order)
{
	const u64 *words = lowmem_page_address(page);

	for (unsigned long i = 0; i < (PAGE_SIZE << order) / sizeof(*words); i += 64)
		FUZZ_CHECK(!words[i]);
}

static void allocate(struct slot *slot, struct fuzz_input *in)
{
	const unsigned int order = fuzz_u8(in) % 2 ? 0 : fuzz_below(in, MAX_ORDER);
	const gfp_t gfp = gfp_of(in);
	struct page *page;

	if (slot->page)
		return;
	page = alloc_pages(gfp, order);
	if (!page)
		return;
	if (gfp & __GFP_ZERO)
		check_clear(page, order);
	hold(slot, page, order);
	slot->compound = gfp & __GFP_COMP && order;
	FUZZ_CHECK(!!PageCompound(page) == slot->compound);
}

static void allocate_alone(struct slot *slot, struct fuzz_input *in)
{
	struct page *page = slot->page ? NULL : alloc_page_alone(gfp_of(in) & ~__GFP_COMP);

	if (page)
		hold(slot, page, 0);
}

static void allocate_exact(struct slot *slot, struct fuzz_input *in)
{
	const size_t size = 1 + (size_t)fuzz_u16(in) % (16 * PAGE_SIZE);
	void *exact = alloc_pages_exact(size, GFP_KERNEL | __GFP_NOWARN);

	(void)slot;
	if (!exact)
		return;
	__builtin_memset(exact, 0x55, size);
	free_pages_exact(exact, size);
}

static void give_back(struct slot *slot, struct fuzz_input *in)
{
	(void)in;
	if (!slot->page)
		return;
	check_marks(slot);
	__free_pages(slot->page, slot->order);
	if (!--slot->references)
		forget(slot);
	else if (!slot->compound)
		keep_first(slot);
}

static void refer(struct slot *slot, struct fuzz_input *in)
{
	(void)in;
	if (!slot->page || slot->references > 3)
		return;
	get_page(slot->page);
	slot->references++;
}

static void unrefer(struct slot *slot, struct fuzz_input *in)
{
	(void)in;
	if (!slot->page || (slot->order && !slot->compound))
		return;
	check_marks(slot);
	put_page(slot->page);
	if (!--slot->references)
		forget(slot);
}

static void split(struct slot *slot, struct fuzz_input *in)
{
	struct page *page = slot->page;
	const unsigned int order = slot->order;

	(void)in;
	if (!page || slot->compound || slot->references != 1 || !order)
		return;
	split_page(page, order);
	for (unsigned long i = 1; i < 1ul << order; i++)
		__free_page(page + i);
	keep_first(slot);
}

static void bulk(struct slot *slot, struct fuzz_input *in)
{
	struct page *pages[BULK] = {};
	const unsigned long wanted = fuzz_below(in, BULK + 1);
	const unsigned long got = alloc_pages_bulk_array(GFP_KERNEL | __GFP_NOWARN, wanted, pages);

	(void)slot;
	FUZZ_CHECK(got <= wanted);
	for (unsigned long i = 0; i < got; i++)
		FUZZ_CHECK(page_state(pages[i]) == PAGE_USED && !page_order(pages[i]));
	free_pages_bulk_array(got, pages);
}

static void drain(struct slot *slot, struct fuzz_input *in)
{
	(void)slot, (void)in;
	drain_all_pages(NULL);
}

/* --- mistakes --------------------------------------------------------------------------------- */

static void free_by_other_order(struct slot *slot, struct fuzz_input *in)
{
	const unsigned int order = fuzz_below(in, MAX_ORDER + 6);

	if (!slot->page || order == slot->order || slot->references != 1)
		return;
	FUZZ_REFUSED("wrong order", __free_pages(slot->page, order));
	check_marks(slot);
}

static void free_tail(struct slot *slot, struct fuzz_input *in)
{
	if (slot->page && slot->order)
		FUZZ_REFUSED("tail page",
			     __free_page(slot->page + 1 + fuzz_below(in, (1u << slot->order) - 1)));
}

static void free_twice(struct slot *slot, struct fuzz_input *in)
{
	struct page *page = slot->page ? NULL : alloc_page(GFP_KERNEL | __GFP_NOWARN);

	(void)in;
	if (!page)
		return;
	__free_page(page);
	FUZZ_REFUSED("double free", __free_page(page));
}

static void free_wild(struct slot *slot, struct fuzz_input *in)
{
	struct page *wild = (struct page *)((char *)mem_map + fuzz_u16(in) * 8 + 4);

	(void)slot;
	FUZZ_REFUSED("wild pointer", __free_pages(wild, 0));
}

/* --- a run ------------------------------------------------------------------------------------ */

static void (*const operations[])(struct slot *slot, struct fuzz_input *in) = {
	allocate,
	allocate,
	allocate,
	allocate_alone,
	allocate_exact,
	give_back,
	give_back,
	give_back,
	refer,
	unrefer,
	split,
	bulk,
	drain,
	free_tail,
	free_twice,
	free_wild,
	free_by_other_order,
};

static void check_all(void)
{
	FUZZ_CHECK(buddy_check());
	FUZZ_CHECK(balance_check());
}

static void empty_all(void)
{
	for (struct slot *slot = slots; slot < slots + SLOTS; slot++)
		while (slot->page)
			give_back(slot, NULL);
	FUZZ_CHECK(!held);
}

static void run(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };

	for (unsigned int i = 0; i < SLOTS; i++)
		slots[i].page = NULL;
	held = 0;
	for (fuzz_step = 1; in.left && fuzz_step <= STEPS; fuzz_step++) {
		const u8 which = fuzz_u8(&in);

		operations[which % ARRAY_SIZE(operations)](&slots[fuzz_u8(&in) % SLOTS], &in);
		if (fuzz_step % CHECK_EVERY == 0)
			check_all();
	}
	empty_all();
	check_all();
}
FUZZ_TARGET(page, "blocks of pages: the buddy, per-CPU pages, bulk, references", run);
