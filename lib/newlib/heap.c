/*
 * heap.c - newlib's malloc family on the kernel's objects; before there are any: refused, naming who asked
 *
 *	malloc(n), newlib's own needs (stdio buffers, %f) ──> _malloc_r() … ──> kmalloc() …
 *	memalign(64, 100) ──> kmalloc(128)      a power of two is aligned to itself
 *
 * All that the library offers around a heap ends here, or does not link:
 *
 *	here        malloc calloc realloc reallocf free cfree memalign aligned_alloc posix_memalign
 *	            valloc pvalloc malloc_usable_size malloc_trim, and their _r forms
 *	by these    reallocarray strdup getline …: the library's own, made of the above
 *	never       mallinfo mallopt malloc_stats: they tell of the library's own heap, which would
 *	            define what is defined here; /proc/slabinfo and /proc/meminfo tell of ours
 *
 * The library's heap keeps a header before each chunk, which our objects have not: one function of
 * it on one of our objects writes into a neighbour.  Hence all or nothing.
 * tests/boot/test_newlib.py looks through libc.a for what could still be linked in.
 *
 * What C says of malloc(0) is met by kmalloc()'s own answer: a pointer that is not NULL and may be
 * freed.  Alignment is that of a long long, the largest that any C type wants here.
 *
 * Locking: none here.  newlib keeps one global state, so this is not for interrupts.
 */
#include <errno.h>
#include <malloc.h>
#include <reent.h>
#include <stdlib.h>

#include "kernel/bug.h"
#include "mm/slab/slab.h"

/* The library has these, but its headers do not say so. */
int _malloc_trim_r(struct _reent *reent, size_t pad);
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

static void *take(size_t size, gfp_t how, unsigned long caller)
{
	require_slab("malloc", caller);
	return __kmalloc_track_caller(size, GFP_KERNEL | __GFP_NOWARN | how, caller);
}

/* --- any alignment ---------------------------------------------------------------------------- */

static bool is_power_of_two(size_t n)
{
	return n && !(n & (n - 1));
}

/*
 * In DEBUG builds what lies behind the bytes that were asked for is watched, not what lies behind
 * those that the alignment took: an object is resized to fewer bytes in its place.
 */
static void *asked_for(void *object, size_t size, unsigned long caller)
{
	if (!debug_build || !object)
		return object;
	return __krealloc_track_caller(object, max(size, (size_t)1), GFP_KERNEL, caller);
}

/* align: a power of two.  A size that is one, too, is aligned to itself. */
static void *take_aligned(size_t align, size_t size, unsigned long caller)
{
	size_t bytes = max(size, align);

	if (align <= KMALLOC_MIN_SIZE)
		return take(size, 0, caller);
	if (bytes > KMALLOC_MAX_SIZE) /* refused there */
		return take(bytes, 0, caller);
	while (!is_power_of_two(bytes))
		bytes = (bytes | (bytes - 1)) + 1; /* the lowest run of ones moves up */
	return asked_for(take(bytes, 0, caller), size, caller);
}

static void *memalign_for(struct _reent *reent, size_t align, size_t size, unsigned long caller)
{
	if (is_power_of_two(align))
		return or_enomem(reent, take_aligned(align, size, caller));
	reent->_errno = EINVAL;
	return NULL;
}

void *_memalign_r(struct _reent *reent, size_t align, size_t size)
{
	return memalign_for(reent, align, size, _RET_IP_);
}

void *memalign(size_t align, size_t size)
{
	return memalign_for(_REENT, align, size, _RET_IP_);
}

/* C17 7.22.3.1: as DR 460 has it, the size need not be a multiple of the alignment. */
void *aligned_alloc(size_t align, size_t size)
{
	return memalign_for(_REENT, align, size, _RET_IP_);
}

/* It returns the error and leaves errno and *object as they were (POSIX). */
int posix_memalign(void **object, size_t align, size_t size)
{
	void *taken;

	if (!is_power_of_two(align) || align % sizeof(void *))
		return EINVAL;
	taken = take_aligned(align, size, _RET_IP_);
	if (!taken)
		return ENOMEM;
	*object = taken;
	return 0;
}

void *_valloc_r(struct _reent *reent, size_t size)
{
	return memalign_for(reent, PAGE_SIZE, size, _RET_IP_);
}

void *valloc(size_t size)
{
	return memalign_for(_REENT, PAGE_SIZE, size, _RET_IP_);
}

/* Whole pages; a size that is too large stays so. */
static size_t whole_pages(size_t size)
{
	return size > KMALLOC_MAX_SIZE ? size : ALIGN(size, PAGE_SIZE);
}

void *_pvalloc_r(struct _reent *reent, size_t size)
{
	return memalign_for(reent, PAGE_SIZE, whole_pages(size), _RET_IP_);
}

void *pvalloc(size_t size)
{
	return memalign_for(_REENT, PAGE_SIZE, whole_pages(size), _RET_IP_);
}

/* --- the family ------------------------------------------------------------------------------- */

void *_malloc_r(struct _reent *reent, size_t size)
{
	return or_enomem(reent, take(size, 0, _RET_IP_));
}

void *malloc(size_t size)
{
	return or_enomem(_REENT, take(size, 0, _RET_IP_));
}

/* A product that no size_t holds is more than there is. */
static void *take_array(struct _reent *reent, size_t n, size_t size, unsigned long caller)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		bytes = SIZE_MAX;
	return or_enomem(reent, take(bytes, __GFP_ZERO, caller));
}

void *_calloc_r(struct _reent *reent, size_t n, size_t size)
{
	return take_array(reent, n, size, _RET_IP_);
}

void *calloc(size_t n, size_t size)
{
	return take_array(_REENT, n, size, _RET_IP_);
}

static void *resize(struct _reent *reent, void *old, size_t size, unsigned long caller)
{
	require_slab("realloc", caller);
	return or_enomem(reent,
			 __krealloc_track_caller(old, size, GFP_KERNEL | __GFP_NOWARN, caller));
}

void *_realloc_r(struct _reent *reent, void *old, size_t size)
{
	return resize(reent, old, size, _RET_IP_);
}

void *realloc(void *old, size_t size)
{
	return resize(_REENT, old, size, _RET_IP_);
}

/* As realloc(), but when there is no memory the old object is freed, too. */
static void *resize_or_free(struct _reent *reent, void *old, size_t size, unsigned long caller)
{
	void *object = resize(reent, old, size, caller);

	if (!object)
		_free_r(reent, old);
	return object;
}

void *_reallocf_r(struct _reent *reent, void *old, size_t size)
{
	return resize_or_free(reent, old, size, _RET_IP_);
}

void *reallocf(void *old, size_t size)
{
	return resize_or_free(_REENT, old, size, _RET_IP_);
}

void _free_r(struct _reent *reent __unused, void *object)
{
	if (!object)
		return;
	require_slab("free", _RET_IP_);
	kfree(object);
}

void free(void *object)
{
	_free_r(_REENT, object);
}

void cfree(void *object)
{
	_free_r(_REENT, object);
}

size_t _malloc_usable_size_r(struct _reent *reent __unused, void *object)
{
	return ksize(object);
}

size_t malloc_usable_size(void *object)
{
	return ksize(object);
}

/* What nobody uses goes back to the pages, `pad` notwithstanding; 1 when there was some. */
int _malloc_trim_r(struct _reent *reent __unused, size_t pad __unused)
{
	return slab_is_available() && slab_reap() != 0;
}

int malloc_trim(size_t pad)
{
	return _malloc_trim_r(_REENT, pad);
}
