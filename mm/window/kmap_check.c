/*
 * kmap_check.c - do the invariants of kmap.c hold?
 *
 *	slot by slot: count, page, entry ──> P1, P2
 *	bucket by bucket: listed slots ──> P3 (each is of its bucket, and as many as have a page)
 *
 * DEBUG builds ask the same about a bucket before each use (kmap_mend.c).
 *
 * Locking  pkmap.lock throughout: counts may change under it, but not from or to 0.
 */
#include <stdio.h>

#include "kernel/check/check.h"
#include "mm/window/kmap_impl.h"

bool pkmap_slot_is_free(unsigned int n)
{
	const struct pkmap_slot *slot = &pkmap.slot[n];

	return !READ_ONCE(slot->count) && slot->page == PKMAP_NO_PAGE &&
	       !arch_pte_present(pkmap.pte[n]);
}

bool pkmap_slot_shows(unsigned int n)
{
	const struct pkmap_slot *slot = &pkmap.slot[n];
	const pte_t entry = pkmap.pte[n];

	return READ_ONCE(slot->count) && slot->page < mem_map_pages && arch_pte_present(entry) &&
	       arch_pte_phys(entry) == pfn_to_phys(mem_map_pfn + slot->page);
}

static bool slot_holds(struct check *check, unsigned int n)
{
	const struct pkmap_slot *slot = &pkmap.slot[n];
	const pte_t *entry = arch_pte_find(pkmap_address(n));

	check_at(check, slot);
	if (entry != &pkmap.pte[n])
		return check_broken(check, "P1: slot %u is written at %p, not %p", n,
				    (void *)&pkmap.pte[n], (const void *)entry);
	if (pkmap_slot_is_free(n) || pkmap_slot_shows(n))
		return true;
	return check_broken(check, "%s: slot %u has count %lu, page %lu, and its entry shows 0x%lx",
			    slot->count ? "P2" : "P1", n, (unsigned long)slot->count,
			    (unsigned long)slot->page,
			    arch_pte_present(*entry) ? (unsigned long)arch_pte_phys(*entry) : 0);
}

/* Is it one of the slots? */
static bool is_slot(const struct pkmap_slot *slot)
{
	const unsigned long offset = (unsigned long)slot - (unsigned long)pkmap.slot;

	return offset < LAST_PKMAP * sizeof(*slot) && offset % sizeof(*slot) == 0;
}

bool pkmap_bucket_holds(unsigned int bucket, char fault[PKMAP_FAULT])
{
	const struct pkmap_slot *slot = pkmap_lookup.bucket[bucket];
	unsigned int length = 0, n;

	for (; slot != &pkmap_nobody; slot = slot->next) {
		n = is_slot(slot) ? (unsigned int)(slot - pkmap.slot) : LAST_PKMAP;
		if (n == LAST_PKMAP)
			snprintf(fault, PKMAP_FAULT, "bucket %u leads to %p, no slot", bucket,
				 (const void *)slot);
		else if (length++ == LAST_PKMAP)
			snprintf(fault, PKMAP_FAULT, "bucket %u is cyclic at slot %u", bucket, n);
		else if (!pkmap_slot_shows(n))
			snprintf(fault, PKMAP_FAULT,
				 "bucket %u lists slot %u, which does not show its page", bucket,
				 n);
		else if (slot->page % PKMAP_BUCKETS != bucket)
			snprintf(fault, PKMAP_FAULT, "bucket %u lists slot %u, not its own", bucket,
				 n);
		else
			continue;
		return false;
	}
	return true;
}

/* P3 of one bucket: its slots are of it, and the list ends; *listed has them added. */
static bool bucket_holds(struct check *check, unsigned int bucket, unsigned int *listed)
{
	char fault[PKMAP_FAULT];

	if (!pkmap_bucket_holds(bucket, fault))
		return check_broken(check, "P3: %s", fault);
	for (const struct pkmap_slot *slot = pkmap_lookup.bucket[bucket]; slot != &pkmap_nobody;
	     slot = slot->next)
		++*listed;
	return true;
}

static bool check_locked(struct check *check)
{
	unsigned int with_page = 0, listed = 0;

	for (unsigned int n = 0; n < LAST_PKMAP; n++) {
		if (!slot_holds(check, n))
			return false;
		with_page += READ_ONCE(pkmap.slot[n].count) != 0;
	}
	for (unsigned int bucket = 0; bucket < PKMAP_BUCKETS; bucket++)
		if (!bucket_holds(check, bucket, &listed))
			return false;
	if (listed != with_page || pkmap_nobody.whose != PKMAP_FREE)
		return check_broken(check, "P3: %u slots have a page, %u are listed", with_page,
				    listed);
	check_counted(check, LAST_PKMAP, "slots");
	check_counted(check, with_page, "mapped");
	return true;
}

CHECKER(pkmap_check, "kmap", "each slot's count and page against its entry, and the buckets")
{
	if (!pkmap.pte) {
		check_counted(check, 0, "slots: there is no highmem");
		return;
	}
	if (!check_lock(check, &pkmap.lock))
		return;
	check_locked(check);
	check_unlock(check, &pkmap.lock);
}
