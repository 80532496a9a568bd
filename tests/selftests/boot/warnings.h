/*
 * warnings.h - catches what boot/ tells through boot_warn(), so that a test can count the lines
 */
#ifndef TESTS_BOOT_WARNINGS_H
#define TESTS_BOOT_WARNINGS_H

#include "lib/compiler.h"

/* From here on lines are caught and not logged; forgets former ones. */
void warnings_catch(void);
/* Lets lines go to the log again; returns how many were caught. */
unsigned int warnings_release(void);
/* Does the last line caught hold this text? */
bool warnings_last_has(const char *text);

#endif /* TESTS_BOOT_WARNINGS_H */
