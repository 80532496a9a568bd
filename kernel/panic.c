/*
 * panic.c - the end of the machine, and the report of a caller's bug
 *
 *	bug()    one line, counted; the caller refuses the operation and goes on
 *	panic()  one line, a backtrace, status 2
 *
 * Invariants
 *   I1  panic() inside panic() adds its line and stops at once.
 *   I2  Every bug() counts, whoever takes the report.
 *
 * Locking  none; the counter is atomic.
 * Read next: oops.c.
 */
#include "arch/arch.h"
#include "kernel/bug.h"
#include "kernel/console.h"
#include "kernel/kallsyms.h"
#include "kernel/oops.h"
#include "kernel/param.h"
#include "kernel/printk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PANIC_STATUS = 2, FOUND_MAX = 128 };

static bool panic_on_bug;
PARAM_BOOL(panic_on_bug, panic_on_bug, "a BUG report ends in a panic (0 or 1)");

static bool panic_stays;
static unsigned int panics; /* running */
static unsigned long bugs;
static bug_hook_t bug_hook;

static bool set_panic(const char *value, const struct param *param __unused)
{
	panic_stays = strcmp(value, "halt") == 0;
	return panic_stays || strcmp(value, "exit") == 0;
}
PARAM(panic, set_panic, "halt: stop in place, for gdb; exit: leave the emulator with status 2");

static void __noreturn panic_end(void)
{
	con_drain();
	if (!panic_stays)
		arch_halt(PANIC_STATUS);
	arch_irq_disable();
	for (;;)
		arch_wait_for_interrupt();
}

void panic(const char *fmt, ...)
{
	char text[PRINTK_LINE];
	va_list ap;

	arch_irq_disable();
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pr_emerg("panic: %s", text);
	if (__atomic_fetch_add(&panics, 1, __ATOMIC_RELAXED) == 0) /* keeps I1 */
		backtrace_print(NULL);
	panic_end();
}

void panic_after_oops(const char *why)
{
	pr_emerg("panic: fatal fault: %s", why);
	panic_end();
}

unsigned long bug_count(void)
{
	return __atomic_load_n(&bugs, __ATOMIC_RELAXED);
}

bug_hook_t bug_set_hook(bug_hook_t hook)
{
	return __atomic_exchange_n(&bug_hook, hook, __ATOMIC_ACQ_REL);
}

void bug(const struct bug_report *report, const char *found_fmt, ...)
{
	bug_hook_t hook = __atomic_load_n(&bug_hook, __ATOMIC_ACQUIRE);
	char found[FOUND_MAX], caller[KALLSYMS_LINE];
	va_list ap;

	__atomic_fetch_add(&bugs, 1, __ATOMIC_RELAXED); /* keeps I2 */
	va_start(ap, found_fmt);
	vsnprintf(found, sizeof(found), found_fmt, ap);
	va_end(ap);
	if (hook) {
		hook(report, found);
		return;
	}
	kallsyms_format_caller(report->caller, caller, sizeof(caller));
	pr_err("BUG: %s: %s: object=%p expected=%s found=%s caller=%s", report->family,
	       report->what, report->object, report->expected, found, caller);
	if (panic_on_bug)
		panic("panic_on_bug: %s: %s", report->family, report->what);
}
