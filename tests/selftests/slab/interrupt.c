/*
 * interrupt.c - objects in an interrupt handler: allocating and freeing may, making caches may not
 *
 * At one chosen moment, when every list is whole; anytime.c does it at any.
 *
 * Locking: none; one CPU, and irq_call() comes back when the handler has returned.
 */
#include "kernel/irq.h"
#include "kernel/selftest/selftest.h"
#include "mm/slab/slab.h"

static struct kmem_cache *cache;
static bool served, was_exception;

static void allocate_there(void *arg __unused)
{
	enum { MANY = 200 };
	SELFTEST_TABLE(void *, objects, MANY);
	unsigned int n;

	was_exception = arch_in_exception();
	for (n = 0; n < MANY && (objects[n] = kmem_cache_alloc(cache, GFP_ATOMIC)); n++)
		;
	served = n == MANY;
	while (n)
		kmem_cache_free(cache, objects[--n]);
	kfree(kzalloc(5000, GFP_ATOMIC));
}

SELFTEST(slab, interrupt_alloc,
	 "objects are allocated and freed in an interrupt, slabs made and given back")
{
	cache = kmem_cache_create("test", 100, 0, 0, NULL);
	EXPECT(cache);
	served = was_exception = false;
	EXPECT(irq_call(allocate_there, NULL));
	EXPECT(was_exception);
	EXPECT(served);
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
}

static void create_there(void *arg __unused)
{
	served = kmem_cache_create("there", 100, 0, 0, NULL) != NULL;
}

static void destroy_there(void *arg __unused)
{
	kmem_cache_destroy(cache);
}

SELFTEST(slab, interrupt_refused,
	 "making and destroying a cache is refused in an interrupt, by name")
{
	cache = kmem_cache_create("test", 100, 0, 0, NULL);
	EXPECT(cache);
	EXPECT_BUG("in an interrupt", EXPECT(irq_call(create_there, NULL)));
	EXPECT(!served && !kmem_cache_find("there"));
	EXPECT_BUG("in an interrupt", EXPECT(irq_call(destroy_there, NULL)));
	EXPECT_EQ(kmem_cache_find("test"), cache);
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
}
