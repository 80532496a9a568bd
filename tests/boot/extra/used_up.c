/*
 * used_up.c - EXTRA for tests/boot: nearly all memory has been taken when a stage of boot wants some
 *
 *	bootmem ─ here ─ what boot said of the machine is copied, out of init memory
 *	percpu ─ buddy ─ pcp ─ slab ─ vmalloc ─ here ─ kmap, which needs a page, and slots
 *
 * early_left=1 leaves no byte of early memory, early_left=2 one, and so on; used_up=1 leaves no page,
 * used_up=2 one, and so on: each allocation has its turn to fail.
 *
 * Locking: none; boot, one CPU.
 * Read next: boot/boot_info.c (boot_info_keep), mm/window/kmap.c (kmap_init), tests/boot/test_early.py
 */
#include "kernel/initcall.h"
#include "kernel/param.h"
#include "lib/compiler.h"
#include "mm/early/early.h"
#include "mm/page/page.h"

static int early_left, used_up;
PARAM_INT(early_left, early_left,
	  "for a test: one more than the bytes of early memory that are left");
PARAM_INT(used_up, used_up, "for a test: of all pages, one less than this are left to kmap");

static __always_inline void *take(size_t size, size_t align)
{
	return early_alloc_nopanic(size, align, _RET_IP_);
}

/* The last page goes back, and all of it but its last bytes is taken again: these pack behind that. */
static void __init take_early(void)
{
	void *page, *last = NULL;

	if (!early_left)
		return;
	for (size_t size = 64 * 1024 * 1024; size >= PAGE_SIZE; size /= 2)
		while ((page = take(size, PAGE_SIZE)))
			last = page;
	early_free(virt_to_phys(last), PAGE_SIZE);
	take(PAGE_SIZE - (unsigned int)(early_left - 1), PAGE_SIZE);
}
bootmem_initcall(take_early);

static void __init take_all(void)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	struct page *page, *next;
	LIST_HEAD(left);

	for (int n = 1; n < used_up && (page = alloc_page(gfp)); n++)
		list_add(&page->lru, &left);
	for (unsigned int order = MAX_ORDER; used_up && order-- > 0;)
		while (alloc_pages(gfp, order))
			;
	list_for_each_entry_safe(page, next, &left, lru)
		__free_page(page);
}
vmalloc_initcall(take_all);
