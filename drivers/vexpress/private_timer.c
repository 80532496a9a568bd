/*
 * private_timer.c - the A9's per-CPU down counter, re-armed by each tick
 *
 * One-shot on purpose: a periodic one runs at half rate in QEMU's exact counting when the CPU
 * sleeps (shared with nothing, 100 MHz, PPI 29).  Cortex-A9 MPCore TRM DDI 0407, 4.1.
 *
 * Locking: none: each CPU has its own timer; only CPU 0 counts ticks.
 */
#include "drivers/vexpress/private_timer.h"
#include "drivers/vexpress/gic.h"
#include "kernel/irq.h"

enum { LOAD = 0x00 / 4, CONTROL = 0x08 / 4, STATUS = 0x0c / 4 };
enum { CONTROL_ENABLE = 1 << 0, CONTROL_IRQ = 1 << 2 };
enum { TIMER_HZ = 1000000000 / ARCH_TICK_NS };

static volatile u32 *timer; /* the same address shows each CPU its own */
static unsigned long ticks;

static void arm(void)
{
	timer[LOAD] = TIMER_HZ / HZ;
	timer[CONTROL] = CONTROL_ENABLE | CONTROL_IRQ;
}

static void tick(unsigned int irq __unused, void *arg __unused)
{
	timer[STATUS] = 1;
	if (arch_cpu_id() == 0)
		WRITE_ONCE(ticks, ticks + 1);
	arm();
}

unsigned long ticks_since_boot(void)
{
	return READ_ONCE(ticks);
}

void __init private_timer_init(volatile void *registers)
{
	timer = registers;
	irq_request(IRQ_PRIVATE_TIMER, tick, NULL, "private timer");
	arm();
}
