/*
 * kvmalloc.c - an object of any size: of kmalloc while that comes easily, else of vmalloc
 *
 *	size           0 ............ PAGE_SIZE ................ KMALLOC_MAX_SIZE ......
 *	tried first    kmalloc        kmalloc, without effort    -
 *	then           -              vmalloc                    vmalloc
 *
 * "Without effort": a block of several pages is not worth reclaim, nor a report, when single pages
 * will do.  A request that cannot wait has only kmalloc, since vmalloc may wait.
 *
 * Locking: none here.
 * Linux: mm/util.c (kvmalloc_node, kvfree)
 */
#include "mm/vmap/vmap_impl.h"

static __always_inline void *from_kmalloc(size_t size, gfp_t gfp, int node, unsigned long caller)
{
	if (node != NUMA_NO_NODE)
		return __kmalloc_node_track_caller(size, gfp, node, caller);
	return debug_build ? __kmalloc_track_caller(size, gfp, caller) : kmalloc(size, gfp);
}

static __always_inline void *allocate(size_t size, gfp_t gfp, int node, const void *caller)
{
	const bool may_vmalloc = size > PAGE_SIZE && (gfp & __GFP_DIRECT_RECLAIM);
	gfp_t easily = gfp;
	void *object = NULL;

	if (may_vmalloc)
		easily = (gfp & ~(gfp_t)__GFP_DIRECT_RECLAIM) | __GFP_NOWARN;
	if (size <= KMALLOC_MAX_SIZE || !may_vmalloc)
		object = from_kmalloc(size, easily, node, (unsigned long)caller);
	if (object || !may_vmalloc)
		return object;
	return __vmalloc_node(size, 1, gfp, node, caller);
}

void *kvmalloc_node(size_t size, gfp_t gfp, int node)
{
	return allocate(size, gfp, node, __builtin_return_address(0));
}

void *kvmalloc(size_t size, gfp_t gfp)
{
	return allocate(size, gfp, NUMA_NO_NODE, __builtin_return_address(0));
}

void *kvzalloc_node(size_t size, gfp_t gfp, int node)
{
	return allocate(size, gfp | __GFP_ZERO, node, __builtin_return_address(0));
}

void *kvzalloc(size_t size, gfp_t gfp)
{
	return allocate(size, gfp | __GFP_ZERO, NUMA_NO_NODE, __builtin_return_address(0));
}

static __always_inline void *allocate_array(size_t n, size_t size, gfp_t gfp, const void *caller)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return allocate(bytes, gfp, NUMA_NO_NODE, caller);
}

void *kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	return allocate_array(n, size, gfp, __builtin_return_address(0));
}

void *kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return allocate_array(n, size, gfp | __GFP_ZERO, __builtin_return_address(0));
}

void kvfree(const void *addr)
{
	if (is_vmalloc_addr(addr))
		vfree(addr);
	else
		kfree(addr);
}
