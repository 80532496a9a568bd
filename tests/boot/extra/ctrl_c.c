/*
 * ctrl_c.c - a Ctrl-C that comes at a known moment: for the test that every long command stops at it
 *
 *	ctrl_c 3 cat /proc/kallsyms       the third look that cat takes at the keyboard finds it
 *	...
 *	ctrl_c: 60 bytes and 27 us after it
 *
 * The keys of a person come when they come; a command may be done by then, on one machine and not on
 * another.  Here it is the command's own looking that brings the key, so a test has one outcome.
 *
 * Locking: none; the shell's CPU only.
 */
#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/shell/run.h"

enum { CTRL_C = 3 };

static const struct console_ops *device;
static u64 looks_left, pressed_at;
static unsigned long bytes;
static bool pressed;

static void put(char c)
{
	bytes += pressed;
	device->put(c);
}

static int get(void)
{
	if (pressed || --looks_left)
		return device->get();
	pressed = true;
	pressed_at = arch_clock_ns();
	return CTRL_C;
}

static void drain(void)
{
	device->drain();
}

static void arm_wakeup(void)
{
	device->arm_wakeup();
}

static const struct console_ops ops = {
	.put = put,
	.get = get,
	.drain = drain,
	.arm_wakeup = arm_wakeup,
};

SHELL_CMD(ctrl_c, "N COMMAND...",
	  "press Ctrl-C when the command looks at the keyboard for the Nth time")
{
	u64 took_ns;
	int result;

	if (argc < 3)
		return SHELL_USAGE;
	if (!shell_number(argv[1], "N", 1, 1000000000, &looks_left))
		return SHELL_FAIL;
	pressed = false;
	bytes = 0;
	device = console_set(&ops);
	result = shell_run(argc - 2, argv + 2);
	took_ns = arch_clock_ns() - pressed_at;
	console_set(device);
	if (!pressed)
		con_puts("ctrl_c: it did not look so often\n");
	else
		con_printf("ctrl_c: %lu bytes and %llu us after it\n", bytes,
			   (unsigned long long)took_ns / 1000);
	return result;
}
