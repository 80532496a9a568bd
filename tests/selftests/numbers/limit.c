/*
 * limit.c - three numbers of each row
 *
 * Read next: objects.c, pages.c, areas.c, windows.c, boot.c: the functions.
 */
#include "limit.h"
#include "kernel/bug.h"
#include "mm/page/page.h"
#include "mm/page/watermark.h"

static void swallow(const struct bug_report *report __unused, const char *found __unused)
{
	selftest_excuse_bugs(1);
}

static bool works(const struct limit *limit, unsigned long n)
{
	void *what = limit->take(n);

	if (what && limit->give)
		limit->give(what);
	return what;
}

/* Can a plain request have a block of this order, and twice as much besides?  Small machines cannot. */
static bool has_block(unsigned int order)
{
	const struct zone *zone;

	if (order == 0)
		return true;
	drain_all_pages(NULL);
	zone = first_zone();
	return zone->free_area[MAX_ORDER - 1].nr_free > 1 &&
	       zone_watermark_ok(zone, order, zone->watermark[WMARK_HIGH] + (2ul << order),
				 ZONE_NORMAL, 0);
}

const char *limits_hold(const struct limit *table, unsigned int rows)
{
	bug_hook_t former = bug_set_hook(swallow);
	const char *wrong = NULL;

	for (unsigned int i = 0; i < rows && !wrong; i++) {
		const struct limit *limit = &table[i];
		bool held = !works(limit, limit->most + 1);

		if (has_block(limit->order))
			held = held && works(limit, limit->most) &&
			       (limit->most == 0 || works(limit, limit->most - 1));
		if (!held)
			wrong = limit->name;
	}
	bug_set_hook(former);
	return wrong;
}
