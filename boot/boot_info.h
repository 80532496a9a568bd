/*
 * boot_info.h - what the boot loader told us: memory banks, what lies in them, the command line
 *
 *	registers at entry ──> a device tree (r2, or RAM base) ─┐
 *	                       an ATAG list (r2)               ─┼─> struct boot_info ──> early allocator
 *	                       nothing: ask by semihosting     ─┘
 *
 * The sources are tried in that order; a malformed one is refused with a reason and the next is
 * tried.  Whatever the source, the banks end up page aligned, not empty, sorted, not overlapping,
 * and inside the machine's RAM window; each thing that had to be trimmed for that is told in a line.
 *
 * Filled once, by boot_info_init(), before any allocator; read-only after.
 */
#ifndef BOOT_BOOT_INFO_H
#define BOOT_BOOT_INFO_H

#include "lib/compiler.h"

enum { BOOT_BANKS_MAX = 8, BOOT_RESERVED_MAX = 32, BOOT_CMDLINE_MAX = 4096 };

struct boot_range {
	paddr_t base;
	paddr_t size; /* bytes, never 0 */
	const char *
		name; /* a reserved range's owner: "image", "page tables", "device tree", "initrd", … */
};

struct boot_info {
	const char *source; /* "ATAGs", "device tree", "semihosting" */
	paddr_t source_at;  /* where it lay, 0 for none */
	unsigned int nr_banks;
	struct boot_range bank[BOOT_BANKS_MAX]; /* ascending; adjacent ones stay separate */
	unsigned int nr_reserved;
	struct boot_range
		reserved[BOOT_RESERVED_MAX]; /* ascending, page aligned outwards, may not overlap */
	paddr_t initrd, initrd_size;	     /* as told, not rounded; size 0: none */
	paddr_t dtb, dtb_size;		     /* the tree, when there is one */
	char cmdline[BOOT_CMDLINE_MAX];
};

extern struct boot_info boot_info;

/* The registers at entry, saved by head.S (ARM: r0, r1, r2; r2 already points at a moved tree). */
extern unsigned long boot_args[3];

/*
 * Fills boot_info from the best source.  Never fails: without any source it panics, since there
 * is no memory.  Context: boot, MMU on with the first table, early_map() usable.
 */
void boot_info_init(void);

/*
 * Records [base, base + size) as not free, rounded outwards to pages; merges with what it touches
 * only when the names are equal.  An overlap with another range keeps the earlier one's name for
 * the shared part.  What lies outside the RAM window is left away; holes between banks are not.
 * Warns and drops it when the table is full, size is 0, or nothing of it is in the window.
 */
void boot_reserve(paddr_t base, paddr_t size, const char *name);

#endif /* BOOT_BOOT_INFO_H */
