/*
 * refuse.c - naming what a caller did wrong; and who asked for what there is no more memory for
 *
 *	the address                                      the mistake
 *	not lowmem, not RAM, not a slab's page           wild pointer
 *	a slab's page, before, behind, inside an object  interior pointer
 *	an object of another cache                       wrong cache
 *	an object that is free                           double free
 *	an object that an allocator has for itself       an allocator's own
 *	no cache, or no longer one                       not a cache
 *	an array of more than there can be               bulk of too many
 *
 * A production build does not see a free of what is free already when another was freed between: the
 * object is then given to two, its slab may go back while something in it is used, and counts are
 * wrong.  Who comes upon that later is innocent, so what is told him says that it may have been so.
 *
 * All of this is off the hot paths and may cost what it likes.  Nothing is changed by any of it.
 * Locking: none; what is looked at belongs to the caller or is fixed.
 * Read next: kernel/bug.h.
 */
#include <stdio.h>

#include "kernel/check/check.h"
#include "kernel/kallsyms.h"
#include "kernel/printk.h"
#include "kernel/ratelimit.h"
#include "mm/slab/slab/slab_impl.h"

enum { WORDS_MAX = 120 }; /* characters of "found" and "expected" */

/* What a page that no cache owns is. */
static const char *page_words(const struct page *page)
{
	switch (page_state(page)) {
	case PAGE_FREE:
	case PAGE_PCP:
		return debug_build
			       ? "a free page"
			       : "a free page, or of a slab that went back when an object of it "
				 "was freed twice before";
	case PAGE_USED:
		return page_owner(page) == OWNER_HELD ? "a page of alloc_pages()"
						      : "a page of another family";
	case PAGE_RESERVED:
		return "memory of the image or of boot";
	case PAGE_TAIL:
		return "inside a block of pages";
	case PAGE_ABSENT:
		break;
	}
	return "not RAM";
}

/* Has the image a name for it?  Not where its boot-time part was: that memory is anybody's now. */
static bool is_named(const struct page *page, unsigned long address)
{
	return page && page_state(page) == PAGE_RESERVED &&
	       kallsyms_lookup(address, NULL, NULL, NULL);
}

static void refuse_wild(struct bug_report *report, const struct page *page)
{
	unsigned long address = (unsigned long)report->object;
	char symbol[KALLSYMS_LINE];

	report->what = "wild pointer";
	if (!report->expected)
		report->expected = "an object of a cache";
	if (is_named(page, address))
		bug(report, "%s: %s", page_words(page),
		    kallsyms_format(address, symbol, sizeof(symbol)));
	else
		bug(report, "%s", page ? page_words(page) : "not an address of lowmem");
}

/* Where in its slab an address is at which no object begins. */
static void refuse_interior(struct bug_report *report, const struct kmem_cache *cache,
			    const struct slab *slab)
{
	unsigned long offset = (unsigned long)report->object - (unsigned long)slab->s_mem;
	unsigned int index = (unsigned int)(offset / cache->size);
	unsigned long byte = offset % cache->size;
	bool inside = byte < cache->object_size;

	report->what = "interior pointer";
	if (!report->expected)
		report->expected = "the first byte of an object";
	if (offset >= slab_span(cache, slab))
		bug(report, "in a slab of %s, outside of its objects", cache->name);
	else
		bug(report, "%lu bytes %s object %u of a slab of %s, which begins at %p",
		    inside ? byte : byte - cache->object_size,
		    inside ? "into" : "behind the end of", index, cache->name,
		    index_object(cache, slab, index));
}

void refuse_object(const struct kmem_cache *cache, const void *object, unsigned long caller)
{
	struct page *page = far_page(object);
	char words[WORDS_MAX];
	struct bug_report report = { .family = "slab", .object = object, .caller = caller };
	const struct kmem_cache *owner;

	if (cache && !is_cache(cache)) {
		report.what = "not a cache";
		report.expected = "a cache that was created, and not destroyed";
		bug(&report, "%p as the cache", (const void *)cache);
		return;
	}
	if (cache) {
		snprintf(words, sizeof(words), "an object of %s", cache->name);
		report.expected = words;
	}
	if (!page || !(page->flags & PG_SLAB)) {
		refuse_wild(&report, page);
		return;
	}
	owner = page->mapping;
	if (slab_index(owner, page_slab(page), object) >= page_slab(page)->num) {
		refuse_interior(&report, owner, page_slab(page));
		return;
	}
	report.what = "wrong cache";
	if (!report.expected)
		report.expected = "a cache";
	bug(&report, "an object of %s", owner->name);
}

void refuse_free_object(const struct kmem_cache *cache, const void *object, const char *what,
			unsigned long caller)
{
	const struct bug_report report = {
		.family = "slab",
		.what = what,
		.object = object,
		.expected = "an object in use",
		.caller = caller,
	};
	char symbol[KALLSYMS_LINE];
	unsigned long alloc_by, free_by;

	if (debug_build && debug_owners(cache, object, &alloc_by, &free_by))
		bug(&report, "a free object of %s, freed before by %s", cache->name,
		    kallsyms_format_caller(free_by, symbol, sizeof(symbol)));
	else
		/* A free of it before, with another between, was silent: the guilty may be long gone. */
		bug(&report,
		    "a free object of %s, or one that was freed twice before and given to two",
		    cache->name);
}

void refuse_own(const struct kmem_cache *cache, const void *object, unsigned long caller)
{
	const struct bug_report report = {
		.family = "slab",
		.what = "an allocator's own",
		.object = object,
		.expected = "an object that its caller allocated",
		.caller = caller,
	};
	char symbol[KALLSYMS_LINE];
	unsigned long alloc_by, free_by;

	if (debug_build && debug_owners(cache, object, &alloc_by, &free_by))
		bug(&report, "an object of %s, allocated by %s", cache->name,
		    debug_format_owner(alloc_by, symbol, sizeof(symbol)));
	else
		bug(&report, "an object of %s", cache->name);
}

void refuse_not_own(const void *object, unsigned long caller)
{
	const struct bug_report report = {
		.family = "slab",
		.what = "not an allocator's own",
		.object = object,
		.expected = "an object that an allocator has for itself",
		.caller = caller,
	};
	const struct page *page = far_page(object);
	const struct kmem_cache *cache = page ? page->mapping : NULL;

	if (page && (page->flags & PG_SLAB))
		bug(&report, "an address in a slab of %s", cache->name);
	else
		bug(&report, "%s", page ? page_words(page) : "not an address of lowmem");
}

void refuse_cache(const struct kmem_cache *cache, const char *what, const char *expected,
		  unsigned long caller)
{
	const struct bug_report report = {
		.family = "slab",
		.what = what,
		.object = cache,
		.expected = expected,
		.caller = caller,
	};
	struct check check = {};

	if (!is_cache(cache)) {
		bug(&report, "%p", (const void *)cache);
		return;
	}
	checker_run(checker_named("slab"), &check);
	if (check.verdict == CHECK_BROKEN)
		bug(&report, "cache %s, %ld objects in use, if that is counted right: %s",
		    cache->name, (long)live_objects(cache), check.text);
	else
		bug(&report, "cache %s, %lu objects in use", cache->name, live_objects(cache));
}

void refuse_bulk(void *const *objects, unsigned long n, unsigned long most, unsigned long caller)
{
	const struct bug_report report = {
		.family = "slab",
		.what = "bulk of too many",
		.object = objects,
		.expected = "no more objects than lowmem has room for",
		.caller = caller,
	};

	bug(&report, "%lu objects, of at most %lu", n, most);
}

void refuse_gfp(const struct kmem_cache *cache, gfp_t gfp, const char *expected,
		unsigned long caller)
{
	const struct bug_report report = {
		.family = "slab",
		.what = "bad gfp",
		.object = cache,
		.expected = expected,
		.caller = caller,
	};

	bug(&report, "gfp 0x%x, cache %s", gfp, cache->name);
}

/* --- there is no more ------------------------------------------------------------------------- */

void report_no_memory(const struct kmem_cache *cache, gfp_t gfp, unsigned long caller)
{
	static struct ratelimit limit;
	char symbol[KALLSYMS_LINE];

	if ((gfp & __GFP_NOWARN) || !ratelimit(&limit))
		return;
	kallsyms_format_caller(caller, symbol, sizeof(symbol));
	if (!cache) {
		pr_warn("slab: more than %u MiB (gfp 0x%x) for %s",
			(unsigned int)(KMALLOC_MAX_SIZE / MiB), gfp, symbol);
		return;
	}
	pr_warn("slab: no object of %s, %u bytes, slabs of %u pages at least (gfp 0x%x) for %s",
		cache->name, cache->object_size, cache->shape[SHAPE_LEAST].pages, gfp, symbol);
	show_free_areas();
}
