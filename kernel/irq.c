/*
 * irq.c - who is called for which interrupt, and how often that happened
 *
 *	exception entry ──> irq_dispatch() ──chip──> number ──> action[number].handler
 *
 * Locking: action[] is filled before its interrupt is unmasked, and never changed after.
 */
#include "kernel/irq.h"
#include "kernel/bug.h"
#include "kernel/console.h"
#include "kernel/printk.h"
#include "kernel/proc/proc.h"

struct irq_action {
	irq_handler_t handler;
	void *arg;
	const char *name;
	u32 count[NR_CPUS]; /* [C] own CPU */
};

static struct irq_action action[NR_IRQS];
static const struct irq_chip *chip;

void __init irq_set_chip(const struct irq_chip *the_chip)
{
	chip = the_chip;
}

void irq_request(unsigned int irq, irq_handler_t handler, void *arg, const char *name)
{
	ASSERT(irq < NR_IRQS && !action[irq].handler);
	action[irq].arg = arg;
	action[irq].name = name;
	WRITE_ONCE(action[irq].handler, handler);
	chip->unmask(irq);
}

void irq_dispatch(struct pt_regs *regs __unused)
{
	int irq;

	while ((irq = chip->acknowledge()) >= 0) {
		if (irq < NR_IRQS && action[irq].handler) {
			action[irq].count[arch_cpu_id()]++;
			action[irq].handler(irq, action[irq].arg);
		} else {
			pr_warn("irq: %d came, and nobody asked for it", irq);
		}
		chip->end(irq);
	}
}

PROC_FILE(interrupts, "interrupts served, by number and CPU")
{
	con_printf("     ");
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		con_printf("       CPU%u", cpu);
	con_putc('\n');
	for (unsigned int irq = 0; irq < NR_IRQS; irq++) {
		if (!action[irq].handler)
			continue;
		con_printf("%3u: ", irq);
		for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
			con_printf("%10lu ", (unsigned long)action[irq].count[cpu]);
		con_printf(" %s  %s\n", chip->name, action[irq].name);
	}
}
