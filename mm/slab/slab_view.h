/*
 * slab_view.h - what may be told of caches, whichever implementation stands there
 */
#ifndef MM_SLAB_VIEW_H
#define MM_SLAB_VIEW_H

#include "mm/slab/slab.h"

/* One cache, as /proc/slabinfo tells it.  Objects in CPUs' stocks count as active. */
struct slabinfo {
	const char *name;
	unsigned long active_objs, num_objs;
	unsigned int object_size, objects_per_slab, pages_per_slab;
	unsigned int limit, batchcount;
	unsigned long active_slabs, num_slabs;
};
void slab_info(struct kmem_cache *cache, struct slabinfo *info);
/* Pages of the cache's slabs on that node that hold no object in use. */
unsigned long slab_empty_pages(struct kmem_cache *cache, unsigned int nid);

/* The nth cache, oldest first, or NULL: also when the list of caches is broken. */
struct kmem_cache *nth_cache(unsigned int nth);
/* What is wrong with that list, or NULL. */
const char *cache_chain_fault(void);
/* The cache of that name, the allocators' own (own.h) among them, or NULL. */
struct kmem_cache *slab_find(const char *name);
bool slab_is_own(const struct kmem_cache *cache);

/* Prints everything there is to know of a cache, with a picture of its slabs' objects. */
void slab_show(struct kmem_cache *cache);

/* Is this address in a slab?  Prints what it is a part of, then. */
bool slab_explain(unsigned long va);

/* What ksize() would say, for who only asks: no more may be used than was asked for. */
size_t slab_usable_size(const void *object);
/* Of an object that is one. */
struct kmem_cache *slab_cache_of(const void *object);

/*
 * For a port that watches memory: an object in use is kept by another allocator as if it were free; its
 * user has it again, for so many bytes (0: all that there are).
 */
void slab_set_aside(const void *object);
void slab_take_up(const void *object, size_t request);

/* Is this the start of an object in use, as far as this build can tell? */
bool slab_object_live(const void *object);

#endif /* MM_SLAB_VIEW_H */
