/*
 * address.h - an address as an argument: a number, a symbol, or symbol+number
 */
#ifndef KERNEL_SHELL_ADDRESS_H
#define KERNEL_SHELL_ADDRESS_H

#include "lib/types.h"

/* Reads an address argument into *va; says what is wrong with a bad one, and returns false. */
bool shell_address(const char *arg, vaddr_t *va);

/* For the `complete` of a command whose first argument is an address: this image's symbols. */
const char *shell_complete_symbol(int argc, char **argv, unsigned int nth);

#endif /* KERNEL_SHELL_ADDRESS_H */
