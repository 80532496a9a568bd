/*
 * pl011.c - ARM PrimeCell UART, polled both ways
 *
 *	put: wait while the transmit FIFO is full, write DR
 *	get: DR when the receive FIFO is not empty
 *
 * Received bytes stay in the device until somebody asks: QEMU holds back what does not fit, so
 * nothing is lost.  The receive interrupt only wakes a sleeping CPU: its handler masks it, and
 * the next sleeper unmasks it.
 *
 * Locking: none here: printk keeps lines whole, and one shell reads.
 * ARM DDI 0183G, chapter 3.
 */
#include "drivers/vexpress/pl011.h"
#include "kernel/console.h"
#include "kernel/irq.h"

enum { /* register offsets, in words */
       DR = 0x00 / 4,
       FR = 0x18 / 4,
       IBRD = 0x24 / 4,
       FBRD = 0x28 / 4,
       LCRH = 0x2c / 4,
       CR = 0x30 / 4,
       IMSC = 0x38 / 4,
       ICR = 0x44 / 4,
};

enum { FR_BUSY = 1 << 3, FR_RXFE = 1 << 4, FR_TXFF = 1 << 5 };
enum { LCRH_FIFO = 1 << 4, LCRH_8BIT = 3 << 5 };
enum { CR_ENABLE = 1 << 0, CR_TX = 1 << 8, CR_RX = 1 << 9 };
enum { INT_RX = 1 << 4, INT_RX_TIMEOUT = 1 << 6, INT_ALL = 0x7ff };
enum { BAUD_115200_INT = 13, BAUD_115200_FRAC = 1 }; /* of the board's 24 MHz */

static volatile u32 *uart;

static void put(char c)
{
	while (uart[FR] & FR_TXFF)
		arch_cpu_relax();
	uart[DR] = (u8)c;
}

static int get(void)
{
	if (uart[FR] & FR_RXFE)
		return -1;
	return uart[DR] & 0xff;
}

static void drain(void)
{
	while (uart[FR] & FR_BUSY)
		arch_cpu_relax();
}

static void arm_wakeup(void)
{
	uart[IMSC] = INT_RX | INT_RX_TIMEOUT;
}

static void received(unsigned int irq __unused, void *arg __unused)
{
	uart[IMSC] = 0; /* the bytes wait in the FIFO */
}

void __init pl011_init(volatile void *registers)
{
	static const struct console_ops ops = {
		.put = put,
		.get = get,
		.drain = drain,
		.arm_wakeup = arm_wakeup,
	};

	uart = registers;
	uart[CR] = 0;
	uart[IMSC] = 0;
	uart[ICR] = INT_ALL;
	uart[IBRD] = BAUD_115200_INT;
	uart[FBRD] = BAUD_115200_FRAC;
	uart[LCRH] = LCRH_8BIT | LCRH_FIFO;
	uart[CR] = CR_ENABLE | CR_TX | CR_RX;
	console_set(&ops);
}

void __init pl011_move(volatile void *registers)
{
	uart = registers;
}

void __init pl011_enable_wakeup(unsigned int irq)
{
	irq_request(irq, received, NULL, "pl011");
}
