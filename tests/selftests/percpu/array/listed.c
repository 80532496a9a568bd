/*
 * listed.c - PERCPU=array: claims about what the views are told of live objects
 */
#include "kernel/selftest/selftest.h"
#include "mm/percpu/array/array_impl.h"
#include "mm/percpu/percpu_impl.h"

/* How often it is listed; 0, too, when others are listed out of order, or more or fewer than there are. */
static unsigned int listed(const void *handle)
{
	struct percpu_object object = {};
	struct percpu_totals totals;
	unsigned long n = 0, next = 0;
	unsigned int times = 0;

	percpu_object_totals(&totals);
	for (; percpu_object_next(&object); n++, next = handle_slot(object.handle) + 1) {
		if (n == totals.objects || handle_slot(object.handle) < next)
			return 0;
		times += object.handle == handle;
	}
	return n == totals.objects ? times : 0;
}

SELFTEST(percpu, listed,
	 "each live object is listed once, in the order of handles, and none that is gone")
{
	void *first = __alloc_percpu(40, 8), *second = __alloc_percpu(8, 8);
	struct percpu_object object;

	EXPECT(first && second);
	EXPECT_EQ(listed(first), 1);
	EXPECT_EQ(listed(second), 1);
	EXPECT(percpu_object_at(first, &object) && object.handle == first);
	EXPECT_EQ(object.size, 40);
	EXPECT_EQ(object.align, 8);
	EXPECT(object.stride >= object.size);
	free_percpu(first);
	EXPECT_EQ(listed(first), 0);
	EXPECT(!percpu_object_at(first, &object));
	EXPECT_EQ(listed(second), 1);
	free_percpu(second);
}
