/*
 * variables.h - $name: a text that the prompt keeps under a name
 */
#ifndef KERNEL_SHELL_VARIABLES_H
#define KERNEL_SHELL_VARIABLES_H

#include "lib/types.h"

enum { VARIABLES_MAX = 16, VARIABLE_NAME_MAX = 15, VARIABLE_VALUE_MAX = 63 };

/* How many characters at the start of the text are a name: a letter or _, then digits, too. */
size_t variable_name(const char *text);
/* The value of the variable whose name is the first len characters, or NULL. */
const char *variable_find(const char *name, size_t len);

/* Is the word `$name=…`? */
bool variable_assigned(const char *word);
/* Carries out the command `$name=VALUE`: SHELL_OK, or SHELL_FAIL after saying what is wrong. */
int variable_set(int argc, char **argv);
/* For completion: the nth variable as `$name`, NULL after the last.  Valid until the next call. */
const char *variable_nth(unsigned int nth);

#endif /* KERNEL_SHELL_VARIABLES_H */
