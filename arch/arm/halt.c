/*
 * halt.c - leaving the machine: by semihosting with a status, else by the board's power switch
 *
 * Invariant  Needs no console, no clock and no device that is mapped: a panic may have come of just that.
 * Locking: none: nothing else matters any more.
 * SYS_CFGCTRL (Versatile Express TRM, 4.3.14): write the function with the start bit.
 */
#include "arch/arch.h"
#include "arch/arm/semihost.h"
#include "arch/arm/traps.h"

enum { SYS_CFGCTRL = 0xa4 };
#define CFG_START_WRITE		     0xc0000000u
#define CFG_SHUTDOWN		     (8u << 20)
#define CFG_REBOOT		     (9u << 20)
#define ADP_STOPPED_APPLICATION_EXIT 0x20026

/* Guarded: what is left of the page tables at the end nobody knows. */
static void board_function(u32 function)
{
	struct guarded_fault fault;

	guarded_write4(FIX_SYSREG_VA + SYS_CFGCTRL, CFG_START_WRITE | function, &fault);
}

static void __noreturn stop(void)
{
	arch_irq_disable();
	for (;;)
		arch_wait_for_interrupt();
}

void arch_halt(int status)
{
	u32 block[2] = { ADP_STOPPED_APPLICATION_EXIT, (u32)status & 0xff };

	arch_semihost(SEMIHOST_EXIT_EXTENDED, block);
	board_function(CFG_SHUTDOWN);
	stop();
}

void arch_reboot(void)
{
	board_function(CFG_REBOOT);
	stop();
}
