/*
 * kmap_mend.c - claims about a slot of kmap() that was overwritten, in DEBUG builds
 *
 *	bucket ──> slot of a ──> slot of b          two pages that share a bucket, both mapped
 *
 * One word of a's slot, of its entry or of the bucket is changed; then b is looked for, and mapped.
 * There is one report, and b is where it was; so is c, a page of another bucket.  Everything is put
 * right again before the test ends.
 */
#include <stdio.h>

#include "kernel/selftest/selftest.h"
#include "tests/selftests/told/told.h"
#include "tests/selftests/window/block.h"

struct scene {
	struct page *block, *a, *b, *c;
	struct pkmap_slot *slot[2], saved[2]; /* of a, which is first in the bucket, and of b */
	void *address;			      /* of b */
};

static struct pkmap_slot *slot_of(const struct page *page)
{
	return &pkmap.slot[((vaddr_t)page_address(page) - PKMAP_BASE) >> PAGE_SHIFT];
}

static bool set_scene(struct scene *scene, struct page *block)
{
	*scene = (struct scene){ block, block + 5, block + 5 + PKMAP_BUCKETS, block + 6, {},
				 {},	NULL };
	scene->address = kmap(scene->b);
	CHECK(scene->address && kmap(scene->a) && kmap(scene->c));
	scene->slot[0] = slot_of(scene->a);
	scene->slot[1] = slot_of(scene->b);
	for (unsigned int i = 0; i < 2; i++)
		scene->saved[i] = *scene->slot[i];
	CHECK(*pkmap_bucket(page_index(scene->a)) == scene->slot[0]);
	CHECK(scene->slot[0]->next == scene->slot[1]);
	return true;
}

/* The list as it was; the words of entries are who changed them to put back. */
static void put_right(const struct scene *scene)
{
	for (unsigned int i = 0; i < 2; i++)
		*scene->slot[i] = scene->saved[i];
	*pkmap_bucket(page_index(scene->a)) = scene->slot[0];
}

/* Was the report of this bucket, of a fault that these words tell, and do so many slots go on? */
static bool was_named(const struct scene *scene, const char *fault, unsigned int go_on)
{
	return selftest_bug_was("kmap", pkmap_bucket(page_index(scene->a)),
				"slots of this bucket, each of which shows its page",
				"bucket %lu %s; %u slots go on",
				page_index(scene->a) % PKMAP_BUCKETS, fault, go_on);
}

/* With the bucket as it is now, of which these words tell what is wrong. */
static bool finding_mends(const struct scene *scene, const char *fault, unsigned int go_on)
{
	bool found, mapped;

	selftest_expect_bug("broken slot");
	found = page_address(scene->b) == scene->address;
	mapped = kmap(scene->b) == scene->address;
	CHECK(selftest_bug_seen() && was_named(scene, fault, go_on));
	CHECK(found && mapped);
	kunmap(scene->b);
	put_right(scene);
	return pkmap_check();
}

static unsigned int nth_slot(const struct pkmap_slot *slot)
{
	return (unsigned int)(slot - pkmap.slot);
}

static bool links_are_mended(const struct scene *scene)
{
	struct pkmap_slot *first = scene->slot[0], *askew = (void *)((char *)first + 4);

	first->next = first; /* a cycle */
	CHECK(finding_mends(scene, told_line("is cyclic at slot %u", nth_slot(first)), 2));
	first->next = &pkmap_nobody + 1;
	CHECK(finding_mends(scene, told_line("leads to %p, no slot", (void *)first->next), 2));
	*pkmap_bucket(page_index(scene->a)) = askew;
	CHECK(finding_mends(scene, told_line("leads to %p, no slot", (void *)askew), 2));
	first->next = NULL;
	CHECK(finding_mends(scene, told_line("leads to %p, no slot", (void *)NULL), 2));
	first->next = slot_of(scene->c);
	return finding_mends(scene, told_line("lists slot %u, not its own", nth_slot(first->next)),
			     2);
}

static bool words_are_mended(const struct scene *scene)
{
	pte_t *entry = pkmap.pte + (scene->slot[0] - pkmap.slot), was = *entry;
	char lists[60];

	snprintf(lists, sizeof(lists), "lists slot %u, which does not show its page",
		 nth_slot(scene->slot[0]));
	scene->slot[0]->count = 0;
	CHECK(finding_mends(scene, lists, 1));
	scene->slot[0]->page++;
	CHECK(finding_mends(scene, lists, 1));
	*entry = arch_pte_none();
	selftest_expect_bug("broken slot");
	CHECK(page_address(scene->b) == scene->address && selftest_bug_seen());
	CHECK(was_named(scene, lists, 1));
	CHECK_BUG("not mapped", kunmap(scene->a)); /* it is found no more */
	*entry = was;
	put_right(scene);
	return pkmap_check();
}

SELFTEST(kmap, mend, "a slot that was overwritten is named, and the others of its bucket are found")
{
	struct page *block;
	struct scene scene;

	if (!debug_build)
		SKIP("only DEBUG builds look");
	HIGHMEM_OR_SKIP(block);
	EXPECT(set_scene(&scene, block));
	EXPECT(links_are_mended(&scene));
	EXPECT(words_are_mended(&scene));
	kunmap(scene.a);
	kunmap(scene.b);
	kunmap(scene.c);
	free_block(block);
	EXPECT(pkmap_check());
}

/* A bucket that leads nowhere: the page of slot n, which was its last, is found all the same. */
static bool slot_is_looked_at(unsigned int n)
{
	const struct page *page = kmap_to_page((void *)pkmap_address(n));

	*pkmap_bucket(page_index(page)) = NULL;
	selftest_expect_bug("broken slot");
	CHECK(page_address(page) == (void *)pkmap_address(n));
	CHECK(selftest_bug_seen());
	return pkmap_check();
}

SELFTEST(kmap, mend_ends, "a bucket is mended of all slots, the first and the last among them")
{
	struct page *block;

	if (!debug_build)
		SKIP("only DEBUG builds look");
	HIGHMEM_OR_SKIP(block);
	for (u32 i = 0; i < LAST_PKMAP; i++)
		EXPECT(kmap(block + i));
	EXPECT(slot_is_looked_at(0));
	EXPECT(slot_is_looked_at(LAST_PKMAP - 1));
	for (u32 i = 0; i < LAST_PKMAP; i++)
		kunmap(block + i);
	free_block(block);
}

SELFTEST(kmap, mend_free, "a slot that is free by its count alone gets no page")
{
	const unsigned int next = (pkmap.last + 1) % LAST_PKMAP;
	struct pkmap_slot saved;
	struct page *block;
	void *address;

	if (!debug_build)
		SKIP("only DEBUG builds look");
	HIGHMEM_OR_SKIP(block);
	saved = pkmap.slot[next];
	pkmap.slot[next].page = 0;
	selftest_expect_bug("broken slot");
	address = kmap(block);
	pkmap.slot[next] = saved;
	EXPECT(selftest_bug_seen());
	EXPECT(selftest_bug_was("kmap", &pkmap.slot[next], "a free slot, which shows nothing",
				"slot %u, which is passed over", next));
	EXPECT(address && address != (void *)pkmap_address(next));
	kunmap(block);
	free_block(block);
	EXPECT(pkmap_check());
}
