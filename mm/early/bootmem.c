/*
 * bootmem.c - the boot allocator of Linux 2.6: a bit per page, first fit, small requests packed
 *
 *	page      |    0     |    1     |    2     |    3     |
 *	bit       |    1     |    1     |    0     |    1     |      1: reserved
 *	bytes     |##########|####......|          |##########|
 *	                         ^ last_end: the next small request goes here
 *
 * A request looks from its goal upwards in each node, then once more from the bottom.  Bits are
 * read a word at a time (lib/bitmap.h).  There is one bitmap a node; it lies in the node's memory
 * (in the first node's when that is not mapped yet), and becomes free pages at the hand-over.
 *
 * Invariants (bootmem_check() verifies I1 and I2)
 *   I1  free == the number of clear bits in [start, end).
 *   I2  No bit below hint is clear.
 *   I3  Bytes from last_end to the end of its page belong to nobody, and the page's bit is set.
 *
 * Life of a page
 *   init (reserved) --free_bootmem--> free --alloc, reserve--> reserved --free--> ... --> buddy
 *
 * Locking: none.  One CPU, before the page allocator stands; after bootmem_retire() all is refused.
 * Read next: bootmem_take(), then mm/page/handover.c.
 * Linux: mm/bootmem.c of 2.6.15
 */
#include "mm/early/bootmem.h"
#include "mm/early/bootmem_impl.h"
#include "mm/early/early.h"
#include "boot/boot_info.h"
#include "kernel/bug.h"
#include "kernel/printk.h"
#include "lib/bitmap.h"

const char early_name[] = "bootmem";

static struct bootmem_data bootmem_data[MAX_NUMNODES];
static bool retired;

/* --- bits ----------------------------------------------------------------------------------------- */

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
	b->free -= changed;
	if (from <= b->hint && b->hint < to)
		b->hint = to; /* keeps I2 */
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
	b->free += changed;
	if (from < to)
		b->hint = min(b->hint, from); /* keeps I2 */
	if (b->last_end >> PAGE_SHIFT >= from && b->last_end >> PAGE_SHIFT < to)
		b->last_end = 0; /* keeps I3 */
	return changed;
}

bool bootmem_check(const struct bootmem_data *b)
{
	unsigned long pages = b->end - b->start;
	unsigned long clear = pages - bitmap_weight(b->map, pages);
	unsigned long first = find_first_zero_bit(b->map, pages);

	if (clear != b->free) {
		pr_err("bootmem: I1: %lu bits are clear, free says %lu", clear, b->free);
		return false;
	}
	if (first < b->hint) {
		pr_err("bootmem: I2: bit %lu is clear, below the hint %lu", first, b->hint);
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

	if (!b->last_end || at >= room || at < lo || end > hi || end < at)
		return -1;
	if (end > room) {
		unsigned long from = room >> PAGE_SHIFT;
		unsigned long to = DIV_ROUND_UP(end, PAGE_SIZE);

		if (find_next_bit(b->map, to, from) < to)
			return -1;
		bootmem_set(b, from, to);
	}
	b->last_end = end;
	return (long)at;
}

/* The first run of free pages that is long enough; whole pages, so at page alignment or more. */
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
			b->last_end = (i << PAGE_SHIFT) + size;
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

static void zero(void *start, unsigned long size)
{
	u8 *p = start, *end = p + size;

	if (IS_ALIGNED((unsigned long)p, PAGE_SIZE))
		for (; (unsigned long)(end - p) >= PAGE_SIZE; p += PAGE_SIZE)
			arch_clear_page(p);
	__builtin_memset(p, 0, end - p);
}

/* From one node, at or above goal (physical), below limit; not zeroed.  NULL when there is none. */
static void *alloc_from(struct bootmem_data *b, unsigned long size, unsigned long align,
			unsigned long goal, unsigned long limit)
{
	paddr_t base = pfn_to_phys(b->start), top = pfn_to_phys(b->end - 1) + PAGE_SIZE - 1;
	unsigned long lo, hi;
	long at;

	if (limit && limit - 1 < top)
		top = limit - 1;
	if (goal > top || base > top)
		return NULL;
	lo = goal > base ? goal - base : 0;
	hi = top - base + 1;
	at = bootmem_take(b, size, align, lo, hi);
	return at < 0 ? NULL : phys_to_virt(base + at);
}

/* preferred first (may be NULL), then all others, ascending. */
static void *alloc_from_any(const pg_data_t *preferred, unsigned long size, unsigned long align,
			    unsigned long goal, unsigned long limit)
{
	pg_data_t *pgdat;
	void *got = NULL;

	if (preferred && preferred->bdata)
		got = alloc_from(preferred->bdata, size, align, goal, limit);
	for_each_pgdat(pgdat) {
		if (got)
			break;
		if (pgdat != preferred && pgdat->bdata)
			got = alloc_from(pgdat->bdata, size, align, goal, limit);
	}
	return got;
}

static bool request_is_sound(unsigned long size, unsigned long align, unsigned long caller)
{
	struct bug_report report = { .family = "bootmem", .object = NULL, .caller = caller };

	if (retired) {
		report.what = "used after the hand-over";
		report.expected = "alloc_pages() from now on";
		bug(&report, "a request for %lu bytes", size);
		return false;
	}
	if (size == 0 || align == 0 || (align & (align - 1))) {
		report.what = "bad request";
		report.expected = "size > 0, align a power of two";
		bug(&report, "size %lu align %lu", size, align);
		return false;
	}
	return true;
}

/* Two passes: from the goal, then from the bottom.  Not zeroed. */
static void *allocate(const pg_data_t *pgdat, unsigned long size, unsigned long align,
		      unsigned long goal, unsigned long limit, unsigned long caller)
{
	void *got;

	if (!request_is_sound(size, align, caller))
		return NULL;
	got = alloc_from_any(pgdat, size, align, goal, limit);
	if (!got && goal)
		got = alloc_from_any(pgdat, size, align, 0, limit);
	return got;
}

static void *allocate_or_panic(const pg_data_t *pgdat, unsigned long size, unsigned long align,
			       unsigned long goal, unsigned long limit, unsigned long caller)
{
	void *got = allocate(pgdat, size, align, goal, limit, caller);

	if (!got)
		panic("bootmem: out of memory: %lu bytes, align %lu, limit 0x%lx, for %p", size,
		      align, limit, (void *)caller);
	return got;
}

static void *zeroed(void *got, unsigned long size)
{
	if (got)
		zero(got, size);
	return got;
}

void *__alloc_bootmem_nopanic(unsigned long size, unsigned long align, unsigned long goal,
			      unsigned long limit)
{
	return zeroed(allocate(NULL, size, align, goal, limit, _RET_IP_), size);
}

void *__alloc_bootmem_limit(unsigned long size, unsigned long align, unsigned long goal,
			    unsigned long limit)
{
	return zeroed(allocate_or_panic(NULL, size, align, goal, limit, _RET_IP_), size);
}

void *__alloc_bootmem(unsigned long size, unsigned long align, unsigned long goal)
{
	return zeroed(allocate_or_panic(NULL, size, align, goal, 0, _RET_IP_), size);
}

void *__alloc_bootmem_node_limit(pg_data_t *pgdat, unsigned long size, unsigned long align,
				 unsigned long goal, unsigned long limit)
{
	return zeroed(allocate_or_panic(pgdat, size, align, goal, limit, _RET_IP_), size);
}

void *__alloc_bootmem_node(pg_data_t *pgdat, unsigned long size, unsigned long align,
			   unsigned long goal)
{
	return zeroed(allocate_or_panic(pgdat, size, align, goal, 0, _RET_IP_), size);
}

/* --- reserving and freeing ------------------------------------------------------------------------- */

static pg_data_t *node_of(unsigned long physaddr)
{
	pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		struct bootmem_data *b = pgdat->bdata;

		if (b && phys_to_pfn(physaddr) >= b->start && phys_to_pfn(physaddr) < b->end)
			return pgdat;
	}
	return NULL;
}

/* Is [physaddr, physaddr + size) in the node's lowmem?  Says what is wrong when it is not. */
static bool range_is_sound(const pg_data_t *pgdat, unsigned long physaddr, unsigned long size,
			   unsigned long caller)
{
	const struct bootmem_data *b = pgdat ? pgdat->bdata : NULL;
	struct bug_report report = {
		.family = "bootmem",
		.what = "bad range",
		.object = (void *)physaddr,
		.expected = "pages of one node's lowmem",
		.caller = caller,
	};

	if (!retired && b && size && physaddr + size - 1 >= physaddr &&
	    phys_to_pfn(physaddr) >= b->start && phys_to_pfn(physaddr + size - 1) < b->end)
		return true;
	bug(&report, "%lu bytes%s", size, retired ? " after the hand-over" : "");
	return false;
}

static void reserve(pg_data_t *pgdat, unsigned long physaddr, unsigned long size,
		    unsigned long caller)
{
	struct bootmem_data *b;

	if (!range_is_sound(pgdat, physaddr, size, caller))
		return;
	b = pgdat->bdata;
	bootmem_set(b, phys_to_pfn(physaddr) - b->start,
		    phys_to_pfn(physaddr + size - 1) + 1 - b->start);
}

static void release(pg_data_t *pgdat, unsigned long physaddr, unsigned long size,
		    unsigned long caller)
{
	struct bootmem_data *b;
	unsigned long from, to, clear;

	if (!range_is_sound(pgdat, physaddr, size, caller))
		return;
	b = pgdat->bdata;
	from = phys_to_pfn(physaddr + PAGE_SIZE - 1) - b->start;
	to = phys_to_pfn(physaddr + size) - b->start;
	if (from >= to)
		return; /* no whole page in it */
	clear = find_next_zero_bit(b->map, to, from);
	if (clear < to) {
		struct bug_report report = {
			.family = "bootmem",
			.what = "double free",
			.object = (void *)pfn_to_phys(b->start + clear),
			.expected = "reserved pages",
			.caller = caller,
		};

		bug(&report, "a free page in [0x%lx, 0x%lx)", physaddr, physaddr + size);
		return;
	}
	bootmem_clear(b, from, to);
}

void reserve_bootmem_node(pg_data_t *pgdat, unsigned long physaddr, unsigned long size)
{
	reserve(pgdat, physaddr, size, _RET_IP_);
}

void reserve_bootmem(unsigned long physaddr, unsigned long size)
{
	reserve(node_of(physaddr), physaddr, size, _RET_IP_);
}

void free_bootmem_node(pg_data_t *pgdat, unsigned long physaddr, unsigned long size)
{
	release(pgdat, physaddr, size, _RET_IP_);
}

void free_bootmem(unsigned long physaddr, unsigned long size)
{
	release(node_of(physaddr), physaddr, size, _RET_IP_);
}

/* --- coming up --------------------------------------------------------------------------------------- */

unsigned long bootmem_bootmap_pages(unsigned long pages)
{
	unsigned long bytes = BITS_TO_LONGS(pages) * sizeof(long);

	return DIV_ROUND_UP(bytes, PAGE_SIZE);
}

unsigned long init_bootmem_node(pg_data_t *pgdat, unsigned long freepfn, unsigned long startpfn,
				unsigned long endpfn)
{
	struct bootmem_data *b = &bootmem_data[pgdat->node_id];
	unsigned long pages = endpfn - startpfn;

	*b = (struct bootmem_data){
		.start = startpfn,
		.end = endpfn,
		.map = phys_to_virt(pfn_to_phys(freepfn)),
		.hint = pages,
	};
	bitmap_fill(b->map, pages);
	pgdat->bdata = b;
	return bootmem_bootmap_pages(pages) << PAGE_SHIFT;
}

unsigned long init_bootmem(unsigned long freepfn, unsigned long endpfn)
{
	return init_bootmem_node(NODE_DATA(0), freepfn, phys_to_pfn(PHYS_OFFSET), endpfn);
}

static bool __init overlaps_reserved(paddr_t start, paddr_t end, paddr_t *next)
{
	for (unsigned int i = 0; i < boot_info.nr_reserved; i++) {
		const struct boot_range *r = &boot_info.reserved[i];

		if (start < r->base + r->size && r->base < end) {
			*next = ALIGN(r->base + r->size, PAGE_SIZE);
			return true;
		}
	}
	return false;
}

/* The lowest place for a bitmap: in a bank, in nobody's way, mapped already. */
static paddr_t __init place_bitmap(unsigned long bytes, paddr_t from)
{
	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		const struct boot_range *bank = &boot_info.bank[i];
		paddr_t at = max(bank->base, from);
		paddr_t end = min(bank->base + bank->size, PHYS_OFFSET + ARCH_BOOT_MAPPED);

		while (at + bytes <= end)
			if (!overlaps_reserved(at, at + bytes, &at))
				return at;
	}
	panic("bootmem: no room for a bitmap of %lu bytes in the first %lu MiB", bytes,
	      ARCH_BOOT_MAPPED / MiB);
}

/* Clears the bits of RAM in the node, then sets those of what boot_info says is taken. */
static void __init register_memory(pg_data_t *pgdat)
{
	struct bootmem_data *b = pgdat->bdata;

	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		const struct boot_range *bank = &boot_info.bank[i];
		pfn_t from = max(phys_to_pfn(bank->base), b->start);
		pfn_t to = min(phys_to_pfn(bank->base + bank->size), b->end);

		if (from < to)
			bootmem_clear(b, from - b->start, to - b->start);
	}
	for (unsigned int i = 0; i < boot_info.nr_reserved; i++) {
		const struct boot_range *r = &boot_info.reserved[i];
		pfn_t from = max(phys_to_pfn(r->base), b->start);
		pfn_t to = min(phys_to_pfn(r->base + r->size), b->end);

		if (from < to)
			bootmem_set(b, from - b->start, to - b->start);
	}
}

void __init early_init(void)
{
	paddr_t at = PHYS_OFFSET, bitmap[MAX_NUMNODES];
	unsigned long bytes[MAX_NUMNODES] = {};
	pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		pfn_t end = min(pgdat_end_pfn(pgdat), lowmem_end_pfn);
		int nid = pgdat->node_id;

		if (pgdat->node_start_pfn >= end)
			continue; /* all of it is highmem */
		bytes[nid] = bootmem_bootmap_pages(end - pgdat->node_start_pfn) << PAGE_SHIFT;
		bitmap[nid] = place_bitmap(bytes[nid], at);
		at = bitmap[nid] + bytes[nid];
		init_bootmem_node(pgdat, phys_to_pfn(bitmap[nid]), pgdat->node_start_pfn, end);
		register_memory(pgdat);
	}
	for_each_pgdat(pgdat) {
		if (bytes[pgdat->node_id])
			reserve_bootmem(bitmap[pgdat->node_id], bytes[pgdat->node_id]);
	}
}

/* --- what every early allocator offers ------------------------------------------------------------- */

void *early_alloc(size_t size, size_t align)
{
	return zeroed(allocate_or_panic(NULL, size, align, MAX_DMA_ADDRESS, 0, _RET_IP_), size);
}

void *early_alloc_low(size_t size, size_t align)
{
	return zeroed(allocate_or_panic(NULL, size, align, 0, 0, _RET_IP_), size);
}

void *early_alloc_raw(size_t size, size_t align)
{
	return allocate_or_panic(NULL, size, align, MAX_DMA_ADDRESS, 0, _RET_IP_);
}

void early_free(paddr_t pa, size_t size)
{
	release(node_of(pa), pa, size, _RET_IP_);
}

unsigned long early_free_pages(void)
{
	unsigned long pages = 0;
	pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		if (pgdat->bdata)
			pages += pgdat->bdata->free;
	}
	return pages;
}

unsigned long early_used_pages(void)
{
	unsigned long pages = 0;
	pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		if (pgdat->bdata)
			pages += present_pages(pgdat->bdata->start, pgdat->bdata->end) -
				 pgdat->bdata->free;
	}
	return pages;
}

void early_for_each_run(const pg_data_t *pgdat,
			void (*visit)(pfn_t start, pfn_t end, bool free, void *arg), void *arg)
{
	const struct bootmem_data *b = pgdat->bdata;
	unsigned long pages, i = 0;

	if (!b)
		return;
	pages = b->end - b->start;
	while (i < pages) {
		bool free = !test_bit(i, b->map);
		unsigned long end = free ? find_next_bit(b->map, pages, i)
					 : find_next_zero_bit(b->map, pages, i);

		visit(b->start + i, b->start + end, free, arg);
		i = end;
	}
}

/* The bitmaps were reserved as pages of their own: they are free from here on. */
void early_retire(void)
{
	pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		struct bootmem_data *b = pgdat->bdata;

		if (b)
			free_bootmem(virt_to_phys(b->map), bootmem_bootmap_pages(b->end - b->start)
								   << PAGE_SHIFT);
	}
	retired = true;
}

bool early_check(void)
{
	pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		if (pgdat->bdata && !bootmem_check(pgdat->bdata))
			return false;
	}
	return true;
}
