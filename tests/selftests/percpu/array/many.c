/*
 * many.c - PERCPU=array: are there as many objects at once as percpu.h says?
 *
 * Read next: exhaust_small of ../objects.c, which takes them all.
 */
#include "kernel/selftest/selftest.h"
#include "mm/page/page.h"
#include "mm/percpu/percpu_impl.h"

enum {
	MANY = 40000,	     /* Linux's own test of vmalloc wants 35,000 */
	PAGES_NEEDED = 2000, /* a line of each CPU's, its pointers, its note: with one CPU 500 */
};

SELFTEST(percpu, many, "131,072 small objects may be there at once, and 40,000 of them are")
{
	struct percpu_totals before, full, after;
	void **last = NULL, **object;
	unsigned int n = 0;

	percpu_object_totals(&before);
	EXPECT_EQ(before.objects_max, 131072);
	if (nr_available_pages() < nr_cpu_ids * PAGES_NEEDED)
		SKIP("too little memory");
	for (; n < MANY && (object = __alloc_percpu(8, 8)); n++) {
		this_cpu_write(*object, last);
		last = object;
	}
	percpu_object_totals(&full);
	while ((object = last)) {
		last = this_cpu_read(*object);
		free_percpu(object);
	}
	percpu_object_totals(&after);
	EXPECT_EQ(n, MANY);
	EXPECT_EQ(full.objects, before.objects + MANY);
	EXPECT_EQ(after.objects, before.objects);
}
