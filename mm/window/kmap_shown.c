/*
 * kmap_shown.c - tells the page allocator whether somebody has mapped a page by kmap()
 *
 * A slot whose last user is gone shows its page still, until a flush; nobody may use its address, so
 * such a page may be freed.
 *
 * Locking: pkmap.lock.
 * Read next: mm/page/shown.h.
 */
#include "kernel/look.h"
#include "mm/page/shown.h"
#include "mm/window/kmap_impl.h"

static unsigned int users(const struct page *page)
{
	const unsigned long nth = page_index(page);
	const struct pkmap_slot *slot;
	unsigned int count = 0;
	unsigned long flags;

	look_lock_irqsave(&pkmap.lock, flags);
	for (slot = pkmap_first_locked(nth); slot != &pkmap_nobody; slot = slot->next)
		if (slot->page == nth)
			count = READ_ONCE(slot->count);
	look_unlock_irqrestore(&pkmap.lock, flags);
	return count ? count - 1 : 0;
}

static const struct page_window kmap_window = { "kmap", users };
REGISTER_PAGE_WINDOW(kmap_window);
