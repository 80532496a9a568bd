/*
 * heap.c - newlib's malloc family on the kernel's objects; before there are any: refused, naming who asked
 *
 *	malloc(n), newlib's own needs (stdio buffers, %f) ──> _malloc_r() … ──> kmalloc() …
 *
 * What C says of malloc(0) is met by kmalloc()'s own answer: a pointer that is not NULL and may be
 * freed.  Alignment is that of a long long, the largest that any C type wants here.
 *
 * Locking: none here.  newlib keeps one global state, so this is not for interrupts.
 */
#include <errno.h>
#include <reent.h>
#include <stdlib.h>

#include "kernel/bug.h"
#include "mm/slab/slab.h"

void *_sbrk(ptrdiff_t increment);

static void require_slab(const char *what, unsigned long caller)
{
	if (!slab_is_available())
		panic("%s before there is an object allocator, called from %p", what,
		      (void *)caller);
}

/* There is no break to move: all of newlib's memory comes from kmalloc(). */
void *_sbrk(ptrdiff_t increment __unused)
{
	panic("sbrk, which nothing here needs, called from %p", (void *)_RET_IP_);
}

static void *or_enomem(struct _reent *reent, void *object)
{
	if (!object)
		reent->_errno = ENOMEM;
	return object;
}

void *_malloc_r(struct _reent *reent, size_t size)
{
	require_slab("malloc", _RET_IP_);
	return or_enomem(reent, kmalloc(size, GFP_KERNEL | __GFP_NOWARN));
}

void *_calloc_r(struct _reent *reent, size_t n, size_t size)
{
	require_slab("calloc", _RET_IP_);
	return or_enomem(reent, kcalloc(n, size, GFP_KERNEL | __GFP_NOWARN));
}

void *_realloc_r(struct _reent *reent, void *old, size_t size)
{
	require_slab("realloc", _RET_IP_);
	return or_enomem(reent, krealloc(old, size, GFP_KERNEL | __GFP_NOWARN));
}

void _free_r(struct _reent *reent __unused, void *object)
{
	if (!object)
		return;
	require_slab("free", _RET_IP_);
	kfree(object);
}
