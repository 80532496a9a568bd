/*
 * keyboard.c - from the console's bytes to keys, one at a time
 *
 *	con_getc_until() --byte--> key_decode() --KEY_REPORT--> screen.c
 *	                                        --any other---> the caller
 *
 * Locking: none; the shell's CPU only.
 * Read next: keys.c.
 */
#include "kernel/shell/keyboard.h"
#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/shell/screen.h"

enum { ESCAPE_GAP_NS = 50000000 }; /* the bytes of one key come closer together than this */

struct key_decoder keyboard;

static int key_of(u8 byte)
{
	int key = key_decode(&keyboard, byte);

	keyboard.unreadable = 0; /* no key that anybody waits for */
	if (key == KEY_UNKNOWN)
		return KEY_NONE;
	if (key != KEY_REPORT)
		return key;
	screen_answer(keyboard.params[0], keyboard.params[1]);
	return KEY_NONE;
}

int keyboard_get_until(u64 deadline_ns)
{
	int key = KEY_NONE;

	while (key == KEY_NONE) {
		bool escape = key_escape_pending(&keyboard);
		u64 gap = arch_clock_ns() + ESCAPE_GAP_NS;
		int byte = con_getc_until(escape ? min(gap, deadline_ns) : deadline_ns);

		if (byte >= 0)
			key = key_of((u8)byte);
		else if (escape && arch_clock_ns() >= gap)
			key = key_timeout(&keyboard);
		else if (arch_clock_ns() >= deadline_ns)
			break;
	}
	return key;
}

int keyboard_get(void)
{
	return keyboard_get_until(~0ull);
}
