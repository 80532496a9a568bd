/*
 * slab_terms.c - the words of objects, caches and pools in the glossary
 *
 * Locking: none, constants.
 */
#include "kernel/shell/glossary.h"

TERM(slab, "slab",
     "A block of pages cut into equal objects.  It is on its cache's list of full, partial or free "
     "slabs; a free one's pages can be given back.",
     "alloc kmalloc 64; cache info kmalloc-64");

TERM(cache, "cache",
     "Objects of one size, and the slabs that they are cut from.  kmalloc is a row of caches, one "
     "for each size; `cache create` makes one of your own.",
     "slabinfo; cache info kmalloc-64");

TERM(object, "object",
     "A piece of a slab, of its cache's size: what kmem_cache_alloc() and kmalloc() hand out.",
     "alloc kmalloc 64; cache info kmalloc-64");

TERM(freelist, "freelist",
     "A slab's free objects: its descriptor has an index for each object, bufctl, which names the "
     "one that is free behind it.  What is freed last is handed out first.",
     "alloc kmalloc 64; cache info kmalloc-64");

TERM(kmalloc, "kmalloc",
     "Memory of any size up to 4 MiB, contiguous and in lowmem, from the cache of the next size. "
     "Good for what is small; for large things that need not be contiguous there is vmalloc.",
     "alloc kmalloc 100");

TERM(stock, "stock",
     "Free objects that a CPU keeps of a cache (Linux: array_cache), taken and given back without a "
     "lock.  Up to `batch` of them come from the slabs or go back at a time; at most `limit` are kept.",
     "alloc kmalloc 64; cache info kmalloc-64");

TERM(colour, "colour",
     "What is left over in a slab moves its first object by some cache lines, by one colour more in "
     "each new slab, so that the same fields of many objects do not compete for the same lines.",
     "cache create tinted 600 hwcache; cache info tinted; cache destroy tinted");

TERM(red_zone, "red zone",
     "DEBUG builds put known words around each object.  Who writes beyond its end or before its "
     "start changes them, and is named when the object is freed or checked.",
     "help break; cache info kmalloc-64");

TERM(poison, "poison",
     "DEBUG builds fill what is free with a pattern, pages and objects.  Who writes to it after "
     "freeing it breaks the pattern, which the next one who allocates it sees and reports.",
     "help break; cache info kmalloc-64");

TERM(mempool, "mempool",
     "A reserve of elements, allocated beforehand, for when nothing else is left: who takes one "
     "always gets it while the reserve lasts, and who frees one fills the reserve first.",
     "pool create words 2 kmalloc 64; pool show; pool destroy words");

TERM(type_safe, "typesafe",
     "SLAB_TYPESAFE_BY_RCU: a freed object may be handed out again, but its memory stays one of this "
     "cache, so who still looks at it finds such an object.",
     "cache create kept 64 typesafe; cache info kept; cache destroy kept");
