/*
 * block.h - what the tests of kmap() map: a block of highmem whose pages begin with their own number
 */
#ifndef TESTS_WINDOW_BLOCK_H
#define TESTS_WINDOW_BLOCK_H

#include "mm/fixmap/kmap_local.h"
#include "mm/window/kmap_impl.h"

/* Twice the slots that there are; page i and page i + PKMAP_BUCKETS share a bucket. */
enum { BLOCK_ORDER = 10, BLOCK_PAGES = 1 << BLOCK_ORDER };
static_assert((int)BLOCK_PAGES >= 2 * (int)LAST_PKMAP && (int)BLOCK_PAGES >= 2 * (int)PKMAP_BUCKETS,
	      "too small for what the tests do");

static inline bool number_page(struct page *page, u32 number)
{
	u32 *va = kmap_local_page(page);

	if (!va)
		return false;
	*va = number;
	kunmap_local(va);
	return true;
}

static inline bool number_pages_of(struct page *block)
{
	for (u32 i = 0; i < BLOCK_PAGES; i++)
		if (!number_page(block + i, i))
			return false;
	return true;
}

/* The block, with all unused slots flushed; NULL when there is none. */
static inline struct page *highmem_block(void)
{
	struct page *block = alloc_pages(GFP_HIGHUSER | __GFP_NOWARN, BLOCK_ORDER);

	if (block && (!PageHighMem(block) || !number_pages_of(block))) {
		__free_pages(block, BLOCK_ORDER);
		block = NULL;
	}
	kmap_flush_unused();
	return block;
}

/* No page of the block is in a slot any more, so nobody finds it there by accident. */
static inline void free_block(struct page *block)
{
	kmap_flush_unused();
	__free_pages(block, BLOCK_ORDER);
}

#define HIGHMEM_OR_SKIP(block)                                                                    \
	do {                                                                                      \
		(block) = highmem_block();                                                        \
		if (!(block))                                                                     \
			SKIP("no highmem on this machine, or no block of 1024 pages of it left"); \
	} while (0)

static inline u32 read_word(const void *va)
{
	return *(const volatile u32 *)va;
}

/* Does reading and writing there fault, as nothing is mapped? */
static inline bool is_dead(const void *va)
{
	u32 word;

	return !arch_try_read((vaddr_t)va, 4, &word, NULL) &&
	       !arch_try_write((vaddr_t)va, 4, 0, NULL);
}

/* How many slots have a page; how many of them a user. */
static inline unsigned int slots(bool used_only)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < LAST_PKMAP; i++) {
		struct pkmap_state state;

		pkmap_look(i, &state);
		n += state.page && (!used_only || state.users);
	}
	return n;
}

#endif /* TESTS_WINDOW_BLOCK_H */
