/*
 * watch_inline.h - SANITIZE=address: the sanitizer's shadow says of each byte whether it may be accessed
 *
 * Read next: watch.c.
 */
#ifndef WATCH_INLINE_H
#define WATCH_INLINE_H

#include <sanitizer/asan_interface.h>

#include "lib/compiler.h"

enum { ARCH_WATCHES = 1 };

/* Before any of the others.  False: errno says why. */
bool user_watch_init(void);

void arch_hand_out(const void *start, size_t bytes, size_t room);
void arch_take_back(const void *start, size_t room);

static inline void arch_poison(const void *start, size_t bytes)
{
	__asan_poison_memory_region(start, bytes);
}

static inline void arch_unpoison(const void *start, size_t bytes)
{
	__asan_unpoison_memory_region(start, bytes);
}

#endif /* WATCH_INLINE_H */
