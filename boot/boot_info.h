/*
 * boot_info.h - what the boot loader told us: memory banks, what lies in them, the command line
 *
 *	registers at entry ──> a device tree (r2, or RAM base) ─┐
 *	                       an ATAG list (r2)               ─┼─> struct boot_info ──> early allocator
 *	                       nothing: ask by semihosting     ─┘
 *
 * The sources are tried in that order; a malformed one is refused with a reason and the next is
 * tried.  What a refused one reserved, as far as it could be read, stays reserved, and so does the
 * source itself.  Whatever the source, the banks end up page aligned, not empty, sorted, apart, and
 * inside the machine's RAM window; each thing that had to be trimmed for that is told in a line.
 *
 * No-map memory (Devicetree Specification 0.4, 3.5) is cut out of the banks: for all that stands on
 * them it is no RAM, so that nothing maps it, counts it or has a struct page for it.  Its range stays
 * in the list of reserved ones, under its name.
 *
 * Filled once, by boot_info_init(), before any allocator; read-only after, but that its tables move
 * out of the memory that is freed after boot (boot_info_keep()).
 */
#ifndef BOOT_BOOT_INFO_H
#define BOOT_BOOT_INFO_H

#include "lib/compiler.h"

enum { BOOT_CMDLINE_MAX = 4096 };

struct boot_bank {
	paddr_t base;
	paddr_t size; /* bytes, never 0 */
	unsigned int
		told; /* its place, from 0, in the list as told; of joined ones, the lowest's */
};

enum boot_range_flags {
	BOOT_KERNEL = 1, /* the kernel runs in it: no source may take it away or unmap it */
	BOOT_OURS = 2,	 /* the kernel reads it: it is never joined with what lies beside it */
	BOOT_NOMAP = 4,	 /* never mapped, and in no bank */
	BOOT_REUSABLE =
		8, /* could be used until its driver wants it back; held back all the same */
};

struct boot_range {
	paddr_t base;
	paddr_t size;	  /* bytes, never 0 */
	const char *name; /* its owner: "image", "page tables", "initrd", a node's name, … */
	u32 flags;	  /* of enum boot_range_flags */
};

struct boot_info {
	const char *source;  /* "ATAGs", "device tree", "semihosting" */
	paddr_t source_at;   /* where it lay, 0 for none */
	paddr_t source_size; /* the bytes of it that were read */
	unsigned int nr_banks;
	unsigned int max_banks; /* the table has room for one more than these */
	unsigned int nr_told;	/* banks as told, those that were left out included */
	struct boot_bank *bank; /* ascending, no two touch */
	unsigned int nr_reserved;
	unsigned int max_reserved;   /* the table has room for two more than these */
	struct boot_range *reserved; /* ascending, page aligned outwards, no two overlap */
	unsigned int nr_joined;	     /* ranges held as one with a neighbour, for want of room */
	paddr_t joined_bytes;	     /* what lay between those, and is held with them */
	bool has_nomap;
	size_t names_used, max_names;
	char *names;		     /* names of ranges that a source gave, each with its NUL */
	paddr_t initrd, initrd_size; /* as told, not rounded; size 0: none */
	paddr_t dtb, dtb_size;	     /* the tree, when there is one */
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
 * Moves the tables into memory of alloc(bytes, align), which never fails, as large as they have to
 * be.  Context: boot, as soon as there is such memory, and before init memory is freed.
 */
void boot_info_keep(void *(*alloc)(size_t size, size_t align));

/* The reserved range that holds this address, or NULL.  Context: any. */
const struct boot_range *boot_reserved_at(paddr_t phys);
/* ", no-map", ", reusable" or "": what is to be said behind a range's name. */
const char *boot_range_kind(const struct boot_range *range);
/* Has [base, base + size) a byte of no-map memory; is it nothing else?  Context: any. */
bool boot_touches_nomap(paddr_t base, paddr_t size);
bool boot_all_nomap(paddr_t base, paddr_t size);

#endif /* BOOT_BOOT_INFO_H */
