/*
 * failing.c - EXTRA for tests/boot: self-tests that fail in each way in which one can
 *
 * The run must end with status 1 and name both.
 *
 * Locking: none.
 * Read next: tests/boot/test_status.py
 */
#include "kernel/selftest/selftest.h"
#include "mm/page/page.h"

SELFTEST(failing, expectation, "one and one is three")
{
	EXPECT_EQ(1 + 1, 3);
}

/* Correct in itself, but the page is not given back: the runner's balance check has to see it. */
SELFTEST(failing, lost_page, "a test may keep a page")
{
	EXPECT(alloc_page(GFP_KERNEL));
}

SELFTEST(failing, passes, "a test beside failing ones still passes")
{
	EXPECT(true);
}
