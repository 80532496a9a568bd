/*
 * bootmem.c - the boot allocator of Linux 2.6: first fit from a goal, small requests packed
 *
 *	request ─> sound? ─> its node, last node … first node ─> bootmem_take() ─> zeroed, recorded
 *	                     each from the goal, then from its bottom
 *	range ───> sound? ─> rounded out (reserve) or in (free) ──> bootmem_set(), bootmem_clear()
 *
 * One bitmap a node; its arithmetic is bootmem_map.c's.  Here is what callers may ask, and what is
 * refused: a mistake is named with its caller, and changes nothing.
 *
 * Invariants
 *   I1  Nothing is handed out above bootmem_last_byte: before the final page tables stand, what lies
 *       higher has no translation.
 *   I2  A free page is RAM of its node's lowmem: free_bootmem() refuses all else.
 *   I3  What is handed out was nobody's, by bits, reservations and records (bootmem_check.c).
 *
 * Life of a page
 *   init (reserved) --free_bootmem--> free --alloc, reserve--> reserved --free--> ... --> buddy
 *
 * Life of a node
 *   unknown --init_bootmem_node--> stands --early_hand_over--> handed over, refuses all
 *
 * Locking: none.  One CPU, before the page allocator stands.
 * Read next: bootmem_allocate(), then bootmem_map.c, bootmem_early.c, mm/page/handover.c.
 * Linux: mm/bootmem.c of 2.6.15
 */
#include <stdarg.h>
#include <stdio.h>

#include "mm/early/bootmem.h"
#include "mm/early/bootmem_impl.h"
#include "mm/early/records.h"
#include "boot/boot_info.h"
#include "kernel/bug.h"
#include "kernel/inject.h"
#include "kernel/kallsyms.h"
#include "kernel/trace.h"
#include "lib/bitmap.h"

paddr_t bootmem_last_byte;

static struct bootmem_data bootmem_data[MAX_NUMNODES];

/* --- refusing --------------------------------------------------------------------------------- */

/* Always false, for the checks to return. */
static bool __cold __noinline __printf(5, 6)
	refuse(const char *what, const char *expected, paddr_t object, unsigned long caller,
	       const char *found_fmt, ...)
{
	const struct bug_report report = {
		.family = "bootmem",
		.what = what,
		.object = (void *)object,
		.expected = expected,
		.caller = caller,
	};
	char found[80];
	va_list ap;

	va_start(ap, found_fmt);
	vsnprintf(found, sizeof(found), found_fmt, ap);
	va_end(ap);
	bug(&report, "%s", found);
	return false;
}

static bool stands(const pg_data_t *pgdat)
{
	return pgdat && pgdat->bdata && pgdat->bdata->map;
}

static bool any_stands(void)
{
	const pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		if (stands(pgdat))
			return true;
	}
	return false;
}

static bool any_handed_over(void)
{
	const pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		if (pgdat->bdata && pgdat->bdata->handed_over)
			return true;
	}
	return false;
}

void bootmem_refuse_idle(const struct bootmem_data *b, unsigned long caller)
{
	if (b && b->broken) {
		refuse("used though broken", "a node whose bits are sound", pfn_to_phys(b->start),
		       caller, "bits that offered what somebody has");
		return;
	}
	if (b ? b->handed_over : any_handed_over())
		refuse("used after the hand-over", "the page allocator's functions from now on", 0,
		       caller, "the nodes' pages are the page allocator's");
	else
		refuse("used before it stands", "init_bootmem_node() first", 0, caller,
		       "no bitmap");
}

/* For a port that watches memory: these are whole pages of somebody's from now on. */
static void watch_taken(paddr_t start, paddr_t end)
{
	arch_hand_out(phys_to_virt(start), end - start, end - start);
}

/* --- taking ----------------------------------------------------------------------------------- */

static bool request_is_sound(const struct bootmem_request *r)
{
	if (!stands(r->pgdat) && !any_stands()) {
		bootmem_refuse_idle(NULL, r->caller);
		return false;
	}
	if (r->size == 0 || r->align == 0 || (r->align & (r->align - 1)))
		return refuse("bad request", "size > 0, align a power of two", 0, r->caller,
			      "size %lu align %lu", r->size, r->align);
	return true;
}

/*
 * May the place that the bits offered be given out?  When somebody has it, the bits are broken, and
 * the node serves nobody any more: keeps I3.
 */
static bool may_give(struct bootmem_data *b, paddr_t at, const struct bootmem_request *r)
{
	const char *holder = bootmem_holder(at, at + r->size);

	if (!holder)
		return true;
	b->broken = true;
	return refuse("broken bitmap", "a set bit for all that is taken", at, r->caller,
		      "%lu bytes, free by their bits, but %s", r->size, holder);
}

/* From one node, at or above goal; NULL when there is none. */
static void *take_above(const pg_data_t *pgdat, const struct bootmem_request *r, paddr_t goal)
{
	struct bootmem_data *b = pgdat->bdata;
	paddr_t base, top = bootmem_last_byte;
	long at;

	if (!stands(pgdat) || b->broken)
		return NULL;
	base = pfn_to_phys(b->start);
	top = min(top, pfn_to_phys(b->end - 1) + PAGE_SIZE - 1); /* keeps I1 */
	if (r->limit)
		top = min(top, r->limit - 1);
	if (goal > top || base > top)
		return NULL;
	at = bootmem_take(b, r->size, r->align, goal > base ? goal - base : 0, top - base + 1);
	if (at < 0 || !may_give(b, base + (paddr_t)at, r))
		return NULL;
	return phys_to_virt(base + (paddr_t)at);
}

/* From one node: from the goal on, then from its bottom. */
static void *take_from(const pg_data_t *pgdat, const struct bootmem_request *r)
{
	void *got = take_above(pgdat, r, r->goal);

	return got || !r->goal ? got : take_above(pgdat, r, 0);
}

/* Its own node first; then every node, the last one first: the order of 2.6.12 to 2.6.15. */
static void *take(const struct bootmem_request *r)
{
	void *got = r->pgdat ? take_from(r->pgdat, r) : NULL;

	for (unsigned int nid = nr_nodes; !got && nid-- > 0;)
		got = take_from(NODE_DATA(nid), r);
	return got;
}

static void zero(void *start, unsigned long size)
{
	u8 *p = start, *end = p + size;

	if (IS_ALIGNED((unsigned long)p, PAGE_SIZE))
		for (; (unsigned long)(end - p) >= PAGE_SIZE; p += PAGE_SIZE)
			arch_clear_page(p);
	__builtin_memset(p, 0, (unsigned long)(end - p));
}

/* `verb N bytes at ADDRESS for SYMBOL`, when that is asked for. */
static void tell(const char *verb, paddr_t start, unsigned long size, unsigned long caller)
{
	char who[KALLSYMS_LINE];

	if (unlikely(READ_ONCE(trace_mask) & 1u << TRACE_EARLY))
		trace_line(TRACE_EARLY, "%s %lu bytes at 0x%lx for %s", verb, size, start,
			   kallsyms_format_caller(caller, who, sizeof(who)));
}

static void __noreturn out_of_memory(const struct bootmem_request *r)
{
	char who[KALLSYMS_LINE];

	panic("bootmem: out of memory: %lu bytes, align %lu, goal 0x%lx, limit 0x%lx, last byte 0x%lx, for %s",
	      r->size, r->align, r->goal, r->limit, bootmem_last_byte,
	      kallsyms_format_caller(r->caller, who, sizeof(who)));
}

static bool is_to_fail(const struct bootmem_request *r)
{
	return inject_fails(r->flags & BOOTMEM_NOPANIC ? INJECT_EARLY : INJECT_LAST_EARLY, r->size,
			    r->caller);
}

void *bootmem_allocate(const struct bootmem_request *r)
{
	void *got;

	if (!request_is_sound(r))
		return NULL;
	got = is_to_fail(r) ? NULL : take(r);
	if (!got && !(r->flags & BOOTMEM_NOPANIC))
		out_of_memory(r);
	if (!got)
		return NULL;
	arch_hand_out(got, r->size, r->size);
	early_record_add(EARLY_ALLOCATED, virt_to_phys(got), r->size, r->caller);
	tell("alloc", virt_to_phys(got), r->size, r->caller);
	if (!(r->flags & BOOTMEM_RAW))
		zero(got, r->size);
	return got;
}

void *__alloc_bootmem_nopanic(unsigned long size, unsigned long align, unsigned long goal)
{
	return bootmem_allocate(
		&(struct bootmem_request){ NULL, size, align, goal, 0, BOOTMEM_NOPANIC, _RET_IP_ });
}

void *__alloc_bootmem_limit(unsigned long size, unsigned long align, unsigned long goal,
			    unsigned long limit)
{
	return bootmem_allocate(
		&(struct bootmem_request){ NULL, size, align, goal, limit, 0, _RET_IP_ });
}

void *__alloc_bootmem(unsigned long size, unsigned long align, unsigned long goal)
{
	return bootmem_allocate(
		&(struct bootmem_request){ NULL, size, align, goal, 0, 0, _RET_IP_ });
}

void *__alloc_bootmem_node_limit(pg_data_t *pgdat, unsigned long size, unsigned long align,
				 unsigned long goal, unsigned long limit)
{
	return bootmem_allocate(
		&(struct bootmem_request){ pgdat, size, align, goal, limit, 0, _RET_IP_ });
}

void *__alloc_bootmem_node(pg_data_t *pgdat, unsigned long size, unsigned long align,
			   unsigned long goal)
{
	return bootmem_allocate(
		&(struct bootmem_request){ pgdat, size, align, goal, 0, 0, _RET_IP_ });
}

/* --- reserving and freeing -------------------------------------------------------------------- */

static bool knows(const struct bootmem_data *b, pfn_t pfn)
{
	return b && pfn >= b->start && pfn < b->end;
}

/* The node whose lowmem has this frame, standing or handed over. */
static pg_data_t *node_of(pfn_t pfn)
{
	pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		if (knows(pgdat->bdata, pfn))
			return pgdat;
	}
	return NULL;
}

struct bootmem_data *bootmem_of(pfn_t pfn)
{
	pg_data_t *pgdat = node_of(pfn);

	return stands(pgdat) ? pgdat->bdata : NULL;
}

/* Is [physaddr, physaddr + size) RAM of the node's lowmem? */
static bool range_is_sound(const pg_data_t *pgdat, paddr_t physaddr, unsigned long size,
			   unsigned long caller)
{
	const struct bootmem_data *b = pgdat ? pgdat->bdata : NULL;
	pfn_t first = phys_to_pfn(physaddr), last = phys_to_pfn(physaddr + size - 1);

	if (b ? !b->map || b->broken : !any_stands()) {
		bootmem_refuse_idle(b, caller);
		return false;
	}
	if (size && physaddr + size - 1 >= physaddr && knows(b, first) && knows(b, last) &&
	    last < lowmem_end_pfn && present_pages(first, last + 1) == last + 1 - first)
		return true; /* keeps I2 */
	return refuse("bad range", "RAM of one node's lowmem", physaddr, caller, "%lu bytes", size);
}

static void reserve(pg_data_t *pgdat, paddr_t physaddr, unsigned long size, unsigned long caller)
{
	struct bootmem_data *b;

	if (!range_is_sound(pgdat, physaddr, size, caller))
		return;
	b = pgdat->bdata;
	if (early_record_in(EARLY_ALLOCATED, physaddr, physaddr + size)) {
		refuse("reserve of allocated memory", "memory that nobody was given", physaddr,
		       caller, "%lu bytes, of which some were handed out", size);
		return;
	}
	bootmem_set(b, phys_to_pfn(physaddr) - b->start,
		    phys_to_pfn(physaddr + size - 1) + 1 - b->start);
	watch_taken(ALIGN_DOWN(physaddr, PAGE_SIZE), ALIGN(physaddr + size, PAGE_SIZE));
	early_record_add(EARLY_RESERVED, physaddr, size, caller);
	tell("reserve", physaddr, size, caller);
}

/* Does [start, end) hold bits of the node that stands? */
static bool has_bitmap(const pg_data_t *pgdat, paddr_t start, paddr_t end)
{
	paddr_t map;

	if (!stands(pgdat))
		return false;
	map = virt_to_phys(pgdat->bdata->map);
	return map < end &&
	       start < map + BITS_TO_LONGS(pgdat->bdata->end - pgdat->bdata->start) * sizeof(long);
}

static bool has_any_bitmap(const pg_data_t *pgdat, paddr_t start, paddr_t end)
{
	if (has_bitmap(pgdat, start, end))
		return true;
	for_each_pgdat(pgdat) {
		if (has_bitmap(pgdat, start, end))
			return true;
	}
	return false;
}

/* A page that was to be freed is free.  A second free; or its bit is wrong, if somebody has it. */
static bool refuse_free_page(struct bootmem_data *b, paddr_t page, unsigned long caller)
{
	const char *holder = bootmem_holder(page, page + PAGE_SIZE);

	if (!holder)
		return refuse("double free", "reserved pages", page, caller, "a free page");
	b->broken = true;
	return refuse("broken bitmap", "a set bit for all that is taken", page, caller,
		      "a page, free by its bit, but %s", holder);
}

/* May the pages [from, to) (bits of pgdat's map) become free? */
static bool may_free(const pg_data_t *pgdat, unsigned long from, unsigned long to,
		     unsigned long caller)
{
	struct bootmem_data *b = pgdat->bdata;
	unsigned long clear = find_next_zero_bit(b->map, to, from);
	paddr_t start = pfn_to_phys(b->start + from),
		end = pfn_to_phys(b->start + to - 1) + PAGE_SIZE;
	const struct boot_range *found = bootmem_found(start, end);

	if (clear < to)
		return refuse_free_page(b, pfn_to_phys(b->start + clear), caller);
	if (has_any_bitmap(pgdat, start, end))
		return refuse("free of the bitmap", "pages that hold no node's bits", start, caller,
			      "bits in [0x%lx, 0x%lx)", start, end);
	if (found)
		return refuse("free of found memory", "pages that were free at the start", start,
			      caller, "%s at [0x%lx, 0x%lx)", found->name, found->base,
			      found->base + found->size);
	return true;
}

static void release(pg_data_t *pgdat, paddr_t physaddr, unsigned long size, unsigned long caller)
{
	struct bootmem_data *b;
	unsigned long from, to;

	if (!range_is_sound(pgdat, physaddr, size, caller))
		return;
	b = pgdat->bdata;
	from = phys_to_pfn(physaddr + PAGE_SIZE - 1) - b->start;
	to = phys_to_pfn(physaddr + size) - b->start;
	if (from >= to)
		return; /* no whole page in it */
	if (!may_free(pgdat, from, to, caller))
		return;
	bootmem_clear(b, from, to);
	arch_take_back(phys_to_virt(pfn_to_phys(b->start + from)), (to - from) << PAGE_SHIFT);
	early_record_gone(pfn_to_phys(b->start + from), pfn_to_phys(b->start + to), EARLY_FREED);
	tell("free", pfn_to_phys(b->start + from), (to - from) << PAGE_SHIFT, caller);
}

void bootmem_release(unsigned long physaddr, unsigned long size, unsigned long caller)
{
	release(node_of(phys_to_pfn(physaddr)), physaddr, size, caller);
}

void reserve_bootmem_node(pg_data_t *pgdat, unsigned long physaddr, unsigned long size)
{
	reserve(pgdat, physaddr, size, _RET_IP_);
}

void reserve_bootmem(unsigned long physaddr, unsigned long size)
{
	reserve(node_of(phys_to_pfn(physaddr)), physaddr, size, _RET_IP_);
}

void free_bootmem_node(pg_data_t *pgdat, unsigned long physaddr, unsigned long size)
{
	release(pgdat, physaddr, size, _RET_IP_);
}

void free_bootmem(unsigned long physaddr, unsigned long size)
{
	bootmem_release(physaddr, size, _RET_IP_);
}

/* --- coming up -------------------------------------------------------------------------------- */

/* For any number of pages: BITS_TO_LONGS() does not wrap. */
static unsigned long bitmap_bytes(unsigned long pages)
{
	return BITS_TO_LONGS(pages) * sizeof(long);
}

unsigned long bootmem_bootmap_pages(unsigned long pages)
{
	return DIV_ROUND_UP(bitmap_bytes(pages), PAGE_SIZE);
}

/* Can the bitmap be written where it is wanted? */
static bool bitmap_fits(pfn_t freepfn, unsigned long pages)
{
	pfn_t end = freepfn + bootmem_bootmap_pages(pages);

	return end > freepfn && end <= lowmem_end_pfn &&
	       pfn_to_phys(end - 1) + PAGE_SIZE - 1 <= bootmem_last_byte &&
	       present_pages(freepfn, end) == end - freepfn;
}

unsigned long bootmem_init_node(pg_data_t *pgdat, pfn_t freepfn, pfn_t startpfn, pfn_t endpfn,
				unsigned long caller)
{
	struct bootmem_data *b = pgdat->bdata;

	if (!b && pgdat->node_id >= 0 && pgdat->node_id < MAX_NUMNODES)
		b = &bootmem_data[pgdat->node_id];
	if (b && b->handed_over) {
		bootmem_refuse_idle(b, caller);
		return 0;
	}
	if (b && b->map)
		return refuse("initialised twice", "a node without a bitmap", pfn_to_phys(startpfn),
			      caller, "node %d stands", pgdat->node_id);
	if (!b || startpfn >= endpfn || endpfn - 1 > phys_to_pfn(~(paddr_t)0) ||
	    !bitmap_fits(freepfn, endpfn - startpfn))
		return refuse("bad node", "frames, and a bitmap in mapped lowmem",
			      pfn_to_phys(startpfn), caller,
			      "node %d, frames 0x%lx-0x%lx, bitmap at 0x%lx", pgdat->node_id,
			      startpfn, endpfn, freepfn);
	if (ARCH_WATCHES)
		watch_taken(pfn_to_phys(freepfn),
			    pfn_to_phys(freepfn + bootmem_bootmap_pages(endpfn - startpfn)));
	bootmem_begin(b, startpfn, endpfn, phys_to_virt(pfn_to_phys(freepfn)));
	pgdat->bdata = b;
	return bitmap_bytes(endpfn - startpfn);
}

unsigned long init_bootmem_node(pg_data_t *pgdat, unsigned long freepfn, unsigned long startpfn,
				unsigned long endpfn)
{
	return bootmem_init_node(pgdat, freepfn, startpfn, endpfn, _RET_IP_);
}

unsigned long init_bootmem(unsigned long freepfn, unsigned long endpfn)
{
	return bootmem_init_node(NODE_DATA(0), freepfn, NODE_DATA(0)->node_start_pfn, endpfn,
				 _RET_IP_);
}
