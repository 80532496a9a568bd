/*
 * boot_info.c - asks the boot loader's descriptions in order, and takes over the first usable one
 *
 *	r2 ─> first words ──── tree's magic ──> fdt_parse()         ─┐
 *	                  └─── CORE tag ──────> atags_parse()       ─┼─> candidate ─> boot_info
 *	nothing, or both refused ─────────────> semihosting_read()  ─┘      │
 *	                                                                    └ refused: next source
 *
 * A source is refused when it is malformed, or when the kernel does not stand on its banks: a
 * description of another machine.  What it reserved counts all the same, the initrd's memory
 * included, and it is kept itself.
 * Then: parameters (mem= counts), the initrd, what the tree wants placed, one summary line.
 *
 * Invariants (R1 to R4 are reserved.c's)
 *   R5  The tables and the image are reserved before what a source says: the kernel's own names
 *       stay on its own memory.
 *   R6  boot_info is written once, from a candidate that was accepted as a whole.
 *   R7  An initrd that is announced is reserved, in RAM, and mapped where lowmem is.
 *
 * Locking  none: one CPU, before anything else runs.  boot_info is read-only after boot_info_init(),
 *          but for boot_info_keep().
 * Read next: boot_info_init(), then fdt.c, atags.c, semihosting.c, banks.c, reserved.c.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"
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

/* --- tables ----------------------------------------------------------------------------------- */

enum { BANKS_MAX = 256, RESERVED_MAX = 1024, NAMES_MAX = 8 * 1024 };

/* What is left of these after boot is what boot_info_keep() copied. */
static struct boot_bank boot_banks[BANKS_MAX + 1] __initdata;
static struct boot_range boot_ranges[RESERVED_MAX + 2] __initdata;
static char boot_names[NAMES_MAX] __initdata;

void boot_tables(struct boot_info *bi, struct boot_bank *banks, unsigned int max_banks,
		 struct boot_range *ranges, unsigned int max_ranges, char *names, size_t max_names)
{
	bi->bank = banks;
	bi->max_banks = max_banks;
	bi->reserved = ranges;
	bi->max_reserved = max_ranges;
	bi->names = names;
	bi->max_names = max_names;
}

/* Inline, so that it is boot_info_keep() who is known as the owner. */
static __always_inline void *moved(void *(*alloc)(size_t size, size_t align), const void *from,
				   size_t bytes)
{
	return bytes ? memcpy(alloc(bytes, sizeof(void *)), from, bytes) : NULL;
}

void __init boot_info_keep(void *(*alloc)(size_t size, size_t align))
{
	struct boot_info *bi = &boot_info;
	const char *names = bi->names;

	bi->max_banks = bi->nr_banks;
	bi->max_reserved = bi->nr_reserved;
	bi->max_names = bi->names_used;
	bi->bank = moved(alloc, bi->bank, bi->nr_banks * sizeof(*bi->bank));
	bi->reserved = moved(alloc, bi->reserved, bi->nr_reserved * sizeof(*bi->reserved));
	bi->names = moved(alloc, bi->names, bi->names_used);
	for (unsigned int i = 0; i < bi->nr_reserved; i++) {
		const char **name = &bi->reserved[i].name;

		if (*name >= names && *name < names + bi->names_used)
			*name = bi->names + (*name - names);
	}
}

/* --- the command line ------------------------------------------------------------------------- */

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

/* --- the kernel's own memory ------------------------------------------------------------------ */

static bool __init overlaps_kernel(const struct boot_info *bi, paddr_t base, paddr_t size)
{
	return boot_overlaps_flagged(bi, base, size, BOOT_KERNEL);
}

/* --- what r2 points to ------------------------------------------------------------------------ */

enum r2_kind { R2_NOTHING, R2_TREE, R2_TAGS };

/* More than these is not believed of a source that is refused: a huge number must not take all RAM. */
enum { SOURCE_MAX = 1024 * 1024 };

/* Keeps a source that was refused: whoever debugs it will want to see it. */
static void __init keep_refused(struct boot_info *bi, paddr_t at, paddr_t size, const char *name)
{
	size = min(max(size, (paddr_t)1), (paddr_t)SOURCE_MAX);
	boot_reserve_in(bi, at, size, name, BOOT_OURS);
}

/* Something that nobody knows: one page of it, or as much as it says, were it a damaged tree. */
static void __init keep_unknown(struct boot_info *bi, paddr_t at, const void *first)
{
	u32 size = fdt_size(first);

	boot_warn("r2=0x%08lx: neither a device tree nor ATAGs; ignored", at);
	keep_refused(bi, at, size <= SOURCE_MAX ? size : 1, "found at r2");
}

static enum r2_kind __init look_at_r2(struct boot_info *bi, paddr_t r2)
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
		keep_unknown(bi, r2, first);
	early_unmap(first);
	return kind;
}

/* --- sources ---------------------------------------------------------------------------------- */

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
	bi->source_size = size;
	*why = "its total size reaches past the end of RAM";
	if (size > RAM_WINDOW_END - at)
		return false;
	*why = "it overlaps the kernel";
	if (overlaps_kernel(bi, at, size))
		return false;
	*why = "its total size is not one of a tree (1 byte to 1 MiB)";
	blob = size ? early_map(at, size) : NULL;
	if (!blob)
		return false;
	ok = fdt_parse(blob, size, bi, why);
	early_unmap(blob);
	return ok;
}

/* The bytes from `at` on that are not the kernel's own, of at most `most`. */
static paddr_t __init room_before_kernel(paddr_t at, paddr_t most)
{
	struct arch_kernel_part part;

	for (unsigned int i = 0; arch_kernel_part(i, &part); i++)
		if (at < part.base)
			most = min(most, part.base - at);
	return most;
}

static bool __init read_tags(struct boot_info *bi, const char **why)
{
	paddr_t at = boot_args[2];
	paddr_t limit = min((paddr_t)ATAGS_MAX_BYTES, RAM_WINDOW_END - at);
	void *list;
	bool ok;

	bi->source_at = at;
	bi->source_size = BOOT_PROBE_BYTES;
	*why = "it overlaps the kernel";
	if (overlaps_kernel(bi, at, BOOT_PROBE_BYTES))
		return false;
	limit = room_before_kernel(at, limit);
	*why = "cannot be mapped";
	list = early_map(at, limit);
	if (!list)
		return false;
	ok = atags_parse(list, limit, bi, why);
	early_unmap(list);
	return ok;
}

/* The kernel must stand on memory that is there, or the source describes some other machine. */
static bool __init banks_usable(struct boot_info *bi, const char **why)
{
	struct arch_kernel_part part;

	*why = "no usable memory bank";
	if (!banks_sanitise(bi))
		return false;
	for (unsigned int i = 0; arch_kernel_part(i, &part); i++) {
		*why = part.missing;
		if (!banks_hold(bi, part.base, part.size))
			return false;
	}
	return true;
}

/* A struct that knows of nothing but the kernel. */
static struct boot_info *__init first_candidate(void)
{
	static struct boot_info candidate __initdata;
	struct arch_kernel_part part;

	boot_tables(&candidate, boot_banks, BANKS_MAX, boot_ranges, RESERVED_MAX, boot_names,
		    NAMES_MAX);
	for (unsigned int i = 0; arch_kernel_part(i, &part); i++)
		boot_reserve_in(&candidate, part.base, part.size, part.name, BOOT_KERNEL); /* R5 */
	return &candidate;
}

/* Whoever told of an initrd has put something there; but one that leaves the window is not believed. */
static void __init keep_refused_initrd(struct boot_info *bi)
{
	const paddr_t low = PHYS_OFFSET, high = RAM_WINDOW_END;

	if (bi->initrd >= low && bi->initrd < high && bi->initrd_size <= high - bi->initrd)
		boot_reserve_in(bi, bi->initrd, bi->initrd_size, "initrd, refused", BOOT_OURS);
}

/* Forgets what a refused source told, but for what it reserved. */
static void __init forget(struct boot_info *bi)
{
	if (bi->initrd_size)
		keep_refused_initrd(bi);
	bi->source_at = bi->source_size = 0;
	bi->nr_banks = bi->nr_told = 0;
	bi->initrd = bi->initrd_size = 0;
	bi->dtb = bi->dtb_size = 0;
	bi->cmdline[0] = '\0';
}

/* Tries one source; on success it is the boot_info. */
static bool __init try_source(struct boot_info *bi, const char *name, source_read_t read)
{
	const char *why = NULL;

	bi->source = name;
	if (read(bi, &why) && banks_usable(bi, &why)) {
		boot_info = *bi; /* R6 */
		return true;
	}
	if (why)
		boot_warn("%s at 0x%08lx: refused: %s", name, bi->source_at, why);
	if (bi->source_at)
		keep_refused(bi, bi->source_at, bi->source_size, name);
	forget(bi);
	return false;
}

static void __init choose_source(void)
{
	struct boot_info *bi = first_candidate();
	enum r2_kind kind = look_at_r2(bi, boot_args[2]);

	if (kind == R2_TREE && try_source(bi, "device tree", read_tree))
		return;
	if (kind == R2_TAGS && try_source(bi, "ATAGs", read_tags))
		return;
	if (try_source(bi, "semihosting", semihosting_read))
		return;
	panic("no usable description of memory: neither at r2=0x%08lx (tree, ATAGs) nor by semihosting",
	      boot_args[2]);
}

/* --- afterwards ------------------------------------------------------------------------------- */

/* Why the initrd cannot be there, or NULL: nothing was wrong with it, and it is reserved. */
static const char *__init initrd_fault(paddr_t base, paddr_t size)
{
	if (boot_touches_nomap(base, size))
		return "touches no-map memory";
	if (!banks_hold(&boot_info, base, size))
		return "outside the banks";
	if (overlaps_kernel(&boot_info, base, size))
		return "overlaps the kernel";
	return boot_reserve_in(&boot_info, base, size, "initrd", BOOT_OURS) ? NULL
									    : "cannot be reserved";
}

static void __init drop_initrd(const char *fault)
{
	if (boot_info.initrd_size)
		boot_warn("initrd [0x%08lx, %lu bytes]: %s; dropped", boot_info.initrd,
			  boot_info.initrd_size, fault);
	boot_info.initrd = boot_info.initrd_size = 0;
}

/* What cannot be reserved is not there. */
static void __init place_initrd(void)
{
	paddr_t base = boot_info.initrd, size = boot_info.initrd_size;
	const char *fault = NULL;

	if (size)
		fault = size <= RAM_WINDOW_END - min(base, (paddr_t)RAM_WINDOW_END)
				? initrd_fault(base, size)
				: "runs out of the RAM window";
	if (fault || !size)
		drop_initrd(fault);
}

/* The tree's wishes for memory at no special place come when all that has one is known. */
static void __init place_tree(void)
{
	paddr_t at = boot_info.dtb, size = boot_info.dtb_size;
	void *blob;

	if (!size)
		return;
	blob = early_map(at, size); /* as it was for reading it */
	ASSERT(blob);
	fdt_place(blob, size, &boot_info);
	early_unmap(blob);
	if (banks_hold(&boot_info, at, size))
		return;
	boot_warn("device tree [0x%08lx, %lu bytes]: outside the banks; read all the same", at,
		  size);
	boot_info.dtb = boot_info.dtb_size = 0;
}

/*
 * What was reserved after the banks were cut may have joined no-map memory with its neighbour, and a
 * cut may have cost a bank: there must be no RAM in the one, and no initrd in the other (R7).
 */
static void __init settle_banks(void)
{
	banks_cut_nomap(&boot_info);
	if (!banks_hold(&boot_info, boot_info.initrd, boot_info.initrd_size))
		drop_initrd("its bank is one too many");
}

static void __init tell_joined(void)
{
	if (boot_info.nr_joined)
		boot_warn(
			"%u reserved ranges more than %u: each is held as one with its nearest, and so are %lu KiB between them",
			boot_info.nr_joined, boot_info.max_reserved, boot_info.joined_bytes / KiB);
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
		banks_limit(&boot_info, banks_mem_param, arch_image_end());
	place_initrd();
	place_tree();
	settle_banks();
	tell_joined();
	boot_warn_end();
	tell();
}
