/*
 * reclaim.c - asks every shrinker for its pages
 *
 * Who calls: slow.c, once for each request that would fail and may wait; and the balance, which
 * wants to see pages where they belong.  An allocation made by a shrinker would come back here:
 * `reclaiming` stops that.
 *
 * Locking: none held; each shrinker takes its own.
 */
#include "kernel/trace.h"
#include "mm/page/reclaim.h"
#include "mm/percpu/percpu.h"

REGISTRY(shrinkers, const struct shrinker);

static DEFINE_PER_CPU(bool, reclaiming);

/* By rank; those of equal rank by address, so that each of them has its turn. */
static bool comes_before(const struct shrinker *a, const struct shrinker *b)
{
	return a->rank == b->rank ? (uintptr_t)a < (uintptr_t)b : a->rank < b->rank;
}

/* The shrinker that follows `after` (NULL: the first), or NULL. */
static const struct shrinker *next_shrinker(const struct shrinker *after)
{
	const struct shrinker *const *p, *best = NULL;

	for_each_registered(p, shrinkers) {
		if (after && !comes_before(after, *p))
			continue;
		if (!best || comes_before(*p, best))
			best = *p;
	}
	return best;
}

unsigned long reclaim_all(void)
{
	const struct shrinker *shrinker = NULL;
	unsigned long pages = 0;

	if (this_cpu_xchg(reclaiming, true))
		return 0;
	while ((shrinker = next_shrinker(shrinker))) {
		unsigned long got = shrinker->shrink();

		trace(TRACE_PAGE, "reclaim: %s gave back %lu pages", shrinker->name, got);
		pages += got;
	}
	this_cpu_write(reclaiming, false);
	return pages;
}
