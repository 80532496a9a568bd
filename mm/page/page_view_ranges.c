/*
 * page_view_ranges.c - kpagecount and kpageflags: what Linux tells of each frame, as ranges
 *
 * The files under /proc tell of all frames, the commands of those that are asked for.
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
#include "kernel/shell/address.h"
#include "kernel/shell/shell.h"
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

/* [pfn, end), a line for each stretch of equal values. */
static void print_ranges(pfn_t pfn, pfn_t end, value_of_t value_of)
{
	struct value now = {};
	pfn_t start = pfn, described = mem_map_pfn + mem_map_pages;

	end = min(end, described); /* whatever max_pfn says */
	while (pfn < end && !con_interrupted()) {
		struct page_run run = page_run_at(pfn);
		struct value value = value_of(&run);

		if (!same_value(&value, &now)) {
			print_range(start, pfn, &now);
			start = pfn;
			now = value;
		}
		pfn = min(run.start + run.pages, end);
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

static void show_counts(pfn_t start, pfn_t end)
{
	con_printf("%-15s %8s  count\n", "frames", "pages");
	print_ranges(start, end, count_of);
}

static void show_flags(pfn_t start, pfn_t end)
{
	con_printf("%-15s %8s  flags\n", "frames", "pages");
	print_ranges(start, end, flags_of);
}

PROC_FILE(kpagecount, "ranges of frames that are held equally often")
{
	show_counts(min_pfn, max_pfn);
}

PROC_FILE(kpageflags, "ranges of frames that are used for the same")
{
	show_flags(min_pfn, max_pfn);
}

/* --- the commands ----------------------------------------------------------------------------- */

/* argv: the command, [PFN|ADDR [COUNT]] */
static int show_asked(int argc, char **argv, void (*show)(pfn_t start, pfn_t end))
{
	pfn_t start = min_pfn;
	u64 count = max_pfn - min_pfn;

	if (argc > 3)
		return SHELL_USAGE;
	if (argc > 1) {
		if (!page_argument(argv[1], &start))
			return SHELL_FAIL;
		if (start < min_pfn || start >= max_pfn)
			return shell_error("PFN|ADDR: %s: the frames are 0x%lx to 0x%lx", argv[1],
					   (unsigned long)min_pfn, (unsigned long)max_pfn - 1);
		count = 1;
	}
	if (argc > 2 && !shell_number(argv[2], "COUNT", 1, max_pfn - start, &count))
		return SHELL_FAIL;
	show(start, start + (pfn_t)count);
	return SHELL_OK;
}

SHELL_CMD(kpagecount, "[PFN|ADDR [COUNT]]", "how often frames are held: one, COUNT, or all",
	  .looks = true, .group = "page", .example = "kpagecount 0x60000 64",
	  .complete = shell_complete_symbol,
	  .details = "Frames that are held equally often stand on one line; 0 is not in use.\n"
		     "Without arguments the same as `cat /proc/kpagecount`.")
{
	return show_asked(argc, argv, show_counts);
}

SHELL_CMD(
	kpageflags, "[PFN|ADDR [COUNT]]", "what frames are used for: one, COUNT, or all",
	.looks = true, .group = "page", .example = "kpageflags 0x60000 64",
	.complete = shell_complete_symbol,
	.details =
		"Frames that are used for the same stand on one line:\n"
		"  NOPAGE    no RAM, a hole           SLAB      objects are cut from it\n"
		"  RESERVED  never to be given out    VMALLOC   of an area\n"
		"  BUDDY     free, in a block         PERCPU    per-CPU objects\n"
		"  PCP       free, on a CPU's list    PGTABLE   a page table\n"
		"  HELD      given out; COMPOUND: a block that is freed as one\n"
		"  LOST      of no block: the allocator is broken\n"
		"Without arguments the same as `cat /proc/kpageflags`.  `page` tells all of one frame.")
{
	return show_asked(argc, argv, show_flags);
}
