/*
 * random.h - small repeatable pseudo-random numbers for tests and stress (not for secrets)
 *
 * xorshift32 (G. Marsaglia, "Xorshift RNGs", 2003): three shifts a number, period 2^32 - 1.
 */
#ifndef LIB_RANDOM_H
#define LIB_RANDOM_H

#include "lib/types.h"

struct rng {
	u32 state; /* never 0 */
};

static inline void rng_seed(struct rng *rng, u32 seed)
{
	rng->state = seed ? seed : 1;
}

static inline u32 rng_next(struct rng *rng)
{
	u32 x = rng->state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return rng->state = x;
}

/* A number from 0 to n - 1; n > 0. */
static inline u32 rng_below(struct rng *rng, u32 n)
{
	return (u32)(((u64)rng_next(rng) * n) >> 32);
}

#endif /* LIB_RANDOM_H */
