/*
 * memory.c - what tables and copies are made of, at each stage of the boot
 *
 *	stage            tables               copies
 *	early            boot memory          boot memory, whole pages
 *	buddy, pcp       pages                pages
 *	slab and after   pages                kmalloc (array.c)
 *
 * A page of boot memory that is given back after the hand-over becomes the page allocator's, which
 * never had it; so an object may be made at one stage and freed at any later one.
 *
 * Locking: none of its own; the page allocator's.  Never called with percpu_slots.lock held.
 * Read next: array.c, leaves.c.
 */
#include "mm/early/early.h"
#include "mm/early/records.h"
#include "mm/page/reserved.h"
#include "mm/percpu/array/array_impl.h"

static unsigned long pages_held; /* [A] of the page allocator */

static unsigned long block_pages(unsigned long pages)
{
	return 1ul << get_order(pages << PAGE_SHIFT);
}

bool percpu_memory_stands(void)
{
	struct early_account account;

	return early_account(NODE_DATA(0), &account);
}

void *percpu_pages_alloc(unsigned long pages, gfp_t gfp, unsigned long caller)
{
	struct page *page;

	if (!early_is_over(NODE_DATA(0)))
		return early_alloc_nopanic(pages << PAGE_SHIFT, PAGE_SIZE, caller);
	page = alloc_pages((gfp & ~GFP_ZONEMASK) | __GFP_ZERO, get_order(pages << PAGE_SHIFT));
	if (!page)
		return NULL;
	page_set_owner(page, OWNER_PERCPU);
	__atomic_fetch_add(&pages_held, block_pages(pages), __ATOMIC_RELAXED);
	return lowmem_page_address(page);
}

static void free_boot_pages(void *start, unsigned long bytes)
{
	paddr_t pa = virt_to_phys(start);

	if (!early_is_over(NODE_DATA(0))) {
		early_free(pa, bytes);
		return;
	}
	free_reserved_area(start, (char *)start + bytes, -1, NULL);
	early_record_gone(pa, pa + bytes, EARLY_HANDED);
}

void percpu_pages_free(void *start, unsigned long pages)
{
	struct page *page;

	if (!early_is_over(NODE_DATA(0)) || page_state(virt_to_page(start)) == PAGE_RESERVED) {
		free_boot_pages(start, pages << PAGE_SHIFT);
		return;
	}
	page = virt_to_page(start);
	page_set_owner(page, OWNER_HELD);
	__free_pages(page, get_order(pages << PAGE_SHIFT));
	__atomic_fetch_sub(&pages_held, block_pages(pages), __ATOMIC_RELAXED);
}

unsigned long percpu_pages_held(void)
{
	return READ_ONCE(pages_held);
}
