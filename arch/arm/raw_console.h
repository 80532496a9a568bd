/*
 * raw_console.h - characters straight into the UART, for when nothing else can be trusted
 *
 * Takes no lock, keeps no state, and writes guarded: without a mapped UART it says nothing.
 */
#ifndef ARCH_ARM_RAW_CONSOLE_H
#define ARCH_ARM_RAW_CONSOLE_H

#include "kernel/console.h"

/* Context: any, even a broken one.  "\n" is sent as "\r\n". */
void raw_puts(const char *s);
/* 0x and eight digits. */
void raw_puthex(u32 value);

/* The same as a console, for con_fall_back(). */
extern const struct console_ops raw_console;

#endif /* ARCH_ARM_RAW_CONSOLE_H */
