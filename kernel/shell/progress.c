/*
 * progress.c - how far a long command has come, in a line that its next output replaces
 *
 *	stress: 12288 of 20000 (61 %), Ctrl-C stops it
 *
 * Locking: none; the shell's CPU only.
 * Read next: con_status() in kernel/console.c.
 */
#include <stdio.h>

#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/shell/run.h"
#include "kernel/shell/screen.h"

enum { LISTEN_EVERY = 64 /* calls; the devices are slow */, SHOW_EVERY_NS = 200000000 };

static void show(u64 done, u64 total)
{
	char text[100];
	int len = snprintf(text, sizeof(text), "%s: %llu", shell_running_name(),
			   (unsigned long long)done);

	if (total)
		len += snprintf(text + len, sizeof(text) - len, " of %llu (%u %%)",
				(unsigned long long)total, (unsigned int)(done * 100 / total));
	snprintf(text + len, sizeof(text) - len, ", Ctrl-C stops it");
	con_status(text);
}

bool shell_step(u64 done, u64 total)
{
	static u64 shown_at;

	if (screen_attended() && shell_interactive() && !arch_irqs_disabled() &&
	    arch_clock_ns() - shown_at > SHOW_EVERY_NS) {
		shown_at = arch_clock_ns();
		show(done, total);
	}
	return !con_interrupted();
}

bool shell_progress(u64 done, u64 total)
{
	static unsigned int calls;

	return ++calls % LISTEN_EVERY ? !con_interrupt_seen() : shell_step(done, total);
}
