/*
 * zone_model.h - sixteen pages, and what may happen to them: said as plainly as it can be
 *
 *	page      0   1   2   3   4   5   6   7   8   9  10  11  12  13  14  15
 *	        [ held 1 ][ h ][ c ][   free 2     ][           free 3           ]
 *
 *	free[2] = 4    free[3] = 8    kept[hot] = 2    kept[cold] = 3    held[0] = order 1
 *
 * A list is an array of page numbers, the newest first.  There are no flags, no addresses, no links, no
 * masks of lists that are not empty: what mm/page keeps to be quick is what is compared with this.
 *
 * What is documented of the page family, and modelled here
 *   B1  A request takes the newest block of the smallest order that is large enough.  While it is too
 *       large its upper half becomes free.
 *   B2  A block that comes back merges with its buddy, if that is free, and again; the result is the
 *       newest of its order.
 *   K1  Single pages are kept by the CPU, the hot ones apart from the cold ones, the newest first.
 *   K2  So many may be taken, and given, before a list is counted.  When it is, and has no more than
 *       half a batch, a batch of single pages is put behind it, but none that the zone's low watermark
 *       wants; with a batch more than its high mark it would be too long, and the oldest ones go back.
 *   W1  A request is served if the zone then still holds low, or else min; urgent ones less; some, all.
 *
 * Locking: none; a model is its caller's.
 * Read next: zone.c, which asks the machine the same.
 */
#ifndef TESTS_EXHAUSTIVE_ZONE_MODEL_H
#define TESTS_EXHAUSTIVE_ZONE_MODEL_H

#include "mm/page/gfp.h"
#include "pcp_inline.h"

enum { MODEL_ORDER = 4, MODEL_PAGES = 1 << MODEL_ORDER, NO_PAGE = -1 };

/* What is fixed while a model lives. */
struct geometry {
	unsigned int batch, high[TEMPERATURES]; /* of the CPU's lists */
	unsigned int min, low;			/* the zone's watermarks, in pages */
	bool allowances; /* K2: lists are counted now and then; else each time */
};

struct page_list {
	u8 n, at[MODEL_PAGES];
};

struct model {
	struct page_list free[MODEL_ORDER + 1]; /* heads of free blocks */
	struct page_list kept[TEMPERATURES];
	u8 may_take[TEMPERATURES], may_give[TEMPERATURES];
	u8 held[MODEL_PAGES]; /* of a block's head: its order + 1; of others 0 */
};

/* One free block, no page kept. */
void model_begin(struct model *m, const struct geometry *g);
unsigned int model_free_pages(const struct model *m);

/* What alloc_pages(), alloc_page_alone() return, as a page's number, or NO_PAGE. */
int model_alloc(struct model *m, const struct geometry *g, gfp_t gfp, unsigned int order);
int model_alloc_alone(struct model *m, const struct geometry *g, gfp_t gfp);
/* __free_pages() of the block that this page heads; free_cold_page() of a single one. */
void model_free(struct model *m, const struct geometry *g, unsigned int page);
void model_free_cold(struct model *m, const struct geometry *g, unsigned int page);
/* halve_block() of the block that this page heads. */
void model_halve(struct model *m, unsigned int page);
/* drain_local_pages() */
void model_drain(struct model *m, const struct geometry *g);

#endif /* TESTS_EXHAUSTIVE_ZONE_MODEL_H */
