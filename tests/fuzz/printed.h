/*
 * printed.h - what is printed while an input runs, instead of on the console
 */
#ifndef TESTS_FUZZ_PRINTED_H
#define TESTS_FUZZ_PRINTED_H

#include "lib/types.h"

void printed_begin(void);
/* The console is the terminal again.  What was printed, with a NUL behind it; valid until the next begin. */
const char *printed_end(size_t *len);

/* Is it one error, in a line of its own, that names `what`? */
bool printed_one_error(const char *printed, const char *what);

#endif /* TESTS_FUZZ_PRINTED_H */
