/*
 * raw_console.c - characters straight into the UART (PL011, at its fixed mapping)
 *
 * Read next: traps.c, which uses it where the console cannot be trusted.
 */
#include "arch/arm/raw_console.h"

#include "arch/arm/traps.h"

enum { UART_DR = 0x00, UART_FR = 0x18, UART_FR_FULL = 1 << 5 };

static void raw_putc(char c)
{
	struct guarded_fault fault;
	u32 flags;

	do {
		if (!guarded_read4(FIX_UART_VA + UART_FR, &flags, &fault))
			return;
	} while (flags & UART_FR_FULL);
	guarded_write4(FIX_UART_VA + UART_DR, (u8)c, &fault);
}

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
