/*
 * large_hash.c - chooses how many buckets a machine of this size should have, and finds room for them
 *
 *	memory ── >> scale ──> buckets ── up to 2^n, at most limit ──> room? ── no: half of it, again
 *
 * Locking: none.
 * Linux: mm/page_alloc.c of 2.6.15 (alloc_large_system_hash)
 */
#include "mm/page/large_hash.h"
#include "kernel/bug.h"
#include "kernel/printk.h"
#include "mm/early/early.h"
#include "mm/page/page.h"

/* A bucket that no block holds is a mistake, not what there is no room for. */
enum { LARGEST_BUCKET = PAGE_SIZE << (MAX_ORDER - 1) };

/* The largest power of two that is not above n, as its exponent; n > 0. */
static unsigned int log2_down(unsigned long n)
{
	return BITS_PER_LONG - 1 - (unsigned int)__builtin_clzl(n);
}

/* One bucket for each 2^scale bytes of the memory that counts, taken in whole MiB. */
static unsigned long entries_by_memory(int scale, int flags)
{
	pfn_t end = flags & HASH_HIGHMEM ? max_pfn : min(max_pfn, lowmem_end_pfn);
	unsigned long pages = ALIGN(present_pages(min_pfn, end), MiB >> PAGE_SHIFT);

	if (scale >= PAGE_SHIFT + BITS_PER_LONG || scale <= PAGE_SHIFT - BITS_PER_LONG)
		return scale > 0 ? 1 : ~0ul;
	scale -= PAGE_SHIFT;
	if (scale > 0)
		return max(pages >> scale, 1ul);
	return pages > ~0ul >> -scale ? ~0ul : pages << -scale;
}

/* log2 of the buckets that are wanted, before anybody has looked whether there is room. */
static unsigned int wanted_shift(unsigned long bucketsize, unsigned long numentries, int scale,
				 int flags, unsigned long limit)
{
	unsigned long pages = present_pages(min_pfn, max_pfn);
	unsigned long most = limit ? limit : (pages << (PAGE_SHIFT - 4)) / bucketsize;
	unsigned long wanted = numentries ? numentries : entries_by_memory(scale, flags);
	unsigned int shift = log2_down(wanted);

	if (wanted & (wanted - 1))
		shift++; /* up to a power of two */
	return min(shift, log2_down(max(most, 1ul)));
}

/* Lowmem pages of the order that size needs; NULL also when there is no such order. */
static void *table_of_pages(unsigned long size)
{
	unsigned long pages = DIV_ROUND_UP(size, PAGE_SIZE);
	unsigned int order = log2_down(pages);

	if (pages & (pages - 1))
		order++;
	if (order >= MAX_ORDER)
		return NULL;
	return (void *)__get_free_pages(GFP_ATOMIC | __GFP_ZERO | __GFP_NOWARN, order);
}

/* Halves until there is room; NULL when there is none for a page. */
static void *find_room(unsigned long bucketsize, unsigned int *shift, int flags,
		       unsigned long caller)
{
	for (;; --*shift) {
		/* A size that no address space has is no size to try. */
		bool fits = *shift < BITS_PER_LONG && bucketsize <= ~0ul >> 1 >> *shift;
		unsigned long size = fits ? bucketsize << *shift : ~0ul;
		void *table = NULL;

		if (fits)
			table = flags & HASH_EARLY
					? early_alloc_nopanic(size, sizeof(u64) * 4, caller)
					: table_of_pages(size);
		if (table || *shift == 0 || size <= PAGE_SIZE)
			return table;
	}
}

/* Can this be meant?  Reports it when not. */
static bool is_sound(const char *tablename, unsigned long bucketsize, int flags,
		     unsigned long caller)
{
	struct bug_report report = {
		.family = "early",
		.object = tablename,
		.expected = "buckets of 1 byte to 4 MiB, HASH_EARLY only before the hand-over",
		.caller = caller,
	};

	report.what = "bad hash table";
	if (bucketsize && bucketsize <= LARGEST_BUCKET && !(flags & ~(HASH_EARLY | HASH_HIGHMEM)) &&
	    !((flags & HASH_EARLY) && early_is_over(NODE_DATA(0))))
		return true;
	bug(&report, "%s: buckets of %lu bytes, flags 0x%x", tablename, bucketsize,
	    (unsigned int)flags);
	return false;
}

void *alloc_large_system_hash(const char *tablename, unsigned long bucketsize,
			      unsigned long numentries, int scale, int flags,
			      unsigned int *_hash_shift, unsigned int *_hash_mask,
			      unsigned long limit)
{
	unsigned int shift;
	void *table;

	if (!is_sound(tablename, bucketsize, flags, _RET_IP_))
		return NULL;
	shift = wanted_shift(bucketsize, numentries, scale, flags, limit);
	table = find_room(bucketsize, &shift, flags, _RET_IP_);
	if (!table)
		panic("%s: no room for a hash table of %lu bytes", tablename, bucketsize << shift);
	pr_info("%s: hash table of %lu entries, %lu bytes", tablename, 1ul << shift,
		bucketsize << shift);
	if (_hash_shift)
		*_hash_shift = shift;
	if (_hash_mask)
		*_hash_mask = (unsigned int)((1ul << shift) - 1);
	return table;
}
