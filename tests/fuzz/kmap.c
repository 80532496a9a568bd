/*
 * kmap.c - windows to pages that have no address: kmap, kmap_local, the fixmap; against who shows what
 *
 *	page        [ 0 | 1 | … ]   of highmem, two of lowmem    each with so many users by kmap()
 *	kmap_local  [ page 3 | page 0 | - … ]                    a stack: the last one mapped goes first
 *	fixmap      [ - | page 5 | - … ]                         the user's slots
 *
 * As in vmap.c, what is shown is looked up in the page tables; an input may access a few times.
 *
 * Claims: a page has one address by kmap() as long as it has users; a slot shows the page that was asked
 * for, and nothing afterwards; the order of kmap_local, and a slot's being in use, are kept; mistakes are
 * refused.
 *
 * Read next: mm/window/kmap.h, mm/fixmap/kmap_local.h, mm/fixmap/fixmap.h.
 */
#include <string.h>

#include "mm/fixmap/kmap_local.h"
#include "mm/window/kmap.h"
#include "tests/fuzz/fuzz.h"

enum { PAGES = 24, LOW = 2, SLOTS = FIX_USER_LAST - FIX_USER_FIRST + 1, TOUCHES = 3 };

static struct shown {
	struct page *page;
	void *at;	    /* by kmap(), while it has users */
	unsigned int users; /* of kmap() */
} pages[PAGES];		    /* the first LOW are of lowmem */

static struct {
	void *at;
	unsigned int page;
} stack[KM_MAX_IDX]; /* of kmap_local; those of lowmem take none */
static unsigned int depth;

static int slot_shows[SLOTS]; /* a page's number, or -1 */
static unsigned int touches;

/* --- the model -------------------------------------------------------------------------------- */

static struct shown *choose(struct fuzz_input *in)
{
	return &pages[fuzz_below(in, PAGES)];
}

static bool is_low(const struct shown *s)
{
	return s - pages < LOW;
}

static void expect_shown(const void *at, const struct page *page)
{
	struct arch_mapping m;

	arch_walk((vaddr_t)at, &m);
	FUZZ_CHECK(m.present && m.phys + ((vaddr_t)at - m.start) == page_to_phys(page));
	FUZZ_CHECK(m.read && !m.exec);
}

static void expect_nothing(const void *at)
{
	struct arch_mapping m;

	arch_walk((vaddr_t)at, &m);
	FUZZ_CHECK(!m.present);
}

/* What is written there is read again, if an access may be had. */
static void touch(void *at, u32 value)
{
	if (!touches)
		return;
	touches--;
	*(volatile u32 *)at = value;
	FUZZ_CHECK(*(volatile u32 *)at == value);
}

/* --- kmap ------------------------------------------------------------------------------------- */

static void map(struct fuzz_input *in)
{
	struct shown *s = choose(in);
	void *at = kmap(s->page);

	FUZZ_CHECK(at && (!s->users || at == s->at));
	s->at = at;
	s->users++;
	expect_shown(at, s->page);
	FUZZ_CHECK(page_address(s->page) == at && kmap_to_page(at) == s->page);
	if (fuzz_u8(in) >= 0xf0)
		touch(at, fuzz_step);
}

static void unmap_one(struct shown *s)
{
	expect_shown(s->at, s->page);
	s->users--;
	kunmap(s->page);
}

static void unmap(struct fuzz_input *in)
{
	struct shown *s = choose(in);

	if (s->users)
		unmap_one(s);
	else if (!is_low(s))
		FUZZ_REFUSED("not mapped", kunmap(s->page));
}

static void flush(struct fuzz_input *in __unused)
{
	kmap_flush_unused();
	for (struct shown *s = pages + LOW; s < pages + PAGES; s++)
		FUZZ_CHECK(page_address(s->page) == (s->users ? s->at : NULL));
}

static void map_wrongly(struct fuzz_input *in)
{
	struct page *const wild = (struct page *)((char *)mem_map + 8 + 64 * fuzz_u16(in));

	FUZZ_REFUSED("not a page", kmap(wild));
	FUZZ_REFUSED("not a page", kunmap(wild));
}

/* --- kmap_local ------------------------------------------------------------------------------- */

static void map_local(struct fuzz_input *in)
{
	const struct shown *s = choose(in);
	void *at = NULL;

	if (!is_low(s) && depth == KM_MAX_IDX) {
		FUZZ_REFUSED("too deep", at = kmap_local_page(s->page));
		FUZZ_CHECK(!at);
		return;
	}
	at = fuzz_u8(in) & 1 ? kmap_local_page(s->page) : kmap_local_pfn(page_to_pfn(s->page));
	FUZZ_CHECK(at);
	expect_shown(at, s->page);
	if (is_low(s)) {
		kunmap_local(at); /* nothing */
		return;
	}
	stack[depth].at = at;
	stack[depth++].page = (unsigned int)(s - pages);
	FUZZ_CHECK(kmap_local_depth() == depth);
}

static void unmap_local(struct fuzz_input *in)
{
	const unsigned long byte = fuzz_u16(in) % PAGE_SIZE; /* any address of the page does */

	if (!depth)
		return;
	depth--;
	expect_shown(stack[depth].at, pages[stack[depth].page].page);
	if (byte >= 0xf00)
		touch(stack[depth].at, fuzz_step);
	kunmap_local((char *)stack[depth].at + byte);
	FUZZ_CHECK(kmap_local_depth() == depth);
	expect_nothing(stack[depth].at);
}

static void unmap_out_of_order(struct fuzz_input *in)
{
	const unsigned int nth = fuzz_below(in, KM_MAX_IDX);
	char *first = (char *)__fix_to_virt(FIX_KMAP_BEGIN);

	if (nth + 1 == depth)
		return;
	FUZZ_REFUSED("out of order|not mapped", kunmap_local(first + nth * PAGE_SIZE));
	FUZZ_REFUSED("slot of another CPU", kunmap_local(first + (KM_MAX_IDX + nth) * PAGE_SIZE));
	FUZZ_CHECK(kmap_local_depth() == depth);
}

static void unmap_wild(struct fuzz_input *in)
{
	FUZZ_REFUSED("not a slot", kunmap_local((char *)VMALLOC_END - fuzz_u16(in) - 1));
	FUZZ_REFUSED("not RAM", kmap_local_pfn(page_to_pfn(mem_map + mem_map_pages) + 1024));
}

/* --- fixmap ----------------------------------------------------------------------------------- */

static void set(struct fuzz_input *in)
{
	const unsigned int slot = fuzz_below(in, SLOTS), idx = FIX_USER_FIRST + slot;
	const struct shown *s = choose(in);
	const unsigned long offset = fuzz_u16(in) % PAGE_SIZE;
	vaddr_t at = 1;

	if (slot_shows[slot] >= 0) {
		FUZZ_REFUSED("slot in use",
			     at = set_fixmap_offset(idx, page_to_phys(s->page) + offset));
		FUZZ_CHECK(!at);
		return;
	}
	at = set_fixmap_offset(idx, page_to_phys(s->page) + offset);
	FUZZ_CHECK(at == __fix_to_virt(idx) + offset && virt_to_fix(at) == idx);
	slot_shows[slot] = (int)(s - pages);
	expect_shown((void *)__fix_to_virt(idx), s->page);
	if (offset >= 0xf00)
		touch((void *)__fix_to_virt(idx), fuzz_step);
}

static void clear(struct fuzz_input *in)
{
	const unsigned int slot = fuzz_below(in, SLOTS), idx = FIX_USER_FIRST + slot;

	if (slot_shows[slot] < 0) {
		FUZZ_REFUSED("slot not set", fixmap_clear(idx));
		return;
	}
	expect_shown((void *)__fix_to_virt(idx), pages[slot_shows[slot]].page);
	FUZZ_CHECK(fixmap_clear(idx));
	slot_shows[slot] = -1;
	expect_nothing((void *)__fix_to_virt(idx));
}

static void set_wrongly(struct fuzz_input *in)
{
	const unsigned int idx = fuzz_below(in, __end_of_fixed_addresses + 100);
	bool taken = true;

	if (idx >= FIX_USER_FIRST && idx <= FIX_USER_LAST)
		return;
	FUZZ_REFUSED("bad index|slot of another",
		     taken = fixmap_set(idx, page_to_phys(pages[0].page), PAGE_KERNEL));
	FUZZ_CHECK(!taken);
	FUZZ_REFUSED("bad index|slot of another", taken = fixmap_clear(idx));
	FUZZ_CHECK(!taken);
}

static void check(struct fuzz_input *in)
{
	fuzz_ask(in, pkmap_check);
	fuzz_ask(in, kmap_local_check);
	fuzz_ask(in, fixmap_check);
}

/* --- one input -------------------------------------------------------------------------------- */

static void (*const operations[])(struct fuzz_input *in) = {
	map,	     map,	map,	   unmap,     unmap,	   unmap,	flush,
	map_wrongly, map_local, map_local, map_local, unmap_local, unmap_local, unmap_out_of_order,
	unmap_wild,  set,	set,	   clear,     clear,	   set_wrongly, check,
};

static void begin(void)
{
	depth = 0;
	touches = TOUCHES;
	memset(pages, 0, sizeof(pages));
	for (unsigned int i = 0; i < SLOTS; i++)
		slot_shows[i] = -1;
	for (struct shown *s = pages; s < pages + PAGES; s++) {
		s->page = alloc_page(is_low(s) ? GFP_KERNEL : GFP_HIGHUSER);
		FUZZ_CHECK(s->page && PageHighMem(s->page) == !is_low(s));
	}
}

static void end(void)
{
	while (depth)
		kunmap_local(stack[--depth].at);
	for (unsigned int i = 0; i < SLOTS; i++)
		if (slot_shows[i] >= 0)
			fixmap_clear(FIX_USER_FIRST + i);
	for (struct shown *s = pages; s < pages + PAGES; s++)
		while (s->users)
			unmap_one(s);
	FUZZ_CHECK(pkmap_check() && kmap_local_check() && fixmap_check());
	kmap_flush_unused();
	for (struct shown *s = pages; s < pages + PAGES; s++)
		__free_page(s->page);
}

static void run(const u8 *data, size_t size)
{
	struct fuzz_input in = fuzz_read(data, size);

	begin();
	while (fuzz_next(&in))
		operations[fuzz_below(&in, ARRAY_SIZE(operations))](&in);
	end();
	fuzz_expect_whole();
}

FUZZ_TARGET(kmap, "windows to pages: kmap, kmap_local, the fixmap", run);
