/*
 * leftover.h - DEBUG builds: what a test that failed has allocated, and not freed, is put away
 *
 *	EXPECT(first = alloc_pages(GFP_KERNEL, 2));
 *	EXPECT(second = kmalloc(64, GFP_KERNEL));	fails: the test ends here, and has first
 *
 * A DEBUG build knows who allocated what.  What code of the tests did is given back by the function
 * that is made for it, in an order in which nothing is freed that something else still shows.  What
 * the kernel's own code has allocated is left alone: if that is more than before, it is lost, and
 * the balance and the checkers say so.
 */
#ifndef TESTS_LEFTOVER_H
#define TESTS_LEFTOVER_H

#include "lib/types.h"

/* Is this a return address in a self-test, its helpers included? */
bool is_of_tests(unsigned long caller);

void leftover_windows(void);
void leftover_areas(void);
void leftover_objects(void);
void leftover_pages(void);

/* Per-CPU objects have no owner that is known: those that were there before are. */
void leftover_note_percpu(void);
void leftover_percpu(void);

#endif /* TESTS_LEFTOVER_H */
