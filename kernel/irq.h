/*
 * irq.h - interrupt handlers by number, and the periodic tick
 */
#ifndef KERNEL_IRQ_H
#define KERNEL_IRQ_H

#include "arch/arch.h"

enum { NR_IRQS = 96 };

typedef void (*irq_handler_t)(unsigned int irq, void *arg);

/* What an interrupt controller offers. */
struct irq_chip {
	const char *name;
	void (*unmask)(unsigned int irq);
	/* The interrupt to serve now, or a negative number when there is none. */
	int (*acknowledge)(void);
	void (*end)(unsigned int irq);
	/* Makes software-generated interrupt `irq` (0 to 15) pending on this CPU. */
	void (*raise)(unsigned int irq);
};

/* Context: boot. */
void irq_set_chip(const struct irq_chip *chip);
/*
 * Calls handler(irq, arg) for each interrupt `irq` from now on, with interrupts masked.  One
 * handler a number: a second one is a panic.  name shows in /proc/interrupts.
 */
void irq_request(unsigned int irq, irq_handler_t handler, void *arg, const char *name);
/*
 * Calls fn(arg) from an interrupt handler on this CPU, and comes back when that has returned; false
 * when interrupts are masked.  For who wants to see what code does there.  Context: no interrupt.
 */
bool irq_call(void (*fn)(void *arg), void *arg);
/*
 * Calls fn(arg) from an interrupt handler on this CPU as soon as interrupts are on: before this
 * returns, or when whoever masked them is done.  False while one such call is waiting.
 */
bool irq_post(void (*fn)(void *arg), void *arg);
/* Serves every pending interrupt; the exception entry calls it. */
void irq_dispatch(struct pt_regs *regs);

#endif /* KERNEL_IRQ_H */
