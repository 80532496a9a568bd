/*
 * slab.c - what objects cost: hot pairs, cleared ones, batches in three orders, many at once, large ones
 *
 *	hot      the CPU's stock of the cache is neither empty nor full: the pair goes through it
 *	batch    the cache has no slab at first, but this CPU has single pages in stock for as many
 *	         as it will need: the figures hold the making of slabs, not of single pages
 *	cold     the CPU has none: the worst allocation refills its list of pages, too
 *	kept     the cache has empty slabs from a batch before
 *	live     N other objects of that size are held
 *
 * Read next: mm/slab/slab.h.
 */
#include "kernel/bench/bench.h"
#include "mm/page/reclaim.h"
#include "mm/slab/slab.h"

static void kmalloc_pairs(struct bench *b, size_t plain_size)
{
	const size_t size = opaque(plain_size);
	const gfp_t gfp = opaque(GFP_KERNEL);
	void *object;

	BENCH_HOT_PAIRS(b, object, object = kmalloc(size, gfp), kfree(object));
}

static void hot_kmalloc(struct bench *b)
{
	kmalloc_pairs(b, b->arg);
}

/* Every size class, named by its bytes. */
#define SIZE_ROW(size)                                                                    \
	BENCH_REGISTER(kmalloc##size, "slab.kmalloc" #size, "kmalloc(" #size ") + kfree", \
		       "stock not empty", hot_kmalloc, size)
SIZE_ROW(8);
SIZE_ROW(16);
SIZE_ROW(32);
SIZE_ROW(64);
SIZE_ROW(96);
SIZE_ROW(128);
SIZE_ROW(192);
SIZE_ROW(256);
SIZE_ROW(512);
SIZE_ROW(1024);
SIZE_ROW(2048);
SIZE_ROW(4096);
SIZE_ROW(8192);
SIZE_ROW(16384);
SIZE_ROW(32768);
SIZE_ROW(65536);
SIZE_ROW(131072);
SIZE_ROW(262144);
SIZE_ROW(524288);
SIZE_ROW(1048576);
SIZE_ROW(2097152);
SIZE_ROW(4194304);

static void hot_kzalloc(struct bench *b)
{
	const size_t size = opaque(b->arg);
	const gfp_t gfp = opaque(GFP_KERNEL);
	void *object;

	BENCH_HOT_PAIRS(b, object, object = kzalloc(size, gfp), kfree(object));
}
BENCH_REGISTER(kzalloc64, "slab.kzalloc64", "kzalloc(64) + kfree", "stock not empty", hot_kzalloc,
	       64);
BENCH_REGISTER(kzalloc1k, "slab.kzalloc1k", "kzalloc(1024) + kfree", "stock not empty", hot_kzalloc,
	       1024);

static void cache_pairs(struct bench *b, struct kmem_cache *plain_cache)
{
	struct kmem_cache *cache = opaque(plain_cache);
	const gfp_t gfp = opaque(GFP_KERNEL);
	void *object;

	BENCH_HOT_PAIRS(b, object, object = kmem_cache_alloc(cache, gfp),
			kmem_cache_free(cache, object));
}

BENCH(cache64, "slab.cache64", "kmem_cache_alloc + kmem_cache_free, 64 bytes",
      "a cache of its own, stock not empty")
{
	struct kmem_cache *cache = kmem_cache_create("bench-64", 64, 0, 0, NULL);

	if (cache)
		cache_pairs(b, cache);
	else
		bench_leave_out(b, "no memory for a cache");
	kmem_cache_destroy(cache);
}

/* --- batches ------------------------------------------------------------------------------------ */

/* A batch takes its pages and gives them back: from here on this CPU has them in stock. */
static void stock_pages(struct bench *b)
{
	unsigned int n;

	for (n = 0; n < 1000 && (b->object[n] = kmalloc(64, GFP_KERNEL)); n++)
		;
	while (n)
		kfree(b->object[--n]);
	slab_reap();
}

static void batch_of(struct bench *b, enum bench_order order)
{
	const size_t size = opaque((size_t)64);
	const gfp_t gfp = opaque(GFP_KERNEL);
	void *object;

	BENCH_BATCH(b, 1000, order, object, object = kmalloc(size, gfp), kfree(object));
}

static void batch(struct bench *b)
{
	stock_pages(b);
	batch_of(b, (enum bench_order)b->arg);
}

static void cold_batch(struct bench *b)
{
	reclaim_all();
	batch_of(b, (enum bench_order)b->arg);
}
BENCH_REGISTER(batch1000cold, "slab.batch1000.cold", "1000 x kmalloc(64), then kfree in that order",
	       "no empty slab, no single page in stock", cold_batch, BENCH_FIFO);
BENCH_REGISTER(batch1000, "slab.batch1000", "1000 x kmalloc(64), then kfree in that order",
	       "no empty slab, single pages in stock", batch, BENCH_FIFO);
BENCH_REGISTER(batch1000lifo, "slab.batch1000.lifo", "1000 x kmalloc(64), then kfree backwards",
	       "no empty slab, single pages in stock", batch, BENCH_LIFO);
BENCH_REGISTER(batch1000random, "slab.batch1000.random", "1000 x kmalloc(64), then kfree at random",
	       "no empty slab, single pages in stock", batch, BENCH_RANDOM);

BENCH(batch1000kept, "slab.batch1000.kept", "1000 x kmalloc(64), then kfree in that order",
      "empty slabs of a batch before")
{
	const size_t size = opaque((size_t)64);
	const gfp_t gfp = opaque(GFP_KERNEL);
	void *object;

	for (unsigned int round = 0; round < 2; round++)
		BENCH_BATCH(b, 1000, BENCH_FIFO, object, object = kmalloc(size, gfp),
			    kfree(object));
}

/* --- among many live ones ----------------------------------------------------------------------- */

static void hot_live(struct bench *b)
{
	unsigned long held;

	slab_reap();
	for (held = 0; held < b->arg; held++) {
		b->object[held] = kmalloc(64, GFP_KERNEL | __GFP_NOWARN);
		if (!b->object[held])
			break;
	}
	if (held == b->arg)
		kmalloc_pairs(b, 64);
	else
		bench_leave_out(b, "not enough memory");
	while (held--)
		kfree(b->object[held]);
}

#define LIVE_ROW(n)                                                                   \
	BENCH_REGISTER(slab_live##n, "slab.kmalloc64.live" #n, "kmalloc(64) + kfree", \
		       #n " other objects of that size are held", hot_live, n)
LIVE_ROW(1);
LIVE_ROW(10);
LIVE_ROW(100);
LIVE_ROW(1000);
LIVE_ROW(5000);
