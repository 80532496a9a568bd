/*
 * list.c - VMAP=list: the areas in one list, ascending; first fit
 *
 *	vmlist <──> [ area | g ] <──> [ area | g ] <──> [ area | g ] <──> vmlist_top
 *	VMALLOC_START           ^hole            ^                        VMALLOC_END
 *	                        first fit: the first hole that is large enough, aligned
 *
 * What is free is what lies between two areas.  Two sorts of signpost stand along the list, so
 * that it need not be walked from its start each time:
 *
 *	last_in[]   of the areas that begin in each 1/SPANS of the window, the highest: an address
 *	            is found, and its neighbours, by looking at the few areas of one span
 *	hint        an area, and the size of the largest hole that begins below it (`passed`): who
 *	            wants more than that need not look there.  The first fit is the same as without.
 *
 * Where the hint does not help (a small area wanted, then a large one, again and again, among many
 * holes that fit the small one only), the walk is linear in the areas below the fit.  It goes
 * STRETCH areas at a time and lets interrupts in between.  (That is what the augmented tree of
 * later kernels was written against.)
 *
 * Invariants (areas_check_locked() verifies all)
 *   I1  Areas ascend and do not overlap, guard pages included; prev is the way back of next.
 *   I2  Every area lies in [VMALLOC_START, VMALLOC_END), on whole pages, at least two of them.
 *   I3  nr is the length of the areas.
 *   I4  last_in[] and used[] say of each span which of its areas is the highest, or that it has
 *       none.
 *   I5  No hole that begins below the hint's end, but for the one behind it, is larger than passed.
 *
 * Life of an area
 *   hole ──areas_insert──> in the list ──unmapped, flushed──areas_unlink_locked──> hole
 *
 * A link that is found broken (in DEBUG builds every link that is followed is looked at from both
 * ends) is reported, and ends the use of the list for good: nothing is inserted, found or taken
 * out any more, and each caller is refused as in an empty window.
 *
 * Locking: vmlist_lock.
 * Read next: area.c, map.c.
 * Linux 2.6: mm/vmalloc.c (__get_vm_area_node, __remove_vm_area); 2.6.39: the same file's
 * free_vmap_cache and cached_hole_size, which the hint is to a tree.
 */
#include "kernel/bug.h"
#include "kernel/check/check.h"
#include "kernel/inject.h"
#include "lib/bitmap.h"
#include "mm/vmap/vmap_impl.h"

const char vmap_name[] = "list";

enum { SPANS = 2048, STRETCH = 64 };

/* The ends of the list, which are no areas: nothing lies below the one and above the other. */
static struct vm_struct vmlist, vmlist_top = { .prev = &vmlist, .addr = (void *)VMALLOC_END };
static struct vm_struct vmlist = { .next = &vmlist_top };

/* All of it in one place, so that one address leads to all. */
static struct {
	vaddr_t start;		     /* [I] of the window */
	unsigned long total;	     /* [V] bytes of the window; 0: the list is broken */
	unsigned int span_shift;     /* [I] */
	struct vm_struct **last_in;  /* [I] SPANS of them [V]; NULL: no area begins there */
	struct vm_struct *hint;	     /* [V] */
	unsigned long passed;	     /* [V] bytes; the most there is when the list is broken */
	unsigned long nr;	     /* [V] areas */
	unsigned long nr_unlinked;   /* [V] since boot: has the list changed under a search? */
	const char *fault;	     /* [V] how the list is broken, if it was found so */
	DECLARE_BITMAP(used, SPANS); /* [V] the spans where last_in is not NULL */
} areas = { .hint = &vmlist };

static inline vaddr_t area_start(const struct vm_struct *area)
{
	return (vaddr_t)area->addr;
}

static inline vaddr_t area_end(const struct vm_struct *area)
{
	return area_start(area) + area->size;
}

void __init areas_init(void)
{
	vmlist.addr = (void *)VMALLOC_START;
	areas.start = VMALLOC_START;
	areas.total = VMALLOC_TOTAL;
	while (areas.total > (unsigned long)SPANS << areas.span_shift)
		areas.span_shift++;
	areas.last_in = kzalloc_own(SPANS * sizeof(*areas.last_in), GFP_KERNEL);
	if (!areas.last_in)
		panic("vmap: no memory for the list's signposts");
}

bool areas_broken(void)
{
	return areas.passed == ~0ul;
}

const char *areas_fault(void)
{
	return areas_broken() ? areas.fault : NULL;
}

void areas_mended_locked(void)
{
	areas.total = VMALLOC_TOTAL;
	areas.hint = &vmlist;
	areas.passed = 0;
}

/* --- links ------------------------------------------------------------------------------------ */

/* A pointer that may be followed. */
static bool plausible(const struct vm_struct *area)
{
	return area == &vmlist || area == &vmlist_top ||
	       ((vaddr_t)area - PAGE_OFFSET < (vaddr_t)high_memory - PAGE_OFFSET &&
		IS_ALIGNED((vaddr_t)area, sizeof(long)));
}

/* Does its way up lead to itself, or to what lies below it, which leads to it again? */
static bool leads_back(const struct vm_struct *area, const struct vm_struct *other)
{
	return other == area->next && plausible(other) && area_start(other) < area_end(area);
}

/* Is it a ring that is broken there: seen from an area in it, or from the first one above it? */
static bool is_cyclic(const struct vm_struct *area, const struct vm_struct *other)
{
	return leads_back(area, other) ||
	       (other == area->prev && plausible(other) && leads_back(other, other->next));
}

/* The link between two neighbours is not one; whichever of them it was looked at from. */
static bool __cold __noinline report_broken(const struct vm_struct *area, const char *link,
					    const struct vm_struct *other)
{
	const struct bug_report report = {
		.family = "vmap",
		.what = "broken link",
		.object = area,
		.expected = "neighbours that ascend and know each other",
		.caller = _RET_IP_,
	};

	if (!areas_broken()) {
		areas.fault = is_cyclic(area, other) ? "the list is cyclic"
						     : "a link or size leads astray";
		bug(&report, "%s=0x%lx: %s; it is used no more", link, (vaddr_t)other, areas.fault);
	}
	areas.total = 0;
	areas.passed = ~0ul;
	return false;
}

static bool next_holds(const struct vm_struct *area)
{
	const struct vm_struct *next = area->next;

	return (plausible(next) && next->prev == area && area_start(next) >= area_end(area)) ||
	       report_broken(area, "next", next);
}

static bool prev_holds(const struct vm_struct *area)
{
	const struct vm_struct *prev = area->prev;

	return (plausible(prev) && prev->next == area && area_end(prev) <= area_start(area)) ||
	       report_broken(area, "prev", prev);
}

/* Does it end above its start, in the window?  Or who goes on from its end goes on for ever. */
static bool size_holds(const struct vm_struct *area)
{
	return (area->size >= 2 * PAGE_SIZE && area->size <= VMALLOC_END - area_start(area)) ||
	       report_broken(area, "size", (void *)area->size);
}

/* --- signposts -------------------------------------------------------------------------------- */

static inline unsigned long span_of(vaddr_t addr)
{
	return (addr - areas.start) >> areas.span_shift;
}

/* The highest area that begins in a span below that one. */
static struct vm_struct *__noinline last_below(unsigned long span)
{
	const unsigned long last = find_last_bit(areas.used, span);

	return last < span ? areas.last_in[last] : &vmlist;
}

/*
 * The highest area that begins at addr or below it; vmlist when there is none.  NULL when addr is
 * outside the window, or the list is broken.
 */
static inline struct vm_struct *at_or_below(vaddr_t addr)
{
	struct vm_struct *area;
	vaddr_t from;

	if (unlikely(addr - areas.start >= areas.total))
		return NULL;
	area = areas.last_in[span_of(addr)];
	if (unlikely(!area))
		return last_below(span_of(addr));
	for (from = VMALLOC_END; area_start(area) > addr; area = area->prev) {
		if (unlikely((debug_build && !prev_holds(area)) || area_start(area) >= from)) {
			report_broken(area, "prev", area->prev);
			return NULL;
		}
		from = area_start(area);
	}
	return area;
}

/* The area was linked in. */
static inline void post_locked(struct vm_struct *area)
{
	const unsigned long span = span_of(area_start(area));
	const struct vm_struct *last = areas.last_in[span];

	if (unlikely(!last))
		areas.used[span / BITS_PER_LONG] |= 1ul << span % BITS_PER_LONG;
	else if (area_start(last) > area_start(area))
		return;
	areas.last_in[span] = area; /* keeps I4 */
}

/* The area is about to be unlinked. */
static inline void unpost_locked(const struct vm_struct *area)
{
	const unsigned long span = span_of(area_start(area));
	struct vm_struct *below = area->prev;

	if (areas.last_in[span] != area)
		return;
	if (unlikely(below == &vmlist || span_of(area_start(below)) != span)) {
		below = NULL;
		areas.used[span / BITS_PER_LONG] &= ~(1ul << span % BITS_PER_LONG);
	}
	areas.last_in[span] = below; /* keeps I4 */
}

/* --- first fit -------------------------------------------------------------------------------- */

/* Links the area in behind another, at that address. */
static inline void link_locked(struct vm_struct *area, struct vm_struct *below, vaddr_t at)
{
	struct vm_struct *above = below->next;

	area->addr = (void *)at;
	area->prev = below; /* keeps I1 */
	area->next = above;
	below->next = area;
	above->prev = area;
	areas.nr++;
	post_locked(area);
}

/* Does it fit right behind the hint?  Then that is the first fit. */
static inline bool link_at_hint_locked(struct vm_struct *area)
{
	struct vm_struct *hint = areas.hint;
	const vaddr_t at = area_end(hint);

	if (unlikely(area->size <= areas.passed || hint == &vmlist_top ||
		     (debug_build && !next_holds(hint)) ||
		     area->size > area_start(hint->next) - at))
		return false;
	link_locked(area, hint, at);
	areas.hint = area; /* keeps I5 */
	return true;
}

/* A search for the first fit, which may take several holds of the lock. */
struct search {
	unsigned long size, low_bits; /* bytes, of whole pages; the alignment less 1 */
	bool whole;		      /* it is of the whole window */
	vaddr_t at, end;	      /* it fits there or above, and ends there or below */
	struct vm_struct *below;      /* the area that it has come to, which may be vmlist_top */
	unsigned long largest;	      /* of the holes that it has passed */
	unsigned long nr_unlinked;    /* when it began */
};

enum outcome { FITS, NOTHING, NOT_YET };

/* Does it fit between the two addresses?  Then s->at becomes where: the lowest that will do. */
static bool __noinline fits_between(struct search *s, vaddr_t behind, vaddr_t limit)
{
	const vaddr_t from = max(behind, s->at), at = (from + s->low_bits) & ~s->low_bits;

	limit = min(limit, s->end);
	if (at < from || at > limit || s->size > limit - at) /* the first: led round to 0 */
		return false;
	s->at = at;
	return true;
}

/* Walks on from s->below, past STRETCH areas at most.  FITS: behind s->below, at s->at. */
static enum outcome walk_locked(struct search *s)
{
	unsigned long largest = s->largest, size = s->size;
	struct vm_struct *area = s->below;
	enum outcome outcome = NOT_YET;

	for (unsigned int left = STRETCH; left; left--, area = area->next) {
		const vaddr_t behind = area_end(area);
		unsigned long hole;

		if (behind >= s->end || (debug_build && !next_holds(area))) {
			outcome = NOTHING; /* behind vmlist_top there is always no more */
			break;
		}
		hole = area_start(area->next) - behind;
		if (hole >= size && fits_between(s, behind, behind + hole)) {
			largest = max(largest, s->at - behind);
			outcome = FITS;
			break;
		}
		largest = max(largest, hole);
	}
	s->below = area;
	s->largest = largest;
	return outcome;
}

/* A search of the whole window begins at its start, or at the hint, which is as good. */
static void begin_locked(struct search *s)
{
	s->nr_unlinked = areas.nr_unlinked;
	if (!s->whole) {
		s->below = at_or_below(s->at);
	} else if (s->size > areas.passed) {
		s->below = areas.hint;
		s->largest = areas.passed;
	} else {
		s->below = areas_broken() ? NULL : &vmlist;
	}
}

/*
 * What the search has learnt of the holes that it has passed: nothing when an area was taken out
 * since it began, so that there may be others.
 */
static void learn_locked(const struct search *s, struct vm_struct *reached)
{
	if (!s->whole || s->nr_unlinked != areas.nr_unlinked || areas_broken())
		return;
	areas.hint = reached; /* keeps I5 */
	areas.passed = s->largest;
}

static enum outcome stretch_locked(struct vm_struct *area, struct search *s)
{
	enum outcome outcome = walk_locked(s);

	if (outcome == FITS)
		link_locked(area, s->below, s->at);
	learn_locked(s, outcome == FITS ? area : s->below);
	return outcome;
}

/* Between two stretches areas may come and go: the search goes on at the address it had come to. */
static bool __noinline search(struct vm_struct *area, struct search *s)
{
	unsigned long left = VMALLOC_TOTAL / (2 * PAGE_SIZE) / STRETCH + 2, flags;
	enum outcome outcome = NOT_YET;
	vaddr_t resume = 0;

	for (; outcome == NOT_YET && left; left--) {
		spin_lock_irqsave(&vmlist_lock, flags);
		if (resume)
			s->below = at_or_below(resume);
		else
			begin_locked(s);
		outcome = s->below ? stretch_locked(area, s) : NOTHING;
		resume = s->below ? area_start(s->below) : 0;
		spin_unlock_irqrestore(&vmlist_lock, flags);
	}
	return outcome == FITS;
}

bool areas_insert_in(struct vm_struct *area, unsigned long align, vaddr_t start, vaddr_t end)
{
	struct search s = {
		.size = area->size,
		.low_bits = align - 1,
		.whole = start == VMALLOC_START && end == VMALLOC_END,
		.at = start,
		.end = end,
	};

	if (inject_fails(INJECT_ADDRESSES, area->size >> PAGE_SHIFT, (unsigned long)area->caller))
		return false;
	return search(area, &s);
}

bool areas_insert(struct vm_struct *area)
{
	unsigned long flags;
	bool linked;

	if (inject_fails(INJECT_ADDRESSES, area->size >> PAGE_SHIFT, (unsigned long)area->caller))
		return false;
	spin_lock_irqsave(&vmlist_lock, flags);
	linked = link_at_hint_locked(area);
	spin_unlock_irqrestore(&vmlist_lock, flags);
	return likely(linked) || areas_insert_in(area, PAGE_SIZE, VMALLOC_START, VMALLOC_END);
}

/* --- taking out, and finding ------------------------------------------------------------------ */

/* At the end its size says what it had mapped, as its owner knows it. */
static inline bool unlink_locked(struct vm_struct *area)
{
	if (unlikely(debug_build && (!next_holds(area) || !prev_holds(area))))
		return false;
	unpost_locked(area);
	area->prev->next = area->next;
	area->next->prev = area->prev;
	if (area_start(area) <= area_start(areas.hint))
		areas.hint = area->prev; /* keeps I5 */
	areas.nr--;
	areas.nr_unlinked++;
	area->size -= PAGE_SIZE;
	return true;
}

bool areas_unlink_locked(struct vm_struct *area)
{
	assert_spin_locked(&vmlist_lock);
	return unlink_locked(area);
}

/* DEBUG: what is to be unmapped and given back is the area's own. */
static bool __cold __noinline area_holds(const struct vm_struct *area)
{
	const struct bug_report report = {
		.family = "vmap",
		.what = "broken area",
		.object = area->addr,
		.expected = "pages of its own, each mapped in its place",
		.caller = _RET_IP_,
	};
	const char *fault;
	vaddr_t at;

	if (!next_holds(area) || !prev_holds(area))
		return false;
	fault = area_fault(area, &at);
	if (fault)
		bug(&report, "at 0x%lx: %s; nothing of it is given back", at, fault);
	return !fault;
}

struct vm_struct *areas_take_locked(vaddr_t addr, unsigned long kinds, unsigned long at_once)
{
	struct vm_struct *area = at_or_below(addr);
	unsigned long bytes;

	assert_spin_locked(&vmlist_lock);
	if (unlikely(!area || area_start(area) != addr || !(area->flags & kinds) ||
		     (area->flags & (VM_UNINITIALIZED | VM_POINTERS))))
		return NULL;
	if (debug_build && unlikely(!area_holds(area)))
		return NULL;
	bytes = get_vm_area_size(area);
	if (unlikely(bytes > at_once)) {
		area->flags |= VM_UNINITIALIZED;
		return area;
	}
	unmap_range(addr, addr + bytes);
	return likely(unlink_locked(area)) ? area : NULL;
}

struct vm_struct *areas_find_locked(vaddr_t addr)
{
	struct vm_struct *area;

	assert_spin_locked(&vmlist_lock);
	area = at_or_below(addr);
	return area && addr < area_end(area) ? area : NULL;
}

/* Who asks for one after the other, ascending, comes to an end however broken the list is. */
struct vm_struct *areas_from_locked(vaddr_t addr)
{
	struct vm_struct *area = at_or_below(addr);

	if (area && (area == &vmlist || area_start(area) < addr))
		area = next_holds(area) ? area->next : NULL;
	if (!area || area == &vmlist_top || !next_holds(area) || !prev_holds(area) ||
	    !size_holds(area))
		return NULL;
	if (area_start(area) >= addr)
		return area;
	report_broken(area, "next", area->next);
	return NULL;
}

unsigned long nr_vm_areas(void)
{
	return READ_ONCE(areas.nr);
}

/* --- checking --------------------------------------------------------------------------------- */

static bool wrong(struct check *check, const struct vm_struct *area, const char *what)
{
	return check_broken(check, "%s (area 0x%lx of %lu bytes, at %p)", what, area_start(area),
			    area->size, (const void *)area);
}

/* I1 of the step from area to the one above. */
static bool step_holds(struct check *check, const struct vm_struct *area)
{
	const struct vm_struct *next = area->next;

	if (!plausible(next))
		return check_broken(check, "I1: area 0x%lx leads to %p, where nothing is",
				    area_start(area), (const void *)next);
	if (next->prev == area)
		return area_start(next) >= area_end(area) ||
		       wrong(check, next, "I1: begins before the one below it ends");
	return wrong(check, next,
		     area_start(next) < area_end(area)
			     ? "I1: the list is cyclic: it comes back to what was passed"
			     : "I1: the one below does not know it");
}

/* I2 */
static bool bounds_hold(struct check *check, const struct vm_struct *area)
{
	return (area->size >= 2 * PAGE_SIZE && !(area->size & ~PAGE_MASK) &&
		!(area_start(area) & ~PAGE_MASK) && area->size <= VMALLOC_END - area_start(area)) ||
	       wrong(check, area, "I2: not whole pages of the window");
}

/* I4 of one span. */
static bool mark_holds(struct check *check, unsigned long span)
{
	const bool is_used = areas.used[span / BITS_PER_LONG] >> span % BITS_PER_LONG & 1;

	return is_used == (areas.last_in[span] != NULL) ||
	       check_broken(check, "I4: span %lu is marked as %s", span,
			    is_used ? "used" : "empty");
}

/* Of the areas' spans: each is led to by its highest, which is known to be used. */
static bool signposts_hold(struct check *check)
{
	unsigned long posts = 0, spans = 0;

	for (unsigned long span = 0; span < SPANS; span++) {
		if (!mark_holds(check, span))
			return false;
		posts += areas.last_in[span] != NULL;
	}
	for (const struct vm_struct *a = vmlist.next; a != &vmlist_top; a = a->next) {
		const unsigned long span = span_of(area_start(a));

		if (a->next != &vmlist_top && span_of(area_start(a->next)) == span)
			continue;
		if (areas.last_in[span] != a)
			return wrong(check, a,
				     "I4: the highest of its span, which leads to another");
		spans++;
	}
	return posts == spans ||
	       check_broken(check, "I4: %lu spans have areas, %lu lead to one", spans, posts);
}

static bool hint_holds(struct check *check)
{
	const struct vm_struct *area = &vmlist;

	for (; area != areas.hint && area != &vmlist_top; area = area->next)
		if (area_start(area->next) - area_end(area) > areas.passed)
			return wrong(check, area,
				     "I5: a hole behind it that the hint does not know");
	return area == areas.hint || check_broken(check, "I5: the hint, %p, is not in the list",
						  (const void *)areas.hint);
}

bool areas_check_locked(struct check *check)
{
	unsigned long length = 0;

	if (areas_broken())
		return check_broken(check, "I1: the list was found broken, and is used no more: %s",
				    areas.fault);
	for (const struct vm_struct *area = &vmlist; area != &vmlist_top; area = area->next) {
		check_at(check, area);
		if (!step_holds(check, area) || (length++ && !bounds_hold(check, area)))
			return false;
	}
	if (--length != areas.nr)
		return check_broken(check, "I3: %lu areas are counted, %lu are in the list",
				    areas.nr, length);
	check_counted(check, length, "areas");
	return signposts_hold(check) && hint_holds(check);
}
