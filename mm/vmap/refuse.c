/*
 * refuse.c - what is said when a call means nothing, or when nothing is left
 *
 *	addr of a free      what is found there                   the mistake
 *	not a page's start  -                                     unaligned address
 *	outside the window  -                                     not an area
 *	in the window       an area that begins there             wrong kind; being made or freed;
 *	                                                          an allocator's own;
 *	                                                          broken area (debug builds look)
 *	                    areas that are out of use             broken areas
 *	                    an area that began lower              interior address
 *	                    a hole, and one freed there lately    double free
 *	                    a hole                                not an area
 *
 * Nothing is changed by a refusal.
 * Locking: vmlist_lock, for the look round.
 */
#include <stdarg.h>
#include <stdio.h>

#include "kernel/bug.h"
#include "kernel/kallsyms.h"
#include "kernel/printk.h"
#include "kernel/ratelimit.h"
#include "mm/vmap/vmap_impl.h"

bool __cold refuse_interrupt(const char *function, unsigned long caller)
{
	const struct bug_report report = {
		.family = "vmap",
		.what = "in an interrupt",
		.expected = "a caller that no handler called",
		.caller = caller,
	};

	bug(&report, "%s", function);
	return true;
}

void __cold refuse_argument(const char *what, const void *object, const char *expected,
			    unsigned long found, unsigned long caller)
{
	const struct bug_report report = {
		.family = "vmap",
		.what = what,
		.object = object,
		.expected = expected,
		.caller = caller,
	};

	bug(&report, "0x%lx", found);
}

/* --- frees ------------------------------------------------------------------------------------ */

/* What stands at an address that may not be freed. */
struct scene {
	bool in_area, freed;
	struct vm_struct area; /* a copy: the area may go */
	struct recent_free lately;
};

static void look_round(vaddr_t addr, struct scene *scene)
{
	const struct vm_struct *area;
	unsigned long flags;

	spin_lock_irqsave(&vmlist_lock, flags);
	area = areas_find_locked(addr);
	scene->in_area = area;
	if (area)
		scene->area = *area;
	scene->freed = !area && freed_lately_locked(addr, &scene->lately);
	spin_unlock_irqrestore(&vmlist_lock, flags);
}

static const char *function_that_frees(const struct vm_struct *area)
{
	return area->flags & VM_IOREMAP ? "iounmap()"
	       : area->flags & VM_ALLOC ? "vfree()"
					: "vunmap()";
}

/* Flags of which one is enough to be freed so: free_area() takes areas of vmap() that have the pages. */
static unsigned long freed_as(unsigned long kind)
{
	return kind == VM_ALLOC ? VM_ALLOC | VM_MAP_PUT_PAGES : kind;
}

/* kinds: of what may be freed so. */
static void refuse_inside(struct bug_report *report, const struct vm_struct *area,
			  unsigned long kinds)
{
	vaddr_t offset = (vaddr_t)report->object - (vaddr_t)area->addr;

	if (offset) {
		report->what = "interior address";
		bug(report, "%s0x%lx bytes into the %s area 0x%lx",
		    offset >= get_vm_area_size(area) ? "the guard page, " : "", offset,
		    area_kind(area), (vaddr_t)area->addr);
	} else if (area->flags & VM_UNINITIALIZED) {
		report->what = "not an area";
		bug(report, "an area that is being made, or being freed");
	} else if (area->flags & VM_POINTERS) {
		report->what = "an allocator's own";
		bug(report, "the pointers to another area's pages");
	} else if (area->flags & kinds) {
		report->what = "broken area";
		bug(report, "one that was overwritten, as was told");
	} else {
		report->what = "wrong kind";
		bug(report, "a %s area, for %s", area_kind(area), function_that_frees(area));
	}
}

void __cold refuse_free(const void *addr, unsigned long kind, const char *family,
			unsigned long caller)
{
	const struct vm_struct wanted = { .flags = kind };
	char expected[48], name[KALLSYMS_LINE];
	struct bug_report report = {
		.family = family,
		.what = "not an area",
		.object = addr,
		.expected = expected,
		.caller = caller,
	};
	struct scene scene = {};

	snprintf(expected, sizeof(expected), "the start of a %s area", area_kind(&wanted));
	look_round((vaddr_t)addr, &scene);
	if ((vaddr_t)addr & ~PAGE_MASK) {
		report.what = "unaligned address";
		bug(&report, "0x%lx bytes into a page", (vaddr_t)addr & ~PAGE_MASK);
	} else if (!is_vmalloc_addr(addr)) {
		bug(&report, "an address outside 0x%lx-0x%lx", VMALLOC_START,
		    (vaddr_t)VMALLOC_END - 1);
	} else if (scene.in_area) {
		refuse_inside(&report, &scene.area, freed_as(kind));
	} else if (areas_broken()) {
		report.what = "broken areas";
		bug(&report, "a link between areas that leads astray: they are not used any more");
	} else if (scene.freed) {
		report.what = "double free";
		bug(&report, "freed before, by %s",
		    kallsyms_format_caller(scene.lately.caller, name, sizeof(name)));
	} else {
		bug(&report, "no area there");
	}
}

/* --- exhaustion ------------------------------------------------------------------------------- */

void __cold report_exhaustion(unsigned long pages, gfp_t gfp, const void *caller, const char *fmt,
			      ...)
{
	static struct ratelimit limit;
	char why[120], name[KALLSYMS_LINE];
	va_list ap;

	if ((gfp & __GFP_NOWARN) || !ratelimit(&limit))
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	pr_warn("vmap: no area of %lu pages (gfp 0x%x) for %s: %s", pages, gfp,
		kallsyms_format((unsigned long)caller, name, sizeof(name)),
		areas_broken() ? "the areas are broken" : why);
}
