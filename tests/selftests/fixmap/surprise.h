/*
 * surprise.h - for tests: an interrupt at any moment, whose handler does what the test says
 *
 *	surprise_begin(handler) ──> surprise_in(7) ──> … code under test … ──7 µs──> handler()
 *	                              └────────────────── again and again ──────────────┘
 *
 * The timer is the board's first SP804, which nothing else uses; reached, as it should be, through a
 * slot of the fixmap.  It fires between any two instructions that the emulation lets an interrupt
 * in between: it looks at the boundaries of its translation blocks, which are single instructions
 * when it runs one instruction a block (tests/boot/test_fixmap.py, test_memory.py).
 *
 * Locking  one test at a time; one CPU, so volatile is enough.
 */
#ifndef TESTS_FIXMAP_SURPRISE_H
#define TESTS_FIXMAP_SURPRISE_H

#include "lib/types.h"

/* Takes the timer; false when interrupts are disabled, or when all user slots are set. */
bool surprise_begin(void (*handler)(void));
/* The handler runs once, so many microseconds from now. */
void surprise_in(u32 microseconds);
/* How often it has run since surprise_begin(). */
unsigned int surprises(void);
/* It does not run any more.  Gives the slot back. */
void surprise_end(void);

#endif /* TESTS_FIXMAP_SURPRISE_H */
