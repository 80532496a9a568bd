/*
 * surprise.h - for tests: an interrupt at any moment, whose handler does what the test says
 *
 *	surprise_begin(handler) ──> surprise_in(7) ──> … code under test … ──7 µs──> handler()
 *	                              └────────────────── again and again ──────────────┘
 *
 * The port's own timer, which nothing else uses (arm/surprise.c, user/surprise.c).  It fires between any
 * two instructions that the machine lets an interrupt in between: emulation looks at the boundaries of
 * its translation blocks, which are single instructions when it runs one instruction a block
 * (tests/boot/test_fixmap.py, test_memory.py).
 *
 * Locking  one test at a time; one CPU, so volatile is enough.
 */
#ifndef TESTS_ARCH_SURPRISE_H
#define TESTS_ARCH_SURPRISE_H

#include "lib/types.h"

/* Takes the timer; false when interrupts are disabled, or what it is reached by is in use. */
bool surprise_begin(void (*handler)(void));
/* The handler runs once, so many microseconds from now. */
void surprise_in(u32 microseconds);
/* How often it has run since surprise_begin(). */
unsigned int surprises(void);
/* It does not run any more.  Gives back what it took. */
void surprise_end(void);

#endif /* TESTS_ARCH_SURPRISE_H */
