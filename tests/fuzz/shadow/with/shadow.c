/*
 * shadow.c - SANITIZE=address: its shadow, and its hand-outs, which pass by here (the linker's --wrap)
 */
#include "tests/fuzz/shadow/shadow.h"

#include <sanitizer/asan_interface.h>

void __real_arch_hand_out(const void *start, size_t bytes, size_t room);
void __wrap_arch_hand_out(const void *start, size_t bytes, size_t room);

void __wrap_arch_hand_out(const void *start, size_t bytes, size_t room)
{
	fuzz_touched(start, room);
	__real_arch_hand_out(start, bytes, room);
}

void *shadow_of(const void *at, size_t bytes, size_t *shadow_bytes)
{
	size_t scale, offset;

	__asan_get_shadow_mapping(&scale, &offset);
	*shadow_bytes = bytes >> scale;
	return (void *)(((unsigned long)at >> scale) + offset);
}
