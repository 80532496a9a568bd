/*
 * main.c - the boot, in order
 *
 * head.S has turned the MMU on and comes here with interrupts masked, on the boot CPU, with the
 * first 16 MiB of RAM mapped.  Read next: mm/mm_init.c, the heart of it.
 *
 * Locking: none: one CPU, and interrupts are closed up to board_init().
 */
#include <errno.h>
#include <string.h>

#include "arch/arch.h"
#include "boot/boot_info.h"
#include "drivers/board.h"
#include "kernel/banner.h"
#include "kernel/bug.h"
#include "kernel/bootstage.h"
#include "kernel/console.h"
#include "kernel/initcall.h"
#include "kernel/inject/inject.h"
#include "kernel/param.h"
#include "kernel/printk.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/shell.h"
#include "mm/fixmap/fixmap.h"
#include "mm/mm_init.h"
#include "mm/page/reserved.h"

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
	board_console_init();
	pr_info("Crumb: a kernel that is nothing but a memory manager (%s)", crumb_banner);
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
	board_init();
	initcalls_run(INITCALL_MODULE);
	initcalls_run(INITCALL_LOGIN);
	drop_init_memory();
	if (debug_build)
		inject_boot_over();
	tell_ready();
	run_requests();
	shell_loop();
}
