/*
 * pager.h - long output, a page at a time
 */
#ifndef KERNEL_SHELL_PAGER_H
#define KERNEL_SHELL_PAGER_H

#include "lib/types.h"

/*
 * Around the running of a line that was typed: what it prints is shown by pages, if somebody is at the
 * terminal (screen_attended()) and `pager off` was not said.
 */
void pager_begin(void);
void pager_end(void);

/* A command of the line has ended: what `q` dropped was its output, not that of the next one. */
void pager_command_done(void);

/* While held, output passes: for commands that draw the screen themselves.  Returns what was before. */
bool pager_hold(bool hold);

#endif /* KERNEL_SHELL_PAGER_H */
