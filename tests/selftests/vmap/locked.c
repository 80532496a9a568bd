/*
 * locked.c - claims about __remove_vm_area(): of an area of any size nothing is left, under one hold of the lock
 *
 *	span        |           |           |           |
 *	area          [ first part | whole spans | last part ]
 *	              entries      tables are     entries
 *	              cleared      hidden         cleared
 *
 * The areas show frames of RAM, in part where nothing is: only the first and the last, which are
 * there, are read.
 */
#include <errno.h>

#include "kernel/selftest/selftest.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap_impl.h"

enum { SPAN_PAGES = TABLE_SPAN / PAGE_SIZE, SPANS = 4 };

static bool readable(vaddr_t addr)
{
	u32 value;

	return arch_try_read(addr, 4, &value, NULL);
}

/* SPANS spans in a row in which no area is; 0 when there are none. */
static vaddr_t empty_spans(void)
{
	for (vaddr_t at = VMALLOC_START; at <= VMALLOC_END - (SPANS + 1) * TABLE_SPAN;
	     at += TABLE_SPAN) {
		struct vm_struct area;

		if (!area_copy_from(at, &area) || (vaddr_t)area.addr >= at + SPANS * TABLE_SPAN)
			if (!find_vm_area((void *)at))
				return at;
	}
	return 0;
}

/* An area at that address whose pages all show one frame; NULL when there is no memory. */
static struct vm_struct *area_at(vaddr_t at, unsigned long pages, const struct page *page)
{
	const vaddr_t end = at + pages * PAGE_SIZE;
	struct vm_struct *area = __get_vm_area(pages << PAGE_SHIFT, VM_MAP, at, end + PAGE_SIZE);

	if (!area)
		return NULL;
	for (vaddr_t va = at; va < end; va += PAGE_SIZE) {
		if (ioremap_page_range(va, va + PAGE_SIZE, page_to_phys(page), PAGE_KERNEL_RO) == 0)
			continue;
		kfree(remove_vm_area((void *)at));
		return NULL;
	}
	area->flags |= VM_MAPPED;
	return area;
}

static struct vm_struct *removed_under_lock(vaddr_t at)
{
	struct vm_struct *area;
	unsigned long flags;

	spin_lock_irqsave(&vmlist_lock, flags);
	area = __remove_vm_area((void *)at);
	spin_unlock_irqrestore(&vmlist_lock, flags);
	return area;
}

/* Every page is read before, so that TLBs know them, and none can be after. */
static bool nothing_left(vaddr_t at, unsigned long pages, const struct page *page)
{
	struct vm_struct *area = area_at(at, pages, page), *removed;
	const unsigned long tables = nr_vmalloc_tables();

	CHECK(area);
	for (unsigned long i = 0; i < pages; i++)
		CHECK(readable(at + i * PAGE_SIZE));
	CHECK(vmap_check());
	removed = removed_under_lock(at);
	CHECK(removed == area);
	CHECK(area->size == pages << PAGE_SHIFT && area->flags == (VM_MAP | VM_MAPPED));
	for (unsigned long i = 0; i < pages; i++)
		CHECK(!readable(at + i * PAGE_SIZE));
	CHECK(!find_vm_area((void *)at) && !removed_under_lock(at));
	CHECK_BUG("double free", vunmap((void *)at));
	kfree(area);
	CHECK(nr_vmalloc_tables() == tables);
	return vmap_check();
}

/* In each span one page is mapped again: the others of that span stay gone. */
static bool clean_when_used_again(vaddr_t spans, const struct page *page)
{
	const unsigned long tables = nr_vmalloc_tables();

	for (unsigned int i = 0; i < SPANS; i++) {
		const vaddr_t span = spans + i * TABLE_SPAN, at = span + 7 * PAGE_SIZE;
		struct vm_struct *area = area_at(at, 1, page);

		CHECK(area && readable(at));
		for (vaddr_t va = span; va < span + TABLE_SPAN; va += PAGE_SIZE)
			CHECK(readable(va) == (va == at));
		CHECK(vmap_check());
		kfree(remove_vm_area((void *)at));
	}
	CHECK(nr_vmalloc_tables() == tables); /* none was made a second time */
	return vmap_check();
}

/* A table that is hidden, one in force, and what the checker knows of both. */
static bool tables_seen(vaddr_t span, struct page *other)
{
	pte_t **const note = table_of(span), *const table = *note;
	bool seen;

	CHECK(table && arch_pte_find(span) == table);
	*note = NULL;
	seen = !vmap_check(); /* one in force that nobody made */
	*note = table;
	CHECK(seen && vmap_check());
	arch_tables_remove(span, span + TABLE_SPAN);
	CHECK(vmap_check()); /* hidden */
	*note = NULL;
	seen = !vmap_check(); /* one less than were made */
	*note = table;
	CHECK(seen);
	arch_table_install(span, page_to_phys(other));
	seen = !vmap_check(); /* another than its own */
	arch_tables_remove(span, span + TABLE_SPAN);
	arch_table_install(span, virt_to_phys(table));
	arch_tlb_flush_all();
	CHECK(seen);
	return vmap_check();
}

SELFTEST(vmap, check_tables,
	 "the checker sees a table that is not its span's, and one that is lost")
{
	struct page *other = alloc_page(GFP_KERNEL | __GFP_ZERO), *page = alloc_page(GFP_KERNEL);
	const vaddr_t spans = empty_spans();
	struct vm_struct *area;

	EXPECT(other && page);
	if (spans) {
		EXPECT((area = area_at(spans, 1, page)));
		kfree(remove_vm_area(area->addr));
		EXPECT(tables_seen(spans, other));
	}
	__free_page(other);
	__free_page(page);
	if (!spans)
		SKIP("no %u spans without an area", SPANS);
}

SELFTEST(
	vmap, removed_under_lock_large,
	"an area taken out under the lock is gone, whatever spans it covers, and what was hidden is clean")
{
	static const struct {
		unsigned short first, pages; /* from the start of the spans on */
	} cases[] = {
		{ 1, 255 },
		{ 0, 256 },
		{ 3, 257 },
		{ 0, SPAN_PAGES - 1 },
		{ 0, SPAN_PAGES },
		{ 0, SPAN_PAGES + 1 },
		{ 1, SPAN_PAGES - 1 },
		{ 1, SPAN_PAGES },
		{ 1, 2 * SPAN_PAGES - 2 },
		{ 1, 2 * SPAN_PAGES },
		{ SPAN_PAGES - 1, 2 * SPAN_PAGES + 2 },
		{ 0, 4 * SPAN_PAGES - 1 },
	};
	struct page *page = alloc_page(GFP_KERNEL);
	const vaddr_t spans = empty_spans();

	EXPECT(page);
	for (unsigned int i = 0; spans && i < ARRAY_SIZE(cases); i++) {
		EXPECT(nothing_left(spans + cases[i].first * PAGE_SIZE, cases[i].pages, page));
		EXPECT(clean_when_used_again(spans, page));
	}
	__free_page(page);
	if (!spans)
		SKIP("no %u spans without an area", SPANS);
}
