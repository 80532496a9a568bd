/*
 * page_state.h - the states of the page allocator that benchmarks start from, made on purpose
 *
 *	alone      a block of that order heads its list and its buddy is in use: neither split nor
 *	           merge.  A single page may be in this CPU's lists instead, which are first asked
 *	coarse     below the highest order nothing is free in the zone, and this CPU keeps no page:
 *	           what is taken is split off a block of the highest order, and merges back to it
 *	scattered  the same, and of some thousand pages from such blocks a half is free, drawn at
 *	           random: short runs of free pages among used ones
 *
 * Each holds what has to be away for it; pages_let_go() gives all of that back.
 * Locking: none; one benchmark runs at a time.
 */
#ifndef TESTS_BENCH_PAGE_STATE_H
#define TESTS_BENCH_PAGE_STATE_H

#include "mm/page/page.h"

#define COARSE	  "nothing free below order 10, none in stock"
#define SCATTERED "half of 4096 pages free, drawn at random; none in stock"

/* A block that is held until pages_let_go(), or NULL. */
struct page *pages_hold(unsigned int order);
void pages_let_go(void);

/* The zone that plain requests are served from first; NULL when there is no page. */
struct zone *pages_first_choice(void);

/* Each makes its state; false: the machine has no memory for it (pages_let_go() all the same). */
bool pages_make_alone(unsigned int order);
/* With at least so many blocks of the highest order. */
bool pages_make_coarse(unsigned long blocks);
/* With at least so many blocks of the highest order besides. */
bool pages_make_scattered(unsigned long blocks);

#endif /* TESTS_BENCH_PAGE_STATE_H */
