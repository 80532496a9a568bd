/*
 * unwatched.h - the watching of memory (arch.h) on a port that does none: nothing, at no cost
 */
#ifndef ARCH_UNWATCHED_H
#define ARCH_UNWATCHED_H

#include "lib/compiler.h"

enum { ARCH_WATCHES = 0 };

static __always_inline void arch_hand_out(const void *start __unused, size_t bytes __unused,
					  size_t room __unused)
{
}

static __always_inline void arch_take_back(const void *start __unused, size_t room __unused)
{
}

static __always_inline void arch_poison(const void *start __unused, size_t bytes __unused)
{
}

static __always_inline void arch_unpoison(const void *start __unused, size_t bytes __unused)
{
}

#endif /* ARCH_UNWATCHED_H */
