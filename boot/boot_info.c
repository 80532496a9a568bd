/*
 * boot_info.c - asks the boot loader's descriptions in order, and takes over the first usable one
 *
 *	r2 ─> first words ──── tree's magic ──> fdt_parse()         ─┐
 *	                  └─── CORE tag ──────> atags_parse()       ─┼─> candidate ─> boot_info
 *	nothing, or both refused ─────────────> semihosting_read()  ─┘      │
 *	                                                                    └ refused: next source
 *
 * A source is refused when it is malformed, or when none of its banks holds the running image: a
 * description of another machine.  Then: parameters (mem= counts), the initrd, one summary line.
 *
 * Invariants
 *   R1  reserved[] is ascending, page aligned, inside the RAM window, and no two ranges overlap.
 *   R2  Touching ranges of the same name are one.
 *   R3  boot_info is written once, from a candidate that was accepted as a whole.
 *   R4  The tables and the image are reserved before what a source says: the kernel's own names
 *       stay on its own memory.
 *
 * Locking  none: one CPU, before anything else runs.  boot_info is read-only after boot_info_init(),
 *          but for boot_reserve(), which belongs to boot as well.
 * Read next: boot_info_init(), then fdt.c, atags.c, semihosting.c, banks.c.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"
#include "arch/arm/sections.h"
#include "boot/atags.h"
#include "boot/boot_impl.h"
#include "boot/fdt.h"
#include "boot/semihosting.h"
#include "kernel/bug.h"
#include "kernel/param.h"
#include "kernel/bootstage.h"
#include "kernel/printk.h"
#include "mm/fixmap/fixmap.h"

struct boot_info boot_info;
unsigned long boot_args[3]; /* written by head.S */

enum { PAGE_TABLES_BYTES = 16 * 1024 };

/* --- warnings -------------------------------------------------------------------------------- */

static boot_warn_hook_t warn_hook;

boot_warn_hook_t boot_warn_set_hook(boot_warn_hook_t hook)
{
	boot_warn_hook_t former = warn_hook;

	warn_hook = hook;
	return former;
}

void boot_warn(const char *fmt, ...)
{
	char line[PRINTK_LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (warn_hook)
		warn_hook(line);
	else
		pr_warn("boot: %s", line);
}

/* --- reserved ranges ------------------------------------------------------------------------- */

bool boot_overlap(paddr_t a, paddr_t a_size, paddr_t b, paddr_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

static inline paddr_t range_end(const struct boot_range *range)
{
	return range->base + range->size;
}

/* The index of the first reserved range that ends above `address`, or nr_reserved. */
static unsigned int first_ending_above(const struct boot_info *bi, paddr_t address)
{
	unsigned int at = 0;

	while (at < bi->nr_reserved && range_end(&bi->reserved[at]) <= address)
		at++;
	return at;
}

/* Makes the entry at `at` one with the next when they touch and have one name: keeps R2. */
static void join_with_next(struct boot_info *bi, unsigned int at)
{
	struct boot_range *range = &bi->reserved[at];

	if (at + 1 >= bi->nr_reserved || range_end(range) != range[1].base ||
	    strcmp(range->name, range[1].name) != 0)
		return;
	range->size += range[1].size;
	bi->nr_reserved--;
	memmove(&range[1], &range[2], (bi->nr_reserved - at - 1) * sizeof(*range));
}

/*
 * Inserts [base, end), which no entry overlaps, before the entry at `at`.  A touching neighbour of
 * the same name grows instead, so that this works even with a full table.
 */
static void insert_free(struct boot_info *bi, unsigned int at, paddr_t base, paddr_t end,
			const char *name)
{
	struct boot_range *range = &bi->reserved[at];

	if (at > 0 && range_end(range - 1) == base && strcmp(range[-1].name, name) == 0) {
		range[-1].size += end - base;
		join_with_next(bi, at - 1);
		return;
	}
	if (at < bi->nr_reserved && range->base == end && strcmp(range->name, name) == 0) {
		range->base = base;
		range->size += end - base;
		return;
	}
	if (bi->nr_reserved == BOOT_RESERVED_MAX) {
		boot_warn("reserve %s [0x%08lx-0x%08lx]: more than %d ranges; dropped", name, base,
			  end - 1, BOOT_RESERVED_MAX);
		return;
	}
	memmove(range + 1, range, (bi->nr_reserved - at) * sizeof(*range));
	*range = (struct boot_range){ .base = base, .size = end - base, .name = name };
	bi->nr_reserved++;
}

/* Reserves what of [base, end) no entry covers yet: earlier names stay. */
static void reserve_gaps(struct boot_info *bi, paddr_t base, paddr_t end, const char *name)
{
	while (base < end) {
		unsigned int at = first_ending_above(bi, base);
		const struct boot_range *next = &bi->reserved[at];
		paddr_t gap_end;

		if (at < bi->nr_reserved && next->base <= base) {
			base = range_end(next);
			continue;
		}
		gap_end = at < bi->nr_reserved ? min(end, next->base) : end;
		insert_free(bi, at, base, gap_end, name);
		base = gap_end;
	}
}

void boot_reserve_in(struct boot_info *bi, paddr_t base, paddr_t size, const char *name)
{
	const paddr_t low = PHYS_OFFSET, high = RAM_WINDOW_END;
	paddr_t end = size < high - min(base, high) ? base + size : high;

	if (!size || base >= high || end <= low) {
		boot_warn("reserve %s [0x%08lx, %lu bytes]: %s; dropped", name, base, size,
			  size ? "outside the RAM window" : "empty");
		return;
	}
	base = ALIGN_DOWN(max(base, low), (paddr_t)PAGE_SIZE);
	end = ALIGN(end, (paddr_t)PAGE_SIZE); /* the window's own end is aligned: no overflow */
	reserve_gaps(bi, base, end, name);
}

void boot_reserve(paddr_t base, paddr_t size, const char *name)
{
	boot_reserve_in(&boot_info, base, size, name);
}

/* --- the command line ------------------------------------------------------------------------ */

/* The bytes of the first `room` that end with a whole word; all of them when it is one word. */
static size_t whole_words(const char *line, size_t room)
{
	size_t cut = room;

	while (cut > 0 && line[cut] != ' ')
		cut--;
	return cut ? cut : room;
}

void boot_cmdline_set(struct boot_info *bi, const char *line, size_t len)
{
	size_t kept = len;

	if (len > BOOT_CMDLINE_MAX - 1) {
		kept = whole_words(line, BOOT_CMDLINE_MAX - 1);
		boot_warn("command line of %lu bytes: cut to %lu", (unsigned long)len,
			  (unsigned long)kept);
	}
	memmove(bi->cmdline, line, kept); /* semihosting's line lies in bi->cmdline already */
	bi->cmdline[kept] = '\0';
}

/* --- what r2 points to ----------------------------------------------------------------------- */

enum r2_kind { R2_NOTHING, R2_TREE, R2_TAGS };

static enum r2_kind __init look_at_r2(paddr_t r2)
{
	const paddr_t low = PHYS_OFFSET, high = RAM_WINDOW_END;
	enum r2_kind kind = R2_NOTHING;
	void *first;

	if (!r2)
		return R2_NOTHING;
	if (r2 < low || r2 > high - BOOT_PROBE_BYTES || !IS_ALIGNED(r2, 4ul)) {
		boot_warn("r2=0x%08lx: not a word's address in RAM; ignored", r2);
		return R2_NOTHING;
	}
	first = early_map(r2, BOOT_PROBE_BYTES);
	if (fdt_found(first))
		kind = R2_TREE;
	else if (atags_found(first))
		kind = R2_TAGS;
	else
		boot_warn("r2=0x%08lx: neither a device tree nor ATAGs; ignored", r2);
	early_unmap(first);
	return kind;
}

static paddr_t __init image_base(void)
{
	return virt_to_phys(_image_start);
}

static paddr_t __init image_size(void)
{
	return virt_to_phys(_image_end) - image_base();
}

/* The first-level table and the image: nothing given to us can lie there unharmed. */
static bool __init overlaps_kernel(paddr_t base, paddr_t size)
{
	return boot_overlap(base, size, PHYS_OFFSET + SWAPPER_OFFSET, PAGE_TABLES_BYTES) ||
	       boot_overlap(base, size, image_base(), image_size());
}

/* --- sources --------------------------------------------------------------------------------- */

/*
 * Reads a source into *bi.  False with *why NULL: there is none.  False with *why: it is refused.
 */
typedef bool (*source_read_t)(struct boot_info *bi, const char **why);

static u32 __init tree_size_at(paddr_t at)
{
	void *first = early_map(at, BOOT_PROBE_BYTES);
	u32 size = fdt_size(first);

	early_unmap(first);
	return size;
}

static bool __init read_tree(struct boot_info *bi, const char **why)
{
	paddr_t at = boot_args[2];
	u32 size = tree_size_at(at);
	void *blob;
	bool ok;

	bi->source_at = bi->dtb = at;
	*why = "its total size reaches past the end of RAM";
	if (size > RAM_WINDOW_END - at)
		return false;
	*why = "it overlaps the kernel";
	if (overlaps_kernel(at, size))
		return false;
	*why = "its total size is not one of a tree (1 byte to 1 MiB)";
	blob = size ? early_map(at, size) : NULL;
	if (!blob)
		return false;
	ok = fdt_parse(blob, size, bi, why);
	early_unmap(blob);
	return ok;
}

static bool __init read_tags(struct boot_info *bi, const char **why)
{
	paddr_t at = boot_args[2];
	size_t limit = min((paddr_t)ATAGS_MAX_BYTES, RAM_WINDOW_END - at);
	void *list = early_map(at, limit);
	bool ok;

	bi->source_at = at;
	*why = "cannot be mapped";
	if (!list)
		return false;
	ok = atags_parse(list, limit, bi, why);
	early_unmap(list);
	return ok;
}

/* The banks must be worth having, or the source describes some other machine. */
static bool __init banks_usable(struct boot_info *bi, const char **why)
{
	*why = "no usable memory bank";
	if (!banks_sanitise(bi))
		return false;
	*why = "no bank holds the running image";
	return banks_hold(bi, image_base(), image_size());
}

/* Tries one source; on success it is the boot_info. */
static bool __init try_source(const char *name, source_read_t read)
{
	static struct boot_info candidate __initdata;
	const char *why = NULL;

	memset(&candidate, 0, sizeof(candidate));
	candidate.source = name;
	boot_reserve_in(&candidate, PHYS_OFFSET + SWAPPER_OFFSET, PAGE_TABLES_BYTES, "page tables");
	boot_reserve_in(&candidate, image_base(), image_size(), "image"); /* R4 */
	if (read(&candidate, &why) && banks_usable(&candidate, &why)) {
		boot_info = candidate; /* R3 */
		return true;
	}
	if (why)
		boot_warn("%s at 0x%08lx: refused: %s", name, candidate.source_at, why);
	return false;
}

static void __init choose_source(void)
{
	enum r2_kind kind = look_at_r2(boot_args[2]);

	if (kind == R2_TREE && try_source("device tree", read_tree))
		return;
	if (kind == R2_TAGS && try_source("ATAGs", read_tags))
		return;
	if (try_source("semihosting", semihosting_read))
		return;
	panic("no usable description of memory: neither at r2=0x%08lx (tree, ATAGs) nor by semihosting",
	      boot_args[2]);
}

/* --- afterwards ------------------------------------------------------------------------------ */

static void __init drop_initrd(const char *why)
{
	boot_warn("initrd [0x%08lx, %lu bytes]: %s; dropped", boot_info.initrd,
		  boot_info.initrd_size, why);
	boot_info.initrd = boot_info.initrd_size = 0;
}

static void __init place_initrd(void)
{
	if (!boot_info.initrd_size)
		boot_info.initrd = 0;
	else if (!banks_hold(&boot_info, boot_info.initrd, boot_info.initrd_size))
		drop_initrd("outside the banks");
	else if (overlaps_kernel(boot_info.initrd, boot_info.initrd_size))
		drop_initrd("overlaps the kernel");
	else
		boot_reserve(boot_info.initrd, boot_info.initrd_size, "initrd");
}

static void __init place_tree(void)
{
	if (!boot_info.dtb_size || banks_hold(&boot_info, boot_info.dtb, boot_info.dtb_size))
		return;
	boot_warn("device tree [0x%08lx, %lu bytes]: outside the banks; dropped", boot_info.dtb,
		  boot_info.dtb_size);
	boot_info.dtb = boot_info.dtb_size = 0;
}

static void __init tell(void)
{
	enum { SHOWN = 120 }; /* of the command line: the whole has to fit PRINTK_LINE */
	char where[24] = "", initrd[48] = "no initrd", line[SHOWN + 24] = "no command line";

	if (boot_info.source_at)
		snprintf(where, sizeof(where), " at 0x%08lx", boot_info.source_at);
	if (boot_info.initrd_size)
		snprintf(initrd, sizeof(initrd), "initrd 0x%08lx, %lu bytes", boot_info.initrd,
			 boot_info.initrd_size);
	if (*boot_info.cmdline)
		snprintf(line, sizeof(line), "command line \"%.*s\"%s", SHOWN, boot_info.cmdline,
			 strlen(boot_info.cmdline) > SHOWN ? "..." : "");
	stage_done("boot", "%s%s: %u bank%s, %llu MiB; %s; %s", boot_info.source, where,
		   boot_info.nr_banks, boot_info.nr_banks == 1 ? "" : "s",
		   (unsigned long long)(banks_total(&boot_info) / MiB), initrd, line);
}

void __init boot_info_init(void)
{
	choose_source();
	param_parse(boot_info.cmdline);
	if (banks_mem_param != ULONG_MAX)
		banks_limit(&boot_info, banks_mem_param, image_base() + image_size());
	place_initrd();
	place_tree();
	tell();
}
