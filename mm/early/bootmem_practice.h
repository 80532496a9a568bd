/*
 * bootmem_practice.h - a node to practise on, when boot is long over
 *
 *	pages of the buddy   [ 0 | 1 | 2 | … | last ]
 *	                       free boot memory   ^ its bitmap
 *
 * Its functions are bootmem's own, on memory that nobody else has: so tests and `break` may use and
 * misuse them at the prompt.  Only the node forms serve it; no other node can help it out.
 */
#ifndef MM_EARLY_BOOTMEM_PRACTICE_H
#define MM_EARLY_BOOTMEM_PRACTICE_H

#include "mm/early/bootmem.h"
#include "mm/early/bootmem_impl.h"

struct practice_node {
	pg_data_t pgdat;
	struct bootmem_data data;
	void *pages;
	unsigned int order;
	paddr_t start; /* physical */
	unsigned long free_pages;
};

/* A node of 2^order pages, all free but the last; false when there are none. */
bool practice_begin(struct practice_node *node, unsigned int order);
/* Gives its pages back, whatever is allocated in them. */
void practice_end(struct practice_node *node);

#endif /* MM_EARLY_BOOTMEM_PRACTICE_H */
