/*
 * region.h - the parts of the address space by name, ascending and without a gap between them
 */
#ifndef KERNEL_EXPLAIN_REGION_H
#define KERNEL_EXPLAIN_REGION_H

#include "lib/types.h"

struct region {
	const char *name; /* "lowmem" */
	const char *what; /* what is mapped there, a few words */
	vaddr_t start, last;
};

/* Fills *region with the nth one from 0; false behind the last. */
bool region_nth(unsigned int n, struct region *region);
/* Fills *region with the one that holds va: there always is one. */
void region_of(vaddr_t va, struct region *region);

#endif /* KERNEL_EXPLAIN_REGION_H */
