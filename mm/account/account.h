/*
 * account.h - the balance: where every page of the machine is
 *
 *	present = reserved + managed
 *	managed = free + pcp + slab + vmalloc + percpu + pagetables + held          (lost = 0)
 *
 * reserved pages were never given to the page allocator (image, mem_map, firmware); held ones
 * were taken from it by somebody who is none of the named families.  The right side is counted by
 * walking mem_map, free by walking the free lists: what neither shows is lost.
 */
#ifndef MM_ACCOUNT_H
#define MM_ACCOUNT_H

#include "lib/types.h"

/* All in pages. */
struct balance {
	unsigned long present, reserved, managed;
	unsigned long free, pcp, slab, vmalloc, percpu, pagetables, held;
	long lost; /* managed - (free + … + held); 0 unless the kernel is broken */
};

/*
 * Counts.  Cost grows with the number of blocks, not of pages.
 * Context: any but inside a family's lock; on a busy machine the sums are those of a moment only
 * when nobody allocates meanwhile.
 */
void account_balance(struct balance *balance);

/*
 * Gives back what families keep in stock for speed, so that two balances may be compared: asks
 * every shrinker (mm/page/reclaim.h).  The self-test runner calls it before each count.
 */
void account_settle(void);

/*
 * Is every number what it was?  A page table, once made, stays (mm/vmap/map.c): free pages that
 * have become page tables are where they belong.
 */
bool account_equal(const struct balance *before, const struct balance *after);

/* The `balance` checker (kernel/check/check.h); and, for checkers: are the locks to be had that counting takes? */
struct check;
bool balance_check(void);
bool account_may_count(struct check *check);

/* Prints the line that outsiders may rely on: `present=… reserved=… … lost=0`. */
void account_print(const struct balance *balance);

#endif /* MM_ACCOUNT_H */
