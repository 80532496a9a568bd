/*
 * bootmem_check.c - are a node's bits what reservations and records say?
 *
 *	found at the start   [image]             [tree]
 *	records since                 [mem_map]          [x]
 *	bits                  1  1  0  1  1  1 0  1  0 0  1  0        1: reserved
 *
 * Three tables tell what is taken, and the bits are the only one that an allocation searches.  So the
 * other two are asked about each place that the bits offer, and all of them here.
 *
 * Invariants (early_check() verifies all)
 *   C1  A page whose bit is clear is RAM, and nobody has a byte of it.
 *   C2  A page whose bit is set is no RAM, or somebody has a byte of it.
 *       (Not to be known once a record has found no room.)
 *   C3  A node's pages are reserved or free, or have been handed over as such.
 *   C4  A record is of RAM, and no byte is recorded as handed out twice.
 *   C5  After the hand-over, the frames of a record that is kept are reserved: nobody else's.
 *   C6  Nodes ascend, and have all RAM between them; there are as many as the table has room for.
 *
 * Locking: none; boot, one CPU.
 * Read next: may_give() in bootmem.c.
 */
#include "mm/early/bootmem_impl.h"
#include "mm/early/early.h"
#include "mm/early/records.h"
#include "boot/boot_info.h"
#include "kernel/check/check.h"
#include "lib/bitmap.h"
#include "mm/page/page.h"

const struct boot_range *bootmem_found(paddr_t start, paddr_t end)
{
	if (early_is_over(NODE_DATA(0)))
		return NULL; /* boot-time parts of the image are the page allocator's now */
	for (unsigned int i = 0; i < boot_info.nr_reserved; i++) {
		const struct boot_range *r = &boot_info.reserved[i];

		if (start < r->base + r->size && r->base < end)
			return r;
	}
	return NULL;
}

const char *bootmem_holder(paddr_t start, paddr_t end)
{
	const struct boot_range *found = bootmem_found(start, end);
	pfn_t first = phys_to_pfn(start), last = phys_to_pfn(end - 1);

	if (found)
		return found->name;
	if (early_record_in(EARLY_ALLOCATED, start, end))
		return "memory that was handed out";
	/* A reservation is rounded outwards: it has its pages whole. */
	if (early_record_in(EARLY_RESERVED, pfn_to_phys(first), pfn_to_phys(last) + PAGE_SIZE))
		return "memory that was reserved";
	return present_pages(first, last + 1) == last + 1 - first ? NULL : "no RAM";
}

/* C1 */
static bool clear_bits_are_free(struct check *check, const struct bootmem_data *b)
{
	unsigned long pages = b->end - b->start, from, to;

	for_each_clear_bitrange(from, to, b->map, pages) {
		const char *holder = bootmem_holder(pfn_to_phys(b->start + from),
						    pfn_to_phys(b->start + to - 1) + PAGE_SIZE);

		if (holder)
			return check_broken(
				check, "C1: frames 0x%lx-0x%lx are free by their bits, but hold %s",
				b->start + from, b->start + to - 1, holder);
	}
	return true;
}

/* Where the hole that this frame lies in ends; the frame itself when it is RAM. */
static pfn_t hole_end(pfn_t pfn, pfn_t end)
{
	if (pfn_present(pfn))
		return pfn;
	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		pfn_t bank = phys_to_pfn(boot_info.bank[i].base);

		if (bank > pfn)
			end = min(end, bank);
	}
	return end;
}

/* The end of what has this frame, or has a part of it; the frame itself when nothing does. */
static pfn_t held_until(pfn_t pfn, pfn_t end)
{
	paddr_t start = pfn_to_phys(pfn);
	const struct boot_range *found = bootmem_found(start, start + PAGE_SIZE);
	const struct early_record *r = early_record_in(EARLY_ALLOCATED, start, start + PAGE_SIZE);

	if (!r)
		r = early_record_in(EARLY_RESERVED, start, start + PAGE_SIZE);
	if (found)
		return min(end, phys_to_pfn(found->base + found->size - 1) + 1);
	if (r)
		return min(end, phys_to_pfn(r->start + r->size - 1) + 1);
	return hole_end(pfn, end);
}

/* C2 */
static bool set_bits_are_held(struct check *check, const struct bootmem_data *b)
{
	unsigned long pages = b->end - b->start, from, to;

	if (early_records_missed())
		return true;
	for_each_set_bitrange(from, to, b->map, pages) {
		pfn_t pfn = b->start + from, end = b->start + to, next;

		for (; pfn < end; pfn = next) {
			next = held_until(pfn, end);
			if (next == pfn)
				return check_broken(
					check, "C2: frame 0x%lx is reserved, but nobody has it",
					pfn);
		}
	}
	return true;
}

/* What stays of a node that was handed over: every page went somewhere. */
static bool account_holds(struct check *check, const pg_data_t *pgdat)
{
	struct early_account a;

	if (!early_account(pgdat, &a))
		return true;
	check_counted(check, a.present, "pages");
	return a.present == a.reserved + a.free ||
	       check_broken(check, "C3: node %d: %lu pages present, %lu reserved, %lu free",
			    pgdat->node_id, a.present, a.reserved, a.free);
}

/* C5 of one record, of RAM. */
static bool frames_are_kept(struct check *check, const struct early_record *r, unsigned int nth)
{
	pfn_t pfn = phys_to_pfn(r->start), end = phys_to_pfn(r->start + r->size - 1) + 1;

	if (!early_is_over(NODE_DATA(0)))
		return true; /* mem_map says nothing yet */
	for (; pfn < end; pfn++)
		if (page_state(pfn_to_page(pfn)) != PAGE_RESERVED)
			return check_broken(check,
					    "C5: record %u: frame 0x%lx is kept, and not reserved",
					    nth, pfn);
	return true;
}

/* C4 of one record. */
static bool is_of_ram(struct check *check, const struct early_record *r, unsigned int nth)
{
	pfn_t first = phys_to_pfn(r->start), end = phys_to_pfn(r->start + r->size - 1) + 1;

	return (r->size && r->fate <= EARLY_HANDED && present_pages(first, end) == end - first) ||
	       check_broken(check, "C4: record %u: %lu bytes at 0x%lx are no RAM", nth, r->size,
			    (unsigned long)r->start);
}

static bool record_holds(struct check *check, const struct early_record *r, unsigned int nth)
{
	const struct early_record *other;

	check_at(check, r);
	if (!is_of_ram(check, r, nth))
		return false;
	if (r->fate == EARLY_KEPT && !frames_are_kept(check, r, nth))
		return false;
	if (r->kind != EARLY_ALLOCATED || r->fate != EARLY_KEPT)
		return true;
	for (unsigned int i = 0; i < nth; i++) {
		other = early_record(i);
		if (other->kind == EARLY_ALLOCATED && other->fate == EARLY_KEPT &&
		    r->start < other->start + other->size && other->start < r->start + r->size)
			return check_broken(check, "C4: records %u and %u share 0x%lx", i, nth,
					    (unsigned long)max(r->start, other->start));
	}
	return true;
}

static bool records_hold(struct check *check)
{
	const struct early_record *r;
	unsigned int n = 0;

	if (early_records_beyond())
		return check_broken(check, "C4: %u records more than the table has room for",
				    early_records_beyond());
	for (; (r = early_record(n)); n++)
		if (!record_holds(check, r, n))
			return false;
	check_counted(check, n, "records");
	return true;
}

/* C6 of one node; *behind is where the one before ends, and then where this one does. */
static bool node_holds(const pg_data_t *pgdat, pfn_t *behind)
{
	pfn_t start = pgdat->node_start_pfn;
	bool ascends = start >= *behind;

	*behind = pgdat_end_pfn(pgdat);
	return ascends && pgdat->node_id == pgdat - node_data &&
	       pgdat->node_present_pages == present_pages(start, *behind);
}

static bool nodes_hold(struct check *check)
{
	pfn_t behind = 0;
	const pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		check_at(check, pgdat);
		if (!node_holds(pgdat, &behind))
			return check_broken(check, "C6: node %d: %lu pages of 0x%lx-0x%lx",
					    pgdat->node_id, pgdat->node_present_pages,
					    pgdat->node_start_pfn, behind - 1);
	}
	return (nr_nodes == nodes_there() && node_data[0].node_start_pfn == min_pfn &&
		behind == max_pfn) ||
	       check_broken(check, "C6: %u nodes are not the frames 0x%lx-0x%lx", nr_nodes, min_pfn,
			    max_pfn - 1);
}

CHECKER(early_check, "early", "the bits against records and reservations; after it, records; nodes")
{
	const pg_data_t *pgdat;

	if (!nodes_hold(check))
		return;
	for_each_pgdat(pgdat) {
		const struct bootmem_data *b = pgdat->bdata;
		bool sound = true;

		check_at(check, b);
		if (b && b->map) {
			sound = bootmem_check(check, b) && clear_bits_are_free(check, b) &&
				set_bits_are_held(check, b);
			check_counted(check, b->end - b->start, "bits");
		}
		if (!sound || !account_holds(check, pgdat))
			return;
	}
	records_hold(check);
}
