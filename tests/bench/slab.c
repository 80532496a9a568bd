/*
 * slab.c - what objects cost: hot pairs, cleared ones, batches in three orders, many at once, large ones
 *
 *	hot      the CPU's stock of the cache is neither empty nor full: the pair goes through it
 *	batch    the cache has no slab at first, but a batch before has given its pages back, single
 *	         ones to this CPU's stock: the figures hold the making of slabs, not of single pages
 *	cold     the CPU has none, and the zone nothing but its largest blocks: the worst allocation
 *	         refills the CPU's list of pages by splitting one, too
 *	kept     the cache has empty slabs from a batch before
 *	live     N other objects of that size are held
 *
 * Read next: mm/slab/slab.h.
 */
#include <stdio.h>

#include "kernel/bench/bench.h"
#include "kernel/bench/stats.h"
#include "mm/account/account.h"
#include "mm/page/reclaim.h"
#include "mm/slab/slab.h"
#include "tests/bench/page_state.h"

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

/* Every size class, named by its bytes; the size is known at run time only. */
#define SIZE_ROW(size)                                                                    \
	BENCH_REGISTER(kmalloc##size, "slab.kmalloc" #size, "kmalloc(" #size ") + kfree", \
		       "stock not empty", hot_kmalloc, size)
SIZE_ROW(8);
SIZE_ROW(16);
SIZE_ROW(32);
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

BENCH_REGISTER(kmalloc64_runtime, "slab.kmalloc64.runtime",
	       "kmalloc(64) + kfree, size known at run time", "stock not empty", hot_kmalloc, 64);

BENCH(kmalloc64, "slab.kmalloc64", "kmalloc(64) + kfree, size and gfp constant", "stock not empty")
{
	void *object;

	BENCH_HOT_PAIRS(b, object, object = kmalloc(64, GFP_KERNEL), kfree(object));
}

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

/* --- batches ---------------------------------------------------------------------------------- */

/* What is taken; how many of them, and of which size. */
struct batch {
	unsigned int n;
	size_t size;
	enum bench_order order;
};

/* A batch takes its pages and gives them back: from here on this CPU has them in stock. */
static void stock_pages(struct bench *b, const struct batch *batch)
{
	unsigned int n;

	slab_reap();
	for (n = 0; n < batch->n && (b->object[n] = kmalloc(batch->size, GFP_KERNEL)); n++)
		;
	while (n)
		kfree(b->object[--n]);
	slab_reap();
}

static void run_batch(struct bench *b, const struct batch *batch)
{
	const size_t size = opaque((size_t)batch->size);
	const gfp_t gfp = opaque(GFP_KERNEL);
	void *object;

	BENCH_BATCH(b, batch->n, batch->order, object, object = kmalloc(size, gfp), kfree(object));
}

/* No slab; the zone has nothing below its largest blocks, and this CPU no page unless `stocked`. */
static void run_from_none(struct bench *b, const struct batch *batch, bool stocked)
{
	reclaim_all();
	if (pages_make_coarse(DIV_ROUND_UP(batch->n * batch->size, PAGE_SIZE << (MAX_ORDER - 1)))) {
		if (stocked)
			stock_pages(b, batch);
		run_batch(b, batch);
	} else {
		bench_leave_out(b, "not enough blocks of order 10");
	}
	reclaim_all();
	pages_let_go();
}

static void stocked_batch(struct bench *b)
{
	run_from_none(b, (const struct batch *)b->arg, true);
}

static void cold_batch(struct bench *b)
{
	run_from_none(b, (const struct batch *)b->arg, false);
}

/* The worst operation in any order of frees. */
static void worst_batch(struct bench *b)
{
	struct batch batch = *(const struct batch *)b->arg;

	for (unsigned int order = BENCH_FIFO; order <= BENCH_RANDOM && !b->left_out; order++) {
		batch.order = (enum bench_order)order;
		run_from_none(b, &batch, false);
		bench_keep_worst(b);
	}
}

#define STOCKED "no empty slab, nothing free below order 10 but the pages in stock"
#define COLD	"no empty slab, " COARSE

#define BATCH_ROW(id, name, n_, size_, order_, what, state, run)                    \
	static const struct batch id = { .n = n_, .size = size_, .order = order_ }; \
	BENCH_REGISTER(id, name, what, state, run, (unsigned long)&id)
#define MEAN_ROW(id, name, n, size, order, how)                                             \
	BATCH_ROW(id, name, n, size, order, #n " x kmalloc(" #size "), then " how, STOCKED, \
		  stocked_batch)
#define WORST_ROW(id, name, n, size)                                \
	BATCH_ROW(id, name " (worst)", n, size, BENCH_FIFO,         \
		  "the worst kmalloc(" #size ") and kfree() of " #n \
		  ", whatever the order of frees",                  \
		  COLD, worst_batch)

MEAN_ROW(batch1000, "slab.batch1000", 1000, 64, BENCH_FIFO, "kfree in that order");
MEAN_ROW(batch1000lifo, "slab.batch1000.lifo", 1000, 64, BENCH_LIFO, "kfree backwards");
MEAN_ROW(batch1000random, "slab.batch1000.random", 1000, 64, BENCH_RANDOM, "kfree at random");
BATCH_ROW(batch1000cold, "slab.batch1000.cold", 1000, 64, BENCH_FIFO,
	  "1000 x kmalloc(64), then kfree in that order", COLD, cold_batch);
MEAN_ROW(batch256, "slab.batch1000.kmalloc256", 1000, 256, BENCH_FIFO, "kfree in that order");
MEAN_ROW(batch1024, "slab.batch1000.kmalloc1024", 1000, 1024, BENCH_FIFO, "kfree in that order");
MEAN_ROW(batch4096, "slab.batch500.kmalloc4096", 500, 4096, BENCH_FIFO, "kfree in that order");
WORST_ROW(worst64, "slab.batch1000", 1000, 64);
WORST_ROW(worst256, "slab.batch1000.kmalloc256", 1000, 256);
WORST_ROW(worst1024, "slab.batch1000.kmalloc1024", 1000, 1024);
WORST_ROW(worst4096, "slab.batch500.kmalloc4096", 500, 4096);

BENCH(batch1000kept, "slab.batch1000.kept", "1000 x kmalloc(64), then kfree in that order",
      "empty slabs of a batch before")
{
	static const struct batch batch = { .n = 1000, .size = 64, .order = BENCH_FIFO };

	for (unsigned int round = 0; round < 2; round++)
		run_batch(b, &batch);
}

/* --- among many live ones --------------------------------------------------------------------- */

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

/* --- bytes for each object -------------------------------------------------------------------- */

enum { LIVE_OBJECTS = 4000, LIVE_MOST = 128 * MiB };

static unsigned long pages_left(void)
{
	struct balance balance;

	account_settle();
	account_balance(&balance);
	return balance.free + balance.pcp;
}

/* What memory has gone into so many objects of the size, in bytes; 0: there was not enough. */
static unsigned long bytes_of_live(struct bench *b, size_t size, unsigned int objects)
{
	const unsigned long before = pages_left();
	unsigned long pages;
	unsigned int n;

	for (n = 0; n < objects; n++)
		if (!(b->object[n] = kmalloc(size, GFP_KERNEL | __GFP_NOWARN)))
			break;
	pages = n < objects ? 0 : before - pages_left();
	while (n--)
		kfree(b->object[n]);
	return pages << PAGE_SHIFT;
}

/* The share of the memory that holds nothing which was asked for, in thousandths. */
static u64 waste_of(size_t size, unsigned int objects, unsigned long bytes)
{
	return stats_mean((u64)(bytes - objects * size) * 1000, bytes);
}

static u64 waste(size_t size, unsigned long bytes)
{
	return waste_of(size, LIVE_OBJECTS, bytes);
}

/* A row for each of some sizes: classes, and what lies between them. */
static void each_size(struct bench *b, u64 (*figure)(size_t size, unsigned long bytes))
{
	static const u16 sizes[] = { 8,	  16,  32,  64,	 96,  100,  128,  192,	256,
				     257, 300, 384, 512, 600, 1024, 1500, 2048, 4096 };
	char name[32];

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes) && bench_goes_on(); i++) {
		unsigned long bytes = bytes_of_live(b, sizes[i], LIVE_OBJECTS);

		snprintf(name, sizeof(name), "%s%u", b->benchmark->name, sizes[i]);
		if (bytes)
			bench_value(b, name, figure(sizes[i], bytes));
	}
}

static u64 bytes_each(size_t size __unused, unsigned long bytes)
{
	return stats_mean(bytes, LIVE_OBJECTS);
}

BENCH_ROWS(object_bytes, "size.bytes",
	   "bytes of memory for each of 4000 live objects of kmalloc(N)", "no empty slab")
{
	each_size(b, bytes_each);
}

BENCH_ROWS(
	each_waste, "size.waste",
	"what of the memory of 4000 live objects of kmalloc(N) was not asked for, in thousandths",
	"no empty slab")
{
	each_size(b, waste);
}

/* The largest waste is that of a byte more than a class has. */
static void largest_waste(struct bench *b, size_t from, size_t to)
{
	u64 most = 0;

	for (size_t size = from; size <= to && bench_goes_on();) {
		unsigned int objects = min((unsigned int)LIVE_OBJECTS, LIVE_MOST / size);
		unsigned long bytes = bytes_of_live(b, size, objects);
		void *object = kmalloc(size, GFP_KERNEL | __GFP_NOWARN);
		size_t usable = object ? ksize(object) : 0;

		kfree(object);
		if (!bytes || !usable) {
			bench_leave_out(b, "not enough memory");
			return;
		}
		most = max(most, waste_of(size, objects, bytes));
		size = usable + 1;
	}
	bench_value(b, NULL, most);
}

BENCH(object_waste, "size.object.waste",
      "the largest share of memory that is wasted by 4000 live objects of any one size from 64 to 4096 bytes, in thousandths",
      "no empty slab")
{
	largest_waste(b, 64, PAGE_SIZE);
}

BENCH(object_waste_large, "size.object.waste.large",
      "the same of any one size from 4097 bytes to 1 MiB, of 128 MiB at most", "no empty slab")
{
	largest_waste(b, PAGE_SIZE + 1, MiB);
}
