/*
 * gic.h - ARM generic interrupt controller, version 1, as the A9 has it
 */
#ifndef DRIVERS_VEXPRESS_GIC_H
#define DRIVERS_VEXPRESS_GIC_H

#include "lib/compiler.h"

/* Interrupt numbers on vexpress-a9. */
enum { IRQ_PRIVATE_TIMER = 29, IRQ_UART0 = 37 };

/* Takes over interrupts: all masked, this CPU's interface on.  Context: boot. */
void gic_init(volatile void *distributor, volatile void *cpu_interface);

#endif /* DRIVERS_VEXPRESS_GIC_H */
