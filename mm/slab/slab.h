/*
 * slab.h - objects smaller than pages, or of a size that is no power of two of them: caches and kmalloc
 *
 *	struct kmem_cache *areas = KMEM_CACHE(vm_area, SLAB_HWCACHE_ALIGN);
 *	struct vm_area *area = kmem_cache_alloc(areas, GFP_KERNEL);	one object of that one size
 *	...
 *	kmem_cache_free(areas, area);
 *
 *	char *line = kmalloc(n, GFP_KERNEL);				any size up to 4 MiB
 *	...
 *	kfree(line);
 *
 * A cache takes whole blocks of pages (slabs), cuts each into equal objects, and keeps what is
 * freed for the next one who asks.  kmalloc() is a row of such caches, one for each size: eight for each
 * power of two, and nine where that would waste more than an eighth:
 *
 *	8 16 24 … 64 72 80 … 128 136 144 160 … 4088 4096 4608 5K … 8K 9K … 4M	and fewer in DMA memory
 *
 * Exhaustion returns NULL.  A caller's bug is named, counted and refused with nothing changed
 * (BUG: slab: …): a pointer that no cache owns, an object of another cache, the inside of an
 * object, what an allocator has for itself (own.h), the object freed last freed again, a cache destroyed with objects in use, a cache used
 * after that (while its memory is nobody else's).  DEBUG builds also name every other double free,
 * writing beyond what was asked for or before its start, and writing to it after it was freed, with
 * who had it.
 *
 * init_on_alloc=1 and init_on_free=1 (Linux's) clear objects when they are handed out and when they
 * are freed; not those of a cache with a constructor or of SLAB_TYPESAFE_BY_RCU, and DEBUG's pattern
 * stays in a free object that has it.
 *
 * Which implementation stands behind this header is the build's choice (SLAB=).
 * Names and signatures are those of Linux 6.1 (include/linux/slab.h).
 * Context, unless it says otherwise: any, interrupts included (then with GFP_ATOMIC or GFP_NOWAIT).
 */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include "lib/compiler.h"
#include "mm/page/page.h"

struct kmem_cache;
typedef unsigned int slab_flags_t;

enum {
	SLAB_HWCACHE_ALIGN = 0x2000, /* objects begin on cache lines, if they are large enough */
	SLAB_CACHE_DMA = 0x4000,     /* memory that ZONE_DMA's devices reach */
	SLAB_PANIC = 0x40000,	     /* a cache that cannot be created is a panic */
	/*
	 * Who looks at an object without a lock may find it freed meanwhile, but must find an
	 * object of this cache: what a free leaves in it stays, and its page goes to nobody else.
	 * Linux defers the return of a page until every reader of that moment is done (an RCU
	 * grace period).  This kernel has no such periods, so nothing returns the pages on its
	 * own: frees keep them, and so does reclaim; kmem_cache_shrink() and kmem_cache_destroy()
	 * return them, and whoever calls these says that no reader is left.
	 */
	SLAB_TYPESAFE_BY_RCU = 0x80000,
};

enum {
	KMALLOC_SHIFT_LOW = 3,
	KMALLOC_SHIFT_HIGH = 22,
	KMALLOC_MIN_SIZE = 1 << KMALLOC_SHIFT_LOW,
	KMALLOC_MAX_SIZE = 1 << KMALLOC_SHIFT_HIGH,
	KMEM_CACHE_NAME_MAX = 40, /* the terminating 0 included */
};

/* The address of nothing: what kmalloc(0) gives.  kfree() takes it; reading it faults. */
#define ZERO_SIZE_PTR	    ((void *)16)
#define ZERO_OR_NULL_PTR(p) ((unsigned long)(p) <= (unsigned long)ZERO_SIZE_PTR)

/* --- caches ----------------------------------------------------------------------------------- */

/*
 * A cache of objects of `size` bytes (1 to KMALLOC_MAX_SIZE), each aligned to `align` (a power of
 * two up to a page; never less than a long long's).  ctor, unless NULL, is run once on each object when its slab is
 * made; a free object keeps its contents until it is handed out again, so what the constructor
 * did must hold again when it is freed.  The name is copied.
 *
 * NULL when there is no memory, and, after a report, when an argument is wrong: no name, one that
 * another cache has, that is too long or has a control character in it, a bad size or alignment,
 * unknown flags.  A blank is no mistake, as in Linux; who reads slabinfo counts columns from the right.
 * Context: not in interrupts (refused).
 */
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *object));

/* A cache for objects of a structure, named after it. */
#define KMEM_CACHE(struct_, flags_)                                                              \
	kmem_cache_create(#struct_, sizeof(struct struct_), __alignof__(struct struct_), flags_, \
			  NULL)

/*
 * Gives back everything, the cache itself included; NULL is ignored.  Refused, with nothing
 * changed, while an object is in use.  Nobody else may be using the cache.
 * Context: not in interrupts (refused).
 */
void kmem_cache_destroy(struct kmem_cache *cache);

/*
 * Gives back the pages that hold no object in use, and the stock of this CPU.  0 when no page is
 * left, 1 otherwise.
 */
int kmem_cache_shrink(struct kmem_cache *cache);

/* Bytes that may be used of each object: the size it was created with.  0 for what is no cache. */
unsigned int kmem_cache_size(struct kmem_cache *cache);
/* As Linux 2.6 has it.  "?" for what is no cache. */
const char *kmem_cache_name(struct kmem_cache *cache);

/* The cache of that name, or NULL.  Those that the allocators have for themselves are not found. */
struct kmem_cache *kmem_cache_find(const char *name);

/* --- objects of a cache ----------------------------------------------------------------------- */

/*
 * An object, or NULL when there is no memory.  Its contents are what the constructor and the last
 * user left; __GFP_ZERO clears it, which a cache with a constructor refuses.
 */
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp) __must_check;
void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp) __must_check;
/* Preferably from memory of that node; NUMA_NO_NODE: any. */
void *kmem_cache_alloc_node(struct kmem_cache *cache, gfp_t gfp, int node) __must_check;
/* NULL is ignored. */
void kmem_cache_free(struct kmem_cache *cache, void *object);

/*
 * n objects into `objects`.  Returns n, or 0 when there are not as many: then none are taken.  More than
 * lowmem has room for are refused before the array is looked at, here and where they are freed.
 */
int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t n,
			  void **objects) __must_check;
/* Frees n objects; cache NULL: each to its own.  One that may not be freed is refused by itself. */
void kmem_cache_free_bulk(struct kmem_cache *cache, size_t n, void **objects);
static __always_inline void kfree_bulk(size_t n, void **objects)
{
	kmem_cache_free_bulk(NULL, n, objects);
}

/* --- kmalloc ---------------------------------------------------------------------------------- */

/*
 * By size, in steps of 8, the cache that serves it: a size that is known when a file is compiled is
 * looked up by one load from a fixed place.  Linux: include/linux/slab.h (kmalloc_caches, kmalloc_index)
 */
enum { KMALLOC_TABLE_STEP = KMALLOC_MIN_SIZE, KMALLOC_TABLE_MAX = PAGE_SIZE };
extern struct kmem_cache *kmalloc_table[KMALLOC_TABLE_MAX / KMALLOC_TABLE_STEP];
/* kmem_cache_alloc() for a gfp that asks for no zone and not for __GFP_ZERO: who knows that saves the question. */
void *kmem_cache_alloc_plain(struct kmem_cache *cache, gfp_t gfp) __must_check;
/* kmalloc() of a size that is known only when it runs. */
void *__kmalloc(size_t size, gfp_t gfp) __must_check;

/*
 * At least `size` bytes, aligned to the largest power of two that divides the size rounded up as
 * ksize() tells, at least to 8 and up to a page; a power of two is aligned to itself, whatever it is.
 * NULL when there is no memory or size is above KMALLOC_MAX_SIZE; ZERO_SIZE_PTR for size 0.
 */
static __always_inline void *__must_check kmalloc(size_t size, gfp_t gfp)
{
	if (!debug_build && !ARCH_WATCHES && __builtin_constant_p(size) &&
	    size - 1 < KMALLOC_TABLE_MAX && __builtin_constant_p(gfp) &&
	    !(gfp & (GFP_ZONEMASK | __GFP_ZERO)))
		return kmem_cache_alloc_plain(kmalloc_table[(size - 1) / KMALLOC_TABLE_STEP], gfp);
	return __kmalloc(size, gfp);
}
void *kzalloc(size_t size, gfp_t gfp) __must_check;
void *kmalloc_node(size_t size, gfp_t gfp, int node) __must_check;
void *kzalloc_node(size_t size, gfp_t gfp, int node) __must_check;
/* n elements; NULL when n * size is more than a size_t can say. */
void *kmalloc_array(size_t n, size_t size, gfp_t gfp) __must_check;
void *kcalloc(size_t n, size_t size, gfp_t gfp) __must_check; /* cleared */

/*
 * The same for who allocates on behalf of its own caller: reports and DEBUG's owners name that.
 * Linux: include/linux/slab.h (kmalloc_track_caller)
 */
void *__kmalloc_track_caller(size_t size, gfp_t gfp, unsigned long caller) __must_check;
void *__kmalloc_node_track_caller(size_t size, gfp_t gfp, int node,
				  unsigned long caller) __must_check;
#define kmalloc_track_caller(size, gfp) __kmalloc_track_caller(size, gfp, _RET_IP_)

/*
 * The object with room for new_size bytes: the same one, or another with the contents moved, the
 * old one freed.  NULL and nothing changed when there is no memory, or when `object` is none.
 * NULL as object: kmalloc(); 0 as size: kfree(), and ZERO_SIZE_PTR.
 *
 * __GFP_ZERO clears what the object grows by.  Only DEBUG builds know what was asked for before, so
 * elsewhere that holds of an object that was cleared when it was allocated, and is resized with
 * __GFP_ZERO every time (as Linux documents it).
 */
void *krealloc(const void *object, size_t new_size, gfp_t gfp) __must_check;
/* The same on behalf of its own caller, as __kmalloc_track_caller(). */
void *__krealloc_track_caller(const void *object, size_t new_size, gfp_t gfp,
			      unsigned long caller) __must_check;

/*
 * Bytes that may be used of an allocated object, of kmalloc or of any cache; 0 of NULL.  From then on
 * they may be, all of them: DEBUG builds, which watch what lies behind the bytes that were asked
 * for, no longer do so (as Linux since 6.2; 6.1 does not watch it).
 */
size_t ksize(const void *object);
/* Frees an object of kmalloc or of any cache; NULL and ZERO_SIZE_PTR are ignored. */
void kfree(const void *object);

/* --- the family ------------------------------------------------------------------------------- */

/* Can kmalloc() be called yet? */
bool slab_is_available(void);

/*
 * Brings the family up: the first cache, which describes itself, then those of kmalloc.
 * Context: boot, after pages_handover().
 */
void kmem_cache_init(void);

/*
 * Gives back what no object in use needs: this CPU's stock, and empty slabs.  Returns how many
 * pages.  It is the family's shrinker (mm/page/reclaim.h).
 * Context: any, but none of the family's locks held.
 */
unsigned long slab_reap(void);

/* Pages that the family holds. */
unsigned long nr_slab_pages(void);
/* How many caches there are. */
unsigned int nr_caches(void);

/* The `slab` checker (kernel/check/check.h). */
bool slab_check(void);

#endif /* MM_SLAB_H */
