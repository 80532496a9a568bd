/*
 * scratch.h - two boot informations to parse into: each is 4.5 KiB, so the tests of boot/ share them
 *
 * A test may find anything in them, and leave anything there.
 */
#ifndef TESTS_SELFTESTS_BOOT_SCRATCH_H
#define TESTS_SELFTESTS_BOOT_SCRATCH_H

#include "boot/boot_info.h"

extern struct boot_info bi, other;

#endif /* TESTS_SELFTESTS_BOOT_SCRATCH_H */
