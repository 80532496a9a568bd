/*
 * trace.c - which families are narrated, and the command that says so
 *
 * Locking: none: trace_mask is one word, read at each site as it is.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/param.h"
#include "kernel/printk.h"
#include "kernel/shell/shell.h"
#include "kernel/trace.h"

unsigned int trace_mask;

static const char *const names[TRACE_FAMILIES] = {
	[TRACE_EARLY] = "early",   [TRACE_PAGE] = "page", [TRACE_PCP] = "pcp",
	[TRACE_PERCPU] = "percpu", [TRACE_SLAB] = "slab", [TRACE_VMAP] = "vmap",
	[TRACE_WINDOW] = "window",
};

static trace_hook_t trace_hook;
static trace_listener_t listeners[TRACE_FAMILIES];

trace_hook_t trace_set_hook(trace_hook_t hook)
{
	return __atomic_exchange_n(&trace_hook, hook, __ATOMIC_ACQ_REL);
}

void trace_listen(enum trace_family family, trace_listener_t listener)
{
	listeners[family] = listener;
}

static void tell_listeners(void)
{
	for (unsigned int f = 0; f < TRACE_FAMILIES; f++)
		if (listeners[f])
			listeners[f](trace_mask & 1u << f);
}

void trace_line(enum trace_family family, const char *fmt, ...)
{
	trace_hook_t hook = READ_ONCE(trace_hook);
	char text[PRINTK_LINE];
	va_list ap;

	if (hook) {
		hook(family);
		return;
	}
	if (con_interrupted())
		return; /* who looks on has seen enough; the work itself goes on */
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pr_notice("trace: %s: %s", names[family], text);
}

static const char *complete_trace(int argc, char **argv __unused, unsigned int nth)
{
	static const char *const states[] = { "on", "off" };

	if (argc == 2)
		return nth < ARRAY_SIZE(states) ? states[nth] : NULL;
	return argc == 3 && nth < TRACE_FAMILIES ? names[nth] : NULL;
}

static void show_state(void)
{
	for (unsigned int f = 0; f < TRACE_FAMILIES; f++)
		con_printf("%-8s %s\n", names[f], trace_mask & 1u << f ? "on" : "off");
}

enum { ALL_FAMILIES = (1u << TRACE_FAMILIES) - 1 };

/* The bit of the family whose name are these characters; 0 when there is no such. */
static unsigned int bit_of(const char *name, size_t length)
{
	for (unsigned int f = 0; f < TRACE_FAMILIES; f++)
		if (strlen(names[f]) == length && !strncmp(name, names[f], length))
			return 1u << f;
	return 0;
}

/* trace=early,page: from the first allocation on, which is before anybody can type. */
static bool set_trace(const char *value, const struct param *param __unused)
{
	unsigned int bits = *value ? 0 : ALL_FAMILIES;

	while (*value) {
		size_t length = strcspn(value, ",");
		unsigned int bit = bit_of(value, length);

		if (!bit)
			return false;
		bits |= bit;
		value += length + (value[length] == ',');
	}
	trace_mask |= bits;
	return true;
}
PARAM(trace, set_trace, "families to narrate from boot on, separated by commas; bare: all",
      .refused = "not a list of families (`trace` shows them), the default is none");

SHELL_CMD(trace, "[on|off [FAMILY]]", "narrate each split, merge, refill, drain and table write",
	  .group = "debug", .example = "trace on page", .complete = complete_trace,
	  .details = "Without arguments: which families are narrated.  Lines also go to the log.\n"
		     "Ctrl-C ends the narration of the running command, too.")
{
	unsigned int bits;

	if (argc == 1) {
		show_state();
		return SHELL_OK;
	}
	if (argc > 3 || (strcmp(argv[1], "on") && strcmp(argv[1], "off")))
		return SHELL_USAGE;
	bits = argc == 3 ? bit_of(argv[2], strlen(argv[2])) : ALL_FAMILIES;
	if (!bits)
		return shell_error("%s: no such family", argv[2]);
	if (!strcmp(argv[1], "on"))
		trace_mask |= bits;
	else
		trace_mask &= ~bits;
	tell_listeners();
	con_printf("trace: %s %s\n", argc == 3 ? argv[2] : "every family", argv[1]);
	return SHELL_OK;
}
