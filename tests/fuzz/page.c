/*
 * page.c - blocks of pages, singly and in bulk, with references, split; against who has which frame
 *
 *	held   [ block 3, 2 users | - | page | compound 1 | ... ]      at most one holder a frame:
 *	whose  [ 0 0 1 1 1 1 1 1 1 1 0 0 3 0 0 0 4 4 ... ]             a byte each, the holder's number
 *
 * Each operation is one byte, then what it wants to know.
 *
 * Claims: a block is aligned, of a zone that was asked for, nobody else's, and keeps what is written into
 * it; what the allocator has and what is held is all there was; a wrong free is refused, and then nothing
 * has changed.
 *
 * Read next: mm/page/page.h.
 */
#include <string.h>

#include "mm/page/page.h"
#include "mm/page/pcp.h"
#include "tests/fuzz/fuzz.h"

enum { HELD = 64, FRAMES = 8192, BULK = 16 };

/* page NULL: nothing is held here. */
static struct held {
	struct page *page;
	unsigned int order;
	int users;
	bool compound;
	u32 mark;
} held[HELD];

static u8 whose[FRAMES]; /* of mem_map's: 1 + the index in held[]; 0: nobody's here */
static unsigned long frames_held, frames;
static unsigned int large_left; /* blocks that this input may have */

/* --- the model -------------------------------------------------------------------------------- */

static struct held *empty_place(void)
{
	for (struct held *h = held; h < held + HELD; h++)
		if (!h->page)
			return h;
	return NULL;
}

/* One that is held, or NULL: the one that the byte says, or the next. */
static struct held *choose(struct fuzz_input *in)
{
	const unsigned int first = fuzz_below(in, HELD);

	for (unsigned int i = 0; i < HELD; i++)
		if (held[(first + i) % HELD].page)
			return &held[(first + i) % HELD];
	return NULL;
}

static unsigned long frames_of(const struct held *h)
{
	return 1ul << h->order;
}

static void mark(const struct held *h)
{
	if (!PageHighMem(h->page))
		fuzz_mark(lowmem_page_address(h->page), PAGE_SIZE << h->order, h->mark);
}

static void expect_marked(const struct held *h)
{
	FUZZ_CHECK(PageHighMem(h->page) ||
		   fuzz_is_marked(lowmem_page_address(h->page), PAGE_SIZE << h->order, h->mark));
}

/* From here on the frames of the block are its holder's, and were nobody's. */
static void own(struct held *h)
{
	const unsigned long first = page_index(h->page);

	for (unsigned long i = first; i < first + frames_of(h); i++) {
		FUZZ_CHECK(i < frames && !whose[i]);
		whose[i] = (u8)(1 + h - held);
	}
	frames_held += frames_of(h);
}

static void disown(const struct held *h, unsigned long skip)
{
	memset(whose + page_index(h->page) + skip, 0, frames_of(h) - skip);
	frames_held -= frames_of(h) - skip;
}

static void expect_block(const struct held *h)
{
	FUZZ_CHECK(page_to_pfn(h->page) % frames_of(h) == 0);
	FUZZ_CHECK(page_state(h->page) == PAGE_USED && page_order(h->page) == h->order);
	FUZZ_CHECK(page_count(h->page) == h->users && PageCompound(h->page) == h->compound);
}

/* A block that has just been handed out is held. */
static void hold(struct page *page, unsigned int order, gfp_t gfp)
{
	struct held *h = empty_place();

	*h = (struct held){ page, order, 1, (gfp & __GFP_COMP) && order, fuzz_step * 0x9e3779b9u };
	own(h);
	expect_block(h);
	FUZZ_CHECK(!PageHighMem(page) || (gfp & __GFP_HIGHMEM));
	mark(h);
}

static unsigned int places_left(void)
{
	unsigned int n = 0;

	for (struct held *h = held; h < held + HELD; h++)
		n += !h->page;
	return n;
}

/* --- what is asked for ------------------------------------------------------------------------ */

/* Clearing highmem is a fault and two system calls a page here: that is asked for less often. */
static gfp_t read_gfp(struct fuzz_input *in)
{
	static const gfp_t kinds[] = { GFP_KERNEL, GFP_KERNEL, GFP_HIGHUSER, GFP_HIGHUSER,
				       GFP_DMA,	   GFP_ATOMIC, GFP_NOWAIT,   GFP_KERNEL };
	const u8 bits = fuzz_u8(in);
	gfp_t gfp = kinds[bits % 8] | __GFP_NOWARN;

	gfp |= (bits & 0x08 && !(gfp & __GFP_HIGHMEM)) || (bits & 0xcc) == 0x48 ? __GFP_ZERO : 0;
	gfp |= bits & 0x10 ? __GFP_COMP : 0;
	gfp |= bits & 0x20 ? __GFP_COLD : 0;
	gfp |= (bits & 0xc0) == 0xc0 ? __GFP_MEMALLOC : 0;
	return gfp;
}

/* Small ones, and one large: what an input touches has to be put back after it. */
static unsigned int read_order(struct fuzz_input *in)
{
	static const u8 orders[] = { 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 4 };
	const u8 byte = fuzz_u8(in);

	if (byte < 0xf8 || !large_left)
		return orders[byte % 16];
	large_left--;
	return 5 + (unsigned int)__builtin_ctz(fuzz_u8(in) | 1u << 5);
}

static void expect_zeroed(const struct page *page, unsigned int order)
{
	const unsigned long *at = lowmem_page_address(page);
	const unsigned long words = (PAGE_SIZE << order) / sizeof(*at);

	if (PageHighMem(page))
		return;
	for (unsigned long i = 0; i < words; i += 64)
		FUZZ_CHECK(!at[i]);
	FUZZ_CHECK(!at[words - 1]);
}

/* Little is held: while half of the zone is free, a single page is to be had. */
static void expect_refusal_is_due(unsigned int order)
{
	FUZZ_CHECK(order > 0 || nr_available_pages() < frames / 2);
}

static void take(struct fuzz_input *in)
{
	const gfp_t gfp = read_gfp(in);
	const unsigned int order = read_order(in);
	struct page *page;

	if (!empty_place())
		return;
	page = alloc_pages(gfp, order);
	if (!page) {
		expect_refusal_is_due(order);
		return;
	}
	if (gfp & __GFP_ZERO)
		expect_zeroed(page, order);
	hold(page, order, gfp);
}

static void take_alone(struct fuzz_input *in)
{
	const gfp_t gfp = read_gfp(in);
	struct page *page = empty_place() ? alloc_page_alone(gfp & ~(gfp_t)__GFP_COMP) : NULL;

	if (page)
		hold(page, 0, gfp);
}

static void take_bulk(struct fuzz_input *in)
{
	const gfp_t gfp = read_gfp(in) & ~(gfp_t)__GFP_COMP;
	struct page *array[BULK] = { NULL };
	unsigned long want = min(fuzz_below(in, BULK + 1), places_left());
	const unsigned long got = alloc_pages_bulk_array(gfp, want, array);

	FUZZ_CHECK(got <= want);
	for (unsigned long i = 0; i < got; i++)
		hold(array[i], 0, gfp);
}

static void take_exact(struct fuzz_input *in)
{
	const size_t size = 1 + fuzz_below(in, BULK * PAGE_SIZE);
	const unsigned long pages = DIV_ROUND_UP(size, PAGE_SIZE);
	char *start =
		pages <= places_left() ? alloc_pages_exact(size, GFP_KERNEL | __GFP_NOWARN) : NULL;

	for (unsigned long i = 0; start && i < pages; i++)
		hold(virt_to_page(start + i * PAGE_SIZE), 0, GFP_KERNEL);
}

/* --- giving back ------------------------------------------------------------------------------ */

static void put_away(struct held *h)
{
	disown(h, 0);
	h->page = NULL;
}

/* The holder's own way: others' references keep the first page, or a compound page whole. */
static void give(struct fuzz_input *in)
{
	struct held *h = choose(in);
	struct page *page = h ? h->page : NULL;
	const unsigned int order = h ? h->order : 0;

	if (!h)
		return;
	expect_marked(h);
	if (--h->users == 0) {
		put_away(h);
	} else if (!h->compound) {
		disown(h, 1);
		h->order = 0;
		mark(h);
	}
	__free_pages(page, order);
}

static void give_reference(struct fuzz_input *in)
{
	struct held *h = choose(in);
	struct page *page = h ? h->page : NULL;

	if (!h)
		return;
	expect_marked(h);
	page += h->compound ? fuzz_below(in, 1u << h->order) : 0; /* any of its pages will do */
	if (--h->users == 0)
		put_away(h);
	put_page(page);
}

/* A single page that nobody else uses, or NULL. */
static struct held *choose_single(struct fuzz_input *in)
{
	struct held *h = choose(in);

	return h && !h->order && h->users == 1 ? h : NULL;
}

static void give_single(struct fuzz_input *in)
{
	struct held *h = choose_single(in);
	const bool cold = fuzz_u8(in) & 1;
	struct page *page = h ? h->page : NULL;

	if (!h)
		return;
	expect_marked(h);
	put_away(h);
	if (cold)
		free_cold_page(page);
	else
		free_hot_page(page);
}

static void give_bulk(struct fuzz_input *in)
{
	const unsigned int want = fuzz_below(in, BULK + 1);
	struct page *array[BULK];
	unsigned long n = 0;

	for (unsigned int i = 0; i < want; i++) {
		struct held *h = choose_single(in);

		if (!h)
			continue;
		expect_marked(h);
		array[n++] = h->page;
		put_away(h);
	}
	free_pages_bulk_array(n, array);
}

/* --- references, and blocks taken apart ------------------------------------------------------- */

static void refer(struct fuzz_input *in)
{
	struct held *h = choose(in);

	if (!h)
		return;
	get_page(h->page + (h->compound ? fuzz_below(in, 1u << h->order) : 0));
	h->users++;
	expect_block(h);
}

/* The upper half is another's from now on, who has one reference. */
static void halve(struct fuzz_input *in)
{
	struct held *h = choose(in), *upper = empty_place();

	if (!h || !upper || h->compound || !h->order)
		return;
	halve_block(h->page, h->order);
	disown(h, frames_of(h) / 2);
	h->order--;
	*upper = (struct held){ h->page + frames_of(h), h->order, 1, false, h->mark };
	own(upper);
	mark(h);
	mark(upper);
	expect_block(h);
	expect_block(upper);
}

static void split(struct fuzz_input *in)
{
	struct held *h = choose(in);
	unsigned long pages = h ? frames_of(h) : 0;

	if (!h || h->compound || pages > places_left())
		return;
	split_page(h->page, h->order);
	disown(h, 1);
	h->order = 0;
	mark(h);
	expect_block(h);
	while (--pages)
		hold(h->page + pages, 0, GFP_HIGHUSER);
}

/* --- mistakes --------------------------------------------------------------------------------- */

/* Is that the right way to free what is held there? */
static bool is_right(const struct page *page, unsigned int order)
{
	const u8 who = whose[page_index(page)];
	const struct held *h = who ? &held[who - 1] : NULL;

	return h && h->page == page && h->order == order;
}

/* Any frame, as if it were a block of any order: unless it is, that is refused. */
static void free_wrongly(struct fuzz_input *in)
{
	struct page *page = mem_map + fuzz_below(in, (u32)frames);
	const unsigned int order = fuzz_below(in, MAX_ORDER + 2);
	const struct page before = *page;

	if (is_right(page, order))
		return;
	FUZZ_REFUSED("double free|tail page|reserved page|owned by a family|wrong order",
		     __free_pages(page, order));
	FUZZ_CHECK(!memcmp(&before, page, sizeof(before)));
}

/* A pointer that is no struct page's. */
static void free_wild(struct fuzz_input *in)
{
	const unsigned int at = fuzz_u16(in);
	char *wild = (char *)mem_map + at * sizeof(long);

	if (at % (sizeof(struct page) / sizeof(long)) == 0)
		wild = at & 8 ? (char *)(mem_map + mem_map_pages) + 8 * at : (char *)(mem_map - 1);
	FUZZ_REFUSED("wild pointer", __free_pages((struct page *)wild, fuzz_below(in, MAX_ORDER)));
	FUZZ_REFUSED("wild pointer", put_page((struct page *)wild));
	FUZZ_REFUSED("wild pointer", get_page((struct page *)wild));
}

static void split_wrongly(struct fuzz_input *in)
{
	struct held *h = choose(in);
	const unsigned int order = fuzz_below(in, MAX_ORDER);

	if (!h || (order == h->order && !h->compound))
		return;
	FUZZ_REFUSED("split of what is no plain block of this order", split_page(h->page, order));
	FUZZ_REFUSED("split of what is no plain block of this order", halve_block(h->page, order));
	expect_block(h);
}

/* --- stocks ----------------------------------------------------------------------------------- */

static void drain(struct fuzz_input *in)
{
	if (fuzz_u8(in) & 1)
		drain_all_pages(NULL);
	else
		drain_local_pages(first_zone());
}

static void check(struct fuzz_input *in)
{
	fuzz_ask(in, buddy_check);
}

/* --- one input -------------------------------------------------------------------------------- */

static void (*const operations[])(struct fuzz_input *in) = {
	take,	      take,	 take,	take_alone,    take_bulk,      take_exact,  give,
	give,	      give,	 refer, halve,	       give_reference, give_single, give_bulk,
	free_wrongly, free_wild, split, split_wrongly, drain,	       check,
};

static void begin(void)
{
	memset(held, 0, sizeof(held));
	memset(whose, 0, sizeof(whose));
	frames_held = 0;
	large_left = 1;
	frames = mem_map_pages;
	FUZZ_CHECK(frames <= FRAMES);
}

static void give_all(void)
{
	for (struct held *h = held; h < held + HELD; h++) {
		if (!h->page)
			continue;
		expect_block(h);
		expect_marked(h);
		for (; h->users > 1; h->users--)
			put_page(h->page);
		__free_pages(h->page, h->order);
	}
}

static void run(const u8 *data, size_t size)
{
	struct fuzz_input in = fuzz_read(data, size);
	const unsigned long there = nr_available_pages();

	begin();
	while (fuzz_next(&in)) {
		operations[fuzz_below(&in, ARRAY_SIZE(operations))](&in);
		FUZZ_CHECK(nr_available_pages() + frames_held == there);
	}
	give_all();
	FUZZ_CHECK(buddy_check() && pcp_check());
	fuzz_expect_whole();
}

FUZZ_TARGET(page, "blocks of pages: taken, split, shared, given back, also wrongly", run);
