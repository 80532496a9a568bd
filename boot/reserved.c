/*
 * reserved.c - the list of what is not free, kept in a table that can never be too small
 *
 *	reserve   [---plain---)   [kernel)     [plain)                 rank: kernel > no-map > plain
 *	no-map         [---------------------------)
 *	becomes   [pl)[-no-map---)[kernel)[-no-map-)[n)
 *
 *	table full:   [a)  [b)      [c)     [d)      b and c are not the nearest pair: a and b are
 *	becomes       [a---b)       [c)     [d)      what lay between is held back as well
 *
 * Nothing that was said to be reserved may be handed out, however much is said: so room is made by
 * giving memory up, never by dropping a range.
 *
 * Invariants
 *   R1  reserved[] is ascending, page aligned, inside the RAM window, and no two ranges overlap.
 *   R2  Touching ranges of one name and equal flags are one.
 *   R3  Each page that was ever reserved is in a range; each that was ever no-map, and is not the
 *       kernel's, is in a no-map range.
 *   R4  A range of BOOT_KERNEL or BOOT_OURS is never joined with another name's.
 *
 * Locking  none: boot runs on one CPU, and tests work on structs of their own.
 * Read next: boot_reserve_in().
 */
#include <string.h>

#include "arch/arch.h"
#include "boot/boot_impl.h"
#include "kernel/bug.h"

static inline paddr_t range_end(const struct boot_range *range)
{
	return range->base + range->size;
}

/* Who keeps a page that two want. */
static unsigned int rank(u32 flags)
{
	return flags & BOOT_KERNEL ? 2 : flags & BOOT_NOMAP ? 1 : 0;
}

/* --- the table -------------------------------------------------------------------------------- */

static void remove_at(struct boot_info *bi, unsigned int at)
{
	struct boot_range *range = &bi->reserved[at];

	bi->nr_reserved--;
	memmove(range, range + 1, (bi->nr_reserved - at) * sizeof(*range));
}

static void insert_at(struct boot_info *bi, unsigned int at, const struct boot_range *new)
{
	struct boot_range *range = &bi->reserved[at];

	memmove(range + 1, range, (bi->nr_reserved - at) * sizeof(*range));
	*range = *new;
	bi->nr_reserved++;
}

/* The index of the first reserved range that ends above `address`, or nr_reserved. */
static unsigned int first_ending_above(const struct boot_info *bi, paddr_t address)
{
	unsigned int low = 0, high = bi->nr_reserved;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (range_end(&bi->reserved[middle]) <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool alike(const struct boot_range *a, const struct boot_range *b)
{
	return a->flags == b->flags && (a->name == b->name || strcmp(a->name, b->name) == 0);
}

/* Makes the entry at `at` one with the next when they touch and are alike: keeps R2. */
static void join_touching(struct boot_info *bi, unsigned int at)
{
	struct boot_range *range = &bi->reserved[at];

	if (at + 1 >= bi->nr_reserved || range_end(range) != range[1].base ||
	    !alike(range, range + 1))
		return;
	range->size += range[1].size;
	remove_at(bi, at + 1);
}

/* --- when it is full -------------------------------------------------------------------------- */

/* The entry whose next one is nearest, of those that may be joined (R4); nr_reserved: none. */
static unsigned int nearest_pair(const struct boot_info *bi)
{
	unsigned int best = bi->nr_reserved;
	paddr_t least = (paddr_t)-1;

	for (unsigned int i = 0; i + 1 < bi->nr_reserved; i++) {
		const struct boot_range *range = &bi->reserved[i];
		paddr_t gap = range[1].base - range_end(range);

		if (((range[0].flags | range[1].flags) & (BOOT_KERNEL | BOOT_OURS)) || gap >= least)
			continue;
		best = i;
		least = gap;
	}
	return best;
}

static void join_nearest(struct boot_info *bi)
{
	unsigned int at = nearest_pair(bi);
	struct boot_range *range = &bi->reserved[at];

	if (at == bi->nr_reserved)
		panic("boot: a table of %u reserved ranges is too small for the kernel's own",
		      bi->max_reserved);
	bi->nr_joined++;
	bi->joined_bytes += range[1].base - range_end(range);
	range->size = range_end(range + 1) - range->base;
	if (strcmp(range->name, range[1].name) != 0)
		range->name = "several ranges";
	range->flags |= range[1].flags; /* keeps R3 */
	remove_at(bi, at + 1);
	join_touching(bi, at);
	if (at > 0)
		join_touching(bi, at - 1);
}

/* --- reserving -------------------------------------------------------------------------------- */

/* Cuts [base, end) out of the entry at `at`, which holds it; what is left of it may be two. */
static void cut(struct boot_info *bi, unsigned int at, paddr_t base, paddr_t end)
{
	struct boot_range below = bi->reserved[at], above = below;

	below.size = base - below.base;
	above.size = range_end(&above) - end;
	above.base = end;
	remove_at(bi, at);
	if (above.size)
		insert_at(bi, at, &above);
	if (below.size)
		insert_at(bi, at, &below);
}

/* Inserts a range that no entry overlaps, and makes room for it. */
static void insert_free(struct boot_info *bi, const struct boot_range *new)
{
	unsigned int at = first_ending_above(bi, new->base);

	insert_at(bi, at, new);
	join_touching(bi, at);
	if (at > 0)
		join_touching(bi, at - 1);
	while (bi->nr_reserved > bi->max_reserved)
		join_nearest(bi);
}

/*
 * One step: what of [base, end) the next entry or gap decides.  Returns where the next step begins.
 * Joining may cover what is still to come; then that is cut out again in its turn.
 */
static paddr_t reserve_step(struct boot_info *bi, paddr_t base, paddr_t end,
			    const struct boot_range *like)
{
	unsigned int at = first_ending_above(bi, base);
	const struct boot_range *next = &bi->reserved[at];
	struct boot_range new = *like;

	if (at < bi->nr_reserved && next->base <= base) {
		end = min(end, range_end(next));
		if (rank(next->flags) >= rank(like->flags))
			return end;
		cut(bi, at, base, end);
	} else if (at < bi->nr_reserved) {
		end = min(end, next->base);
	}
	new.base = base;
	new.size = end - base;
	insert_free(bi, &new);
	return end;
}

bool boot_reserve_in(struct boot_info *bi, paddr_t base, paddr_t size, const char *name, u32 flags)
{
	const struct boot_range like = { .name = name, .flags = flags };
	const paddr_t low = PHYS_OFFSET, high = RAM_WINDOW_END;
	paddr_t end = size < high - min(base, high) ? base + size : high;

	if (!size || base >= high || end <= low) {
		boot_warn("reserve %s [0x%08lx, %lu bytes]: %s; dropped", name, base, size,
			  size ? "outside the RAM window" : "empty");
		return false;
	}
	base = ALIGN_DOWN(max(base, low), (paddr_t)PAGE_SIZE);
	end = ALIGN(end, (paddr_t)PAGE_SIZE); /* the window's own end is aligned: no overflow */
	bi->has_nomap |= !!(flags & BOOT_NOMAP);
	while (base < end)
		base = reserve_step(bi, base, end, &like);
	return true;
}

/* Names come from outside: what could not be shown would not be one. */
static size_t copy_printable(char *to, const char *name)
{
	size_t n = 0;

	for (; n < BOOT_NAME_MAX && name[n]; n++)
		to[n] = name[n] > ' ' && name[n] < 0x7f ? name[n] : '?';
	to[n] = '\0';
	return n + 1;
}

const char *boot_name(struct boot_info *bi, const char *name)
{
	char *copy = bi->names + bi->names_used;

	if (bi->max_names - bi->names_used < BOOT_NAME_MAX + 1) {
		boot_warn("the names of reserved ranges take more than %lu bytes: one is lost",
			  (unsigned long)bi->max_names);
		return "reserved memory";
	}
	bi->names_used += copy_printable(copy, name);
	return copy;
}

/* --- asking ----------------------------------------------------------------------------------- */

bool boot_overlap(paddr_t a, paddr_t a_size, paddr_t b, paddr_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

bool boot_overlaps_flagged(const struct boot_info *bi, paddr_t base, paddr_t size, u32 flags)
{
	for (unsigned int at = first_ending_above(bi, base); at < bi->nr_reserved; at++) {
		const struct boot_range *range = &bi->reserved[at];

		if (range->base > base && range->base - base >= size)
			return false;
		if (range->flags & flags)
			return size > 0;
	}
	return false;
}

/* The highest place in one bank's [low, high), or 0. */
static paddr_t find_in(const struct boot_info *bi, paddr_t size, paddr_t align, paddr_t low,
		       paddr_t high)
{
	while (high > low && high - low >= size) {
		paddr_t at = ALIGN_DOWN(high - size, align);
		unsigned int i = first_ending_above(bi, at);

		if (at < low)
			return 0;
		if (i == bi->nr_reserved || bi->reserved[i].base >= at + size)
			return at;
		high = bi->reserved[i].base;
	}
	return 0;
}

paddr_t boot_find_free(const struct boot_info *bi, paddr_t size, paddr_t align, paddr_t low,
		       paddr_t high)
{
	paddr_t at = 0;

	for (unsigned int i = bi->nr_banks; i-- > 0 && !at;) {
		const struct boot_bank *bank = &bi->bank[i];

		at = find_in(bi, size, align, max(low, bank->base),
			     min(high, bank->base + bank->size));
	}
	return at;
}

const struct boot_range *boot_reserved_at(paddr_t phys)
{
	unsigned int at = first_ending_above(&boot_info, phys);

	return at < boot_info.nr_reserved && boot_info.reserved[at].base <= phys
		       ? &boot_info.reserved[at]
		       : NULL;
}

const char *boot_range_kind(const struct boot_range *range)
{
	if (range->flags & BOOT_NOMAP)
		return ", no-map";
	return range->flags & BOOT_REUSABLE ? ", reusable" : "";
}

bool boot_touches_nomap(paddr_t base, paddr_t size)
{
	return boot_info.has_nomap && boot_overlaps_flagged(&boot_info, base, size, BOOT_NOMAP);
}

bool boot_all_nomap(paddr_t base, paddr_t size)
{
	while (size) {
		const struct boot_range *range = boot_reserved_at(base);
		paddr_t step;

		if (!range || !(range->flags & BOOT_NOMAP))
			return false;
		step = min(size, range_end(range) - base);
		base += step;
		size -= step;
	}
	return true;
}
