/*
 * tlb.c - claims about the TLB that is made of the host's mappings: it is finite, and nobody notices
 *
 * The host keeps 65,530 mappings of a process by default (vm.max_map_count); two pages side by side are
 * two of them when their frames are not side by side, too.
 */
#include <errno.h>

#include "kernel/selftest/selftest.h"
#include "mm/page/page.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"
#include "tests/selftests/arch/surprise.h"

enum { PAGES = 66000 };

static u32 word_at(const u32 *view, unsigned long page)
{
	return ((const volatile u32 *)view)[page * (PAGE_SIZE / sizeof(u32))];
}

/* Each second page of the view shows one frame, each other the other; whoever looks keeps its errno. */
static bool view_is_whole(const u32 *view, const u32 *block __unused)
{
	volatile int *const number = &errno;

	*number = 0;
	for (unsigned long i = 0; i < PAGES; i++)
		CHECK(word_at(view, i) == i % 2);
	CHECK(!*number);
	return true;
}

static bool is_whole_twice(const u32 *view, const u32 *block)
{
	return view_is_whole(view, block) && view_is_whole(view, block);
}

/*
 * The host shows the block by one mapping, of which a flush makes two.  While pages of the view take one
 * after another of what it has, each time once the last one is taken.
 */
static bool flushes_meanwhile(const u32 *view, const u32 *block)
{
	const vaddr_t midst = (vaddr_t)block + PAGE_SIZE;

	for (unsigned long i = 0; i < PAGES; i++) {
		CHECK(word_at(view, i) == i % 2);
		arch_tlb_flush_local_page(midst);
		CHECK(!word_at(block, 0) && !word_at(block, 1) && !word_at(block, 2));
	}
	return true;
}

/* Maps the frames in turn, and the block, of which the first two are. */
static bool try_views(struct page **pages, struct page *frame,
		      bool (*fits)(const u32 *view, const u32 *block))
{
	struct page *const of_block[] = { frame, frame + 1, frame + 2 };
	u32 *view, *block = vmap((struct page **)of_block, 3, VM_MAP, PAGE_KERNEL_RO);
	bool fit;

	for (unsigned long i = 0; i < PAGES; i++)
		pages[i] = i % 2 ? frame + 3 : frame;
	view = vmap(pages, PAGES, VM_MAP, PAGE_KERNEL_RO);
	fit = view && block && fits(view, block);
	vunmap(view);
	vunmap(block);
	return fit;
}

static bool holds(bool (*fits)(const u32 *view, const u32 *block))
{
	struct page **pages = vmalloc(PAGES * sizeof(*pages));
	struct page *frame = alloc_pages(GFP_KERNEL | __GFP_ZERO, 2);
	bool held = false;

	if (pages && frame) {
		*(u32 *)lowmem_page_address(frame + 3) = 1;
		held = try_views(pages, frame, fits);
	}
	if (frame)
		__free_pages(frame, 2);
	vfree(pages);
	return held;
}

static bool window_has_room(void)
{
	return (VMALLOC_END - VMALLOC_START) / PAGE_SIZE >= PAGES + 16;
}

SELFTEST(arch, tlb_finite, "more pages than the host keeps mappings are all seen")
{
	if (!window_has_room())
		SKIP("the window has fewer than %u pages", PAGES);
	EXPECT(holds(is_whole_twice));
}

SELFTEST(arch, tlb_full, "a page is flushed also when the host has no room for one mapping more")
{
	if (!window_has_room())
		SKIP("the window has fewer than %u pages", PAGES);
	EXPECT(holds(flushes_meanwhile));
}

/* --- an entry that changes while its page is filled ------------------------------------------- */

enum { ROUNDS = 4000, DELAYS = 40 };

static pte_t *entry; /* of the page that changes */
static pte_t other;
static vaddr_t changing;

static void change(void)
{
	arch_pte_set(entry, other);
	arch_tlb_flush_local_page(changing);
}

/* From the old frame to the new one, at some instruction of a miss or of what is around it. */
static bool is_new_after(u32 delay, pte_t old)
{
	const volatile u32 *word = (const volatile u32 *)changing;
	const unsigned int before = surprises();

	arch_pte_set(entry, old);
	arch_tlb_flush_local_page(changing);
	surprise_in(1 + delay);
	while (surprises() == before) {
		(void)*word;
		arch_tlb_flush_local_page(changing);
		(void)*word;
	}
	return *word == 1;
}

static bool always_new(pte_t old)
{
	bool fresh = true;

	for (unsigned int i = 0; i < ROUNDS && fresh; i++)
		fresh = is_new_after(i % DELAYS, old);
	return fresh;
}

SELFTEST(arch, tlb_changed, "a page whose entry changes while it is filled is the new one")
{
	u32 *pages = vmalloc(2 * PAGE_SIZE);
	pte_t old;
	bool fresh;

	EXPECT(pages);
	pages[PAGE_SIZE / sizeof(u32)] = 1;
	pages[0] = 0;
	changing = (vaddr_t)pages;
	entry = arch_pte_find(changing);
	old = *entry;
	other = *arch_pte_find(changing + PAGE_SIZE);
	fresh = surprise_begin(change) && always_new(old);
	surprise_end();
	arch_pte_set(entry, old);
	arch_tlb_flush_local_page(changing);
	vfree(pages);
	EXPECT(fresh);
}
