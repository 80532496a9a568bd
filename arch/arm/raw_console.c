/*
 * raw_console.c - characters straight into the UART (PL011, at its fixed mapping)
 *
 *	each access guarded: a UART that is mapped no more says nothing, and nothing waits for it
 *
 * Read next: traps.c, which uses it where the console cannot be trusted.
 */
#include "arch/arm/raw_console.h"

#include "arch/arm/traps.h"

enum { UART_DR = 0x00, UART_FR = 0x18, UART_FR_BUSY = 1 << 3, UART_FR_FULL = 1 << 5 };
enum { LOOKS = 1000000 }; /* at a UART that may have gone for good */

/* Waits until these flags are clear; false when they never are, or cannot be read. */
static bool raw_wait(u32 flags)
{
	struct guarded_fault fault;
	u32 now;

	for (unsigned int i = 0; i < LOOKS; i++) {
		if (!guarded_read4(FIX_UART_VA + UART_FR, &now, &fault))
			return false;
		if (!(now & flags))
			return true;
	}
	return false;
}

static void raw_putc(char c)
{
	struct guarded_fault fault;

	if (raw_wait(UART_FR_FULL))
		guarded_write4(FIX_UART_VA + UART_DR, (u8)c, &fault);
}

static int raw_getc(void)
{
	return -1;
}

static void raw_drain(void)
{
	raw_wait(UART_FR_BUSY);
}

static void raw_arm_wakeup(void)
{
	/* nobody reads */
}

const struct console_ops raw_console = {
	.put = raw_putc,
	.get = raw_getc,
	.drain = raw_drain,
	.arm_wakeup = raw_arm_wakeup,
};

void raw_puts(const char *s)
{
	for (; *s; s++) {
		if (*s == '\n')
			raw_putc('\r');
		raw_putc(*s);
	}
}

void raw_puthex(u32 value)
{
	raw_puts("0x");
	for (int shift = 28; shift >= 0; shift -= 4)
		raw_putc("0123456789abcdef"[value >> shift & 0xf]);
}
