/*
 * memmap.c - mem_map: one struct page for each frame, as cheaply as memory can be written
 *
 *	frames   |   block   |   block   |  (hole)   |   block   |     a block: MAX_ORDER_NR_PAGES
 *	mem_map  |## pages ##|## pages ##|given back |## pages ##|     BLOCK_MAP bytes each
 *
 * The array is flat, so pfn_to_page() is one addition; the part of it that describes whole blocks
 * of hole is returned to the early allocator and never touched.  A block that is RAM in part is
 * described in full, so that the buddy may look at any buddy without asking.
 *
 * Nothing is done page by page: one page full of tails is written, and copied over the block.
 * Only a block that is RAM in part is written frame by frame.
 *
 * Read next: handover.c, which makes heads of what is free.
 */
#include "mm/page/memmap.h"
#include "mm/early/early.h"
#include "mm/page/page_impl.h"

static_assert(BLOCK_MAP % PAGE_SIZE == 0, "a block's part of mem_map is whole pages");
static_assert(PAGE_SIZE % sizeof(struct page) == 0, "copied page by page");

struct page *mem_map;
pfn_t mem_map_pfn;
unsigned long mem_map_pages;
unsigned long lowmem_map;

bool pfn_valid(pfn_t pfn)
{
	return pfn - mem_map_pfn < mem_map_pages && pfn_present(pfn);
}

pfn_t zone_described_end(const struct zone *zone)
{
	pfn_t start = zone->zone_start_pfn, end = mem_map_pfn + mem_map_pages;
	bool begins_in_it = start - mem_map_pfn < mem_map_pages;

	return begins_in_it ? start + min(zone->spanned_pages, end - start) : start;
}

/* The flags of the frame's zone; 0 where there is none. */
static u32 __init zone_flags(pfn_t pfn)
{
	struct zone *zone;

	for_each_zone(zone) {
		if (pfn >= zone->zone_start_pfn && pfn < zone_end_pfn(zone))
			return zone->page_flags;
	}
	return 0;
}

/* Frame by frame, where RAM begins or ends inside a block: absent ones, and perhaps two nodes'. */
static void __init fill_mixed_block(pfn_t pfn)
{
	for (pfn_t end = pfn + MAX_ORDER_NR_PAGES; pfn < end; pfn++)
		*pfn_to_page(pfn) = (struct page){
			.flags = pfn_present(pfn) ? zone_flags(pfn) : head_bits(PAGE_ABSENT, 0),
		};
}

/*
 * Makes tails of a block's frames.  A zone begins and ends at a block's border or where RAM does,
 * so a whole block has one zone.  The first page of its part is written, or copied from `like`,
 * which holds such a page of the block before (NULL: none); returns what the next may copy.
 */
static void *__init fill_block(pfn_t pfn, void *like)
{
	u8 *part = (u8 *)pfn_to_page(pfn), *end = part + BLOCK_MAP;
	struct page tail = { .flags = zone_flags(pfn) };

	if (!like || ((struct page *)like)->flags != tail.flags) {
		like = part;
		for (struct page *page = like; (u8 *)(page + 1) <= part + PAGE_SIZE; page++)
			*page = tail;
		part += PAGE_SIZE;
	}
	for (; part < end; part += PAGE_SIZE)
		arch_copy_page(part, like);
	return like;
}

/* The part that describes [from, to), which is all hole, is nobody's. */
static void __init give_back(pfn_t from, pfn_t to)
{
	if (from < to)
		early_free(virt_to_phys(pfn_to_page(from)), (to - from) * sizeof(struct page));
}

void __init mem_map_init(void)
{
	pfn_t end, hole; /* where the hole begins that the walk is in: at pfn when it is in none */
	void *like = NULL;

	mem_map_pfn = ALIGN_DOWN(min_pfn, (pfn_t)MAX_ORDER_NR_PAGES);
	mem_map = early_alloc_raw(mem_map_frames() * sizeof(struct page), BLOCK_MAP);
	mem_map_pages = mem_map_frames(); /* from here on there are some */
	lowmem_map = (unsigned long)pfn_to_page(phys_to_pfn(virt_to_phys((void *)PAGE_OFFSET))) -
		     (PAGE_OFFSET >> PAGE_SHIFT) * sizeof(struct page);
	end = mem_map_pfn + mem_map_pages;
	hole = mem_map_pfn;
	for (pfn_t pfn = mem_map_pfn; pfn < end; pfn += MAX_ORDER_NR_PAGES) {
		unsigned long present = present_pages(pfn, pfn + MAX_ORDER_NR_PAGES);

		if (present == 0)
			continue;
		give_back(hole, pfn);
		hole = pfn + MAX_ORDER_NR_PAGES;
		if (present < MAX_ORDER_NR_PAGES)
			fill_mixed_block(pfn);
		else
			like = fill_block(pfn, like);
	}
}
