/*
 * shown.h - what still shows a page that is to be freed: kmap, kmap_local, the fixmap, an area
 *
 * A mapping holds no reference: who frees a page that a window shows leaves an address behind through
 * which the next holder's data is read and written.  In DEBUG builds every window is asked, and the
 * free is refused.  In production builds a page knows only of kmap: PG_SHOWN, once a slot was given to it;
 * the flag makes the fast path's one comparison fail, and costs it nothing.  Then it is counted, warned
 * of, and done.  (Not known: a page that was freed, and came back while its old slot waited for a flush.)
 *
 *	static unsigned int users(const struct page *page) { ... }
 *	static const struct page_window kmap_window = { "kmap", users };
 *	REGISTER_PAGE_WINDOW(kmap_window);
 */
#ifndef MM_PAGE_SHOWN_H
#define MM_PAGE_SHOWN_H

#include "mm/page/page.h"

/* A window above the page allocator; those below it are asked by name. */
struct page_window {
	const char *name;
	/* How many show the page now, so that it must not go.  Context: any. */
	unsigned int (*users)(const struct page *page);
};

#define REGISTER_PAGE_WINDOW(object_) REGISTER(page_windows, const struct page_window, object_)

/*
 * A window shows the page from now on.  Only the head of a used block can know; the flag stays until
 * the block is freed, and means no more than: ask.  Context: the page's user.
 */
static inline void page_set_shown(struct page *page)
{
	if (page_state(page) == PAGE_USED)
		page->flags |= PG_SHOWN;
}

/* Pages that were freed, in production builds, while a window showed them. */
unsigned long pages_freed_shown(void);

#endif /* MM_PAGE_SHOWN_H */
