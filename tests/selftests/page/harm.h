/*
 * harm.h - what may be written over a free block's struct page, and how a test puts it right again
 */
#ifndef TESTS_PAGE_HARM_H
#define TESTS_PAGE_HARM_H

#include "mm/page/page_impl.h"

enum harm {
	PREV_WILD,
	NEXT_WILD,
	PREV_OTHER,
	NEXT_OTHER,
	FLAGS,
	REFERENCES,
	TAIL_FLAGS, /* of another page of the block: order 1 or more */
	TAIL_REFERENCES,
	HARMS
};

static inline void do_harm(struct page *page, enum harm harm, struct page *other)
{
	switch (harm) {
	case PREV_WILD:
		page->lru.prev = (struct list_head *)0x5a5a5a5a;
		break;
	case NEXT_WILD:
		page->lru.next = NULL;
		break;
	case PREV_OTHER:
		page->lru.prev = &other->lru;
		break;
	case NEXT_OTHER:
		page->lru.next = &other->lru;
		break;
	case FLAGS:
		page->flags = ~page->flags;
		break;
	case REFERENCES:
		page->_refcount = 3;
		break;
	case TAIL_FLAGS:
		page[1].flags |= head_bits(PAGE_USED, 0);
		break;
	case TAIL_REFERENCES:
		page[1]._refcount = -1;
		break;
	case HARMS:
		break;
	}
}

/* The block is as if it had been allocated. */
static inline void take_back(struct page *page, unsigned int order)
{
	page->flags = page_zone(page)->page_flags | head_bits(PAGE_USED, order);
	page->_refcount = 1;
	__free_pages(page, order);
}

#endif /* TESTS_PAGE_HARM_H */
