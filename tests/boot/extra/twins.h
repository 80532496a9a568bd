/*
 * twins.h - what twin_first.c and twin_second.c share
 */
#ifndef TESTS_BOOT_EXTRA_TWINS_H
#define TESTS_BOOT_EXTRA_TWINS_H

extern unsigned int twins_initialised; /* their initcalls that ran */

#endif /* TESTS_BOOT_EXTRA_TWINS_H */
