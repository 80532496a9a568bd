/*
 * node_room.h - can a node of this machine give pages to an ordinary request?
 *
 * A node may be smaller than what its zones keep back (a HighMem of two pages keeps 32): then a
 * request goes to another node, or fails when it asked for this one only, and both are right.
 */
#ifndef TESTS_PAGE_NODE_ROOM_H
#define TESTS_PAGE_NODE_ROOM_H

#include "mm/page/watermark.h"
#include "mm/page/zone.h"

/* Has a zone of the node, of this type or a lower one, so many single pages above its low mark? */
static inline bool node_has_room(int nid, int highest, unsigned long pages)
{
	for (int type = 0; type <= highest; type++) {
		const struct zone *zone = &NODE_DATA(nid)->node_zones[type];

		if (zone_watermark_ok(zone, 0, zone->watermark[WMARK_LOW] + pages, highest, 0))
			return true;
	}
	return false;
}

#endif /* TESTS_PAGE_NODE_ROOM_H */
