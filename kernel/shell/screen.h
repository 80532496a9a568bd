/*
 * screen.h - how large the terminal is, and whether there is one at all
 */
#ifndef KERNEL_SHELL_SCREEN_H
#define KERNEL_SHELL_SCREEN_H

#include "lib/types.h"

unsigned int screen_rows(void);
unsigned int screen_columns(void);

/*
 * Has it said its size, or was rows= given?  Then somebody sits there who may turn pages: a program
 * that reads the console does not answer.
 */
bool screen_attended(void);

/*
 * Asks the terminal for its size.  The answer comes, if one comes, among what is typed (KEY_REPORT):
 * nobody waits for it.
 */
void screen_ask(void);
/* The answer.  True when the size is another one now. */
bool screen_answer(unsigned int rows, unsigned int columns);

#endif /* KERNEL_SHELL_SCREEN_H */
