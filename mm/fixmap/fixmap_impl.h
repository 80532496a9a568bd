/*
 * fixmap_impl.h - what the files of mm/fixmap know of each other: ranges of slots, and who set one
 */
#ifndef MM_FIXMAP_IMPL_H
#define MM_FIXMAP_IMPL_H

#include "mm/fixmap/fixmap.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/percpu/percpu.h"

struct check;

enum fixmap_use { FIXMAP_PORT, FIXMAP_EARLY, FIXMAP_KMAP, FIXMAP_USER, FIXMAP_USES };

struct fixmap_range {
	const char *name;
	unsigned int first, last; /* slots */
};
extern const struct fixmap_range fixmap_ranges[FIXMAP_USES];

/* What the slot is for; idx < __end_of_fixed_addresses. */
enum fixmap_use fixmap_use(unsigned int idx);

/* What one slot shows now. */
struct fixmap_slot {
	enum fixmap_use use;
	bool set;	       /* its entry translates */
	paddr_t phys;	       /* to there */
	unsigned long set_by;  /* a return address, or 0 */
	const char *device;    /* of the port's slots, or NULL */
	unsigned int cpu, nth; /* of kmap_local's: whose, and which of its stack, from 0 */
};
void fixmap_look(unsigned int idx, struct fixmap_slot *slot);
/* For a checker: may it be asked, in a panic, too? */
bool fixmap_may_look(struct check *check);

/* Prints the ranges, then each slot that is set. */
void fixmap_show(void);

/* One CPU's slots, K1 to K3 of kmap_local.c.  [C] own CPU   [I] fixed after init */
struct kmap_stack {
	unsigned long mapped_by[KM_MAX_IDX]; /* [C] return addresses, good below depth */
	unsigned int depth;		     /* [C] slots in use */
	pte_t *pte;			     /* [I] the entry of its slot 0 */
	vaddr_t first;			     /* [I] the address of its slot 0 */
	vaddr_t unmap_first;		     /* [K3] the same */
	pfn_t highmem_start;		     /* [I] */
	unsigned long highmem_pages;	     /* [K3] holes included */
	const struct page *map;		     /* [I] mem_map */
	unsigned long lowmem;		     /* [I] pages from there on that have an address */
	unsigned long all;		     /* [K3] and those that have one or need a slot */
};
DECLARE_PER_CPU(struct kmap_stack, kmap_stack);

/* Of CPU `cpu`: how many of its slots are mapped; who mapped the nth. */
unsigned int kmap_local_depth_of(unsigned int cpu);
unsigned long kmap_local_mapped_by(unsigned int cpu, unsigned int nth);

#endif /* MM_FIXMAP_IMPL_H */
