/*
 * bulk.c - claims about where a bulk of pages stops: at its zone's low watermark, to the page
 *
 *	highest zone  [ low mark | room ]   a bulk of more than the room takes the room, and then
 *	next zone     [ low mark | plenty ] the rest of the next zone
 *
 * Read next: mm/page/bulk.c.
 */
#include "mm/page/alloc_impl.h"
#include "mm/vmap/vmap.h"
#include "tests/selftests/told/told.h"

enum { ROOM = 100, MORE = 40 };

/* Holds blocks of the zone until it has ROOM pages above the mark; false: it has not so many. */
static bool leave_room(struct zone *zone, unsigned long mark, struct list_head *held)
{
	drain_all_pages(NULL);
	while (zone->free_pages > mark + ROOM) {
		unsigned long surplus = zone->free_pages - mark - ROOM;
		unsigned int order = min(BITS_PER_LONG - 1u - (unsigned int)__builtin_clzl(surplus),
					 MAX_ORDER - 1u);
		struct page *block;

		while (!(block = buddy_alloc(zone, order)) && order > 0)
			order--;
		if (!block)
			return false;
		block->private = order;
		list_add(&block->lru, held);
	}
	return zone->free_pages == mark + ROOM;
}

static void let_go(struct list_head *held)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, held, lru)
		__free_pages(page, (unsigned int)page->private);
}

/* The zones that a request is served from first and second, of node 0; NULL: it has only one. */
static struct zone *two_zones(gfp_t gfp, struct zone **second)
{
	struct zone *const *list = zonelists[0][gfp_zone(gfp)];

	*second = list[0] ? list[1] : NULL;
	return *second ? list[0] : NULL;
}

SELFTEST_TABLE(struct page *, array, ROOM + MORE);

/* How many of so many first places hold a page of the zone. */
static unsigned long of_zone(const struct zone *zone, unsigned long places)
{
	unsigned long n = 0;

	for (unsigned long i = 0; i < places; i++)
		n += array[i] && page_zone(array[i]) == zone;
	return n;
}

static void bulk_stops_at_mark(gfp_t gfp, unsigned long want, unsigned long wanted_first)
{
	struct zone *second, *zone = two_zones(gfp, &second);
	unsigned long mark, got = 0, first = 0, left = 0;
	LIST_HEAD(held);
	bool room;

	if (!zone || second->free_pages < zone_low_mark(second, gfp_zone(gfp)) + 2 * MORE)
		SKIP("a second zone with room is wanted");
	mark = zone_low_mark(zone, gfp_zone(gfp));
	__builtin_memset(array, 0, (ROOM + MORE) * sizeof(*array));
	room = leave_room(zone, mark, &held);
	if (room) {
		got = alloc_pages_bulk_array(gfp | __GFP_NOWARN, want, array);
		left = zone->free_pages;
		first = of_zone(zone, got);
		free_pages_bulk_array(got, array);
	}
	let_go(&held);
	if (!room)
		SKIP("the first zone is full");
	EXPECT_EQ(got, want);
	EXPECT_EQ(first, wanted_first);
	EXPECT_EQ(left, mark + ROOM - wanted_first);
	EXPECT(buddy_check());
}

SELFTEST(page, bulk_above_mark, "a bulk of more than a zone's room takes the room, to the page")
{
	bulk_stops_at_mark(GFP_HIGHUSER, ROOM + MORE, ROOM);
}

SELFTEST(page, bulk_to_mark, "a bulk of just a zone's room takes nothing of the next")
{
	bulk_stops_at_mark(GFP_HIGHUSER, ROOM, ROOM);
}

SELFTEST(page, bulk_below_mark, "a bulk of a page less than the room leaves that page")
{
	bulk_stops_at_mark(GFP_HIGHUSER, ROOM - 1, ROOM - 1);
}

SELFTEST(page, bulk_owned_told, "a bulk for a family says, when it is refused, all that it should")
{
	static const char expected[] = "no more pages than the machine has frames";
	struct page *none[2] = {};
	const unsigned long one_more = mem_map_pages + 1;
	unsigned long got = 0;

	TOLD_BY("page", selftest_page_bulk_owned_told, "bulk of too many", none, expected,
		told_line("%lu pages, of %lu frames", one_more, mem_map_pages),
		got |= alloc_pages_bulk_owned(GFP_KERNEL, one_more, none, OWNER_VMALLOC));
	TOLD_BY("page", selftest_page_bulk_owned_told, "bulk of too many", none, expected,
		told_line("%lu pages, of %lu frames", ~0ul, mem_map_pages),
		got |= alloc_pages_bulk_owned(GFP_KERNEL, ~0ul, none, OWNER_VMALLOC));
	TOLD_BY("page", selftest_page_bulk_owned_told, "bulk of too many", none, expected,
		told_line("%lu pages, of %lu frames", one_more, mem_map_pages),
		free_pages_bulk_array(one_more, none));
	TOLD_BY("page", vfree, "bulk of too many", none, expected,
		told_line("%lu pages, of %lu frames", one_more, mem_map_pages),
		free_pages_bulk_caller(one_more, none, (unsigned long)vfree + 2));
	EXPECT_EQ(got, 0);
	EXPECT(!none[0] && !none[1]);
	EXPECT_EQ(alloc_pages_bulk_owned(GFP_KERNEL, 0, none, OWNER_VMALLOC), 0);
	EXPECT(!none[0]);
}

SELFTEST(page, bulk_owned, "a bulk for a family fills each place, and each page is that family's")
{
	struct page *three[4] = { mem_map, mem_map, mem_map, mem_map };
	bool owned = true;

	EXPECT_EQ(alloc_pages_bulk_owned(GFP_KERNEL, 3, three, OWNER_VMALLOC), 3);
	EXPECT_EQ(three[3], mem_map);
	for (unsigned int i = 0; i < 3; i++) {
		owned = owned && page_owner(three[i]) == OWNER_VMALLOC;
		page_set_owner(three[i], OWNER_HELD);
	}
	free_pages_bulk_array(3, three);
	EXPECT(owned);
	EXPECT(buddy_check());
}
