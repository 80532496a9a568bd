/*
 * panic.c - the end of the machine: one line, a backtrace, what the checkers find, status 2
 *
 * Invariants
 *   I1  A panic inside a panic adds its line and stops at once.
 *   I2  The console is waited for once: if that faults, the next end does without.
 *
 * Locking  none; the counter is atomic.
 * Read next: oops.c; bug.c, for what the machine survives.
 */
#include "arch/arch.h"
#include "kernel/bug.h"
#include "kernel/check/check.h"
#include "kernel/console.h"
#include "kernel/coredump/coredump.h"
#include "kernel/oops.h"
#include "kernel/param.h"
#include "kernel/printk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PANIC_STATUS = 2 };

static const char default_core[] = "crumb.core";

static bool panic_stays;
static char core_path[COREDUMP_PATH_MAX]; /* empty: no core is wanted */
static unsigned int panics;		  /* running */

/* dump, dump:FILE */
static bool set_dump(const char *value)
{
	const char *path = value[4] ? value + 5 : default_core;

	if (strncmp(value, "dump", 4) != 0 || (value[4] && value[4] != ':') || !*path ||
	    strlen(path) >= sizeof(core_path))
		return false;
	strcpy(core_path, path);
	return true;
}

static bool set_panic(const char *value, const struct param *param __unused)
{
	panic_stays = strcmp(value, "halt") == 0;
	return panic_stays || strcmp(value, "exit") == 0 || set_dump(value);
}
PARAM(panic, set_panic,
      "halt: stop in place, for gdb; exit: leave the emulator with status 2; dump, dump:FILE: write a core "
      "to a file of the host's, crumb.core, then exit",
      .refused = "neither halt, exit, dump nor dump:FILE, the default is exit");

/* Once: what it does may be what fails. */
static void write_core(void)
{
	char path[COREDUMP_PATH_MAX];

	strcpy(path, core_path);
	core_path[0] = 0;
	coredump_write(path, NULL);
	con_drain();
}

static void __noreturn panic_end(void)
{
	static bool ending;

	if (!ending) {
		ending = true; /* keeps I2 */
		con_drain();
	}
	if (*core_path)
		write_core();
	if (!panic_stays)
		arch_halt(PANIC_STATUS);
	arch_irq_disable();
	for (;;)
		arch_wait_for_interrupt();
}

bool panic_is_first(void)
{
	return __atomic_fetch_add(&panics, 1, __ATOMIC_RELAXED) == 0;
}

/* What a panic's line begins with: one that comes while another is told is no second one. */
static const char *label(void)
{
	return __atomic_load_n(&panics, __ATOMIC_RELAXED) ? "while that was told" : "panic";
}

void panic(const char *fmt, ...)
{
	char text[PRINTK_LINE];
	va_list ap;

	arch_irq_disable();
	con_direct();
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pr_emerg("%s: %s", label(), text);
	if (panic_is_first()) { /* keeps I1 */
		backtrace_print(NULL);
		check_report();
	}
	panic_end();
}

void panic_after_oops(const char *why)
{
	pr_emerg("%s: fatal fault: %s", label(), why);
	if (panic_is_first()) /* keeps I1 */
		check_report();
	panic_end();
}
