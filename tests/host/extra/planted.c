/*
 * planted.c - a fuzz target with one mistake of each kind, for tests/host/test_fuzz.py
 *
 * The input's first byte says which.
 */
#include <string.h>

#include "kernel/bug.h"
#include "mm/slab/slab.h"
#include "tests/fuzz/fuzz.h"

static void read_nowhere(void)
{
	*(volatile u32 *)MODULES_VADDR;
}

static void free_twice(void)
{
	void *object = kmalloc(100, GFP_KERNEL);

	kfree(object);
	kfree(object);
}

static void use_after_free(void)
{
	volatile char *object = kmalloc(100, GFP_KERNEL);

	kfree((void *)object);
	object[3] = 1;
}

static void run(const u8 *data, size_t size)
{
	switch (size ? data[0] : 0) {
	case 'c':
		FUZZ_CHECK(size == 0);
		break;
	case 'o':
		read_nowhere();
		break;
	case 'p':
		panic("planted");
	case 'b':
		free_twice();
		break;
	case 'u':
		use_after_free();
		break;
	case 'h':
		for (volatile bool forever = true; forever;)
			;
	}
}
FUZZ_TARGET(planted, "mistakes that are to be found", run);
