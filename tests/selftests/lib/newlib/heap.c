/*
 * heap.c - claims about malloc() and all of its family: kernel objects, aligned, each size whole
 *
 * Read next: lib/newlib/heap.c; tests/boot/test_newlib.py, for what the library itself must not bring.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/bug.h"
#include "kernel/selftest/selftest.h"
#include "mm/slab/own.h"
#include "mm/slab/slab.h"

/* The library has these, but not its headers. */
int _malloc_trim_r(struct _reent *reent, size_t pad);

static bool is_clear(const u8 *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		CHECK(bytes[i] == 0);
	return true;
}

/* Aligned, large enough, writable to its last byte, and free() takes it. */
static bool serves(void *object, size_t align, size_t size)
{
	CHECK(object);
	CHECK(!((uintptr_t)object & (align - 1)));
	CHECK(malloc_usable_size(object) >= size);
	memset(object, 0x5c, malloc_usable_size(object));
	CHECK(slab_check());
	free(object);
	return true;
}

SELFTEST(newlib, malloc, "malloc(), calloc(), realloc() and free() are the kernel's objects")
{
	char *text = malloc(30), *more;
	int *numbers = calloc(50, sizeof(*numbers));

	EXPECT(text && numbers);
	EXPECT(is_clear((u8 *)numbers, 50 * sizeof(*numbers)));
	strcpy(text, "moved along");
	EXPECT_EQ(ksize(text), 32);
	more = realloc(text, 10000);
	EXPECT(more);
	EXPECT(!strcmp(more, "moved along"));
	EXPECT(ksize(more) >= 10000);
	free(more);
	cfree(numbers);
	free(NULL);
	cfree(NULL);
	EXPECT_EQ(malloc(0), ZERO_SIZE_PTR);
	EXPECT(slab_check());
}

SELFTEST(newlib, aligned,
	 "every way to ask for an alignment gives it, at any size, and no neighbour is written")
{
	static const size_t sizes[] = { 1, 8, 33, 100, 500, 4000, 5000, 70000 };

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *neighbours[2] = { malloc(sizes[i]), malloc(sizes[i]) }, *object;

		EXPECT(neighbours[0] && neighbours[1]);
		for (size_t align = 1; align <= 64 * KiB; align *= 2) {
			EXPECT(serves(memalign(align, sizes[i]), align, sizes[i]));
			EXPECT(serves(aligned_alloc(align, sizes[i]), align, sizes[i]));
			EXPECT(serves(_memalign_r(_REENT, align, sizes[i]), align, sizes[i]));
			if (align < sizeof(void *))
				continue;
			EXPECT_EQ(posix_memalign(&object, align, sizes[i]), 0);
			EXPECT(serves(object, align, sizes[i]));
		}
		EXPECT(serves(valloc(sizes[i]), PAGE_SIZE, sizes[i]));
		EXPECT(serves(_valloc_r(_REENT, sizes[i]), PAGE_SIZE, sizes[i]));
		EXPECT(serves(pvalloc(sizes[i]), PAGE_SIZE, ALIGN(sizes[i], PAGE_SIZE)));
		EXPECT(serves(_pvalloc_r(_REENT, sizes[i]), PAGE_SIZE, ALIGN(sizes[i], PAGE_SIZE)));
		free(neighbours[0]);
		free(neighbours[1]);
	}
}

SELFTEST(newlib, aligned_request,
	 "one byte behind an aligned object is seen, however much the alignment took")
{
	static const size_t sizes[] = { 1, 8, 31, 70, 100, 600, 1500 };

	if (!debug_build)
		SKIP("only DEBUG builds look");
	for (size_t align = 16; align <= PAGE_SIZE; align *= 4) {
		for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
			void *volatile hidden = memalign(align, sizes[i]);
			volatile u8 *object = hidden; /* the compiler knows this mistake, too */

			EXPECT(object && IS_ALIGNED((unsigned long)object, align));
			object[sizes[i] - 1] = 1;
			EXPECT(slab_check());
			object[sizes[i]] = 1;
			EXPECT_BUG("overrun", kfree((void *)object));
		}
	}
}

SELFTEST(newlib, aligned_nothing, "an aligned object of 0 bytes is one that may be freed")
{
	for (size_t align = 16; align <= PAGE_SIZE; align *= 2)
		EXPECT(serves(memalign(align, 0), align, 0));
	EXPECT(serves(valloc(0), PAGE_SIZE, 0));
	EXPECT(serves(pvalloc(0), PAGE_SIZE, 0));
}

SELFTEST(newlib, bad_alignment, "an alignment that is none is EINVAL, and nothing is written")
{
	static const size_t bad[] = { 0, 3, 24, 4097, SIZE_MAX };
	void *object = &object, *got;

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		errno = 0;
		EXPECT(!memalign(bad[i], 100));
		EXPECT_EQ(errno, EINVAL);
		errno = 0;
		got = aligned_alloc(bad[i], 100);
		EXPECT(!got);
		EXPECT_EQ(errno, EINVAL);
		errno = 0;
		EXPECT_EQ(posix_memalign(&object, bad[i], 100), EINVAL);
		EXPECT_EQ(errno, 0);
	}
	EXPECT_EQ(posix_memalign(&object, 2, 100), EINVAL); /* less than a pointer's */
	EXPECT_EQ(object, &object);
}

static void *(*const ways[])(size_t) = { malloc, valloc, pvalloc };

SELFTEST(newlib, too_much, "what is more than there is, or than a size_t can say, is ENOMEM")
{
	static const size_t sizes[] = {
		KMALLOC_MAX_SIZE + 1ul, 2ul * KMALLOC_MAX_SIZE,	  SIZE_MAX / 2,
		SIZE_MAX / 2 + 2,	SIZE_MAX - PAGE_SIZE + 2, SIZE_MAX
	};
	volatile size_t wraps = SIZE_MAX / 8 + 1; /* the compiler would see it, too */
	void *object = &object, *got;

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (unsigned int way = 0; way < ARRAY_SIZE(ways); way++) {
			errno = 0;
			EXPECT(!ways[way](sizes[i]));
			EXPECT_EQ(errno, ENOMEM);
		}
		errno = 0;
		EXPECT(!memalign(64, sizes[i]));
		EXPECT_EQ(errno, ENOMEM);
		EXPECT_EQ(posix_memalign(&object, 64, sizes[i]), ENOMEM);
	}
	errno = 0;
	got = calloc(wraps, 8);
	EXPECT(!got);
	EXPECT_EQ(errno, ENOMEM);
	errno = 0;
	EXPECT(!memalign(2ul * KMALLOC_MAX_SIZE, 1));
	EXPECT_EQ(errno, ENOMEM);
	EXPECT(!memalign(SIZE_MAX / 2 + 1, 1));
	EXPECT_EQ(object, &object);
}

SELFTEST(newlib, reallocf, "reallocf() grows as realloc() does, and frees when it cannot")
{
	struct kmem_cache *cache = kmem_cache_create("test", 64, 0, 0, NULL);
	char *object = reallocf(NULL, 10);
	void *own;

	EXPECT(cache && object);
	strcpy(object, "text");
	object = reallocf(object, 9000);
	EXPECT(object && !strcmp(object, "text"));
	free(object);
	own = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT(own);
	EXPECT(!reallocf(own, KMALLOC_MAX_SIZE + 1ul));
	kmem_cache_destroy(cache); /* refused if the object were not free */
	EXPECT(!kmem_cache_find("test"));
	EXPECT(!_reallocf_r(_REENT, NULL, SIZE_MAX));
}

SELFTEST(newlib, trim, "malloc_trim() gives back pages that no object needs, and says so")
{
	void *object = malloc(MiB / 8);

	EXPECT(object);
	slab_reap();
	EXPECT_EQ(malloc_trim(0), 0);
	free(object);
	EXPECT_EQ(malloc_trim(0), 1);
	EXPECT_EQ(_malloc_trim_r(_REENT, 0), 0);
}

SELFTEST(newlib, not_ours, "free() and realloc() of what is no object are refused and named")
{
	u64 local[8] = { 0 };
	char *object = malloc(100), *got;
	/* volatile: the compiler knows these mistakes, too */
	void *volatile inside, *volatile on_stack = local;

	EXPECT(object);
	inside = object + 8;
	EXPECT_BUG("wild pointer", free(on_stack));
	EXPECT_BUG("interior pointer", free(inside));
	EXPECT_BUG("interior pointer", got = realloc(inside, 500));
	EXPECT(!got);
	EXPECT_BUG("wild pointer", EXPECT(!malloc_usable_size(on_stack)));
	free(object);
	EXPECT_EQ(malloc_usable_size(NULL), 0);
}

SELFTEST(newlib, own, "free() and realloc() take no object of the allocators' own")
{
	void *volatile object = kmalloc_own(64, GFP_KERNEL), *got;

	EXPECT(object);
	EXPECT_BUG("an allocator's own", free(object));
	EXPECT_BUG("an allocator's own", got = realloc(object, 5000));
	EXPECT(!got);
	kfree_own(object);
}
