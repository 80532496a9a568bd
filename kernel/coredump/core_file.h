/*
 * core_file.h - one file of the host's, written from front to end with holes
 */
#ifndef KERNEL_COREDUMP_CORE_FILE_H
#define KERNEL_COREDUMP_CORE_FILE_H

#include "lib/compiler.h"

/* Makes the file empty; false when the host cannot, or there is none that listens. */
bool core_file_open(const char *path);
/* Adds the bytes, or a hole of that length, at the place where the last call ended. */
void core_file_write(const void *bytes, u32 size);
void core_file_skip(u32 size);
/* The next call begins there. */
void core_file_seek(u32 at);
/* False when the host did not take all. */
bool core_file_close(void);

#endif /* KERNEL_COREDUMP_CORE_FILE_H */
