/*
 * main.c - the boot, in order
 *
 * head.S has turned the MMU on and comes here with interrupts masked, on the boot CPU, with the
 * first 16 MiB of RAM mapped.  Read next: mm/mm_init.c, the heart of it.
 *
 * Locking: none: one CPU, and interrupts are opened here.
 */
#include <errno.h>
#include <string.h>

#include "arch/arch.h"
#include "boot/boot_info.h"
#include "drivers/gic.h"
#include "drivers/pl011.h"
#include "drivers/private_timer.h"
#include "kernel/banner.h"
#include "kernel/bootstage.h"
#include "kernel/bug.h"
#include "kernel/console.h"
#include "kernel/initcall.h"
#include "kernel/param.h"
#include "kernel/printk.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/shell.h"
#include "mm/fixmap/fixmap.h"
#include "mm/mm_init.h"
#include "mm/page/reserved.h"
#include "mm/window/ioremap.h"

void start_kernel(void) __noreturn;

static const char *run_commands, *test_pattern;
static bool batch;
PARAM_STRING(run, run_commands, "shell commands to run at boot, separated by ;");
PARAM_STRING(test, test_pattern, "self-tests to run at boot: a family, family.name or all");
PARAM_BOOL(batch, batch, "power off after run= and test=, with status 1 if anything failed");

/* Something to print on, before anything else can go wrong. */
static void __init bring_up_console(void)
{
	fixmap_init();
	arch_map_devices();
	pl011_init((volatile void *)FIX_UART_VA);
	pr_info("Crumb: a kernel that is nothing but a memory manager (%s)", crumb_banner);
}

/* The registers of a device, which the kernel cannot do without; inline, so that it has a name. */
static __always_inline volatile u8 *registers(paddr_t phys, size_t size)
{
	volatile u8 *va = ioremap(phys, size);

	if (!va)
		panic("no addresses for the device at 0x%lx", phys);
	return va;
}

/*
 * From here on drivers reach their devices through ioremap().  The fixmap's slots stay, for those
 * who must not depend on the vmalloc window: the raw console of a broken machine (UART), power off
 * (system registers), and the clock, which is read before and more often than anything else.
 */
static volatile u8 *__init bring_up_drivers(void)
{
	volatile u8 *uart = registers(UART0_PHYS, PAGE_SIZE);
	volatile u8 *cluster = registers(PERIPH_PHYS, 2 * PAGE_SIZE);

	pl011_move(uart);
	stage_done("drivers", "ioremap: UART at %p, GIC and timers at %p", (void *)uart,
		   (void *)cluster);
	return cluster;
}

static void __init bring_up_interrupts(volatile u8 *cluster)
{
	gic_init(cluster + (GICD_PHYS - PERIPH_PHYS), cluster + 0x100);
	private_timer_init(cluster + 0x600);
	pl011_enable_wakeup(IRQ_UART0);
	arch_irq_enable();
	stage_done("interrupts", "GIC, private timer at %d Hz, UART wakes the CPU", HZ);
}

/* All that is __init has run; from here on it is free memory. */
static void drop_init_memory(void)
{
	unsigned long pages = free_initmem();

	stage_done("init memory", "%lu KiB of boot-time text and data freed",
		   pages * PAGE_SIZE / KiB);
}

/* test=, or test=all, or a family or a test by name.  True when some ran and none failed. */
static bool run_tests(void)
{
	bool all = !*test_pattern || !strcmp(test_pattern, "all");
	int failed = selftest_run(all ? NULL : test_pattern);

	if (failed == -ENOENT)
		pr_err("test=%s: there is no such self-test", test_pattern);
	return failed == 0;
}

/* What the command line asks for, before anybody is at the prompt. */
static void run_requests(void)
{
	unsigned int failed = 0;

	if (test_pattern)
		failed += !run_tests();
	if (run_commands)
		failed += shell_run_batch(run_commands) != 0;
	if (batch) {
		con_drain();
		arch_halt(failed ? 1 : 0);
	}
}

static void tell_ready(void)
{
	u64 ticks = arch_clock_ticks();

	boot_ready_ticks = ticks;
	if (arch_clock_exact())
		con_printf("ready: %llu instructions\n",
			   (unsigned long long)arch_ticks_to_instructions(ticks));
	else
		con_printf("ready: %llu us\n", (unsigned long long)(ticks * ARCH_TICK_NS / 1000));
}

void start_kernel(void)
{
	bring_up_console();
	boot_info_init();
	mm_init();
	bring_up_interrupts(bring_up_drivers());
	initcalls_run(INITCALL_MODULE);
	initcalls_run(INITCALL_LOGIN);
	drop_init_memory();
	tell_ready();
	run_requests();
	shell_loop();
}
