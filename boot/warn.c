/*
 * warn.c - what boot/ has to say about what it was given: a line each, but not without end
 *
 *	boot_warn() ──> hook (a self-test) | the log, up to BOOT_WARN_MAX lines | a count
 *
 * A list of a thousand bad entries shall not push the rest of the boot out of the log.
 *
 * Locking  none: boot, or one self-test at a time.
 */
#include <stdarg.h>
#include <stdio.h>

#include "boot/boot_impl.h"
#include "kernel/printk.h"

static boot_warn_hook_t warn_hook;
static unsigned int warnings;

boot_warn_hook_t boot_warn_set_hook(boot_warn_hook_t hook)
{
	boot_warn_hook_t former = warn_hook;

	warn_hook = hook;
	return former;
}

void boot_warn(const char *fmt, ...)
{
	char line[PRINTK_LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (warn_hook)
		warn_hook(line);
	else if (warnings++ < BOOT_WARN_MAX)
		pr_warn("boot: %s", line);
}

void boot_warn_end(void)
{
	if (warnings > BOOT_WARN_MAX)
		pr_warn("boot: %u more lines like these are left out", warnings - BOOT_WARN_MAX);
	warnings = 0;
}
