/*
 * atags.h - the ATAG list: how ARM boot loaders described a machine before device trees
 */
#ifndef BOOT_ATAGS_H
#define BOOT_ATAGS_H

#include "boot/boot_info.h"

/* A list ends within this many bytes, or it is taken for endless. */
enum { ATAGS_MAX_BYTES = 16 * 1024 };

/* Does a list begin here?  BOOT_PROBE_BYTES are read. */
bool atags_found(const void *list);

/*
 * Reads the list's memory banks, initrd and command line into *out, to which the caller has given
 * its tables, and counts the bytes of whole tags in out->source_size.
 *
 * limit	bytes that may be read; no more than ATAGS_MAX_BYTES of them are
 * Returns true, or false with *why: the list is malformed and *out of no use.
 * Context: any; *list may have any alignment.
 */
bool atags_parse(const void *list, size_t limit, struct boot_info *out, const char **why);

#endif /* BOOT_ATAGS_H */
