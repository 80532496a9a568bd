/*
 * gic.c - ARM generic interrupt controller: distributor (which interrupt) and CPU interface (to whom)
 *
 *	device ──> distributor: enabled? target? ──> CPU interface: priority > mask? ──> IRQ
 *	           <── acknowledge (IAR gives the number) ── end (EOIR takes it back) ──
 *
 * All priorities are equal: no nesting.  Shared interrupts go to CPU 0.
 * Locking: none: set up by the boot CPU before any interrupt is open; each CPU has its own interface.
 * ARM IHI 0048A, chapters 3 and 4.
 */
#include "drivers/vexpress/gic.h"
#include "kernel/irq.h"

enum { /* distributor, in words */
       GICD_CTLR = 0x000 / 4,
       GICD_TYPER = 0x004 / 4,
       GICD_ISENABLER = 0x100 / 4,
       GICD_ICENABLER = 0x180 / 4,
       GICD_IPRIORITYR = 0x400 / 4,
       GICD_ITARGETSR = 0x800 / 4,
       GICD_SGIR = 0xf00 / 4,
};
enum { /* CPU interface, in words */
       GICC_CTLR = 0x00 / 4,
       GICC_PMR = 0x04 / 4,
       GICC_IAR = 0x0c / 4,
       GICC_EOIR = 0x10 / 4,
};
enum { ENABLE_SECURE = 1, SPURIOUS = 1020, FIRST_SHARED = 32, SGIR_SELF = 2 << 24 };

static volatile u32 *distributor, *cpu_interface;

static void unmask(unsigned int irq)
{
	distributor[GICD_ISENABLER + irq / 32] = 1u << irq % 32;
}

/* What IAR said is what EOIR wants back: of an SGI it also names the CPU that sent it. */
static u32 serving[NR_CPUS]; /* [C] own CPU, interrupts off */

static int acknowledge(void)
{
	u32 said = cpu_interface[GICC_IAR];
	unsigned int irq = said & 0x3ff;

	if (irq >= SPURIOUS)
		return -1;
	serving[arch_cpu_id()] = said;
	return (int)irq;
}

static void end(unsigned int irq __unused)
{
	cpu_interface[GICC_EOIR] = serving[arch_cpu_id()];
}

static void raise(unsigned int irq)
{
	distributor[GICD_SGIR] = SGIR_SELF | irq;
}

void __init gic_init(volatile void *the_distributor, volatile void *the_interface)
{
	static const struct irq_chip chip = {
		.name = "GIC",
		.unmask = unmask,
		.acknowledge = acknowledge,
		.end = end,
		.raise = raise,
	};
	unsigned int lines;

	distributor = the_distributor;
	cpu_interface = the_interface;
	lines = 32 * ((distributor[GICD_TYPER] & 0x1f) + 1);
	distributor[GICD_CTLR] = 0;
	for (unsigned int irq = 0; irq < lines; irq += 32)
		distributor[GICD_ICENABLER + irq / 32] = ~0u;
	for (unsigned int irq = 0; irq < lines; irq += 4)
		distributor[GICD_IPRIORITYR + irq / 4] = 0xa0a0a0a0;
	for (unsigned int irq = FIRST_SHARED; irq < lines; irq += 4)
		distributor[GICD_ITARGETSR + irq / 4] = 0x01010101;
	distributor[GICD_CTLR] = ENABLE_SECURE;
	cpu_interface[GICC_PMR] = 0xf0;
	cpu_interface[GICC_CTLR] = ENABLE_SECURE;
	irq_set_chip(&chip);
}
