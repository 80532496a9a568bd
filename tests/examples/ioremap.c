/*
 * ioremap.c - a driver of a few lines: the board's real-time clock, its registers mapped on demand
 *
 *	make EXTRA=tests/examples/ioremap.c qemu
 *
 *	crumb> clock                       seconds since 1970, as the PL031 counts them
 *	crumb> cat /proc/iomem             while a driver holds its registers, they show there
 *	crumb> test rtc
 *
 *	physical 0x10017000 ──ioremap──> address in the vmalloc window ──iounmap──> nothing, and faults
 *
 * Invariants
 *   I1  The registers are mapped exactly while `rtc` is not NULL.
 *
 * Locking: none; the shell runs one command at a time.
 * ARM DDI 0224 (PL031).
 * Read next: mm/window/ioremap.h, drivers/vexpress/pl011.c; tests/examples/kmap.c.
 */
#include "kernel/console.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/shell.h"
#include "mm/window/ioremap.h"

enum { RTC_PHYS = 0x10017000 };
enum { DATA = 0x00 / 4, LOAD = 0x08 / 4, PERIPH_ID0 = 0xfe0 / 4 }; /* in words */

static volatile u32 *rtc; /* I1 */

/* Maps the registers; false when there are none, or they are not those of a PL031. */
static bool rtc_open(void)
{
	rtc = ioremap(RTC_PHYS, PAGE_SIZE);
	if (!rtc)
		return false;
	if ((rtc[PERIPH_ID0] & 0xff) == 0x31)
		return true;
	iounmap(rtc);
	rtc = NULL;
	return false;
}

static void rtc_close(void)
{
	iounmap(rtc);
	rtc = NULL;
}

SHELL_CMD(clock, "", "seconds since 1970, from the board's real-time clock", .group = "example",
	  .example = "clock")
{
	if (argc != 1)
		return SHELL_USAGE;
	if (!rtc_open())
		return shell_error("no PL031 at 0x%x, or no addresses left", RTC_PHYS);
	con_printf("%lu seconds, read at %p\n", (unsigned long)rtc[DATA], (void *)rtc);
	rtc_close();
	return SHELL_OK;
}

SELFTEST(rtc, counts,
	 "the clock starts at what is loaded, and its registers are gone when it is closed")
{
	volatile u32 *old;
	u32 now, word;

	EXPECT(rtc_open());
	now = rtc[DATA];
	rtc[LOAD] = 1000;
	EXPECT(rtc[DATA] - 1000 < 60);
	rtc[LOAD] = now;
	old = rtc;
	rtc_close();
	EXPECT(!arch_try_read((vaddr_t)old, 4, &word, NULL));
}
