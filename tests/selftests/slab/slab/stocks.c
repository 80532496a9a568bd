/*
 * stocks.c - SLAB=slab: how many objects a CPU's stock keeps, by their size
 */
#include "kernel/selftest/selftest.h"
#include "mm/slab/slab/slab_impl.h"

/* The limit and the batch of a cache of such objects, as limit * 100 + batch. */
static unsigned int stock_of(unsigned int size)
{
	static struct kmem_cache cache;
	static struct array_cache stocks[NR_CPUS];
	const struct array_cache *last = &stocks[NR_CPUS - 1];

	cache.object_size = size;
	cache_set_stocks(&cache, stocks);
	if (cache.array[NR_CPUS - 1] != last || last->ceiling != last->limit || last->avail)
		return ~0u;
	return last->limit * 100u + last->batchcount;
}

SELFTEST(slab, stock_sizes, "the larger the objects the fewer are kept, and none beyond 128 KiB")
{
	EXPECT_EQ(stock_of(1), 1208);
	EXPECT_EQ(stock_of(1024), 1208);
	EXPECT_EQ(stock_of(1025), 804);
	EXPECT_EQ(stock_of(4096), 804);
	EXPECT_EQ(stock_of(4097), 201);
	EXPECT_EQ(stock_of(128 * KiB), 201);
	EXPECT_EQ(stock_of(128 * KiB + 1), 1);
	EXPECT_EQ(stock_of(4 * MiB), 1);
}
