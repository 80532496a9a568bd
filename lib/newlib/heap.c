/*
 * heap.c - newlib's heap before there is an object allocator: refused, naming who asked
 *
 * newlib calls the _r functions for its own needs (stdio buffers, %f); all of them arrive here.
 */
#include <reent.h>
#include <stdlib.h>

#include "kernel/bug.h"

void *_sbrk(ptrdiff_t increment);

static void __noreturn refuse(const char *what, unsigned long caller)
{
	panic("%s before there is an object allocator, called from %p", what, (void *)caller);
}

void *_sbrk(ptrdiff_t increment __unused)
{
	refuse("sbrk", _RET_IP_);
}

void *_malloc_r(struct _reent *reent __unused, size_t size __unused)
{
	refuse("malloc", _RET_IP_);
}

void *_calloc_r(struct _reent *reent __unused, size_t n __unused, size_t size __unused)
{
	refuse("calloc", _RET_IP_);
}

void *_realloc_r(struct _reent *reent __unused, void *old __unused, size_t size __unused)
{
	refuse("realloc", _RET_IP_);
}

void _free_r(struct _reent *reent __unused, void *object)
{
	if (object)
		refuse("free", _RET_IP_);
}
