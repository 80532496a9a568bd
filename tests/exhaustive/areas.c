/*
 * areas.c - areas that are made and removed, in every sequence of six steps; and every slot of a window
 *
 *	page     0   1   2   3   4   5   6   7   8   9  10  11
 *	       [ area of 2 | g ][ 1 | g ]    [ 3, aligned to 4 ] …     g: its guard page
 *
 * Model: the lowest place that is aligned, has room for the area and its guard page, and ends in the
 * range.  It knows no list and no hint.
 *
 * Locking: none; one CPU.
 * Read next: mm/vmap/list.c.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "mm/fixmap/fixmap.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap_impl.h"
#include "mm/window/kmap.h"
#include "mm/window/kmap_impl.h"
#include "range.h"

enum {
	STEPS = ON_HOST ? 6 : 4,
	ROOM = 12,
	AREAS = 4,
	MAKES = 4,
	CHOICES = MAKES + AREAS,
	NOWHERE = -1
};

/* What a digit stands for: pages of an area, for registers or not; then, the n-th of those there are. */
static const struct {
	unsigned int pages, align;
	unsigned long flags;
} makes[MAKES] = {
	{ 2, 2, VM_IOREMAP },
	{ 1, 1, VM_MAP },
	{ 3, 1, VM_ALLOC },
	{ 3, 4, VM_IOREMAP },
};

/* Where they are; and which pages are taken. */
static struct {
	struct vm_struct *area[STEPS];
	unsigned int page[STEPS], n;
	bool taken[STEPS * 8]; /* as much as there can be, were each aligned */
	vaddr_t start;	       /* a page whose number is a multiple of four */
	unsigned int room;
	bool whole; /* the window, not the first pages of it */
} t;

static int first_fit(unsigned int pages, unsigned int align)
{
	for (unsigned int at = 0; at + pages + 1 <= t.room; at += align) {
		bool fits = true;

		for (unsigned int i = 0; i <= pages; i++)
			fits &= !t.taken[at + i];
		if (fits)
			return (int)at;
	}
	return NOWHERE;
}

/* As vmalloc() and ioremap() do. */
static struct vm_struct *make_anywhere(unsigned int which)
{
	return makes[which].flags == VM_IOREMAP
		       ? area_make_aligned(makes[which].pages, VM_IOREMAP, NULL)
		       : area_make(makes[which].pages, makes[which].flags, NULL);
}

/* Some sizes are less than all of their pages. */
static struct vm_struct *make_in_range(unsigned int which)
{
	return __get_vm_area(makes[which].pages * PAGE_SIZE - which, makes[which].flags, t.start,
			     t.start + t.room * PAGE_SIZE);
}

static bool make_holds(unsigned int which)
{
	const unsigned int pages = makes[which].pages;
	const int at = first_fit(pages, makes[which].align);
	struct vm_struct *area = t.whole ? make_anywhere(which) : make_in_range(which);

	CHECK(!area == (at == NOWHERE));
	if (!area)
		return true;
	t.area[t.n] = area;
	t.page[t.n++] = (unsigned int)at;
	memset(t.taken + at, true, pages + 1);
	CHECK((vaddr_t)area->addr == t.start + (unsigned int)at * PAGE_SIZE);
	return area->size == (pages + 1) * PAGE_SIZE && get_vm_area_size(area) == pages * PAGE_SIZE;
}

static bool remove_holds(unsigned int nth)
{
	struct vm_struct *area = t.area[nth];

	memset(t.taken + t.page[nth], false, area->size / PAGE_SIZE);
	t.n--;
	t.area[nth] = t.area[t.n];
	t.page[nth] = t.page[t.n];
	CHECK(find_vm_area(area->addr) == area);
	CHECK(remove_vm_area(area->addr) == area);
	kfree(area);
	return true;
}

/* Of no area that is not there. */
static bool step_holds(unsigned int digit, bool *applies)
{
	*applies = digit < MAKES || digit - MAKES < t.n;
	if (!*applies)
		return true;
	return digit < MAKES ? make_holds(digit) : remove_holds(digit - MAKES);
}

/*
 * A sequence of STEPS digits.  One with a step that does not apply is over there: what comes before it
 * begins other sequences, too.
 */
static bool sequence_holds(unsigned int digits)
{
	bool holds = true, applies = true;

	for (unsigned int i = 0; holds && applies && i < STEPS; i++, digits /= CHOICES)
		holds = step_holds(digits % CHOICES, &applies);
	if (holds && applies)
		holds = vmap_check();
	while (t.n)
		holds = remove_holds(t.n - 1) && holds;
	return holds;
}

static bool sequences_hold(vaddr_t start, unsigned int room, bool whole)
{
	unsigned int sequences = 1;

	CHECK(start % (4 * PAGE_SIZE) == 0);
	memset(&t, 0, sizeof(t));
	t.start = start;
	t.room = room;
	t.whole = whole;
	for (unsigned int i = 0; i < STEPS; i++)
		sequences *= CHOICES;
	for (unsigned int digits = 0; digits < sequences; digits++)
		if (!sequence_holds(digits)) {
			selftest_note("room %u: digits 0%o, the last one first", room, digits);
			return false;
		}
	return true;
}

/* In the last pages of the window, where nobody has an area. */
SELFTEST(exhaustive, areas_in_range,
	 "an area lies at the lowest place of its range that has room for it and its guard page")
{
	EXPECT(sequences_hold(VMALLOC_END - ALIGN(ROOM, 4) * PAGE_SIZE, ROOM, false));
}

SELFTEST(exhaustive, areas_first_fit, "so it does of the whole window, in which less is looked at")
{
	if (nr_vm_areas())
		SKIP("%lu areas are there, which the model does not know", nr_vm_areas());
	EXPECT(sequences_hold(VMALLOC_START, ARRAY_SIZE(t.taken), true));
}

static bool pages_hold(unsigned long bytes)
{
	return pages_of(bytes) == bytes / PAGE_SIZE + (bytes % PAGE_SIZE != 0);
}

SELFTEST(exhaustive, pages_of, "bytes are rounded up to pages, of any number")
{
	for (unsigned long bytes = 0; bytes < 0x100000; bytes++)
		EXPECT(pages_hold(bytes) && pages_hold(~0ul - bytes) &&
		       pages_hold(~0ul / 2 - 0x80000 + bytes));
}

/* --- windows ---------------------------------------------------------------------------------- */

SELFTEST(exhaustive, fixmap_slots, "each byte of the fixmap is of the slot that begins at its page")
{
	for (unsigned int slot = 0; slot < __end_of_fixed_addresses; slot++) {
		EXPECT(fixmap_address(slot) == FIXADDR_START + slot * PAGE_SIZE);
		for (unsigned int byte = 0; byte < PAGE_SIZE; byte++)
			EXPECT(fixmap_index(fixmap_address(slot) + byte) == slot);
	}
}

SELFTEST(exhaustive, pkmap_slots, "kmap's slots are its window's pages; neighbours share no bucket")
{
	for (unsigned int slot = 0; slot < LAST_PKMAP; slot++)
		EXPECT(pkmap_address(slot) == PKMAP_BASE + slot * PAGE_SIZE);
	EXPECT(pkmap_address(LAST_PKMAP) == PKMAP_END);
	for (unsigned long nth = 0; nth < 4 * PKMAP_BUCKETS; nth++)
		for (unsigned long beside = 1; beside < PKMAP_BUCKETS; beside++)
			EXPECT(pkmap_bucket(nth) != pkmap_bucket(nth + beside));
}
