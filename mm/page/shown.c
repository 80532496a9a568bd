/*
 * shown.c - asks the windows whether one of them shows what is to be freed
 *
 *	free ──PG_SHOWN, or DEBUG──> kmap        its slots, by page
 *	                             kmap_local  CPUs' slots       }
 *	                             fixmap      the user slots    } DEBUG
 *	                             areas       counted by frame  }
 *
 * Locking: none here; the windows take their own.
 * Read next: free.c.
 */
#include "kernel/bug.h"
#include "kernel/kallsyms.h"
#include "kernel/printk.h"
#include "kernel/ratelimit.h"
#include "mm/fixmap/fixmap.h"
#include "mm/page/alloc_impl.h"
#include "mm/page/page_debug.h"
#include "mm/page/shown.h"

REGISTRY(page_windows, const struct page_window);

static unsigned long freed_shown; /* [A] */

unsigned long pages_freed_shown(void)
{
	return __atomic_load_n(&freed_shown, __ATOMIC_RELAXED);
}

/* The name of a registered window that shows the page, or NULL.  Lowmem needs no window. */
static const char *window_of(const struct page *page)
{
	const struct page_window *const *window;

	for_each_registered(window, page_windows)
		if (PageHighMem(page) && (*window)->users(page))
			return (*window)->name;
	return NULL;
}

/* Any window that shows one of these pages, with which one; or NULL.  Knows all only in DEBUG builds. */
static const char *shown_by(const struct page *page, unsigned long pages, const struct page **shown)
{
	pfn_t start = page_to_pfn(page), pfn;
	const char *name = fixmap_shows(start, pages, &pfn);

	*shown = page + (name ? pfn - start : 0);
	for (unsigned long i = 0; i < pages && !name; i++) {
		*shown = page + i;
		name = window_of(page + i);
		if (!name && page_debug_map[page + i - mem_map].areas)
			name = "a vmap area";
	}
	return name;
}

static bool refuse_shown(const struct page *page, unsigned long pages, unsigned long caller)
{
	struct bug_report report = {
		.family = "page",
		.what = "still mapped",
		.expected = "pages that nothing shows",
		.caller = caller,
	};
	const struct page *shown;
	const char *name = shown_by(page, pages, &shown);
	char history[PAGE_HISTORY];

	if (likely(!name))
		return false;
	report.object = shown;
	bug(&report, "pfn 0x%lx in %s%s", page_to_pfn(shown), name,
	    page_debug_history(shown, history, sizeof(history)));
	return true;
}

static void __noinline __cold warn_shown(const struct page *page, const char *name,
					 unsigned long caller)
{
	static struct ratelimit limit;
	char who[KALLSYMS_LINE];

	__atomic_fetch_add(&freed_shown, 1, __ATOMIC_RELAXED);
	if (ratelimit(&limit))
		pr_warn("page: pfn 0x%lx was freed by %s while %s shows it", page_to_pfn(page),
			kallsyms_format_caller(caller, who, sizeof(who)), name);
}

bool may_go(struct page *page, unsigned long skip, unsigned long pages, unsigned long caller)
{
	const char *name;

	if (debug_build)
		return !refuse_shown(page + skip, pages - skip, caller);
	if (skip || !(page->flags & PG_SHOWN))
		return true;
	name = window_of(page);
	if (name)
		warn_shown(page, name, caller);
	page->flags &= ~(u32)PG_SHOWN;
	return true;
}
