/*
 * private_timer.h - the A9's per-CPU timer, as the periodic tick
 */
#ifndef DRIVERS_VEXPRESS_PRIVATE_TIMER_H
#define DRIVERS_VEXPRESS_PRIVATE_TIMER_H

#include "lib/compiler.h"

enum { HZ = 100 };

/* Starts this CPU's tick, HZ times a second; after the interrupt controller.  Context: boot. */
void private_timer_init(volatile void *registers);
/* Ticks since then, on CPU 0. */
unsigned long ticks_since_boot(void);

#endif /* DRIVERS_VEXPRESS_PRIVATE_TIMER_H */
