/*
 * starve.h - lets every allocation in a call fail once, and sees that nothing is lost by it
 *
 *	hoard      all pages that callers get, down to the marks; all of kmalloc's small objects
 *	  │
 *	  v   ┌────────────── a page of the hoard goes back ──────────────┐
 *	make()┴─NULL─> as many pages as before, and all structures sound ─┘
 *	  └─────works─> give() ─> the same; the hoard goes back
 *
 * With n pages to be had the first allocation that needs the page n + 1 fails, whichever it is; so
 * as n grows each has its turn.
 */
#ifndef TESTS_STARVE_STARVE_H
#define TESTS_STARVE_STARVE_H

#include "kernel/selftest/selftest.h"

struct starved_call {
	const char *name;
	void *(*make)(void);	 /* NULL when it failed, with all of it given back */
	void (*give)(void *got); /* of what make() gave */
	bool (*sound)(void);	 /* a checker */
	unsigned int least;	 /* it must fail so often at least, or nothing was tried */
};

/*
 * False after a failure of the running test.  Where there is highmem its pages go back in turn with
 * lowmem's; or, with lowmem_first, after them: then there are objects, and no pages, for long.
 */
bool starve(const struct starved_call *call, bool lowmem_first);

/* A border between two spans of the window that have no table and no area; 0: there is none. */
vaddr_t tableless_border(void);

#endif /* TESTS_STARVE_STARVE_H */
