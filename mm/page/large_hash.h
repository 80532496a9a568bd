/*
 * large_hash.h - tables of hash buckets, sized by the machine's memory
 *
 *	static struct hlist_head *table;
 *	static unsigned int shift, mask;
 *
 *	table = alloc_large_system_hash("Dentry cache", sizeof(*table), 0, 14, HASH_EARLY,
 *					&shift, &mask, 0);
 *	... table[hash & mask] ...
 *
 * Linux: 2.6.15 (include/linux/bootmem.h, mm/page_alloc.c)
 */
#ifndef MM_PAGE_LARGE_HASH_H
#define MM_PAGE_LARGE_HASH_H

enum {
	HASH_HIGHMEM = 1, /* highmem counts when the table's size is chosen; the table is lowmem */
	HASH_EARLY = 2,	  /* before the hand-over: memory comes from the early allocator */
};

/*
 * A zeroed table of 2^*_hash_shift buckets of bucketsize bytes; *_hash_mask is one less than their
 * number, and may be NULL as may _hash_shift.
 *
 *	numentries	how many are wanted, 0: one for each 2^scale bytes of memory; rounded up to
 *			a power of two
 *	limit		at most so many, 0: what a sixteenth of all memory holds
 *
 * When there is no such memory in one piece the table is halved until there is; panics when there
 * is none for a page.  What is asked for wrongly (bucketsize 0 or above 4 MiB, HASH_EARLY after
 * the hand-over) is reported, and the result is NULL.
 * Without HASH_EARLY the table is a block of pages, of the order that its size needs.
 */
void *alloc_large_system_hash(const char *tablename, unsigned long bucketsize,
			      unsigned long numentries, int scale, int flags,
			      unsigned int *_hash_shift, unsigned int *_hash_mask,
			      unsigned long limit);

#endif /* MM_PAGE_LARGE_HASH_H */
