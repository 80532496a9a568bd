/*
 * watch_inline.h - FUZZ without SANITIZE=address: nobody watches, but what is handed out is noted (tests/fuzz)
 */
#ifndef WATCH_INLINE_H
#define WATCH_INLINE_H

#include "lib/compiler.h"

enum { ARCH_WATCHES = 0 };

static inline bool user_watch_init(void)
{
	return true;
}

void arch_hand_out(const void *start, size_t bytes, size_t room);

static inline void arch_take_back(const void *start __unused, size_t room __unused)
{
}

static inline void arch_poison(const void *start __unused, size_t bytes __unused)
{
}

static inline void arch_unpoison(const void *start __unused, size_t bytes __unused)
{
}

#endif /* WATCH_INLINE_H */
