/*
 * bootmem_impl.h - the bitmap of one node: for bootmem's files, its checker and its tests
 *
 *	start                     hint                       end
 *	  1 1 1 1 1 1 0 1 1 1 1 1  0 0 1 1 0 0 0 0 0 0 0 0 0 0        1: reserved
 *	              ^ last_end: byte behind the newest allocation, inside a page that may have room
 *
 * What stands here is arithmetic on bits: no memory of the node is touched, so a test may run it
 * on a node that does not exist.
 */
#ifndef MM_EARLY_BOOTMEM_IMPL_H
#define MM_EARLY_BOOTMEM_IMPL_H

#include "lib/types.h"

struct bootmem_data {
	pfn_t start, end;	/* the frames that the bitmap knows */
	unsigned long *map;	/* a set bit: reserved; NULL before init and after the hand-over */
	unsigned long hint;	/* no bit below this one is clear */
	unsigned long last_end; /* bytes from start; 0: nothing to pack behind */
	unsigned long free;	/* clear bits; what was handed over, after that */
	bool handed_over;	/* refuses everything from then on */
	bool broken;		/* so does this: its bits offered what somebody has */
};

/* start to end, all reserved, with its bits at map. */
void bootmem_begin(struct bootmem_data *b, pfn_t start, pfn_t end, unsigned long *map);
/*
 * The byte offset of size bytes at align (a power of two) in [lo, hi) (bytes from start), now
 * reserved; or -1 when there is no such place.  Nothing is zeroed.
 */
long bootmem_take(struct bootmem_data *b, unsigned long size, unsigned long align, unsigned long lo,
		  unsigned long hi);
/* Sets, or clears, the bits [from, to); returns how many changed. */
unsigned long bootmem_set(struct bootmem_data *b, unsigned long from, unsigned long to);
unsigned long bootmem_clear(struct bootmem_data *b, unsigned long from, unsigned long to);
/* Verifies the invariants of bootmem_map.c (kernel/check/check.h; NULL: logs what does not hold). */
struct check;
bool bootmem_check(struct check *check, const struct bootmem_data *b);

/* --- over the nodes: what bootmem.c does for bootmem.h and for bootmem_early.c alike ---------- */

struct pglist_data;

enum {
	BOOTMEM_NOPANIC = 1, /* NULL when there is none */
	BOOTMEM_RAW = 2,     /* not zeroed */
};
struct bootmem_request {
	const struct pglist_data *pgdat; /* try this node first; NULL: the lowest */
	unsigned long size, align, goal, limit;
	unsigned int flags;
	unsigned long caller; /* who is named in reports and records */
};
void *bootmem_allocate(const struct bootmem_request *request);
/* free_bootmem() for that caller. */
void bootmem_release(unsigned long physaddr, unsigned long size, unsigned long caller);
/* The node that stands and knows this frame, or NULL. */
struct bootmem_data *bootmem_of(pfn_t pfn);
/* init_bootmem_node() for that caller. */
unsigned long bootmem_init_node(struct pglist_data *pgdat, pfn_t freepfn, pfn_t startpfn,
				pfn_t endpfn, unsigned long caller);
struct boot_range;
/* What lay in [start, end) at the start; NULL: nothing, or the hand-over is over. */
const struct boot_range *bootmem_found(paddr_t start, paddr_t end);
/* What has a byte of [start, end), by reservations and records, not by bits; NULL: nothing. */
const char *bootmem_holder(paddr_t start, paddr_t end);
/* Reports that caller asks a node, or all of them, when there is nothing to be asked. */
void bootmem_refuse_idle(const struct bootmem_data *b, unsigned long caller);
/* The last byte that may be handed out; the bring-up raises it once all of lowmem is mapped. */
extern paddr_t bootmem_last_byte;

#endif /* MM_EARLY_BOOTMEM_IMPL_H */
