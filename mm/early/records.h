/*
 * records.h - who took memory at boot, how much, where, and what became of it
 *
 *	early_alloc(), alloc_bootmem()   ──> a record: start, size, who asked
 *	reserve_bootmem()                ──> a record: somebody has something there
 *	free_bootmem(), the hand-over    ──> what of the records lies there is split off, with its fate
 *
 * Kept by whichever early allocator stands; read after boot by `early`, /proc/early and `explain`.
 * The table is fixed.  When it is full, a record of memory that is all gone makes room; if there is
 * none, the new one is only counted.
 *
 * Locking: none; boot, one CPU.  Constant after the hand-over.
 */
#ifndef MM_EARLY_RECORDS_H
#define MM_EARLY_RECORDS_H

#include "lib/types.h"

enum { EARLY_RECORDS_MAX = 64 };
enum early_record_kind { EARLY_ALLOCATED, EARLY_RESERVED };
enum early_record_fate {
	EARLY_KEPT,   /* so far; for good, after the hand-over */
	EARLY_FREED,  /* given back before the hand-over */
	EARLY_HANDED, /* became the page allocator's: the early allocator's own memory */
};

struct early_record {
	paddr_t start;
	unsigned long size;   /* bytes, as asked for, or what is left of them */
	unsigned long caller; /* an address in the function that asked */
	enum early_record_kind kind;
	enum early_record_fate fate;
};

/* A table of them; one that is all zero is empty. */
struct early_records {
	struct early_record record[EARLY_RECORDS_MAX];
	unsigned int nr;
	unsigned long missed, replaced;
};
/*
 * From here on every function works on that table: who practises leaves the boot's alone.  Returns
 * the one before, for the call that puts it back.
 */
struct early_records *early_records_use(struct early_records *table);

/* Adds one. */
void early_record_add(enum early_record_kind kind, paddr_t start, unsigned long size,
		      unsigned long caller);
/* [start, end) was given back: to the early allocator, or with it to the page allocator. */
void early_record_gone(paddr_t start, paddr_t end, enum early_record_fate fate);

/* Drops the records of [start, end): who practises on other memory leaves none behind. */
void early_records_forget(paddr_t start, paddr_t end);

/* The nth record, oldest first; NULL after the last. */
const struct early_record *early_record(unsigned int nth);
/* The newest record of this kind that has a byte in [start, end) and is kept, or NULL. */
const struct early_record *early_record_in(enum early_record_kind kind, paddr_t start, paddr_t end);
/* How many more than fit the table says that it has: 0, or something wrote over it. */
unsigned int early_records_beyond(void);
/* Records that found no room, and ones that made room. */
unsigned long early_records_missed(void);
unsigned long early_records_replaced(void);

#endif /* MM_EARLY_RECORDS_H */
