/*
 * kmap_check.c - do the invariants of kmap.c hold?
 *
 *	slot by slot: count, page, entry ──> P1, P2
 *	bucket by bucket: listed slots ──> P3 (each is of its bucket, and as many as have a page)
 *
 * Locking  pkmap.lock throughout: counts may change under it, but not from or to 0.
 */
#include "kernel/printk.h"
#include "mm/window/kmap_impl.h"

static bool slot_holds(unsigned int n)
{
	const struct pkmap_slot *slot = &pkmap.slot[n];
	const pte_t entry = pkmap.pte[n];
	unsigned int count = READ_ONCE(slot->count);

	if (count == 0 && !slot->page && !arch_pte_present(entry))
		return true;
	if (count && slot->page && arch_pte_present(entry) &&
	    arch_pte_phys(entry) == page_to_phys(slot->page))
		return true;
	pr_err("kmap: slot %u has count %u, page %p, and its entry shows 0x%lx (%s)", n, count,
	       (void *)slot->page, arch_pte_present(entry) ? arch_pte_phys(entry) : 0,
	       count ? "P2" : "P1");
	return false;
}

/* How many slots the bucket lists; more than there are when a list has no end or a wrong member. */
static unsigned int bucket_length(unsigned int bucket)
{
	const struct pkmap_slot *slot = pkmap_lookup.bucket[bucket];
	unsigned int length = 0;

	for (; slot != &pkmap_nobody; slot = slot->next) {
		if (length++ > LAST_PKMAP || !slot->page ||
		    pkmap_bucket_of(slot->page) != &pkmap_lookup.bucket[bucket]) {
			pr_err("kmap: bucket %u lists what is not its own (P3)", bucket);
			return 2 * LAST_PKMAP;
		}
	}
	return length;
}

static bool check_locked(void)
{
	unsigned int with_page = 0, listed = 0;

	for (unsigned int n = 0; n < LAST_PKMAP; n++) {
		if (!slot_holds(n))
			return false;
		with_page += pkmap.slot[n].page != NULL;
	}
	for (unsigned int bucket = 0; bucket < PKMAP_BUCKETS; bucket++)
		listed += bucket_length(bucket);
	if (listed != with_page || pkmap_nobody.page || pkmap_nobody.count)
		pr_err("kmap: %u slots have a page, %u are listed (P3)", with_page, listed);
	return listed == with_page && !pkmap_nobody.page && !pkmap_nobody.count;
}

bool pkmap_check(void)
{
	unsigned long flags;
	bool holds;

	if (!pkmap.pte)
		return true;
	spin_lock_irqsave(&pkmap.lock, flags);
	holds = check_locked();
	spin_unlock_irqrestore(&pkmap.lock, flags);
	return holds;
}
