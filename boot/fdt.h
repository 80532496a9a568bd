/*
 * fdt.h - the flattened device tree: what a boot loader says about memory, the initrd and the command line
 */
#ifndef BOOT_FDT_H
#define BOOT_FDT_H

#include "boot/boot_info.h"

/* Does a tree begin here?  BOOT_PROBE_BYTES are read. */
bool fdt_found(const void *blob);

/* The bytes that the tree says it takes, padding included; not checked.  BOOT_PROBE_BYTES are read. */
u32 fdt_size(const void *blob);

/*
 * Reads memory banks, reserved ranges, initrd and command line into *out.  The caller has given it
 * its tables, with reserved ranges that go before the tree's, and out->dtb, the tree's physical
 * address: the tree itself is reserved there as "device tree", and its size stored.
 *
 * limit	bytes that may be read; the tree must say that it takes no more
 * Returns true, or false with *why: the tree is malformed, and of *out only what is reserved is of use.
 * Context: any; *blob may have any alignment.
 */
bool fdt_parse(const void *blob, size_t limit, struct boot_info *out, const char **why);

/*
 * Reserves what the tree wants at no certain place: the children of /reserved-memory with `size`
 * instead of `reg`, each at the highest free place that it allows.  *out's banks are sanitised and
 * all that has a place is reserved; blob and size are as fdt_parse() took them.
 */
void fdt_place(const void *blob, size_t size, struct boot_info *out);

#endif /* BOOT_FDT_H */
