/*
 * shadow.c - nobody watches memory; what is handed out is noted all the same (arch/user/tracked)
 */
#include "tests/fuzz/shadow/shadow.h"

#include "arch/arch.h"

void arch_hand_out(const void *start, size_t bytes __unused, size_t room)
{
	fuzz_touched(start, room);
}

void *shadow_of(const void *at __unused, size_t bytes __unused, size_t *shadow_bytes __unused)
{
	return NULL;
}
