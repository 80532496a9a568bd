/*
 * unwatched_memory.h - SANITIZE=address: memset() of files that write what nobody else may
 *
 * They are compiled without checks; the C library's functions, though, are the sanitizer's in every file.
 * Before each such file (build.mk).  Others than memset() none of them calls on such memory.
 */
#ifndef ARCH_USER_UNWATCHED_MEMORY_H
#define ARCH_USER_UNWATCHED_MEMORY_H

#include <string.h>

static inline void *unwatched_memset(void *to, int byte, size_t n)
{
	void *at = to;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(byte) : "memory");
	return to;
}
#define memset unwatched_memset

#endif /* ARCH_USER_UNWATCHED_MEMORY_H */
