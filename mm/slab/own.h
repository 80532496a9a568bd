/*
 * own.h - memory that the allocators have for themselves: no public free takes it
 *
 *	struct vm_struct *area = kmalloc_own(sizeof(*area), gfp);
 *	kfree(area);		BUG: slab: an allocator's own
 *	...
 *	kfree_own(area);
 *
 * A cache, a slab's descriptor, an area's structure, a pool and its reserve, one CPU's copy of a
 * per-CPU object: who frees such a thing by mistake would have it handed out again while it is in
 * use.  They are objects of caches of their own (own-64, …), beside kmalloc's, and kfree(),
 * kmem_cache_free(), krealloc(), ksize() and all that is made of these refuse them.
 *
 * An allocator may hand such an object over to its caller, who frees it as any other (as what
 * remove_vm_area() returns).
 *
 * Context as kmalloc().  What zone it comes from is not the caller's choice.
 */
#ifndef MM_SLAB_OWN_H
#define MM_SLAB_OWN_H

#include "mm/slab/slab.h"

/* At least `size` bytes, 1 to KMALLOC_MAX_SIZE, aligned as kmalloc's; NULL when there is no memory. */
void *kmalloc_own(size_t size, gfp_t gfp) __must_check;
void *kzalloc_own(size_t size, gfp_t gfp) __must_check;
void *kmalloc_own_node(size_t size, gfp_t gfp, int node) __must_check;
/* NULL is ignored.  It must be such an object: only DEBUG builds ask, and refuse what is none. */
void kfree_own(void *object);
/*
 * Does such an object begin there?  Any address will do: this is asked of what may be overwritten.  Of
 * what own_hand_over() was asked, too.
 */
bool is_own_object(const void *object);
/* From now on it is the caller's: kfree() takes it. */
void own_hand_over(void *object);

#endif /* MM_SLAB_OWN_H */
