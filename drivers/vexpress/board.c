/*
 * board.c - the devices of a vexpress-a9, in the order in which they are brought up
 *
 *	console     UART, by its slot of the fixmap
 *	drivers     ioremap(): UART, and the A9's own peripherals
 *	interrupts  GIC, private timer, the UART's wake-up
 *
 * The fixmap's slots stay, for those who must not depend on the vmalloc window: the raw console of a
 * broken machine (UART), power off (system registers), and the clock, which is read before and more
 * often than anything else.
 *
 * Locking: none: one CPU, and interrupts are opened here.
 * ARM DUI 0448 (the board's memory map); Cortex-A9 MPCore TRM DDI 0407, 1.5 (the private peripherals').
 */
#include "drivers/board.h"

#include "arch/arch.h"
#include "drivers/vexpress/gic.h"
#include "drivers/vexpress/pl011.h"
#include "drivers/vexpress/private_timer.h"
#include "kernel/bootstage.h"
#include "kernel/bug.h"
#include "mm/window/ioremap.h"

void __init board_console_init(void)
{
	pl011_init((volatile void *)FIX_UART_VA);
}

/* The registers of a device, which the kernel cannot do without; inline, so that it has a name. */
static __always_inline volatile u8 *registers(paddr_t phys, size_t size)
{
	volatile u8 *va = ioremap(phys, size);

	if (!va)
		panic("no addresses for the device at 0x%lx", phys);
	return va;
}

static volatile u8 *__init bring_up_drivers(void)
{
	volatile u8 *uart = registers(UART0_PHYS, PAGE_SIZE);
	volatile u8 *cluster = registers(PERIPH_PHYS, 2 * PAGE_SIZE);

	pl011_move(uart);
	stage_done("drivers", "ioremap: UART at %p, GIC and timers at %p", (void *)uart,
		   (void *)cluster);
	return cluster;
}

static void __init bring_up_interrupts(volatile u8 *cluster)
{
	gic_init(cluster + (GICD_PHYS - PERIPH_PHYS), cluster + 0x100);
	private_timer_init(cluster + 0x600);
	pl011_enable_wakeup(IRQ_UART0);
	arch_irq_enable();
	stage_done("interrupts", "GIC, private timer at %d Hz, UART wakes the CPU", HZ);
}

void __init board_init(void)
{
	bring_up_interrupts(bring_up_drivers());
}
