/*
 * surprise.c - the timer behind surprise.h: the board's first SP804, through a slot of the fixmap
 *
 * Locking  hits and handler are shared with the interrupt; one CPU, so volatile is enough.
 * ARM DDI 0271 (SP804); ARM DUI 0448, Motherboard Express: its place and interrupt.
 */
#include "tests/selftests/arch/surprise.h"
#include "kernel/irq.h"
#include "tests/selftests/fixmap/window.h"

enum { SP804_PHYS = 0x10011000, IRQ_SP804 = 34 };
enum { TIMER_LOAD = 0, TIMER_CONTROL = 2, TIMER_INTCLR = 3 }; /* words */
enum {
	TIMER_ONCE_32BIT_IRQ_ON = 1 << 7 | 1 << 5 | 1 << 1 | 1
}; /* enable, interrupt, 32 bits, one shot */

static volatile u32 *timer;
static unsigned int slot;
static void (*volatile handle)(void);
static volatile unsigned int hits;

static void on_timer(unsigned int irq __unused, void *arg __unused)
{
	timer[TIMER_INTCLR] = 1;
	handle();
	hits++;
}

bool surprise_begin(void (*handler)(void))
{
	static bool installed; /* a handler stays for ever */

	slot = clear_slot(0);
	if (arch_irqs_disabled() || slot > FIX_USER_LAST)
		return false;
	timer = (volatile u32 *)set_fixmap_offset_io(slot, SP804_PHYS);
	handle = handler;
	hits = 0;
	if (!installed)
		irq_request(IRQ_SP804, on_timer, NULL, "sp804 (self-test)");
	installed = true;
	return true;
}

void surprise_in(u32 microseconds)
{
	timer[TIMER_LOAD] = microseconds;
	timer[TIMER_CONTROL] = TIMER_ONCE_32BIT_IRQ_ON;
}

unsigned int surprises(void)
{
	return hits;
}

void surprise_end(void)
{
	unsigned long flags =
		arch_irq_save(); /* one that is pending finds the timer still mapped */

	timer[TIMER_CONTROL] = 0;
	timer[TIMER_INTCLR] = 1;
	arch_irq_restore(flags);
	clear_fixmap(slot);
}
