/*
 * scratch.c - the memory behind scratch.h
 */
#include "tests/selftests/boot/scratch.h"

struct boot_info bi, other;
