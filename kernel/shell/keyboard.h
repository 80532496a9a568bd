/*
 * keyboard.h - the keys of the console: for the prompt, the pager and `watch`, which share them
 */
#ifndef KERNEL_SHELL_KEYBOARD_H
#define KERNEL_SHELL_KEYBOARD_H

#include "kernel/shell/keys.h"

/* The one decoder of the console's bytes: what one reader leaves half read, the next one goes on with. */
extern struct key_decoder keyboard;

/*
 * The next key, or KEY_NONE when none comes before arch_clock_ns() reaches the deadline.  Escape is a
 * key when nothing comes behind it for a moment.  Takes the terminal's answers out.
 */
int keyboard_get_until(u64 deadline_ns);
int keyboard_get(void);

#endif /* KERNEL_SHELL_KEYBOARD_H */
