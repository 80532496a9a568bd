/*
 * interrupt.c - objects in an interrupt handler: allocating and freeing may, making caches may not
 *
 * The test interrupts itself by a software-generated interrupt, which the CPU takes at once.
 */
#include "drivers/gic.h"
#include "kernel/irq.h"
#include "kernel/selftest/selftest.h"
#include "mm/slab/slab.h"

enum { TEST_IRQ = 9, GICD_SGIR = 0xf00, SGI_TO_SELF = 2 << 24 };

static void (*in_interrupt)(void); /* what the test wants to be done there */

static void handle(unsigned int irq __unused, void *arg __unused)
{
	if (in_interrupt)
		in_interrupt();
	in_interrupt = NULL;
}

/* Runs fn in an interrupt; false when none came. */
static bool interrupt_with(void (*fn)(void))
{
	static bool requested;

	if (!requested)
		irq_request(TEST_IRQ, handle, NULL, "self-test");
	requested = true;
	in_interrupt = fn;
	*(volatile u32 *)(FIX_GICD_VA + GICD_SGIR) = SGI_TO_SELF | TEST_IRQ;
	for (unsigned int spin = 0; spin < 100000 && READ_ONCE(in_interrupt); spin++)
		arch_cpu_relax();
	return !READ_ONCE(in_interrupt);
}

static struct kmem_cache *cache;
static bool served, was_exception;

static void allocate_there(void)
{
	enum { MANY = 200 };
	static void *objects[MANY];
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
	EXPECT(interrupt_with(allocate_there));
	EXPECT(was_exception);
	EXPECT(served);
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
}

static void create_there(void)
{
	served = kmem_cache_create("there", 100, 0, 0, NULL) != NULL;
}

static void destroy_there(void)
{
	kmem_cache_destroy(cache);
}

SELFTEST(slab, interrupt_refused,
	 "making and destroying a cache is refused in an interrupt, by name")
{
	cache = kmem_cache_create("test", 100, 0, 0, NULL);
	EXPECT(cache);
	EXPECT_BUG("in an interrupt", EXPECT(interrupt_with(create_there)));
	EXPECT(!served && !kmem_cache_find("there"));
	EXPECT_BUG("in an interrupt", EXPECT(interrupt_with(destroy_there)));
	EXPECT_EQ(kmem_cache_find("test"), cache);
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
}
