/*
 * bootmem_map.c - finding and marking room in the bitmap of one node
 *
 *	page      |    0     |    1     |    2     |    3     |
 *	bit       |    1     |    1     |    0     |    1     |      1: reserved
 *	bytes     |##########|####......|          |##########|
 *	                         ^ last_end: a small request goes here, if page 2 is the first
 *	                           that would do
 *
 * A request takes the first run of clear bits that is long enough.  One of less than page alignment
 * is packed if that run lies right behind the page that the newest one ended in: it then begins in
 * the rest of that page, and takes of the run what it still needs.  So packing never moves a request
 * up to where the newest one happens to lie.  If no run is free, the rest of that page may serve
 * alone (2.6.15 gives up then).  Runs are found a word at a time (lib/bitmap.h), never bit by bit.
 *
 * Invariants (bootmem_check() verifies all)
 *   I1  free == the number of clear bits in [start, end).
 *   I2  No bit below hint is clear.
 *   I3  Bytes from last_end to the end of its page belong to nobody, and the page's bit is set.
 *
 * Locking: none; the bitmap's owner has it for itself.
 * Read next: bootmem_take(), then bootmem.c.
 * Linux: mm/bootmem.c of 2.6.15 (__alloc_bootmem_core)
 */
#include "mm/early/bootmem_impl.h"
#include "arch/arch.h"
#include "kernel/check/check.h"
#include "lib/bitmap.h"

void bootmem_begin(struct bootmem_data *b, pfn_t start, pfn_t end, unsigned long *map)
{
	*b = (struct bootmem_data){ .start = start, .end = end, .map = map, .hint = end - start };
	bitmap_fill(map, end - start);
}

/* The page behind whose newest bytes the next request would go changes hands: keeps I3. */
static void forget_last_end(struct bootmem_data *b, unsigned long from, unsigned long to)
{
	unsigned long page = b->last_end >> PAGE_SHIFT;

	if (page >= from && page < to)
		b->last_end = 0;
}

unsigned long bootmem_set(struct bootmem_data *b, unsigned long from, unsigned long to)
{
	unsigned long changed = 0;

	/* Runs of clear bits, so that each word is touched once. */
	for (unsigned long i = from; (i = find_next_zero_bit(b->map, to, i)) < to;) {
		unsigned long end = find_next_bit(b->map, to, i);

		bitmap_set(b->map, i, end - i);
		changed += end - i;
		i = end;
	}
	b->free -= changed; /* keeps I1 */
	if (from <= b->hint && b->hint < to)
		b->hint = to; /* keeps I2 */
	forget_last_end(b, from, to);
	return changed;
}

unsigned long bootmem_clear(struct bootmem_data *b, unsigned long from, unsigned long to)
{
	unsigned long changed = 0;

	for (unsigned long i = from; (i = find_next_bit(b->map, to, i)) < to;) {
		unsigned long end = find_next_zero_bit(b->map, to, i);

		bitmap_clear(b->map, i, end - i);
		changed += end - i;
		i = end;
	}
	b->free += changed; /* keeps I1 */
	if (from < to)
		b->hint = min(b->hint, from); /* keeps I2 */
	forget_last_end(b, from, to);
	return changed;
}

bool bootmem_check(struct check *check, const struct bootmem_data *b)
{
	unsigned long pages = b->end - b->start;
	unsigned long clear = pages - bitmap_weight(b->map, pages);
	unsigned long first = find_first_zero_bit(b->map, pages);
	unsigned long page = b->last_end >> PAGE_SHIFT;

	if (clear != b->free)
		return check_broken(check, "I1: %lu bits are clear, free says %lu", clear, b->free);
	if (first < b->hint)
		return check_broken(check, "I2: bit %lu is clear, below the hint %lu", first,
				    b->hint);
	if (!IS_ALIGNED(b->last_end, PAGE_SIZE) && (page >= pages || !test_bit(page, b->map)))
		return check_broken(
			check, "I3: page %lu, where the newest bytes end, is not reserved", page);
	return true;
}

/* --- taking ----------------------------------------------------------------------------------- */

/* The first of so many free pages in a row that lie whole in [lo, hi); -1 when there are none. */
static long find_run(const struct bootmem_data *b, unsigned long pages, unsigned long align,
		     unsigned long lo, unsigned long hi)
{
	unsigned long step = max(align >> PAGE_SHIFT, 1ul);
	unsigned long last = hi >> PAGE_SHIFT;
	unsigned long i = max(DIV_ROUND_UP(lo, PAGE_SIZE), b->hint);

	while ((i = find_next_zero_bit(b->map, last, i)) < last) {
		unsigned long used;

		i = ALIGN(b->start + i, step) - b->start;
		if (i + pages > last || i + pages < i)
			return -1;
		used = find_next_bit(b->map, i + pages, i);
		if (used == i + pages)
			return (long)i;
		i = used + 1;
	}
	return -1;
}

/*
 * Where the request begins in the page that the newest one ended in; -1: not there.  It may when
 * `run`, the first free pages that would do, follow that page; or when there are none at all, and
 * the rest of the page is enough.
 */
static long place_behind_newest(const struct bootmem_data *b, unsigned long size,
				unsigned long align, unsigned long lo, unsigned long hi, long run)
{
	unsigned long base = b->start << PAGE_SHIFT;
	unsigned long at = ALIGN(base + b->last_end, align) - base;
	unsigned long page_end = ALIGN(b->last_end, PAGE_SIZE);

	if (at >= page_end || at < lo || at + size > hi)
		return -1; /* the page is full, or this is not where it was asked for */
	if (run >= 0)
		return (unsigned long)run == page_end >> PAGE_SHIFT ? (long)at : -1;
	return at + size <= page_end ? (long)at : -1;
}

long bootmem_take(struct bootmem_data *b, unsigned long size, unsigned long align, unsigned long lo,
		  unsigned long hi)
{
	long run, at = -1;

	hi = min(hi, (b->end - b->start) << PAGE_SHIFT);
	if (size == 0 || size > hi || lo >= hi)
		return -1;
	run = find_run(b, DIV_ROUND_UP(size, PAGE_SIZE), align, lo, hi);
	if (align < PAGE_SIZE)
		at = place_behind_newest(b, size, align, lo, hi, run);
	if (at < 0 && run >= 0)
		at = run << PAGE_SHIFT;
	if (at < 0)
		return -1;
	bootmem_set(b, DIV_ROUND_UP((unsigned long)at, PAGE_SIZE),
		    DIV_ROUND_UP((unsigned long)at + size, PAGE_SIZE));
	b->last_end = (unsigned long)at + size; /* keeps I3 */
	return at;
}
