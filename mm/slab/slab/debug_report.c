/*
 * debug_report.c - DEBUG builds: what was found in or around an object, in words and in bytes
 *
 *	BUG: slab: overrun: object=0xc1812400 expected=a red zone of 0xbb found=0x01 at +100 of …
 *	slab: c1812460:  5a  5a  5a  5a [01] bb  bb  bb …       as it is found, before it is repaired
 *
 * Locking: none; the object is its holder's.
 * Read next: debug.c.
 */
#include <stdio.h>

#include "kernel/kallsyms.h"
#include "kernel/printk.h"
#include "kernel/ratelimit.h"
#include "mm/slab/slab/slab_impl.h"

const char *debug_format_owner(unsigned long by, char *buf, size_t n)
{
	return by ? kallsyms_format_caller(by, buf, n) : "nobody";
}

enum { ROW = 16, ROWS_AROUND = 1 };

/* One line of bytes, those of the wrong one's neighbours that are the object's or its slab's. */
static void dump_row(const u8 *row, const u8 *from, const u8 *end, const u8 *wrong)
{
	char text[ROW * 4 + 1];

	for (unsigned int i = 0; i < ROW; i++) {
		const u8 *at = row + i;

		if (at < from || at >= end)
			snprintf(text + 4 * i, 5, "    ");
		else
			snprintf(text + 4 * i, 5, at == wrong ? "[%02x]" : " %02x ", *at);
	}
	pr_err("slab: %08lx: %s", (unsigned long)row, text);
}

/* Each of a loop's reports has its line; bytes are shown with the first few. */
static void dump_around(const struct kmem_cache *cache, const u8 *object, const u8 *place,
			const u8 *wrong)
{
	const u8 *from =
		(cache->kind & CACHE_RED) && !shape_of(cache, object_slab(object))->descriptors
			? object - GUARD_SIZE
			: object;
	const u8 *row = (const u8 *)((unsigned long)place & -(unsigned long)ROW);
	static struct ratelimit limit;

	if (!ratelimit(&limit))
		return;
	for (int i = -ROWS_AROUND; i <= ROWS_AROUND; i++)
		if (row + i * ROW + ROW > from && row + i * ROW < object + cache->size)
			dump_row(row + i * ROW, from, object + cache->size, wrong);
}

void debug_report(const struct kmem_cache *cache, const u8 *object, const char *what,
		  const u8 *wrong, u8 expected, unsigned long caller)
{
	const struct bug_report report = {
		.family = "slab",
		.what = what,
		.object = object,
		.expected = expected == RED_ZONE ? "a red zone of 0xbb"
						 : "0x6b in a free object, 0xa5 at its end",
		.caller = caller,
	};
	const char *allocated = "?", *freed = "?"; /* of the family's own caches nothing is noted */
	char by[2][KALLSYMS_LINE];
	unsigned long alloc_by, free_by;

	if (debug_owners(cache, object, &alloc_by, &free_by)) {
		allocated = debug_format_owner(alloc_by, by[0], sizeof(by[0]));
		freed = debug_format_owner(free_by, by[1], sizeof(by[1]));
	}
	bug(&report, "0x%02x at %+ld of %u bytes of %s, allocated by %s, freed by %s", *wrong,
	    (long)(wrong - object), debug_request(cache, object), cache->name, allocated, freed);
	dump_around(cache, object, wrong, wrong);
}

void debug_report_track(const struct kmem_cache *cache, const u8 *object, const u8 *track,
			unsigned long caller)
{
	const struct bug_report report = {
		.family = "slab",
		.what = "broken track",
		.object = object,
		.expected = "what is noted of an object as it was noted",
		.caller = caller,
	};

	bug(&report, "a write to the track of an object of %s, %ld bytes behind its start",
	    cache->name, (long)(track - object));
	if (cache->kind & CACHE_RED) /* else it stands in the descriptor */
		dump_around(cache, object, track, NULL);
}
