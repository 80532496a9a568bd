/*
 * kmap_impl.h - what the files of kmap know of each other: a slot, and a look at it
 */
#ifndef MM_KMAP_IMPL_H
#define MM_KMAP_IMPL_H

#include "kernel/spinlock.h"
#include "mm/window/kmap.h"

/*
 * count, as Linux's pkmap_count[]:   0      free: clear, and in no TLB
 *                                    1      mapped, unused, waits for a flush
 *                                    n + 1  n users
 *
 *	whose   63                 32 31              0
 *	        [ page, of mem_map   |      count      ]	looked at as one, where no lock is held
 *
 * Locks: [P] pkmap.lock   [I] fixed after init
 * [A] atomic: from 0, and from 1 to 0, under the lock only   [0] [P], while count is 0
 */
struct pkmap_slot {
	union {
		u64 whose;
		struct {
			u32 count; /* [A] */
			u32 page;  /* [0] */
		};
	};
	void *address;		 /* [I] */
	struct pkmap_slot *next; /* [P] of the same bucket */
	unsigned long by;	 /* [P] who mapped the page here: a return address */
};

/* The page of a slot that has none. */
#define PKMAP_NO_PAGE (~(u32)0)
#define PKMAP_FREE    ((u64)PKMAP_NO_PAGE << 32)

enum { PKMAP_BUCKETS = 512 };

struct pkmap {
	spinlock_t lock;
	struct pkmap_slot *slot; /* [I] LAST_PKMAP of them; NULL: there is no highmem */
	pte_t *pte;		 /* [I] the entry of slot 0; NULL likewise */
	unsigned int last;	 /* [P] the slot that was taken last */
	unsigned long taken;	 /* [P] slots given a new page, */
	unsigned long rounds;	 /* [P] flushes of a portion, */
	unsigned long flushed;	 /* [P] and slots cleared by them, since boot */
};
extern struct pkmap pkmap;
extern struct pkmap_slot pkmap_nobody; /* the end of each bucket's list: as a free slot */

/* What the fast paths look at, behind one address. */
struct pkmap_lookup {
	struct pkmap_slot *bucket[PKMAP_BUCKETS]; /* [P] read without it */
	const struct page *map;			  /* [I] mem_map */
	unsigned long lowmem; /* [I] pages from there on that are lowmem; 0: each is asked for */
	unsigned long all;    /* [I] pages from there on, of both sorts; 0 likewise */
};
extern struct pkmap_lookup pkmap_lookup;

/* Frames that are neighbours, as those of one block are, never share a bucket. */
static inline struct pkmap_slot **pkmap_bucket(unsigned long nth)
{
	return &pkmap_lookup.bucket[nth % PKMAP_BUCKETS];
}

/* Of what one slot showed at one moment. */
struct pkmap_state {
	const struct page *page; /* NULL: free */
	unsigned int users;
	unsigned long by;
};
void pkmap_look(unsigned int slot, struct pkmap_state *state);

static inline vaddr_t pkmap_address(unsigned int slot)
{
	return PKMAP_BASE + ((vaddr_t)slot << PAGE_SHIFT);
}

/* --- kmap_check.c: each is asked with the lock held ------------------------------------------- */

/* P1 and P2 of slot n: is it free, with nothing shown; does its entry show the page that it has? */
bool pkmap_slot_is_free(unsigned int n);
bool pkmap_slot_shows(unsigned int n);
/* P2 and P3 of one bucket's list; when they do not hold, what is wrong in *fault. */
enum { PKMAP_FAULT = 96 };
bool pkmap_bucket_holds(unsigned int bucket, char fault[PKMAP_FAULT]);

/* --- kmap_mend.c: `if (debug_build)`, with the lock held -------------------------------------- */

/* The bucket's list is sound from here on; what was not is named, and in no list any more. */
void pkmap_mend_locked(unsigned int bucket);
/* May a slot of count 0 get a page?  False after a report: it shows one. */
bool pkmap_may_take_locked(unsigned int n);

/* The first slot of that page's bucket, whose list can be followed. */
static inline struct pkmap_slot *pkmap_first_locked(unsigned long nth)
{
	if (debug_build)
		pkmap_mend_locked(nth % PKMAP_BUCKETS);
	return *pkmap_bucket(nth);
}

#endif /* MM_KMAP_IMPL_H */
