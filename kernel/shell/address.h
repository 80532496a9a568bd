/*
 * address.h - an address as an argument: a number, a symbol, or #N, and +OFFSET behind any of them
 */
#ifndef KERNEL_SHELL_ADDRESS_H
#define KERNEL_SHELL_ADDRESS_H

#include "kernel/shell/handle.h"
#include "lib/types.h"

/*
 * Reads an address argument into *va; says what is wrong with a bad one, and returns false.  `what` is
 * the argument's name in the usage line: `error: md: ADDR: nosuch: neither …`.
 */
bool shell_address(const char *arg, const char *what, vaddr_t *va);

/* The same for a physical address: a number is one, a symbol or #N stands for the memory behind it. */
bool shell_physical(const char *arg, const char *what, paddr_t *phys);

/*
 * Reads `#N` or `#N+OFFSET`: where #N lies, and the offset.  An offset behind the end is told, and
 * taken: what lies there may be what is looked for.
 */
bool shell_place(const char *arg, const char *what, struct handle_place *place, u64 *offset);

/* For the `complete` of a command whose first argument is an address: symbols, and handles behind #. */
const char *shell_complete_symbol(int argc, char **argv, unsigned int nth);

#endif /* KERNEL_SHELL_ADDRESS_H */
