/*
 * boot_impl.h - what the files of boot/ share: filling a struct boot_info that is not yet the boot_info
 *
 *	atags_parse()      ─┐   banks_add()           banks_sanitise()      banks_limit()
 *	fdt_parse()        ─┼─> boot_reserve_in() ───────────────────> ... ──────────────> boot_info
 *	semihosting_read() ─┘   boot_cmdline_set()                          fdt_place()
 *
 * A parser works on bytes in memory and writes into a caller's struct, whose tables are the
 * caller's too; it knows neither registers nor mappings.  So the same code runs at boot, in the
 * self-tests and in a host program.
 *
 * Parsers return true, or false with *why set to a few words that name what is malformed: after
 * false *out's banks, initrd and command line are of no use, but what it says to be reserved still
 * counts.  Only what leaves the rest unreadable refuses a source.  A fault in one item is told
 * through boot_warn(), that item skipped and the rest kept.
 *
 * Read next: boot_info.c (who is asked, in which order), then banks.c and reserved.c.
 */
#ifndef BOOT_BOOT_IMPL_H
#define BOOT_BOOT_IMPL_H

#include "boot/boot_info.h"

/* The bytes from which fdt_found() and atags_found() tell what lies at an address. */
enum { BOOT_PROBE_BYTES = 8 };

/*
 * Tells what was trimmed or ignored: `boot: LINE`, as a warning.  A hook takes the lines instead
 * (a self-test counts them); NULL gives them back to the log.  Returns the former hook.  Past
 * BOOT_WARN_MAX lines they are only counted, and boot_warn_end() tells how many there were.
 * Context: boot, or one self-test at a time.
 */
enum { BOOT_WARN_MAX = 64 };
typedef void (*boot_warn_hook_t)(const char *line);
void boot_warn(const char *fmt, ...) __printf(1, 2) __cold;
void boot_warn_end(void);
boot_warn_hook_t boot_warn_set_hook(boot_warn_hook_t hook);

/* Takes the tables of a struct that is all zeros otherwise: see boot_info.h for their sizes. */
void boot_tables(struct boot_info *bi, struct boot_bank *banks, unsigned int max_banks,
		 struct boot_range *ranges, unsigned int max_ranges, char *names, size_t max_names);

/*
 * Takes len bytes as the command line.  A longer one than fits is cut after its last whole word
 * and the cut is told: half a word could mean something else (mem=128M, mem=12).
 */
void boot_cmdline_set(struct boot_info *bi, const char *line, size_t len);

/* --- reserved ranges (reserved.c) ------------------------------------------------------------- */

/*
 * Records [base, base + size) as not free, rounded outwards to pages; what lies outside the RAM
 * window is left away, holes between banks are not.  Where ranges overlap, BOOT_KERNEL goes before
 * BOOT_NOMAP and that before all others, and among equals the earlier one keeps the shared part.
 * Touching ranges with one name and equal flags become one.
 *
 * A full table drops nothing: the two neighbours that lie nearest are held as one with all that is
 * between, never mapped if one of them is not to be; bi->nr_joined counts that.
 * Returns false, after a warning, when size is 0 or nothing of the range is in the window.
 */
bool boot_reserve_in(struct boot_info *bi, paddr_t base, paddr_t size, const char *name, u32 flags);

/* A copy of the name, of at most BOOT_NAME_MAX printable characters, in bi->names; told when it is full. */
enum { BOOT_NAME_MAX = 63 };
const char *boot_name(struct boot_info *bi, const char *name);

/* Do [a, a + a_size) and [b, b + b_size) share a byte?  No sum may overflow. */
bool boot_overlap(paddr_t a, paddr_t a_size, paddr_t b, paddr_t b_size);
/* Has [base, base + size) a byte of a range with one of these flags? */
bool boot_overlaps_flagged(const struct boot_info *bi, paddr_t base, paddr_t size, u32 flags);

/*
 * Finds size bytes at a multiple of align (whole pages, a power of two) inside [low, high) that lie
 * in one (sanitised) bank and in no reserved range; the highest such place, or 0.
 */
paddr_t boot_find_free(const struct boot_info *bi, paddr_t size, paddr_t align, paddr_t low,
		       paddr_t high);

/* --- banks (banks.c) -------------------------------------------------------------------------- */

/*
 * Takes a bank as told, wider than an address so that a tree's 64-bit numbers fit, and counts it in
 * bi->nr_told: what is outside [PHYS_OFFSET, RAM_WINDOW_END) is cut off, and what it touches of
 * the banks so far becomes one with it.  Each change but the last is told in a line that names the
 * bank by its place in the list as told.  When more banks lie apart than the table holds, the
 * smallest is left out and told, but never one that the kernel lies in.
 */
void banks_add(struct boot_info *bi, u64 base, u64 size);
/* Counts an entry of the list that could not be read. */
void banks_skip(struct boot_info *bi);

/*
 * Makes the banks obey boot_info.h: aligned inwards to pages, not empty, without no-map memory.
 * Returns how many are left.
 */
unsigned int banks_sanitise(struct boot_info *bi);

/* Takes [base, end) out of the (sanitised) banks. */
void banks_cut(struct boot_info *bi, paddr_t base, paddr_t end);
/* The same with all that is no-map by now. */
void banks_cut_nomap(struct boot_info *bi);

/* Does every byte of [base, base + size) lie in a (sanitised) bank?  False for size 0. */
bool banks_hold(const struct boot_info *bi, paddr_t base, paddr_t size);

/*
 * Keeps the lowest `limit` bytes of the (sanitised) banks, whole pages.  A limit that would take
 * away RAM below needed_end, where the kernel is, is told and ignored.
 */
void banks_limit(struct boot_info *bi, unsigned long limit, paddr_t needed_end);

/* What mem= said; ULONG_MAX when it was not given. */
extern unsigned long banks_mem_param;

/* All bytes of all banks. */
u64 banks_total(const struct boot_info *bi);

#endif /* BOOT_BOOT_IMPL_H */
