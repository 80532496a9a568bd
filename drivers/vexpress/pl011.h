/*
 * pl011.h - ARM PrimeCell UART, behind the console
 */
#ifndef DRIVERS_VEXPRESS_PL011_H
#define DRIVERS_VEXPRESS_PL011_H

#include "lib/compiler.h"

/* Enables the UART at these registers and makes it the console; polled.  Context: boot. */
void pl011_init(volatile void *registers);
/* From here on the UART is reached at these addresses of the same registers.  Context: boot. */
void pl011_move(volatile void *registers);
/* From here on a received byte raises an interrupt, which ends a WFI.  After irq_set_chip(). */
void pl011_enable_wakeup(unsigned int irq);

#endif /* DRIVERS_VEXPRESS_PL011_H */
