/*
 * boot_impl.h - what the files of boot/ share: filling a struct boot_info that is not yet the boot_info
 *
 *	atags_parse()       ─┐   banks_add()         banks_sanitise()      banks_limit()
 *	fdt_parse()         ─┼─> boot_reserve_in() ─────────────────> ... ───────────────> boot_info
 *	semihosting_parse() ─┘   boot_cmdline_set()
 *
 * A parser works on bytes in memory and writes into a caller's struct; it knows neither registers
 * nor mappings.  So the same code runs at boot, in the self-tests and in a host program.
 *
 * Parsers return true, or false with *why set to a few words that name what is malformed; after
 * false *out holds nothing of use.  What can be mended is mended and told through boot_warn().
 *
 * Read next: boot_info.c (who is asked, in which order), then banks.c.
 */
#ifndef BOOT_BOOT_IMPL_H
#define BOOT_BOOT_IMPL_H

#include "boot/boot_info.h"

/* The bytes from which fdt_found() and atags_found() tell what lies at an address. */
enum { BOOT_PROBE_BYTES = 8 };

/*
 * Tells what was trimmed or ignored: `boot: LINE`, as a warning.  A hook takes the lines instead
 * (a self-test counts them); NULL gives them back to the log.  Returns the former hook.
 * Context: boot, or one self-test at a time.
 */
typedef void (*boot_warn_hook_t)(const char *line);
void boot_warn(const char *fmt, ...) __printf(1, 2) __cold;
boot_warn_hook_t boot_warn_set_hook(boot_warn_hook_t hook);

/* boot_reserve() into any struct. */
void boot_reserve_in(struct boot_info *bi, paddr_t base, paddr_t size, const char *name);

/*
 * Takes len bytes as the command line.  A longer one than fits is cut after its last whole word
 * and the cut is told: half a word could mean something else (mem=128M, mem=12).
 */
void boot_cmdline_set(struct boot_info *bi, const char *line, size_t len);

/* Do [a, a + a_size) and [b, b + b_size) share a byte?  No size makes a sum overflow. */
bool boot_overlap(paddr_t a, paddr_t a_size, paddr_t b, paddr_t b_size);

/*
 * Appends [base, base + size) as told: wider than an address so that a tree's 64-bit numbers fit.
 * What no paddr_t reaches is cut off, and a bank beyond BOOT_BANKS_MAX ignored; both are told.
 */
void banks_add(struct boot_info *bi, u64 base, u64 size);

/*
 * Makes the banks obey boot_info.h: aligned inwards to pages, not empty, inside
 * [PHYS_OFFSET, RAM_WINDOW_END), ascending, not overlapping.  Each change is told in a line that
 * names the bank by its place in the list as told.  Returns how many are left.
 */
unsigned int banks_sanitise(struct boot_info *bi);

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
