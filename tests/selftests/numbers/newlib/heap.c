/*
 * heap.c - sizes, counts and alignments of newlib's malloc() and its family
 */
#include <malloc.h>
#include <stdlib.h>

#include "mm/slab/slab.h"
#include "tests/selftests/numbers/walk.h"

TAKE(take_malloc, malloc(n))
TAKE(take_calloc, calloc(n, 64))
TAKE(take_calloc_size, calloc(64, n))
TAKE(take_realloc, realloc(NULL, n))
TAKE(take_memalign, memalign(64, n))
TAKE(take_aligned_alloc, aligned_alloc(64, n))
TAKE(take_valloc, valloc(n))
TAKE(take_pvalloc, pvalloc(n))

static void *take_posix_memalign(unsigned long n)
{
	void *object = NULL;

	return posix_memalign(&object, 64, n) ? NULL : object;
}

static void give_malloc(void *what)
{
	free(what);
}

/* Alignments: powers of two up to the largest object. */
static void *wrongly_aligned(void *object, unsigned long n)
{
	if (!object || !is_power_up_to(n, KMALLOC_MAX_SIZE) || (unsigned long)object & (n - 1))
		return object;
	free(object);
	return NULL;
}

TAKE(take_memalign_align, wrongly_aligned(memalign(n, 8), n))
TAKE(take_aligned_alloc_align, wrongly_aligned(aligned_alloc(n, 8), n))

static void *take_posix_align(unsigned long n)
{
	void *object = NULL;

	return posix_memalign(&object, n, 8) ? NULL : wrongly_aligned(object, n);
}

SELFTEST(numbers, malloc, "newlib's functions look at sizes, counts and alignments first")
{
	static const struct walked table[] = {
		{ "malloc", 1, KMALLOC_MAX_SIZE, true, take_malloc, give_malloc },
		{ "calloc", 64, KMALLOC_MAX_SIZE / 64, true, take_calloc, give_malloc },
		{ "calloc size", 64, KMALLOC_MAX_SIZE / 64, true, take_calloc_size, give_malloc },
		{ "realloc", 1, KMALLOC_MAX_SIZE, true, take_realloc, give_malloc },
		{ "memalign", 1, KMALLOC_MAX_SIZE, true, take_memalign, give_malloc },
		{ "aligned_alloc", 1, KMALLOC_MAX_SIZE, true, take_aligned_alloc, give_malloc },
		{ "posix_memalign", 1, KMALLOC_MAX_SIZE, true, take_posix_memalign, give_malloc },
		{ "valloc", 1, KMALLOC_MAX_SIZE, true, take_valloc, give_malloc },
		{ "pvalloc", 1, KMALLOC_MAX_SIZE, true, take_pvalloc, give_malloc },
		{ "memalign align", 1, 0, false, take_memalign_align, give_malloc },
		{ "aligned_alloc align", 1, 0, false, take_aligned_alloc_align, give_malloc },
		{ "posix_memalign align", 1, 0, false, take_posix_align, give_malloc },
	};

	EXPECT_WALK(table);
	EXPECT(slab_check());
}
