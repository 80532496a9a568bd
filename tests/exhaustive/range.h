/*
 * range.h - how far "all" goes
 *
 * On a host, where 2^32 inputs take seconds, they are all tried.  On the machine, which is emulated, one of
 * so many: an odd number, so that all low bits come, and all high ones.
 */
#ifndef TESTS_EXHAUSTIVE_RANGE_H
#define TESTS_EXHAUSTIVE_RANGE_H

#include "lib/compiler.h"

enum { ON_HOST = sizeof(long) == 8, SPARSE = 4099 };

/* x: a u64 from 0 to 2^32 - 1 */
#define for_each_u32(x) for ((x) = 0; (x) < 1ull << 32; (x) += ON_HOST ? 1 : SPARSE)

#endif /* TESTS_EXHAUSTIVE_RANGE_H */
