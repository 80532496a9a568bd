/*
 * page_view_ranges.c - /proc/kpagecount and /proc/kpageflags: what Linux tells of each frame, as ranges
 *
 *	0x60000-0x600d9      218  RESERVED         frames whose flags are equal stand on one line
 *	0x600da-0x61aff     6694  BUDDY
 *
 * Linux has a number of 64 bits for each frame there; the flags' names are its (fs/proc/page.c).  A
 * block's tails have its head's flags and count.
 *
 * Locking: none: each block is of its own moment.
 * Read next: page_view.c.
 */
#include "kernel/console.h"
#include "kernel/proc/proc.h"
#include "mm/page/page_view.h"

/* What a block is on one line with its neighbours for: a name, or a number. */
struct value {
	const char *name;
	int count;
};

typedef struct value (*value_of_t)(const struct page_run *run);

static void print_range(pfn_t start, pfn_t end, const struct value *value)
{
	if (start == end)
		return;
	con_printf("0x%05lx-0x%05lx %8lu  ", (unsigned long)start, (unsigned long)end - 1,
		   (unsigned long)(end - start));
	if (value->name)
		con_printf("%s\n", value->name);
	else
		con_printf("%d\n", value->count);
}

static bool same_value(const struct value *a, const struct value *b)
{
	return a->name == b->name && a->count == b->count;
}

static void print_ranges(value_of_t value_of)
{
	pfn_t start = min_pfn, pfn = min_pfn;
	struct value now = {};

	while (pfn < max_pfn && !con_interrupted()) {
		struct page_run run = page_run_at(pfn);
		struct value value = value_of(&run);

		if (!same_value(&value, &now)) {
			print_range(start, pfn, &now);
			start = pfn;
			now = value;
		}
		pfn = min(run.start + run.pages, max_pfn);
	}
	print_range(start, pfn, &now);
}

static struct value count_of(const struct page_run *run)
{
	bool used = run->class >= CLASS_HELD && run->class <= CLASS_PAGETABLE;

	return (struct value){ .count = used ? page_count(pfn_to_page(run->start)) : 0 };
}

static struct value flags_of(const struct page_run *run)
{
	static const char *const names[PAGE_CLASSES] = {
		[CLASS_ABSENT] = "NOPAGE",     [CLASS_FREE] = "BUDDY",
		[CLASS_PCP] = "PCP",	       [CLASS_HELD] = "HELD",
		[CLASS_SLAB] = "SLAB",	       [CLASS_VMALLOC] = "VMALLOC",
		[CLASS_PERCPU] = "PERCPU",     [CLASS_PAGETABLE] = "PGTABLE",
		[CLASS_RESERVED] = "RESERVED", [CLASS_LOST] = "LOST",
	};
	bool compound = run->class == CLASS_HELD && PageCompound(pfn_to_page(run->start));

	return (struct value){ .name = compound ? "HELD COMPOUND" : names[run->class] };
}

PROC_FILE(kpagecount, "ranges of frames that are held equally often")
{
	con_printf("%-15s %8s  count\n", "frames", "pages");
	print_ranges(count_of);
}

PROC_FILE(kpageflags, "ranges of frames that are used for the same")
{
	con_printf("%-15s %8s  flags\n", "frames", "pages");
	print_ranges(flags_of);
}
