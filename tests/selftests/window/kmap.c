/*
 * kmap.c - claims about the slots of kmap(), one by one
 *
 * Slots are taken by highmem only: without it most tests are skipped (boot with lowmem=32M).
 * Read next: kmap_random.c, which does all of it at random; kmap_refusals.c.
 */
#include "kernel/selftest/selftest.h"
#include "lib/raw.h"
#include "tests/selftests/window/block.h"

SELFTEST(kmap, lowmem, "a lowmem page gives its own address, and takes no slot")
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned int before = slots(false);

	EXPECT(page);
	EXPECT_EQ(kmap(page), lowmem_page_address(page));
	EXPECT_EQ(page_address(page), lowmem_page_address(page));
	EXPECT_EQ(kmap_to_page((char *)lowmem_page_address(page) + 5), page);
	EXPECT_EQ(slots(false), before);
	kunmap(page);
	kunmap(page); /* nothing to count */
	EXPECT(pkmap_check());
	__free_page(page);
}

SELFTEST(kmap, shows_the_page,
	 "what is written through the slot is in the page, and the other way round")
{
	struct page *block;
	u32 *va, *local;

	HIGHMEM_OR_SKIP(block);
	va = kmap(block + 3);
	EXPECT(va && (vaddr_t)va >= PKMAP_BASE && (vaddr_t)va < PKMAP_END);
	EXPECT_EQ(read_word(va), 3);
	va[PAGE_SIZE / 4 - 1] = 0x600d;
	local = kmap_local_page(block + 3);
	EXPECT(local);
	EXPECT_EQ(local[PAGE_SIZE / 4 - 1], 0x600d);
	local[0] = 4;
	EXPECT_EQ(read_word(va), 4);
	kunmap_local(local);
	EXPECT(pkmap_check());
	kunmap(block + 3);
	free_block(block);
}

SELFTEST(kmap, same_address, "a page that is mapped has one address for all its users")
{
	struct pkmap_state state;
	struct page *block;
	void *va;

	HIGHMEM_OR_SKIP(block);
	EXPECT(!page_address(block));
	va = kmap(block);
	EXPECT(va);
	EXPECT_EQ(kmap(block), va);
	EXPECT_EQ(kmap(block), va);
	EXPECT_EQ(page_address(block), va);
	pkmap_look((unsigned int)(((vaddr_t)va - PKMAP_BASE) >> PAGE_SHIFT), &state);
	EXPECT_EQ(state.users, 3);
	EXPECT_EQ(slots(true), 1);
	for (unsigned int i = 0; i < 3; i++) {
		EXPECT_EQ(read_word(va), 0);
		kunmap(block);
	}
	EXPECT_EQ(slots(true), 0);
	free_block(block);
}

SELFTEST(kmap, unused_until_flushed,
	 "an unused page keeps its slot until the flush, and gets it back before")
{
	struct page *block;
	void *va;

	HIGHMEM_OR_SKIP(block);
	va = kmap(block + 7);
	EXPECT(va);
	kunmap(block + 7);
	EXPECT_EQ(slots(true), 0);
	EXPECT_EQ(slots(false), 1);
	EXPECT_EQ(page_address(block + 7), va);
	EXPECT_EQ(raw_read((u32 *)va), 7);
	EXPECT_EQ(kmap(block + 7), va);
	kmap_flush_unused(); /* it is in use: nothing happens to it */
	EXPECT_EQ(read_word(va), 7);
	EXPECT_EQ(slots(false), 1);
	kunmap(block + 7);
	free_block(block);
}

SELFTEST(kmap, dead_after_flush, "a flushed address faults, although it was just read and written")
{
	struct page *block;
	void *va;

	HIGHMEM_OR_SKIP(block);
	for (u32 i = 0; i < 100; i++) {
		va = kmap(block + i);
		EXPECT(va);
		EXPECT_EQ(read_word(va), i);
		*(volatile u32 *)va = i;
		kunmap(block + i);
		kmap_flush_unused();
		EXPECT(!page_address(block + i));
		EXPECT(is_dead(va));
		EXPECT(pkmap_check());
	}
	free_block(block);
}

/* Maps pages first .. first + n - 1; true when each has an address of its own and shows itself. */
static bool map_range(struct page *block, u32 first, u32 n)
{
	for (u32 i = first; i < first + n; i++) {
		void *va = kmap(block + i);

		CHECK(va);
		CHECK(read_word(va) == i);
	}
	for (u32 i = first; i < first + n; i++)
		CHECK(kmap_to_page(page_address(block + i)) == block + i);
	return true;
}

static void unmap_range_of(struct page *block, u32 first, u32 n)
{
	for (u32 i = first; i < first + n; i++)
		kunmap(block + i);
}

SELFTEST(kmap, reused_slot, "a slot that another page gets shows that page, on the first access")
{
	struct page *block;
	void *va[2];

	HIGHMEM_OR_SKIP(block);
	/* Read just before the flush of a round, so that the TLB has the old page. */
	for (u32 i = 0; i < 3 * BLOCK_PAGES; i++) {
		u32 n = i % BLOCK_PAGES;

		va[0] = kmap(block + n);
		EXPECT(va[0]);
		EXPECT_EQ(read_word(va[0]), n);
		kunmap(block + n);
	}
	/* And without going round: the flush by hand, then 512 pages in the same 512 slots. */
	kmap_flush_unused();
	EXPECT(map_range(block, 0, LAST_PKMAP));
	unmap_range_of(block, 0, LAST_PKMAP);
	kmap_flush_unused();
	EXPECT(map_range(block, LAST_PKMAP, LAST_PKMAP));
	EXPECT(pkmap_check());
	unmap_range_of(block, LAST_PKMAP, LAST_PKMAP);
	free_block(block);
}

SELFTEST(kmap, all_held,
	 "with every slot held a new page gets none, and gets the first that is given back")
{
	struct page *block;
	void *va;

	HIGHMEM_OR_SKIP(block);
	EXPECT(map_range(block, 0, LAST_PKMAP));
	EXPECT_EQ(slots(true), LAST_PKMAP);
	EXPECT(!kmap(block + LAST_PKMAP));
	EXPECT(!page_address(block + LAST_PKMAP));
	EXPECT_EQ(kmap(block + 9), page_address(block + 9)); /* one that has a slot still works */
	kunmap(block + 9);
	va = page_address(block + 300);
	kunmap(block + 300);
	EXPECT_EQ(kmap(block + LAST_PKMAP), va);
	EXPECT_EQ(read_word(va), LAST_PKMAP);
	EXPECT(!kmap(block + 300));
	EXPECT(pkmap_check());
	unmap_range_of(block, 0, 300);
	unmap_range_of(block, 301, LAST_PKMAP - 300);
	EXPECT_EQ(slots(true), 0);
	EXPECT(map_range(block, LAST_PKMAP, LAST_PKMAP));
	unmap_range_of(block, LAST_PKMAP, LAST_PKMAP);
	free_block(block);
}

SELFTEST(kmap, one_bucket,
	 "pages that share a bucket have a slot each, whichever is unmapped first")
{
	struct page *block;

	HIGHMEM_OR_SKIP(block);
	for (u32 first = 0; first < 2; first++) {
		struct page *a = block + 5, *b = block + 5 + PKMAP_BUCKETS;
		struct page *goes = first ? b : a, *stays = first ? a : b;

		EXPECT_EQ(pkmap_bucket(page_index(a)), pkmap_bucket(page_index(b)));
		EXPECT(kmap(a) && kmap(b) && page_address(a) != page_address(b));
		EXPECT_EQ(kmap(a), page_address(a)); /* behind b in the list */
		EXPECT_EQ(kmap(b), page_address(b));
		kunmap(goes);
		kunmap(goes);
		kmap_flush_unused();
		EXPECT(!page_address(goes));
		EXPECT_EQ(read_word(page_address(stays)), stays - block);
		EXPECT(pkmap_check());
		kunmap(stays);
		kunmap(stays);
		kmap_flush_unused();
	}
	free_block(block);
}

SELFTEST(kmap, rights,
	 "a slot is readable, writable, cached, never executable, and seen by every CPU")
{
	struct arch_mapping m;
	struct page *block;

	HIGHMEM_OR_SKIP(block);
	arch_walk((vaddr_t)kmap(block), &m);
	EXPECT(m.present && m.read && m.write && !m.exec && !m.user && m.cached && m.shared);
	EXPECT_EQ(m.phys, page_to_phys(block));
	kunmap(block);
	free_block(block);
}

SELFTEST(kmap, to_page, "the page behind an address is found, in a slot of any sort")
{
	struct page *block;
	char *va, *local;

	HIGHMEM_OR_SKIP(block);
	va = kmap(block + 1);
	EXPECT(va);
	EXPECT_EQ(kmap_to_page(va + PAGE_SIZE - 1), block + 1);
	local = kmap_local_page(block + 2);
	EXPECT(local);
	EXPECT_EQ(kmap_to_page(local + 100), block + 2);
	kunmap_local(local);
	kunmap(block + 1);
	free_block(block);
}

SELFTEST(kmap, checker, "pkmap_check() sees a wrong count, page, entry and list")
{
	struct pkmap_slot *slot, saved;
	struct page *block;
	pte_t *entry, pte;

	HIGHMEM_OR_SKIP(block);
	EXPECT(kmap(block));
	slot = &pkmap.slot[((vaddr_t)page_address(block) - PKMAP_BASE) >> PAGE_SHIFT];
	entry = pkmap.pte + (slot - pkmap.slot);
	saved = *slot;
	pte = *entry;
	EXPECT(pkmap_check());
	slot->count = 0;
	EXPECT(!pkmap_check());
	*slot = saved;
	slot->page++;
	EXPECT(!pkmap_check());
	*slot = saved;
	*entry = arch_pte_none();
	EXPECT(!pkmap_check());
	*entry = pte;
	*pkmap_bucket(page_index(block)) = &pkmap_nobody;
	EXPECT(!pkmap_check());
	*pkmap_bucket(page_index(block)) = slot;
	EXPECT(pkmap_check());
	kunmap(block);
	free_block(block);
}

SELFTEST(kmap, counted, "slots that were taken, flushes, and slots that they freed are counted")
{
	unsigned long taken, rounds, flushed;
	struct page *block;

	HIGHMEM_OR_SKIP(block);
	kmap_flush_unused();
	taken = pkmap.taken, rounds = pkmap.rounds, flushed = pkmap.flushed;
	for (unsigned int i = 0; i < 3; i++)
		EXPECT(kmap(block + i % 2)); /* the first one twice */
	EXPECT_EQ(pkmap.taken, taken + 2);
	kunmap(block);
	kunmap(block);
	kmap_flush_unused();
	kunmap(block + 1);
	EXPECT_EQ(pkmap.rounds, rounds + 1);
	EXPECT_EQ(pkmap.flushed, flushed + 1);
	free_block(block);
}
