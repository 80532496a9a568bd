/*
 * shadow.h - what a sanitizer knows of memory: which bytes may be accessed
 *
 * with/ is for SANITIZE=address, without/ for the others, where nobody knows.
 */
#ifndef TESTS_FUZZ_SHADOW_H
#define TESTS_FUZZ_SHADOW_H

#include "lib/compiler.h"

/* Where it is written of [at, at + bytes), in whole pages, and in how many bytes; NULL: nowhere. */
void *shadow_of(const void *at, size_t bytes, size_t *shadow_bytes);

/* Called for what is handed out (arch.h). */
void fuzz_touched(const void *start, size_t room);

#endif /* TESTS_FUZZ_SHADOW_H */
