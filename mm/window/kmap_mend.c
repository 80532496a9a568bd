/*
 * kmap_mend.c - somebody has written over a slot of kmap(): it is named, and no longer in any list
 *
 *	bucket ──> slot 3 ──> slot 9 ──> slot 3 …       9's next was overwritten
 *	slots, pages and entries say: 3, 9 and 12       so the list is 3, 9, 12
 *
 * Which slots belong to a bucket stands in their counts and pages, and their pages in the window's
 * entries as well.  DEBUG builds look at a bucket before each use of it; one that is broken is made
 * anew, of the slots whose count, page and entry agree.  A slot of which they do not is nobody's from
 * then on: nothing finds it, nothing clears it, and pkmap_check() goes on naming it.
 *
 * Locking: pkmap.lock.
 * Read next: kmap.c; kmap_check.c for what is asked.
 */
#include "kernel/bug.h"
#include "mm/window/kmap_impl.h"

static bool belongs_to(unsigned int bucket, unsigned int n)
{
	return pkmap_slot_shows(n) && pkmap.slot[n].page % PKMAP_BUCKETS == bucket;
}

static unsigned int make_list_locked(unsigned int bucket)
{
	unsigned int length = 0;

	pkmap_lookup.bucket[bucket] = &pkmap_nobody;
	for (unsigned int n = LAST_PKMAP; n-- > 0;) {
		if (!belongs_to(bucket, n))
			continue;
		pkmap.slot[n].next = pkmap_lookup.bucket[bucket];
		pkmap_lookup.bucket[bucket] = &pkmap.slot[n]; /* keeps P3 */
		length++;
	}
	return length;
}

void pkmap_mend_locked(unsigned int bucket)
{
	const struct bug_report report = {
		.family = "kmap",
		.what = "broken slot",
		.object = &pkmap_lookup.bucket[bucket],
		.expected = "slots of this bucket, each of which shows its page",
		.caller = _RET_IP_,
	};
	char fault[PKMAP_FAULT];

	if (likely(pkmap_bucket_holds(bucket, fault)))
		return;
	bug(&report, "%s; %u slots go on", fault, make_list_locked(bucket));
}

bool pkmap_may_take_locked(unsigned int n)
{
	const struct bug_report report = {
		.family = "kmap",
		.what = "broken slot",
		.object = &pkmap.slot[n],
		.expected = "a free slot, which shows nothing",
		.caller = _RET_IP_,
	};

	if (likely(pkmap_slot_is_free(n)))
		return true;
	bug(&report, "slot %u, which is passed over", n);
	return false;
}
