/*
 * bootmem.c - memory from the boot allocator, kept for ever
 *
 *	make EXTRA=tests/examples/bootmem.c qemu
 *
 *	crumb> primes 30                   a table that was filled before there was a page allocator
 *	crumb> early                       where it lies, and that this file asked for it
 *
 *	boot stages ── early ── paging ── bootmem initcalls: make_sieve() ── zones ── buddy ── … ── shell
 *
 * Boot memory is for what must exist before the page allocator, and for tables too large for it.
 * It is zeroed, it cannot run out without a panic, and after the hand-over it can neither be asked
 * for nor given back: what is kept here is `reserved` in the balance.
 *
 * Locking: none; written once, at boot.
 * Read next: mm/early/bootmem.h
 */
#include "kernel/console.h"
#include "kernel/initcall.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/shell.h"
#include "mm/early/bootmem.h"

enum { NUMBERS = 65536 };

static u8 *composite; /* [I] composite[n] is 1 when n has a factor */

static void __init make_sieve(void)
{
	composite = alloc_bootmem(NUMBERS); /* zeroed: nothing is composite yet */
	for (unsigned int n = 2; n * n < NUMBERS; n++)
		for (unsigned int m = n * n; m < NUMBERS && !composite[n]; m += n)
			composite[m] = 1;
}
bootmem_initcall(make_sieve);

SHELL_CMD(primes, "LIMIT", "prime numbers below LIMIT", .group = "example", .example = "primes 30")
{
	u64 limit;

	if (argc != 2)
		return SHELL_USAGE;
	if (!shell_number(argv[1], "LIMIT", 0, NUMBERS, &limit))
		return SHELL_FAIL;
	for (unsigned int n = 2; n < limit; n++)
		if (!composite[n])
			con_printf("%u ", n);
	con_putc('\n');
	return SHELL_OK;
}

SELFTEST(example, primes, "the table that boot memory holds is still what was written at boot")
{
	unsigned int primes = 0;

	for (unsigned int n = 2; n < NUMBERS; n++)
		primes += !composite[n];
	EXPECT_EQ(primes, 6542);
}
