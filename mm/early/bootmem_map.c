/*
 * bootmem_map.c - finding and marking room in the bitmap of one node
 *
 *	page      |    0     |    1     |    2     |    3     |
 *	bit       |    1     |    1     |    0     |    1     |      1: reserved
 *	bytes     |##########|####......|          |##########|
 *	                         ^ last_end: the next small request goes here
 *
 * A request of less than page alignment first tries the rest of the page that the newest one ended
 * in; any other takes the first run of clear bits that is long enough.  Runs are found a word at a
 * time (lib/bitmap.h), never bit by bit.
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
#include "kernel/printk.h"
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

bool bootmem_check(const struct bootmem_data *b)
{
	unsigned long pages = b->end - b->start;
	unsigned long clear = pages - bitmap_weight(b->map, pages);
	unsigned long first = find_first_zero_bit(b->map, pages);
	unsigned long page = b->last_end >> PAGE_SHIFT;

	if (clear != b->free) {
		pr_err("bootmem: I1: %lu bits are clear, free says %lu", clear, b->free);
		return false;
	}
	if (first < b->hint) {
		pr_err("bootmem: I2: bit %lu is clear, below the hint %lu", first, b->hint);
		return false;
	}
	if (!IS_ALIGNED(b->last_end, PAGE_SIZE) && (page >= pages || !test_bit(page, b->map))) {
		pr_err("bootmem: I3: page %lu, where the newest bytes end, is not reserved", page);
		return false;
	}
	return true;
}

/* --- taking --------------------------------------------------------------------------------------- */

/* Behind the newest allocation, in the rest of its page and the free pages after it. */
static long take_packed(struct bootmem_data *b, unsigned long size, unsigned long align,
			unsigned long lo, unsigned long hi)
{
	unsigned long base = b->start << PAGE_SHIFT;
	unsigned long at = ALIGN(base + b->last_end, align) - base;
	unsigned long room = ALIGN(b->last_end, PAGE_SIZE);
	unsigned long end = at + size;

	if (at >= room || at < lo || end > hi || end < at)
		return -1; /* the page is full, or this is not where it was asked for */
	if (end > room) {
		unsigned long from = room >> PAGE_SHIFT;
		unsigned long to = DIV_ROUND_UP(end, PAGE_SIZE);

		if (find_next_bit(b->map, to, from) < to)
			return -1;
		bootmem_set(b, from, to);
	}
	b->last_end = end; /* keeps I3 */
	return (long)at;
}

/* The first run of free pages that is long enough: at page alignment or more. */
static long take_pages(struct bootmem_data *b, unsigned long size, unsigned long align,
		       unsigned long lo, unsigned long hi)
{
	unsigned long pages = DIV_ROUND_UP(size, PAGE_SIZE);
	unsigned long step = max(align >> PAGE_SHIFT, 1ul);
	unsigned long last = hi >> PAGE_SHIFT;
	unsigned long i = max(DIV_ROUND_UP(lo, PAGE_SIZE), b->hint);

	while ((i = find_next_zero_bit(b->map, last, i)) < last) {
		unsigned long used;

		i = ALIGN(b->start + i, step) - b->start;
		if (i + pages > last || i + pages < i)
			return -1;
		used = find_next_bit(b->map, i + pages, i);
		if (used == i + pages) {
			bootmem_set(b, i, i + pages);
			b->last_end = (i << PAGE_SHIFT) + size; /* keeps I3 */
			return (long)(i << PAGE_SHIFT);
		}
		i = used + 1;
	}
	return -1;
}

long bootmem_take(struct bootmem_data *b, unsigned long size, unsigned long align, unsigned long lo,
		  unsigned long hi)
{
	long at;

	hi = min(hi, (b->end - b->start) << PAGE_SHIFT);
	if (size == 0 || size > hi)
		return -1;
	at = align < PAGE_SIZE ? take_packed(b, size, align, lo, hi) : -1;
	return at >= 0 ? at : take_pages(b, size, align, lo, hi);
}
