/*
 * mempool.h - pools: allocations that succeed when memory is used up, because some was put aside
 *
 *	mempool_t *requests = mempool_create_kmalloc_pool(16, sizeof(struct request));
 *
 *	r = mempool_alloc(requests, GFP_NOWAIT);	from kmalloc; when that has none, from the 16
 *	...
 *	mempool_free(r, requests);			fills the reserve first
 *
 * In Linux an empty pool makes its caller sleep until an element comes back.  There is no
 * scheduler here: the allocation is reported and returns NULL.
 *
 * Refused, with nothing changed (BUG: mempool: …): no pool; a pool that was destroyed; freeing what
 * cannot be of this pool (another size or order, more than was taken); destroying a pool while
 * elements of it are in use.  That an element is of another pool with elements of the same size
 * cannot be seen.
 *
 * Names and signatures as in Linux 6.1 (include/linux/mempool.h).
 */
#ifndef MM_SLAB_MEMPOOL_H
#define MM_SLAB_MEMPOOL_H

#include "mm/page/gfp.h"
#include "mm/slab/slab.h"

typedef struct mempool_s mempool_t;
typedef void *(mempool_alloc_t)(gfp_t gfp, void *pool_data);
typedef void(mempool_free_t)(void *element, void *pool_data);

/*
 * A pool that keeps min_nr (1 or more) elements in reserve, all allocated now.  NULL when there is
 * no memory for them.  Context: not in interrupts (refused).
 */
mempool_t *mempool_create(int min_nr, mempool_alloc_t *alloc_fn, mempool_free_t *free_fn,
			  void *pool_data) __must_check;

/* Elements of a cache: pool_data is the cache. */
void *mempool_alloc_slab(gfp_t gfp, void *pool_data);
void mempool_free_slab(void *element, void *pool_data);
/* Elements of kmalloc: pool_data is their size in bytes. */
void *mempool_kmalloc(gfp_t gfp, void *pool_data);
void mempool_kfree(void *element, void *pool_data);
/* Elements are struct pages of a block: pool_data is its order. */
void *mempool_alloc_pages(gfp_t gfp, void *pool_data);
void mempool_free_pages(void *element, void *pool_data);

static __always_inline mempool_t *mempool_create_slab_pool(int min_nr, struct kmem_cache *cache)
{
	return mempool_create(min_nr, mempool_alloc_slab, mempool_free_slab, cache);
}

static __always_inline mempool_t *mempool_create_kmalloc_pool(int min_nr, size_t size)
{
	return mempool_create(min_nr, mempool_kmalloc, mempool_kfree, (void *)size);
}

static __always_inline mempool_t *mempool_create_page_pool(int min_nr, int order)
{
	return mempool_create(min_nr, mempool_alloc_pages, mempool_free_pages,
			      (void *)(unsigned long)order);
}

/*
 * An element: from the allocator without reclaim, from the reserve, from the allocator with what
 * gfp allows; in this order.  NULL when all have none, after a rate-limited report unless
 * __GFP_NOWARN.  __GFP_ZERO is refused: the reserve is not cleared.
 * Context: any; in interrupts with GFP_ATOMIC or GFP_NOWAIT.  Takes the pool's lock.
 */
void *mempool_alloc(mempool_t *pool, gfp_t gfp) __must_check;
/* Into the reserve while that is not full, else to the allocator.  NULL is ignored.  Context: any. */
void mempool_free(void *element, mempool_t *pool);

/*
 * From now on min_nr elements are the reserve.  0, or -ENOMEM with nothing changed.  A larger
 * reserve that memory does not suffice for fills with what is freed.
 * -EINVAL when refused: bad pool, min_nr below 1, in interrupts.
 */
int mempool_resize(mempool_t *pool, int min_nr);
/* Frees the reserve and the pool.  NULL is ignored.  Refused while elements are in use. */
void mempool_destroy(mempool_t *pool);

/* --- looking at a pool ------------------------------------------------------------------------ */

struct mempool_state {
	const char *kind;   /* "kmalloc", "slab", "pages", "own" */
	int min_nr;	    /* elements that the reserve holds when full */
	int curr_nr;	    /* that it holds now */
	int in_use;	    /* handed out */
	unsigned long size; /* bytes of an element; 0: only its functions know */
};
void mempool_state(mempool_t *pool, struct mempool_state *state);
/*
 * The next pool, the first one after NULL; NULL behind the last, and when the list of pools is broken
 * (mempool_check() says how).  Nobody may destroy it meanwhile.
 */
mempool_t *mempool_next(mempool_t *pool);

/* The `mempool` checker (kernel/check/check.h). */
bool mempool_check(void);

#endif /* MM_SLAB_MEMPOOL_H */
