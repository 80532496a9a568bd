/*
 * vmap.c - areas of addresses: vmalloc, vmap, bare ones, devices'; against who has which addresses
 *
 *	area   [ vmalloc 3 pages | - | vmap of pages 2, 2, 5 | ioremap | bare | … ]
 *	page   the caller's own, which vmap() shows
 *
 * An access to the window costs a fault and two system calls here, so most is looked up in the page tables;
 * an input may access a few times (TOUCHES).
 *
 * Claims: areas and their guards do not overlap; each page is mapped as it was asked for, to a frame that no
 * other area owns, and what is written is found again; a guard, and what was freed, faults; a mistake is
 * refused.
 *
 * Read next: mm/vmap/vmap.h, mm/window/ioremap.h.
 */
#include <string.h>

#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"
#include "mm/window/ioremap.h"
#include "tests/fuzz/fuzz.h"

enum { AREAS = 32, PAGES = 8, TOUCHES = 3, DEVICES_AT = 0x10000000 };
enum kind { VMALLOC, VMAP, BARE, DEVICE };

static struct area {
	void *at; /* NULL: there is none */
	unsigned long pages;
	enum kind kind;
	bool writable;
	u8 shown[PAGES]; /* of VMAP: which pages */
	paddr_t phys;	 /* of DEVICE */
} areas[AREAS];

static struct page *pages[PAGES];
static unsigned int touches;

/* --- the model -------------------------------------------------------------------------------- */

static struct area *empty_place(void)
{
	for (struct area *a = areas; a < areas + AREAS; a++)
		if (!a->at)
			return a;
	return NULL;
}

static struct area *choose(struct fuzz_input *in)
{
	const unsigned int first = fuzz_below(in, AREAS);

	for (unsigned int i = 0; i < AREAS; i++)
		if (areas[(first + i) % AREAS].at)
			return &areas[(first + i) % AREAS];
	return NULL;
}

static char *end_of(const struct area *a)
{
	return (char *)a->at + (a->pages + 1) * PAGE_SIZE; /* the guard is part of it */
}

/* What the area's nth page has to be mapped to. */
static void expect_page(const struct area *a, unsigned long nth)
{
	const char *at = (char *)a->at + nth * PAGE_SIZE;
	const struct page *page = vmalloc_to_page(at);
	struct arch_mapping m;

	arch_walk((vaddr_t)at, &m);
	FUZZ_CHECK(m.present == (a->kind != BARE));
	if (a->kind == BARE)
		return;
	FUZZ_CHECK(m.read && !m.exec && m.write == a->writable && m.size == PAGE_SIZE);
	if (a->kind == VMAP)
		FUZZ_CHECK(page == pages[a->shown[nth]]);
	else if (a->kind == VMALLOC)
		FUZZ_CHECK(page && page_owner(page) == OWNER_VMALLOC && page_count(page) == 1);
	else
		FUZZ_CHECK(!page && m.phys == a->phys + nth * PAGE_SIZE);
}

static void expect_area(const struct area *a)
{
	const struct vm_struct *found = find_vm_area((char *)a->at + (a->pages - 1) * PAGE_SIZE);
	struct arch_mapping guard;

	FUZZ_CHECK(found && found->addr == a->at);
	FUZZ_CHECK(get_vm_area_size(found) == a->pages * PAGE_SIZE);
	expect_page(a, 0);
	expect_page(a, a->pages / 2);
	expect_page(a, a->pages - 1);
	arch_walk((vaddr_t)end_of(a) - PAGE_SIZE, &guard);
	FUZZ_CHECK(!guard.present);
}

static void hold(struct area area)
{
	struct area *place = empty_place();

	FUZZ_CHECK(is_vmalloc_addr(area.at) && (vaddr_t)area.at % PAGE_SIZE == 0);
	FUZZ_CHECK((vaddr_t)end_of(&area) <= VMALLOC_END);
	for (struct area *a = areas; a < areas + AREAS; a++)
		FUZZ_CHECK(!a->at || (char *)a->at >= end_of(&area) ||
			   (char *)area.at >= end_of(a));
	*place = area;
	expect_area(place);
}

/* --- taking ----------------------------------------------------------------------------------- */

static unsigned long read_pages(struct fuzz_input *in)
{
	const u8 byte = fuzz_u8(in);

	return 1 + (byte < 0xe0 ? byte % 5 : byte < 0xfc ? byte % 24 : fuzz_below(in, 300));
}

/* Without clearing, which is an access a page. */
static void take_vmalloc(struct fuzz_input *in)
{
	const unsigned long n = read_pages(in), bytes = n * PAGE_SIZE - fuzz_u16(in) % PAGE_SIZE;
	const u8 how = fuzz_u8(in);
	const unsigned long align = PAGE_SIZE << (how & 3);
	const gfp_t gfp = how & 4 ? GFP_KERNEL : how & 8 ? GFP_DMA : GFP_HIGHUSER;
	void *at = NULL;

	if (!empty_place())
		return;
	at = __vmalloc_node(bytes, align, gfp | __GFP_NOWARN, NUMA_NO_NODE, NULL);
	if (!at)
		return;
	FUZZ_CHECK((vaddr_t)at % align == 0);
	hold((struct area){ .at = at, .pages = n, .kind = VMALLOC, .writable = true });
}

static void take_vmap(struct fuzz_input *in)
{
	const unsigned int n = 1 + fuzz_below(in, PAGES);
	struct area area = { .pages = n, .kind = VMAP, .writable = fuzz_u8(in) & 1 };
	struct page *shown[PAGES];

	for (unsigned int i = 0; i < n; i++) {
		area.shown[i] = (u8)fuzz_below(in, PAGES);
		shown[i] = pages[area.shown[i]];
	}
	if (!empty_place())
		return;
	area.at = vmap(shown, n, VM_MAP, area.writable ? PAGE_KERNEL : PAGE_KERNEL_RO);
	if (area.at)
		hold(area);
}

static void take_bare(struct fuzz_input *in)
{
	const unsigned long n = fuzz_u8(in) < 0xfc ? read_pages(in) : fuzz_below(in, 4096) + 1;
	const struct vm_struct *area = NULL;

	if (empty_place())
		area = get_vm_area(n * PAGE_SIZE, fuzz_u8(in) & 1 ? VM_MAP : VM_IOREMAP);
	if (area)
		hold((struct area){ .at = area->addr, .pages = n, .kind = BARE });
}

static void take_device(struct fuzz_input *in)
{
	const unsigned long n = read_pages(in);
	const paddr_t phys = DEVICES_AT + fuzz_below(in, 4096) * PAGE_SIZE;
	void *at = empty_place() ? ioremap(phys, n * PAGE_SIZE) : NULL;

	if (at)
		hold((struct area){
			.at = at, .pages = n, .kind = DEVICE, .writable = true, .phys = phys });
}

/* --- giving back ------------------------------------------------------------------------------ */

static void give_area(struct area *a)
{
	expect_area(a);
	switch (a->kind) {
	case VMALLOC:
		vfree(a->at);
		break;
	case VMAP:
		vunmap(a->at);
		break;
	case DEVICE:
		iounmap(a->at);
		break;
	case BARE:
		kfree(remove_vm_area(a->at));
		break;
	}
	FUZZ_CHECK(!find_vm_area(a->at));
	FUZZ_CHECK(!vmalloc_to_page(a->at));
	a->at = NULL;
}

static void give(struct fuzz_input *in)
{
	struct area *a = choose(in);

	if (a)
		give_area(a);
}

static void look(struct fuzz_input *in)
{
	struct area *a = choose(in);

	if (!a)
		return;
	expect_area(a);
	expect_page(a, fuzz_u16(in) % a->pages);
}

/* --- accesses --------------------------------------------------------------------------------- */

static bool may_touch(void)
{
	return touches && touches--;
}

/* What is written through the area is found in its frame, or is refused. */
static void write_to(struct fuzz_input *in)
{
	struct area *a = choose(in);
	const unsigned long nth = a ? fuzz_u16(in) % a->pages : 0;
	const vaddr_t at = a ? (vaddr_t)a->at + nth * PAGE_SIZE + 8 * (fuzz_u8(in) % 500) : 0;
	const struct page *page = a ? vmalloc_to_page((void *)at) : NULL;
	u32 value;

	if (!a || a->kind == DEVICE || !may_touch())
		return;
	FUZZ_CHECK(arch_try_write(at, 4, 0xfeed1234, NULL) == a->writable);
	FUZZ_CHECK(arch_try_read(at, 4, &value, NULL) == (a->kind != BARE));
	if (!a->writable || PageHighMem(page))
		return;
	value = *(u32 *)((char *)lowmem_page_address(page) + at % PAGE_SIZE);
	FUZZ_CHECK(value == 0xfeed1234);
}

static void run_over(struct fuzz_input *in)
{
	struct area *a = choose(in);
	u32 value;

	if (a && may_touch())
		FUZZ_CHECK(!arch_try_read((vaddr_t)end_of(a) - PAGE_SIZE, 4, &value, NULL));
}

/* It was there, and is no more. */
static void use_after_free(struct fuzz_input *in)
{
	struct area *a = choose(in);
	const vaddr_t at = a ? (vaddr_t)a->at : 0;
	u32 value;

	if (!a || a->kind == DEVICE || a->kind == BARE || !may_touch())
		return;
	FUZZ_CHECK(arch_try_read(at, 4, &value, NULL));
	give_area(a);
	FUZZ_CHECK(!arch_try_read(at, 4, &value, NULL));
}

/* --- mistakes --------------------------------------------------------------------------------- */

static void give_twice(struct fuzz_input *in)
{
	struct area *a = choose(in);
	void *at = a ? a->at : NULL;

	if (!a || a->kind == BARE)
		return;
	give_area(a);
	FUZZ_REFUSED("double free", vfree(at));
	FUZZ_REFUSED("double free", vunmap(at));
}

static void give_inside(struct fuzz_input *in)
{
	struct area *a = choose(in);
	const unsigned long nth = a ? 1 + fuzz_u16(in) % a->pages : 0; /* or its guard */
	const unsigned long odd = fuzz_u8(in);

	if (!a)
		return;
	FUZZ_REFUSED("interior address", vfree((char *)a->at + nth * PAGE_SIZE));
	FUZZ_REFUSED("interior address", vunmap((char *)a->at + nth * PAGE_SIZE));
	if (odd)
		FUZZ_REFUSED("unaligned address", vfree((char *)a->at + odd));
	expect_area(a);
}

static void give_otherwise(struct fuzz_input *in)
{
	struct area *a = choose(in);

	if (!a || a->kind == BARE)
		return;
	if (a->kind != VMALLOC)
		FUZZ_REFUSED("wrong kind", vfree(a->at));
	if (a->kind != VMAP)
		FUZZ_REFUSED("wrong kind", vunmap(a->at));
	if (a->kind != DEVICE)
		FUZZ_REFUSED("wrong kind", iounmap(a->at));
	expect_area(a);
}

static void ask_wrongly(struct fuzz_input *in)
{
	const u8 how = fuzz_u8(in) % 4;
	void *made = NULL;

	if (how == 0)
		FUZZ_REFUSED("zero size", made = vmalloc(0));
	else if (how == 1)
		FUZZ_REFUSED("bad alignment",
			     made = __vmalloc_node(1, 3 * PAGE_SIZE, GFP_KERNEL, -1, NULL));
	else if (how == 2)
		FUZZ_REFUSED("RAM", made = ioremap(PHYS_OFFSET + fuzz_u16(in) * 64, 64));
	else
		FUZZ_REFUSED("no pages", made = vmap(pages, 0, VM_MAP, PAGE_KERNEL));
	FUZZ_CHECK(!made);
}

static void ask_too_much(struct fuzz_input *in)
{
	FUZZ_CHECK(!__vmalloc(VMALLOC_TOTAL - fuzz_u16(in), GFP_KERNEL | __GFP_NOWARN));
	FUZZ_CHECK(!get_vm_area(~0ul - fuzz_u16(in), VM_MAP));
}

static void check(struct fuzz_input *in)
{
	fuzz_ask(in, vmap_check);
}

/* --- one input -------------------------------------------------------------------------------- */

static void (*const operations[])(struct fuzz_input *in) = {
	take_vmalloc, take_vmalloc,   take_vmap,   take_vmap,	   take_bare,
	take_device,  give,	      give,	   give,	   give,
	look,	      write_to,	      run_over,	   use_after_free, give_twice,
	give_inside,  give_otherwise, ask_wrongly, ask_too_much,   check,
};

static void begin(void)
{
	memset(areas, 0, sizeof(areas));
	touches = TOUCHES;
	FUZZ_CHECK(alloc_pages_bulk_owned(GFP_KERNEL, PAGES, pages, OWNER_HELD) == PAGES);
}

static void run(const u8 *data, size_t size)
{
	struct fuzz_input in = fuzz_read(data, size);

	begin();
	while (fuzz_next(&in))
		operations[fuzz_below(&in, ARRAY_SIZE(operations))](&in);
	for (struct area *a = areas; a < areas + AREAS; a++)
		if (a->at)
			give_area(a);
	FUZZ_CHECK(nr_vm_areas() == 0 && vmap_check());
	free_pages_bulk_array(PAGES, pages);
	fuzz_expect_whole();
}

FUZZ_TARGET(vmap, "areas of addresses: vmalloc, vmap, ioremap, bare ones", run);
