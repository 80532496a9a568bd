/*
 * mempool_break.c - mistakes with pools, committed on purpose
 *
 * Each makes a pool and takes an element of it, commits its mistake, sees it named and the pool as
 * it was, and undoes everything rightly.
 *
 * Locking: none; the shell's CPU only.
 */
#include "kernel/shell/break.h"
#include "mm/slab/mempool.h"

static bool same(const struct mempool_state *a, const struct mempool_state *b)
{
	return a->min_nr == b->min_nr && a->curr_nr == b->curr_nr && a->in_use == b->in_use;
}

/* A pool of 2 elements of 256 bytes, one of them in use, on which `mistake` is committed. */
static int with_pool(void (*mistake)(mempool_t *pool, void *element))
{
	mempool_t *pool = mempool_create_kmalloc_pool(2, 256);
	struct mempool_state before, after;
	void *element;
	bool sound;

	if (!pool)
		return shell_error("no memory for a pool");
	element = mempool_alloc(pool, GFP_KERNEL);
	mempool_state(pool, &before);
	mistake(pool, element);
	mempool_state(pool, &after);
	sound = same(&before, &after) && mempool_check();
	mempool_free(element, pool);
	mempool_destroy(pool);
	return sound ? SHELL_OK : shell_error("the pool was changed all the same");
}

static void destroy_in_use(mempool_t *pool, void *element __unused)
{
	mempool_destroy(pool);
}

static void free_other_size(mempool_t *pool, void *element __unused)
{
	void *other = kmalloc(1024, GFP_KERNEL);

	mempool_free(other, pool);
	kfree(other);
}

static void free_to_nobody(mempool_t *pool __unused, void *element)
{
	mempool_free(element, NULL);
}

static void alloc_zeroed(mempool_t *pool, void *element __unused)
{
	if (mempool_alloc(pool, GFP_KERNEL | __GFP_ZERO))
		shell_error("an element was given all the same");
}

BREAK(mempool_destroy_in_use, "mempool", "destroy a pool while an element of it is in use",
      "element = mempool_alloc(pool, gfp); mempool_destroy(pool);")
{
	return with_pool(destroy_in_use);
}

BREAK(mempool_wrong_pool, "mempool", "free an object of 1 KiB to a pool of 256 bytes",
      "other = kmalloc(1024, gfp); mempool_free(other, pool);")
{
	return with_pool(free_other_size);
}

BREAK(mempool_null_pool, "mempool", "free an element to no pool at all",
      "mempool_free(element, NULL);")
{
	return with_pool(free_to_nobody);
}

BREAK(mempool_zero, "mempool", "ask a pool for a cleared element",
      "mempool_alloc(pool, GFP_KERNEL | __GFP_ZERO);")
{
	return with_pool(alloc_zeroed);
}

BREAK(mempool_more_freed, "mempool", "free to a pool what was never taken from it",
      "object = kmalloc(256, gfp); mempool_free(object, pool);")
{
	mempool_t *pool = mempool_create_kmalloc_pool(2, 256);
	void *object = kmalloc(256, GFP_KERNEL);
	struct mempool_state state = {};

	if (pool && object)
		mempool_free(object, pool);
	if (pool)
		mempool_state(pool, &state);
	mempool_destroy(pool);
	kfree(object);
	return state.curr_nr == 2 && state.in_use == 0 ? SHELL_OK : shell_error("the pool changed");
}
