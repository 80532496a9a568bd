/*
 * explain.h - `explain ADDR`: which family owns an address, and what it is part of
 *
 *	EXPLAINER(slab, 30)
 *	{
 *		... return false when the address is none of ours ...
 *		con_printf("object %u of cache %s, in use\n", ...);
 *		return true;
 *	}
 *
 * All explainers are asked, in ascending rank: from what is widest (a region of the address space)
 * to what is most special (an object of a cache).  Each prints whole lines.  The page walk is
 * printed after them.
 */
#ifndef KERNEL_EXPLAIN_EXPLAIN_H
#define KERNEL_EXPLAIN_EXPLAIN_H

#include "lib/compiler.h"

struct explainer {
	const char *family;
	unsigned int rank; /* 10 regions, 20 page frames, 30 slab, 40 vmap, 50 windows, … */
	bool (*explain)(vaddr_t va);
};

#define EXPLAINER(family_, rank_)                                               \
	static bool explain_##family_(vaddr_t va);                              \
	static const struct explainer explainer_desc_##family_ = {              \
		.family = #family_,                                             \
		.rank = rank_,                                                  \
		.explain = explain_##family_,                                   \
	};                                                                      \
	REGISTER(explainers, const struct explainer, explainer_desc_##family_); \
	static bool explain_##family_(vaddr_t va)

/* Prints what `explain ADDR` does. */
void explain_address(vaddr_t va);

#endif /* KERNEL_EXPLAIN_EXPLAIN_H */
