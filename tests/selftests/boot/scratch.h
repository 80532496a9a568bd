/*
 * scratch.h - two boot informations to parse into: each is 4.5 KiB, so the tests of boot/ share them
 *
 * A test may find anything in them, and leave anything there.  Their tables are small, so that a
 * test can fill them.
 */
#ifndef TESTS_SELFTESTS_BOOT_SCRATCH_H
#define TESTS_SELFTESTS_BOOT_SCRATCH_H

#include "boot/boot_info.h"

enum { SCRATCH_BANKS = 8, SCRATCH_RANGES = 32 };

extern struct boot_info bi, other;

/* Makes one as new, with empty tables of its own: for info == &bi or &other. */
void scratch_clear(struct boot_info *info);
/* Do the two say the same? */
bool scratch_same(void);
/* Is every page of [base, base + size) in a reserved range of bi with all of these flags? */
bool scratch_reserved(paddr_t base, paddr_t size, u32 flags);
/* Do the banks and the reserved ranges of bi obey boot_info.h?  A failure is the test's. */
bool scratch_sound(void);

/* For cases that are full of addresses. */
#define AT_60000000_OR_SKIP()                                                                 \
	do {                                                                                  \
		if (PHYS_OFFSET != 0x60000000)                                                \
			SKIP("the cases are those of a machine with RAM from 0x60000000 on"); \
	} while (0)

#endif /* TESTS_SELFTESTS_BOOT_SCRATCH_H */
