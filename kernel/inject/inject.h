/*
 * inject.h - `fail`, `test --fail`, inject=: what the rest of the desk asks of them
 *
 * with/ is linked into DEBUG builds, and without/, which says so, into all others.
 */
#ifndef KERNEL_INJECT_INJECT_H
#define KERNEL_INJECT_INJECT_H

#include "lib/compiler.h"

/* `test --fail PATTERN`: each of these tests again and again, one allocation failing.  The command's result. */
int inject_tests(const char *pattern);

/* DEBUG builds: why `fail` cannot run that command, half a sentence; NULL: it can, or does not run one. */
const char *inject_forbids(const char *command);

/* DEBUG builds: the boot is over: what inject= has to say is said, and from here on nothing fails by it. */
void inject_boot_over(void);

#endif /* KERNEL_INJECT_INJECT_H */
