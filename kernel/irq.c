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
#include "kernel/cpu.h"
#include "kernel/printk.h"
#include "kernel/proc/proc.h"
#include "kernel/ratelimit.h"

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
	static struct ratelimit unasked;
	int irq;

	while ((irq = chip->acknowledge()) >= 0) {
		if (irq < NR_IRQS && action[irq].handler) {
			action[irq].count[arch_cpu_id()]++;
			action[irq].handler(irq, action[irq].arg);
		} else if (ratelimit(&unasked)) {
			pr_warn("irq: %d came, and nobody asked for it", irq);
		}
		chip->end(irq);
	}
}

/* --- a call from a handler -------------------------------------------------------------------- */

enum { IRQ_CALL = 15 }; /* a software-generated one */

struct irq_call {
	void (*fn)(void *arg);
	void *arg;
	bool done;
};
static struct irq_call *pending_call[NR_CPUS]; /* [C] own CPU */
static struct irq_call posted_call[NR_CPUS];   /* [C] irq_post()'s */

static void carry_out(unsigned int irq __unused, void *arg __unused)
{
	struct irq_call *call = pending_call[arch_cpu_id()];

	call->fn(call->arg);
	WRITE_ONCE(call->done, true);
}

static void raise_call(struct irq_call *call)
{
	if (!action[IRQ_CALL].handler)
		irq_request(IRQ_CALL, carry_out, NULL, "call on this CPU");
	WRITE_ONCE(pending_call[arch_cpu_id()], call);
	chip->raise(IRQ_CALL);
}

bool irq_post(void (*fn)(void *arg), void *arg)
{
	struct irq_call *call = &posted_call[arch_cpu_id()];

	if (call->fn && !READ_ONCE(call->done))
		return false;
	*call = (struct irq_call){ fn, arg, false };
	raise_call(call);
	return true;
}

bool irq_call(void (*fn)(void *arg), void *arg)
{
	struct irq_call call = { fn, arg, false };

	if (arch_irqs_disabled() || arch_in_exception())
		return false;
	raise_call(&call);
	while (!READ_ONCE(call.done))
		arch_cpu_relax();
	return true;
}

PROC_FILE(interrupts, "interrupts served, by number and CPU")
{
	unsigned int cpu;

	con_printf("     ");
	for_each_online_cpu(cpu) {
		con_printf("       CPU%u", cpu);
	}
	con_putc('\n');
	for (unsigned int irq = 0; irq < NR_IRQS; irq++) {
		if (!action[irq].handler)
			continue;
		con_printf("%3u: ", irq);
		for_each_online_cpu(cpu) {
			con_printf("%10lu ", (unsigned long)action[irq].count[cpu]);
		}
		con_printf(" %s  %s\n", chip->name, action[irq].name);
	}
}
