/*
 * boot.c - the first cache, made without a cache, and kmalloc's sizes
 *
 *	cache_cache   objects: struct kmem_cache          itself static, its stocks static
 *	stock_cache   objects: array_cache[NR_CPUS]       itself static, its stocks static
 *	    │
 *	    ├──> kmalloc-8, -16, … -4M, dma-kmalloc-8, …   from here on caches are made of caches
 *	    └──> own-32, -64, … -4k                        the allocators' own objects (own.h)
 *
 * A cache needs a struct kmem_cache and stocks for the CPUs, both of which are objects of caches.
 * The two caches that those come from lie in the image, stocks included, and keep their
 * descriptors in their slabs, so neither needs anything but pages to give its first object.
 * kmalloc's caches follow in ascending size, each with the one for the allocators' own objects of
 * that size: those of large objects keep their descriptors in own ones of small objects.
 *
 * Locking: none; one CPU, interrupts off.
 * Read next: create.c.
 * Linux 2.6: mm/slab.c (kmem_cache_init)
 */
#include "kernel/bootstage.h"
#include "mm/page/reclaim.h"
#include "mm/slab/slab/sizes.h"
#include "mm/slab/slab/slab_impl.h"

struct kmem_cache cache_cache, stock_cache;
static struct array_cache boot_stocks[2][NR_CPUS];

struct array_cache no_stock;
struct kmem_cache unborn_cache = { .array = { [0 ... NR_CPUS - 1] = &no_stock },
				   .own = &unborn_cache };

struct kmem_cache *large_caches[OCTAVES][STEPS], *dma_caches[COARSE_SIZES + OCTAVES];
struct slab_window slab_window;
static bool available;

/* --- sizes ------------------------------------------------------------------------------------ */

/*
 * kmalloc's.  Steps of an eighth waste a ninth at most, when a byte more than a size is asked for, and
 * what a slab's descriptor and its end take comes on top: so the first step of each octave, the
 * widest, is halved.  Above 2048 it is the other way round: of which size 15, 14, … 8 objects fill a
 * slab.  Powers of two are among them, since who asks for one gets it aligned to itself.
 */
static const u16 sizes[KMALLOC_SIZES] = {
	8,    16,   24,	  32,	40,   48,   56,	  64,	      /**/
	72,   80,   88,	  96,	104,  112,  120,  128,	      /**/
	136,  144,  160,  176,	192,  208,  224,  240,	256,  /**/
	272,  296,  320,  352,	384,  416,  448,  480,	512,  /**/
	544,  592,  640,  704,	768,  832,  896,  960,	1024, /**/
	1088, 1184, 1280, 1408, 1536, 1664, 1792, 1920, 2048, /**/
	2176, 2336, 2512, 2720, 2968, 3272, 3632, 4088, 4096,
};
/* Those of DMA memory, and of the allocators' own objects from a cache line on. */
static const u16 coarse_sizes[COARSE_SIZES] = {
	8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096,
};

/*
 * Of a size above a page: its octave, which begins at start + 1, and of its eight steps the one that it
 * is in.  All are what the bits of size - 1 say.
 */
static unsigned int octave_of(unsigned int size)
{
	return BITS_PER_LONG - 1 - (unsigned int)__builtin_clzl((unsigned long)size - 1) -
	       PAGE_SHIFT;
}

static unsigned int step_of(unsigned int size)
{
	return (size - 1) / ((unsigned int)PAGE_SIZE / STEPS << octave_of(size)) % STEPS;
}

/* The largest that is in this one. */
static unsigned int large_size(unsigned int octave, unsigned int step)
{
	return (STEPS + step + 1) * ((unsigned int)PAGE_SIZE / STEPS << octave);
}

static unsigned int coarse_index(unsigned int size)
{
	unsigned int index = 0;

	if (size > PAGE_SIZE)
		return COARSE_SIZES + octave_of(size);
	while (coarse_sizes[index] < size)
		index++;
	return index;
}

struct kmem_cache *size_cache(unsigned int size, bool dma)
{
	struct kmem_cache *cache;

	if (dma)
		cache = dma_caches[coarse_index(size)];
	else if (size <= KMALLOC_TABLE_MAX)
		cache = kmalloc_table[(size - 1) / KMALLOC_TABLE_STEP];
	else
		cache = large_caches[octave_of(size)][step_of(size)];
	return cache ? cache : &unborn_cache;
}

static char *__init put_number(char *to, unsigned int n)
{
	if (n >= 10)
		to = put_number(to, n / 10);
	*to = (char)('0' + n % 10);
	return to + 1;
}

/*
 * As Linux writes it: kmalloc-192, kmalloc-2k, kmalloc-4M; what is no whole number of these, in bytes.
 * There are many, and snprintf() would take a tenth of the boot for them.
 */
static void __init size_name(char name[KMEM_CACHE_NAME_MAX], const char *row, unsigned int size)
{
	unsigned int shown = size;
	char unit = 0;

	if (size % MiB == 0) {
		shown = size / MiB;
		unit = 'M';
	} else if (size % KiB == 0) {
		shown = size / KiB;
		unit = 'k';
	}
	while (*row)
		*name++ = *row++;
	*name++ = '-';
	name = put_number(name, shown);
	*name++ = unit;
	*name = 0;
}

/* The largest power of two that divides the size: 64 for 192; at most a page. */
static unsigned int __init size_align(unsigned int size)
{
	unsigned int divisor = 1u << __builtin_ctz(size);

	return divisor < PAGE_SIZE ? divisor : PAGE_SIZE;
}

static struct kmem_cache *__init make_size_cache(const char *row, unsigned int size,
						 slab_flags_t flags, unsigned int kind)
{
	char name[KMEM_CACHE_NAME_MAX];
	struct cache_request request = {
		.name = name,
		.size = size,
		.align = size_align(size),
		.flags = flags,
		.kind = CACHE_KMALLOC | kind,
	};
	struct kmem_cache *cache;

	size_name(name, row, size);
	cache = cache_make(&request);
	if (!cache)
		panic("slab: no memory for cache %s", name);
	return cache;
}

/* Each with where the allocators have objects of that size, or of the next larger coarse one. */
static void __init make_size_caches(void)
{
	struct kmem_cache *own = NULL;
	unsigned int entry = 0, coarse = coarse_index(CACHE_LINE), own_size = 0;

	for (unsigned int i = 0; i < KMALLOC_SIZES; i++) {
		struct kmem_cache *cache = make_size_cache("kmalloc", sizes[i], 0, 0);

		if (sizes[i] > own_size) {
			own_size = coarse_sizes[coarse++];
			own = make_size_cache("own", own_size, 0, CACHE_OWN);
		}
		cache->own = own;
		while (entry < sizes[i] / KMALLOC_TABLE_STEP)
			kmalloc_table[entry++] = cache;
	}
}

static void __init make_large_caches(void)
{
	for (unsigned int octave = 0; octave < OCTAVES; octave++)
		for (unsigned int step = 0; step < STEPS; step++)
			large_caches[octave][step] =
				make_size_cache("kmalloc", large_size(octave, step), 0, 0);
}

static void __init make_dma_caches(void)
{
	for (unsigned int i = 0; i < COARSE_SIZES + OCTAVES; i++) {
		unsigned int size = i < COARSE_SIZES ? coarse_sizes[i]
						     : large_size(i - COARSE_SIZES, STEPS - 1);

		dma_caches[i] = make_size_cache("dma-kmalloc", size, SLAB_CACHE_DMA, 0);
	}
}

/* --- the first two ---------------------------------------------------------------------------- */

static void __init make_boot_cache(struct kmem_cache *cache, struct array_cache *stocks,
				   const char *name, unsigned int size)
{
	const struct cache_request request = {
		.name = name,
		.size = size,
		.flags = SLAB_HWCACHE_ALIGN,
		.kind = CACHE_BOOT | CACHE_OWN,
	};
	bool fits = cache_setup(cache, &request);

	ASSERT(fits);
	cache_set_stocks(cache, stocks);
	cache_publish(cache);
}

/*
 * The run of lowmem from PAGE_OFFSET that has no hole; all of it on most machines.  Linux's boards
 * answer the same question with a memory model; here the hot path has one comparison for it.
 */
static void __init open_window(void)
{
	const pg_data_t *first = &node_data[0];
	pfn_t start = phys_to_pfn(PHYS_OFFSET), end = min(pgdat_end_pfn(first), lowmem_end_pfn);

	slab_window.pages = pfn_to_page(start);
	if (first->node_start_pfn == start &&
	    first->node_spanned_pages == first->node_present_pages)
		slab_window.bytes = (end - start) << PAGE_SHIFT;
}

struct page *far_page(const void *address)
{
	unsigned long va = (unsigned long)address;
	pfn_t pfn = phys_to_pfn(va - PAGE_OFFSET + PHYS_OFFSET);

	if (va < PAGE_OFFSET || va >= (unsigned long)high_memory || !pfn_valid(pfn))
		return NULL;
	return pfn_to_page(pfn);
}

bool slab_is_available(void)
{
	return available;
}

void __init kmem_cache_init(void)
{
	open_window();
	make_boot_cache(&cache_cache, boot_stocks[0], "kmem_cache", sizeof(struct kmem_cache));
	make_boot_cache(&stock_cache, boot_stocks[1], "array_cache",
			NR_CPUS * sizeof(struct array_cache));
	make_size_caches();
	make_large_caches();
	make_dma_caches();
	available = true;
	stage_done("slab", "%u caches, kmalloc of %u bytes to %u MiB, %lu pages", nr_caches(),
		   KMALLOC_MIN_SIZE, (unsigned int)(KMALLOC_MAX_SIZE / MiB), nr_slab_pages());
}

static const struct shrinker slab_shrinker = { .name = "slab", .rank = 5, .shrink = slab_reap };
REGISTER_SHRINKER(slab_shrinker);
