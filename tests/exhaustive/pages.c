/*
 * pages.c - frames, struct pages, addresses, blocks and marks, each way and back
 *
 *	pfn <──> struct page <──> lowmem address <──> physical address
 *	             │ ^
 *	             │ size of a struct page << order     the buddy's, by one bit of its address
 *
 * Every frame of this machine, every order; every byte between the first struct page's and one behind
 * the last; every request's zone bits.
 *
 * Locking: none: nothing is allocated.
 * Read next: mm/page/page.h; zone.c.
 */
#include "kernel/selftest/selftest.h"
#include "mm/page/alloc_impl.h"
#include "mm/page/watermark.h"
#include "range.h"

/* --- conversions ------------------------------------------------------------------------------ */

static bool lowmem_holds(const struct page *page, pfn_t pfn)
{
	char *address = lowmem_page_address(page);

	CHECK((vaddr_t)address == PAGE_OFFSET + (pfn * PAGE_SIZE - PHYS_OFFSET));
	CHECK(virt_to_page(address) == page && virt_to_page(address + PAGE_SIZE - 1) == page);
	CHECK(virt_to_phys(address) == page_to_phys(page));
	CHECK(phys_to_virt(page_to_phys(page)) == address);
	return true;
}

SELFTEST(exhaustive, conversions, "each frame's struct page, address and number lead to each other")
{
	for (unsigned long n = 0; n < mem_map_pages; n++) {
		const pfn_t pfn = mem_map_pfn + n;
		const struct page *page = pfn_to_page(pfn);

		EXPECT((char *)page == (char *)mem_map + n * sizeof(*page));
		EXPECT(page_to_pfn(page) == pfn && page_index(page) == n);
		EXPECT(page_to_phys(page) == pfn * PAGE_SIZE &&
		       phys_to_pfn(pfn * PAGE_SIZE) == pfn);
		EXPECT(phys_to_pfn(pfn * PAGE_SIZE + PAGE_SIZE - 1) == pfn);
		EXPECT(pfn >= lowmem_end_pfn || pfn < min_pfn || lowmem_holds(page, pfn));
	}
}

SELFTEST(exhaustive, distances,
	 "how far behind a page an address is, is told of each, and leads back")
{
	const char *first = (const char *)mem_map, *before = first - 2 * sizeof(struct page);

	for (const char *at = before; at < first + (mem_map_pages + 2) * sizeof(struct page);
	     at++) {
		const unsigned long offset = (unsigned long)at - (unsigned long)first;
		const struct page *page = (const struct page *)at;
		const unsigned long distance = page_distance(page, mem_map);
		const bool is_page =
			offset % sizeof(*page) == 0 && offset / sizeof(*page) < mem_map_pages;

		EXPECT(is_page ? distance == offset / sizeof(*page) : distance >= mem_map_pages);
		EXPECT(page_at_distance(mem_map, distance) == page);
		EXPECT(is_struct_page(page, mem_map_pages) == is_page);
	}
}

/* --- blocks ----------------------------------------------------------------------------------- */

SELFTEST(exhaustive, buddies,
	 "of each block, the struct page that differs in one bit is its buddy's")
{
	for (unsigned int order = 0; order < MAX_ORDER - 1; order++) {
		const unsigned long pages = 1ul << order, size = sizeof(struct page) << order;

		for (pfn_t pfn = mem_map_pfn; pfn < mem_map_pfn + mem_map_pages; pfn += pages) {
			const bool upper = pfn / pages % 2;
			const pfn_t buddy = upper ? pfn - pages : pfn + pages;
			const unsigned long at = (unsigned long)pfn_to_page(pfn);

			EXPECT((at ^ size) == (unsigned long)pfn_to_page(buddy));
			EXPECT((at & ~size) == (unsigned long)pfn_to_page(min(pfn, buddy)));
		}
	}
}

SELFTEST(exhaustive, words,
	 "flags hold a state, an order, an owner, a zone and a node beside each other")
{
	for (unsigned int state = PAGE_TAIL; state <= PAGE_ABSENT; state++)
		for (unsigned int order = 0; order < MAX_ORDER; order++)
			for (unsigned int owner = 0; owner <= OWNER_QUARANTINE; owner++)
				for (u32 place = 0; place < ARRAY_SIZE(node_zones); place++) {
					struct page page = { ._refcount = -1 };

					page.flags =
						place << PAGE_ZONE_SHIFT | head_bits(state, order);
					page_claim(&page, owner);
					EXPECT(page_state(&page) == state &&
					       page_order(&page) == order);
					EXPECT(page_owner(&page) == owner &&
					       page_count(&page) == -1);
					EXPECT(page_zone(&page) == &node_zones[place]);
					EXPECT(page_zonenum(&page) == place % 4);
					EXPECT(page_to_nid(&page) == (int)place / 4);
					EXPECT(page_get_word(&page) == page_word(page.flags, -1));
				}
}

static bool order_holds(unsigned long size)
{
	const unsigned int order = get_order(size);

	/* both in units of pages, that nothing may overflow */
	return (size >> PAGE_SHIFT) + !!(size & ~PAGE_MASK) <= 1ul << order &&
	       (order == 0 || size > PAGE_SIZE << (order - 1));
}

SELFTEST(exhaustive, get_order, "the smallest order whose block holds so many bytes")
{
	const unsigned long most = ON_HOST ? 64 * MiB : MiB;

	for (unsigned long size = 0; size < most; size++)
		EXPECT(order_holds(size));
	for (unsigned long pages = 1; pages < 0x100000; pages++)
		for (unsigned long beside = 0; beside < 3; beside++)
			EXPECT(order_holds(pages * PAGE_SIZE + beside - 1));
	for (unsigned int bit = PAGE_SHIFT; bit < BITS_PER_LONG; bit++)
		for (unsigned long beside = 0; beside < 3; beside++)
			EXPECT(order_holds((1ul << bit) + beside - 1));
	EXPECT(get_order(~0ul) == BITS_PER_LONG - PAGE_SHIFT);
}

/* --- requests --------------------------------------------------------------------------------- */

SELFTEST(exhaustive, gfp_zone,
	 "the highest zone of a request is what its zone bits say, with any others")
{
	for (gfp_t gfp = 0; gfp < 1u << 22; gfp++) {
		const bool dma = gfp & __GFP_DMA, high = gfp & __GFP_HIGHMEM;

		if (!(dma && high)) /* refused */
			EXPECT(gfp_zone(gfp) == (dma	? ZONE_DMA
						 : high ? ZONE_HIGHMEM
							: ZONE_NORMAL));
	}
}

/* Would `keep` and the reserve stay, and is there a block? */
static bool mark_holds(struct zone *zone, unsigned int order, unsigned int mark, unsigned int flags)
{
	unsigned long keep = mark;
	bool may = false;

	for (unsigned int larger = order; larger < MAX_ORDER; larger++)
		may |= zone->free_orders >> larger & 1;
	if (flags & ALLOC_HIGH)
		keep -= keep / 2;
	if (flags & ALLOC_HARDER)
		keep -= keep / 4;
	may = may && zone->free_pages >= (1ul << order) + keep + zone->lowmem_reserve[ZONE_NORMAL];
	may = order < MAX_ORDER && (may || (flags & ALLOC_NO_WATERMARKS));
	return zone_watermark_ok(zone, order, mark, ZONE_NORMAL, flags) == may;
}

static bool marks_hold(struct zone *zone, unsigned int flags)
{
	for (unsigned int order = 0; order < 6; order++)
		for (unsigned int mark = 0; mark < 20; mark++)
			for (zone->free_orders = 0; zone->free_orders < 64; zone->free_orders++)
				CHECK(mark_holds(zone, order, mark, flags));
	return mark_holds(zone, MAX_ORDER, 0, flags);
}

SELFTEST(exhaustive, watermarks,
	 "who may have a block of a small zone, whatever it holds and keeps")
{
	static const unsigned int flags[] = { 0, ALLOC_HIGH, ALLOC_HARDER,
					      ALLOC_HIGH | ALLOC_HARDER, ALLOC_NO_WATERMARKS };
	struct zone zone = {};

	for (unsigned int i = 0; i < ARRAY_SIZE(flags); i++)
		for (zone.free_pages = 0; zone.free_pages < 40; zone.free_pages++)
			for (unsigned long reserve = 0; reserve < 4; reserve++) {
				zone.lowmem_reserve[ZONE_NORMAL] = reserve;
				EXPECT(marks_hold(&zone, flags[i]));
			}
}
